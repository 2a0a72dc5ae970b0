//! Where everything that is measured goes; it is taken out each second.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::swarm::measure::{Latency, Measures, SwarmCount};

/// Something that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sample {
    /// It took so long.
    Took(Latency, Duration),
    /// It happened once more.
    Happened(SwarmCount),
}

/// What was measured since it was last taken, and how many consumers are there.
#[derive(Debug)]
pub(crate) struct Recorder {
    scenarios: usize,
    measures: Mutex<Measures>,
    /// Conversations that could not be closed.
    left_open: Mutex<Vec<String>>,
    /// Consumers who play.
    playing: AtomicU64,
    /// Those of them whose conversation is open, and no agent has it.
    queued: AtomicU64,
}

impl Recorder {
    pub(crate) fn new(scenarios: usize) -> Self {
        Self {
            scenarios,
            measures: Mutex::new(Measures::new(scenarios)),
            left_open: Mutex::default(),
            playing: AtomicU64::new(0),
            queued: AtomicU64::new(0),
        }
    }

    /// What may be recorded at once.
    pub(crate) fn measures(&self) -> MutexGuard<'_, Measures> {
        // Numbers are added whole or not at all.
        self.measures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Everything since this was last asked.
    pub(crate) fn take(&self) -> Measures {
        let fresh = Measures::new(self.scenarios);
        std::mem::replace(&mut self.measures(), fresh)
    }

    pub(crate) fn count(&self, scenario: usize, counted: SwarmCount) {
        self.measures().count(scenario, counted, 1);
    }

    pub(crate) fn took(&self, scenario: usize, latency: Latency, span: Duration) {
        self.measures().record(scenario, latency, micros(span));
    }

    /// Records samples, and empties them.
    pub(crate) fn add(&self, scenario: usize, samples: &mut Vec<Sample>) {
        if samples.is_empty() {
            return;
        }
        let mut measures = self.measures();
        for sample in samples.drain(..) {
            match sample {
                Sample::Took(latency, span) => measures.record(scenario, latency, micros(span)),
                Sample::Happened(counted) => measures.count(scenario, counted, 1),
            }
        }
    }

    /// A conversation could not be closed.
    pub(crate) fn leave_open(&self, scenario: usize, conversation: String) {
        self.count(scenario, SwarmCount::LeftOpen);
        let mut left = self
            .left_open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        left.push(conversation);
    }

    /// Takes the conversations that could not be closed.
    pub(crate) fn take_left_open(&self) -> Vec<String> {
        let mut left = self
            .left_open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut left)
    }

    /// A consumer plays from now on, or not any more.
    pub(crate) fn plays(&self, plays: bool) {
        change(&self.playing, plays);
    }

    /// A consumer waits for an agent from now on, or not any more.
    pub(crate) fn queues(&self, queues: bool) {
        change(&self.queued, queues);
    }

    pub(crate) fn playing(&self) -> u64 {
        self.playing.load(Ordering::SeqCst)
    }

    pub(crate) fn queued(&self) -> u64 {
        self.queued.load(Ordering::SeqCst)
    }
}

fn change(count: &AtomicU64, is_more: bool) {
    if is_more {
        count.fetch_add(1, Ordering::SeqCst);
    } else {
        count.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whole microseconds.
pub(crate) fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
