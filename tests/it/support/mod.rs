//! What the tests share: raw HTTP, signed webhooks, the program as a process or
//! in a terminal, a fake cloud, screens.

pub(crate) mod hooks;
pub(crate) mod http;
pub(crate) mod peer;
pub(crate) mod process;
pub(crate) mod pty;
pub(crate) mod scene;
pub(crate) mod screen;

use std::{future::Future, time::Duration};

/// Longest wait for anything in a test; only a failing one ever comes near it.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// Waits for something that must happen.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    tokio::time::timeout(LIMIT, future)
        .await
        .unwrap_or_else(|_| panic!("waited in vain: {what}"))
}
