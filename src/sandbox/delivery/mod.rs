//! Delivery of notifications to the connectors' endpoints.
//!
//! [`exchange`] knows which app install's they are, [`policy`] decides when what is posted,
//! [`driver`] has it posted and [`outgoing`] posts it; [`near`] posts to endpoints on this machine,
//! and [`tampering`] spoils what a fault of the sandbox wants spoilt. What a notification says, and
//! which endpoints there are, is the model's.

pub(crate) mod driver;
pub(crate) mod exchange;
mod near;
pub(crate) mod outgoing;
pub(crate) mod policy;
mod tampering;

#[cfg(test)]
mod tests;
