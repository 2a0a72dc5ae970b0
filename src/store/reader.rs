//! The journal for those who only look: past conversations, their lines, their wire.
//!
//! A reader has a connection of its own, so that a long look delays no webhook,
//! and takes no lock, so that it may look while a handset runs. It never
//! changes the file, and all it tells is as it stood at one moment.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde_json::Value;

use crate::{
    domain::{
        exchange::Entry,
        ids::{ConversationId, EntryId, ItemId},
        item::{Item, Place},
        text::SafeText,
        time::Timestamp,
    },
    store::{Error, damage::Damage, past, phone, reload, schema, wire},
};

/// How long a look waits while another connection recovers the log.
const BUSY: Duration = Duration::from_secs(2);
/// A search ends after this with what it has found so far.
const PATIENCE: Duration = Duration::from_secs(10);

/// A look into a journal.
#[derive(Debug)]
pub struct Reader {
    db: Connection,
    path: PathBuf,
}

/// A conversation the journal has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastConversation {
    /// Whose thread it belongs to.
    pub thread: u32,
    /// What the consumer is called; empty when the journal does not know.
    pub consumer: SafeText,
    /// Its id.
    pub conversation: ConversationId,
    /// When its first line was written.
    pub began: Timestamp,
    /// How many lines it has.
    pub lines: u64,
    /// The first words of the consumer, else of anybody.
    pub opening: SafeText,
}

/// Which entries of the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Those of one conversation.
    Conversation(ConversationId),
    /// Those of one consumer's thread.
    Thread(u32),
}

impl Reader {
    /// Looks into the journal in a file, as it stands now. Blocks for as long as the disk takes.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if !path.exists() {
            return Err(Error::Missing {
                path: path.to_owned(),
            });
        }
        let unreadable = |cause: rusqlite::Error| Error::opening(path, cause.into());
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(unreadable)?;
        db.busy_timeout(BUSY).map_err(unreadable)?;
        // One transaction for good: it is the moment that is looked at.
        db.execute_batch("BEGIN").map_err(unreadable)?;
        schema::check_current(&db, path)?;
        Ok(Self {
            db,
            path: path.to_owned(),
        })
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The number of its schema.
    pub fn schema(&self) -> usize {
        schema::SCHEMA.latest()
    }

    /// The value kept under a name.
    pub fn note(&self, key: &str) -> Result<Option<String>, Error> {
        self.read(|db| {
            db.query_row("SELECT value FROM note WHERE key = ?1", [key], |row| {
                row.get(0)
            })
            .optional()
        })
    }

    /// Who holds the phone of a thread, as [`Save::phones`](crate::store::Save::phones) has it.
    pub fn persona(&self, thread: u32) -> Result<Option<Value>, Error> {
        self.read(|db| {
            db.query_row(
                "SELECT persona FROM phone WHERE thread = ?1",
                [thread],
                |row| Ok(Damage::default().read("phone", row.get_ref(0)?)),
            )
            .optional()
            .map(Option::flatten)
        })
    }

    /// Conversations, newest first: those that have the needle in a line or in the wire, all when
    /// it is empty. Upper and lower case of ASCII letters are the same. A search that takes too
    /// long gives what it has found among the newest.
    pub fn conversations(
        &self,
        needle: &str,
        limit: usize,
    ) -> Result<Vec<PastConversation>, Error> {
        let until = Instant::now() + PATIENCE;
        self.read(|db| past::conversations(db, needle, limit, until))
    }

    /// One conversation; `None` when the journal does not have it.
    pub fn conversation(&self, id: &ConversationId) -> Result<Option<PastConversation>, Error> {
        self.read(|db| past::conversation(db, id))
    }

    /// The lines of a conversation after a place, oldest first; `None` begins at the first.
    pub fn lines(
        &self,
        conversation: &ConversationId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Item>, Error> {
        self.read(|db| past::lines_after(db, conversation, after, limit))
    }

    /// The last lines of a conversation, oldest first.
    pub fn last_lines(
        &self,
        conversation: &ConversationId,
        limit: usize,
    ) -> Result<Vec<Item>, Error> {
        self.read(|db| past::last_lines(db, conversation, limit))
    }

    /// Lines of a thread before a place, newest first; `None` begins at the newest.
    pub fn thread_lines(
        &self,
        thread: u32,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Item>, Error> {
        let damage = Damage::default();
        self.read(|db| phone::items_before(db, &damage, &(thread..=thread), before, limit))
    }

    /// Lines of a thread after a place, oldest first; `None` begins at the first.
    pub fn thread_lines_after(
        &self,
        thread: u32,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Item>, Error> {
        self.read(|db| reload::after(db, thread, after, limit))
    }

    /// Entries before one, newest first; `None` begins at the newest.
    ///
    /// A page may be shorter than `limit` when its bodies are large; it is empty only at the end.
    pub fn entries(
        &self,
        scope: &Scope,
        before: Option<EntryId>,
        limit: usize,
    ) -> Result<Vec<Entry>, Error> {
        self.read(|db| match scope {
            Scope::All => wire::entries_before(db, before, limit),
            Scope::Conversation(id) => {
                let ids = past::entries_of_conversation(db, id, before, limit)?;
                wire::entries(db, &ids)
            }
            Scope::Thread(thread) => {
                let ids = past::entries_of_thread(db, *thread, before, limit)?;
                wire::entries(db, &ids)
            }
        })
    }

    /// The wire of a conversation after an entry, oldest first: what is its own, and the calls
    /// that served it without naming it, such as those for tokens and the one that opened it.
    ///
    /// Pages end as those of [`entries`](Self::entries).
    pub fn wire(
        &self,
        conversation: &ConversationId,
        after: Option<EntryId>,
        limit: usize,
    ) -> Result<Vec<Entry>, Error> {
        self.read(|db| {
            let ids = past::wire_after(db, conversation, after, limit)?;
            wire::entries(db, &ids)
        })
    }

    /// The lines of the phone an entry belongs to.
    pub fn linked(&self, entry: EntryId) -> Result<Vec<ItemId>, Error> {
        self.read(|db| phone::items_of(db, entry))
    }

    fn read<R>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<R>) -> Result<R, Error> {
        read(&self.db).map_err(|cause| Error::reading(&self.path, cause.into()))
    }
}
