//! The timers conversations asked for, soonest first.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use tokio::time::Instant;

use crate::domain::ids::TimerId;

/// Timers that have not run out, with the thread that asked for each.
#[derive(Debug, Default)]
pub(super) struct Timers(BinaryHeap<Reverse<(Instant, u32, TimerId)>>);

impl Timers {
    pub(super) fn set(&mut self, thread: u32, timer: TimerId, after: Duration) {
        self.0
            .push(Reverse((Instant::now() + after, thread, timer)));
    }

    /// When the next one runs out.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((due, ..))| *due)
    }

    /// One that has run out by now.
    pub(super) fn pop_due(&mut self) -> Option<(u32, TimerId)> {
        if self.next()? > Instant::now() {
            return None;
        }
        self.0
            .pop()
            .map(|Reverse((_, thread, timer))| (thread, timer))
    }
}
