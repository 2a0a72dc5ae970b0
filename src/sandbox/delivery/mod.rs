//! Delivery of notifications to the connectors' endpoints.
//!
//! [`exchange`] knows which app install's they are, [`policy`] decides when what is posted,
//! [`driver`] has it posted and [`outgoing`] posts it.

pub mod driver;
pub mod endpoint;
pub mod exchange;
pub mod outgoing;
pub mod policy;

#[cfg(test)]
mod tests;
