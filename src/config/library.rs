//! What an agent's desk has at hand: canned replies and cards, those that are
//! embedded and the user's own beside the settings.

use std::{fs, io, path::Path};

use crate::config::{
    cards::{self, Card},
    replies::{self, Reply},
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
    #[error("{file}:{line}: {reason}")]
    Fault {
        /// Its path, or the name of an embedded one.
        file: String,
        /// Counted from 1.
        line: usize,
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
    /// `cards/*.json`.
    pub fn in_folder(folder: &Path) -> Result<Self, Error> {
        Ok(Self {
            replies: replies::all(&folder.join("replies.toml"))?,
            cards: cards::all(&folder.join("cards"))?,
        })
    }
}

/// The text of a file of sensible size; `None` when it is not there.
pub(super) fn text_of(file: &Path) -> Result<Option<String>, Error> {
    let fault = |cause| Error::Read {
        path: file.display().to_string(),
        cause,
    };
    let facts = match fs::metadata(file) {
        Ok(facts) => facts,
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(fault(cause)),
    };
    if !facts.is_file() {
        return Err(fault(io::Error::other("it is no file")));
    }
    if facts.len() > LARGEST {
        return Err(fault(io::Error::other(
            "it is larger than it can sensibly be",
        )));
    }
    fs::read_to_string(file).map(Some).map_err(fault)
}
