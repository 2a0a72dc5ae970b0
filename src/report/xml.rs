//! Any text made harmless for XML 1.0.
//!
//! A single character that XML does not know loses the whole file in most readers, in CDATA too.

use crate::domain::text::SafeText;

/// Text as it stands between tags: escape sequences of terminals are gone whole, then everything
/// XML 1.0 has no place for; markup is escaped.
pub fn text(any: &str) -> String {
    let mut safe = String::with_capacity(any.len() + any.len() / 8);
    for c in SafeText::clean(any).as_str().chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c if is_char(c) => safe.push(c),
            _ => {}
        }
    }
    safe
}

/// The same on one line, as the value of an attribute in double quotes.
pub fn attribute(any: &str) -> String {
    text(&any.replace(['\n', '\r', '\t'], " "))
}

/// Whether XML 1.0 allows the character: `Char` of its grammar. A Rust text holds no surrogates.
fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_xml_may_hold_is_taken_out_and_markup_escaped() {
        assert_eq!(
            text(
                "\u{1b}[31mred\u{1b}[0m \0\u{b}\u{fffe}\u{ffff} <a b=\"c\">&amp;]]>\nשלום 😀 \u{7f}"
            ),
            "red  &lt;a b=&quot;c&quot;&gt;&amp;amp;]]&gt;\nשלום 😀 "
        );
        assert_eq!(attribute("a\nb\tc\"\u{1b}]0;x\u{7}"), "a b c&quot;");
    }
}
