//! Points in time as people read them, in their own time zone.

use jiff::{Zoned, civil::Date, tz::TimeZone};

use crate::domain::time::Timestamp;

fn local(at: Timestamp, zone: &TimeZone) -> Option<Zoned> {
    let at = jiff::Timestamp::from_millisecond(at.0).ok()?;
    Some(at.to_zoned(zone.clone()))
}

/// Hours and minutes, as beside a bubble.
pub(crate) fn minutes(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).map_or_else(
        || "--:--".to_owned(),
        |at| format!("{:02}:{:02}", at.hour(), at.minute()),
    )
}

/// The same as phones tell it, without a nought at its front.
pub(crate) fn short(at: Timestamp, zone: &TimeZone) -> String {
    let mut time = minutes(at, zone);
    if time.starts_with('0') {
        time.remove(0);
    }
    time
}

pub(crate) fn seconds(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).map_or_else(
        || "--:--:--".to_owned(),
        |at| format!("{:02}:{:02}:{:02}", at.hour(), at.minute(), at.second()),
    )
}

/// Down to the millisecond, as in the wire pane.
pub(crate) fn millis(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).map_or_else(
        || "--:--:--.---".to_owned(),
        |at| {
            let (hour, minute, second) = (at.hour(), at.minute(), at.second());
            format!("{hour:02}:{minute:02}:{second:02}.{:03}", at.millisecond())
        },
    )
}

/// The day with hours and minutes, as in a list of what happened on many days.
pub(crate) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    local(at, zone).map_or_else(
        || "---------- --:--".to_owned(),
        |at| format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute()),
    )
}

pub(crate) fn day(at: Timestamp, zone: &TimeZone) -> Option<Date> {
    local(at, zone).map(|at| at.date())
}

/// A day as a separator between bubbles says it.
pub(crate) fn day_name(day: Date) -> String {
    day.strftime("%A, %-d %B %Y").to_string()
}
