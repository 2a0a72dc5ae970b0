//! The journal: what came in, what went out, and the phone as it stands.
//!
//! One SQLite file belongs to one thread of this process, which is [`crate::rt::sqlite`]'s.
//! Others have a [`Journal`], send it jobs over a bounded queue, and are answered after the
//! commit; jobs that wait together share one transaction. Webhooks go on to
//! the engine through the [`Feed`], each once and in order, however slow it is.
//! A caller that wants to look at the past takes a [`Reader`].

mod damage;
mod error;
mod feed;
mod journal;
mod past;
mod phone;
mod prune;
mod reader;
mod rejected;
mod relayed;
mod reload;
mod schema;
mod search;
mod size;
#[cfg(test)]
mod tests;
mod thread;
mod wire;

pub use error::Error;
pub use feed::{Feed, Start};
pub use journal::Journal;
pub use phone::{Counters, Restored, Save};
pub use prune::{Prunable, Pruner, Stays};
pub use reader::{Reader, Scope, Search};
pub use relayed::{Arrived, Receipt};
pub use size::{JournalSize, file_size};
