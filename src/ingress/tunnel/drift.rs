//! Whether the machine has slept, after which everything is tried again at once.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How often the clocks are compared.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How far they must be apart.
const APART: Duration = Duration::from_secs(5);

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

    use crate::ingress::tunnel::drift::*;

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
