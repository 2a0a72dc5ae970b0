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
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next pause.
    pub fn pause(&mut self) -> Duration {
        let most = FIRST
            .saturating_mul(2_u32.saturating_pow(self.failures))
            .min(CAP);
        self.failures = self.failures.saturating_add(1);
        most.mul_f64(fastrand::f64()).max(FLOOR)
    }

    /// All is well again: the next pause is short.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
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
        let mut longest = Backoff { failures: 99 };
        assert!((0..200).any(|_| longest.pause() > Duration::from_secs(15)));
    }
}
