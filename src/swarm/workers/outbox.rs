//! What a worker has measured and NATS does not have yet.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, sleep},
};

use crate::{
    rt::backoff::doubled,
    swarm::{
        measure::Measures,
        workers::{
            link::RunLink,
            records::{RunRecord, WorkerSecond},
        },
    },
};

/// Seconds that wait for NATS; past them the newest takes the next one in.
const WAITING: usize = 600;
/// Pauses between tries to write.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));

/// The seconds that wait for NATS.
#[derive(Debug, Default)]
pub(super) struct WorkerOutbox {
    state: Mutex<WorkerOutboxState>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct WorkerOutboxState {
    waiting: VecDeque<WorkerSecond>,
    numbered: u64,
    in_conversation: u64,
    /// Since when the first one is tried in vain.
    stuck_since: Option<Instant>,
    has_ended: bool,
}

impl WorkerOutbox {
    fn with<T>(&self, act: impl FnOnce(&mut WorkerOutboxState) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn add(&self, second: WorkerSecond) {
        self.with(|state| {
            state.in_conversation = second.in_conversation;
            let is_full = state.waiting.len() >= WAITING;
            if let Some(last) = state.waiting.back_mut().filter(|_| is_full) {
                last.measures.merge(&second.measures);
                last.in_conversation = second.in_conversation;
            } else {
                let number = state.numbered;
                state.numbered += 1;
                state.waiting.push_back(WorkerSecond { number, ..second });
            }
        });
        self.changed.notify_one();
    }

    /// The first one, which stays until it is [`written`](Self::written).
    fn first(&self) -> Option<WorkerSecond> {
        self.with(|state| state.waiting.front().cloned())
    }

    fn written(&self) {
        self.with(|state| {
            state.waiting.pop_front();
            state.stuck_since = None;
        });
    }

    fn failed(&self) {
        self.with(|state| {
            state.stuck_since.get_or_insert_with(Instant::now);
        });
    }

    pub(super) fn stuck_for(&self) -> Duration {
        let since = self.with(|state| state.stuck_since);
        since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    pub(super) fn numbered(&self) -> u64 {
        self.with(|state| state.numbered)
    }

    pub(super) fn in_conversation(&self) -> u64 {
        self.with(|state| state.in_conversation)
    }

    pub(super) fn end(&self) {
        self.with(|state| state.has_ended = true);
        self.changed.notify_one();
    }

    fn has_ended(&self) -> bool {
        self.with(|state| state.has_ended)
    }
}

/// Writes the seconds one after another, each until NATS has it.
pub(super) async fn write(link: RunLink, outbox: Arc<WorkerOutbox>) {
    let mut attempts = 0;
    loop {
        let Some(second) = outbox.first() else {
            if outbox.has_ended() {
                return;
            }
            outbox.changed.notified().await;
            continue;
        };
        let record = RunRecord::Second(Box::new(small(second, link.link.client.max_payload())));
        if link.put(&record).await.is_ok() {
            outbox.written();
            attempts = 0;
        } else {
            outbox.failed();
            sleep(doubled(PAUSES.0, PAUSES.1, attempts)).await;
            attempts += 1;
        }
    }
}

/// Writes a record until NATS has it.
pub(super) async fn persist(link: &RunLink, record: &RunRecord) {
    let mut attempts = 0;
    while link.put(record).await.is_err() {
        sleep(doubled(PAUSES.0, PAUSES.1, attempts)).await;
        attempts += 1;
    }
}

/// The second without its example conversations, where NATS takes no message of its size.
fn small(mut second: WorkerSecond, largest: usize) -> WorkerSecond {
    let is_large = serde_json::to_vec(&second).is_ok_and(|json| json.len() + 1024 > largest);
    if is_large {
        let measures = std::mem::take(&mut second.measures);
        second.measures = Measures {
            failures: measures.failures.without_examples(),
            ..measures
        };
    }
    second
}
