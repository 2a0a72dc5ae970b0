//! The timers conversations asked for, soonest first.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use tokio::time::Instant;

/// Timers that have not run out, each with its name.
#[derive(Debug)]
pub(super) struct Timers<T>(BinaryHeap<Reverse<(Instant, T)>>);

impl<T: Ord> Timers<T> {
    pub(super) fn new() -> Self {
        Self(BinaryHeap::new())
    }

    pub(super) fn set(&mut self, timer: T, after: Duration) {
        self.0.push(Reverse((Instant::now() + after, timer)));
    }

    /// When the next one runs out.
    pub(super) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((due, _))| *due)
    }

    /// One that has run out by now.
    pub(super) fn pop_due(&mut self) -> Option<T> {
        if self.next()? > Instant::now() {
            return None;
        }
        self.0.pop().map(|Reverse((_, timer))| timer)
    }
}
