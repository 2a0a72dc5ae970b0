//! Why an app install could not be borrowed or given back.

use std::path::PathBuf;

use jiff::{Timestamp, tz::TimeZone};
use thiserror::Error;

use crate::{
    client::AdminError,
    domain::app_install::{Lease, Odd},
    store,
};

/// What went wrong; each says what to do about it.
#[derive(Debug, Error)]
pub enum Error {
    /// Somebody else has borrowed it.
    #[error(
        "{} has borrowed the webhooks of this app install until {}; wait until then, work \
         through a relay together, or take them over with --take-over",
        lease.name, when(lease.until)
    )]
    Held {
        /// Who, and until when.
        lease: Lease,
    },
    /// The cloud, or the login there.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The journal, without which nothing is changed.
    #[error(transparent)]
    Journal(#[from] store::Error),
    /// The record cannot be understood.
    #[error("{0}; set its endpoints in the console once, then try again")]
    Odd(#[from] Odd),
    /// Others change the record all the time.
    #[error("somebody else keeps changing the app install; try again in a while")]
    Contended,
    /// The journal has a note nobody can read.
    #[error(
        "cannot read in {} what the app install was before it was borrowed; use the handset that \
         wrote it, or set the endpoints in the console",
        path.display()
    )]
    Note {
        /// The journal.
        path: PathBuf,
    },
}

impl Error {
    /// Whether trying again later makes sense without anybody doing something.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Held { .. } | Self::Contended | Self::Journal(_) => true,
            Self::Admin(error) => error.is_passing(),
            Self::Odd(_) | Self::Note { .. } => false,
        }
    }
}

/// A time as people on one team read it, wherever they sit.
pub(super) fn when(seconds: i64) -> String {
    match Timestamp::from_second(seconds) {
        Ok(time) => {
            let time = time.to_zoned(TimeZone::UTC);
            time.strftime("%Y-%m-%d %H:%M UTC").to_string()
        }
        Err(_) => "nobody knows when".to_owned(),
    }
}
