//! How long something still lasts, told so coarsely that it seldom changes: a
//! screen nobody touches is drawn anew once a minute at most.

use std::time::Duration;

use crate::domain::time::Timestamp;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The unit a span of a minute or more is told in, in milliseconds.
fn unit(span: i64) -> i64 {
    if span < 2 * HOUR {
        MINUTE
    } else if span < 2 * DAY {
        HOUR
    } else {
        DAY
    }
}

fn span(until: Timestamp, now: Timestamp) -> i64 {
    until.0.saturating_sub(now.0)
}

/// The time left, or `None` when there is none.
pub(crate) fn left(until: Timestamp, now: Timestamp) -> Option<String> {
    let span = span(until, now);
    if span <= 0 {
        return None;
    }
    if span < MINUTE {
        return Some("less than a minute".to_owned());
    }
    let count = span / unit(span);
    Some(match unit(span) {
        MINUTE => format!("{count} min"),
        HOUR => format!("{count} h"),
        _ => format!("{count} days"),
    })
}

/// When [`left`] will next say something else; `None` when it never will.
pub(crate) fn next_change(until: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let span = span(until, now);
    if span <= 0 {
        return None;
    }
    let rest = if span < MINUTE {
        span
    } else {
        span % unit(span) + 1
    };
    Some(now.after(Duration::from_millis(rest.unsigned_abs())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_told_coarsely_and_changes_when_said() {
        let start = Timestamp(1_000);
        for (span, told) in [
            (3 * DAY, "3 days"),
            (2 * DAY - 1, "47 h"),
            (2 * HOUR, "2 h"),
            (2 * HOUR - 1, "119 min"),
            (MINUTE, "1 min"),
            (MINUTE - 1, "less than a minute"),
            (1, "less than a minute"),
        ] {
            let until = Timestamp(start.0 + span);
            assert_eq!(left(until, start).unwrap(), told);
            let next = next_change(until, start).unwrap();
            assert_eq!(
                left(until, Timestamp(next.0 - 1)).unwrap(),
                told,
                "until then"
            );
            assert_ne!(left(until, next).as_deref(), Some(told), "and no longer");
        }
        assert_eq!(
            (left(start, start), next_change(start, start)),
            (None, None)
        );
    }
}
