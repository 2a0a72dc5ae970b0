//! What lines are made of: words, strings in quotes, values in braces, spans of time.
//!
//! Nothing in here knows a form of the language; a line is cut into tokens, and a text into the
//! pieces of a template. Every place is told in bytes of the line and turned into columns there.

pub(crate) mod line;
pub(crate) mod span;
pub(crate) mod text;
pub(crate) mod token;

/// The part of a text between two places; empty where they are no places of it.
pub(crate) fn part(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}

/// Whether it is a plain name: a letter, then letters, digits, `_` and `-`.
pub(crate) fn is_word(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-'))
}
