//! How many frames a device may send that bring nothing forward.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Bucket {
    burst: u32,
    /// The time in which one token comes.
    every: Duration,
    /// When the bucket would be full.
    full_at: Instant,
}

impl Bucket {
    pub(super) fn new(burst: u32, per_second: u32, now: Instant) -> Self {
        Self {
            burst,
            every: Duration::from_secs(1) / per_second.max(1),
            full_at: now,
        }
    }

    /// Takes a token; false when there is none.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        let full_at = self.full_at.max(now) + self.every;
        if full_at.saturating_duration_since(now) > self.every * self.burst {
            return false;
        }
        self.full_at = full_at;
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::relay::link::bucket::*;

    #[test]
    fn it_holds_a_burst_and_fills_again() {
        let begin = Instant::now();
        let mut bucket = Bucket::new(3, 10, begin);
        assert_eq!(
            [(); 5].map(|()| bucket.take(begin)),
            [true, true, true, false, false]
        );
        let later = begin + Duration::from_millis(200);
        assert_eq!([(); 3].map(|()| bucket.take(later)), [true, true, false]);
    }
}
