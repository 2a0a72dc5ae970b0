//! Texts as they are written: bare, in quotes, on lines of their own.

use crate::scenario::{
    script::{Payload, Template, TextPiece},
    syntax::{line::FENCE, text},
};

/// A template as it stands outside of quotes.
pub fn plain(template: &Template) -> String {
    template
        .0
        .iter()
        .map(|piece| self::piece(piece, false))
        .collect()
}

/// A template as it stands in quotes, with them.
pub fn quoted(template: &Template) -> String {
    let pieces = template.0.iter().map(|piece| self::piece(piece, true));
    format!("\"{}\"", pieces.collect::<String>())
}

fn piece(piece: &TextPiece, in_quotes: bool) -> String {
    match piece {
        TextPiece::Text(text) if in_quotes => escaped(text),
        TextPiece::Text(text) => text.replace('{', "{{"),
        TextPiece::Value(path) => format!("{{{path}}}"),
        TextPiece::Env(variable) => format!("{{env:{variable}}}"),
        TextPiece::Capture {
            name,
            pattern: None,
        } => format!("{{?{name}}}"),
        TextPiece::Capture {
            name,
            pattern: Some(pattern),
        } => format!("{{?{name}:/{pattern}/}}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('{', "{{")
        .replace('\n', "\\n")
        .replace('\t', "\\t")
}

/// The text of a line. One that would be read as something else without quotes gets them.
pub fn payload(payload: &Payload) -> String {
    match payload {
        Payload::Bare(template) if is_bare(template) => plain(template),
        Payload::Bare(template) | Payload::Quoted(template) => quoted(template),
        Payload::Exactly(template) => format!("={}", quoted(template)),
        Payload::Regex {
            pattern,
            ignores_case,
        } => format!("/{pattern}/{}", if *ignores_case { "i" } else { "" }),
    }
}

/// JSON, in which a brace is a brace unless it would begin a value.
pub(super) fn lenient(template: &Template) -> String {
    let mut written = String::new();
    for piece in &template.0 {
        let TextPiece::Text(text) = piece else {
            written.push_str(&self::piece(piece, false));
            continue;
        };
        for (at, letter) in text.char_indices() {
            let rest = text.get(at..).unwrap_or_default();
            let begins = rest.starts_with("{{") || text::value(rest).is_some();
            written.push_str(if letter == '{' && begins { "{{" } else { "" });
            if letter != '{' || !begins {
                written.push(letter);
            }
        }
    }
    written
}

/// Whether a text is better written on lines of its own, and comes back from there as it is.
pub(super) fn is_fenced(template: &Template) -> bool {
    let written = plain(template);
    let mut rows = written.split('\n');
    let is_odd = |row: &str| row.contains(FENCE) || row.trim_end() != row;
    let has_begin = |row: &str| !row.is_empty() && !row.starts_with(char::is_whitespace);
    written.contains('\n') && !rows.clone().any(is_odd) && rows.any(has_begin)
}

/// Whether a text means the same without quotes.
fn is_bare(template: &Template) -> bool {
    let has_break = template
        .0
        .iter()
        .any(|piece| matches!(piece, TextPiece::Text(text) if text.contains(['\n', '\t', '{'])));
    let written = plain(template);
    let begins_otherwise = written.starts_with(['"', '/', '=']);
    let opens = written.ends_with(FENCE);
    !has_break && !begins_otherwise && !opens && !written.is_empty() && written.trim() == written
}
