//! A relay's state in one SQLite file, for one relay.
//!
//! One thread writes, which is [`crate::rt::sqlite`]'s: appends and changes of the tables wait for
//! it in a bounded queue, and what waits together shares one transaction. Reading goes on
//! beside it on connections of its own. `handset relay ticket` may write to the
//! same file while a relay serves it; the relay notices within half a second.

mod events;
mod room;
mod schema;
mod tables;
#[cfg(test)]
mod tests;
mod thread;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::Connection;
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::AbortHandle,
    time::timeout,
};

use crate::{
    domain::{
        ids::AccountId,
        inbound::Request,
        relay::{Claim, Role},
    },
    relay::{
        backend::{
            Appended, Backend, Boxed, Change, Changes, ClaimKind, Cursor, Device, Error, Event,
            Identity, Issued, Known, Retention, StoredEvent, Which,
        },
        sqlite::thread::{Apply, Asked, RelayThread, Serving, Tell},
    },
    rt::{
        clock,
        sqlite::{self, Writer},
    },
};

/// Jobs that wait for the writer; a caller that comes while it is full waits, within its time.
const QUEUE: usize = 1024;
/// Jobs that share one transaction at most; what waits longer takes the next one.
const BATCH: usize = 256;
/// Changes that wait to be taken; while it is full the writer waits.
const CHANGES: usize = 4096;
/// Reads at the same time; more wait their turn, within their time.
const READERS: usize = 4;
/// Time for any one call of a relay.
const WITHIN: Duration = Duration::from_secs(4);
/// Time for any one call of a program that only uses the tables.
const WITHIN_TABLES: Duration = Duration::from_secs(15);
/// Time for the writer to end.
const CLOSING: Duration = Duration::from_secs(5);
/// How often to look for what other programs wrote.
const LOOK: Duration = Duration::from_millis(500);
/// How often to drop what is too old, in looks.
const SWEEP: u32 = 60;

/// The state in a folder.
#[derive(Debug)]
pub struct Sqlite {
    writer: Writer<RelayThread>,
    path: PathBuf,
    /// Time for any one call.
    within: Duration,
    readers: Arc<Semaphore>,
    /// Connections that are open and not in use, at most [`READERS`].
    idle: Arc<Mutex<Vec<Connection>>>,
    account_ids: Mutex<HashMap<AccountId, i64>>,
    /// Asks the writer to look around, from time to time; ends with this.
    looking: Option<AbortHandle>,
}

impl Drop for Sqlite {
    fn drop(&mut self) {
        if let Some(looking) = &self.looking {
            looking.abort();
        }
    }
}

/// Opens a state for the relay that serves it; a second one is refused.
pub async fn open(
    folder: &Path,
    retention: Retention,
) -> Result<(Arc<dyn Backend>, Changes), Error> {
    let (changes, told) = mpsc::channel(CHANGES);
    let owned = folder.to_owned();
    let opening = move || {
        let lock = schema::lock(&owned)?;
        Sqlite::start(&owned, Some(Serving::new(lock, retention, changes)))
    };
    let mut sqlite = blocking(opening).await?;
    let looking = sqlite.writer.clone();
    let looking = tokio::spawn(async move {
        for turn in 1_u32.. {
            tokio::time::sleep(LOOK).await;
            let sweep = turn % SWEEP == 1;
            let look = move |thread: &mut RelayThread, db: &Connection| thread.look(db, sweep);
            if looking.run(look).await.is_err() {
                return;
            }
        }
    });
    sqlite.looking = Some(looking.abort_handle());
    Ok((Arc::new(sqlite), told))
}

/// Opens the tables of a state, whether or not a relay serves it.
pub async fn open_tables(folder: &Path) -> Result<Arc<dyn Backend>, Error> {
    let owned = folder.to_owned();
    let sqlite = blocking(move || Sqlite::start(&owned, None)).await?;
    Ok(Arc::new(sqlite))
}

impl Sqlite {
    fn start(folder: &Path, serving: Option<Serving>) -> Result<Self, Error> {
        let (busy, within) = match serving {
            Some(_) => (schema::BUSY, WITHIN),
            None => (schema::BUSY_TABLES, WITHIN_TABLES),
        };
        let db = schema::open(folder, busy)?;
        let (writer, queue) = sqlite::channel(QUEUE);
        queue
            .serve("relay state", BATCH, db, RelayThread::new(serving))
            .map_err(|cause| {
                unavailable("start the thread of the relay's state", &cause.to_string())
            })?;
        Ok(Self {
            writer,
            path: schema::file(folder),
            within,
            readers: Arc::new(Semaphore::new(READERS)),
            idle: Arc::default(),
            account_ids: Mutex::default(),
            looking: None,
        })
    }

