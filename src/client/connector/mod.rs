//! Calls to the Connector API: domains, tokens, CONVERSATION, SEND and files.
//!
//! One call of a [`Client`] is one attempt of what it says; when to try again
//! is decided by the caller, with `domain::retry`. Only what the client
//! needs for itself, addresses and tokens, is tried again within a call. Every
//! HTTP request is reported twice, when it starts and when it ends, without
//! its secrets.

pub(super) mod access;
pub(super) mod cached;
mod client;
pub(super) mod domains;
mod error;
mod files;
mod locate;
pub(super) mod redact;
mod settings;
mod tokens;
mod transfer;
pub(super) mod transport;

pub use self::{
    client::Client,
    error::Error,
    locate::{Located, Needs},
    settings::{Caller, Endpoint, Progress, Settings, Tag},
    tokens::KnownToken,
};
