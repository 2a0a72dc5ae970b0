//! Why a sandbox does not start.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

use crate::{rt::sqlite, sandbox::tls::authority};

/// Something that keeps a sandbox from starting.
#[derive(Debug, Error)]
pub enum Error {
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
    StateOpen { path: PathBuf, cause: io::Error },
    #[error(
        "the state file {} is in use by another sandbox; stop that one, or choose another file", path.display()
    )]
    StateLocked { path: PathBuf },
    /// The file is a database of another program.
    #[error(
        "{} is a database, but no state file of a sandbox; move it away, or choose another file", path.display()
    )]
    StateForeign { path: PathBuf },
    /// The state file is not one, or it is broken.
    #[error(
        "cannot read the state file {}: {cause}; move it away, or choose another file", path.display()
    )]
    StateUse {
        path: PathBuf,
        /// What SQLite says. The message tells it, so it is not given as a source too.
        cause: sqlite::Error,
    },
    /// A later version of handset has written it.
    #[error(
        "the state file {} was written by a newer handset (version {found}, known here is {known}); use the newer handset, or choose another file", path.display()
    )]
    StateNewer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    /// The state file cannot be written.
    #[error("cannot write the state file {}: {cause}; make room, or choose another file", path.display())]
    StateWrite { path: PathBuf, cause: sqlite::Error },
    /// The state file holds something this version cannot read.
    #[error("cannot read the state file {}: {what}; move it away, or choose another file", path.display())]
    StateContent { path: PathBuf, what: String },
    /// The state file belongs to another account than the one asked for.
    #[error(
        "the state file {} belongs to account {found}, not {asked}; leave out --account, or choose another file", path.display()
    )]
    StateAccount {
        path: PathBuf,
        found: String,
        asked: String,
    },
    /// The user's own agent script has faults.
    #[error(transparent)]
    OwnScript(#[from] ScriptFaults),
    /// Riley's lines cannot be read; only a build with a broken data file does this.
    #[error("cannot read riley.toml")]
    Script(#[source] toml::de::Error),
    /// A piece of Riley's structured content cannot be read; likewise.
    #[error("cannot read rich/{name}.json: {cause}")]
    Rich {
        name: &'static str,
        /// What stands in the way. The message tells it, so it is not given as a source too.
        cause: serde_json::Error,
    },
    /// The system has no random numbers to give.
    #[error("cannot draw a token for the sandbox's own API: the system gives no random numbers")]
    Random,
    #[error("cannot start the thread of the state file")]
    Thread(#[source] io::Error),
}

/// Faults of one script that are told.
const TOLD: usize = 20;

/// Everything that is wrong with an agent script.
#[derive(Debug)]
pub struct ScriptFaults {
    pub(crate) file: String,
    /// Line and column, counted from 1, with what is wrong there.
    pub(crate) faults: Vec<(usize, usize, String)>,
}

impl std::error::Error for ScriptFaults {}

impl fmt::Display for ScriptFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, faults } = self;
        write!(f, "the agent script {file} cannot be used:")?;
        for (line, column, reason) in faults.iter().take(TOLD) {
            write!(f, "\n{file}:{line}:{column}: {reason}")?;
        }
        match faults.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}
