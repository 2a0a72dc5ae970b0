//! The one place that reads the wall clock for timestamps, and the time that the processor has worked.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch, now; zero on a clock set before it.
pub fn unix_millis() -> i64 {
    unix_millis_in(Duration::ZERO)
}

/// The same, so much later; rounded once, so that two moments are as far apart as their times.
pub fn unix_millis_in(ahead: Duration) -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.saturating_add(ahead).as_millis()).ok())
        .unwrap_or(0)
}

/// How much of the processor this program has taken since it began, all its threads together.
pub fn processor_time() -> Option<Duration> {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
}
