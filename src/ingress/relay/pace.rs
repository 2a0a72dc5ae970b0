//! How fast a device may claim: a relay closes the link of one that floods it.

use std::time::Duration;

use tokio::time::Instant;

/// Time one frame takes; a relay takes at least 100 a second.
const GAP: Duration = Duration::from_millis(15);
/// Frames that may go at once after a silence; a relay takes at least 400.
const BURST: u32 = 200;

/// Tells when the next frame may go.
#[derive(Debug)]
pub(super) struct Pace {
    /// When all frames so far would have gone, one every [`GAP`].
    until: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { until: now }
    }

    /// When the next frame may go.
    pub(super) fn free_at(&self) -> Instant {
        self.until.checked_sub(GAP * BURST).unwrap_or(self.until)
    }

    /// A frame goes now.
    pub(super) fn spend(&mut self, now: Instant) {
        self.until = self.until.max(now) + GAP;
    }
}

#[cfg(test)]
mod tests {
    use crate::ingress::relay::pace::*;

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_its_pace() {
        // Far from the beginning of the clock, before which there is nothing.
        let begin = Instant::now() + Duration::from_mins(1);
        let mut pace = Pace::new(begin);
        let mut gone = 0;
        for passed in 0..10_000 {
            let now = begin + Duration::from_millis(passed);
            while pace.free_at() <= now {
                pace.spend(now);
                gone += 1;
            }
            let at_most = 400 + passed / 10;
            assert!(gone <= at_most, "{gone} in {passed} ms");
        }
        assert!(gone > 700, "{gone}");
    }
}
