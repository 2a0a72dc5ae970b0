//! Dates and times as a picker needs them: limits as days, and the text that
//! is sent.

use jiff::{Timestamp, Zoned, civil::Date, tz::TimeZone};

use crate::domain::rich::element::{DatePicker, Slot};

/// The vendor's devices write a date so when the picker does not say how.
const USUAL: &str = "MMM dd, yyyy";

/// The day a time lies on.
pub fn day(seconds: i64, zone: &TimeZone) -> Option<Date> {
    local(seconds, zone).map(|at| at.date())
}

fn local(seconds: i64, zone: &TimeZone) -> Option<Zoned> {
    let at = Timestamp::from_second(seconds).ok()?;
    Some(at.to_zoned(zone.clone()))
}

impl DatePicker {
    /// Whether a day lies within the limits. Limits that exclude each other exclude nothing.
    pub fn allows(&self, picked: Date, zone: &TimeZone) -> bool {
        let limit = |seconds: Option<i64>| seconds.and_then(|seconds| day(seconds, zone));
        let (min, max) = (limit(self.min), limit(self.max));
        if let (Some(min), Some(max)) = (min, max)
            && min > max
        {
            return true;
        }
        min.is_none_or(|min| picked >= min) && max.is_none_or(|max| picked <= max)
    }

    /// The text of a day: in the picker's own format where that is understood, in the vendor's
    /// default where it has none.
    pub fn text(&self, date: Date) -> String {
        let format = self.format.as_deref().unwrap_or(USUAL);
        formatted(format, date).unwrap_or_else(|| date.to_string())
    }
}

impl Slot {
    /// The text that is sent for it: its title, and when it begins.
    pub fn text(&self, zone: &TimeZone) -> String {
        let start = moment(self.start, zone);
        if self.title.is_empty() {
            start
        } else {
            format!("{}, {start}", self.title)
        }
    }

    /// When it begins, and when it ends if that is told.
    pub fn span(&self, zone: &TimeZone) -> String {
        let start = moment(self.start, zone);
        let Some(end) = self.end else {
            return start;
        };
        if day(self.start, zone) == day(end, zone) {
            let end = local(end, zone).map(|end| end.strftime("%H:%M").to_string());
            return format!("{start} – {}", end.unwrap_or_default());
        }
        format!("{start} – {}", moment(end, zone))
    }
}

/// A day and a time without regard to a language.
fn moment(seconds: i64, zone: &TimeZone) -> String {
    local(seconds, zone).map_or_else(
        || seconds.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M").to_string(),
    )
}

/// A date by a format of the kind phones use, such as `dd MMM yyyy`; `None` when a letter of it is
/// not understood.
fn formatted(format: &str, date: Date) -> Option<String> {
    let mut text = String::new();
    let mut rest = format.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\'' {
            quoted(&mut rest, &mut text);
            continue;
        }
        if !c.is_ascii_alphabetic() {
            text.push(c);
            continue;
        }
        let mut run = 1;
        while rest.next_if_eq(&c).is_some() {
            run += 1;
        }
        let pattern = match (c, run) {
            ('y' | 'Y' | 'u', 2) => "%y",
            ('y' | 'Y' | 'u', 1 | 4) => "%Y",
            ('M' | 'L', 1) => "%-m",
            ('M' | 'L', 2) => "%m",
            ('M' | 'L', 3) => "%b",
            ('M' | 'L', 4) => "%B",
            ('d' | 'D', 1) => "%-d",
            ('d' | 'D', 2) => "%d",
            ('E', 1..=3) | ('d' | 'D', 3) => "%a",
            ('E' | 'd' | 'D', 4) => "%A",
            _ => return None,
        };
        text.push_str(&date.strftime(pattern).to_string());
    }
    (!text.trim().is_empty()).then_some(text)
}

/// What stands between two single quotes stands for itself; two of them stand for one.
fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, text: &mut String) {
    if rest.next_if_eq(&'\'').is_some() {
        text.push('\'');
        return;
    }
    for c in rest.by_ref().take_while(|c| *c != '\'') {
        text.push(c);
    }
}
