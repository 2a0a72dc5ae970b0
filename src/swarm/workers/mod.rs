//! A swarm on several machines, over NATS JetStream.
//!
//! The [`coordinator`] writes the plan into a bucket of the run; each [`worker`] claims slices of the
//! arrivals by creating a key, which only one of them can, and runs them. What a worker measures
//! goes second by second into a second bucket. [`records`] is what stands in both, [`ledger`] adds
//! it up and judges who is lost; those two are pure. A slice is never run twice: what a lost worker
//! did not start is counted as not started.

pub mod coordinator;
pub mod ledger;
mod link;
mod outbox;
pub mod records;
pub mod worker;
