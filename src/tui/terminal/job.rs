//! Being stopped by the shell's job control, and going on.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Signals from outside: handset is to stop (SIGTSTP), and it went on (SIGCONT).
/// Where there are no signals, neither comes.
pub(crate) struct JobControl {
    #[cfg(unix)]
    stop: Signal,
    #[cfg(unix)]
    go_on: Signal,
}

/// What came from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobSignal {
    /// It is to stop.
    Stop,
    /// It was stopped without having been asked, and goes on.
    WentOn,
}

#[cfg(unix)]
impl JobControl {
    /// Begins to listen; from now on SIGTSTP stops nothing by itself.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            stop: signal(SignalKind::from_raw(rustix::process::Signal::TSTP.as_raw()))?,
            go_on: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
        })
    }

    /// Waits for the next signal. Safe to cancel.
    pub(crate) async fn next(&mut self) -> JobSignal {
        tokio::select! {
            _ = self.stop.recv() => JobSignal::Stop,
            _ = self.go_on.recv() => JobSignal::WentOn,
        }
    }

    /// Stops the whole program until somebody lets it go on. SIGSTOP and not SIGTSTP: the system
    /// drops that one where no shell waits for the program.
    pub(crate) async fn stop(&mut self) -> io::Result<()> {
        let own = rustix::process::getpid();
        rustix::process::kill_process(own, rustix::process::Signal::STOP)?;
        // The stop may come a moment after the call; what follows it belongs behind it.
        self.go_on.recv().await;
        Ok(())
    }
}

#[cfg(not(unix))]
impl JobControl {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    pub(crate) async fn next(&mut self) -> JobSignal {
        std::future::pending().await
    }

    pub(crate) async fn stop(&mut self) -> io::Result<()> {
        Err(io::Error::other("this system cannot suspend a program"))
    }
}
