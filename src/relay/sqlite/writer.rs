//! The thread that writes: takes jobs, commits them together, answers, tells what changed.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
    path::PathBuf,
    sync::Arc,
};

use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::{
    domain::ids::AccountId,
    relay::{
        backend::{
            Appended, Change, Device, Error, Identity, Issued, Kept, Known, Loss, Retention,
        },
        sqlite::{
            books, events,
            job::{Job, refuse},
            room::{self, Swept},
            schema,
        },
    },
    rt::clock,
};

/// Jobs that share one transaction at most; what waits longer takes the next one.
const BATCH: usize = 256;

/// What came of a job.
enum Outcome {
    Appended(Option<u64>),
    Held(Device, bool),
    Known(Known),
    Identity(Identity),
    Lost(u64),
    Done,
}

/// What only the relay that serves a state has.
struct Serving {
    retention: Retention,
    changes: mpsc::Sender<Change>,
    /// Tickets as they were last told.
    tickets: HashMap<String, Issued>,
    /// Changes when another program has written.
    version: i64,
    /// Held until the thread ends.
    lock: File,
}

/// Owns the connection that writes.
pub(super) struct Writer {
    db: Connection,
    path: PathBuf,
    queue: mpsc::Receiver<Job>,
    accounts: HashMap<AccountId, i64>,
    serving: Option<Serving>,
}

impl Writer {
    /// A writer; the relay that serves the state gives what that needs.
    pub(super) fn new(
        db: Connection,
        path: PathBuf,
        queue: mpsc::Receiver<Job>,
        serving: Option<(File, Retention, mpsc::Sender<Change>)>,
    ) -> Self {
        let serving = serving.map(|(lock, retention, changes)| Serving {
            retention,
            changes,
            tickets: HashMap::new(),
            version: 0,
            lock,
        });
        Self {
            db,
            path,
            queue,
            accounts: HashMap::new(),
            serving,
        }
    }

    /// Works until it is told to close, or until nobody is left to ask.
    pub(super) fn run(mut self) {
        self.tell_all();
        let mut batch = Vec::new();
        let mut closing = None;
        while let Some(first) = self.queue.blocking_recv() {
            let (mut look, mut sweep) = (false, false);
            let mut next = Some(first);
            while let Some(job) = next {
                match job {
                    Job::Look { sweep: also } => {
                        look = true;
                        sweep |= also;
                    }
                    Job::Close(done) => {
                        closing = Some(done);
                        break;
                    }
                    job => batch.push(job),
                }
                if batch.len() >= BATCH {
                    break;
                }
                next = self.queue.try_recv().ok();
            }
            self.keep(&mut batch);
            if look {
                self.look();
            }
            self.sweep(sweep);
            if closing.is_some() {
                break;
            }
        }
        let Self {
            db, queue, serving, ..
        } = self;
        drop(queue);
        drop(db);
        drop(serving.map(|serving| serving.lock));
        if let Some(done) = closing {
            // Whoever asked may have stopped waiting.
            let _ = done.send(());
        }
    }

    /// Commits what waits in one transaction; if that is refused, each by itself, so that one
    /// cannot spoil the others.
    fn keep(&mut self, batch: &mut Vec<Job>) {
        if batch.is_empty() {
            return;
        }
        match self.commit(batch) {
            Ok(outcomes) => self.settle(batch.drain(..).zip(outcomes)),
            Err(cause) if batch.len() == 1 => refuse(batch.drain(..), &cause),
            Err(_) => {
                for job in std::mem::take(batch) {
                    match self.commit(std::slice::from_ref(&job)) {
                        Ok(outcomes) => self.settle([job].into_iter().zip(outcomes)),
                        Err(cause) => refuse([job], &cause),
                    }
                }
            }
        }
    }

