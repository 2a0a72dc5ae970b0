//! Errors and remarks as the person in front of the screen reads them.

/// Something to tell the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How bad it is.
    pub severity: Severity,
    /// What was tried, in a few words.
    pub title: String,
    /// Why it failed, or more about it; may be empty.
    pub detail: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// How bad a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know; goes away by itself.
    Info,
    /// Something did not work but goes on.
    Warning,
    /// Something did not work and will not by itself.
    Error,
}
