//! Times in the workspace that run down: the rest of a ring, told by the second, and
//! the time an answer is owed by, told coarsely. They are why a frame is drawn
//! without anything happening, and only while they are on screen.

use std::time::Duration;

use crate::{
    domain::{time::Timestamp, workspace::view::Ring},
    tui::text::left::left,
};

const SECOND: i64 = 1000;

/// The seconds a ring has left, a begun one counted whole.
pub(crate) fn rest(ring: &Ring, now: Timestamp) -> i64 {
    let span = ring.until.0.saturating_sub(now.0).max(0);
    span.saturating_add(SECOND - 1) / SECOND
}

/// The same as `1:05`.
pub(crate) fn countdown(ring: &Ring, now: Timestamp) -> String {
    let rest = rest(ring, now);
    format!("{}:{:02}", rest / 60, rest % 60)
}

/// How much of a ring is left, in parts of `whole`.
pub(crate) fn share(ring: &Ring, now: Timestamp, whole: usize) -> usize {
    let all = ring.until.0.saturating_sub(ring.since.0).max(1);
    // A consumer who waited in the queue before rings for less than the wait; a ring is a minute or so.
    let all = all.min(72 * SECOND);
    let left = ring.until.0.saturating_sub(now.0).clamp(0, all);
    usize::try_from(i128::from(left) * (whole as i128) / i128::from(all)).unwrap_or(0)
}

/// How long there is for an answer, in words.
pub(crate) fn owed(by: Timestamp, now: Timestamp) -> String {
    left(by, now).map_or_else(|| "overdue".to_owned(), |left| format!("{left} left"))
}

/// When the seconds of a ring will next be told differently.
pub(crate) fn next_second(ring: &Ring, now: Timestamp) -> Option<Timestamp> {
    let span = ring.until.0.saturating_sub(now.0);
    if span <= 0 {
        return None;
    }
    let rest = u64::try_from((span - 1) % SECOND + 1).unwrap_or(1);
    Some(now.after(Duration::from_millis(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(until: i64) -> Ring {
        Ring {
            id: "r".to_owned(),
            conversation: "c".into(),
            consumer: "Ada".into(),
            skill: "Service".into(),
            since: Timestamp(0),
            until: Timestamp(until),
            is_transfer: false,
            preview: "".into(),
        }
    }

    #[test]
    fn a_ring_is_told_anew_each_second_until_it_is_over() {
        let ring = ring(65_000);
        for (now, told, next) in [
            (0, "1:05", Some(1_000)),
            (999, "1:05", Some(1_000)),
            (1_000, "1:04", Some(2_000)),
            (64_001, "0:01", Some(65_000)),
            (65_000, "0:00", None),
            (90_000, "0:00", None),
        ] {
            assert_eq!(countdown(&ring, Timestamp(now)), told, "{now}");
            let told_next = next_second(&ring, Timestamp(now));
            assert_eq!(told_next, next.map(Timestamp), "{now}");
        }
        assert_eq!(share(&ring, Timestamp(0), 10), 10);
        assert_eq!(share(&ring, Timestamp(65_000), 10), 0);
    }
}
