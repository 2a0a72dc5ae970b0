//! The agent's socket, as programs written for the real cloud speak it; see `agent-side`.
//!
//! A socket is a task of its own (`socket`) with a `chair` that answers its
//! requests. What happens is told by [`links`], which holds every socket's way out: a bounded
//! queue, so that a slow socket loses its link and slows nobody.

mod chair;
mod envelope;
mod fields;
pub mod filter;
pub mod links;
pub mod outbox;
mod profile;
pub mod shapes;
mod socket;
mod speech;
mod upgrade;

pub use upgrade::connect;
