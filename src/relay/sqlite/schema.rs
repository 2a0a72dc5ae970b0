//! The relay's database file: its folder, its lock, its settings, its tables.

use std::{
    fs::File,
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::Connection;

use crate::{
    relay::backend::Error,
    rt::{
        files::make_folder,
        sqlite::{self, OpenError, Schema},
    },
};

/// The file, in the folder of the state.
const FILE: &str = "relay.db";
/// Held by the relay that serves this state; tickets are made beside it.
const LOCK: &str = "relay.lock";
/// How long a relay waits for another program at the same file, such as `handset relay ticket`;
/// below the time the cloud waits for an answer.
pub(super) const BUSY: Duration = Duration::from_secs(2);
/// How long those other programs wait, for whom nobody waits but a person.
pub(super) const BUSY_TABLES: Duration = Duration::from_secs(10);

/// The state of a relay.
///
/// Synchronous FULL: once the cloud has its 200 it never sends the event again, so that must
/// hold through a power cut too. Events that come together share one commit, and with it the
/// wait for the disk. The mark is "hrly" in ASCII.
pub(super) const SCHEMA: Schema = Schema {
    name: "the relay's state",
    application: 0x6872_6c79,
    migrations: MIGRATIONS,
    synchronous: "FULL",
    is_exclusive: false,
    checkpoint_pages: 1000,
};

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

/// Takes the lock of a state.
pub(super) fn lock(folder: &Path) -> Result<File, Error> {
    sqlite::lock(&folder.join(LOCK)).map_err(|cause| failed(folder, &cause))
}

/// Opens the database, makes it if there is none, and brings its tables up to date.
pub(super) fn open(folder: &Path, busy: Duration) -> Result<Connection, Error> {
    make_folder(folder).map_err(|cause| failed(folder, &OpenError::File(cause)))?;
    let opened = SCHEMA.open(&file(folder), busy);
    let (db, warning) = opened.map_err(|cause| failed(folder, &cause))?;
    if let Some(words) = warning {
        tracing::warn!("{words}");
    }
    Ok(db)
}

fn failed(folder: &Path, cause: &OpenError) -> Error {
    let shown = folder.display();
    match cause {
        OpenError::Locked => Error::Lasting {
            what: format!("use the state in {shown}"),
            why: "another relay serves it; end that one, choose another folder with --state, or \
                  let several relays share NATS with --nats"
                .to_owned(),
        },
        OpenError::Foreign | OpenError::Newer { .. } => {
            let why = if matches!(cause, OpenError::Foreign) {
                "it is no relay's"
            } else {
                "a newer handset has written it"
            };
            Error::Lasting {
                what: format!("use the database {}", file(folder).display()),
                why: format!("{why}; choose another folder with --state"),
            }
        }
        OpenError::Sqlite(sqlite::Error::Busy) => Error::Unavailable {
            what: format!("open the relay's state in {shown}"),
            why: cause.to_string(),
        },
        OpenError::Folder { .. } | OpenError::File(_) | OpenError::Sqlite(_) => Error::Lasting {
            what: format!("keep the relay's state in {shown}"),
            why: format!("{cause}; name a folder you can write in with --state"),
        },
    }
}
