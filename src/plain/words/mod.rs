//! Everything in words: short sentences with the label first. No I/O, no clock.

pub(crate) mod card;
pub(crate) mod message;
pub(crate) mod wire;

use std::time::Duration;

use crate::domain::{
    notice::{Notice, Severity},
    text::SafeText,
};

/// How much is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Say {
    /// Messages and faults.
    Less,
    /// Receipts and who types, too.
    #[default]
    Normal,
    /// The numbers of all messages and the wire, too.
    More,
}

impl Say {
    /// All of them with what `/say` calls them.
    pub(crate) const ALL: [(&'static str, Self); 3] = [
        ("less", Self::Less),
        ("normal", Self::Normal),
        ("more", Self::More),
    ];
}

/// A text on one row.
pub(crate) fn row(text: &SafeText) -> String {
    text.one_line()
}

/// A sentence with its full stop, unless it ends in a mark already.
pub(crate) fn sentence(words: &str) -> String {
    let words = words.trim_end();
    match words.chars().last() {
        None | Some('.' | '!' | '?' | ':' | ';') => words.to_owned(),
        Some(_) => format!("{words}."),
    }
}

/// So many of something.
pub(crate) fn counted(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {one}s"),
    }
}

/// A span as it is said: a tenth of a second below ten, whole seconds below two minutes.
pub(crate) fn span(span: Duration) -> String {
    let millis = span.as_millis();
    match millis {
        ..10_000 => format!("{}.{} seconds", millis / 1000, millis % 1000 / 100),
        10_000..120_000 => format!("{} seconds", millis / 1000),
        _ => format!("{} minutes", millis / 60_000),
    }
}

/// A size as it is said.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        ..1_000 => counted(usize::try_from(bytes).unwrap_or(usize::MAX), "byte"),
        1_000..1_000_000 => counted(
            usize::try_from(bytes / 1_000).unwrap_or_default(),
            "kilobyte",
        ),
        _ => format!(
            "{}.{} megabytes",
            bytes / 1_000_000,
            bytes % 1_000_000 / 100_000
        ),
    }
}

/// A notice in one row.
pub(crate) fn notice(notice: &Notice) -> String {
    let label = match notice.severity {
        Severity::Success | Severity::Info => "System",
        Severity::Warning => "Warning",
        Severity::Error => "Error",
    };
    let parts = [&notice.title, &notice.detail, &notice.hint];
    let parts = parts.into_iter().filter(|part| !part.trim().is_empty());
    let parts: Vec<String> = parts
        .map(|part| sentence(&SafeText::clean(part).one_line()))
        .collect();
    format!("{label}: {}", parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_said_with_their_units() {
        assert_eq!(span(Duration::from_millis(340)), "0.3 seconds");
        assert_eq!(span(Duration::from_secs(61)), "61 seconds");
        assert_eq!(span(Duration::from_mins(10)), "10 minutes");
        assert_eq!(size(1), "1 byte");
        assert_eq!(size(2_048), "2 kilobytes");
        assert_eq!(size(3_460_000), "3.4 megabytes");
        assert_eq!(sentence("done"), "done.");
        assert_eq!(sentence("done?"), "done?");
    }
}
