//! TLS of a sandbox: its own certificate authority, and what a start makes of it.
//!
//! [`authority`] signs certificates, [`secured`] puts together what the port speaks and which
//! certificates webhook endpoints may show. The listener itself is in `rt::serve`, and nothing
//! here knows the account.

pub mod authority;
pub(crate) mod secured;

/// How HTTPS is spoken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Names and addresses the certificate is good for, besides this machine's own.
    pub names: Vec<String>,
}
