//! Texts of a scenario at work: values put in, said, or waited for.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use icu_normalizer::ComposingNormalizerBorrowed;
use regex::{Regex, RegexBuilder};

use crate::scenario::script::{Payload, Template, TextPiece};

/// The largest compiled expression, in bytes.
const LARGEST: usize = 4 << 20;
/// The longest text that is waited for, in bytes.
const LONGEST: usize = 64 << 10;

/// What the values in braces are while a scene runs.
pub trait Values {
    /// A value by its name: a column, a capture, a `let`, `me.first`.
    fn value(&self, path: &str) -> Option<String>;
    /// The environment variable of this name.
    fn env(&self, name: &str) -> Option<String>;
    /// Whether the value of this name must not be shown.
    fn is_secret(&self, path: &str) -> bool {
        let _ = path;
        false
    }
}

/// A value in braces that there is none for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no value for `{{{name}}}`")]
pub struct MissingValue {
    /// As it stands in the braces.
    pub name: String,
}

/// Why a text can neither be said nor waited for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// A value in it is missing.
    #[error(transparent)]
    Missing(#[from] MissingValue),
    /// Somebody who is played would have to say a regular expression.
    #[error("a regular expression cannot be said; write the text itself, or put it into quotes")]
    SaidRegex,
    /// An expression is not well-formed, or too large.
    #[error("`/{pattern}/` is no regular expression that can be used: {why}")]
    BadRegex {
        /// As it is written.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// The text is too long, values put in.
    #[error("the text is longer than {LONGEST} bytes, values put in")]
    TooLong,
}

impl Template {
    /// The text with the values put in. A capture is no value.
    pub fn fill(&self, values: &dyn Values) -> Result<String, MissingValue> {
        let mut filled = String::new();
        for piece in &self.0 {
            filled.push_str(&value_of(piece, values)?);
        }
        Ok(filled)
    }

    /// The text as people may see it: values put in, those that are secret as `•••`, and `…` for a
    /// capture.
    pub fn shown(&self, values: &dyn Values) -> String {
        let shown = self.0.iter().map(|piece| match piece {
            TextPiece::Capture { .. } => "…".to_owned(),
            TextPiece::Value(path) if values.is_secret(path) => "•••".to_owned(),
            TextPiece::Env(_) => "•••".to_owned(),
            TextPiece::Value(path) => values.value(path).unwrap_or_else(|| format!("{{{path}}}")),
            TextPiece::Text(text) => text.clone(),
        });
        shown.collect()
    }
}

fn value_of(piece: &TextPiece, values: &dyn Values) -> Result<String, MissingValue> {
    let (value, name) = match piece {
        TextPiece::Text(text) => return Ok(text.clone()),
        TextPiece::Value(path) => (values.value(path), path.clone()),
        TextPiece::Env(name) => (values.env(name), format!("env:{name}")),
        TextPiece::Capture { name, .. } => (None, format!("?{name}")),
    };
    value.ok_or(MissingValue { name })
}

impl Payload {
    /// The text that somebody who is played says.
    pub fn said(&self, values: &dyn Values) -> Result<String, TextError> {
        match self {
            Self::Bare(text) | Self::Quoted(text) | Self::Exactly(text) => Ok(text.fill(values)?),
            Self::Regex { .. } => Err(TextError::SaidRegex),
        }
    }

    /// What finds the text where somebody else says it.
    pub fn wanted(&self, values: &dyn Values) -> Result<Wanted, TextError> {
        match self {
            Self::Bare(text) | Self::Quoted(text) => {
                let builder = Builder::new(text, values, false)?;
                let shown = format!("\"{}\"", text.shown(values));
                builder.build(shown)
            }
            Self::Exactly(text) => {
                let builder = Builder::new(text, values, true)?;
                let shown = format!("exactly \"{}\"", text.shown(values));
                builder.build(shown)
            }
            Self::Regex {
                pattern,
                ignores_case,
            } => {
                let regex = compiled(pattern, *ignores_case)?;
                let named = regex.capture_names().enumerate();
                let captures = named
                    .filter_map(|(at, name)| Some((at, name?.to_owned())))
                    .collect();
                let i = if *ignores_case { "i" } else { "" };
                Ok(Wanted {
                    regex,
                    captures,
                    shown: format!("/{pattern}/{i}"),
                    is_composed: false,
                })
            }
        }
    }
}

/// A text that is waited for.
#[derive(Debug, Clone)]
pub struct Wanted {
    regex: Arc<Regex>,
    /// The group and the name of each capture.
    captures: Vec<(usize, String)>,
    shown: String,
    /// Whether a letter and its marks may be written in either way.
    is_composed: bool,
}

impl Wanted {
    /// The captures, if the text is the one that is waited for.
    pub fn find(&self, text: &str) -> Option<Vec<(String, String)>> {
        let composed;
        let text = if self.is_composed {
            composed = composed_of(text);
            composed.as_ref()
        } else {
            text
        };
        let found = self.regex.captures(text)?;
        let captures = self.captures.iter().filter_map(|(group, name)| {
            Some((name.clone(), found.get(*group)?.as_str().to_owned()))
        });
        Some(captures.collect())
    }

    /// What is waited for, for reports; secrets are not in it.
    pub fn shown(&self) -> &str {
        &self.shown
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.shown)
    }
}

