//! The thread that writes a database: takes jobs, commits them together, tells what came of them.

use std::{fmt, io, thread};

use rusqlite::Connection;
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

use crate::rt::sqlite::Error;

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
pub struct Writer<S: State>(mpsc::Sender<Message<S>>);

/// A handle that does not keep the thread alive.
pub struct WeakWriter<S: State>(mpsc::WeakSender<Message<S>>);

/// What waits for the thread.
pub struct Queue<S: State> {
    receiver: mpsc::Receiver<Message<S>>,
    /// What was taken out of it too early.
    next: Option<Message<S>>,
}

/// Both ends of the queue to a thread that is still to be started: `waiting` jobs and reads at
/// most are in it, and a caller that comes while it is full waits.
pub fn channel<S: State>(waiting: usize) -> (Writer<S>, Queue<S>) {
    let (sender, receiver) = mpsc::channel(waiting);
    let next = None;
    (Writer(sender), Queue { receiver, next })
}

impl<S: State> Writer<S> {
    /// Hands a job in; waits for its place in the queue, not for the commit.
    pub async fn submit(&self, job: S::Job) -> Result<(), Error> {
        let sent = self.0.send(Message::Job(job)).await;
        sent.map_err(|_| Error::Closed)
    }

    /// Hands a job in, or drops it when the queue is full or the writer closed; tells which.
    pub fn try_submit(&self, job: S::Job) -> bool {
        self.0.try_send(Message::Job(job)).is_ok()
    }

    /// Has the thread do something other than write, after the jobs that wait with it.
    pub async fn run(
        &self,
        work: impl FnOnce(&mut S, &Connection) + Send + 'static,
    ) -> Result<(), Error> {
        let sent = self.0.send(Message::Read(Box::new(work))).await;
        sent.map_err(|_| Error::Closed)
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
        if self.0.send(Message::Close(done)).await.is_ok() {
            // An error means that the thread has ended already.
            let _ = closed.await;
        }
    }

    /// A handle that does not keep the thread alive.
    pub fn downgrade(&self) -> WeakWriter<S> {
        WeakWriter(self.0.downgrade())
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
        Self(self.0.clone())
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
        let runtime = Handle::try_current().ok();
        let run = move || {
            let _runtime = runtime.as_ref().map(Handle::enter);
            self.run(batch, db, state);
        };
        thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(())
    }

    /// Works on this thread until it is told to close, or until nobody is left to ask.
    pub fn run(mut self, batch: usize, db: Connection, mut state: S) {
        state.started(&db);
        let (mut jobs, mut reads) = (Vec::new(), Vec::new());
        let mut closing = None;
        while closing.is_none()
            && let Some(first) = self.recv()
        {
            let mut next = Some(first);
            while let Some(message) = next {
                match message {
                    Message::Job(job) => jobs.push(job),
                    Message::Read(read) => reads.push(read),
                    Message::Close(done) => {
                        closing = Some(done);
                        break;
                    }
                }
                if jobs.len() + reads.len() >= batch {
                    break;
                }
                next = self.try_recv();
            }
            if !jobs.is_empty() {
                match commit(&db, &mut state, &mut jobs) {
                    Ok(()) => jobs.drain(..).for_each(|job| state.resolve(job, Ok(()))),
                    Err(error) => state.redo(Failed {
                        db: &db,
                        jobs: std::mem::take(&mut jobs),
                        error,
                        queue: &mut self,
                    }),
                }
                state.after_jobs(&db);
            }
            for read in reads.drain(..) {
                read(&mut state, &db);
            }
            state.after_batch(&db, &|| self.receiver.is_empty());
        }
        drop(self);
        state.close(db);
        if let Some(done) = closing {
            // The caller may have stopped waiting.
            let _ = done.send(());
        }
    }

    fn recv(&mut self) -> Option<Message<S>> {
        self.next.take().or_else(|| self.receiver.blocking_recv())
    }

    fn try_recv(&mut self) -> Option<Message<S>> {
        self.next.take().or_else(|| self.receiver.try_recv().ok())
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
    /// The database.
    pub db: &'a Connection,
    /// What was in the batch, in the order of the queue.
    pub jobs: Vec<S::Job>,
    /// Why.
    pub error: Error,
    queue: &'a mut Queue<S>,
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
