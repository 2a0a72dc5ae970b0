//! What the relay's thread writes, and what it tells of it.

use std::{
    collections::{BTreeMap, HashMap},
    fs::File,
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use crate::{
    domain::ids::AccountId,
    relay::{
        backend::{Change, Issued, Loss, Retention},
        sqlite::{
            room::{self, Swept},
            tables,
        },
    },
    rt::{
        clock,
        sqlite::{Error, State, transaction},
    },
};

/// Writes what a job is about, of the account with a number, and gives the answer to it.
pub(super) type Apply<I, T> = fn(&Connection, i64, &I) -> rusqlite::Result<T>;
/// What there is to tell once it is committed.
pub(super) type Tell<I, T> = fn(Option<AccountId>, I, &T) -> Option<Change>;

/// Something to write, with who waits for the answer.
pub(super) struct Asked<I, T> {
    /// `None` for what is of no account; its number is 0 then.
    pub(super) account: Option<AccountId>,
    pub(super) input: I,
    pub(super) apply: Apply<I, T>,
    pub(super) tell: Tell<I, T>,
    pub(super) answer: Option<T>,
    pub(super) done: oneshot::Sender<Result<T, Error>>,
}

/// An [`Asked`] of any kind.
pub(super) trait Job: Send {
    fn apply(&mut self, thread: &mut RelayThread, db: &Connection) -> Result<(), Error>;
    fn resolve(self: Box<Self>, outcome: Result<(), Error>, thread: &mut RelayThread);
}

impl<I: Send, T: Send> Job for Asked<I, T> {
    fn apply(&mut self, thread: &mut RelayThread, db: &Connection) -> Result<(), Error> {
        let number = self.account.as_ref().map(|name| thread.account(db, name));
        let number = number.transpose()?.unwrap_or(0);
        self.answer = Some((self.apply)(db, number, &self.input)?);
        Ok(())
    }

    fn resolve(self: Box<Self>, outcome: Result<(), Error>, thread: &mut RelayThread) {
        let this = *self;
        let answer = outcome.and(this.answer.ok_or(Error::Closed));
        let change = match &answer {
            Ok(answer) => (this.tell)(this.account, this.input, answer),
            Err(_) => None,
        };
        // The caller may have stopped waiting: what is stored is told all the same.
        let _ = this.done.send(answer);
        match change {
            Some(Change::Ticket(ticket)) => thread.tell_ticket(ticket),
            Some(change) => thread.tell(change),
            None => {}
        }
    }
}

/// What only the relay that serves a state has.
pub(super) struct Serving {
    pub(super) retention: Retention,
    pub(super) changes: mpsc::Sender<Change>,
    /// Tickets as they were last told.
    tickets: HashMap<String, Issued>,
    /// Changes when another program has written.
    version: i64,
    /// Held until the thread ends.
    lock: File,
}

impl Serving {
    /// For a relay that has the lock.
    pub(super) fn new(lock: File, retention: Retention, changes: mpsc::Sender<Change>) -> Self {
        Self {
            retention,
            changes,
            tickets: HashMap::new(),
            version: 0,
            lock,
        }
    }
}

/// What the relay's thread works with.
pub(super) struct RelayThread {
    accounts: HashMap<AccountId, i64>,
    serving: Option<Serving>,
    /// Whether it is time to drop what is too old.
    is_sweep_due: bool,
}

impl State for RelayThread {
    type Job = Box<dyn Job>;

    /// Tells everything there is.
    fn started(&mut self, db: &Connection) {
        if self.serving.is_none() {
            return;
        }
        match tables::claims(db) {
            Ok(claims) => claims.into_iter().for_each(|claim| self.tell(claim)),
            Err(cause) => tracing::error!(%cause, "cannot read the relay's claims"),
        }
        self.look(db, false);
        self.tell(Change::Current);
    }

    fn apply(&mut self, db: &Connection, job: &mut Self::Job) -> Result<(), Error> {
        job.apply(self, db)
    }

    /// An account made in the transaction is not there.
    fn rolled_back(&mut self) {
        self.accounts.clear();
    }

    fn resolve(&mut self, job: Self::Job, outcome: Result<(), Error>) {
        job.resolve(outcome, self);
    }

    /// Drops some of what is too old when it is time for that, or too much at any time.
    fn after_batch(&mut self, db: &Connection, is_idle: &dyn Fn() -> bool) {
        let is_due = std::mem::take(&mut self.is_sweep_due);
        let Some(serving) = &self.serving else {
            return;
        };
        let (retention, now) = (serving.retention, clock::unix_millis());
        loop {
            match sweep(db, is_due, retention, now) {
                Ok(swept) => {
                    self.tell_lost(swept.lost);
                    // What is left waits for the next job or look, as do those who append.
                    if !swept.more || !is_idle() {
                        return;
                    }
                }
                Err(cause) => {
                    tracing::warn!(%cause, "cannot drop what is stored no longer");
                    return;
                }
            }
        }
    }

    fn close(self, db: Connection) {
        drop(db);
        drop(self.serving.map(|serving| serving.lock));
    }
}

fn sweep(db: &Connection, is_due: bool, retention: Retention, now: i64) -> Result<Swept, Error> {
    if !is_due && !room::is_over(db, retention)? {
        return Ok(Swept::default());
    }
    transaction(db, || {
        let swept = room::sweep(db, retention, now)?;
        if is_due {
            tables::forget_tickets(db, now)?;
            tables::forget_unused(db, now)?;
            room::forget_empty(db)?;
        }
        Ok(swept)
    })
}

impl RelayThread {
    /// For the relay that serves a state, or for a program that only uses its tables.
    pub(super) fn new(serving: Option<Serving>) -> Self {
        Self {
            accounts: HashMap::new(),
            serving,
            is_sweep_due: false,
        }
    }

    /// The number of an account, which is made if there is none.
    fn account(&mut self, db: &Connection, name: &AccountId) -> rusqlite::Result<i64> {
        if let Some(id) = self.accounts.get(name) {
            return Ok(*id);
        }
        let id = tables::make_account(db, name)?;
        self.accounts.insert(name.clone(), id);
        Ok(id)
    }

    /// Tells tickets that other programs made or revoked; `sweep` has what is too old dropped.
    pub(super) fn look(&mut self, db: &Connection, sweep: bool) {
        self.is_sweep_due |= sweep;
        let version: rusqlite::Result<i64> =
            db.query_row("PRAGMA data_version", (), |row| row.get(0));
        let Some(serving) = &mut self.serving else {
            return;
        };
        match version {
            Ok(version) if version == serving.version => return,
            Ok(version) => serving.version = version,
            Err(cause) => {
                tracing::warn!(%cause, "cannot look for new tickets");
                return;
            }
        }
        match tables::tickets(db) {
            Ok(tickets) => tickets
                .into_iter()
                .for_each(|ticket| self.tell_ticket(ticket)),
            Err(cause) => tracing::warn!(%cause, "cannot read the relay's tickets"),
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
