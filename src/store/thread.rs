//! What the journal's thread writes, and whom it tells.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use crate::{
    domain::{
        exchange::Exchange,
        ids::EntryId,
        inbound::{Hook, Verdict},
        relay::Origin,
    },
    rt::{
        sqlite::{self, Checkpoints, State, transaction},
        world_clock::Hold,
    },
    store::{
        Arrived, Error, feed::Outlet, phone::Written, rejected::Rejected, relayed,
        schema::JournalLock, wire,
    },
};

/// Who waits for a job.
type Done<T> = oneshot::Sender<Result<T, Error>>;

/// Something to write, with who waits for it.
pub(super) enum Write {
    /// A webhook request; gets its number at insertion.
    Hook {
        hook: Arc<Hook>,
        headers: String,
        id: Option<EntryId>,
        done: Done<EntryId>,
    },
    /// A webhook request that a relay handed on; stored if it is the next of its origin.
    Relayed {
        hook: Arc<Hook>,
        headers: String,
        origin: Origin,
        arrived: Option<Arrived>,
        done: Done<Arrived>,
    },
    /// The request of this number was stored too late to be answered as it says.
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
        done: Done<()>,
    },
    /// A value of its own.
    Note {
        key: String,
        value: String,
        done: Done<()>,
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

/// What the journal's thread works with.
pub(super) struct JournalThread {
    pub(super) lock: JournalLock,
    pub(super) path: Arc<Path>,
    pub(super) numbers: Arc<AtomicU64>,
    pub(super) outlet: Outlet,
    pub(super) checkpoints: Checkpoints,
    pub(super) rejected: Rejected,
    pub(super) trouble: watch::Sender<Option<Error>>,
    pub(super) batch: Batch,
}

/// What is left to do for the jobs of a batch that are resolved.
#[derive(Default)]
pub(super) struct Batch {
    hooks: Vec<(EntryId, Arc<Hook>)>,
    /// From before a webhook is answered until it is offered to the feed.
    hold: Option<Hold>,
    unanswered: Vec<EntryId>,
    bytes: usize,
    /// Why the last of them failed.
    failed: Option<Error>,
}

impl JournalThread {
    fn insert_hook(
        &mut self,
        db: &Connection,
        hook: &Hook,
        headers: &str,
    ) -> rusqlite::Result<EntryId> {
        let id = EntryId(self.numbers.fetch_add(1, Ordering::Relaxed));
        wire::insert_hook(db, id, hook, headers)?;
        if hook.verdict != Verdict::Valid {
            self.rejected
                .add(id, hook.request.body.len() + headers.len());
        }
        Ok(id)
    }
}

impl State for JournalThread {
    type Job = Write;

    fn apply(&mut self, db: &Connection, job: &mut Write) -> Result<(), sqlite::Error> {
        match job {
            Write::Hook {
                hook, headers, id, ..
            } => *id = Some(self.insert_hook(db, hook, headers)?),
            Write::Relayed {
                hook,
                headers,
                origin,
                arrived,
                ..
            } => {
                *arrived = Some(match relayed::advance(db, origin)? {
                    Some(not) => not,
                    None => Arrived::Stored(self.insert_hook(db, hook, headers)?),
                });
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
                    .execute([&*key, &*value])?;
            }
        }
        Ok(())
    }

    fn finish(&mut self, db: &Connection) -> rusqlite::Result<()> {
        self.rejected.make_room(db)
    }

    fn committed(&mut self) {
        self.rejected.committed();
    }

    fn rolled_back(&mut self) {
        self.rejected.rolled_back();
    }

    /// A webhook request whose peer has had its 503 by now stays, but says so: it is the cloud's
    /// all the same, and the engine knows its repetition by the sequence.
    fn resolve(&mut self, job: Write, outcome: Result<(), sqlite::Error>) {
        let outcome = outcome.map_err(|cause| Error::writing(&self.path, cause));
        let batch = &mut self.batch;
        batch.failed = outcome.clone().err();
        if outcome.is_ok() {
            batch.bytes += job.weight();
        }
        // The caller may have stopped waiting.
        match job {
            Write::Hook {
                mut hook, id, done, ..
            } => {
                let answer = outcome.and_then(|()| id.ok_or(Error::Closed));
                let is_stored = answer.is_ok();
                batch.hold = batch.hold.take().or_else(|| self.outlet.hold());
                let is_told = done.send(answer).is_ok();
                if let Some(id) = id.filter(|_| is_stored) {
                    if !is_told {
                        Arc::make_mut(&mut hook).status = wire::UNANSWERED;
                        batch.unanswered.push(id);
                    }
                    batch.hooks.push((id, hook));
                }
            }
            Write::Relayed {
                hook,
                arrived,
                done,
                ..
            } => {
                let answer = outcome.and_then(|()| arrived.ok_or(Error::Closed));
                if let Ok(Arrived::Stored(id)) = answer {
                    batch.hooks.push((id, hook));
                }
                // The relay sends it another time, and learns then that it is stored.
                let _ = done.send(answer);
            }
            Write::Phone { done, .. } | Write::Note { done, .. } => drop(done.send(outcome)),
            Write::Call { .. } | Write::Unanswered(_) => {}
        }
    }

    /// Offers the webhook requests to the feed, and lets it be known how the batch ended for those
    /// that do not wait.
    fn after_jobs(&mut self, db: &Connection) {
        let batch = std::mem::take(&mut self.batch);
        if !batch.unanswered.is_empty() {
            let marked = transaction(db, || {
                let mut ids = batch.unanswered.iter();
                Ok(ids.try_for_each(|id| wire::mark_unanswered(db, *id))?)
            });
            if let Err(cause) = marked {
                tracing::warn!(%cause, "cannot note that webhooks were answered 503");
            }
        }
        self.outlet.offer(batch.hooks);
        drop(batch.hold);
        self.checkpoints.wrote(batch.bytes);
        if let Some(error) = batch.failed {
            self.trouble.send_replace(Some(error));
        } else {
            self.trouble
                .send_if_modified(|trouble| trouble.take().is_some());
        }
    }

    fn close(self, db: Connection) {
        self.checkpoints.end();
        self.lock.close(db);
    }
}
