//! Signals to stop, as the system delivers them.

use std::{
    io,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT, SIGTERM and SIGHUP, from the moment this is made; Ctrl-C where there are no signals.
#[derive(Debug)]
pub(crate) struct Signals {
    /// Whether somebody else has the terminal, who is meant by Ctrl+C there.
    lent: Arc<OnceLock<Arc<AtomicBool>>>,
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
    #[cfg(unix)]
    hangup: Signal,
}

impl Signals {
    /// Begins to listen; from now on these signals no longer end the program by themselves.
    #[cfg(unix)]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            lent: Arc::default(),
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    #[cfg(not(unix))]
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            lent: Arc::default(),
        })
    }

    /// Where to say who tells whether the terminal is lent.
    pub(crate) fn lent(&self) -> Arc<OnceLock<Arc<AtomicBool>>> {
        Arc::clone(&self.lent)
    }

    /// Waits for the next signal to stop. Safe to cancel.
    pub(crate) async fn stop(&mut self) {
        self.number().await;
    }

    /// The same, giving the signal's number.
    #[cfg(unix)]
    pub(crate) async fn number(&mut self) -> u8 {
        let number = |kind: SignalKind| u8::try_from(kind.as_raw_value()).unwrap_or_default();
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {
                    let lent = self.lent.get();
                    if lent.is_none_or(|lent| !lent.load(Ordering::SeqCst)) {
                        return number(SignalKind::interrupt());
                    }
                }
                _ = self.terminate.recv() => return number(SignalKind::terminate()),
                _ = self.hangup.recv() => return number(SignalKind::hangup()),
            }
        }
    }

    /// The same, giving the number of Ctrl-C.
    #[cfg(not(unix))]
    pub(crate) async fn number(&mut self) -> u8 {
        if tokio::signal::ctrl_c().await.is_err() {
            // Nothing to wait for then; the system ends the program.
            std::future::pending::<()>().await;
        }
        2
    }
}