    fn commit(&mut self, jobs: &[Job]) -> Result<Vec<Outcome>, Error> {
        let committed = (|| {
            self.db.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
            let mut outcomes = Vec::with_capacity(jobs.len());
            for job in jobs {
                outcomes.push(self.apply(job)?);
            }
            self.db.prepare_cached("COMMIT")?.execute(())?;
            Ok(outcomes)
        })();
        committed.map_err(|cause: rusqlite::Error| {
            // An account made in this transaction is not there.
            self.accounts.clear();
            self.roll_back();
            Error::Unavailable {
                what: format!("write to {}", self.path.display()),
                why: schema::why(&cause),
            }
        })
    }

    fn roll_back(&self) {
        if !self.db.is_autocommit() {
            // Nothing more can be done if even this is refused; the next BEGIN tells.
            let _ = self.db.execute_batch("ROLLBACK");
        }
    }

    fn apply(&mut self, job: &Job) -> rusqlite::Result<Outcome> {
        Ok(match job {
            Job::Append(event, _) => {
                let account = self.account(&event.account)?;
                Outcome::Appended(events::append(&self.db, account, event)?)
            }
            Job::Claim {
                account,
                claim,
                device,
                presumed,
                ..
            } => {
                let account = self.account(account)?;
                let (holder, new) = books::claim(
                    &self.db,
                    account,
                    claim,
                    device,
                    *presumed,
                    clock::unix_millis(),
                )?;
                Outcome::Held(holder, new)
            }
            Job::Release {
                account,
                claim,
                device,
                ..
            } => {
                let account = self.account(account)?;
                books::release(&self.db, account, claim, device)?;
                Outcome::Done
            }
            Job::Lost {
                account,
                tester,
                noted,
                ..
            } => {
                let account = self.account(account)?;
                Outcome::Lost(room::lost(&self.db, account, tester, *noted)?)
            }
            Job::Meet {
                account,
                device,
                role,
                ..
            } => {
                let account = self.account(account)?;
                Outcome::Known(books::meet(&self.db, account, device, *role)?)
            }
            Job::Advance {
                account,
                device,
                cursors,
                ..
            } => {
                let account = self.account(account)?;
                books::advance(&self.db, account, device, cursors, clock::unix_millis())?;
                Outcome::Done
            }
            Job::Ticket(ticket, _) => {
                books::keep_ticket(&self.db, ticket)?;
                Outcome::Done
            }
            Job::Identity(_) => Outcome::Identity(books::identity(&self.db)?),
            Job::Probe(_) => {
                books::probe(&self.db)?;
                Outcome::Done
            }
            Job::Tell(..) | Job::Look { .. } | Job::Close(_) => Outcome::Done,
        })
    }

    fn account(&mut self, name: &AccountId) -> rusqlite::Result<i64> {
        if let Some(id) = self.accounts.get(name) {
            return Ok(*id);
        }
        let id = books::make_account(&self.db, name)?;
        self.accounts.insert(name.clone(), id);
        Ok(id)
    }

    /// Answers after a commit, then tells what changed, in the order of the commit.
    fn settle(&mut self, done: impl Iterator<Item = (Job, Outcome)>) {
        // Whoever asked may have stopped waiting: what is kept is told all the same.
        for (job, outcome) in done {
            match (job, outcome) {
                (Job::Append(event, done), Outcome::Appended(seq)) => {
                    let appended = seq.map_or(Appended::Again, Appended::New);
                    let _ = done.send(Ok(appended));
                    if let Some(seq) = seq {
                        let event = *event;
                        self.tell(Change::Event(Arc::new(Kept { seq, event })));
                    }
                }
                (
                    Job::Claim {
                        account,
                        claim,
                        device,
                        done,
                        ..
                    },
                    Outcome::Held(holder, new),
                ) => {
                    let _ = done.send(Ok(holder));
                    if new {
                        self.tell(Change::Claimed {
                            account,
                            claim,
                            device,
                        });
                    }
                }
                (
                    Job::Release {
                        account,
                        claim,
                        device,
                        done,
                    },
                    _,
                ) => {
                    let _ = done.send(Ok(()));
                    self.tell(Change::Released {
                        account,
                        claim,
                        device,
                    });
                }
                (Job::Lost { done, .. }, Outcome::Lost(events)) => drop(done.send(Ok(events))),
                (Job::Meet { done, .. }, Outcome::Known(known)) => drop(done.send(Ok(known))),
                (Job::Identity(done), Outcome::Identity(identity)) => {
                    drop(done.send(Ok(identity)));
                }
                (Job::Ticket(ticket, done), _) => {
                    let _ = done.send(Ok(()));
                    self.tell_ticket(ticket);
                }
                (Job::Tell(change, done), _) => {
                    let _ = done.send(Ok(()));
                    self.tell(change);
                }
                (Job::Advance { done, .. } | Job::Probe(done), _) => drop(done.send(Ok(()))),
                // Every other job has the outcome of its kind.
                _ => {}
            }
        }
    }

