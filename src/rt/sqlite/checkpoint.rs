//! Checkpoints of the write-ahead log, beside the thread that writes.
//!
//! A checkpoint waits for the disk, and a commit made while SQLite does one waits with it. So a
//! second thread with a connection of its own does it in time. The thread that writes does the
//! rest, should the log still outgrow [`Schema::checkpoint_pages`](super::Schema).

use std::{
    io,
    path::{Path, PathBuf},
    sync::mpsc,
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

/// How much is written between two checkpoints, in bytes.
const CHECKPOINT_AFTER: usize = 4 * 1024 * 1024;
/// What a commit writes besides its rows, roughly: the pages around them.
const OVERHEAD: usize = 8 * 1024;

/// The second thread; it sleeps until enough was written.
#[derive(Debug)]
pub struct Checkpoints {
    written: usize,
    /// One request waits at most; more of them would ask for the same.
    requests: mpsc::SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Checkpoints {
    /// Starts the thread, for a database that is open.
    pub fn start(name: &str, path: PathBuf) -> io::Result<Self> {
        let (requests, inbox) = mpsc::sync_channel(1);
        let run = move || {
            if let Err(cause) = checkpoint_each(&path, &inbox) {
                // The thread that writes does it as well, only later and more at a time.
                tracing::warn!(path = %path.display(), %cause, "cannot checkpoint a log");
            }
        };
        Ok(Self {
            written: 0,
            requests,
            thread: thread::Builder::new().name(name.to_owned()).spawn(run)?,
        })
    }

    /// Counts commits that wrote so many bytes, and requests a checkpoint when it is time.
    pub fn wrote(&mut self, bytes: usize) {
        self.written = self.written.saturating_add(bytes).saturating_add(OVERHEAD);
        if self.written >= CHECKPOINT_AFTER {
            self.written = 0;
            // Full: it is at one, and will do another. Gone: see `start`.
            let _ = self.requests.try_send(());
        }
    }

    /// Ends the thread, so that the connection that is left can close the log.
    pub fn end(self) {
        drop(self.requests);
        // It has said why if it ended badly.
        let _ = self.thread.join();
    }
}

/// Does a checkpoint for every request, until nobody can request any more.
fn checkpoint_each(path: &Path, requests: &mpsc::Receiver<()>) -> rusqlite::Result<()> {
    let db = Connection::open(path)?;
    while requests.recv().is_ok() {
        // PASSIVE waits for nobody; what it cannot move now, it moves the next time.
        db.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))?;
    }
    Ok(())
}
