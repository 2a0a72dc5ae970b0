//! The user's own files of replies and cards beside the settings: read, or why they cannot be.

use std::{io, path::Path};

use crate::config::text;

/// No file of these needs more bytes.
const LARGEST: u64 = 1024 * 1024;

/// Why a file of replies or cards cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum OwnFileError {
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

/// The text of a file; `None` when it is not there.
pub(super) fn text_of(file: &Path) -> Result<Option<String>, OwnFileError> {
    match text::read(file, LARGEST) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(OwnFileError::Read {
            path: file.display().to_string(),
            cause,
        }),
    }
}
