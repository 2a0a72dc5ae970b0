//! The journal's thread: takes jobs, commits them together, answers, hands on.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    domain::{
        exchange::Exchange,
        ids::EntryId,
        inbound::{Hook, Verdict},
        relay::Origin,
    },
    store::{
        Arrived, Error, feed::Outlet, folding::Folding, phone::Written, refused::Refused, relayed,
        schema::Opened, wire,
    },
};

/// Jobs that share one transaction at most; what waits longer takes the next one.
const BATCH: usize = 512;

/// Something for the journal's thread to do.
pub(super) enum Job {
    /// Keep something; answered after the commit.
    Write(Write),
    /// Read something; done after the writes that wait with it.
    Read(Box<dyn FnOnce(&Connection) + Send>),
    /// End, after everything that was asked before; answered when the file is free.
    Close(oneshot::Sender<()>),
}

/// Something to keep, with who waits for it.
pub(super) enum Write {
    /// A webhook request; gets its number at insertion.
    Hook {
        hook: Arc<Hook>,
        headers: String,
        done: oneshot::Sender<Result<EntryId, Error>>,
    },
    /// A webhook request that a relay handed on; kept if it is the next of its origin.
    Relayed {
        hook: Arc<Hook>,
        headers: String,
        origin: Origin,
        done: oneshot::Sender<Result<Arrived, Error>>,
    },
    /// The request of this number was kept too late to be answered as it says.
    Unanswered(EntryId),
    /// A call of ours or its outcome; nobody waits.
    Call {
        id: EntryId,
        call: Box<Exchange>,
        headers: String,
        answer_headers: Option<String>,
    },
    /// A step of the phone.
    Phone {
        written: Box<Written>,
        done: oneshot::Sender<Result<(), Error>>,
    },
    /// A value of its own.
    Note {
        key: String,
        value: String,
        done: oneshot::Sender<Result<(), Error>>,
    },
}

impl Write {
    /// What it adds to the file, roughly, in bytes.
    fn weight(&self) -> usize {
        match self {
            Self::Hook { hook, headers, .. } | Self::Relayed { hook, headers, .. } => {
                hook.request.body.len() + headers.len()
            }
            Self::Call { call, headers, .. } => call.body.len() + headers.len(),
            Self::Phone { written, .. } => written.weight(),
            Self::Note { value, .. } => value.len(),
            Self::Unanswered(_) => 0,
        }
    }
}

/// Owns the database; lives on a thread of its own.
pub(super) struct Worker {
    pub(super) opened: Opened,
    pub(super) path: Arc<Path>,
    pub(super) jobs: mpsc::Receiver<Job>,
    pub(super) numbers: Arc<AtomicU64>,
    pub(super) outlet: Outlet,
    pub(super) folding: Folding,
    pub(super) refused: Refused,
    pub(super) trouble: watch::Sender<Option<Error>>,
}

