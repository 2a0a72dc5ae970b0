//! The thread that writes a database: takes jobs, commits them together, tells what came of them.

use std::{
    fmt, io,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::{
    runtime,
    sync::{Mutex, mpsc, oneshot},
};

use crate::rt::sqlite::Error;

/// After a commit that took longer than this, callers leave the next one to the thread.
const SLOW: Duration = Duration::from_millis(10);

/// What the thread works with: what the rows mean, and what is in memory about them.
pub trait State: Sized + Send + 'static {
    /// Rows to write, with who waits for them.
    type Job: Send + 'static;

    /// Before the first job.
    fn started(&mut self, _db: &Connection) {}

    /// Writes the rows of a job, inside a transaction. It comes again, alone, when the transaction
    /// that it shares with others fails.
    fn apply(&mut self, db: &Connection, job: &mut Self::Job) -> Result<(), Error>;

    /// The last step of a transaction.
    fn finish(&mut self, _db: &Connection) -> rusqlite::Result<()> {
        Ok(())
    }

    /// A transaction was committed: memory follows.
    fn committed(&mut self) {}

    /// A transaction was rolled back: memory is to be as it was before.
    fn rolled_back(&mut self) {}

    /// Tells the caller that waits what came of a job, once for each, in the order of the queue.
    fn resolve(&mut self, job: Self::Job, outcome: Result<(), Error>);

    /// Deals with a batch that was rolled back; every job of it is to be resolved.
    fn redo(&mut self, failed: Failed<'_, Self>) {
        failed.each(self);
    }

    /// After the jobs of a batch are resolved, before what reads.
    fn after_jobs(&mut self, _db: &Connection) {}

    /// After a batch; `is_idle` tells whether nothing waits just now.
    fn after_batch(&mut self, _db: &Connection, _is_idle: &dyn Fn() -> bool) {}

    /// Closes the database, and frees whatever keeps others out.
    fn close(self, db: Connection);
}

type Read<S> = Box<dyn FnOnce(&mut S, &Connection) + Send>;

enum Message<S: State> {
    Job(S::Job),
    Read(Read<S>),
    Close(oneshot::Sender<()>),
}

/// The handle that others have on the thread. It ends with [`close`](Self::close), or with the
/// last clone.
pub struct Writer<S: State>(Arc<Handle<S>>);

/// A handle that does not keep the thread alive.
pub struct WeakWriter<S: State>(Weak<Handle<S>>);

struct Handle<S: State> {
    messages: mpsc::Sender<Message<S>>,
    /// Wakes the thread. One signal waits at most; more of them would say the same.
    signal: SyncSender<()>,
    database: Arc<Database<S>>,
}

/// What the thread and those who commit in its place take turns with.
struct Database<S: State> {
    /// `None` before the thread runs and after it has ended.
    core: Mutex<Option<Core<S>>>,
    /// Whether a caller is about to commit what waits.
    is_led: AtomicBool,
}

struct Core<S: State> {
    inbox: Inbox<S>,
    /// What a caller could not commit.
    left: Vec<S::Job>,
    /// Jobs that share a transaction at most.
    batch: usize,
    /// How long the thread waits for another program.
    busy: Duration,
    /// Whether the last commit took so long that callers leave the next one to the thread.
    is_slow: bool,
    db: Connection,
    state: S,
}

struct Inbox<S: State> {
    messages: mpsc::Receiver<Message<S>>,
    /// What was taken out of it too early.
    next: Option<Message<S>>,
}

/// What waits for the thread.
pub struct Queue<S: State> {
    inbox: Inbox<S>,
    signal: Receiver<()>,
    database: Arc<Database<S>>,
}

/// Both ends of the queue to a thread that is still to be started: `waiting` jobs and reads at
/// most are in it, and a caller that comes while it is full waits.
pub fn channel<S: State>(waiting: usize) -> (Writer<S>, Queue<S>) {
    let (sender, messages) = mpsc::channel(waiting);
    let (waker, signal) = sync_channel(1);
    let database = Arc::new(Database {
        core: Mutex::new(None),
        is_led: AtomicBool::new(false),
    });
    let handle = Handle {
        messages: sender,
        signal: waker,
        database: Arc::clone(&database),
    };
    let inbox = Inbox {
        messages,
        next: None,
    };
    let queue = Queue {
        inbox,
        signal,
        database,
    };
    (Writer(Arc::new(handle)), queue)
}

impl<S: State> Writer<S> {
    /// Hands a job in; waits for its place in the queue, not for the commit.
    pub async fn submit(&self, job: S::Job) -> Result<(), Error> {
        self.send(Message::Job(job)).await
    }

    /// Hands a job in, or drops it when the queue is full or the writer closed; tells which.
    pub fn try_submit(&self, job: S::Job) -> bool {
        let is_sent = self.0.messages.try_send(Message::Job(job)).is_ok();
        self.0.wake();
        is_sent
    }

