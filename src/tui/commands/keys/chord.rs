//! One key with its modifiers, as written in the table and shown to people.

use std::{fmt, str::FromStr};

/// A key of the keyboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the keys are named as on the keyboard")]
pub enum Key {
    /// A key that writes this character; lower case when ctrl or alt is held.
    Char(char),
    /// A function key, from 1.
    F(u8),
    Enter,
    Esc,
    Tab,
    Backspace,
    Delete,
    Insert,
    Up,
    Down,
    Left,
    Right,
    Home,
    End,
    PageUp,
    PageDown,
}

/// A key and what is held with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    /// The key.
    pub key: Key,
    /// Whether Ctrl is held.
    pub ctrl: bool,
    /// Whether Alt is held.
    pub alt: bool,
    /// Whether Shift is held; false for characters that come with it.
    pub shift: bool,
}

/// A chord that cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?} is not a key; write one as ctrl+p, alt+enter, shift+left, f5 or pageup")]
pub struct ChordError {
    /// As written.
    pub text: String,
}

const NAMES: [(&str, &str, Key); 14] = [
    ("enter", "Enter", Key::Enter),
    ("esc", "Esc", Key::Esc),
    ("tab", "Tab", Key::Tab),
    ("backspace", "Backspace", Key::Backspace),
    ("delete", "Delete", Key::Delete),
    ("insert", "Insert", Key::Insert),
    ("up", "↑", Key::Up),
    ("down", "↓", Key::Down),
    ("left", "←", Key::Left),
    ("right", "→", Key::Right),
    ("home", "Home", Key::Home),
    ("end", "End", Key::End),
    ("pageup", "PgUp", Key::PageUp),
    ("pagedown", "PgDn", Key::PageDown),
];

impl Chord {
    /// A key with nothing held.
    pub const fn plain(key: Key) -> Self {
        Self {
            key,
            ctrl: false,
            alt: false,
            shift: false,
        }
    }

    /// Whether it writes a character in a text field.
    pub fn writes(&self) -> bool {
        matches!(self.key, Key::Char(_)) && !self.ctrl && !self.alt
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, ChordError> {
        let fault = || ChordError {
            text: text.to_owned(),
        };
        let mut chord = Self::plain(Key::Esc);
        let mut rest = text;
        // The last part is the key, even when it is a plus itself.
        while let Some((held, after)) = rest.split_once('+').filter(|(_, after)| !after.is_empty())
        {
            let slot = match held.to_ascii_lowercase().as_str() {
                "ctrl" => &mut chord.ctrl,
                "alt" => &mut chord.alt,
                "shift" => &mut chord.shift,
                _ => return Err(fault()),
            };
            *slot = true;
            rest = after;
        }
        let lower = rest.to_ascii_lowercase();
        let mut chars = rest.chars();
        chord.key = if let Some((_, _, key)) = NAMES.iter().find(|(name, _, _)| *name == lower) {
            *key
        } else if lower == "space" {
            Key::Char(' ')
        } else if let (Some(c), None) = (chars.next(), chars.next()) {
            let held = chord.ctrl || chord.alt;
            Key::Char(if held { c.to_ascii_lowercase() } else { c })
        } else {
            let number = lower.strip_prefix('f').and_then(|n| n.parse().ok());
            Key::F(number.filter(|n| (1..=24).contains(n)).ok_or_else(fault)?)
        };
        Ok(chord)
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, name) in [
            (self.ctrl, "Ctrl+"),
            (self.alt, "Alt+"),
            (self.shift, "Shift+"),
        ] {
            if held {
                f.write_str(name)?;
            }
        }
        match self.key {
            Key::Char(' ') => f.write_str("Space"),
            Key::Char(c) => write!(f, "{}", c.to_ascii_uppercase()),
            Key::F(number) => write!(f, "F{number}"),
            key => {
                let shown = NAMES.iter().find(|(_, _, named)| *named == key);
                f.write_str(shown.map_or("?", |(_, shown, _)| shown))
            }
        }
    }
}
