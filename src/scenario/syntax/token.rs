//! A line cut into words, strings in quotes and regular expressions.

use crate::scenario::syntax::{
    part,
    text::{self, Style},
};

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A word, with values in braces perhaps.
    Word,
    /// A string in quotes, closed.
    Quoted,
    /// `/…/` or `/…/i`.
    Regex,
    /// A colon at the end of a word, or by itself.
    Colon,
}

/// A part of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WordToken<'a> {
    pub kind: TokenKind,
    pub text: &'a str,
    /// The byte of the line it begins at.
    pub at: usize,
}

impl WordToken<'_> {
    pub fn end(&self) -> usize {
        self.at + self.text.len()
    }
}

/// The tokens of a line, from this byte on.
pub(crate) fn tokens(line: &str, from: usize) -> Vec<WordToken<'_>> {
    let mut tokens = Vec::new();
    let mut at = from;
    loop {
        let rest = part(line, at, line.len());
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.is_empty() {
            return tokens;
        }
        let (kind, length) = first(trimmed);
        let text = part(trimmed, 0, length);
        let colon = text.strip_suffix(':').filter(|_| kind == TokenKind::Word);
        let word = colon.unwrap_or(text);
        if !word.is_empty() {
            tokens.push(WordToken {
                kind,
                text: word,
                at,
            });
        }
        if colon.is_some() {
            let at = at + word.len();
            let kind = TokenKind::Colon;
            tokens.push(WordToken {
                kind,
                text: ":",
                at,
            });
        }
        at += length.max(1);
    }
}

/// What the text begins with, and how long that is.
fn first(text: &str) -> (TokenKind, usize) {
    let ends = |length: usize| {
        let next = part(text, length, text.len()).chars().next();
        next.is_none_or(char::is_whitespace)
    };
    if let Some(inner) = text.strip_prefix('"')
        && let Some(end) = text::read(inner, Style::Quoted).end
        && ends(end + 1)
    {
        return (TokenKind::Quoted, end + 1);
    }
    if let Some(inner) = text.strip_prefix('/') {
        let end = text::pattern_end(inner, "/").map(|end| end + 2);
        let with_i = |end: usize| part(text, end, end + 1) == "i" && ends(end + 1);
        match end {
            Some(end) if with_i(end) => return (TokenKind::Regex, end + 1),
            Some(end) if ends(end) => return (TokenKind::Regex, end),
            _ => {}
        }
    }
    (TokenKind::Word, word_length(text))
}

/// The length of a word; the string of `name="a b"` belongs to it.
fn word_length(text: &str) -> usize {
    let mut at = 0;
    while let Some(letter) = part(text, at, text.len()).chars().next() {
        if letter.is_whitespace() {
            break;
        }
        let rest = part(text, at, text.len());
        let quoted = rest.strip_prefix("=\"");
        at += match quoted.and_then(|inner| text::read(inner, Style::Quoted).end) {
            Some(end) if at > 0 => "=\"".len() + end,
            _ => letter.len_utf8(),
        };
    }
    at
}
