//! The timers conversations asked for, soonest first.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

use tokio::time::Instant;

use crate::rt::world_clock::WorldClock;

/// Timers that have not run out, each with its name.
#[derive(Debug)]
pub(super) struct Timers<T> {
    soonest: BinaryHeap<Reverse<(Instant, T)>>,
    clock: WorldClock,
}

impl<T: Ord> Timers<T> {
    /// None yet, by this time.
    pub(super) fn new(clock: WorldClock) -> Self {
        Self {
            soonest: BinaryHeap::new(),
            clock,
        }
    }

    pub(super) fn set(&mut self, timer: T, after: Duration) {
        self.soonest
            .push(Reverse((self.clock.now() + after, timer)));
    }

    /// When the next one runs out.
    pub(super) fn next(&self) -> Option<Instant> {
        self.soonest.peek().map(|Reverse((due, _))| *due)
    }

    /// One that has run out by now.
    pub(super) fn pop_due(&mut self) -> Option<T> {
        if self.next()? > self.clock.now() {
            return None;
        }
        self.soonest.pop().map(|Reverse((_, timer))| timer)
    }
}
