//! Texts that the vendor's renderer takes for HTML, as plain text: tags go, breaks and blocks
//! become lines, character references become their characters. What is no tag and no reference
//! stays as it is, so that nothing that was said is lost.

use std::str::Chars;

/// Longest name of a tag or a reference; what is longer is text.
const LONGEST_NAME: usize = 32;

/// Longest tag or comment; it bounds what is looked at again when one never ends.
const LONGEST_TAG: usize = 4096;

/// Elements whose content is not shown.
const UNSEEN: [&str; 2] = ["script", "style"];

/// Elements that begin and end on lines of their own.
const BLOCKS: [&str; 24] = [
    "address",
    "article",
    "blockquote",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "section",
    "table",
    "tr",
    "ul",
];

/// What the numbers 128 to 159 stand for in HTML; 0 where they stand for nothing.
const WINDOWS_1252: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017d, 0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc,
    0x2122, 0x0161, 0x203a, 0x0153, 0, 0x017e, 0x0178,
];

/// The common references by name.
const NAMED: [(&str, char); 64] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("euro", '€'),
    ("pound", '£'),
    ("yen", '¥'),
    ("cent", '¢'),
    ("sect", '§'),
    ("para", '¶'),
    ("deg", '°'),
    ("plusmn", '±'),
    ("times", '×'),
    ("divide", '÷'),
    ("frac12", '½'),
    ("frac14", '¼'),
    ("frac34", '¾'),
    ("sup2", '²'),
    ("micro", 'µ'),
    ("middot", '·'),
    ("bull", '•'),
    ("hellip", '…'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("bdquo", '„'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("larr", '←'),
    ("uarr", '↑'),
    ("rarr", '→'),
    ("darr", '↓'),
    ("check", '✓'),
    ("star", '☆'),
    ("hearts", '♥'),
    ("iexcl", '¡'),
    ("iquest", '¿'),
    ("szlig", 'ß'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("aacute", 'á'),
    ("eacute", 'é'),
    ("iacute", 'í'),
    ("oacute", 'ó'),
    ("uacute", 'ú'),
    ("agrave", 'à'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("ccedil", 'ç'),
    ("ntilde", 'ñ'),
    ("ensp", ' '),
];

/// The text of a piece of HTML. Blanks and line ends that only lay the source out after a break
/// go with the break.
pub(super) fn plain(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    // A break was just written: what lays the source out after it is not said, one line end of it
    // included.
    let (mut broken, mut line_end_goes) = (false, false);
    let mut rest = html.chars();
    while let Some(c) = rest.next() {
        match c {
            '<' => {
                let Some(tag) = tag(&mut rest) else {
                    text.push('<');
                    broken = false;
                    continue;
                };
                let is_block = BLOCKS.contains(&tag.name.as_str());
                if tag.name == "br" || (is_block && !text.is_empty() && !text.ends_with('\n')) {
                    text.truncate(text.trim_end_matches([' ', '\t']).len());
                    text.push('\n');
                }
                if tag.name == "br" || is_block {
                    (broken, line_end_goes) = (true, true);
                }
                if tag.name == "li" && !tag.is_end {
                    text.push_str("• ");
                }
                if !tag.is_end && UNSEEN.contains(&tag.name.as_str()) {
                    skip_content(&mut rest, &tag.name);
                }
            }
            '&' => {
                text.push(reference(&mut rest).unwrap_or('&'));
                broken = false;
            }
            ' ' | '\t' | '\r' if broken => {}
            '\n' if broken && line_end_goes => line_end_goes = false,
            c => {
                text.push(c);
                broken = false;
            }
        }
    }
    text.truncate(text.trim_end_matches(['\n', '\r', ' ', '\t']).len());
    text
}

struct Tag {
    /// In small letters; empty for a comment.
    name: String,
    is_end: bool,
}

/// Takes the rest of a tag or a comment; what is none, or never ends, stays where it is.
fn tag(rest: &mut Chars<'_>) -> Option<Tag> {
    let mut ahead = rest.clone();
    if ahead.as_str().starts_with("!--") {
        let mut last = [' '; 3];
        for c in ahead.by_ref().skip(3).take(LONGEST_TAG) {
            last = [last[1], last[2], c];
            if last == ['-', '-', '>'] {
                *rest = ahead;
                let name = String::new();
                return Some(Tag {
                    name,
                    is_end: false,
                });
            }
        }
        return None;
    }
    let is_end = ahead.as_str().starts_with('/');
    if is_end {
        ahead.next();
    }
    let mut name = String::new();
    let mut quote = None;
    let mut in_name = true;
    for _ in 0..LONGEST_TAG {
        let c = ahead.next()?;
        match c {
            '>' if quote.is_none() && !name.is_empty() => {
                *rest = ahead;
                return Some(Tag { name, is_end });
            }
            c if in_name && c.is_ascii_alphanumeric() && name.len() < LONGEST_NAME => {
                if name.is_empty() && c.is_ascii_digit() {
                    return None;
                }
                name.push(c.to_ascii_lowercase());
            }
            c if in_name && !name.is_empty() && (c.is_ascii_whitespace() || c == '/') => {
                in_name = false;
            }
            _ if in_name => return None,
            '<' if quote.is_none() => return None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            c if quote == Some(c) => quote = None,
            _ => {}
        }
    }
    None
}

/// Takes everything up to and with the end of an element.
fn skip_content(rest: &mut Chars<'_>, name: &str) {
    while let Some(c) = rest.next() {
        if c == '<' && tag(rest).is_some_and(|tag| tag.is_end && tag.name == name) {
            return;
        }
    }
}

/// Takes the rest of a character reference; what is none stays where it is.
fn reference(rest: &mut Chars<'_>) -> Option<char> {
    let whole = rest.as_str();
    let end = whole.bytes().take(LONGEST_NAME).position(|b| b == b';')?;
    let (name, after) = whole.split_at_checked(end)?;
    let c = match name.strip_prefix('#') {
        Some(number) => numbered(number)?,
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    *rest = after.chars();
    rest.next();
    Some(c)
}

fn numbered(number: &str) -> Option<char> {
    let (digits, radix) = match number.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let is_number = !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix));
    if !is_number {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).unwrap_or(u32::MAX);
    let meant = usize::try_from(code)
        .ok()
        .and_then(|code| code.checked_sub(128));
    let meant = meant.and_then(|at| WINDOWS_1252.get(at)).copied();
    let code = meant.filter(|meant| *meant != 0).map_or(code, u32::from);
    Some(
        char::from_u32(code)
            .filter(|c| *c != '\0')
            .unwrap_or('\u{fffd}'),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::text::SafeText;

    #[test]
    fn tags_go_breaks_become_lines_and_references_their_characters() {
        for (html, text) in [
            (
                "&#x1F449; choose all that apply",
                "👉 choose all that apply",
            ),
            ("Line one<br>Line two", "Line one\nLine two"),
            ("one<br/><BR >three", "one\n\nthree"),
            ("Salt &amp; pepper", "Salt & pepper"),
            ("&lt;b&gt; &amp;lt; &#60;i&#62;", "<b> &lt; <i>"),
            (
                "<div style=\"font-size:14px\"><span>1) &#x1F603; Two months free</span><br>\n  \
                 <span style=\"color:#95a5a6\">+ 0.10 a month</span><br></div>",
                "1) 😃 Two months free\n+ 0.10 a month",
            ),
            ("<p>one</p><p>two</p>", "one\ntwo"),
            (
                "<ul><li>one</li><li>two</li></ul>after",
                "• one\n• two\nafter",
            ),
            ("a <b title='x > y'>bold</b> word", "a bold word"),
            (
                "seen<!-- not -->seen<script>if (a<b) x()</script>",
                "seenseen",
            ),
            ("&#150; &#146; &nbsp;", "– ’ \u{a0}"),
            // What is neither stays.
            ("a < b and c > d", "a < b and c > d"),
            ("a<b and no end", "a<b and no end"),
            ("5<6>4 <3 <ada@quill.test>", "5<6>4 <3 <ada@quill.test>"),
            (
                "AT&T, &unknown; & more; &#xzz; &#;",
                "AT&T, &unknown; & more; &#xzz; &#;",
            ),
            ("  two  blanks\n\nand lines", "  two  blanks\n\nand lines"),
            ("ends\n\n", "ends"),
            ("", ""),
        ] {
            assert_eq!(plain(html), text, "{html:?}");
        }
    }

    #[test]
    fn references_to_what_could_move_the_cursor_are_taken_out() {
        for html in [
            "a&#27;[31mb",
            "a&#x9b;2Jb",
            "a&#7;b",
            "a&#x202e;b",
            "a&#0;b",
            "a&#99999999999;b",
            "a&#xd800;b",
            "a&#13;&#8;b",
        ] {
            let text = SafeText::clean(&plain(html));
            let text = text.as_str();
            assert!(text.starts_with('a') && text.ends_with('b'), "{text:?}");
            let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
            assert!(!text.contains(is_bad), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn text_without_marks_stays_as_it_is(text in "[^<&]{0,80}") {
            prop_assert_eq!(plain(&text), text.trim_end_matches(['\n', '\r', ' ', '\t']));
        }

        #[test]
        fn nothing_makes_it_stumble(html in "([<>&;#/x!'\" a-f0-9\n-]|br|div|script|amp){0,60}") {
            plain(&html);
        }
    }
}
