//! Calls to the Connector API: domains, tokens, CONVERSATION, SEND and files; and with an agent's
//! login, to the records of app installs.
//!
//! One call of a [`Client`] is one attempt of what it says; when to try again
//! is decided by whoever calls, with `domain::retry`. Only what the client
//! needs for itself, addresses and tokens, is tried again within a call. Every
//! HTTP request is reported twice, when it starts and when it ends, without
//! its secrets.

mod access;
mod admin;
mod cached;
mod client;
mod domains;
mod error;
mod files;
mod locate;
mod redact;
mod settings;
mod tokens;
mod transfer;
mod transport;

pub use self::{
    admin::{Admin, AdminError, Install, Login},
    client::Client,
    error::Error,
    locate::{Located, Needs},
    settings::{Caller, Endpoint, Progress, Settings, Tag},
    tokens::KnownToken,
};
