//! The agent's socket, as programs written for the real cloud speak it; see `agent-side`.
//!
//! A socket is a task of its own (`connection`), which answers its `requests` one after the other
//! and sends what waits in its outbox. What an agent's session is, whatever is around it, stands in
//! the folder `agent_session`, and where conversations ring in `routing`.

mod connection;
mod envelope;
mod fields;
mod profile;
mod requests;
mod speech;
mod upgrade;

pub(crate) use upgrade::connect;