/// The text with each letter and its marks as one character, where there is one.
fn composed_of(text: &str) -> std::borrow::Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// Patterns that are remembered, compiled: consumers of a swarm wait for the same texts again and again.
const REMEMBERED: usize = 256;

static PATTERNS: Mutex<BTreeMap<(String, bool), Arc<Regex>>> = Mutex::new(BTreeMap::new());

/// A pattern as it may be used, by itself.
pub(crate) fn compiled(pattern: &str, ignores_case: bool) -> Result<Arc<Regex>, TextError> {
    // A map is never left half changed.
    let patterns = || PATTERNS.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (pattern.to_owned(), ignores_case);
    if let Some(known) = patterns().get(&key) {
        return Ok(Arc::clone(known));
    }
    let regex = Arc::new(compile(pattern, ignores_case)?);
    let mut patterns = patterns();
    if patterns.len() >= REMEMBERED {
        patterns.clear();
    }
    patterns.insert(key, Arc::clone(&regex));
    Ok(regex)
}

fn compile(pattern: &str, ignores_case: bool) -> Result<Regex, TextError> {
    let bad = |why: String| TextError::BadRegex {
        pattern: pattern.to_owned(),
        why,
    };
    if pattern.len() > LONGEST {
        return Err(TextError::TooLong);
    }
    RegexBuilder::new(pattern)
        .case_insensitive(ignores_case)
        .size_limit(LARGEST)
        .dfa_size_limit(LARGEST)
        .build()
        .map_err(|error| bad(in_one_line(&error)))
}

/// The last line of an error of `regex` says what is wrong; those above it draw it.
fn in_one_line(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        error => {
            let words = error.to_string();
            let last = words.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        }
    }
}

/// A part of what a waited-for text becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Atom {
    Letter(char),
    Blank,
    Anything,
    /// A capture's group with what it must look like.
    Group(Option<String>),
}

/// Makes one expression from a text that is waited for.
struct Builder {
    atoms: Vec<Atom>,
    names: Vec<String>,
    is_exact: bool,
}

impl Builder {
    fn new(text: &Template, values: &dyn Values, is_exact: bool) -> Result<Self, TextError> {
        let (atoms, names) = (Vec::new(), Vec::new());
        let mut builder = Self {
            atoms,
            names,
            is_exact,
        };
        for piece in &text.0 {
            if let TextPiece::Capture { name, pattern } = piece {
                builder.atoms.push(Atom::Group(pattern.clone()));
                builder.names.push(name.clone());
            } else {
                builder.text(&value_of(piece, values)?);
            }
            if builder.atoms.len() > LONGEST {
                return Err(TextError::TooLong);
            }
        }
        Ok(builder)
    }

    fn text(&mut self, text: &str) {
        if self.is_exact {
            self.atoms.extend(text.chars().map(Atom::Letter));
            return;
        }
        for letter in composed_of(text).replace("...", "…").chars() {
            let atom = match letter {
                '…' => Atom::Anything,
                blank if blank.is_whitespace() => Atom::Blank,
                letter => Atom::Letter(letter),
            };
            let is_repeated = !matches!(atom, Atom::Letter(_)) && self.atoms.last() == Some(&atom);
            if !is_repeated {
                self.atoms.push(atom);
            }
        }
    }

