//! The one place that reads the wall clock for timestamps.

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
