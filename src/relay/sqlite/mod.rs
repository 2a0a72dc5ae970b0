//! A relay's state in one SQLite file, for one relay.
//!
//! One thread writes: appends and changes of the books wait for it in a bounded
//! queue, and what waits together shares one transaction. Reading goes on
//! beside it on connections of its own. `handset relay ticket` may write to the
//! same file while a relay serves it; the relay notices within half a second.

mod books;
mod events;
mod job;
mod room;
mod schema;
mod writer;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
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
        ids::{AccountId, ConversationId},
        inbound::Request,
        relay::{Claim, Role},
    },
    relay::{
        backend::{
            Appended, Backend, Boxed, Change, Changes, Cursor, Device, Error, Event, Identity,
            Issued, Kept, Known, Retention, Which,
        },
        sqlite::{job::Job, writer::Writer},
    },
};

/// Jobs that wait for the writer; whoever comes while it is full waits, within his time.
const QUEUE: usize = 1024;
/// Changes that wait to be taken; while it is full the writer waits.
const CHANGES: usize = 4096;
/// Reads at the same time; more wait their turn, within their time.
const READERS: usize = 4;
/// Time for any one call of a relay.
const WITHIN: Duration = Duration::from_secs(4);
/// Time for any one call of a program that only uses the books.
const WITHIN_BOOKS: Duration = Duration::from_secs(15);
/// Time for the writer to end.
const CLOSING: Duration = Duration::from_secs(5);
/// How often to look for what other programs wrote.
const LOOK: Duration = Duration::from_millis(500);
/// How often to drop what is too old, in looks.
const SWEEP: u32 = 60;

/// The state in a folder.
#[derive(Debug)]
pub struct Sqlite {
    jobs: mpsc::Sender<Job>,
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
        Sqlite::start(&owned, Some((lock, retention, changes)))
    };
    let mut sqlite = blocking(opening).await?;
    let looking = sqlite.jobs.clone();
    let looking = tokio::spawn(async move {
        for turn in 1_u32.. {
            tokio::time::sleep(LOOK).await;
            let sweep = turn % SWEEP == 1;
            if looking.send(Job::Look { sweep }).await.is_err() {
                return;
            }
        }
    });
    sqlite.looking = Some(looking.abort_handle());
    Ok((Arc::new(sqlite), told))
}

/// Opens the books of a state, whether or not a relay serves it.
pub async fn open_books(folder: &Path) -> Result<Arc<dyn Backend>, Error> {
    let owned = folder.to_owned();
    let sqlite = blocking(move || Sqlite::start(&owned, None)).await?;
    Ok(Arc::new(sqlite))
}

impl Sqlite {
    fn start(
        folder: &Path,
        serving: Option<(std::fs::File, Retention, mpsc::Sender<Change>)>,
    ) -> Result<Self, Error> {
        let (busy, within) = match serving {
            Some(_) => (schema::BUSY, WITHIN),
            None => (schema::BUSY_BOOKS, WITHIN_BOOKS),
        };
        let db = schema::open(folder, busy)?;
        let path = schema::file(folder);
        let (jobs, queue) = mpsc::channel(QUEUE);
        let writer = Writer::new(db, path.clone(), queue, serving);
        thread::Builder::new()
            .name("relay state".to_owned())
            .spawn(move || writer.run())
            .map_err(|cause| Error::Unavailable {
                what: "start the thread of the relay's state".to_owned(),
                why: cause.to_string(),
            })?;
        Ok(Self {
            jobs,
            path,
            within,
            readers: Arc::new(Semaphore::new(READERS)),
            idle: Arc::default(),
            account_ids: Mutex::default(),
            looking: None,
        })
    }

    /// Has the writer do something and waits for its word.
    async fn write<T>(
        &self,
        what: &'static str,
        job: impl FnOnce(oneshot::Sender<Result<T, Error>>) -> Job,
    ) -> Result<T, Error> {
        let (done, answer) = oneshot::channel();
        let asking = async {
            self.jobs.send(job(done)).await.ok()?;
            answer.await.ok()
        };
        match timeout(self.within, asking).await {
            Ok(Some(answer)) => answer,
            Ok(None) => Err(unavailable(what, "the relay's state is closed")),
            Err(_) => Err(unavailable(what, "the disk is too slow")),
        }
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
                let kept = lock(&idle).pop();
                let db = kept.map_or_else(|| schema::connect(&path, schema::BUSY), Ok)?;
                let read = read(&db)?;
                lock(&idle).push(db);
                Ok(read)
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
        let read = move |db: &Connection| books::account(db, &name);
        let found = self.read_on("look an account up", read).await?;
        if let Some(id) = found {
            lock(&self.account_ids).insert(account.clone(), id);
        }
        Ok(found)
    }
}

