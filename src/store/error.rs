//! Why the journal cannot be opened, written or read.
//!
//! Each message tells its cause itself, so none is given as a source: it would be said twice.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::rt::sqlite::{self, OpenError};

/// What went wrong with the journal. Cheap to clone: one failed commit answers many.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The folder is not there and cannot be made.
    #[error(
        "cannot make the data folder {}: {cause}; choose another with --data-dir",
        path.display()
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        cause: Arc<io::Error>,
    },
    /// A file in the folder cannot be made or written.
    #[error(
        "cannot write the journal {}: {cause}; make it and its folder writable, or choose another folder with --data-dir",
        path.display()
    )]
    Unwritable {
        /// The journal.
        path: PathBuf,
        /// The system's reason.
        cause: Arc<io::Error>,
    },
    /// Another process has it open.
    #[error(
        "the journal {} is in use by another handset; close that one, or choose another folder with --data-dir",
        path.display()
    )]
    Locked {
        /// The journal.
        path: PathBuf,
    },
    /// The file is there, but it is not ours or it is damaged.
    #[error(
        "cannot read the journal {}: {cause}; move the file away, or choose another folder with --data-dir",
        path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: sqlite::Error,
    },
    /// The file is a database of another program.
    #[error(
        "{} is a database, but no journal of handset's; move the file away, or choose another folder with --data-dir",
        path.display()
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A later version of handset has written it.
    #[error(
        "the journal {} was written by a newer handset (schema {found}, known here is {known}); use the newer handset, or choose another folder with --data-dir",
        path.display()
    )]
    Newer {
        /// The journal.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// The latest one known here.
        known: usize,
    },
    /// An earlier version of handset has written it, and who only looks cannot change that.
    #[error(
        "the journal {} was written by an earlier handset (schema {found}, needed here is {known}); open the phone once, which brings it up to date",
        path.display()
    )]
    Older {
        /// The journal.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// The one needed here.
        known: usize,
    },
    /// There is nothing to look into.
    #[error(
        "there is no journal {}; open the phone first, or name another folder with --data-dir",
        path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The disk is full; nothing of this was stored.
    #[error("cannot write to the journal {}: {cause}; make room on its disk", path.display())]
    Full {
        /// The journal.
        path: PathBuf,
        /// Why.
        cause: sqlite::Error,
    },
    /// A transaction was rejected; nothing of it is stored.
    #[error("cannot write to the journal {}: {cause}", path.display())]
    Write {
        /// The journal.
        path: PathBuf,
        /// Why.
        cause: sqlite::Error,
    },
    /// A page could not be read.
    #[error("cannot read from the journal {}: {cause}", path.display())]
    Read {
        /// The journal.
        path: PathBuf,
        /// Why.
        cause: sqlite::Error,
    },
    /// Something to be stored has no JSON form.
    #[error("cannot keep this in the journal: {cause}")]
    Encode {
        /// The reason.
        cause: Arc<serde_json::Error>,
    },
    /// The journal was closed, or its thread has ended.
    #[error("the journal is closed")]
    Closed,
}

impl Error {
    /// Why a journal was not opened.
    pub(super) fn opening(path: &Path, cause: OpenError) -> Self {
        let path = path.to_owned();
        match cause {
            OpenError::Folder { path, cause } => Self::Folder {
                path,
                cause: Arc::new(cause),
            },
            OpenError::File(cause) => Self::Unwritable {
                path,
                cause: Arc::new(cause),
            },
            OpenError::Locked => Self::Locked { path },
            OpenError::Foreign => Self::Foreign { path },
            OpenError::Newer { found, known } => Self::Newer { path, found, known },
            OpenError::Sqlite(cause) => Self::Unreadable { path, cause },
        }
    }

    /// Why something was not written.
    pub(super) fn writing(path: &Path, cause: sqlite::Error) -> Self {
        let path = path.to_owned();
        match cause {
            sqlite::Error::Closed => Self::Closed,
            sqlite::Error::Full(_) => Self::Full { path, cause },
            sqlite::Error::Busy | sqlite::Error::Rejected(_) => Self::Write { path, cause },
        }
    }

    /// Why something was not read.
    pub(super) fn reading(path: &Path, cause: sqlite::Error) -> Self {
        let path = path.to_owned();
        match cause {
            sqlite::Error::Closed => Self::Closed,
            cause => Self::Read { path, cause },
        }
    }
}
