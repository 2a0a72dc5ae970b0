//! Spans of time as people write them: `90s`, `61m`, `1h30m`, `2d`, `500ms`.

use std::time::Duration;

/// The span, if it is written like one.
pub fn parse(text: &str) -> Option<Duration> {
    let mut span = Duration::ZERO;
    let mut rest = text.trim();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at_checked(digits)?;
        let letters = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (unit, after) = after.split_at_checked(letters)?;
        let number: u64 = number.parse().ok()?;
        let millis = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        span = span.checked_add(Duration::from_millis(number.checked_mul(millis)?))?;
        rest = after;
    }
    Some(span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_and_what_is_none_is_not() {
        let is = |text: &str, millis: u64| {
            assert_eq!(parse(text), Some(Duration::from_millis(millis)), "{text}");
        };
        is("61m", 61 * 60_000);
        is("1h30m", 90 * 60_000);
        is(" 2d ", 172_800_000);
        is("500ms", 500);
        is("0s", 0);
        for none in [
            "",
            "5",
            "m",
            "-5m",
            "1.5h",
            "5 m",
            "5x",
            "99999999999999999999s",
            "9999999999999999d",
        ] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
