//! The time of one world: real time, plus what was jumped over so far.
//!
//! A world is a sandbox with everything that plays in it: its agents, the phones, the steps of a
//! scene. All of them read the time here and wait by a [`WorldAlarm`].
//! [`advance`](WorldClock::advance) lets time pass at once: it goes from one thing that is due to
//! the next and has each dealt with before the next one falls due, so that what follows from a jump
//! is what would have followed from waiting, in the same order. [`skip`](WorldClock::skip) does the
//! same for idle time, and only while nothing is under way.
//!
//! A world that is never made to jump has real time.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, watch},
    time::{Instant, sleep, timeout_at},
};

use crate::rt::clock;

/// The longest sleep, after which the clocks are looked at again: the wall clock may be set.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);
/// How long one jump waits for what it sets off, all steps together. What takes longer, as posts
/// to an endpoint that does not answer, is overtaken by the rest of the jump.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long it waits for what its end sets off, at least.
const LAST: Duration = Duration::from_secs(1);
/// How far time can be ahead of real time: longer than anything in here lasts.
pub const FURTHEST: Duration = Duration::from_hours(10 * 365 * 24);

/// A handle to a world's time; clones show the same time.
#[derive(Debug, Clone, Default)]
pub struct WorldClock {
    inner: Arc<SharedClock>,
}

/// A moment to wake at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WakeAt {
    /// By the wall clock, in milliseconds since the Unix epoch.
    Wall(i64),
    /// By the clock that nobody sets.
    Steady(Instant),
}

/// How much had happened in a world when nothing was under way; see [`WorldClock::quiet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuietMark(u64);

#[derive(Debug, Default)]
struct SharedClock {
    /// Nanoseconds ahead of real time.
    ahead: AtomicU64,
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
    /// How often something began.
    begun: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AlarmState {
    /// No task waits by it yet.
    Idle,
    /// Its owner is at work, or was rung for and will be.
    Awake {
        rung: bool,
    },
    Asleep(Option<WakeAt>),
}

impl WorldClock {
    /// The time, by the clock that nobody sets.
    pub fn now(&self) -> Instant {
        self.inner.now()
    }

    /// The time by the wall clock, in milliseconds since the Unix epoch.
    pub fn unix_millis(&self) -> i64 {
        self.inner.unix_millis()
    }

    /// How far it is ahead of real time.
    pub fn ahead(&self) -> Duration {
        self.inner.ahead()
    }

    /// Makes it so much later, whatever is due in between; at a start, before anybody waits.
    pub(crate) fn set_ahead(&self, span: Duration) {
        self.inner.leap(span);
    }

    /// What one task waits by.
    pub fn alarm(&self) -> WorldAlarm {
        self.new_alarm(false)
    }

    /// What a task waits by that takes in what others have done, and begins nothing by itself.
    pub fn reader_alarm(&self) -> WorldAlarm {
        self.new_alarm(true)
    }

    fn new_alarm(&self, is_reader: bool) -> WorldAlarm {
        let mut alarms = self.inner.alarms();
        let number = alarms.next;
        alarms.next += 1;
        alarms.by_number.insert(number, AlarmState::Idle);
        WorldAlarm {
            inner: self.inner.clone(),
            number,
            is_reader,
            bell: Notify::new(),
        }
    }

    /// Has jumps wait while it is held: for what is under way and will change what is due next.
    pub fn hold(&self) -> Hold {
        Hold::of(&self.inner)
    }

