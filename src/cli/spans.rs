//! Spans of time and sizes as people write them.

use std::time::Duration;

/// The longest span: ten years.
const LONGEST: Duration = Duration::from_hours(24 * 3660);

/// A span like `30d`, `12h`, `45m` or `90s`.
pub(crate) fn span(text: &str) -> Result<Duration, String> {
    let wanted = || "write a span like 30d, 12h or 45m, from 1s to 3660d".to_owned();
    let (number, unit) = split(text).ok_or_else(wanted)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(wanted()),
    };
    let span = number.checked_mul(seconds).map(Duration::from_secs);
    span.filter(|span| !span.is_zero() && *span <= LONGEST)
        .ok_or_else(wanted)
}

/// A size in bytes like `1GiB`, `200MB` or `5000000`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let wanted = || "write a size like 1GiB or 200MB".to_owned();
    let (number, unit) = split(text).ok_or_else(wanted)?;
    let bytes = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1000,
        "kib" => 1 << 10,
        "mb" => 1_000_000,
        "mib" => 1 << 20,
        "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => return Err(wanted()),
    };
    number
        .checked_mul(bytes)
        .filter(|size| *size > 0)
        .ok_or_else(wanted)
}

/// A size as people read it.
pub(crate) fn bytes(size: u64) -> String {
    let in_units = |unit: u64| format!("{}.{}", size / unit, size % unit * 10 / unit);
    match size {
        0..1024 => format!("{size} bytes"),
        1024..1_048_576 => format!("{} KiB", in_units(1 << 10)),
        1_048_576..1_073_741_824 => format!("{} MiB", in_units(1 << 20)),
        _ => format!("{} GiB", in_units(1 << 30)),
    }
}

fn split(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(end)?;
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
mod tests {
    use crate::cli::spans::*;

    #[test]
    fn spans_and_sizes_are_read_as_people_write_them() {
        assert_eq!(span("30d"), Ok(Duration::from_hours(720)));
        assert_eq!(span(" 45 m"), Ok(Duration::from_mins(45)));
        assert_eq!(span("2s"), Ok(Duration::from_secs(2)));
        assert_eq!(size("1GiB"), Ok(1 << 30));
        assert_eq!(size("200MB"), Ok(200_000_000));
        assert_eq!(size("17"), Ok(17));
        assert_eq!(bytes(1023), "1023 bytes");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(200 << 20), "200.0 MiB");
        assert_eq!(bytes(5 << 29), "2.5 GiB");
        for wrong in [
            "",
            "d",
            "0d",
            "3",
            "-1h",
            "1.5h",
            "3661d",
            "99999999999999999999d",
        ] {
            assert!(span(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "0", "GiB", "1 pebble", "99999999999GiB"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
