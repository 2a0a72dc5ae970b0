//! The journal for those who only look: past conversations, their lines, their wire.
//!
//! A reader has a connection of its own, so that a long look delays no webhook,
//! and takes no lock, so that it may look while a handset runs. It never
//! changes the file, and all it tells is as it stood at one moment.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::tz::TimeZone;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use serde_json::Value;

use crate::{
    domain::{
        exchange::Entry,
        ids::{ConversationId, EntryId, ItemId, PhoneId},
        line::{Line, Place},
        past::{PastConversation, SearchResult},
    },
    store::{Error, JournalSize, damage::Damage, past, phone, reload, schema, search, size, wire},
};

/// How long a look waits while another connection recovers the log.
const BUSY: Duration = Duration::from_secs(2);

/// A look into a journal.
#[derive(Debug)]
pub struct Reader {
    db: Connection,
    path: PathBuf,
}

/// What conversations are searched for.
#[derive(Debug, Clone)]
pub struct Search {
    /// The words, of which a conversation has to have each somewhere; none for all conversations.
    pub words: String,
    /// Where days are told in.
    pub zone: TimeZone,
    /// How long it may take. What was found until then is the result.
    pub patience: Duration,
}

/// Which entries of the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    All,
    /// Those of one conversation.
    Conversation(ConversationId),
    /// Those of one phone.
    Phone(PhoneId),
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

    /// How much it holds.
    pub fn size(&self) -> Result<JournalSize, Error> {
        self.read(|db| size::size(db, &self.path))
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

    /// Who holds a phone, as [`Save::phones`](crate::store::Save::phones) has it.
    pub fn persona(&self, phone: PhoneId) -> Result<Option<Value>, Error> {
        self.read(|db| {
            db.query_row(
                "SELECT persona FROM phone WHERE thread = ?1",
                [phone],
                |row| Ok(Damage::default().read("phone", row.get_ref(0)?)),
            )
            .optional()
            .map(Option::flatten)
        })
    }

    /// The conversations that a search finds, all when it has no words.
    pub fn conversations(&self, search: &Search, limit: usize) -> Result<SearchResult, Error> {
        self.read(|db| search::conversations(db, search, limit))
    }

    /// The place of the next line of a phone that has all of the words: the newest before a place,
    /// or the oldest after it.
    pub fn find_line(
        &self,
        phone: PhoneId,
        words: &str,
        from: Option<Place>,
        up: bool,
    ) -> Result<Option<Place>, Error> {
        self.read(|db| search::find_line(db, phone, words, from, up))
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
    ) -> Result<Vec<Line>, Error> {
        self.read(|db| past::lines_after(db, conversation, after, limit))
    }

    /// The last lines of a conversation, oldest first.
    pub fn last_lines(
        &self,
        conversation: &ConversationId,
        limit: usize,
    ) -> Result<Vec<Line>, Error> {
        self.read(|db| past::last_lines(db, conversation, limit))
    }

    /// Lines of a phone before a place, newest first; `None` begins at the newest.
    pub fn phone_lines(
        &self,
        phone: PhoneId,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Line>, Error> {
        let damage = Damage::default();
        self.read(|db| phone::items_before(db, &damage, phone, before, limit))
    }

    /// Lines of a phone after a place, oldest first; `None` begins at the first.
    pub fn phone_lines_after(
        &self,
        phone: PhoneId,
        after: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Line>, Error> {
        self.read(|db| reload::after(db, phone, after, limit))
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
            Scope::Phone(phone) => {
                let ids = past::entries_of_phone(db, *phone, before, limit)?;
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
