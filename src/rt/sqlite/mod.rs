//! SQLite for the journal, the relay's state and the sandbox's state file: opening a file, and the
//! one thread that writes it.
//!
//! [`Schema::open`] makes the file or checks whose it is, and brings its tables up to date. A
//! [`Writer`] hands jobs to the thread; jobs that wait together share one transaction, and when
//! that fails each is tried alone. Where commits do not wait for the disk, the caller that hands a job in
//! may commit it in the thread's place ([`Writer::commit`]). What the rows mean, and what a failure
//! undoes in memory, is the business of the [`State`] that the thread works with. Nothing here
//! knows of conversations.

mod checkpoint;
mod error;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

pub use checkpoint::Checkpoints;
pub use error::{Error, OpenError};
pub use schema::{Schema, lock};
#[cfg(test)]
pub use writer::Queue;
pub use writer::{Failed, State, WeakWriter, Writer, channel, commit_alone, transaction};
