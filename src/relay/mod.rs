//! The relay: the public end of a team's webhooks.
//!
//! The cloud posts here over HTTPS; each tester's handset holds one WebSocket
//! and gets the conversations it opened. What comes in is kept by a
//! [`Backend`](backend::Backend) before it is answered 200, and handed on raw:
//! the relay knows no secret of an app install.
//!
//! ```text
//! POST ─ intake ─ backend (durable) ─ 200
//!                    │ changes
//!                   hub ─ a signal to the owner's link, and to observers'
//!                            │
//!                          link ─ reads ring or log after its cursor ─ WebSocket
//! ```

mod app_state;
mod auto_claim;
pub mod backend;
mod hub;
mod intake;
mod link;
mod metrics;
pub mod nats;
mod server;
pub mod sqlite;
pub mod ticket;

pub use server::{Error, Limits, Relay, serve, start};
