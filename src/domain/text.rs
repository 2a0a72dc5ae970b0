//! Foreign text made harmless for a terminal.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

/// Text that cannot move the cursor or reorder the screen.
///
/// Made only by [`SafeText::clean`], which takes out escape sequences whole,
/// every control character but the line feed, and the marks that override the
/// direction of text. Everything else stays, byte for byte.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct SafeText(String);

impl SafeText {
    /// Cleans a text; tabs become four blanks, CRLF and the Unicode line ends a line feed.
    pub fn clean(foreign: &str) -> Self {
        let mut kept = String::with_capacity(foreign.len());
        let mut rest = foreign.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => kept.push('\n'),
                '\r' => {
                    if rest.peek() != Some(&'\n') {
                        kept.push('\n');
                    }
                }
                '\t' => kept.push_str("    "),
                '\u{1b}' => skip_escape(&mut rest),
                '\u{9b}' => skip_control_sequence(&mut rest),
                '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut rest),
                c if c.is_control() || reorders(c) => {}
                c => kept.push(c),
            }
        }
        Self(kept)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text on one row: line feeds are blanks.
    pub fn one_line(&self) -> String {
        self.0.replace('\n', " ")
    }

    /// Whether nothing is left of it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A name of a scenario's cast as people write it: its first letter large.
pub fn capital(name: &str) -> String {
    let mut letters = name.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// Whether a character could move a cursor, reorder a row or break one: controls, line ends and
/// marks of direction.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || reorders(c)
        || matches!(
            c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}'
        )
}

/// A row of text in which everything can be seen, as what was received: a control character as
/// its picture, other harmful ones by their number.
pub fn visible(row: &str) -> String {
    let mut shown = String::with_capacity(row.len());
    for c in row.chars() {
        match c {
            '\t' => shown.push_str("    "),
            '\u{0}'..='\u{1f}' => shown.extend(char::from_u32(0x2400 + u32::from(c))),
            '\u{7f}' => shown.push('␡'),
            // Writing to a String cannot fail.
            c if is_harmful(c) => drop(write!(shown, "<U+{:04X}>", u32::from(c))),
            c => shown.push(c),
        }
    }
    shown
}

/// Marks that override or embed a direction, and a few invisible ones of no use on a screen.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// Takes what follows ESC: a control sequence, a string, or one more character.
fn skip_escape(rest: &mut Rest<'_>) {
    match rest.peek() {
        Some('[') => {
            rest.next();
            skip_control_sequence(rest);
        }
        Some(']' | 'P' | 'X' | '^' | '_') => {
            rest.next();
            skip_string(rest);
        }
        Some(c) if (' '..='~').contains(c) => {
            // Intermediate bytes, then one final byte.
            while rest.next_if(|c| (' '..='/').contains(c)).is_some() {}
            rest.next_if(|c| ('0'..='~').contains(c));
        }
        _ => {}
    }
}

/// Takes the parameters and the final byte of a control sequence.
fn skip_control_sequence(rest: &mut Rest<'_>) {
    while rest.next_if(|c| (' '..='?').contains(c)).is_some() {}
    rest.next_if(|c| ('@'..='~').contains(c));
}

/// Takes a control string up to its terminator, and no further than its line:
/// an unterminated one must not swallow the rest of a message.
fn skip_string(rest: &mut Rest<'_>) {
    while let Some(c) = rest.next_if(|c| *c != '\n') {
        match c {
            '\u{7}' | '\u{9c}' => return,
            '\u{1b}' => {
                rest.next_if_eq(&'\\');
                return;
            }
            _ => {}
        }
    }
}

impl From<&str> for SafeText {
    fn from(foreign: &str) -> Self {
        Self::clean(foreign)
    }
}

impl From<String> for SafeText {
    fn from(foreign: String) -> Self {
        Self::clean(&foreign)
    }
}

impl From<SafeText> for String {
    fn from(text: SafeText) -> Self {
        text.0
    }
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_could_move_the_cursor_is_taken_out_whole() {
        for (foreign, clean) in [
            ("plain", "plain"),
            ("red \u{1b}[31mtext\u{1b}[0m", "red text"),
            ("title \u{1b}]0;owned\u{7}gone", "title gone"),
            ("title \u{1b}]0;owned\u{1b}\\gone", "title gone"),
            ("never ended \u{1b}]0;lost\nkept", "never ended \nkept"),
            ("c1 \u{9b}2Jclear", "c1 clear"),
            ("save\u{1b}7d\u{1b}(B", "saved"),
            ("bell\u{7} null\0 back\u{8}", "bell null back"),
            ("gpj.\u{202e}exe", "gpj.exe"),
            ("a\r\nb\rc\u{2028}d\te", "a\nb\nc\nd    e"),
            ("👨‍👩‍👧 ❤️ 日本語 العربية", "👨‍👩‍👧 ❤️ 日本語 العربية"),
            ("\u{1b}", ""),
        ] {
            assert_eq!(SafeText::clean(foreign).as_str(), clean, "{foreign:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left(foreign in "(\\PC|[\u{1b}\u{9b}\u{7}\n\r\t\\[\\]0-9;m]){0,60}") {
            let clean = SafeText::clean(&foreign);
            prop_assert!(clean.as_str().chars().all(|c| c == '\n' || !c.is_control()));
            prop_assert!(!clean.as_str().chars().any(reorders));
            prop_assert_eq!(SafeText::clean(clean.as_str()), clean);
        }
    }
}
