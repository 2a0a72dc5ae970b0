//! The tables of the state file.

use std::{path::Path, time::Duration};

use rusqlite::Connection;

use crate::{
    rt::sqlite::{self, OpenError, Schema},
    sandbox::error::Error,
};

/// How long to wait for another sandbox to end.
const BUSY: Duration = Duration::from_secs(1);

/// The state file. Its lock is exclusive: two sandboxes on one file would number events twice. A
/// killed process leaves no lock behind. A commit survives the process, not a power cut, which is
/// what `NORMAL` means and what an emulator needs. The mark is "sand" in ASCII.
///
/// Every version only added tables to the one before, so there are no migrations; the version of
/// what is in them stands beside the account.
const SCHEMA: Schema = Schema {
    name: "the state file",
    application: 0x7361_6e64,
    migrations: &[],
    synchronous: "NORMAL",
    is_exclusive: true,
    checkpoint_pages: 1000,
};

/// How much of a file tells whose it is.
pub(super) const HEAD: usize = 72;

/// Whether a file begins as a state file does: SQLite's mark, and ours where its format has the
/// application's id.
pub(super) fn is_head(head: &[u8; HEAD]) -> bool {
    head.starts_with(b"SQLite format 3\0") && head.ends_with(&SCHEMA.application.to_be_bytes())
}

/// What this version writes; a file of a later version is refused when it is read, an
/// earlier one is read as it is.
pub(super) const VERSION: i64 = 4;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS account (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL,
        id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        client_secret TEXT NOT NULL,
        chance INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS key (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        kid TEXT NOT NULL,
        pem TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS authority (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        certificate TEXT NOT NULL,
        key TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS clock (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        ahead INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS install (
        id TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        revision INTEGER NOT NULL,
        issued INTEGER NOT NULL,
        deleted INTEGER NOT NULL,
        secret TEXT NOT NULL,
        manifest TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS consumer (id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS conversation (id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS event (
        dialog TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        content TEXT NOT NULL,
        PRIMARY KEY (dialog, sequence)
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS undelivered (
        id INTEGER PRIMARY KEY,
        conversation TEXT NOT NULL,
        kind TEXT NOT NULL,
        at INTEGER NOT NULL,
        body BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS file (
        path TEXT PRIMARY KEY,
        number INTEGER NOT NULL,
        owner TEXT NOT NULL,
        readers TEXT NOT NULL,
        media TEXT NOT NULL,
        bytes BLOB NOT NULL
    ) WITHOUT ROWID;
";

/// Opens the file, for us alone, and makes the tables that are missing.
pub(super) fn open(path: &Path) -> Result<Connection, Error> {
    let failed = |cause| failed(path, cause);
    let (db, warning) = SCHEMA.open(path, BUSY).map_err(failed)?;
    if let Some(words) = warning {
        tracing::warn!("{words}");
    }
    let made = db.execute_batch(TABLES);
    made.map_err(|cause| failed(cause.into()))?;
    Ok(db)
}

/// A database in memory with the tables and the mark of a state file, and what is in these bytes
/// of one.
pub(super) fn in_memory(bytes: Option<&[u8]>) -> rusqlite::Result<Connection> {
    let mut db = Connection::open_in_memory()?;
    if let Some(bytes) = bytes {
        db.deserialize_read_exact("main", bytes, bytes.len(), false)?;
    }
    db.execute_batch(TABLES)?;
    db.pragma_update(None, "application_id", SCHEMA.application)?;
    Ok(db)
}

fn failed(path: &Path, cause: OpenError) -> Error {
    let path = path.to_owned();
    match cause {
        OpenError::Folder { cause, .. } | OpenError::File(cause) => {
            Error::StateOpen { path, cause }
        }
        OpenError::Locked | OpenError::Sqlite(sqlite::Error::Busy) => Error::StateLocked { path },
        OpenError::Foreign => Error::StateForeign { path },
        OpenError::Newer { found, known } => Error::StateNewer {
            path,
            found: i64::try_from(found).unwrap_or(i64::MAX),
            known: i64::try_from(known).unwrap_or(i64::MAX),
        },
        OpenError::Sqlite(cause) => Error::StateUse { path, cause },
    }
}