    /// Tells a change; waits while nobody takes any.
    fn tell(&self, change: Change) {
        if let Some(serving) = &self.serving {
            // Nobody listens any more once the relay ends.
            let _ = serving.changes.blocking_send(change);
        }
    }

    fn tell_ticket(&mut self, ticket: Issued) {
        let Some(serving) = &mut self.serving else {
            return;
        };
        let known = serving.tickets.insert(ticket.id.clone(), ticket.clone());
        if known.as_ref() != Some(&ticket) {
            self.tell(Change::Ticket(ticket));
        }
    }

    /// Everything there is at the start.
    fn tell_all(&mut self) {
        if self.serving.is_none() {
            return;
        }
        match books::claims(&self.db) {
            Ok(claims) => claims.into_iter().for_each(|claim| self.tell(claim)),
            Err(cause) => tracing::error!(%cause, "cannot read the relay's claims"),
        }
        self.look();
        self.tell(Change::Current);
    }

    /// Tells tickets that other programs made or revoked.
    fn look(&mut self) {
        let version =
            |db: &Connection| db.query_row("PRAGMA data_version", (), |row| row.get::<_, i64>(0));
        let Some(serving) = &mut self.serving else {
            return;
        };
        match version(&self.db) {
            Ok(version) if version == serving.version => return,
            Ok(version) => serving.version = version,
            Err(cause) => {
                tracing::warn!(%cause, "cannot look for new tickets");
                return;
            }
        }
        match books::tickets(&self.db) {
            Ok(tickets) => tickets
                .into_iter()
                .for_each(|ticket| self.tell_ticket(ticket)),
            Err(cause) => tracing::warn!(%cause, "cannot read the relay's tickets"),
        }
    }

    /// Drops some of what is too old when it is time for that, or too much at any time.
    fn sweep(&mut self, due: bool) {
        let Some(serving) = &self.serving else {
            return;
        };
        let (retention, now) = (serving.retention, clock::unix_millis());
        loop {
            let swept = self.sweep_some(due, retention, now);
            match swept {
                Ok(swept) => {
                    // What is left waits for the next job or look, as do those who append.
                    let goes_on = swept.more && self.queue.is_empty();
                    self.tell_lost(swept.lost);
                    if !goes_on {
                        return;
                    }
                }
                Err(cause) => {
                    self.roll_back();
                    tracing::warn!(%cause, "cannot drop what is kept no longer");
                    return;
                }
            }
        }
    }

    fn sweep_some(&self, due: bool, retention: Retention, now: i64) -> rusqlite::Result<Swept> {
        if !due && !room::is_over(&self.db, retention)? {
            return Ok(Swept::default());
        }
        self.db.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let swept = room::sweep(&self.db, retention, now)?;
        if due {
            books::forget_tickets(&self.db, now)?;
            books::forget_unused(&self.db, now)?;
            room::forget_empty(&self.db)?;
        }
        self.db.prepare_cached("COMMIT")?.execute(())?;
        Ok(swept)
    }

    fn tell_lost(&self, lost: BTreeMap<(String, Option<String>, Loss), u64>) {
        for ((account, tester, reason), events) in lost {
            self.tell(Change::Dropped {
                account: account.into(),
                tester,
                events,
                reason,
            });
        }
    }
}