impl Worker {
    /// Works until it is told to close, or until nobody is left to ask.
    pub(super) fn run(mut self) {
        let mut writes = Vec::new();
        let mut reads = Vec::new();
        let mut closing = None;
        while let Some(first) = self.jobs.blocking_recv() {
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Write(write) => writes.push(write),
                    Job::Read(read) => reads.push(read),
                    Job::Close(done) => {
                        closing = Some(done);
                        break;
                    }
                }
                if writes.len() + reads.len() >= BATCH {
                    break;
                }
                next = self.jobs.try_recv().ok();
            }
            self.keep(&mut writes);
            for read in reads.drain(..) {
                read(&self.opened.db);
            }
            if closing.is_some() {
                break;
            }
        }
        let Self {
            opened,
            jobs,
            folding,
            ..
        } = self;
        drop(jobs);
        folding.end();
        opened.close();
        if let Some(done) = closing {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    /// Commits what waits in one transaction; if that is refused, each by itself, so that one
    /// cannot spoil the others.
    fn keep(&mut self, writes: &mut Vec<Write>) {
        if writes.is_empty() {
            return;
        }
        match self.commit(writes) {
            Ok(all) => self.settle(writes.drain(..), &all),
            Err(cause) if writes.len() == 1 => self.refuse(writes.drain(..), &cause),
            Err(_) => {
                for write in std::mem::take(writes) {
                    match self.commit(std::slice::from_ref(&write)) {
                        Ok(all) => self.settle([write], &all),
                        Err(cause) => self.refuse([write], &cause),
                    }
                }
            }
        }
    }

    /// One transaction; gives what became of the webhook requests in it, in their order.
    fn commit(&mut self, writes: &[Write]) -> Result<Vec<Arrived>, Error> {
        let db = &self.opened.db;
        let mut refused = Vec::new();
        let mut transact = || {
            let mut all = Vec::with_capacity(writes.len());
            db.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
            for write in writes {
                let arrived = self.apply(write)?;
                if let (
                    Write::Hook { hook, .. } | Write::Relayed { hook, .. },
                    Some(Arrived::Kept(id)),
                ) = (write, arrived)
                    && hook.verdict != Verdict::Valid
                {
                    refused.push((id, write.weight()));
                }
                all.extend(arrived);
            }
            let dropped = self.refused.make_room(db, &refused)?;
            db.prepare_cached("COMMIT")?.execute(())?;
            Ok((all, dropped))
        };
        let committed = transact().map_err(|cause: rusqlite::Error| {
            if !db.is_autocommit() {
                // Nothing more can be done if even this is refused; the next BEGIN tells.
                let _ = db.execute_batch("ROLLBACK");
            }
            Error::Write {
                path: self.path.to_path_buf(),
                cause: Arc::new(cause),
            }
        });
        let (all, dropped) = committed?;
        self.refused.settle(&refused, dropped);
        Ok(all)
    }

    fn apply(&self, write: &Write) -> rusqlite::Result<Option<Arrived>> {
        let db = &self.opened.db;
        match write {
            Write::Hook { hook, headers, .. } => {
                let id = EntryId(self.numbers.fetch_add(1, Ordering::Relaxed));
                wire::insert_hook(db, id, hook, headers)?;
                return Ok(Some(Arrived::Kept(id)));
            }
            Write::Relayed {
                hook,
                headers,
                origin,
                ..
            } => {
                if let Some(not) = relayed::advance(db, origin)? {
                    return Ok(Some(not));
                }
                let id = EntryId(self.numbers.fetch_add(1, Ordering::Relaxed));
                wire::insert_hook(db, id, hook, headers)?;
                return Ok(Some(Arrived::Kept(id)));
            }
            Write::Call {
                id,
                call,
                headers,
                answer_headers,
            } => wire::upsert_call(db, *id, call, headers, answer_headers.as_deref())?,
            Write::Phone { written, .. } => written.apply(db)?,
            Write::Unanswered(id) => wire::mark_unanswered(db, *id)?,
            Write::Note { key, value, .. } => {
                db.prepare_cached("INSERT OR REPLACE INTO note VALUES (?1, ?2)")?
                    .execute([key, value])?;
            }
        }
        Ok(None)
    }

    /// Answers after a commit, then offers the webhook requests to the feed.
    ///
    /// A webhook request whose peer has had its 503 by now stays, but says so: it is the
    /// cloud's all the same, and the engine knows its repetition by the sequence.
    fn settle(&mut self, writes: impl IntoIterator<Item = Write>, all: &[Arrived]) {
        let mut arrived = all.iter().copied();
        let mut hooks = Vec::with_capacity(all.len());
        let mut unanswered = Vec::new();
        let mut bytes = 0;
        for write in writes {
            bytes += write.weight();
            match write {
                Write::Hook { mut hook, done, .. } => {
                    if let Some(Arrived::Kept(id)) = arrived.next() {
                        if done.send(Ok(id)).is_err() {
                            Arc::make_mut(&mut hook).status = wire::UNANSWERED;
                            unanswered.push(Write::Unanswered(id));
                        }
                        hooks.push((id, hook));
                    }
                }
                Write::Relayed { hook, done, .. } => {
                    if let Some(arrived) = arrived.next() {
                        // Whoever asked may be gone: the relay will hear of it another time.
                        let _ = done.send(Ok(arrived));
                        if let Arrived::Kept(id) = arrived {
                            hooks.push((id, hook));
                        }
                    }
                }
                Write::Phone { done, .. } | Write::Note { done, .. } => {
                    // Whoever asked may have stopped waiting.
                    let _ = done.send(Ok(()));
                }
                Write::Call { .. } | Write::Unanswered(_) => {}
            }
        }
        if !unanswered.is_empty()
            && let Err(cause) = self.commit(&unanswered)
        {
            tracing::warn!(%cause, "cannot note that webhooks were answered 503");
        }
        self.outlet.offer(hooks);
        self.folding.wrote(bytes);
        self.trouble
            .send_if_modified(|trouble| trouble.take().is_some());
    }

    /// Answers after a refused commit, and lets it be known for those that do not wait.
    fn refuse(&self, writes: impl IntoIterator<Item = Write>, cause: &Error) {
        for write in writes {
            match write {
                Write::Hook { done, .. } => drop(done.send(Err(cause.clone()))),
                Write::Relayed { done, .. } => drop(done.send(Err(cause.clone()))),
                Write::Phone { done, .. } | Write::Note { done, .. } => {
                    let _ = done.send(Err(cause.clone()));
                }
                Write::Call { .. } | Write::Unanswered(_) => {}
            }
        }
        self.trouble.send_replace(Some(cause.clone()));
    }
}
