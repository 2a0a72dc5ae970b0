//! The sandbox's time: the wall clock, plus what was jumped over so far.
//!
//! Everything in the sandbox reads the time here. [`advance`](Clock::advance) lets time pass at
//! once: it goes from one thing that is due to the next and has each dealt with before the next
//! one falls due, so that what follows from a jump is what would have followed from waiting, in
//! the same order. A task waits for a moment by an [`Alarm`].

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout_at},
};

use crate::{domain::time::Timestamp, rt::clock::unix_millis};

/// The longest sleep, after which the wall clock is looked at again: it may be set.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
/// How long one jump waits for what it sets off, all steps together. What takes longer, as posts
/// to an endpoint that does not answer, is overtaken by the rest of the jump.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it waits for what its end sets off, at least.
const LAST: Duration = Duration::from_secs(1);
/// How far time can be ahead of the wall clock: longer than anything in here lasts.
pub(crate) const FURTHEST: Duration = Duration::from_hours(10 * 365 * 24);

/// A handle to the sandbox's time; clones show the same time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock {
    inner: Arc<SharedClock>,
}

#[derive(Debug, Default)]
struct SharedClock {
    /// Milliseconds ahead of the wall clock.
    ahead: AtomicI64,
    /// Changes with each jump, after the time did.
    jumps: watch::Sender<u64>,
    turn: tokio::sync::Mutex<()>,
    alarms: Mutex<Alarms>,
    /// Rings when an alarm goes to sleep or goes away, or something held is done.
    settled: Notify,
}

#[derive(Debug, Default)]
struct Alarms {
    next: u64,
    by_number: BTreeMap<u64, AlarmState>,
    /// Things under way that a jump waits for.
    held: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AlarmState {
    /// No task waits by it yet.
    Idle,
    /// Its owner is at work, or was rung for and will be.
    Awake {
        rung: bool,
    },
    Asleep(Timestamp),
}

impl Clock {
    /// A clock that is ahead already, as an earlier run left it.
    pub(crate) fn ahead_by(span: Duration) -> Self {
        let clock = Self::default();
        let ahead = millis(span.min(FURTHEST));
        clock.inner.ahead.store(ahead, Ordering::SeqCst);
        clock
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.inner.now()
    }

    /// How far it is ahead of the wall clock.
    pub(crate) fn ahead(&self) -> Duration {
        let ahead = self.inner.ahead.load(Ordering::SeqCst);
        Duration::from_millis(u64::try_from(ahead).unwrap_or(0))
    }

    pub(crate) fn alarm(&self) -> Alarm {
        let mut alarms = self.inner.alarms();
        let number = alarms.next;
        alarms.next += 1;
        alarms.by_number.insert(number, AlarmState::Idle);
        Alarm {
            inner: self.inner.clone(),
            number,
            bell: Notify::new(),
        }
    }

    /// Has jumps wait while it is held: for what is under way and will change what is due next.
    pub(crate) fn hold(&self) -> Hold {
        self.inner.alarms().held += 1;
        Hold(self.inner.clone())
    }

    /// Waits for a moment; a jump past it ends the wait.
    pub(crate) async fn sleep_until(&self, moment: Timestamp) {
        let mut jumps = self.inner.jumps.subscribe();
        loop {
            // Seen before the time is read: a jump after that changes it again.
            jumps.borrow_and_update();
            let left = moment.since(self.now());
            if left.is_zero() {
                return;
            }
            tokio::select! {
                () = sleep(left.min(LONGEST_SLEEP)) => {}
                // The sender lives as long as this clock does.
                _ = jumps.changed() => {}
            }
        }
    }

    /// Lets so much time pass at once, and returns when what fell due in it was dealt with.
    ///
    /// Another jump waits for this one. Time never gets further ahead than [`FURTHEST`].
    pub(crate) async fn advance(&self, span: Duration) {
        let _turn = self.inner.turn.lock().await;
        let patience = Instant::now() + PATIENCE;
        let target = self.now().after(span);
        self.inner.settle(patience).await;
        while let Some(next) = self.inner.next_due().filter(|next| *next < target) {
            if Instant::now() >= patience {
                break;
            }
            self.inner.set(next);
            self.inner.settle(patience).await;
        }
        self.inner.set(target);
        let last = Instant::now() + LAST;
        self.inner.settle(patience.max(last)).await;
    }
}

impl SharedClock {
    fn now(&self) -> Timestamp {
        let ahead = self.ahead.load(Ordering::SeqCst);
        Timestamp(unix_millis().saturating_add(ahead))
    }

