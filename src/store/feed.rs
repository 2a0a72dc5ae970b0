//! Webhook requests on their way from the journal to the engine.
//!
//! The queue between them is only a short cut. When it is full, or a body is
//! large, the request stays in the journal alone; the reader sees the gap in
//! the numbers and reads pages until it has caught up. So each request comes
//! once and in order, and a reader that has stopped costs neither memory nor
//! a moment of anybody's time.

use std::{
    collections::VecDeque,
    path::Path,
    sync::{Arc, OnceLock},
};

use tokio::sync::{mpsc, watch};

use crate::{
    domain::{ids::EntryId, inbound::Hook},
    rt::{
        sqlite::WeakWriter,
        world_clock::{Hold, WorldAlarm},
    },
    store::{Error, thread::JournalThread, wire},
};

/// Requests that wait in memory. When it is full the request is left to the journal.
const QUEUE: usize = 256;
/// Larger bodies are always left to the journal, which bounds the queue's memory at 16 MiB.
const LARGE: usize = 64 * 1024;
/// Requests per page while catching up.
const PAGE: usize = 128;

/// Where a [`Feed`] begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After the last one the saved phone contains: what a crash left unapplied comes first.
    Cursor,
    /// After the last one said to be listed; at the very first start, with the next one to come
    /// in. For a journal without a phone, whose cursor is [`Save::cursor`](crate::store::Save::cursor)
    /// alone.
    Listed,
    /// With the next one to come in.
    Newest,
    /// After a given one.
    After(EntryId),
}

/// A request with its number and that of the one before it.
struct Fed {
    before: EntryId,
    id: EntryId,
    hook: Arc<Hook>,
}

pub(super) struct Outlet {
    queue: mpsc::Sender<Fed>,
    newest: watch::Sender<EntryId>,
    bell: Arc<OnceLock<Arc<WorldAlarm>>>,
}

/// The reader's end: every webhook request once, in the order of the journal, refused ones too.
pub struct Feed {
    queue: mpsc::Receiver<Fed>,
    newest: watch::Receiver<EntryId>,
    bell: Arc<OnceLock<Arc<WorldAlarm>>>,
    writer: WeakWriter<JournalThread>,
    path: Arc<Path>,
    page: VecDeque<(EntryId, Arc<Hook>)>,
    last: EntryId,
}

impl Outlet {
    /// Has jumps of the reader's time wait until something is offered.
    pub(super) fn hold(&self) -> Option<Hold> {
        self.bell.get().map(|alarm| alarm.hold())
    }

    /// Offers what was committed. Never waits: what finds no room stays in the journal.
    pub(super) fn offer(&mut self, hooks: Vec<(EntryId, Arc<Hook>)>) {
        let mut before = *self.newest.borrow();
        let Some(newest) = hooks.last().map(|(id, _)| *id) else {
            return;
        };
        for (id, hook) in hooks {
            if hook.request.body.len() <= LARGE {
                // Full or no reader: see above.
                let _ = self.queue.try_send(Fed { before, id, hook });
            }
            before = id;
        }
        // Last, so that a reader of the number finds in the queue what will ever be there.
        self.newest.send_replace(newest);
        if let Some(alarm) = self.bell.get() {
            alarm.ring();
        }
    }
}

impl Feed {
    /// Both ends, for a journal whose newest request is `newest`; the reader begins after `last`.
    pub(super) fn new(
        newest: EntryId,
        last: EntryId,
        writer: WeakWriter<JournalThread>,
        path: Arc<Path>,
    ) -> (Outlet, Self) {
        let (sender, queue) = mpsc::channel(QUEUE);
        let (newest_sender, newest) = watch::channel(newest);
        let bell = Arc::<OnceLock<_>>::default();
        let outlet = Outlet {
            queue: sender,
            newest: newest_sender,
            bell: Arc::clone(&bell),
        };
        let feed = Self {
            queue,
            newest,
            bell,
            writer,
            path,
            page: VecDeque::new(),
            last,
        };
        (outlet, feed)
    }

    /// Has the alarm of the reader's task rung for what comes, before its peer is answered. The
    /// first alarm counts.
    pub fn ring(&self, alarm: &Arc<WorldAlarm>) {
        let _ = self.bell.set(Arc::clone(alarm));
    }

    /// Whether there is something to read that was committed already.
    pub fn is_behind(&self) -> bool {
        !self.page.is_empty() || self.last < *self.newest.borrow()
    }

    /// The next request; `None` once the journal is closed.
    ///
    /// What was not read by then comes first at the next start, if the cursor says so. Safe to
    /// cancel: a request is counted as delivered only when it is returned.
    pub async fn recv(&mut self) -> Result<Option<(EntryId, Arc<Hook>)>, Error> {
        loop {
            if let Some(next) = self.recv_ready().await? {
                return Ok(Some(next));
            }
            if self.newest.changed().await.is_err() {
                // The last ones may have come between the two looks.
                return self.recv_ready().await;
            }
        }
    }

    /// The next request among those committed already; `None` when there is none.
    pub async fn recv_ready(&mut self) -> Result<Option<(EntryId, Arc<Hook>)>, Error> {
        loop {
            if let Some((id, hook)) = self.page.pop_front() {
                self.last = id;
                return Ok(Some((id, hook)));
            }
            // Looked at before the queue: all up to here was offered to the queue earlier.
            let newest = *self.newest.borrow_and_update();
            let behind = match self.queue.try_recv() {
                Ok(fed) if fed.id <= self.last => continue,
                Ok(fed) if fed.before <= self.last => {
                    self.last = fed.id;
                    return Ok(Some((fed.id, fed.hook)));
                }
                // One in between is missing, and this one is in the journal too.
                Ok(_) => true,
                Err(_) => self.last < newest,
            };
            if !behind {
                return Ok(None);
            }
            match self.read_page().await {
                // Nothing is left there, as after a feed that began past the end.
                Ok(page) if page.is_empty() => self.last = self.last.max(newest),
                Ok(page) => self.page = page.into(),
                Err(Error::Closed) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    async fn read_page(&self) -> Result<Vec<(EntryId, Arc<Hook>)>, Error> {
        let writer = self.writer.upgrade().ok_or(Error::Closed)?;
        let after = self.last;
        let page = writer.read(move |db| wire::hooks_after(db, after, PAGE));
        page.await
            .map_err(|cause| Error::reading(&self.path, cause))
    }
}
