//! The state file: the account, its conversations and what was not delivered yet.
//!
//! The thread of [`crate::rt::sqlite`] writes it. Jobs are committed in batches, in the order they
//! were handed in, and what follows a commit (the answer, the delivery) runs in that order too, so
//! nothing is told that a crash could take back. What cannot be written is undone in [`Memory`]
//! before its asker hears of it.

mod load;
mod schema;
#[cfg(test)]
mod tests;
mod thread;
pub(in crate::sandbox) mod world;

use std::{
    fs,
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    time::timeout,
};

pub(crate) use crate::sandbox::store::{
    load::Loaded,
    thread::{Memory, Row, WriteJob},
};
use crate::{
    rt::sqlite::{self, Writer},
    sandbox::{error::Error, store::thread::StateFileThread},
};

/// Jobs under way at most; the next request waits.
const JOBS: usize = 1024;
/// Jobs that share one transaction at most.
const BATCH: usize = 256;

/// The state file, shared by all who write to it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    room: Arc<Semaphore>,
    writer: Writer<StateFileThread>,
    memory: Arc<OnceLock<Arc<dyn Memory>>>,
}

/// Leave to hand in one job; taken before anything is changed, so that handing in never waits.
#[derive(Debug)]
pub(crate) struct Permit(OwnedSemaphorePermit);

impl Store {
    /// Opens the file, makes it if there is none, and reads what is in it.
    ///
    /// Must be called on a thread that may block, inside a tokio runtime.
    pub(crate) fn open(path: &Path) -> Result<(Self, Option<Loaded>), Error> {
        let db = schema::open(path)?;
        let loaded = load::everything(&db, path)?;
        // There is room for as many as have leave, and for the end.
        let (writer, queue) = sqlite::channel(JOBS + 1);
        let memory = Arc::<OnceLock<_>>::default();
        let thread = StateFileThread::new(memory.clone());
        queue
            .serve("sandbox-state", BATCH, db, thread)
            .map_err(Error::Thread)?;
        let store = Self {
            inner: Arc::new(Inner {
                room: Arc::new(Semaphore::new(JOBS)),
                writer,
                memory,
            }),
        };
        Ok((store, loaded))
    }

    /// Says what is changed before its rows are written, and is to be as the file has it when
    /// they cannot be. Without it what cannot be written is only refused.
    pub(crate) fn serve(&self, memory: Arc<dyn Memory>) {
        // There is one memory; another one would be a mistake that changes nothing.
        let _ = self.inner.memory.set(memory);
    }

    /// Whether everything that was changed is written: nobody has a permit but the asker.
    pub(crate) fn is_settled(&self) -> bool {
        self.inner.room.available_permits() + 1 >= JOBS
    }

    /// Waits for room for one job; `None` once the store is closed.
    pub(crate) async fn permit(&self) -> Option<Permit> {
        let room = self.inner.room.clone();
        room.acquire_owned().await.ok().map(Permit)
    }

    /// Hands in a job. What follows it runs on the store's thread after the commit; it is dropped
    /// when the store is closed.
    pub(crate) fn submit(
        &self,
        permit: Permit,
        rows: Vec<Row>,
        then: impl FnOnce(Result<(), sqlite::Error>) + Send + 'static,
    ) {
        let job = WriteJob {
            rows,
            then: Box::new(then),
            permit: permit.0,
        };
        // There are as many permits as places: it is dropped only when the store is closed.
        self.inner.writer.try_submit(job);
    }

    /// Writes rows, and waits until they are there.
    pub(crate) async fn persist(&self, rows: Vec<Row>) -> Result<(), sqlite::Error> {
        let permit = self.permit().await.ok_or(sqlite::Error::Closed)?;
        let (done, committed) = oneshot::channel();
        self.submit(permit, rows, move |outcome| {
            // The asker is this function, and it waits.
            let _ = done.send(outcome);
        });
        committed.await.unwrap_or(Err(sqlite::Error::Closed))
    }

    /// Takes notifications out that were delivered or given up.
    pub(crate) async fn forget(&self, ids: Vec<u64>) {
        if let Some(permit) = self.permit().await {
            let rows = ids.into_iter().map(Row::Delivered).collect();
            self.submit(permit, rows, |_| {});
        }
    }

    /// Commits what was handed in and closes the file; `false` when that took too long.
    pub(crate) async fn close(&self, deadline: Duration) -> bool {
        timeout(deadline, self.inner.writer.close()).await.is_ok()
    }
}

/// Whether a plain file is there that a sandbox has written. Links are not followed, and nothing
/// is waited for.
pub(in crate::sandbox) fn is_state_file(path: &Path) -> io::Result<bool> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK;
    let mut file = fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(false);
    }
    let mut head = [0; schema::HEAD];
    match file.read_exact(&mut head) {
        Ok(()) => Ok(schema::is_head(&head)),
        Err(cause) if cause.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(cause) => Err(cause),
    }
}
