//! What lines of the phone say in words, the same in every transcript.

use jiff::tz::TimeZone;

use crate::domain::{
    content::Content,
    line::{Delivery, LineBody},
    rich::plain,
    role::Role,
    text::SafeText,
    time::Timestamp,
};

/// A text, or another one when it is empty.
pub(super) fn or<'a>(text: &'a SafeText, other: &'a str) -> &'a str {
    if text.is_empty() {
        other
    } else {
        text.as_str()
    }
}

/// A day and a time on the clock on the wall, and how far it is from UTC.
pub(super) fn date(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%Y-%m-%d %H:%M %:z").to_string()
}

/// The time zone of the clock on the wall, by its name where it has one.
pub(super) fn zone(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%Q").to_string()
}

pub(super) fn day(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%A, %-d %B %Y").to_string()
}

/// A time on the clock on the wall, to the second.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%H:%M:%S").to_string()
}

/// A time as RFC 3339 has it, in UTC with milliseconds.
pub(crate) fn utc(at: Timestamp) -> String {
    instant(at).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn zoned(at: Timestamp, zone: &TimeZone) -> jiff::Zoned {
    instant(at).to_zoned(zone.clone())
}

fn instant(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// Who said it; `None` for quiet lines.
pub(super) fn speaker(body: &LineBody, consumer: &SafeText) -> Option<String> {
    match body {
        LineBody::Quiet { .. } => None,
        LineBody::Mine { .. } => Some(or(consumer, "Consumer").to_owned()),
        LineBody::Theirs { author, name, .. } => {
            let role = match &author.role {
                Role::AssignedAgent => "Agent",
                Role::Consumer => "Consumer",
                Role::Agent => "Bot",
                Role::Manager => "Manager",
                Role::Reader => "Former agent",
                Role::Controller => "System",
                Role::Other(role) => role,
            };
            let role = SafeText::clean(role);
            let is_plain = matches!(author.role, Role::AssignedAgent | Role::Consumer);
            Some(match (name.is_empty(), is_plain) {
                (true, _) => role.to_string(),
                (false, true) => name.to_string(),
                (false, false) => format!("{name} ({})", role.as_str().to_lowercase()),
            })
        }
    }
}

/// How far a message has come, as a mark and in words.
pub(super) fn delivery(delivery: &Delivery) -> (&'static str, String) {
    match delivery {
        Delivery::Queued | Delivery::Leaving => ("◷", "not sent yet".to_owned()),
        Delivery::Taken | Delivery::Sent { .. } => ("✓", "sent".to_owned()),
        Delivery::Accepted { .. } => ("✓✓", "accepted".to_owned()),
        Delivery::Read { .. } => ("✓✓", "read".to_owned()),
        Delivery::Failed { reason, uncertain } => {
            let what = if *uncertain {
                "may have failed"
            } else {
                "failed"
            };
            ("✗", format!("{what}: {reason}"))
        }
    }
}

/// What a bubble says, in lines of text.
pub(super) fn lines(content: &Content) -> Vec<SafeText> {
    match content {
        Content::Text { text, .. } => vec![text.clone()],
        Content::File(file) => {
            let kind = or(&file.file_type, "unknown type");
            let line = format!("[file] {} ({kind})", or(&file.caption, "without a caption"));
            vec![SafeText::from(line)]
        }
        Content::Rich { content, .. } => plain::lines(content),
        Content::Form { title } => vec![SafeText::from(format!("[secure form] {title}"))],
    }
}
