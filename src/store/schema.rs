//! The database file: its lock, its settings and its tables.

use std::{
    fs::{File, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use rusqlite::Connection;

use crate::{
    rt::files::{make_folder, open_to_others, private},
    store::{Error, folding::LOG_PAGES, wire},
};

/// Marks a database as a journal of handset's; "hand" in ASCII.
const APPLICATION: i32 = 0x6861_6e64;
/// How long to wait for a reader of another program, such as the sqlite3 shell; below the
/// time the cloud waits for an answer.
const BUSY: Duration = Duration::from_secs(2);
/// What the lock's file has in it while a journal is open.
const OPEN: &[u8] = b"open\n";
/// The same while what was written last is missing and that was not told yet.
const LOST: &[u8] = b"lost\n";
/// The write-ahead log is cut back to this after it has grown past it, in bytes.
const LOG_KEPT: i64 = 16 * 1024 * 1024;

/// One step from a schema to the next. Append only: journals in the field have taken the
/// earlier ones as they stand.
struct Migration {
    sql: &'static str,
}

const MIGRATIONS: &[Migration] = &[
    // The beginning. Wire entries of both kinds share one sequence of numbers; nothing but
    // the number is indexed, because every index is paid for before a webhook is answered.
    // Bodies stay the bytes they were; times are Unix milliseconds, spans nanoseconds.
    Migration {
        sql: "
        CREATE TABLE hook (
            id INTEGER PRIMARY KEY,
            at INTEGER NOT NULL,
            verdict TEXT NOT NULL,
            status INTEGER NOT NULL,
            kind TEXT,
            conversation TEXT,
            sequence INTEGER,
            headers TEXT NOT NULL,
            body BLOB NOT NULL
        );
        CREATE TABLE call (
            id INTEGER PRIMARY KEY,
            serial INTEGER NOT NULL,
            request INTEGER,
            conversation TEXT,
            purpose TEXT NOT NULL,
            method TEXT NOT NULL,
            url TEXT NOT NULL,
            headers TEXT NOT NULL,
            body BLOB NOT NULL,
            attempt INTEGER NOT NULL,
            started INTEGER NOT NULL,
            elapsed INTEGER,
            reason TEXT,
            status INTEGER,
            waited INTEGER,
            answer_headers TEXT,
            answer_body BLOB
        );
        CREATE TABLE item (
            thread INTEGER NOT NULL,
            number INTEGER NOT NULL,
            place_thread INTEGER NOT NULL,
            place_dialog INTEGER NOT NULL,
            place_sequence INTEGER NOT NULL,
            place_number INTEGER NOT NULL,
            data TEXT NOT NULL,
            PRIMARY KEY (thread, number)
        ) WITHOUT ROWID;
        CREATE INDEX item_place
            ON item (place_thread, place_dialog, place_sequence, place_number);
        CREATE TABLE thread (
            thread INTEGER PRIMARY KEY,
            conversation TEXT,
            state TEXT NOT NULL
        );
        CREATE TABLE link (
            entry INTEGER NOT NULL,
            thread INTEGER NOT NULL,
            number INTEGER NOT NULL,
            PRIMARY KEY (entry, thread, number)
        ) WITHOUT ROWID;
        CREATE INDEX link_item ON link (thread, number, entry);
        CREATE TABLE applied (
            one INTEGER PRIMARY KEY CHECK (one = 1),
            hook INTEGER NOT NULL
        );
        CREATE TABLE note (
            key TEXT PRIMARY KEY,
            value TEXT NOT NULL
        ) WITHOUT ROWID;
        ",
    },
    // To find the refused requests at the start; the cloud's own do not pay for it.
    Migration {
        sql: "CREATE INDEX hook_refused ON hook (id) WHERE verdict <> 'valid';",
    },
    // Several consumers: whose phone a call is of, who holds each phone, and which conversation
    // each dialog of a thread belongs to, so that past ones can be found again.
    Migration {
        sql: "
        ALTER TABLE call ADD COLUMN thread INTEGER;
        CREATE TABLE phone (
            thread INTEGER PRIMARY KEY,
            consumer TEXT NOT NULL UNIQUE,
            persona TEXT NOT NULL,
            open INTEGER NOT NULL
        );
        CREATE TABLE dialog (
            thread INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            conversation TEXT NOT NULL,
            dialog TEXT NOT NULL,
            PRIMARY KEY (thread, ordinal)
        ) WITHOUT ROWID;
        CREATE INDEX dialog_conversation ON dialog (conversation);
        ",
    },
    // The oldest events name their dialog alone.
    Migration {
        sql: "CREATE INDEX dialog_dialog ON dialog (dialog);",
    },
    // A past conversation with its wire, however long the journal. The index over webhooks is
    // paid for before an answer, about 5 µs each; without it a look at one conversation among a
    // million webhooks reads the whole file. What was talked about before dialogs were kept is
    // found in the states of the threads.
    Migration {
        sql: "
        CREATE INDEX hook_conversation ON hook (conversation) WHERE conversation IS NOT NULL;
        CREATE INDEX call_conversation ON call (conversation) WHERE conversation IS NOT NULL;
        CREATE INDEX call_thread ON call (thread) WHERE thread IS NOT NULL;
        INSERT OR IGNORE INTO dialog
            SELECT thread.thread, dialogs.value ->> 'ordinal', rooms.value ->> 'id',
                dialogs.value ->> 'id'
            FROM thread, json_each(thread.state, '$.rooms') AS rooms,
                json_each(rooms.value, '$.dialogs') AS dialogs
            WHERE dialogs.value ->> 'ordinal' IS NOT NULL AND rooms.value ->> 'id' IS NOT NULL
                AND dialogs.value ->> 'id' IS NOT NULL;
        ",
    },
    // How far the events of a relay have been kept, by what their numbers rise in.
    Migration {
        sql: "
        CREATE TABLE arrived (
            relay TEXT NOT NULL,
            account TEXT NOT NULL,
            scope TEXT NOT NULL,
            seq INTEGER NOT NULL,
            PRIMARY KEY (relay, account, scope)
        ) WITHOUT ROWID;
        ",
    },
];

/// The schema this handset writes.
pub(super) const LATEST: usize = MIGRATIONS.len();

/// An open journal file with the lock that keeps other processes out.
pub(super) struct Opened {
    /// The database.
    pub(super) db: Connection,
    /// Released when dropped, and by the system when the process dies. It has something in it
    /// from here until the journal is closed in order.
    pub(super) lock: File,
    /// What is not as it should be about the files, in words.
    pub(super) damage: Vec<String>,
    /// Whether what was written last is missing, and nobody was told yet who goes on from here.
    is_lost: bool,
}

impl Opened {
    /// Notes that the journal is open. Who only looks leaves it to the next one to tell what is
    /// lost.
    pub(super) fn note(&mut self, only_looks: bool) {
        self.is_lost &= only_looks;
        let note = if self.is_lost { LOST } else { OPEN };
        // On a full disk this cannot be noted, and then nothing is told at the next start.
        let _ = (&self.lock)
            .rewind()
            .and_then(|()| (&self.lock).write_all(note));
    }

    /// Closes the database in order. As the last connection it folds the log and removes it; if
    /// it cannot, the next start does.
    pub(super) fn close(self) {
        if !self.is_lost {
            // If it cannot be said, the next start tells of a log that is rightly not there.
            let _ = self.lock.set_len(0);
        }
        drop(self.db);
        drop(self.lock);
    }
}

/// Opens a journal, makes it if there is none, and brings its tables up to date.
pub(super) fn open(path: &Path) -> Result<Opened, Error> {
    let unwritable = |cause| Error::Unwritable {
        path: path.to_owned(),
        cause: Arc::new(cause),
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        make_folder(folder).map_err(|cause| Error::Folder {
            path: folder.to_owned(),
            cause: Arc::new(cause),
        })?;
    }
    let lock = private(&lock_path(path)).map_err(unwritable)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::Locked {
                path: path.to_owned(),
            });
        }
        Err(TryLockError::Error(cause)) => return Err(unwritable(cause)),
    }
    // SQLite would make the file readable to all, and fall back to reading only.
    let mut damage = Vec::new();
    let file = private(path).map_err(unwritable)?;
    damage.extend(open_to_others(&file, "the journal", path));
    drop(file);
    let log = log_path(path);
    // Written by one that has not closed it; its log was there as long as it ran.
    let mut note = Vec::new();
    (&lock).read_to_end(&mut note).map_err(unwritable)?;
    let is_lost = note == LOST || (!note.is_empty() && !log.exists());
    if is_lost {
        damage.push(format!(
            "the journal's log {} is missing, and with it what was written last",
            log.display()
        ));
    }
    let unreadable = |cause| Error::Unreadable {
        path: path.to_owned(),
        cause: Arc::new(cause),
    };
    let mut db = Connection::open(path).map_err(unreadable)?;
    check(&db, path)?;
    prepare(&db).map_err(unreadable)?;
    migrate(&mut db).map_err(unreadable)?;
    Ok(Opened {
        db,
        lock,
        damage,
        is_lost,
    })
}

