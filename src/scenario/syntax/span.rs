//! Spans of time in scenarios: those of `domain::span`, and decimals like `1.5s`.

use std::{fmt::Write as _, time::Duration};

use crate::domain::span;

/// Longer than anybody waits.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// The span, if it is one, is longer than nothing, and is not past a week.
pub(crate) fn parse(text: &str) -> Option<Duration> {
    let read = match text.split_once('.') {
        None => span::parse(text)?,
        Some((whole, rest)) => {
            let unit = rest.find(|letter: char| !letter.is_ascii_digit())?;
            let (decimals, unit) = rest.split_at_checked(unit)?;
            let are_digits = |text: &str| {
                (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
            };
            if !are_digits(whole) || !are_digits(decimals) {
                return None;
            }
            let seconds = span::parse(&format!("1{unit}")).filter(|_| is_unit(unit))?;
            let number: f64 = format!("{whole}.{decimals}").parse().ok()?;
            let exact = Duration::try_from_secs_f64(number * seconds.as_secs_f64()).ok()?;
            Duration::from_millis(u64::try_from((exact.as_micros() + 500) / 1000).ok()?)
        }
    };
    (!read.is_zero() && read <= LONGEST).then_some(read)
}

fn is_unit(text: &str) -> bool {
    matches!(text, "s" | "m" | "h" | "d")
}

/// The span as `fmt` writes it: the largest units that fit, `1m30s`, `500ms`.
pub(crate) fn shown(span: Duration) -> String {
    let mut left = span.as_millis();
    let mut shown = String::new();
    for (unit, millis) in [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if left >= millis {
            // Writing to a String cannot fail.
            let _ = write!(shown, "{}{unit}", left / millis);
            left %= millis;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use crate::scenario::syntax::span::*;

    #[test]
    fn spans_are_read_and_written_in_one_way() {
        for (written, canonical) in [
            ("90s", "1m30s"),
            ("500ms", "500ms"),
            ("1.5s", "1s500ms"),
            ("1500ms", "1s500ms"),
            ("61m", "1h1m"),
            ("1d", "24h"),
            ("0.25m", "15s"),
        ] {
            let span = parse(written).unwrap();
            assert_eq!(shown(span), canonical);
            assert_eq!(parse(canonical), Some(span), "{written}");
        }
        for none in [
            "", "0s", "5", "1.s", ".5s", "1.5", "1.5ms", "1.5x", "8d", "s", "1e3s",
        ] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
