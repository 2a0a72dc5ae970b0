//! What a swarm measures: latencies, counts, calls, webhooks and failures, and what is judged of
//! them.
//!
//! Pure: consumers and listener record into [`Measures`], which add up without loss over seconds, scenarios
//! and workers. [`threshold`] judges them, [`timeline`] keeps a line for each second. Nothing here
//! knows where a number came from.

pub mod count;
pub mod failures;
pub mod histogram;
pub mod latency;
pub mod measures;
pub mod metric;
pub mod progress;
pub mod threshold;
pub mod timeline;
pub mod words;

pub use count::SwarmCount;
pub use histogram::LatencyHistogram;
pub use latency::Latency;
pub use measures::Measures;
