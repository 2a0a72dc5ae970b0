//! One key with its modifiers, as written in the table and shown to people.

use std::{fmt, str::FromStr};

use crate::domain::similar::closest;

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
#[error("{text:?} is not a key; {hint}")]
pub struct ChordError {
    /// As written.
    pub text: String,
    /// What to write instead.
    pub hint: &'static str,
}

/// What to write in place of what is no key at all.
const FORMS: &str = "write one as ctrl+p, alt+enter, shift+left, f5 or pageup";

/// What else people call a key or what is held.
const OTHER_NAMES: [(&str, &str); 14] = [
    ("return", "enter"),
    ("escape", "esc"),
    ("del", "delete"),
    ("ins", "insert"),
    ("bs", "backspace"),
    ("pgup", "pageup"),
    ("pgdn", "pagedown"),
    ("pgdown", "pagedown"),
    ("spacebar", "space"),
    ("control", "ctrl"),
    ("c", "ctrl"),
    ("meta", "alt"),
    ("option", "alt"),
    ("m", "alt"),
];

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

    /// The same key with Ctrl held.
    pub(crate) const fn ctrl(c: char) -> Self {
        Self {
            ctrl: true,
            ..Self::plain(Key::Char(c))
        }
    }

    /// Whether it writes a character in a text field.
    pub fn writes(&self) -> bool {
        matches!(self.key, Key::Char(_)) && !self.ctrl && !self.alt
    }

    /// As settings are written.
    pub fn written(&self) -> String {
        let held = [
            (self.ctrl, "ctrl+"),
            (self.alt, "alt+"),
            (self.shift, "shift+"),
        ];
        let mut text: String = held
            .into_iter()
            .filter_map(|(held, name)| held.then_some(name))
            .collect();
        match self.key {
            Key::Char(' ') => text.push_str("space"),
            Key::Char(c) => text.push(c),
            Key::F(number) => {
                text.push('f');
                text.push_str(&number.to_string());
            }
            key => {
                let named = NAMES.iter().find(|(_, _, named)| *named == key);
                text.push_str(named.map_or("?", |(name, _, _)| name));
            }
        }
        text
    }

    /// What may have been meant by a text that is no chord.
    pub(crate) fn meant_by(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        let parts: Vec<&str> = lower.split(['+', '-', ' ']).collect();
        let (last, held) = parts.split_last()?;
        let functions: Vec<String> = (1..=24).map(|number| format!("f{number}")).collect();
        let keys = NAMES.iter().map(|(name, _, _)| *name);
        let keys: Vec<&str> = keys
            .chain(["space"])
            .chain(functions.iter().map(String::as_str))
            .collect();
        let meant = |part: &str, known: &[&str]| {
            let other = OTHER_NAMES
                .iter()
                .find(|(other, name)| *other == part && known.contains(name));
            match other {
                Some((_, name)) => Some((*name).to_owned()),
                None if part.chars().count() == 1 && known.len() > 3 => Some(part.to_owned()),
                None => closest(part, known.iter().copied()).map(str::to_owned),
            }
        };
        let mut words = Vec::new();
        for part in held {
            words.push(meant(part, &["ctrl", "alt", "shift"])?);
        }
        words.push(meant(last, &keys)?);
        words.join("+").parse().ok()
    }

    /// What a terminal without the keyboard protocol of kitty sends the same bytes for, if it
    /// cannot tell the chord apart from something else.
    pub(crate) fn blurred(&self) -> Option<&'static str> {
        const SAME: &str = "the same key without what is held";
        match self.key {
            Key::Char('i') if self.ctrl => Some("Tab"),
            Key::Char('m') if self.ctrl => Some("Enter"),
            Key::Char('[') if self.ctrl => Some("Esc"),
            Key::Char('[' | 'O') if self.alt => Some("the begin of another key"),
            Key::Char('h') if self.ctrl => Some("Ctrl+Backspace, in some terminals"),
            Key::Char(c) if self.ctrl && !c.is_ascii_alphabetic() && c != ' ' => {
                Some("another key, or nothing")
            }
            Key::Enter | Key::Esc | Key::Backspace if self.ctrl || self.shift => Some(SAME),
            Key::Tab if self.ctrl => Some(SAME),
            _ => None,
        }
    }
}

impl FromStr for Chord {
    type Err = ChordError;

    fn from_str(text: &str) -> Result<Self, ChordError> {
        let because = |hint| ChordError {
            text: text.to_owned(),
            hint,
        };
        let fault = || because(FORMS);
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
            if c.is_control() {
                return Err(fault());
            }
            if chord.ctrl || chord.alt {
                if chord.shift {
                    let hint = "with ctrl or alt, shift is not told apart; leave it out";
                    return Err(because(hint));
                }
                Key::Char(c.to_ascii_lowercase())
            } else if chord.shift && c.is_ascii_alphabetic() {
                chord.shift = false;
                Key::Char(c.to_ascii_uppercase())
            } else if chord.shift {
                return Err(because("write the character that shift makes of it"));
            } else {
                Key::Char(c)
            }
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
            Key::Char(c) if self.writes() && c.is_ascii_uppercase() => write!(f, "Shift+{c}"),
            Key::Char(c) => write!(f, "{}", c.to_ascii_uppercase()),
            Key::F(number) => write!(f, "F{number}"),
            key => {
                let shown = NAMES.iter().find(|(_, _, named)| *named == key);
                f.write_str(shown.map_or("?", |(_, shown, _)| shown))
            }
        }
    }
}
