//! Delivery of notifications to the connectors' endpoints.
//!
//! [`exchange`] knows which app install's they are, [`policy`] decides when what is posted,
//! [`driver`] has it posted and [`outgoing`] posts it; endpoints on this machine get theirs by a
//! shorter way. What a notification says, and which endpoints there are, is the model's.

pub mod driver;
pub mod exchange;
mod near;
pub mod outgoing;
pub mod policy;
mod tampering;

#[cfg(test)]
mod tests;
