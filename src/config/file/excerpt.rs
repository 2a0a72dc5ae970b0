//! A fault of the settings file, and the line it is in, with what may be a secret left out.

use std::{fmt, ops::Range, path::PathBuf, sync::Arc};

use crate::config::setting::Setting;

/// The text of a file.
#[derive(Debug)]
pub(super) struct Text<'a> {
    pub(super) path: Arc<PathBuf>,
    pub(super) text: &'a str,
}

/// What is wrong with the file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) struct SettingsFault {
    pub(crate) path: PathBuf,
    /// Counted from 1.
    pub(crate) line: usize,
    /// In characters, counted from 1.
    pub(crate) column: usize,
    /// What is wrong there, and what to write instead.
    pub(crate) reason: String,
    /// The line as it can be shown.
    excerpt: String,
    /// How many characters are meant.
    width: usize,
}

impl fmt::Display for SettingsFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.line.to_string();
        let (margin, indent) = (" ".repeat(number.len()), " ".repeat(self.column - 1));
        writeln!(
            f,
            "{}:{number}:{}: {}",
            self.path.display(),
            self.column,
            self.reason
        )?;
        writeln!(f, "  {number} | {}", self.excerpt)?;
        write!(f, "  {margin} | {indent}{}", "^".repeat(self.width))
    }
}

impl Text<'_> {
    /// The line of a place, counted from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text
            .get(..at)
            .unwrap_or(self.text)
            .matches('\n')
            .count()
            + 1
    }

    pub(super) fn fault(&self, span: Range<usize>, reason: impl Into<String>) -> SettingsFault {
        // A fault at the end of the file is one of its last line.
        let end = self.text.trim_end().len();
        let at = span.start.min(end);
        let before = self.text.get(..at).unwrap_or("");
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let rest = self.text.get(start..).unwrap_or("");
        let line = rest.lines().next().unwrap_or("");
        let meant = self.text.get(at..span.end).unwrap_or("");
        let meant = meant.lines().next().unwrap_or("").chars().count();
        let column = before.get(start..).unwrap_or("").chars().count();
        let length = line.chars().count();
        SettingsFault {
            path: self.path.as_ref().clone(),
            line: self.line(at),
            column: column + 1,
            reason: reason.into(),
            excerpt: shown(line),
            width: meant.clamp(1, length.saturating_sub(column).max(1)),
        }
    }
}

/// Whether the value of a key is shown as it stands; of every other one the value may be a secret,
/// put where it does not belong or under a key that is misspelt.
fn is_harmless(key: &str) -> bool {
    let shown = |setting: &Setting| setting.name() == key && !setting.row().is_private;
    matches!(key, "default" | "plain" | "reduced_motion") || Setting::ALL.iter().any(shown)
}

/// A line with the values of unknown keys dotted out, every character in its column.
fn shown(line: &str) -> String {
    if line.trim_start().starts_with('[') && !line.contains('=') {
        return tame(line);
    }
    let (key, value) = line.split_once('=').unwrap_or(("", line));
    // An address may have a password in it.
    let is_address_of_a_user = value.contains("://") && value.contains('@');
    if is_harmless(key.trim()) && !is_address_of_a_user {
        return tame(line);
    }
    let dots = value.chars().map(|letter| match letter {
        '{' | '}' | '=' | ',' | '[' | ']' | ' ' => letter,
        _ => '·',
    });
    let equals = if key.is_empty() { "" } else { "=" };
    tame(key) + equals + &dots.collect::<String>()
}

/// Without what a terminal would execute, every character in its column.
fn tame(line: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    line.chars().map(plain).collect()
}
