//! What agents' sockets have subscribed to, and what waits to be sent on each.
//!
//! [`sockets`] knows every socket and notifies it; an [`outbox`] is bounded, so that a slow socket
//! is closed and slows no other. [`filter`] says which conversations a subscription is about, and
//! [`shapes`] how a notification stands on the wire. Requests are not read here.

pub mod filter;
pub mod outbox;
pub mod shapes;
pub mod sockets;
