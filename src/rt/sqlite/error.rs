//! Why a database cannot be opened, written or read.
//!
//! Each message tells its cause itself, so none is given as a source: it would be said twice.

use std::{io, path::PathBuf, sync::Arc};

use rusqlite::ErrorCode;

/// Why a job was not written, or nothing read. Cheap to clone: one failed commit answers many.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The disk is full; it works again once there is room.
    #[error("{0}")]
    Full(Arc<rusqlite::Error>),
    /// Another program has the database, and kept it for longer than the busy timeout.
    #[error("another program keeps the database locked; try again in a moment")]
    Busy,
    /// SQLite rejected it for another reason.
    #[error("{0}")]
    Rejected(Arc<rusqlite::Error>),
    /// The writer was closed.
    #[error("it is closed")]
    Closed,
}

impl From<rusqlite::Error> for Error {
    fn from(cause: rusqlite::Error) -> Self {
        match cause.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(Arc::new(cause)),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Rejected(Arc::new(cause)),
        }
    }
}

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder is not there and cannot be made.
    #[error("{cause}")]
    Folder { path: PathBuf, cause: io::Error },
    /// The file, or one beside it, cannot be made or written.
    #[error("{0}")]
    File(io::Error),
    /// Another process holds the lock.
    #[error("another process has it open")]
    Locked,
    /// The file is a database of another program.
    #[error("it is a database of another program")]
    Foreign,
    /// A later version of handset has written it.
    #[error("a newer handset has written it")]
    Newer {
        found: usize,
        /// The latest one known here.
        known: usize,
    },
    /// SQLite cannot use the file.
    #[error("{0}")]
    Sqlite(Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(cause: rusqlite::Error) -> Self {
        Self::Sqlite(cause.into())
    }
}
