//! The database file: its lock, its settings and its tables.

use std::{
    fs::File,
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::Connection;

use crate::{
    rt::sqlite::{OpenError, Schema, lock},
    store::Error,
};

/// How long to wait for a reader of another program, such as the sqlite3 shell; below the
/// time the cloud waits for an answer.
const BUSY: Duration = Duration::from_secs(2);
/// What the lock's file has in it while a journal is open.
const OPEN: &[u8] = b"open\n";
/// The same while what was written last is missing and that was not told yet.
const LOST: &[u8] = b"lost\n";

/// A journal. NORMAL survives a killed process whole; only a power cut can take the last commits,
/// and the cloud sends those again. The log is checkpointed beside the thread that writes, which
/// does it only past 64 MiB. The mark is "hand" in ASCII.
pub(super) const SCHEMA: Schema = Schema {
    name: "the journal",
    application: 0x6861_6e64,
    migrations: MIGRATIONS,
    synchronous: "NORMAL",
    is_exclusive: false,
    checkpoint_pages: 16 * 1024,
};

const MIGRATIONS: &[&str] = &[
    // The beginning. Wire entries of both kinds share one sequence of numbers; nothing but
    // the number is indexed, because every index is paid for before a webhook is answered.
    // Bodies stay the bytes they were; times are Unix milliseconds, spans nanoseconds.
    "
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
    // To find the refused requests at the start; the cloud's own do not pay for it.
    "CREATE INDEX hook_refused ON hook (id) WHERE verdict <> 'valid';",
    // Several consumers: whose phone a call is of, who holds each phone, and which conversation
    // each dialog of a thread belongs to, so that past ones can be found again.
    "
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
    // The oldest events name their dialog alone.
    "CREATE INDEX dialog_dialog ON dialog (dialog);",
    // A past conversation with its wire, however long the journal. The index over webhooks is
    // paid for before an answer, about 5 µs each; without it a look at one conversation among a
    // million webhooks reads the whole file. What was talked about before dialogs were kept is
    // found in the states of the threads.
    "
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
    // How far the events of a relay have been kept, by what their numbers rise in.
    "
        CREATE TABLE arrived (
            relay TEXT NOT NULL,
            account TEXT NOT NULL,
            scope TEXT NOT NULL,
            seq INTEGER NOT NULL,
            PRIMARY KEY (relay, account, scope)
        ) WITHOUT ROWID;
        ",
    // What is written and not sent, by the conversation it is for: "" before the first.
    "
        CREATE TABLE draft (
            thread INTEGER NOT NULL,
            conversation TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (thread, conversation)
        ) WITHOUT ROWID;
        ",
    // The same of agents, by their login names.
    "
        CREATE TABLE workspace_draft (
            agent TEXT NOT NULL,
            conversation TEXT NOT NULL,
            text TEXT NOT NULL,
            PRIMARY KEY (agent, conversation)
        ) WITHOUT ROWID;
        ",
];

/// Keeps other processes out. The system releases it when the process ends; it has something in it
/// from the opening until the journal is closed in order.
pub(super) struct JournalLock {
    file: File,
    /// Whether what was written last is missing, and nobody was told yet who goes on from here.
    is_lost: bool,
}

impl JournalLock {
    /// Notes that the journal is open. Who only looks leaves it to the next one to tell what is
    /// lost.
    pub(super) fn note(&mut self, only_looks: bool) {
        self.is_lost &= only_looks;
        let note = if self.is_lost { LOST } else { OPEN };
        // On a full disk this cannot be noted, and then nothing is told at the next start.
        let _ = (&self.file)
            .rewind()
            .and_then(|()| (&self.file).write_all(note));
    }

    /// Closes the database in order. As the last connection it checkpoints the log and removes it;
    /// if it cannot, the next start does.
    pub(super) fn close(self, db: Connection) {
        if !self.is_lost {
            // If it cannot be said, the next start tells of a log that is rightly not there.
            let _ = self.file.set_len(0);
        }
        drop(db);
    }
}

/// Opens a journal, makes it if there is none, and brings its tables up to date; the words tell
/// what is not as it should be about the files.
pub(super) fn open(path: &Path) -> Result<(Connection, JournalLock, Vec<String>), Error> {
    let failed = |cause| Error::opening(path, cause);
    let file = lock(&beside(path, ".lock")).map_err(failed)?;
    // Written by one that has not closed it; its log was there as long as it ran.
    let mut note = Vec::new();
    let read = (&file).read_to_end(&mut note);
    read.map_err(|cause| failed(OpenError::File(cause)))?;
    let log = beside(path, "-wal");
    let is_lost = note == LOST || (!note.is_empty() && !log.exists());
    let (db, warning) = SCHEMA.open(path, BUSY).map_err(failed)?;
    let lost = is_lost.then(|| {
        format!(
            "the journal's log {} is missing, and with it what was written last",
            log.display()
        )
    });
    let damage = warning.into_iter().chain(lost).collect();
    Ok((db, JournalLock { file, is_lost }, damage))
}

/// A file beside the database.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

/// Rejects also those that an earlier handset has written: who only looks cannot migrate.
pub(super) fn check_current(db: &Connection, path: &Path) -> Result<(), Error> {
    let found = SCHEMA.version(db);
    let found = found.map_err(|cause| Error::opening(path, cause))?;
    let known = SCHEMA.latest();
    if found < known {
        return Err(Error::Older {
            path: path.to_owned(),
            found,
            known,
        });
    }
    Ok(())
}
