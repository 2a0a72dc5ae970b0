//! The handle others hold on the journal.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::{Connection, OptionalExtension};
use tokio::sync::{oneshot, watch};

use crate::{
    domain::{
        conversation::reload::Lacking,
        exchange::{Entry, Exchange, Outcome},
        ids::{EntryId, ItemId, PhoneId},
        inbound::{Hook, Request, Verdict},
        line::{Line, Place},
        workspace::view::WorkspaceDraft,
    },
    rt::sqlite::{self, Checkpoints, OpenError, Writer},
    store::{
        Counters, Error, Feed, Restored, Save, Start,
        damage::Damage,
        phone,
        rejected::Rejected,
        reload, schema,
        thread::{Batch, JournalThread, Write},
        wire::{self, headers_text},
    },
};

/// Jobs that wait for the journal's thread. When it is full, the caller waits for room.
const QUEUE: usize = 1024;
/// Jobs that share one transaction at most; what waits longer takes the next one.
const BATCH: usize = 512;
/// Calls under way whose number is remembered; past it the oldest is taken for abandoned.
const OPEN_CALLS: usize = 1024;

/// The journal. Cheap to clone; its thread ends with [`close`](Self::close) or with the last clone.
#[derive(Debug, Clone)]
pub struct Journal {
    writer: Writer<JournalThread>,
    path: Arc<Path>,
    numbers: Arc<AtomicU64>,
    /// By serial. Locked for a look-up only, never over an await.
    calls: Arc<Mutex<BTreeMap<u64, EntryId>>>,
    trouble: watch::Receiver<Option<Error>>,
    damage: Arc<Damage>,
}

impl Journal {
    /// Opens the journal in a file, making it and its folder if they are missing.
    ///
    /// At most one process holds a journal; a second one gets [`Error::Locked`].
    pub async fn open(path: &Path, start: Start) -> Result<(Self, Feed), Error> {
        let path = path.into();
        let opening = tokio::task::spawn_blocking(move || begin(&path, start));
        opening.await.unwrap_or(Err(Error::Closed))
    }

    /// Keeps a webhook request; its number comes back once it is committed.
    ///
    /// When the caller drops this before it has the number, because the peer has had its 503
    /// or is gone, the request may be kept all the same; its row then says 503.
    ///
    /// Of refused ones the journal keeps the newest 4096, and no more than 16 MiB of them; a
    /// [`Feed`] that is further behind than that misses the oldest.
    pub async fn hook(
        &self,
        request: Request,
        verdict: Verdict,
        status: u16,
    ) -> Result<EntryId, Error> {
        let headers = headers_text(&request.headers).map_err(encode)?;
        let hook = Arc::new(Hook::read(request, verdict, status));
        let (done, answer) = oneshot::channel();
        let write = Write::Hook {
            hook,
            headers,
            id: None,
            done,
        };
        let mut waiting = Waiting {
            answer,
            writer: &self.writer,
        };
        let handed_in = self.writer.commit(write).await;
        handed_in.map_err(|_| Error::Closed)?;
        (&mut waiting.answer).await.unwrap_or(Err(Error::Closed))
    }

    /// Keeps a call of ours: the first report of a serial adds it, the one with an outcome
    /// completes it, and both get the same number.
    ///
    /// Waits for room in the queue but not for the commit; a commit that is refused shows in
    /// [`trouble`](Self::trouble).
    pub async fn call(&self, call: Exchange) -> EntryId {
        let id = self.number_of(call.serial, call.outcome.is_some());
        let headers = headers_text(&call.headers);
        let answer_headers = match &call.outcome {
            Some(Outcome::Answered { headers, .. }) => headers_text(headers).map(Some),
            _ => Ok(None),
        };
        if let (Ok(headers), Ok(answer_headers)) = (headers, answer_headers) {
            let write = Write::Call {
                id,
                call: Box::new(call),
                headers,
                answer_headers,
            };
            // After closing there is nobody left to keep it.
            let _ = self.submit(write).await;
        }
        id
    }

