//! Reads that answer a client: only what is committed is shown.

use tokio::sync::oneshot;

use crate::{
    rt::sqlite,
    sandbox::{
        model::{Cloud, refusal::Refusal},
        transaction::{Transactions, unstored},
    },
};

/// How often a read looks, at most, when what it saw could not be committed.
const LOOKS: usize = 64;

impl Transactions {
    /// Looks at the cloud, and returns what was seen once that is committed.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        look: impl Fn(&Cloud) -> T + Send,
    ) -> Result<T, Refusal> {
        self.read_then(look, |seen| seen).await
    }

    /// The same; `then` gets what was seen, in its place among what is told of commits.
    pub(crate) async fn read_then<T: Send + 'static, U: Send + 'static>(
        &self,
        look: impl Fn(&Cloud) -> T + Send,
        mut then: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U, Refusal> {
        let closed = || unstored(&sqlite::Error::Closed);
        let Some(store) = &self.store else {
            let inner = self.lock();
            return Ok(then(look(&inner.cloud)));
        };
        let mut refused = closed();
        for _ in 0..LOOKS {
            let permit = store.permit().await.ok_or_else(closed)?;
            let committed = {
                let inner = self.lock();
                let seen = look(&inner.cloud);
                if store.is_settled() {
                    return Ok(then(seen));
                }
                let (done, committed) = oneshot::channel();
                let job = move |outcome: Result<(), sqlite::Error>| {
                    // The asker may have gone.
                    let _ = done.send(match outcome {
                        Ok(()) => Ok(then(seen)),
                        Err(why) => Err((why, then)),
                    });
                };
                store.submit(permit, Vec::new(), job);
                committed
            };
            match committed.await.map_err(|_| closed())? {
                Ok(answer) => return Ok(answer),
                // Memory is put right by now.
                Err((why, again)) => (refused, then) = (unstored(&why), again),
            }
        }
        Err(refused)
    }
}
