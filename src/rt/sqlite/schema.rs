//! Opening a database: whose it is, its settings, its tables.

use std::{
    fs::{File, TryLockError},
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, TransactionBehavior::Immediate};

use crate::rt::{
    files::{make_folder, open_to_others, private},
    sqlite::{Error, OpenError},
};

/// The write-ahead log is cut back to this after it has grown past it, in bytes.
const LOG_LEFT: i64 = 16 * 1024 * 1024;

/// What a kind of database is.
#[derive(Debug)]
pub struct Schema {
    /// What the file is called in words.
    pub name: &'static str,
    /// SQLite's `application_id`, which marks the file as of this kind.
    pub application: i32,
    /// The steps from each `user_version` to the next. Append only: files in the field have taken
    /// the earlier ones as they stand.
    pub migrations: &'static [&'static str],
    /// `NORMAL`: a commit survives the process. `FULL`: it survives a power cut too.
    pub synchronous: &'static str,
    /// Whether no other connection may open the file at the same time.
    pub is_exclusive: bool,
    /// A commit that finds the log longer than so many pages checkpoints it.
    pub checkpoint_pages: i64,
}

impl Schema {
    /// The `user_version` that this handset writes.
    pub const fn latest(&self) -> usize {
        self.migrations.len()
    }

    /// Opens a file, makes it for its owner alone if there is none, and brings its tables up to
    /// date. The second value tells in words that others can write to the file.
    ///
    /// Several programs may do so at the same time. SQLite refuses some of what that takes at
    /// once, whatever the busy timeout: the change to a write-ahead log, for one. So it is tried
    /// again for as long as the database is only busy.
    pub fn open(
        &self,
        path: &Path,
        busy: Duration,
    ) -> Result<(Connection, Option<String>), OpenError> {
        // SQLite would make the file readable to all, and fall back to reading only.
        let file = private(path).map_err(OpenError::File)?;
        let warning = open_to_others(&file, self.name, path);
        drop(file);
        let until = Instant::now() + busy;
        loop {
            match self.open_once(path, busy) {
                Err(OpenError::Sqlite(Error::Busy)) if Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(fastrand::u64(5..50)));
                }
                opened => return opened.map(|db| (db, warning)),
            }
        }
    }

    fn open_once(&self, path: &Path, busy: Duration) -> Result<Connection, OpenError> {
        let mut db = Connection::open(path)?;
        db.busy_timeout(busy)?;
        // Before anything is changed: it may be another program's.
        self.version(&db)?;
        // What need not survive a power cut waits for no disk while there is nothing to lose.
        let is_unsynced = self.synchronous == "NORMAL" && !has_tables(&db)?;
        self.set(&db, if is_unsynced { "OFF" } else { self.synchronous })?;
        self.migrate(&mut db)?;
        if is_unsynced {
            db.pragma_update(None, "synchronous", self.synchronous)?;
        }
        Ok(db)
    }

    /// One more connection to a file that is open, with the same settings.
    pub fn connect(&self, path: &Path, busy: Duration) -> rusqlite::Result<Connection> {
        let db = Connection::open(path)?;
        db.busy_timeout(busy)?;
        self.set(&db, self.synchronous)?;
        Ok(db)
    }

    /// The `user_version` of a database; refuses those of other programs and of a later handset.
    pub fn version(&self, db: &Connection) -> Result<usize, OpenError> {
        // In this order: tables and mark come in one commit, which may be another program's and come
        // between the two.
        let has_tables = has_tables(db)?;
        let application: i64 = read(db, "PRAGMA application_id")?;
        if has_tables && application != i64::from(self.application) {
            return Err(OpenError::Foreign);
        }
        let (found, known) = (user_version(db)?, self.latest());
        if found > known {
            return Err(OpenError::Newer { found, known });
        }
        Ok(found)
    }

    fn set(&self, db: &Connection, synchronous: &str) -> rusqlite::Result<()> {
        db.set_prepared_statement_cache_capacity(64);
        if self.is_exclusive {
            db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
        }
        db.pragma_update(None, "synchronous", synchronous)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "journal_size_limit", LOG_LEFT)?;
        db.pragma_update(None, "wal_autocheckpoint", self.checkpoint_pages)?;
        db.pragma_update(None, "temp_store", "MEMORY")
    }

    /// Takes the steps that are missing, all or none; two programs at once do it one after the
    /// other.
    fn migrate(&self, db: &mut Connection) -> rusqlite::Result<()> {
        let is_current = |db: &Connection| {
            Ok::<_, rusqlite::Error>(has_tables(db)? && user_version(db)? >= self.latest())
        };
        if is_current(db)? {
            return Ok(());
        }
        let steps = db.transaction_with_behavior(Immediate)?;
        for step in self.migrations.iter().skip(user_version(&steps)?) {
            steps.execute_batch(step)?;
        }
        steps.pragma_update(None, "application_id", self.application)?;
        let latest = i64::try_from(self.latest()).unwrap_or(i64::MAX);
        steps.pragma_update(None, "user_version", latest)?;
        steps.commit()
    }
}

fn has_tables(db: &Connection) -> rusqlite::Result<bool> {
    read(db, "SELECT EXISTS (SELECT 1 FROM sqlite_schema)")
}

fn user_version(db: &Connection) -> rusqlite::Result<usize> {
    let version: i64 = read(db, "PRAGMA user_version")?;
    Ok(usize::try_from(version).unwrap_or(usize::MAX))
}

fn read<T: rusqlite::types::FromSql>(db: &Connection, sql: &str) -> rusqlite::Result<T> {
    db.query_row(sql, (), |row| row.get(0))
}

/// Takes the lock that a file stands for, and makes the file and its folder if they are missing.
/// The system releases the lock when the process ends, however that happens.
pub fn lock(path: &Path) -> Result<File, OpenError> {
    let folder = path.parent().filter(|path| !path.as_os_str().is_empty());
    if let Some(path) = folder {
        make_folder(path).map_err(|cause| OpenError::Folder {
            path: path.to_owned(),
            cause,
        })?;
    }
    let file = private(path).map_err(OpenError::File)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked),
        Err(TryLockError::Error(cause)) => Err(OpenError::File(cause)),
    }
}