    /// Keeps one step of the phone, whole or not at all; comes back once it is committed.
    pub async fn save(&self, save: Save) -> Result<(), Error> {
        let written = Box::new(phone::Written::new(save)?);
        self.write(|done| Write::Phone { written, done }).await
    }

    /// Keeps a value under a name. Not for tokens or secrets: the file is not encrypted.
    pub async fn put(&self, key: &str, value: &str) -> Result<(), Error> {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.write(|done| Write::Note { key, value, done }).await
    }

    /// The value kept under a name.
    pub async fn get(&self, key: &str) -> Result<Option<String>, Error> {
        let key = key.to_owned();
        self.read(move |db| {
            db.query_row("SELECT value FROM note WHERE key = ?1", [key], |row| {
                row.get(0)
            })
            .optional()
        })
        .await
    }

    /// The phone as it was last saved, without its lines.
    pub async fn restore(&self) -> Result<Restored, Error> {
        let damage = Arc::clone(&self.damage);
        self.read(move |db| phone::restore(db, &damage)).await
    }

    /// The numbers that a phone begins with whose state cannot be read.
    pub async fn counters(&self, phone: PhoneId) -> Result<Counters, Error> {
        self.read(move |db| phone::counters(db, phone)).await
    }

    /// What is written on a phone for a conversation and not sent; "" before the first.
    pub async fn draft(&self, phone: PhoneId, conversation: &str) -> Result<Option<String>, Error> {
        let conversation = conversation.to_owned();
        self.read(move |db| phone::draft(db, phone, &conversation))
            .await
    }

    /// What agents have written in the workspace and not sent.
    pub async fn workspace_drafts(&self) -> Result<Vec<WorkspaceDraft>, Error> {
        self.read(phone::workspace_drafts).await
    }

    /// What of the journal is lost, or open to others, as far as that was seen by now; in words.
    pub fn damage(&self) -> Vec<String> {
        self.damage.words()
    }

    /// Looks whether every line and every phone can be read, for [`damage`](Self::damage).
    pub async fn examine(&self) -> Result<(), Error> {
        let damage = Arc::clone(&self.damage);
        self.read(move |db| phone::examine(db, &damage)).await
    }

    /// Lines of a phone above a place, newest first; `None` begins at the newest.
    pub async fn items(
        &self,
        phone: PhoneId,
        before: Option<Place>,
        limit: usize,
    ) -> Result<Vec<Line>, Error> {
        let damage = Arc::clone(&self.damage);
        self.read(move |db| phone::items_before(db, &damage, phone, before, limit))
            .await
    }

    /// Lines of a phone that a conversation lacks; what is not there is left out.
    pub async fn reload(&self, phone: PhoneId, lacks: Vec<Lacking>) -> Result<Vec<Line>, Error> {
        self.read(move |db| reload::lines(db, phone, &lacks)).await
    }

    /// Entries of the wire before one, newest first; `None` begins at the newest.
    ///
    /// A page may be shorter than `limit` when its bodies are large; it is empty only at the end.
    pub async fn entries(
        &self,
        before: Option<EntryId>,
        limit: usize,
    ) -> Result<Vec<Entry>, Error> {
        self.read(move |db| wire::entries_before(db, before, limit))
            .await
    }

    /// The entries that belong to a line of the phone, oldest first.
    pub async fn links(&self, item: ItemId) -> Result<Vec<EntryId>, Error> {
        self.read(move |db| phone::entries_of(db, item)).await
    }

    /// The lines of the phone an entry belongs to.
    pub async fn linked(&self, entry: EntryId) -> Result<Vec<ItemId>, Error> {
        self.read(move |db| phone::items_of(db, entry)).await
    }

    /// Why the last commit was refused; `None` while all is well.
    pub fn trouble(&self) -> watch::Receiver<Option<Error>> {
        self.trouble.clone()
    }

    /// Where the journal is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Commits what was asked for so far, closes the file and frees it for others.
    ///
    /// What any clone asks for later gets [`Error::Closed`].
    pub async fn close(self) {
        self.writer.close().await;
    }

