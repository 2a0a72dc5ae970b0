//! The agent's side: where agents sit, and Riley, who always has time.
//!
//! Riley uses the same desk a person would; nothing in the cloud knows about Riley.

pub mod act;
pub mod brain;
pub mod chat;
pub mod desk;
mod floor;
pub mod hand;
pub mod heard;
mod line;
pub mod memo;
pub mod pictures;
mod presence;
pub mod rich;
pub mod riley;
pub mod ring;
pub mod script;
pub mod seats;
pub mod shifts;

#[cfg(test)]
mod tests;
