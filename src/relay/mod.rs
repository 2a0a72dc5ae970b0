//! The relay: the public end of a team's webhooks.
//!
//! The cloud posts here over HTTPS; each tester's handset holds one WebSocket
//! and gets the conversations it opened. What comes in is kept by a
//! [`Backend`](backend::Backend) before it is answered 200, and handed on raw:
//! the relay knows no secret of an app install.

pub mod backend;
pub mod nats;