    /// Hands a job in and has it committed here, with all others that wait, unless somebody else
    /// is about to do so. It saves two changes of threads, and is for databases whose commits do
    /// not wait for the disk and whose [`State`] never blocks. [`State::after_batch`] is not called.
    ///
    /// What cannot be committed at once, because another program has the database or something is
    /// wrong, is left to the thread.
    pub async fn commit(&self, job: S::Job) -> Result<(), Error> {
        let sent = self.0.messages.send(Message::Job(job)).await;
        sent.map_err(|_| Error::Closed)?;
        let database = &self.0.database;
        if database.is_led.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        // Dropped early, too: then the thread commits.
        let mut turn = Turn {
            handle: &self.0,
            is_done: false,
        };
        // Other tasks that are ready hand their jobs in too, and share the transaction.
        tokio::task::yield_now().await;
        let mut core = database.core.lock().await;
        // A task that hands a job in from here on commits it.
        database.is_led.swap(false, Ordering::AcqRel);
        turn.is_done = core.as_mut().is_some_and(Core::commit_waiting);
        Ok(())
    }

    /// Has the thread do something other than write, after the jobs that wait with it.
    pub async fn run(
        &self,
        work: impl FnOnce(&mut S, &Connection) + Send + 'static,
    ) -> Result<(), Error> {
        self.send(Message::Read(Box::new(work))).await
    }

    /// Has the thread read something, after the jobs that wait with it.
    pub async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let (done, answer) = oneshot::channel();
        let work = move |_: &mut S, db: &Connection| {
            // The caller may have stopped waiting.
            let _ = done.send(read(db));
        };
        self.run(work).await?;
        Ok(answer.await.map_err(|_| Error::Closed)??)
    }

    /// Commits what was handed in so far, closes the file and frees it for others. What any clone
    /// asks for later is [`Error::Closed`].
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.send(Message::Close(done)).await.is_ok() {
            // An error means that the thread has ended already.
            let _ = closed.await;
        }
    }

    async fn send(&self, message: Message<S>) -> Result<(), Error> {
        let sent = self.0.messages.send(message).await;
        self.0.wake();
        sent.map_err(|_| Error::Closed)
    }

    /// A handle that does not keep the thread alive.
    pub fn downgrade(&self) -> WeakWriter<S> {
        WeakWriter(Arc::downgrade(&self.0))
    }
}

impl<S: State> Handle<S> {
    fn wake(&self) {
        // Full: it will wake. Gone: it has ended.
        let _ = self.signal.try_send(());
    }
}

/// The turn of a caller that commits; what it leaves is the thread's.
struct Turn<'a, S: State> {
    handle: &'a Handle<S>,
    is_done: bool,
}

impl<S: State> Drop for Turn<'_, S> {
    fn drop(&mut self) {
        if !self.is_done {
            self.handle.database.is_led.store(false, Ordering::Release);
            self.handle.wake();
        }
    }
}

impl<S: State> WeakWriter<S> {
    /// The handle, unless the thread is ending.
    pub fn upgrade(&self) -> Option<Writer<S>> {
        self.0.upgrade().map(Writer)
    }
}

impl<S: State> Clone for Writer<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: State> fmt::Debug for Writer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl<S: State> Queue<S> {
    /// Starts the thread, inside the runtime of the caller if there is one; at most `batch` jobs
    /// share a transaction.
    pub fn serve(self, name: &str, batch: usize, db: Connection, state: S) -> io::Result<()> {
        let runtime = runtime::Handle::try_current().ok();
        let run = move || {
            let _runtime = runtime.as_ref().map(runtime::Handle::enter);
            self.run(batch, db, state);
        };
        thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(())
    }

    /// Works on this thread until it is told to close, or until nobody is left to ask.
    pub fn run(self, batch: usize, db: Connection, mut state: S) {
        state.started(&db);
        let busy = db.query_row("PRAGMA busy_timeout", (), |row| row.get::<_, u32>(0));
        let core = Core {
            inbox: self.inbox,
            left: Vec::new(),
            batch,
            busy: Duration::from_millis(busy.unwrap_or(0).into()),
            is_slow: false,
            db,
            state,
        };
        *self.database.core.blocking_lock() = Some(core);
        let closing = loop {
            let served = self.database.core.blocking_lock().as_mut().map(Core::serve);
            match served {
                Some(Served::More) => {}
                Some(Served::All) if self.signal.recv().is_ok() => {}
                Some(Served::All) | None => break None,
                Some(Served::Close(done)) => break Some(done),
            }
        };
        if let Some(core) = self.database.core.blocking_lock().take() {
            drop(core.inbox);
            core.state.close(core.db);
        }
        if let Some(done) = closing {
            // The caller may have stopped waiting.
            let _ = done.send(());
        }
    }
}

/// What is left after a batch.
enum Served {
    More,
    All,
    Close(oneshot::Sender<()>),
}

