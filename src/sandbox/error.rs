//! Why a sandbox does not start.

use std::{io, path::PathBuf};

use thiserror::Error;

/// Something that keeps a sandbox from starting.
#[derive(Debug, Error)]
pub enum Error {
    /// The listener has no address.
    #[error("cannot read the address of the sandbox's listener")]
    Listener(#[source] io::Error),
    /// The HTTP client for notifications cannot be made.
    #[error("cannot set up the client for notifications")]
    Client(#[source] reqwest::Error),
    /// The state file cannot be made or opened.
    #[error(
        "cannot open the state file {} (name one that can be written, or leave out --state)", path.display()
    )]
    StateOpen {
        /// Which file.
        path: PathBuf,
        /// What stands in the way.
        source: io::Error,
    },
    /// The state file is not one, is in use, or is broken.
    #[error(
        "cannot use the state file {} (name another, or move this one away)", path.display()
    )]
    StateUse {
        /// Which file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// The state file cannot be written.
    #[error("cannot write the state file {}: {what}; make room or name another file", path.display())]
    StateWrite {
        /// Which file.
        path: PathBuf,
        /// What stands in the way.
        what: String,
    },
    /// The state file holds something this version cannot read.
    #[error("cannot read the state file {}: {what}; move it away to begin anew", path.display())]
    StateContent {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The state file belongs to another account than the one asked for.
    #[error(
        "the state file {} belongs to account {found}, not {asked}; leave out --account or name another file", path.display()
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
    /// A thread cannot be started.
    #[error("cannot start the thread of the state file")]
    Thread(#[source] io::Error),
}
