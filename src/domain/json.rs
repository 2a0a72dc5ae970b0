//! The text of a JSON value as it was received: its tokens stay as they are, and only the white
//! space between them is made anew.

use std::{borrow::Cow, fmt::Write as _, iter::Peekable};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::de::IgnoredAny;
use serde_json::value::{RawValue, Value, to_raw_value};

use crate::domain::text::is_harmful;

/// Levels that are indented; whatever is deeper begins at the same column.
const DEEPEST: usize = 12;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The bracket `{` or `[` that opens an object or array.
    Open,
    /// The bracket `}` or `]` that closes one.
    Close,
    /// The `,` between two elements or members.
    Comma,
    /// The `:` between a member's name and its value.
    Colon,
    /// A string that names a member.
    Name,
    /// A string that is a value.
    Text,
    /// A number, `true`, `false` or `null`.
    Literal,
}

/// A token as it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token<'a> {
    /// What kind of token it is.
    pub kind: Kind,
    /// How it is written.
    pub text: &'a str,
    /// The white space before it.
    pub gap: &'a str,
}

/// The bytes as text when they are one JSON value, of any depth and with any numbers.
pub fn valid(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    serde_json::from_str::<IgnoredAny>(text).ok().map(|_| text)
}

/// The tokens of a valid JSON text.
pub fn tokens(json: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = json;
    std::iter::from_fn(move || {
        let is_blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
        let begun = rest.trim_start_matches(is_blank);
        let gap = rest.split_at(rest.len() - begun.len()).0;
        let (kind, length) = match begun.chars().next()? {
            '{' | '[' => (Kind::Open, 1),
            '}' | ']' => (Kind::Close, 1),
            ',' => (Kind::Comma, 1),
            ':' => (Kind::Colon, 1),
            '"' => {
                let length = string_length(begun);
                let after = begun.split_at(length).1.trim_start_matches(is_blank);
                let is_name = after.starts_with(':');
                (if is_name { Kind::Name } else { Kind::Text }, length)
            }
            first => {
                let ends = |c: char| is_blank(c) || matches!(c, ',' | ':' | '{' | '}' | '[' | ']');
                let length = begun.find(ends).unwrap_or(begun.len());
                (Kind::Literal, length.max(first.len_utf8()))
            }
        };
        let (text, after) = begun.split_at(length);
        rest = after;
        Some(Token { kind, text, gap })
    })
}

/// The length of the string that a text begins with, quotes included.
fn string_length(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// A row of a JSON text that is laid out for people.
#[derive(Debug)]
pub struct Line<'a> {
    depth: usize,
    /// The tokens on this row, in order.
    pub tokens: Vec<Token<'a>>,
}

impl Line<'_> {
    /// The blanks it begins with.
    pub fn indent(&self) -> String {
        "  ".repeat(self.depth.min(DEEPEST))
    }
}

/// A valid JSON text in rows, one member a row.
pub fn lines(json: &str) -> impl Iterator<Item = Line<'_>> {
    let (mut rest, mut depth) = (tokens(json).peekable(), 0);
    std::iter::from_fn(move || line(&mut rest, &mut depth))
}

fn line<'a>(
    rest: &mut Peekable<impl Iterator<Item = Token<'a>>>,
    depth: &mut usize,
) -> Option<Line<'a>> {
    let closes = |token: &Token<'_>| token.kind == Kind::Close;
    if rest.peek().is_some_and(closes) {
        *depth = depth.saturating_sub(1);
    }
    let mut line = Line {
        depth: *depth,
        tokens: vec![rest.next()?],
    };
    loop {
        match line.tokens.last().map(|token| token.kind) {
            Some(Kind::Comma) => break,
            Some(Kind::Open) => {
                if let Some(close) = rest.next_if(closes) {
                    line.tokens.push(close);
                } else {
                    *depth += 1;
                    break;
                }
            }
            _ => match rest.next_if(|token| !closes(token)) {
                Some(next) => line.tokens.push(next),
                None => break,
            },
        }
    }
    Some(line)
}

/// A valid JSON text laid out for people; harmless for a terminal.
pub fn pretty(json: &str) -> String {
    let mut text = String::with_capacity(json.len() * 2);
    for line in lines(json) {
        text.push_str(&line.indent());
        for token in &line.tokens {
            text.push_str(&harmless(token.text));
            if token.kind == Kind::Colon {
                text.push(' ');
            }
        }
        text.push('\n');
    }
    text.pop();
    text
}

/// A valid JSON text with what could move a cursor or reorder the row written as `\uXXXX`, which
/// means the same. The white space between tokens stays.
pub fn harmless(json: &str) -> Cow<'_, str> {
    let means_nothing = |c: char| !is_harmful(c) || matches!(c, '\n' | '\r' | '\t');
    if json.chars().all(means_nothing) {
        return Cow::Borrowed(json);
    }
    let mut safe = String::with_capacity(json.len() + 64);
    for c in json.chars() {
        if means_nothing(c) {
            safe.push(c);
        } else {
            // All of them are in the basic plane: one unit each. Writing to a String cannot fail.
            let _ = write!(safe, "\\u{:04x}", u32::from(c));
        }
    }
    Cow::Owned(safe)
}

/// A body as members of a JSON object that loses none of its bytes.
#[derive(Debug)]
pub struct Body {
    /// The value: token for token what was received, or the text when that is no JSON, or `null`
    /// when it is no text.
    pub value: Box<RawValue>,
    /// The exact text, where the value says it in other white space or with other escapes.
    pub text: Option<String>,
    /// The bytes as base64, when they are no text.
    pub base64: Option<String>,
}

impl Body {
    /// A body as it was received.
    pub fn of(bytes: &[u8]) -> Self {
        let value = |json: String| RawValue::from_string(json).unwrap_or_default();
        if let Some(json) = valid(bytes) {
            let compact: String = tokens(json).map(|token| token.text).collect();
            let compact = harmless(&compact).into_owned();
            return Self {
                text: (compact != json).then(|| json.to_owned()),
                value: value(compact),
                base64: None,
            };
        }
        let text = std::str::from_utf8(bytes).ok();
        Self {
            value: to_raw_value(&text).unwrap_or_default(),
            text: None,
            base64: text.is_none().then(|| STANDARD.encode(bytes)),
        }
    }

    /// No body at all: `null`.
    pub fn none() -> Self {
        Self {
            value: Box::default(),
            text: None,
            base64: None,
        }
    }

    /// Its members in JSON, named after `name`.
    pub fn members(self, name: &str) -> Vec<(String, String)> {
        let mut members = vec![(name.to_owned(), self.value.get().to_owned())];
        for (more, text) in [("Text", self.text), ("Base64", self.base64)] {
            members
                .extend(text.map(|text| (format!("{name}{more}"), Value::from(text).to_string())));
        }
        members
    }
}

#[cfg(test)]
mod tests;
