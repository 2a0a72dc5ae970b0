//! Errors and remarks as the person in front of the screen reads them.

use std::path::PathBuf;

use crate::domain::ids::PhoneId;

/// Something to tell the user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notice {
    /// How bad it is.
    pub severity: Severity,
    /// What was tried, in a few words.
    pub title: String,
    /// Why it failed, or more about it; may be empty.
    pub detail: String,
    /// What to do about it; may be empty.
    pub hint: String,
    /// What stays wrong until something is told to work again; `None` for what happened once.
    pub topic: Option<Topic>,
    /// The file that title, detail or hint name.
    pub path: Option<PathBuf>,
}

/// How bad a notice is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// What the user asked for was done, or something works again.
    Success,
    /// Good to know; goes away by itself.
    #[default]
    Info,
    /// Something did not work but goes on.
    Warning,
    /// Something did not work and will not by itself.
    Error,
}

/// What a failure is about, and so what makes it untrue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topic {
    /// The journal cannot be written; until it is written again.
    Journal,
    /// A request of this phone failed; until the phone opens a conversation or one of its messages
    /// is sent.
    Phone(PhoneId),
    /// Webhooks cannot come in; until a canary comes in.
    Tunnel,
    /// The app install does not point here; until it does.
    Install,
    /// The agent with this login name is not logged in; until they are.
    Login(String),
}
