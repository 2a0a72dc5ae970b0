//! The relay's database file: its folder, its lock, its settings, its tables.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::{Connection, TransactionBehavior};

use crate::relay::backend::Error;

/// The file, in the folder of the state.
const FILE: &str = "relay.db";
/// Held by the relay that serves this state; tickets are made beside it.
const LOCK: &str = "relay.lock";
/// Marks a database as a relay's; "hrly" in ASCII.
const APPLICATION: i32 = 0x6872_6c79;
/// How long to wait for another program at the same file, such as `handset relay ticket`; below
/// the time the cloud waits for an answer.
const BUSY: Duration = Duration::from_secs(2);
/// The write-ahead log is cut back to this after it has grown past it, in bytes.
const LOG_KEPT: i64 = 16 * 1024 * 1024;

/// The tables, step by step. Append only.
///
/// One sequence numbers the events of all accounts, so numbers within an account have gaps; it
/// never gives a number twice, not even after the newest events were dropped. `size` is what an
/// event counts against the limit of its account. `at` is when a claim or a cursor was last used,
/// in milliseconds.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE note (
        key TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE account (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        newest INTEGER NOT NULL DEFAULT 0,
        bytes INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        account INTEGER NOT NULL,
        at INTEGER NOT NULL,
        conversation TEXT,
        consumer TEXT,
        digest TEXT,
        size INTEGER NOT NULL,
        headers TEXT NOT NULL,
        body BLOB NOT NULL
    );
    CREATE INDEX event_account ON event (account, seq);
    CREATE INDEX event_conversation ON event (account, conversation, seq)
        WHERE conversation IS NOT NULL;
    CREATE INDEX event_consumer ON event (account, consumer, seq) WHERE consumer IS NOT NULL;
    CREATE UNIQUE INDEX event_digest ON event (account, digest) WHERE digest IS NOT NULL;
    CREATE TABLE claim (
        account INTEGER NOT NULL,
        kind TEXT NOT NULL,
        what TEXT NOT NULL,
        name TEXT NOT NULL,
        device TEXT NOT NULL,
        presumed INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (account, kind, what, name, device)
    ) WITHOUT ROWID;
    CREATE TABLE device (
        account INTEGER NOT NULL,
        name TEXT NOT NULL,
        device TEXT NOT NULL,
        role TEXT NOT NULL,
        since INTEGER NOT NULL,
        PRIMARY KEY (account, name, device)
    ) WITHOUT ROWID;
    CREATE TABLE cursor (
        account INTEGER NOT NULL,
        device TEXT NOT NULL,
        conversation TEXT NOT NULL,
        seq INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (account, device, conversation)
    ) WITHOUT ROWID;
    CREATE TABLE ticket (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        account TEXT NOT NULL,
        role TEXT NOT NULL,
        made INTEGER NOT NULL,
        until INTEGER NOT NULL,
        revoked INTEGER NOT NULL
    ) WITHOUT ROWID;
"];

/// Where the database is.
pub(super) fn file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Takes the lock of a state; the system releases it when the process dies.
pub(super) fn lock(folder: &Path) -> Result<File, Error> {
    make_folder(folder).map_err(|cause| unusable(folder, &cause))?;
    let lock = private(&folder.join(LOCK)).map_err(|cause| unusable(folder, &cause))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Lasting {
            what: format!("use the state in {}", folder.display()),
            why: "another relay serves it; end that one, choose another folder with --state, or \
                  let several relays share NATS with --nats"
                .to_owned(),
        }),
        Err(TryLockError::Error(cause)) => Err(unusable(folder, &cause)),
    }
}

/// Opens the database, makes it if there is none, and brings its tables up to date.
pub(super) fn open(folder: &Path) -> Result<Connection, Error> {
    make_folder(folder).map_err(|cause| unusable(folder, &cause))?;
    let path = file(folder);
    // SQLite would make the file readable to all, and fall back to reading only.
    private(&path).map_err(|cause| unusable(folder, &cause))?;
    let mut db = connect(&path).map_err(|cause| unusable(folder, &cause))?;
    check(&db, &path)?;
    migrate(&mut db).map_err(|cause| unusable(folder, &cause))?;
    Ok(db)
}

/// A connection with its settings, to a database that is there.
///
/// Synchronous FULL: once the cloud has its 200 it never sends the event again, so that must
/// hold through a power cut too. Events that come together share one commit, and with it the
/// wait for the disk.
pub(super) fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(64);
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(db)
}

fn check(db: &Connection, path: &Path) -> Result<(), Error> {
    let foreign = |why: String| Error::Lasting {
        what: format!("use the database {}", path.display()),
        why: format!("{why}; choose another folder with --state"),
    };
    let read = |sql| db.query_row(sql, (), |row| row.get::<_, i64>(0));
    let read = |sql| read(sql).map_err(|cause| foreign(cause.to_string()));
    if read("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(());
    }
    if read("PRAGMA application_id")? != i64::from(APPLICATION) {
        return Err(foreign("it is no relay's".to_owned()));
    }
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if read("PRAGMA user_version")? > known {
        return Err(foreign("a newer handset has written it".to_owned()));
    }
    Ok(())
}

/// Takes the steps that are missing, all or none; two programs at once do it one after the other.
fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let steps = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = steps.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    let taken = usize::try_from(version).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(taken) {
        steps.execute_batch(migration)?;
    }
    if taken < MIGRATIONS.len() {
        let latest = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
        steps.pragma_update(None, "application_id", APPLICATION)?;
        steps.pragma_update(None, "user_version", latest)?;
    }
    steps.commit()
}

fn unusable(folder: &Path, cause: &dyn std::error::Error) -> Error {
    Error::Lasting {
        what: format!("keep the relay's state in {}", folder.display()),
        why: format!("{cause}; name a folder you can write in with --state"),
    }
}

/// Makes a folder for its owner alone; what exists is left as it is.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file for writing and makes it, for its owner alone, if it is missing.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
