//! What an agent's desk has at hand: canned replies and cards, those that are
//! embedded and the user's own beside the settings.

use std::{io, path::Path};

use crate::config::{
    cards::{self, Card},
    replies::{self, Reply},
    text,
};

/// No file of these needs more bytes.
const LARGEST: u64 = 1024 * 1024;

/// Why a file of the library cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file or the folder cannot be read.
    #[error("cannot read {path}: {cause}; make it readable, or move it elsewhere")]
    Read {
        /// Where it is.
        path: String,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// The file is not what it should be.
    #[error("{file}:{line}:{column}: {reason}")]
    Fault {
        /// Its path, or the name of an embedded one.
        file: String,
        /// Counted from 1.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
}

/// Everything at hand.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// The canned replies.
    pub replies: Vec<Reply>,
    /// The cards.
    pub cards: Vec<Card>,
}

impl Library {
    /// What is embedded.
    pub fn embedded() -> Self {
        Self {
            replies: replies::embedded(),
            cards: cards::embedded(),
        }
    }

    /// What is embedded, and the user's own in the folder of settings: `replies.toml`, and
    /// `cards/*.json`; and why others of the user's cannot be had.
    pub fn in_folder(folder: &Path) -> (Self, Vec<Error>) {
        let (replies, mut faults) = replies::all(&folder.join("replies.toml"));
        let (cards, more) = cards::all(&folder.join("cards"));
        faults.extend(more);
        (Self { replies, cards }, faults)
    }
}

/// The text of a file; `None` when it is not there.
pub(super) fn text_of(file: &Path) -> Result<Option<String>, Error> {
    match text::read(file, LARGEST) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::Read {
            path: file.display().to_string(),
            cause,
        }),
    }
}
