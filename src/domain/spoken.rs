//! Text for those who hear it or feel it: signs that are drawn become words.

use std::fmt::Write as _;

use crate::domain::text::SafeText;

/// What stands for signs that are drawn, not read.
const NAMES: [(char, &str); 15] = [
    ('★', "star"),
    ('☆', "empty star"),
    ('⭐', "star"),
    ('✓', "check mark"),
    ('✔', "check mark"),
    ('✅', "check mark"),
    ('✗', "cross mark"),
    ('❌', "cross mark"),
    ('❤', "heart"),
    ('☺', "smiling face"),
    ('☎', "telephone"),
    ('☀', "sun"),
    ('●', "dot"),
    ('■', "square"),
    ('▸', "arrow"),
];

/// A text as it may be written: nothing that moves a cursor, and words for box drawing, braille
/// and other signs of U+2500 to U+28FF. What screen readers know to read stays.
pub fn speakable(text: &str) -> String {
    let clean = SafeText::clean(text);
    let mut said = String::with_capacity(text.len());
    let mut after_sign = false;
    for c in clean.as_str().chars() {
        match c {
            // Lines and blocks are drawn, and braille patterns are spinners.
            '\u{2500}'..='\u{259f}' | '\u{2800}'..='\u{28ff}' => {}
            '\u{2500}'..='\u{28ff}' => {
                if after_sign {
                    said.push(' ');
                }
                let name = NAMES.iter().find(|(sign, _)| *sign == c);
                match name {
                    Some((_, name)) => said.push_str(name),
                    // Writing to a String cannot fail.
                    None => drop(write!(said, "symbol {:X}", u32::from(c))),
                }
                after_sign = true;
                continue;
            }
            // It says how the sign before is drawn.
            '\u{fe0e}' | '\u{fe0f}' if after_sign => continue,
            c if after_sign && c.is_alphanumeric() => {
                said.push(' ');
                said.push(c);
            }
            c => said.push(c),
        }
        after_sign = false;
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_said_or_left_out() {
        for (text, said) in [
            (
                "plain words, émigré, 日本語 👋",
                "plain words, émigré, 日本語 👋",
            ),
            ("│ a ─ b │", " a  b "),
            ("⠋ loading", " loading"),
            ("I ❤️ it", "I heart it"),
            ("★★☆", "star star empty star"),
            ("✓done ☂", "check mark done symbol 2602"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
        ] {
            assert_eq!(speakable(text), said, "{text}");
        }
    }
}
