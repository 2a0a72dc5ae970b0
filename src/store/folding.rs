//! Folding the write-ahead log back into the file, beside the journal's thread.
//!
//! Folding waits for the disk, and whoever commits while SQLite does it waits
//! with it. So a second thread with a connection of its own does it in time;
//! the journal's thread goes on and folds only the remainder, should the log
//! still outgrow [`LOG_PAGES`].

use std::{
    io,
    path::Path,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

/// How much is written between two foldings, in bytes.
const FOLD_AFTER: usize = 4 * 1024 * 1024;
/// What a commit writes besides what was to be kept, roughly: the pages around it.
const OVERHEAD: usize = 8 * 1024;
/// Past so many pages the journal's thread folds too: 64 MiB.
pub(super) const LOG_PAGES: i64 = 16 * 1024;

/// The second thread; it sleeps until enough was written.
pub(super) struct Folding {
    written: usize,
    /// One wish waits at most; more of them would ask for the same.
    wishes: mpsc::SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Folding {
    /// Starts the thread.
    pub(super) fn start(path: &Arc<Path>) -> io::Result<Self> {
        let (wishes, inbox) = mpsc::sync_channel(1);
        let path = Arc::clone(path);
        let thread = thread::Builder::new()
            .name("journal-fold".to_owned())
            .spawn(move || {
                if let Err(cause) = fold(&path, &inbox) {
                    // The journal's thread folds as well, only later and more at a time.
                    tracing::warn!(%cause, "cannot fold the journal's log");
                }
            })?;
        Ok(Self {
            written: 0,
            wishes,
            thread,
        })
    }

    /// Counts a commit that kept so many bytes, and has the log folded when it is time.
    pub(super) fn wrote(&mut self, bytes: usize) {
        self.written = self.written.saturating_add(bytes).saturating_add(OVERHEAD);
        if self.written >= FOLD_AFTER {
            self.written = 0;
            // Full: it is folding, and will again. Gone: see `start`.
            let _ = self.wishes.try_send(());
        }
    }

    /// Ends the thread, so that the connection that is left can close the log.
    pub(super) fn end(self) {
        drop(self.wishes);
        // It has said why if it ended badly.
        let _ = self.thread.join();
    }
}

/// Folds once for every wish, until nobody can wish any more.
fn fold(path: &Path, wishes: &mpsc::Receiver<()>) -> rusqlite::Result<()> {
    let db = Connection::open(path)?;
    while wishes.recv().is_ok() {
        // PASSIVE waits for nobody; what it cannot fold now, it folds the next time.
        db.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))?;
    }
    Ok(())
}
