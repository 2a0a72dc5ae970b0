//! The state file: the account, its conversations and what was not delivered yet.
//!
//! SQLite on a thread of its own. Jobs are committed in groups, in the order they
//! were handed in, and what follows a commit (the answer, the delivery) runs in
//! that order too, so nothing is told that a crash could take back. What cannot be
//! written is undone in [`Memory`] before its asker hears of it.

mod load;
mod schema;
#[cfg(test)]
mod tests;
mod worker;

use std::{
    fs,
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use crate::sandbox::store::{
    load::Loaded,
    worker::{Job, Memory, Row},
};
use crate::{
    rt::files,
    sandbox::{error::Error, store::worker::StateWriter},
};

/// Jobs under way at most; the next request waits.
const JOBS: usize = 1024;

/// The state file, shared by all who write to it.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    room: Arc<Semaphore>,
    /// `None` once the store is closed.
    jobs: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
    memory: Arc<OnceLock<Arc<dyn Memory>>>,
}

/// Leave to hand in one job; taken before anything is changed, so that handing in never waits.
#[derive(Debug)]
pub struct Permit(OwnedSemaphorePermit);

impl Store {
    /// Opens the file, makes it if there is none, and reads what is in it.
    ///
    /// Must be called on a thread that may block, inside a tokio runtime.
    pub fn open(path: &Path) -> Result<(Self, Option<Loaded>), Error> {
        make_private(path)?;
        let connection = schema::open(path)?;
        let loaded = load::everything(&connection, path)?;
        let (sender, receiver) = sync_channel(JOBS);
        let runtime = tokio::runtime::Handle::current();
        let memory = Arc::<OnceLock<_>>::default();
        let writer = StateWriter {
            connection,
            jobs: receiver,
            memory: memory.clone(),
            delivered: Vec::new(),
        };
        let thread = std::thread::Builder::new()
            .name("sandbox-state".to_owned())
            .spawn(move || {
                // What follows a commit starts tasks.
                let _runtime = runtime.enter();
                writer.run();
            })
            .map_err(Error::Thread)?;
        let store = Self {
            inner: Arc::new(Inner {
                room: Arc::new(Semaphore::new(JOBS)),
                jobs: Mutex::new(Some(sender)),
                thread: Mutex::new(Some(thread)),
                memory,
            }),
        };
        Ok((store, loaded))
    }

    /// Says what is changed before its rows are written, and is to be as the file has it when
    /// they cannot be. Without it what cannot be written is only refused.
    pub fn serve(&self, memory: Arc<dyn Memory>) {
        // There is one memory; another one would be a mistake that changes nothing.
        let _ = self.inner.memory.set(memory);
    }

    /// Whether everything that was changed is written: nobody has a permit but the asker.
    pub fn is_settled(&self) -> bool {
        self.inner.room.available_permits() + 1 >= JOBS
    }

    /// Waits for room for one job; `None` once the store is closed.
    pub async fn permit(&self) -> Option<Permit> {
        let room = self.inner.room.clone();
        room.acquire_owned().await.ok().map(Permit)
    }

    /// Hands in a job. What follows it runs on the store's thread after the commit.
    pub fn submit(
        &self,
        permit: Permit,
        rows: Vec<Row>,
        then: Box<dyn FnOnce(Result<(), String>) + Send>,
    ) {
        let job = Job {
            rows,
            then,
            permit: permit.0,
        };
        let jobs = self
            .inner
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let refused = match jobs.as_ref() {
            // There are as many permits as places, so this never blocks.
            Some(sender) => sender.send(job).err().map(|refused| refused.0),
            None => Some(job),
        };
        if let Some(job) = refused {
            (job.then)(Err("the state file is closed".to_owned()));
        }
    }

    /// Writes rows, and waits until they are there; an error is told in words.
    pub async fn keep(&self, rows: Vec<Row>) -> Result<(), String> {
        let closed = || "it was closed".to_owned();
        let permit = self.permit().await.ok_or_else(closed)?;
        let (done, committed) = tokio::sync::oneshot::channel();
        let then = Box::new(move |outcome| {
            // The asker is this function, and it waits.
            let _ = done.send(outcome);
        });
        self.submit(permit, rows, then);
        committed.await.map_err(|_| closed())?
    }

    /// Takes notifications out that were delivered or given up.
    pub async fn forget(&self, ids: Vec<u64>) {
        if let Some(permit) = self.permit().await {
            let rows = ids.into_iter().map(Row::Delivered).collect();
            self.submit(permit, rows, Box::new(|_| {}));
        }
    }

    /// Commits what was handed in and closes the file.
    pub async fn close(&self, deadline: Duration) -> bool {
        self.inner
            .jobs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let thread = self
            .inner
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(thread) = thread else { return true };
        let joined = tokio::task::spawn_blocking(move || thread.join());
        matches!(tokio::time::timeout(deadline, joined).await, Ok(Ok(Ok(()))))
    }
}

/// Makes the file before SQLite does: it will hold a secret, so nobody else may read it.
fn make_private(path: &Path) -> Result<(), Error> {
    let file = files::private(path).map_err(|cause| Error::StateOpen {
        path: PathBuf::from(path),
        cause,
    })?;
    if let Some(words) = files::open_to_others(&file, "the state file", path) {
        tracing::warn!("{words}");
    }
    Ok(())
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