/// The log that SQLite writes beside a database.
fn log_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

fn lock_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

/// Refuses also those that an earlier handset has written: who only looks cannot migrate.
pub(super) fn check_current(db: &Connection, path: &Path) -> Result<(), Error> {
    let found = check(db, path)?;
    if found < LATEST {
        return Err(Error::Older {
            path: path.to_owned(),
            found,
            known: LATEST,
        });
    }
    Ok(())
}

/// Refuses files that are not a journal, or one of a later handset; gives the schema.
fn check(db: &Connection, path: &Path) -> Result<usize, Error> {
    let read = |sql| db.query_row(sql, (), |row| row.get::<_, i64>(0));
    let unreadable = |cause| Error::Unreadable {
        path: path.to_owned(),
        cause: Arc::new(cause),
    };
    let tables = read("SELECT count(*) FROM sqlite_schema").map_err(unreadable)?;
    let application = read("PRAGMA application_id").map_err(unreadable)?;
    if tables > 0 && application != i64::from(APPLICATION) {
        return Err(Error::Foreign {
            path: path.to_owned(),
        });
    }
    let found = read("PRAGMA user_version").map_err(unreadable)?;
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    if found > LATEST {
        return Err(Error::Newer {
            path: path.to_owned(),
            found,
            known: LATEST,
        });
    }
    Ok(found)
}

/// Settings of the connection. NORMAL in WAL mode survives a killed process whole; only a
/// power cut can take the last commits, and the cloud sends those again.
fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY)?;
    db.set_prepared_statement_cache_capacity(64);
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "journal_size_limit", LOG_KEPT)?;
    db.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    db.pragma_update(None, "temp_store", "MEMORY")
}

/// Takes the steps that are missing, all or none.
fn migrate(db: &mut Connection) -> rusqlite::Result<()> {
    let steps = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let version: i64 = steps.query_row("PRAGMA user_version", (), |row| row.get(0))?;
    let taken = usize::try_from(version).unwrap_or(0);
    for migration in MIGRATIONS.iter().skip(taken) {
        steps.execute_batch(migration.sql)?;
    }
    if taken < LATEST {
        steps.pragma_update(None, "application_id", APPLICATION)?;
        steps.pragma_update(None, "user_version", wire::signed(LATEST as u64))?;
    }
    steps.commit()
}
