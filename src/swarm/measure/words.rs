//! Numbers of a swarm as people read them, the same in dashboard and reports.

use crate::swarm::measure::{
    metric::Metric,
    threshold::{JudgedThreshold, ThresholdOutcome},
};

/// A latency: `850µs`, `1.2ms`, `120ms`, `1.1s`, `31s`, `2m04`.
pub fn latency(micros: u64) -> String {
    let tenths = |unit: u64, name: &str| {
        let tenths = (micros + unit / 20) / (unit / 10);
        format!("{}.{}{name}", tenths / 10, tenths % 10)
    };
    match micros {
        0..1_000 => format!("{micros}µs"),
        1_000..9_950 => tenths(1_000, "ms"),
        9_950..999_500 => format!("{}ms", (micros + 500) / 1_000),
        999_500..9_950_000 => tenths(1_000_000, "s"),
        9_950_000..59_500_000 => format!("{}s", (micros + 500_000) / 1_000_000),
        _ => {
            let seconds = (micros + 500_000) / 1_000_000;
            format!("{}m{:02}", seconds / 60, seconds % 60)
        }
    }
}

/// A count in groups of three digits: `1 214`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The value of a metric in its unit.
pub fn value(metric: Metric, value: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "no metric is negative, and what is beyond u64 stays at its end"
    )]
    let whole = |value: f64| value.round() as u64;
    match metric {
        Metric::Latency(..) => latency(whole(value)),
        Metric::Count(_) => grouped(whole(value)),
        Metric::Rate(_) => format!("{:.2}%", value * 100.0),
    }
}

/// What was measured for a threshold, and what became of it: `sent.p99 120ms, wanted < 800ms`.
pub fn judged(judged: &JudgedThreshold) -> String {
    let threshold = &judged.threshold;
    let measured = match (judged.value, judged.outcome) {
        (Some(measured), _) => value(threshold.metric, measured),
        (None, ThresholdOutcome::Held) => "nothing was measured, as allowed".to_owned(),
        (None, _) => "nothing was measured".to_owned(),
    };
    format!(
        "{} {measured}, wanted {}",
        threshold.name, threshold.condition
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latencies_and_counts_are_short() {
        let told = [
            (0, "0µs"),
            (999, "999µs"),
            (1_000, "1.0ms"),
            (9_949, "9.9ms"),
            (9_950, "10ms"),
            (612_400, "612ms"),
            (999_499, "999ms"),
            (999_500, "1.0s"),
            (9_949_999, "9.9s"),
            (31_000_000, "31s"),
            (59_499_999, "59s"),
            (59_500_000, "1m00"),
            (124_000_000, "2m04"),
        ];
        for (micros, text) in told {
            assert_eq!(latency(micros), text);
        }
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_214), "1 214");
        assert_eq!(grouped(1_000_000), "1 000 000");
    }
}
