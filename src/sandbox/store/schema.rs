//! The tables of the state file.

use std::time::Duration;

use rusqlite::Connection;

/// What this version writes; a file of another version is refused when it is read.
pub(super) const VERSION: i64 = 1;

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS account (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        version INTEGER NOT NULL,
        id TEXT NOT NULL,
        client_id TEXT NOT NULL,
        client_secret TEXT NOT NULL,
        chance INTEGER NOT NULL
    );
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
";

/// Makes a connection ours alone and the tables there.
///
/// The lock is exclusive: two sandboxes on one file would number events twice.
/// A killed process leaves no lock behind. A commit survives the process, not
/// a power cut, which is what `NORMAL` means and what an emulator needs.
pub(super) fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(1))?;
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.execute_batch(TABLES)
}
