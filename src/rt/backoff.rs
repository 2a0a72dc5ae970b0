//! How long to wait before something is tried again.

use std::time::Duration;

/// The most that is waited after the first failure.
const FIRST: Duration = Duration::from_secs(1);
/// The most that is ever waited.
const CAP: Duration = Duration::from_secs(30);
/// The least, lest a fault that costs nothing is met a thousand times a second.
const FLOOR: Duration = Duration::from_millis(100);

/// Pauses that double up to a cap, each drawn evenly from nothing to its most, so that many who
/// lost the same thing at the same time do not come back together.
#[derive(Debug)]
pub struct Backoff {
    first: Duration,
    cap: Duration,
    failures: u32,
}

impl Default for Backoff {
    fn default() -> Self {
        Self::new(FIRST, CAP)
    }
}

impl Backoff {
    /// Pauses of at most `first` after the first failure, and of at most `cap` ever.
    pub fn new(first: Duration, cap: Duration) -> Self {
        Self {
            first,
            cap,
            failures: 0,
        }
    }

    pub fn pause(&mut self) -> Duration {
        let most = doubled(self.first, self.cap, self.failures);
        self.failures = self.failures.saturating_add(1);
        most.mul_f64(fastrand::f64()).max(FLOOR)
    }

    /// All is well again: the next pause is short.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// The longest pause after so many failures: `first`, doubled by each of them up to `cap`.
pub fn doubled(first: Duration, cap: Duration, failures: u32) -> Duration {
    let factor = 2_u32.saturating_pow(failures);
    first.saturating_mul(factor).min(cap)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_cap_and_start_anew() {
        let mut backoff = Backoff::default();
        for most in [1, 2, 4, 8, 16, 30, 30, 30] {
            let pause = backoff.pause();
            assert!(
                pause >= FLOOR && pause <= Duration::from_secs(most),
                "{pause:?} {most}"
            );
        }
        for _ in 0..100 {
            backoff.pause();
        }
        backoff.reset();
        assert!(backoff.pause() <= FIRST);
        let mut longest = Backoff {
            failures: 99,
            ..Backoff::default()
        };
        assert!((0..200).any(|_| longest.pause() > Duration::from_secs(15)));
    }
}