    /// Has the thread write something, waits for the answer, and has told what changed.
    async fn write_and_tell<I: Send + 'static, T: Send + 'static>(
        &self,
        what: &'static str,
        account: Option<AccountId>,
        input: I,
        apply: Apply<I, T>,
        tell: Tell<I, T>,
    ) -> Result<T, Error> {
        let (done, answer) = oneshot::channel();
        let asked = Asked {
            account,
            input,
            apply,
            tell,
            answer: None,
            done,
        };
        let asking = async {
            self.writer.submit(Box::new(asked)).await?;
            answer.await.unwrap_or(Err(sqlite::Error::Closed))
        };
        match timeout(self.within, asking).await {
            Ok(Err(sqlite::Error::Closed)) => Err(Error::Closed { what }),
            Ok(answer) => {
                answer.map_err(|cause| failed(&format!("write to {}", self.path.display()), &cause))
            }
            Err(_) => Err(unavailable(what, "the disk is too slow")),
        }
    }

    /// Has the thread write something that nobody else is told of.
    async fn write<I: Send + 'static, T: Send + 'static>(
        &self,
        what: &'static str,
        account: Option<AccountId>,
        input: I,
        apply: Apply<I, T>,
    ) -> Result<T, Error> {
        let nothing = |_, _, _: &T| None;
        self.write_and_tell(what, account, input, apply, nothing)
            .await
    }

    /// Reads on a connection of its own. A read that nobody waits for any more goes on, and keeps
    /// its turn until it ends: more than [`READERS`] never run at the same time.
    async fn read_on<T: Send + 'static>(
        &self,
        what: &'static str,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let reading = async {
            let turn = Arc::clone(&self.readers).acquire_owned().await.ok();
            let (idle, path) = (Arc::clone(&self.idle), self.path.clone());
            let work = move || {
                let _turn = turn;
                let idle_one = lock(&idle).pop();
                let connect = || schema::SCHEMA.connect(&path, schema::BUSY);
                let db = idle_one.map_or_else(connect, Ok)?;
                let read = read(&db)?;
                lock(&idle).push(db);
                Ok::<_, sqlite::Error>(read)
            };
            match tokio::task::spawn_blocking(work).await {
                Ok(Ok(read)) => Ok(read),
                Ok(Err(cause)) => Err(failed(what, &cause)),
                Err(_) => Err(unavailable(what, "the relay is ending")),
            }
        };
        let late = |_| unavailable(what, "the disk is too slow");
        timeout(self.within, reading).await.map_err(late)?
    }

    /// The number of an account; `None` while nothing was kept for it. It never changes.
    async fn account(&self, account: &AccountId) -> Result<Option<i64>, Error> {
        if let Some(id) = lock(&self.account_ids).get(account) {
            return Ok(Some(*id));
        }
        let name = account.clone();
        let read = move |db: &Connection| tables::account(db, &name);
        let found = self.read_on("look an account up", read).await?;
        if let Some(id) = found {
            lock(&self.account_ids).insert(account.clone(), id);
        }
        Ok(found)
    }
}

