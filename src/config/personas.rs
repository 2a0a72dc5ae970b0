//! Persona files: the consumers there are to play.
//!
//! A handful is embedded; the user's own lie as `*.toml` in the folder
//! `personas` beside the settings. A fault in one is reported with its file,
//! line and column.

use std::path::{Path, PathBuf};

use crate::{
    config::{
        own_file::{self, OwnFileError},
        text::TextFault,
    },
    domain::persona::Persona,
};

/// Why a persona cannot be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PersonaError {
    #[error(
        "there is no persona {name:?}; choose one of {known}, or give the path of a persona file, with a slash or .toml in it"
    )]
    Unknown { name: String, known: String },
    #[error(transparent)]
    File(#[from] OwnFileError),
    /// Two of the user's files are the same consumer; the later one is left out.
    #[error(
        "{one} and {other} are both the consumer {consumer:?}, and one consumer has one phone; give one of them another `consumer`"
    )]
    Twice {
        one: String,
        other: String,
        consumer: String,
    },
}

impl PersonaError {
    /// The file it is about, as it is shown.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Unknown { .. } => None,
            Self::File(error) => Some(error.file()),
            Self::Twice { other, .. } => Some(Path::new(other)),
        }
    }
}

/// A persona with the short name it is asked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownPersona {
    /// The name of its file without the ending, as `ada`.
    pub key: String,
    /// Who that is.
    pub persona: Persona,
    /// Its file; `None` for those that are embedded.
    pub file: Option<PathBuf>,
}

const EMBEDDED: [(&str, &str); 6] = [
    ("ada", include_str!("../../assets/personas/ada.toml")),
    ("gus", include_str!("../../assets/personas/gus.toml")),
    ("lena", include_str!("../../assets/personas/lena.toml")),
    ("omar", include_str!("../../assets/personas/omar.toml")),
    ("pat", include_str!("../../assets/personas/pat.toml")),
    ("noor", include_str!("../../assets/personas/noor.toml")),
];

/// The embedded personas; the first is the default.
pub fn embedded() -> Vec<KnownPersona> {
    EMBEDDED
        .iter()
        .map(|(key, text)| KnownPersona {
            key: (*key).to_owned(),
            persona: parse(key, text).expect("embedded personas are checked by a test"),
            file: None,
        })
        .collect()
}

/// The embedded personas and the user's own in a folder, which need not exist; and why others of
/// the user's cannot be had.
///
/// One of the user's that is the same consumer as an embedded one, or goes by the same key, takes
/// its place; of two of the user's own that are the same consumer the later one is left out.
pub(crate) fn all(folder: &Path) -> (Vec<KnownPersona>, Vec<PersonaError>) {
    let mut all = embedded();
    let (files, faults) = own_file::files("persona folder", folder, "toml");
    let mut faults: Vec<PersonaError> = faults.into_iter().map(PersonaError::from).collect();
    for file in files {
        let own = match read(&file) {
            Ok(own) => own,
            Err(fault) => {
                faults.push(fault.into());
                continue;
            }
        };
        let path = |known: &KnownPersona| known.file.as_deref().map_or_else(String::new, shown);
        let same = |known: &KnownPersona| known.persona.consumer == own.persona.consumer;
        if let Some(earlier) = all.iter().find(|one| one.file.is_some() && same(one)) {
            faults.push(PersonaError::Twice {
                one: path(earlier),
                other: path(&own),
                consumer: own.persona.consumer.to_string(),
            });
            continue;
        }
        let takes_place =
            |one: &KnownPersona| one.file.is_none() && (same(one) || one.key == own.key);
        match all
            .iter()
            .position(takes_place)
            .and_then(|at| all.get_mut(at))
        {
            Some(place) => *place = own,
            None => all.push(own),
        }
    }
    (all, faults)
}

/// Finds who is asked for: by a key, a name, a first name or an `ext_consumer_id`, or by the path
/// of a file. Anything with a slash in it or `.toml` at its end is a path.
pub(crate) fn find(asked: &str, known: &[KnownPersona]) -> Result<KnownPersona, PersonaError> {
    let path = Path::new(asked);
    if asked.contains('/') || path.extension().is_some_and(|ending| ending == "toml") {
        return Ok(read(path)?);
    }
    named(asked, known)
        .cloned()
        .ok_or_else(|| PersonaError::Unknown {
            name: asked.to_owned(),
            known: keys(known),
        })
}

/// The persona of that key, name, first name or `ext_consumer_id`, whatever the case.
pub fn named<'a>(asked: &str, known: &'a [KnownPersona]) -> Option<&'a KnownPersona> {
    let asked = asked.trim().to_lowercase();
    let is = |text: &str| text.to_lowercase() == asked;
    known
        .iter()
        .find(|one| is(&one.key))
        .or_else(|| known.iter().find(|one| is(one.persona.consumer.as_str())))
        .or_else(|| known.iter().find(|one| is(&one.persona.name)))
        .or_else(|| known.iter().find(|one| is(one.persona.first_name())))
}

/// The keys of personas, for a hint.
pub(crate) fn keys(known: &[KnownPersona]) -> String {
    let keys: Vec<&str> = known.iter().map(|one| one.key.as_str()).collect();
    keys.join(", ")
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// Reads one persona file.
fn read(file: &Path) -> Result<KnownPersona, OwnFileError> {
    let text = own_file::text_of("persona file", file)?;
    let stem = file.file_stem().unwrap_or(file.as_os_str());
    Ok(KnownPersona {
        key: stem.to_string_lossy().into_owned(),
        persona: parse(&shown(file), &text)?,
        file: Some(file.to_owned()),
    })
}

/// Reads a persona; `file` is only named in the error.
fn parse(file: &str, text: &str) -> Result<Persona, TextFault> {
    let fault = |at: usize, reason: String| TextFault::at(file, text, at, reason);
    let persona: Persona = toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        fault(at, reason(error.message()))
    })?;
    for (key, value) in [
        ("name", persona.name.as_str()),
        ("consumer", persona.consumer.as_str()),
    ] {
        if value.trim().is_empty() {
            let line = text.lines().position(|line| line.starts_with(key));
            let before = text.split_inclusive('\n').take(line.unwrap_or(0));
            let reason = format!("`{key}` is empty; write what the consumer is called");
            return Err(fault(before.map(str::len).sum(), reason));
        }
    }
    Ok(persona)
}

/// The parser's reason on one line, with what to do where it only says what is missing.
fn reason(message: &str) -> String {
    let message = message.trim().replace('\n', "; ");
    if message.starts_with("missing field") {
        return format!("{message}; a persona needs at least `name` and `consumer`");
    }
    message
}

#[cfg(test)]
mod tests;
