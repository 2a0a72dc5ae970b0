//! What stands in the texts of a workload: rates, speeds of writing, spans from one to another.

use std::time::Duration;

use crate::{domain::span, swarm::workload::people::TypingSpeed};

/// The highest rate, in arrivals a second.
const FASTEST: f64 = 100_000.0;
/// The longest span.
const LONGEST: Duration = Duration::from_hours(7 * 24);

/// A rate like `20/s`, `90/m` or `1200/h`, as arrivals a second; `0/s` is one too.
pub fn rate(text: &str) -> Result<f64, String> {
    let wanted =
        || format!("{text:?} is no rate; write arrivals in a time, as 20/s, 90/m or 1200/h");
    let (number, unit) = text.trim().split_once('/').ok_or_else(wanted)?;
    let seconds = match unit.trim() {
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(wanted()),
    };
    let number = positive(number).ok_or_else(wanted)?;
    if number / seconds > FASTEST {
        return Err(format!(
            "{text:?} is more than {FASTEST} arrivals a second; share it among workers"
        ));
    }
    Ok(number / seconds)
}

/// A rate as people read it.
pub fn rate_words(per_second: f64) -> String {
    let rounded = (per_second * 100.0).round() / 100.0;
    format!("{rounded}/s")
}

/// A span like `90s` or `1m30s`.
pub fn span(text: &str) -> Result<Duration, String> {
    let span = span::parse(text).filter(|span| *span <= LONGEST);
    span.ok_or_else(|| format!("{text:?} is no span of time; write one like 500ms, 90s or 1m30s"))
}

/// `2s..9s`, or one span for both.
pub fn span_range(text: &str) -> Result<(Duration, Duration), String> {
    let (least, most) = text.split_once("..").unwrap_or((text, text));
    let wanted =
        |_| format!("{text:?} is no range of time; write the least and the most, as 2s..9s");
    let (least, most) = (span(least).map_err(wanted)?, span(most).map_err(wanted)?);
    if most < least {
        return Err(format!(
            "{text:?} goes backwards; write the shorter span first"
        ));
    }
    Ok((least, most))
}

/// `45wpm`, or `45wpm ± 40%`.
pub fn typing(text: &str) -> Result<TypingSpeed, String> {
    let wanted = || {
        format!(
            "{text:?} is no speed of writing; write words a minute and how much people differ, as \
             45wpm ± 40%"
        )
    };
    let (speed, spread) = match text.split_once(['±', '~']) {
        Some((speed, spread)) => (speed, Some(spread)),
        None => (text, None),
    };
    let speed = speed.trim().strip_suffix("wpm").ok_or_else(wanted)?;
    let words_per_minute = positive(speed).filter(|speed| (1.0..=1000.0).contains(speed));
    let spread = match spread {
        Some(spread) => {
            let percent = spread.trim().strip_suffix('%').and_then(positive);
            percent
                .filter(|percent| *percent <= 200.0)
                .ok_or_else(wanted)?
                / 100.0
        }
        None => 0.0,
    };
    Ok(TypingSpeed {
        words_per_minute: words_per_minute.ok_or_else(wanted)?,
        spread,
    })
}

fn positive(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_speeds_and_ranges_are_read_and_what_is_none_is_not() {
        assert_eq!(rate("20/s"), Ok(20.0));
        assert_eq!(rate(" 90 / m "), Ok(1.5));
        assert_eq!(rate("0/s"), Ok(0.0));
        for none in ["20", "20/d", "-1/s", "x/s", "inf/s", "1e9/s"] {
            assert!(rate(none).is_err(), "{none}");
        }
        let speed = |words_per_minute, spread| {
            Ok(TypingSpeed {
                words_per_minute,
                spread,
            })
        };
        assert_eq!(typing("45wpm ± 40%"), speed(45.0, 0.4));
        assert_eq!(typing("60wpm"), speed(60.0, 0.0));
        for none in ["45", "0wpm", "45wpm ± x", "45wpm ± 900%"] {
            assert!(typing(none).is_err(), "{none}");
        }
        let seconds = Duration::from_secs;
        assert_eq!(span_range("2s..9s"), Ok((seconds(2), seconds(9))));
        assert_eq!(span_range("3s"), Ok((seconds(3), seconds(3))));
        assert!(span_range("9s..2s").unwrap_err().contains("backwards"));
        assert!(span("9999d").is_err());
    }
}