impl Backend for Sqlite {
    fn identity(&self) -> Boxed<'_, Result<Identity, Error>> {
        Box::pin(
            self.write("make the relay's identity", None, (), |db, _, ()| {
                tables::identity(db)
            }),
        )
    }

    fn append(&self, event: Event) -> Boxed<'_, Result<Appended, Error>> {
        Box::pin(self.write_and_tell(
            "keep an event",
            Some(event.account.clone()),
            event,
            events::append,
            |_, event, appended| match appended {
                Appended::New(seq) => {
                    Some(Change::Event(Arc::new(StoredEvent { seq: *seq, event })))
                }
                Appended::Again => None,
            },
        ))
    }

    fn read<'a>(
        &'a self,
        account: &'a AccountId,
        which: &'a Which,
        after: u64,
        limit: usize,
    ) -> Boxed<'a, Result<Vec<StoredEvent>, Error>> {
        Box::pin(async move {
            let Some(id) = self.account(account).await? else {
                return Ok(Vec::new());
            };
            let (account, which) = (account.clone(), which.clone());
            let read = move |db: &Connection| events::read(db, id, &account, &which, after, limit);
            self.read_on("read events", read).await
        })
    }

    fn newest<'a>(&'a self, account: &'a AccountId) -> Boxed<'a, Result<u64, Error>> {
        Box::pin(async move {
            let Some(id) = self.account(account).await? else {
                return Ok(0);
            };
            let read = move |db: &Connection| tables::newest(db, id);
            self.read_on("read the newest number", read).await
        })
    }

    fn claim<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
        kind: ClaimKind,
    ) -> Boxed<'a, Result<Device, Error>> {
        let claimed = self.write_and_tell(
            "keep a claim",
            Some(account.clone()),
            (claim.clone(), device.clone(), kind),
            |db, account, (claim, device, kind)| {
                tables::claim(db, account, claim, device, *kind, clock::unix_millis())
            },
            |account, (claim, device, _), (_, is_new)| {
                let account = account?;
                is_new.then_some(Change::Claimed {
                    account,
                    claim,
                    device,
                })
            },
        );
        Box::pin(async move { claimed.await.map(|(holder, _)| holder) })
    }

    fn release<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
    ) -> Boxed<'a, Result<(), Error>> {
        Box::pin(self.write_and_tell(
            "give a claim up",
            Some(account.clone()),
            (claim.clone(), device.clone()),
            |db, account, (claim, device)| tables::release(db, account, claim, device),
            |account, (claim, device), ()| {
                let account = account?;
                Some(Change::Released {
                    account,
                    claim,
                    device,
                })
            },
        ))
    }

    fn dropped<'a>(
        &'a self,
        account: &'a AccountId,
        tester: &'a str,
        noted: u64,
    ) -> Boxed<'a, Result<u64, Error>> {
        Box::pin(self.write(
            "count what was dropped",
            Some(account.clone()),
            (tester.to_owned(), noted),
            |db, account, (tester, noted)| room::lost(db, account, tester, *noted),
        ))
    }

    fn meet<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a Device,
        role: Role,
    ) -> Boxed<'a, Result<Known, Error>> {
        Box::pin(self.write(
            "note a device",
            Some(account.clone()),
            (device.clone(), role),
            |db, account, (device, role)| tables::meet(db, account, device, *role),
        ))
    }

    fn cursors<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
    ) -> Boxed<'a, Result<Vec<Cursor>, Error>> {
        Box::pin(async move {
            let Some(id) = self.account(account).await? else {
                return Ok(Vec::new());
            };
            let device = device.to_owned();
            let read = move |db: &Connection| tables::cursors(db, id, &device);
            self.read_on("read where a device has come to", read).await
        })
    }

    fn advance<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
        cursors: Vec<Cursor>,
    ) -> Boxed<'a, Result<(), Error>> {
        Box::pin(self.write(
            "note where a device has come to",
            Some(account.clone()),
            (device.to_owned(), cursors),
            |db, account, (device, cursors)| {
                tables::advance(db, account, device, cursors, clock::unix_millis())
            },
        ))
    }

    fn keep_ticket<'a>(&'a self, ticket: &'a Issued) -> Boxed<'a, Result<(), Error>> {
        Box::pin(self.write_and_tell(
            "keep a ticket",
            None,
            ticket.clone(),
            |db, _, ticket| tables::keep_ticket(db, ticket),
            |_, ticket, ()| Some(Change::Ticket(ticket)),
        ))
    }

    fn tickets(&self) -> Boxed<'_, Result<Vec<Issued>, Error>> {
        Box::pin(self.read_on("read the tickets", tables::tickets))
    }

    fn canary<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
        request: Request,
    ) -> Boxed<'a, Result<(), Error>> {
        let told = Change::Canary {
            account: account.clone(),
            device: device.to_owned(),
            request: Arc::new(request),
        };
        let what = "hand a canary on";
        Box::pin(self.write_and_tell(what, None, told, |_, _, _| Ok(()), |_, told, ()| Some(told)))
    }

    fn ready(&self) -> Boxed<'_, Result<(), Error>> {
        Box::pin(
            self.write("write to the relay's state", None, (), |db, _, ()| {
                tables::probe(db)
            }),
        )
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            if timeout(CLOSING, self.writer.close()).await.is_err() {
                tracing::warn!("the relay's state did not close in time");
            }
        })
    }
}

/// Does something that blocks, for the short time of an opening.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let ended = |_| unavailable("open the relay's state", "the relay is ending");
    tokio::task::spawn_blocking(work).await.map_err(ended)?
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unavailable(what: &str, why: &str) -> Error {
    Error::Unavailable {
        what: what.to_owned(),
        why: why.to_owned(),
    }
}

fn failed(what: &str, cause: &sqlite::Error) -> Error {
    match cause {
        sqlite::Error::Full(_) => Error::Full {
            what: what.to_owned(),
            why: cause.to_string(),
        },
        _ => unavailable(what, &cause.to_string()),
    }
}
