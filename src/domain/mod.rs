//! The pure core: what a consumer's phone is and how it behaves.
//!
//! Nothing here reads a clock, a file, a socket or a random source; the time
//! and fresh identifiers come in as arguments, and what should happen goes out
//! as data. The same input therefore gives the same output, which is what the
//! data files under `tests/fixtures/conversations` rely on.

pub mod app_install;
pub mod availability;
pub mod canary;
pub mod content;
pub mod conversation;
pub mod exchange;
pub mod ids;
pub mod inbound;
pub(crate) mod json;
pub mod line;
pub mod mask;
pub(crate) mod metadata;
pub(crate) mod near;
pub mod notice;
pub(crate) mod outage;
pub mod past;
pub(crate) mod percent;
pub mod persona;
pub mod picture;
mod ranges;
pub mod relay;
pub mod retry;
pub mod rich;
pub mod role;
pub mod search;
pub mod secret;
pub mod signature;
pub(crate) mod similar;
pub(crate) mod span;
pub mod spoken;
pub mod survey;
pub mod text;
pub mod time;
pub mod wire;
pub mod workspace;
