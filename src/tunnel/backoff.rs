//! When to try again: after a pause that grows, and at once when the machine has slept.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// The most that is waited after the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// The most that is ever waited.
const CAP: Duration = Duration::from_secs(30);
/// The least, lest a fault that costs nothing is met a thousand times a second.
const FLOOR: Duration = Duration::from_millis(100);

/// How often the clocks are compared.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How far they must be apart.
const APART: Duration = Duration::from_secs(5);

/// Pauses that double up to a cap, each drawn evenly from nothing to its most, so that many who
/// lost the same thing at the same time do not come back together.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next pause.
    pub(super) fn next(&mut self) -> Duration {
        let most = FIRST
            .saturating_mul(2_u32.saturating_pow(self.failures))
            .min(CAP);
        self.failures = self.failures.saturating_add(1);
        most.mul_f64(fastrand::f64()).max(FLOOR)
    }

    /// All is well again: the next pause is short.
    pub(super) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Compares the wall clock with the clock that stands still while the machine sleeps.
#[derive(Debug)]
pub(super) struct Drift {
    wall: fn() -> i64,
    seen: (i64, Instant),
}

impl Drift {
    /// `wall` gives milliseconds of the wall clock.
    pub(super) fn new(wall: fn() -> i64) -> Self {
        Self {
            wall,
            seen: (wall(), Instant::now()),
        }
    }

    /// Resolves within 2 s of a sleep, or of a clock that was set. Safe to cancel.
    pub(super) async fn jump(&mut self) {
        loop {
            let ahead = self.since_last_look();
            if ahead > APART {
                tracing::info!(?ahead, "the machine has slept, or its clock was set");
                return;
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// How far the wall clock has gone away from the other since the last look.
    fn since_last_look(&mut self) -> Duration {
        let now = ((self.wall)(), Instant::now());
        let (wall, still) = std::mem::replace(&mut self.seen, now);
        let passed = i128::from(now.0) - i128::from(wall);
        let ran = i128::try_from((now.1 - still).as_millis()).unwrap_or(i128::MAX);
        let apart = passed.saturating_sub(ran).unsigned_abs();
        Duration::from_millis(u64::try_from(apart).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use crate::tunnel::backoff::*;

    #[test]
    fn pauses_grow_to_the_cap_and_start_anew() {
        let mut backoff = Backoff::default();
        for most in [1, 2, 4, 8, 16, 30, 30, 30] {
            let pause = backoff.next();
            assert!(
                pause >= FLOOR && pause <= Duration::from_secs(most),
                "{pause:?} {most}"
            );
        }
        for _ in 0..100 {
            backoff.next();
        }
        backoff.reset();
        assert!(backoff.next() <= FIRST);
        let mut longest = Backoff { failures: 99 };
        assert!((0..200).any(|_| longest.next() > Duration::from_secs(15)));
    }

    #[tokio::test(start_paused = true)]
    async fn a_sleep_is_noticed_within_two_seconds_and_passing_time_is_not_one() {
        static WALL: AtomicI64 = AtomicI64::new(1_000_000);
        let mut drift = Drift::new(|| WALL.load(Ordering::Relaxed));
        for _ in 0..20 {
            WALL.fetch_add(3_000, Ordering::Relaxed);
            tokio::time::advance(Duration::from_secs(3)).await;
            assert_eq!(drift.since_last_look(), Duration::ZERO);
        }
        WALL.fetch_add(60_000, Ordering::Relaxed);
        let began = Instant::now();
        drift.jump().await;
        assert!(began.elapsed() <= LOOK_EVERY);
        // Once is enough, also when the wall clock goes back.
        assert_eq!(drift.since_last_look(), Duration::ZERO);
        WALL.fetch_sub(60_000, Ordering::Relaxed);
        assert_eq!(drift.since_last_look(), Duration::from_mins(1));
    }
}