impl<S: State> Core<S> {
    /// Commits the jobs that wait, unless they are for the thread; whether nothing is left.
    fn commit_waiting(&mut self) -> bool {
        if self.is_slow || !self.left.is_empty() {
            return false;
        }
        while let Some(message) = self.inbox.try_recv() {
            match message {
                Message::Job(job) => self.left.push(job),
                other => {
                    self.inbox.next = Some(other);
                    break;
                }
            }
            if self.left.len() == self.batch {
                break;
            }
        }
        if self.left.is_empty() {
            return self.inbox.next.is_none();
        }
        let began = Instant::now();
        let set = self.db.busy_timeout(Duration::ZERO);
        let committed = set.is_ok() && commit(&self.db, &mut self.state, &mut self.left).is_ok();
        self.is_slow = self.db.busy_timeout(self.busy).is_err() || began.elapsed() > SLOW;
        if !committed {
            return false;
        }
        for job in self.left.drain(..) {
            self.state.resolve(job, Ok(()));
        }
        self.state.after_jobs(&self.db);
        self.inbox.is_empty()
    }

    /// Works on a batch of what waits.
    fn serve(&mut self) -> Served {
        let (mut jobs, mut reads) = (std::mem::take(&mut self.left), Vec::new());
        let mut served = Served::More;
        while jobs.len() + reads.len() < self.batch {
            match self.inbox.try_recv() {
                Some(Message::Job(job)) => jobs.push(job),
                Some(Message::Read(read)) => reads.push(read),
                Some(Message::Close(done)) => {
                    served = Served::Close(done);
                    break;
                }
                None => {
                    served = Served::All;
                    break;
                }
            }
        }
        if jobs.is_empty() && reads.is_empty() {
            return served;
        }
        if !jobs.is_empty() {
            let began = Instant::now();
            match commit(&self.db, &mut self.state, &mut jobs) {
                Ok(()) => jobs
                    .drain(..)
                    .for_each(|job| self.state.resolve(job, Ok(()))),
                Err(error) => self.state.redo(Failed {
                    db: &self.db,
                    jobs,
                    error,
                    queue: &mut self.inbox,
                }),
            }
            self.is_slow = began.elapsed() > SLOW;
            self.state.after_jobs(&self.db);
        }
        for read in reads {
            read(&mut self.state, &self.db);
        }
        let inbox = &self.inbox;
        self.state.after_batch(&self.db, &|| inbox.is_empty());
        served
    }
}

impl<S: State> Inbox<S> {
    fn try_recv(&mut self) -> Option<Message<S>> {
        self.next.take().or_else(|| self.messages.try_recv().ok())
    }

    fn is_empty(&self) -> bool {
        self.next.is_none() && self.messages.is_empty()
    }
}

fn commit<S: State>(db: &Connection, state: &mut S, jobs: &mut [S::Job]) -> Result<(), Error> {
    let written = transaction(db, || {
        for job in jobs {
            state.apply(db, job)?;
        }
        Ok(state.finish(db)?)
    });
    match written {
        Ok(()) => state.committed(),
        Err(_) => state.rolled_back(),
    }
    written
}

/// A batch whose transaction was rolled back.
pub struct Failed<'a, S: State> {
    pub db: &'a Connection,
    /// What was in the batch, in the order of the queue.
    pub jobs: Vec<S::Job>,
    pub error: Error,
    queue: &'a mut Inbox<S>,
}

impl<S: State> Failed<'_, S> {
    /// Writes each job in a transaction of its own, so that a bad one fails alone, and resolves
    /// it. A job that was alone in the batch has failed already.
    pub fn each(self, state: &mut S) {
        let was_alone = self.jobs.len() == 1;
        for mut job in self.jobs {
            let outcome = if was_alone {
                Err(self.error.clone())
            } else {
                commit_alone(self.db, state, &mut job)
            };
            state.resolve(job, outcome);
        }
    }

    /// Takes the jobs that wait in the queue into the batch.
    pub fn take_waiting(&mut self) {
        while let Some(message) = self.queue.try_recv() {
            match message {
                Message::Job(job) => self.jobs.push(job),
                other => {
                    self.queue.next = Some(other);
                    return;
                }
            }
        }
    }
}

/// Writes one job in a transaction of its own; it is still to be resolved.
pub fn commit_alone<S: State>(
    db: &Connection,
    state: &mut S,
    job: &mut S::Job,
) -> Result<(), Error> {
    commit(db, state, std::slice::from_mut(job))
}

/// Does some work in a transaction, which is rolled back when the work or the commit fails.
pub fn transaction<T>(
    db: &Connection,
    work: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let begin_to_commit = || {
        db.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        let done = work()?;
        db.prepare_cached("COMMIT")?.execute(())?;
        Ok(done)
    };
    let committed = begin_to_commit();
    if committed.is_err() && !db.is_autocommit() {
        // Nothing more can be done if even this is refused; the next BEGIN tells.
        let _ = db.execute_batch("ROLLBACK");
    }
    committed
}
