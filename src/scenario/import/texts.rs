//! Texts of other tools as templates and patterns.

use std::collections::BTreeSet;

use crate::scenario::{
    script::{Payload, Template, TextPiece},
    syntax::is_word,
};

/// A text without values.
pub(super) fn text(text: &str) -> Template {
    Template(vec![TextPiece::Text(text.to_owned())])
}

/// Which variables are known where a text stands.
#[derive(Debug, Default, Clone)]
pub(super) struct KnownTexts(pub(super) BTreeSet<String>);

/// Functions of Botium that have a value here.
fn function(name: &str) -> Option<TextPiece> {
    if name == "uniqid" {
        return Some(TextPiece::Value("uuid".to_owned()));
    }
    let variable = name.strip_prefix("env(")?.strip_suffix(')')?;
    is_word(variable).then(|| TextPiece::Env(variable.to_owned()))
}

/// What follows a `$`: a word, with what is in the brackets behind it.
fn variable(rest: &str) -> Option<&str> {
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .unwrap_or(rest.len());
    let (name, after) = rest.split_at_checked(end)?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let closed = after.strip_prefix('(').and_then(|inner| inner.find(')'));
    let end = closed.map_or(end, |at| end + at + 2);
    is_name.then(|| rest.get(..end)).flatten()
}

/// A text with Botium's variables: those that are known are put in; of a text that is waited for
/// (`takes`) the others are taken out. Gives the variables that mean nothing here too.
pub(super) fn with_variables(
    written: &str,
    known: &mut KnownTexts,
    takes: bool,
) -> (Template, Vec<String>) {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut strange = Vec::new();
    let mut rest = written;
    while let Some((before, after)) = rest.split_once('$') {
        plain.push_str(before);
        rest = after;
        let Some(name) = variable(after) else {
            plain.push('$');
            continue;
        };
        let piece = if known.0.contains(name) {
            Some(TextPiece::Value(name.to_owned()))
        } else if let Some(piece) = function(name) {
            Some(piece)
        } else if takes && is_word(name) {
            known.0.insert(name.to_owned());
            Some(TextPiece::Capture {
                name: name.to_owned(),
                pattern: None,
            })
        } else {
            None
        };
        if let Some(piece) = piece {
            if !plain.is_empty() {
                pieces.push(TextPiece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(piece);
        } else {
            plain.push('$');
            plain.push_str(name);
            strange.push(format!("${name}"));
        }
        rest = after.get(name.len()..).unwrap_or_default();
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(TextPiece::Text(plain));
    }
    (Template(pieces), strange)
}

/// One of several texts, in any case; `$variables` and `%s` stand for anything.
pub(super) fn one_of(texts: &[String]) -> Payload {
    let alternatives: Vec<String> = texts.iter().map(|text| alternative(text)).collect();
    Payload::Regex {
        pattern: alternatives.join("|"),
        ignores_case: true,
    }
}

fn alternative(text: &str) -> String {
    let mut pattern = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let variable = rest.strip_prefix('$').and_then(variable);
        let length = match (variable, rest.starts_with("%s")) {
            (Some(name), _) => 1 + name.len(),
            (None, true) => 2,
            (None, false) => {
                pattern.push_str(&escaped(letter));
                letter.len_utf8()
            }
        };
        if variable.is_some() || rest.starts_with("%s") {
            pattern.push_str(".*?");
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    pattern
}

fn escaped(letter: char) -> String {
    match letter {
        '/' => "\\/".to_owned(),
        letter if letter.is_whitespace() => "\\s+".to_owned(),
        letter => regex::escape(letter.encode_utf8(&mut [0; 4])),
    }
}
