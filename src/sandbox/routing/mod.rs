//! Where conversations ring: agents' sessions, skills, capacities, queues and rings.
//!
//! [`router`] holds the state, ends rings and notifies agents; `state` decides, without tasks or
//! locks, [`sessions`] knows who is there, `queue` who is next. How an agent is connected and
//! what an agent says is not in here.

mod presence;
mod queue;
pub(crate) mod ring;
pub(crate) mod router;
pub(crate) mod sessions;
mod state;
