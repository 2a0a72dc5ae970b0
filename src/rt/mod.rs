//! Plumbing that knows nothing of conversations: serving HTTP, stopping in order, the clock.

pub mod backoff;
pub mod body;
pub mod clock;
pub mod dial;
pub mod files;
mod places;
pub mod serve;
pub mod shutdown;
pub mod sqlite;
pub mod tls;
pub mod web;
