//! The relay's database file: its folder, its lock, its settings, its tables.

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use crate::{
    relay::backend::Error,
    rt::files::{make_folder, open_to_others, private},
};

/// The file, in the folder of the state.
const FILE: &str = "relay.db";
/// Held by the relay that serves this state; tickets are made beside it.
const LOCK: &str = "relay.lock";
/// Marks a database as a relay's; "hrly" in ASCII.
const APPLICATION: i32 = 0x6872_6c79;
/// How long a relay waits for another program at the same file, such as `handset relay ticket`;
/// below the time the cloud waits for an answer.
pub(super) const BUSY: Duration = Duration::from_secs(2);
/// How long those other programs wait, for whom nobody waits but a person.
pub(super) const BUSY_BOOKS: Duration = Duration::from_secs(10);
/// The write-ahead log is cut back to this after it has grown past it, in bytes.
const LOG_KEPT: i64 = 16 * 1024 * 1024;

/// The tables, step by step. Append only.
///
/// One sequence numbers the events of all accounts, so numbers within an account have gaps; it
/// never gives a number twice, not even after the newest events were dropped. `size` is what an
/// event counts against the limit of its account. `at` is when a claim or a cursor was last used,
/// in milliseconds.
///
/// `owed` says for whom each event is, with a rank: 0 for nobody, 1 for the tester whose it seems
/// to be, 2 for the tester who claimed its conversation. `share` has the bytes of each of them,
/// and with those of its account it is kept true by triggers. `lost` counts dropped events that
/// their tester does not know of.
const MIGRATIONS: &[&str] = &[
    "
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
",
    "
    CREATE TABLE owed (
        account INTEGER NOT NULL,
        rank INTEGER NOT NULL,
        name TEXT NOT NULL,
        seq INTEGER NOT NULL,
        size INTEGER NOT NULL,
        PRIMARY KEY (account, rank, name, seq)
    ) WITHOUT ROWID;
    CREATE TABLE share (
        account INTEGER NOT NULL,
        rank INTEGER NOT NULL,
        name TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (account, rank, name)
    ) WITHOUT ROWID;
    CREATE TABLE lost (
        account INTEGER NOT NULL,
        name TEXT NOT NULL,
        events INTEGER NOT NULL,
        PRIMARY KEY (account, name)
    ) WITHOUT ROWID;
    CREATE TRIGGER owed_more AFTER INSERT ON owed BEGIN
        INSERT OR IGNORE INTO share VALUES (NEW.account, NEW.rank, NEW.name, 0);
        UPDATE share SET bytes = bytes + NEW.size
            WHERE account = NEW.account AND rank = NEW.rank AND name = NEW.name;
        UPDATE account SET bytes = bytes + NEW.size WHERE id = NEW.account;
    END;
    CREATE TRIGGER owed_less AFTER DELETE ON owed BEGIN
        UPDATE share SET bytes = bytes - OLD.size
            WHERE account = OLD.account AND rank = OLD.rank AND name = OLD.name;
        UPDATE account SET bytes = bytes - OLD.size WHERE id = OLD.account;
    END;
    CREATE TRIGGER owed_others AFTER UPDATE OF rank, name ON owed BEGIN
        UPDATE share SET bytes = bytes - OLD.size
            WHERE account = OLD.account AND rank = OLD.rank AND name = OLD.name;
        INSERT OR IGNORE INTO share VALUES (NEW.account, NEW.rank, NEW.name, 0);
        UPDATE share SET bytes = bytes + NEW.size
            WHERE account = NEW.account AND rank = NEW.rank AND name = NEW.name;
    END;
    UPDATE account SET bytes = 0;
    INSERT INTO owed SELECT event.account,
            CASE WHEN claim.name IS NULL THEN 0 WHEN claim.presumed THEN 1 ELSE 2 END,
            coalesce(claim.name, ''), event.seq, event.size
        FROM event LEFT JOIN claim ON claim.account = event.account
            AND claim.kind = 'conversation' AND claim.what = event.conversation;
",
];

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
///
/// Several programs may do so at the same time. SQLite refuses some of what that takes at once,
/// whatever the busy timeout: the change to a write-ahead log, for one. So it is tried again for
/// as long as the database is only busy.
pub(super) fn open(folder: &Path, busy: Duration) -> Result<Connection, Error> {
    make_folder(folder).map_err(|cause| unusable(folder, &cause))?;
    let path = file(folder);
    // SQLite would make the file readable to all, and fall back to reading only.
    let opened = private(&path).map_err(|cause| unusable(folder, &cause))?;
    if let Some(words) = open_to_others(&opened, "the relay's state", &path) {
        tracing::warn!("{words}");
    }
    drop(opened);
    let until = Instant::now() + busy;
    loop {
        let opened = connect(&path, busy).and_then(|mut db| {
            let foreign = check(&db, &path)?;
            if foreign.is_none() {
                migrate(&mut db)?;
            }
            Ok((db, foreign))
        });
        match opened {
            Ok((db, None)) => return Ok(db),
            Ok((_, Some(foreign))) => return Err(foreign),
            Err(cause) if is_busy(&cause) && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(fastrand::u64(5..50)));
            }
            Err(cause) if is_busy(&cause) => {
                return Err(Error::Unavailable {
                    what: format!("open the relay's state in {}", folder.display()),
                    why: why(&cause),
                });
            }
            Err(cause) => return Err(unusable(folder, &cause)),
        }
    }
}

/// Whether another program has the database right now.
fn is_busy(cause: &rusqlite::Error) -> bool {
    let code = cause.sqlite_error_code();
    matches!(
        code,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

/// A connection with its settings, to a database that is there.
///
/// Synchronous FULL: once the cloud has its 200 it never sends the event again, so that must
/// hold through a power cut too. Events that come together share one commit, and with it the
/// wait for the disk.
pub(super) fn connect(path: &Path, busy: Duration) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(busy)?;
    db.set_prepared_statement_cache_capacity(64);
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(db)
}

/// Why a database is not to be touched.
fn check(db: &Connection, path: &Path) -> rusqlite::Result<Option<Error>> {
    let foreign = |why: &str| {
        Ok(Some(Error::Lasting {
            what: format!("use the database {}", path.display()),
            why: format!("{why}; choose another folder with --state"),
        }))
    };
    let read = |sql| db.query_row(sql, (), |row| row.get::<_, i64>(0));
    if read("SELECT count(*) FROM sqlite_schema")? == 0 {
        return Ok(None);
    }
    if read("PRAGMA application_id")? != i64::from(APPLICATION) {
        return foreign("it is no relay's");
    }
    let known = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
    if read("PRAGMA user_version")? > known {
        return foreign("a newer handset has written it");
    }
    Ok(None)
}

/// Why SQLite refused, and what to do where its own words do not say it.
pub(super) fn why(cause: &rusqlite::Error) -> String {
    if is_busy(cause) {
        "another program keeps the database locked; try again in a moment".to_owned()
    } else {
        cause.to_string()
    }
}

/// Takes the steps that are missing, all or none; two programs at once do it one after the other.
fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let taken = |db: &Connection| {
        let version = db.query_row("PRAGMA user_version", (), |row| row.get::<_, i64>(0));
        version.map(|version| usize::try_from(version).unwrap_or(0))
    };
    if taken(db)? >= MIGRATIONS.len() {
        return Ok(());
    }
    let steps = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let taken = taken(&steps)?;
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
