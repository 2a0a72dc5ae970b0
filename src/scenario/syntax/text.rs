//! Texts with values in braces: read into the pieces of a template.

use crate::scenario::{
    script::{Payload, Template, TextPiece},
    syntax::{is_word, part},
};

/// A text as it was read, with what is wrong in it.
#[derive(Debug, Default)]
pub(crate) struct ReadText {
    pub template: Template,
    /// Behind the closing quote, of one in quotes that is closed.
    pub end: Option<usize>,
    /// From which to which byte, and why.
    pub faults: Vec<(usize, usize, String)>,
}

/// How a text is bounded, and how strict braces are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// To the end; a brace begins a value.
    Bare,
    /// Behind a `"`, to the next one.
    Quoted,
    /// To the end; a brace that begins no value is a brace. For JSON.
    Lenient,
}

/// Reads a text; one in quotes without its first quote.
pub(crate) fn read(text: &str, style: Style) -> ReadText {
    let mut read = ReadText::default();
    let mut plain = String::new();
    let mut at = 0;
    while let Some(letter) = part(text, at, text.len()).chars().next() {
        let rest = part(text, at, text.len());
        let mut length = letter.len_utf8();
        match letter {
            '"' if style == Style::Quoted => {
                read.end = Some(at + 1);
                break;
            }
            '\\' if style == Style::Quoted => {
                if let Some((meant, taken)) = escape(rest) {
                    plain.push(meant);
                    length = taken;
                } else {
                    let why = "in quotes, `\\` stands before `\"`, `\\`, `n`, `t` or `u{…}` only";
                    read.faults.push((at, at + 1, why.to_owned()));
                    plain.push(letter);
                }
            }
            '{' if rest.starts_with("{{") => {
                plain.push('{');
                length = 2;
            }
            '{' => {
                if let Some((piece, taken)) = value(rest) {
                    if !plain.is_empty() {
                        read.template
                            .0
                            .push(TextPiece::Text(std::mem::take(&mut plain)));
                    }
                    read.template.0.push(piece);
                    length = taken;
                } else {
                    plain.push('{');
                    if style != Style::Lenient {
                        let why =
                            "a brace begins a value like `{me.first}`; write `{{` for a brace";
                        read.faults.push((at, at + 1, why.to_owned()));
                    }
                }
            }
            _ => plain.push(letter),
        }
        at += length;
    }
    if !plain.is_empty() {
        read.template.0.push(TextPiece::Text(plain));
    }
    read
}

/// What an escape at the beginning of the text means, and its length.
fn escape(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix('\\')?;
    let meant = match rest.chars().next()? {
        'n' => '\n',
        't' => '\t',
        quoted @ ('"' | '\\') => quoted,
        'u' => {
            let (digits, _) = rest.strip_prefix("u{")?.split_once('}')?;
            let code = u32::from_str_radix(digits, 16).ok()?;
            return Some((char::from_u32(code)?, "\\u{}".len() + digits.len()));
        }
        _ => return None,
    };
    Some((meant, 2))
}

/// The value in braces at the beginning of the text, and its length.
pub(crate) fn value(text: &str) -> Option<(TextPiece, usize)> {
    let inner = text.strip_prefix('{')?;
    if let Some(capture) = inner.strip_prefix('?') {
        let end = capture.find([':', '}'])?;
        let (name, rest) = capture.split_at_checked(end)?;
        let (pattern, length) = match rest.strip_prefix(":/") {
            None => (None, rest.starts_with('}').then_some(1)?),
            Some(rest) => {
                let end = pattern_end(rest, "/}")?;
                (
                    Some(part(rest, 0, end).to_owned()),
                    ":/".len() + end + "/}".len(),
                )
            }
        };
        let name = is_word(name).then(|| name.to_owned())?;
        let length = "{?".len() + name.len() + length;
        return Some((TextPiece::Capture { name, pattern }, length));
    }
    let (path, _) = inner.split_once('}')?;
    let piece = match path.strip_prefix("env:") {
        Some(name) => TextPiece::Env(is_word(name).then(|| name.to_owned())?),
        None => TextPiece::Value(path.split('.').all(is_word).then(|| path.to_owned())?),
    };
    Some((piece, path.len() + "{}".len()))
}

/// Where a pattern ends: at the first of these that no `\` stands before.
pub(crate) fn pattern_end(text: &str, end: &str) -> Option<usize> {
    let mut is_escaped = false;
    for (at, letter) in text.char_indices() {
        if !is_escaped && part(text, at, text.len()).starts_with(end) {
            return Some(at);
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    None
}

/// A string that is the whole text, if it is well-formed; `None` also where it is none.
pub(crate) fn whole_string(text: &str) -> Option<Template> {
    let inner = text.strip_prefix('"')?;
    let read = read(inner, Style::Quoted);
    (read.end == Some(inner.len()) && read.faults.is_empty()).then_some(read.template)
}

/// A regular expression that is the whole text: its pattern, and whether `i` is behind it.
pub(crate) fn whole_regex(text: &str) -> Option<(&str, bool)> {
    let inner = text.strip_prefix('/')?;
    let (pattern, ignores_case) = match inner.strip_suffix("/i") {
        Some(pattern) => (pattern, true),
        None => (inner.strip_suffix('/')?, false),
    };
    // The last stroke is the end only if no `\` stands before it.
    let last = format!("{pattern}/");
    let mut from = 0;
    while let Some(end) = pattern_end(part(&last, from, last.len()), "/") {
        from += end;
        if from == pattern.len() {
            return Some((pattern, ignores_case));
        }
        from += 1;
    }
    None
}

/// The text of a line, from what is written behind the colon.
pub(crate) fn payload(text: &str) -> (Payload, Vec<(usize, usize, String)>) {
    if let Some(template) = text.strip_prefix('=').and_then(whole_string) {
        return (Payload::Exactly(template), Vec::new());
    }
    if let Some(template) = whole_string(text) {
        return (Payload::Quoted(template), Vec::new());
    }
    if let Some((pattern, ignores_case)) = whole_regex(text) {
        let pattern = pattern.to_owned();
        return (
            Payload::Regex {
                pattern,
                ignores_case,
            },
            Vec::new(),
        );
    }
    let read = read(text, Style::Bare);
    (Payload::Bare(read.template), read.faults)
}

/// A text that is the rest of a line: all of it one string in quotes, else as it is written.
pub(crate) fn plain(text: &str) -> (Template, Vec<(usize, usize, String)>) {
    if let Some(template) = whole_string(text) {
        return (template, Vec::new());
    }
    let read = read(text, Style::Bare);
    (read.template, read.faults)
}
