//! Plumbing that knows nothing of conversations: serving HTTP, NATS, stopping in order, the clock.

pub(crate) mod backoff;
pub(crate) mod body;
pub mod clock;
pub(crate) mod dial;
pub(crate) mod files;
pub(crate) mod nats;
mod places;
pub mod serve;
pub mod shutdown;
pub(crate) mod sqlite;
pub mod tls;
pub(crate) mod web;
pub mod world_clock;
