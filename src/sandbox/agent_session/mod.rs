//! An agent's session: requests go in, notifications come out.
//!
//! There is one kind of [`session`]. The agents' socket puts frames around it for a client that
//! logged in, and Riley and the other built-in agents use it in this process. [`api`] is what an
//! agent asks for. [`sockets`] knows every session and notifies it; an [`outbox`] is bounded, so
//! that a slow session is closed and slows no other. [`filter`] says which conversations a
//! subscription is about, and [`shapes`] how a notification stands on the wire.

pub(crate) mod api;
pub(crate) mod filter;
pub(crate) mod outbox;
pub(crate) mod session;
pub(crate) mod shapes;
pub(crate) mod sockets;