impl Backend for Sqlite {
    fn identity(&self) -> Boxed<'_, Result<Identity, Error>> {
        Box::pin(self.write("make the relay's identity", Job::Identity))
    }

    fn append(&self, event: Event) -> Boxed<'_, Result<Appended, Error>> {
        Box::pin(self.write("keep an event", |done| Job::Append(Box::new(event), done)))
    }

    fn read<'a>(
        &'a self,
        account: &'a AccountId,
        which: &'a Which,
        after: u64,
        limit: usize,
    ) -> Boxed<'a, Result<Vec<Kept>, Error>> {
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
            let read = move |db: &Connection| books::newest(db, id);
            self.read_on("read the newest number", read).await
        })
    }

    fn claim<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
    ) -> Boxed<'a, Result<Device, Error>> {
        Box::pin(self.write("keep a claim", |done| Job::Claim {
            account: account.clone(),
            claim: claim.clone(),
            device: device.clone(),
            presumed: false,
            done,
        }))
    }

    fn presume<'a>(
        &'a self,
        account: &'a AccountId,
        conversation: &'a ConversationId,
        device: &'a Device,
    ) -> Boxed<'a, Result<Device, Error>> {
        Box::pin(
            self.write("keep whose a conversation seems to be", |done| Job::Claim {
                account: account.clone(),
                claim: Claim::Conversation(conversation.clone()),
                device: device.clone(),
                presumed: true,
                done,
            }),
        )
    }

    fn release<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
    ) -> Boxed<'a, Result<(), Error>> {
        Box::pin(self.write("give a claim up", |done| Job::Release {
            account: account.clone(),
            claim: claim.clone(),
            device: device.clone(),
            done,
        }))
    }

    fn dropped<'a>(
        &'a self,
        account: &'a AccountId,
        tester: &'a str,
        noted: u64,
    ) -> Boxed<'a, Result<u64, Error>> {
        Box::pin(self.write("count what was dropped", move |done| Job::Lost {
            account: account.clone(),
            tester: tester.to_owned(),
            noted,
            done,
        }))
    }

    fn meet<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a Device,
        role: Role,
    ) -> Boxed<'a, Result<Known, Error>> {
        Box::pin(self.write("note a device", move |done| Job::Meet {
            account: account.clone(),
            device: device.clone(),
            role,
            done,
        }))
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
            let read = move |db: &Connection| books::cursors(db, id, &device);
            self.read_on("read where a device has come to", read).await
        })
    }

    fn advance<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
        cursors: Vec<Cursor>,
    ) -> Boxed<'a, Result<(), Error>> {
        Box::pin(
            self.write("note where a device has come to", |done| Job::Advance {
                account: account.clone(),
                device: device.to_owned(),
                cursors,
                done,
            }),
        )
    }

    fn keep_ticket<'a>(&'a self, ticket: &'a Issued) -> Boxed<'a, Result<(), Error>> {
        Box::pin(self.write("keep a ticket", |done| Job::Ticket(ticket.clone(), done)))
    }

    fn tickets(&self) -> Boxed<'_, Result<Vec<Issued>, Error>> {
        Box::pin(self.read_on("read the tickets", books::tickets))
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
        Box::pin(self.write("hand a canary on", |done| Job::Tell(told, done)))
    }

    fn ready(&self) -> Boxed<'_, Result<(), Error>> {
        Box::pin(self.write("write to the relay's state", Job::Probe))
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            let (done, closed) = oneshot::channel();
            let closing = async {
                if self.jobs.send(Job::Close(done)).await.is_ok() {
                    // An error says that the writer has ended, which is what is waited for.
                    let _ = closed.await;
                }
            };
            if timeout(CLOSING, closing).await.is_err() {
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

fn failed(what: &str, cause: &rusqlite::Error) -> Error {
    unavailable(what, &schema::why(cause))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use crate::relay::sqlite::*;

    #[tokio::test(start_paused = true)]
    async fn a_read_that_took_too_long_keeps_its_turn_until_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = Arc::new(Sqlite::start(folder.path(), None).unwrap());
        let (begun, begins) = channel();
        let mut ends = Vec::new();
        let mut reads = Vec::new();
        for _ in 0..READERS {
            let (end, ended) = channel::<()>();
            ends.push(end);
            let (sqlite, begun) = (Arc::clone(&sqlite), begun.clone());
            let read = move |_: &Connection| {
                begun.send(()).unwrap();
                // Ends when the sender is dropped.
                let _ = ended.recv();
                Ok(())
            };
            reads.push(tokio::spawn(
                async move { sqlite.read_on("read", read).await },
            ));
        }
        for _ in 0..READERS {
            while begins.try_recv().is_err() {
                tokio::task::yield_now().await;
            }
        }
        tokio::time::advance(WITHIN_BOOKS).await;
        for read in reads {
            assert!(read.await.unwrap().is_err(), "nobody waits for it any more");
        }
        assert_eq!(sqlite.readers.available_permits(), 0);
        drop(ends);
        while sqlite.readers.available_permits() < READERS {
            tokio::task::yield_now().await;
        }
        assert!(sqlite.read_on("read", |_| Ok(())).await.is_ok());
    }
}
