//! One stop signal for everything, one tracker for every task, one deadline.

use std::{future::Future, time::Duration};

use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Owns the tasks of one part of the program and ends them in order.
#[derive(Debug, Clone, Default)]
pub struct Shutdown {
    token: CancellationToken,
    tracker: TaskTracker,
}

impl Shutdown {
    /// A fresh one, nothing stopped, nothing running.
    pub fn new() -> Self {
        Self::default()
    }

    /// The signal to watch for.
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// Starts a task that [`stop`](Self::stop) waits for.
    pub fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.tracker.spawn(task)
    }

    /// Tells every task to end and waits until all have, or `deadline` has passed.
    ///
    /// Returns whether all ended in time.
    pub async fn stop(&self, deadline: Duration) -> bool {
        self.token.cancel();
        self.tracker.close();
        tokio::time::timeout(deadline, self.tracker.wait())
            .await
            .is_ok()
    }
}
