//! What the tests share: raw HTTP, signed webhooks, the program as a process or
//! in a terminal, a fake cloud, screens.

pub(crate) mod backend_rules;
pub(crate) mod hooks;
pub(crate) mod http;
pub(crate) mod nats;
pub(crate) mod peer;
pub(crate) mod process;
pub(crate) mod pty;
pub(crate) mod recall;
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

/// Sends a process a signal, by its name without SIG. The shell's own `kill` is there on every
/// machine; the program of that name is not.
#[track_caller]
pub(crate) fn signal(process: u32, name: &str) {
    let script = format!("kill -s {name} {process}");
    let status = std::process::Command::new("sh")
        .args(["-c", &script])
        .status();
    assert!(status.unwrap().success(), "{script}");
}
