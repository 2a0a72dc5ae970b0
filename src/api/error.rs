//! Why the client could not be set up, or could not sign in.

use thiserror::Error;
use url::Url;

use crate::domain::{retry::Problem, text::SafeText, wire::fault::Fault};

/// What can go wrong before the first conversation.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The address of the domain service cannot be used at all.
    #[error(
        "cannot use {url} as the API address: {reason}; give one like https://api.liveperson.net"
    )]
    Address {
        /// The address.
        url: Url,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Tokens would travel in the clear.
    #[error(
        "cannot use {url} as the API address: plain http is for this machine alone; write https"
    )]
    PlainHttp {
        /// The address.
        url: Url,
    },
    /// The HTTP client could not be set up, as without a store of certificates.
    #[error("cannot set up HTTPS: {0}; check that the system's CA certificates are installed")]
    Https(#[source] reqwest::Error),
    /// A call of the start-up did not succeed.
    #[error("cannot sign in at {host}: {problem}; {}", problem.hint())]
    SignIn {
        /// The domain service that was asked first.
        host: String,
        /// What happened.
        #[source]
        problem: Problem,
    },
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::SignIn { problem, .. } => problem,
            Error::Address { .. } | Error::PlainHttp { .. } | Error::Https(_) => Self::Refused {
                fault: Fault {
                    status: 0,
                    code: None,
                    title: SafeText::clean(&error.to_string()),
                    details: SafeText::default(),
                },
            },
        }
    }
}
