//! Delivery of notifications to the connector's endpoint.
//!
//! [`policy`] decides when what is posted, [`driver`] posts it.

pub mod driver;
pub mod endpoint;
pub mod policy;

#[cfg(test)]
mod tests;