    /// Makes it that late, if it is not yet.
    fn set(&self, moment: Timestamp) {
        let missing = moment.0.saturating_sub(self.now().0).max(0);
        let furthest = millis(FURTHEST);
        let further = |ahead: i64| Some(ahead.saturating_add(missing).min(furthest));
        let (set, fetch) = (Ordering::SeqCst, Ordering::SeqCst);
        // Only where the closure says no is there an error, and it never does.
        let _ = self.ahead.fetch_update(set, fetch, further);
        self.jumps
            .send_modify(|jumps| *jumps = jumps.wrapping_add(1));
    }

    fn next_due(&self) -> Option<Timestamp> {
        let alarms = self.alarms();
        let asleep = alarms.by_number.values().filter_map(|state| match state {
            AlarmState::Asleep(until) => Some(*until),
            AlarmState::Idle | AlarmState::Awake { .. } => None,
        });
        asleep.min()
    }

    /// Waits until every task sleeps and nothing is due, or patience is at its end.
    async fn settle(&self, patience: Instant) {
        loop {
            let settled = self.settled.notified();
            let now = self.now();
            let quiet = {
                let alarms = self.alarms();
                alarms.held == 0
                    && alarms.by_number.values().all(|state| match state {
                        AlarmState::Idle => true,
                        AlarmState::Awake { .. } => false,
                        AlarmState::Asleep(until) => *until > now,
                    })
            };
            if quiet || timeout_at(patience, settled).await.is_err() {
                return;
            }
        }
    }

    fn alarms(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one task waits by, and others wake it with.
#[derive(Debug)]
pub(crate) struct Alarm {
    inner: Arc<SharedClock>,
    number: u64,
    bell: Notify,
}

impl Alarm {
    /// Wakes the task that waits, or will wait: a ring is never missed, and several are one.
    pub(crate) fn ring(&self) {
        let mut alarms = self.inner.alarms();
        if let Some(state) = alarms.by_number.get_mut(&self.number)
            && *state != AlarmState::Idle
        {
            *state = AlarmState::Awake { rung: true };
        }
        drop(alarms);
        self.bell.notify_one();
    }

    /// Waits for a moment, a ring, or a jump past the moment; without a moment for a ring.
    ///
    /// For one task at a time. From its return to the next wait jumps wait for the caller, so
    /// the task must come back soon, or end and drop the alarm.
    pub(crate) async fn wait(&self, moment: Option<Timestamp>) {
        let moment = moment.unwrap_or(Timestamp(i64::MAX));
        let mut jumps = self.inner.jumps.subscribe();
        if !self.fall_asleep(moment) {
            // The ring came before the wait.
            self.bell.notified().await;
            self.wake();
            return;
        }
        let awake = Awake(self);
        loop {
            jumps.borrow_and_update();
            let left = moment.since(self.inner.now());
            if left.is_zero() {
                break;
            }
            tokio::select! {
                () = self.bell.notified() => break,
                () = sleep(left.min(LONGEST_SLEEP)) => {}
                // The sender lives as long as this alarm does.
                _ = jumps.changed() => {}
            }
        }
        drop(awake);
    }

    /// Whether it does: not if there was a ring since the last wait.
    fn fall_asleep(&self, moment: Timestamp) -> bool {
        let mut alarms = self.inner.alarms();
        let state = alarms.by_number.get_mut(&self.number);
        let asleep = match state {
            Some(state) if *state != (AlarmState::Awake { rung: true }) => {
                *state = AlarmState::Asleep(moment);
                true
            }
            _ => false,
        };
        drop(alarms);
        self.inner.settled.notify_waiters();
        asleep
    }

    fn wake(&self) {
        if let Some(state) = self.inner.alarms().by_number.get_mut(&self.number) {
            *state = AlarmState::Awake { rung: false };
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.inner.alarms().by_number.remove(&self.number);
        self.inner.settled.notify_waiters();
    }
}

/// Marks its owner awake however the wait ends, also when it is given up.
struct Awake<'a>(&'a Alarm);

impl Drop for Awake<'_> {
    fn drop(&mut self) {
        self.0.wake();
    }
}

/// Something a jump waits for; see [`Clock::hold`].
#[derive(Debug)]
pub(crate) struct Hold(Arc<SharedClock>);

impl Drop for Hold {
    fn drop(&mut self) {
        let mut alarms = self.0.alarms();
        alarms.held = alarms.held.saturating_sub(1);
        drop(alarms);
        self.0.settled.notify_waiters();
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
