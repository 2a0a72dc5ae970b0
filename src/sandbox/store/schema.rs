//! The tables of the state file.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, ErrorCode};

use crate::sandbox::error::Error;

/// Marks a database as a state file of a sandbox; "sand" in ASCII.
const APPLICATION: i32 = 0x7361_6e64;

/// How much of a file tells whose it is.
pub(super) const HEAD: usize = 72;

/// Whether a file begins as a state file does: SQLite's mark, and ours where its format has the
/// application's id.
pub(super) fn is_head(head: &[u8; HEAD]) -> bool {
    head.starts_with(b"SQLite format 3\0") && head.ends_with(&APPLICATION.to_be_bytes())
}

/// What this version writes; a file of a later version is refused when it is read, an
/// earlier one is read as it is, because every version only added to the one before.
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
///
/// The lock is exclusive: two sandboxes on one file would number events twice.
/// A killed process leaves no lock behind. A commit survives the process, not
/// a power cut, which is what `NORMAL` means and what an emulator needs.
pub(super) fn open(path: &Path) -> Result<Connection, Error> {
    let used = |cause: rusqlite::Error| match cause.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::StateLocked {
            path: path.to_owned(),
        },
        _ => Error::StateUse {
            path: path.to_owned(),
            cause,
        },
    };
    let connection = Connection::open(path).map_err(used)?;
    connection
        .busy_timeout(Duration::from_secs(1))
        .map_err(used)?;
    if is_foreign(&connection).map_err(used)? {
        return Err(Error::StateForeign {
            path: path.to_owned(),
        });
    }
    prepare(&connection).map_err(used)?;
    Ok(connection)
}

/// Whether the tables in it are another program's.
fn is_foreign(connection: &Connection) -> rusqlite::Result<bool> {
    let read = |sql| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
    let tables = read("SELECT count(*) FROM sqlite_schema")?;
    Ok(tables > 0 && read("PRAGMA application_id")? != i64::from(APPLICATION))
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.execute_batch(TABLES)
}
