//! Delivery of notifications to the connectors' endpoints.
//!
//! [`exchange`] knows which app install's they are, [`policy`] decides when what is posted,
//! [`driver`] has it posted and [`outgoing`] posts it; endpoints on this machine get theirs by a
//! shorter way. What a notification says, and which endpoints there are, is the model's.

pub(crate) mod driver;
pub(crate) mod exchange;
mod near;
pub(crate) mod outgoing;
pub(crate) mod policy;
mod tampering;

#[cfg(test)]
mod tests;
