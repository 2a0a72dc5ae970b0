//! Why a sandbox does not start.

use std::{io, path::PathBuf};

use thiserror::Error;

use crate::{rt::sqlite, sandbox::tls::authority};

/// Something that keeps a sandbox from starting.
#[derive(Debug, Error)]
pub enum Error {
    /// The listener has no address.
    #[error("cannot read the address of the sandbox's listener")]
    Listener(#[source] io::Error),
    /// The HTTP client for notifications cannot be made.
    #[error("cannot set up the client for notifications")]
    Client(#[source] reqwest::Error),
    /// There is no certificate to speak TLS with.
    #[error(
        "cannot make the sandbox's certificate: {0}; check the names given with --host and --tls-name"
    )]
    Tls(#[from] authority::Error),
    /// The state file cannot be made or opened.
    #[error(
        "cannot open the state file {}: {cause}; choose one that can be written", path.display()
    )]
    StateOpen {
        /// Which file.
        path: PathBuf,
        /// What stands in the way.
        cause: io::Error,
    },
    /// Another process has it open.
    #[error(
        "the state file {} is in use by another sandbox; stop that one, or choose another file", path.display()
    )]
    StateLocked {
        /// Which file.
        path: PathBuf,
    },
    /// The file is a database of another program.
    #[error(
        "{} is a database, but no state file of a sandbox; move it away, or choose another file", path.display()
    )]
    StateForeign {
        /// Which file.
        path: PathBuf,
    },
    /// The state file is not one, or it is broken.
    #[error(
        "cannot read the state file {}: {cause}; move it away, or choose another file", path.display()
    )]
    StateUse {
        /// Which file.
        path: PathBuf,
        /// What SQLite says. The message tells it, so it is not given as a source too.
        cause: sqlite::Error,
    },
    /// A later version of handset has written it.
    #[error(
        "the state file {} was written by a newer handset (version {found}, known here is {known}); use the newer handset, or choose another file", path.display()
    )]
    StateNewer {
        /// Which file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest one known here.
        known: i64,
    },
    /// The state file cannot be written.
    #[error("cannot write the state file {}: {cause}; make room, or choose another file", path.display())]
    StateWrite {
        /// Which file.
        path: PathBuf,
        /// What stands in the way.
        cause: sqlite::Error,
    },
    /// The state file holds something this version cannot read.
    #[error("cannot read the state file {}: {what}; move it away, or choose another file", path.display())]
    StateContent {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The state file belongs to another account than the one asked for.
    #[error(
        "the state file {} belongs to account {found}, not {asked}; leave out --account, or choose another file", path.display()
    )]
    StateAccount {
        /// Which file.
        path: PathBuf,
        /// The account in it.
        found: String,
        /// The account asked for.
        asked: String,
    },
    /// Riley's lines cannot be read; only a build with a broken data file does this.
    #[error("cannot read riley.toml")]
    Script(#[source] toml::de::Error),
    /// A piece of Riley's structured content cannot be read; likewise.
    #[error("cannot read rich/{name}.json: {cause}")]
    Rich {
        /// Which piece.
        name: &'static str,
        /// What stands in the way. The message tells it, so it is not given as a source too.
        cause: serde_json::Error,
    },
    /// The system has no random numbers to give.
    #[error("cannot draw a token for the sandbox's own API: the system gives no random numbers")]
    Random,
    /// A thread cannot be started.
    #[error("cannot start the thread of the state file")]
    Thread(#[source] io::Error),
}