    /// Hands a job in; waits for room in the queue, in the order of asking.
    pub(super) async fn submit(&self, write: Write) -> Result<(), Error> {
        self.writer.submit(write).await.map_err(|_| Error::Closed)
    }

    async fn write<R>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<R, Error>>) -> Write,
    ) -> Result<R, Error> {
        let (done, answer) = oneshot::channel();
        self.submit(job(done)).await?;
        answer.await.unwrap_or(Err(Error::Closed))
    }

    pub(super) async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<R> + Send + 'static,
    ) -> Result<R, Error> {
        let read = self.writer.read(read).await;
        read.map_err(|cause| Error::reading(&self.path, cause))
    }

    /// The number of a call: a new one for its first report, the same for its last.
    fn number_of(&self, serial: u64, is_last: bool) -> EntryId {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let known = if is_last { calls.remove(&serial) } else { None };
        if let Some(id) = known {
            return id;
        }
        let id = EntryId(self.numbers.fetch_add(1, Ordering::Relaxed));
        if !is_last {
            calls.insert(serial, id);
            if calls.len() > OPEN_CALLS {
                calls.pop_first();
            }
        }
        id
    }
}

/// Waits for a webhook request to be kept.
struct Waiting<'a> {
    answer: oneshot::Receiver<Result<EntryId, Error>>,
    writer: &'a Writer<JournalThread>,
}

impl Drop for Waiting<'_> {
    /// Given up: from here on the journal's thread sees that nobody waits. Had it just
    /// answered, it is told now; if its queue is full, the row stays as it is.
    fn drop(&mut self) {
        self.answer.close();
        if let Ok(Ok(id)) = self.answer.try_recv() {
            self.writer.try_submit(Write::Unanswered(id));
        }
    }
}

/// Opens the file, makes the ends of every channel and starts the journal's thread.
fn begin(path: &Arc<Path>, start: Start) -> Result<(Journal, Feed), Error> {
    let (db, mut lock, found) = schema::open(path)?;
    let unreadable = |cause: rusqlite::Error| Error::opening(path, cause.into());
    let unwritable = |cause| Error::opening(path, OpenError::File(cause));
    let highest = wire::highest_number(&db).map_err(unreadable)?;
    let newest = wire::newest_hook(&db).map_err(unreadable)?;
    let rejected = Rejected::load(&db).map_err(unreadable)?;
    let last = match start {
        Start::Newest => newest,
        Start::After(entry) => entry,
        Start::Cursor => {
            let cursor = phone::cursor(&db).map_err(unreadable)?;
            cursor.unwrap_or(EntryId(0))
        }
        Start::Listed => phone::cursor_or(&db, newest).map_err(unreadable)?,
    };
    let damage = Arc::<Damage>::default();
    for words in found {
        damage.file(words);
    }
    lock.note(!matches!(start, Start::Cursor | Start::Listed));
    let (writer, queue) = sqlite::channel(QUEUE);
    let (outlet, feed) = Feed::new(newest, last, writer.downgrade(), Arc::clone(path));
    let (trouble_sender, trouble) = watch::channel(None);
    let checkpoints = Checkpoints::start("journal-log", path.to_path_buf()).map_err(unwritable)?;
    let numbers = Arc::new(AtomicU64::new(highest + 1));
    let phone = JournalThread {
        lock,
        path: Arc::clone(path),
        numbers: Arc::clone(&numbers),
        outlet,
        checkpoints,
        rejected,
        trouble: trouble_sender,
        batch: Batch::default(),
    };
    let served = queue.serve("journal", BATCH, db, phone);
    served.map_err(unwritable)?;
    let journal = Journal {
        writer,
        path: Arc::clone(path),
        numbers,
        calls: Arc::default(),
        trouble,
        damage,
    };
    Ok((journal, feed))
}

pub(super) fn encode(cause: serde_json::Error) -> Error {
    Error::Encode {
        cause: Arc::new(cause),
    }
}