    fn build(self, shown: String) -> Result<Wanted, TextError> {
        let mut captures = Vec::new();
        let mut group = 1;
        let mut pattern = String::from(if self.is_exact {
            r"\A"
        } else {
            self.boundary(0, true)
        });
        for (at, atom) in self.atoms.iter().enumerate() {
            match atom {
                Atom::Letter(letter) if self.is_exact => pattern.push_str(&escaped(*letter)),
                Atom::Letter(letter) => pattern.push_str(&alike(*letter)),
                Atom::Anything => pattern.push_str("(?s:.*?)"),
                Atom::Blank => pattern.push_str(self.blank(at)),
                Atom::Group(wanted) => {
                    captures.push(group);
                    group += 1;
                    let inner = if let Some(wanted) = wanted {
                        group += compiled(wanted, false)?.captures_len() - 1;
                        format!("((?:{wanted}))")
                    } else {
                        format!("({})", self.anything_of_a_capture(at))
                    };
                    pattern.push_str(&inner);
                }
            }
        }
        let last = self.atoms.len().saturating_sub(1);
        pattern.push_str(if self.is_exact {
            r"\z"
        } else {
            self.boundary(last, false)
        });
        let regex = compiled(&pattern, false)?;
        let captures = captures.into_iter().zip(self.names).collect();
        Ok(Wanted {
            regex,
            captures,
            shown,
            is_composed: !self.is_exact,
        })
    }

    /// What keeps a text from beginning or ending inside a word.
    fn boundary(&self, at: usize, is_start: bool) -> &'static str {
        let needs = match self.atoms.get(at) {
            Some(Atom::Letter(letter)) => is_of_spaced_word(*letter),
            Some(Atom::Group(_)) => true,
            _ => false,
        };
        match (needs, is_start) {
            (false, _) => "",
            (true, true) => r"\b{start-half}",
            (true, false) => r"\b{end-half}",
        }
    }

    /// A run of blanks; beside `…` it may be none, and the word beside it still ends there.
    fn blank(&self, at: usize) -> &'static str {
        let before = at.checked_sub(1);
        let is_open =
            |at: Option<usize>| at.and_then(|at| self.atoms.get(at)) == Some(&Atom::Anything);
        match (is_open(before), is_open(Some(at + 1))) {
            (false, false) => r"\s+",
            (true, true) => "",
            (true, false) => self.boundary(at + 1, true),
            (false, true) => before.map_or("", |before| self.boundary(before, false)),
        }
    }

    /// What a capture takes that says nothing of its looks: up to what follows, or one word.
    fn anything_of_a_capture(&self, at: usize) -> &'static str {
        let is_anything = |at: usize| matches!(self.atoms.get(at), Some(Atom::Anything));
        let follows = match self.atoms.get(at + 1) {
            None | Some(Atom::Anything | Atom::Group(_)) => false,
            Some(Atom::Blank) => !is_anything(at + 2),
            Some(Atom::Letter(_)) => true,
        };
        match (follows, self.is_exact) {
            (true, _) => "(?s:.+?)",
            (false, true) => "(?s:.+)",
            (false, false) => r"\S*\w",
        }
    }
}

fn escaped(letter: char) -> String {
    regex::escape(letter.encode_utf8(&mut [0; 4]))
}

/// A letter, or what people take for the same one.
fn alike(letter: char) -> String {
    const SINGLE: &str = "'‘’‚‛′´`";
    const DOUBLE: &str = "\"“”„‟″«»";
    for quotes in [SINGLE, DOUBLE] {
        if quotes.contains(letter) {
            return format!("[{quotes}]");
        }
    }
    if letter.is_alphabetic() {
        return format!("(?i:{})", escaped(letter));
    }
    escaped(letter)
}

/// Whether it belongs to a word, in a script that writes blanks between words.
fn is_of_spaced_word(letter: char) -> bool {
    let is_unspaced = matches!(u32::from(letter),
        // Thai, Lao, Tibetan, Myanmar, Khmer; kana; Han.
        0x0e00..=0x0fff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x9fff
        | 0xf900..=0xfaff | 0x20000..=0x3ffff);
    (letter.is_alphanumeric() || letter == '_') && !is_unspaced
}

#[cfg(test)]
mod tests;