    /// Waits for a moment; a jump past it ends the wait. Jumps know nothing of this wait.
    pub async fn sleep_until(&self, moment: WakeAt) {
        let mut jumps = self.inner.jumps.subscribe();
        loop {
            // Seen before the time is read: a jump after that changes it again.
            jumps.borrow_and_update();
            let left = self.inner.left(moment);
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
    pub async fn advance(&self, span: Duration) {
        let inner = &self.inner;
        let _turn = inner.turn.lock().await;
        let patience = Instant::now() + PATIENCE;
        let end = WakeAt::Steady(self.now() + span.min(FURTHEST));
        inner.settle(patience).await;
        while Instant::now() < patience {
            let next = inner.alarms().next_due(inner);
            let Some(left) = next.filter(|left| *left < inner.left(end)) else {
                break;
            };
            inner.leap(left);
            inner.settle(patience).await;
        }
        inner.leap(inner.left(end));
        let last = Instant::now() + LAST;
        inner.settle(patience.max(last)).await;
    }

    /// Waits until nothing is under way: every task sleeps, nothing is due and nothing is held.
    /// Safe to cancel.
    pub async fn quiet(&self) -> QuietMark {
        loop {
            let settled = self.inner.settled.notified();
            {
                let alarms = self.inner.alarms();
                if alarms.is_quiet(&self.inner) {
                    return QuietMark(alarms.begun);
                }
            }
            settled.await;
        }
    }

    /// Jumps over idle time: so far, or to what is due next if that comes sooner. Nothing happens
    /// when something is under way, or was since the mark was taken; says whether it jumped.
    pub fn skip(&self, mark: QuietMark, span: Duration) -> bool {
        let alarms = self.inner.alarms();
        if QuietMark(alarms.begun) != mark || !alarms.is_quiet(&self.inner) {
            return false;
        }
        let next = alarms.next_due(&self.inner);
        // Under the lock: nothing can begin between the look and the jump.
        self.inner.leap(next.map_or(span, |next| next.min(span)));
        true
    }
}

impl SharedClock {
    fn ahead(&self) -> Duration {
        Duration::from_nanos(self.ahead.load(Ordering::SeqCst))
    }

    fn now(&self) -> Instant {
        Instant::now() + self.ahead()
    }

    fn unix_millis(&self) -> i64 {
        clock::unix_millis_in(self.ahead())
    }

    /// How long it is until a moment.
    fn left(&self, moment: WakeAt) -> Duration {
        match moment {
            WakeAt::Wall(at) => {
                let left = at.saturating_sub(self.unix_millis());
                Duration::from_millis(u64::try_from(left).unwrap_or(0))
            }
            WakeAt::Steady(at) => at.saturating_duration_since(self.now()),
        }
    }

    /// Makes it so much later.
    fn leap(&self, span: Duration) {
        let nanos = |span: Duration| u64::try_from(span.as_nanos()).unwrap_or(u64::MAX);
        let (more, furthest) = (nanos(span), nanos(FURTHEST));
        let further = |ahead: u64| Some(ahead.saturating_add(more).min(furthest));
        let (set, fetch) = (Ordering::SeqCst, Ordering::SeqCst);
        // Only where the closure says no is there an error, and it never does.
        let _ = self.ahead.fetch_update(set, fetch, further);
        self.jumps
            .send_modify(|jumps| *jumps = jumps.wrapping_add(1));
    }

    /// Waits until every task sleeps and nothing is due, or patience is at its end.
    async fn settle(&self, patience: Instant) {
        loop {
            let settled = self.settled.notified();
            let quiet = self.alarms().is_quiet(self);
            if quiet || timeout_at(patience, settled).await.is_err() {
                return;
            }
        }
    }

    fn alarms(&self) -> MutexGuard<'_, Alarms> {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Alarms {
    /// How long it is until the next task is to wake.
    fn next_due(&self, clock: &SharedClock) -> Option<Duration> {
        let asleep = self.by_number.values().filter_map(|state| match state {
            AlarmState::Asleep(until) => *until,
            AlarmState::Idle | AlarmState::Awake { .. } => None,
        });
        asleep.map(|until| clock.left(until)).min()
    }

    fn is_quiet(&self, clock: &SharedClock) -> bool {
        let is_due = |until: &Option<WakeAt>| until.is_some_and(|at| clock.left(at).is_zero());
        self.held == 0
            && self.by_number.values().all(|state| match state {
                AlarmState::Idle => true,
                AlarmState::Awake { .. } => false,
                AlarmState::Asleep(until) => !is_due(until),
            })
    }
}

/// What one task waits by, and others wake it with.
#[derive(Debug)]
pub struct WorldAlarm {
    inner: Arc<SharedClock>,
    number: u64,
    /// Its owner begins nothing by itself.
    is_reader: bool,
    bell: Notify,
}

impl WorldAlarm {
    /// The owner is at work from now on, though it has not waited yet.
    pub fn begin(&self) {
        self.set(AlarmState::Awake { rung: false });
    }

    /// Wakes the task that waits, or will wait: a ring is never missed, and several are one.
    pub fn ring(&self) {
        let mut alarms = self.inner.alarms();
        if let Some(state) = alarms.by_number.get_mut(&self.number)
            && *state != AlarmState::Idle
        {
            *state = AlarmState::Awake { rung: true };
            alarms.begun += u64::from(!self.is_reader);
        }
        drop(alarms);
        self.bell.notify_one();
    }

    /// Has jumps of this alarm's time wait while it is held.
    pub fn hold(&self) -> Hold {
        Hold::of(&self.inner)
    }

    /// Waits for a moment, a ring, or a jump past the moment; without a moment for a ring.
    ///
    /// For one task at a time. From its return to the next wait jumps wait for the caller, so
    /// the task must come back soon, or end and drop the alarm. In a `select!` it stands last in
    /// a biased one: then the task sleeps only when nothing else has come.
    pub async fn wait(&self, moment: Option<WakeAt>) {
        let mut jumps = self.inner.jumps.subscribe();
        if !self.fall_asleep(moment) {
            // The ring came before the wait.
            self.bell.notified().await;
            self.begin();
            return;
        }
        let awake = Awake(self);
        loop {
            jumps.borrow_and_update();
            let left = moment.map_or(LONGEST_SLEEP, |at| self.inner.left(at));
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

    /// Waits for so long, also when it is rung meanwhile.
    pub async fn pause(&self, span: Duration) {
        let until = self.inner.now() + span;
        while self.inner.now() < until {
            self.wait(Some(WakeAt::Steady(until))).await;
        }
    }

    /// Whether it does: not if there was a ring since the last wait.
    fn fall_asleep(&self, moment: Option<WakeAt>) -> bool {
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

    fn set(&self, to: AlarmState) {
        let mut alarms = self.inner.alarms();
        if let Some(state) = alarms.by_number.get_mut(&self.number) {
            *state = to;
            alarms.begun += u64::from(!self.is_reader);
        }
    }
}

impl Drop for WorldAlarm {
    fn drop(&mut self) {
        self.inner.alarms().by_number.remove(&self.number);
        self.inner.settled.notify_waiters();
    }
}

/// Marks its owner awake however the wait ends, also when it is given up.
struct Awake<'a>(&'a WorldAlarm);

impl Drop for Awake<'_> {
    fn drop(&mut self) {
        self.0.begin();
    }
}

/// Something a jump waits for; see [`WorldClock::hold`].
#[derive(Debug)]
pub struct Hold(Arc<SharedClock>);

impl Hold {
    fn of(clock: &Arc<SharedClock>) -> Self {
        let mut alarms = clock.alarms();
        alarms.held += 1;
        alarms.begun += 1;
        drop(alarms);
        Self(clock.clone())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let mut alarms = self.0.alarms();
        alarms.held = alarms.held.saturating_sub(1);
        drop(alarms);
        self.0.settled.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
