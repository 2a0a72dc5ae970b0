//! Why the client could not be set up.

use thiserror::Error;
use url::Url;

/// What keeps a client from being set up.
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
}
