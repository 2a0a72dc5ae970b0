//! Why a tunnel, a link or a socket is not there, in words for people.

use std::fmt;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// What was tried, on what, and why it failed, in one line.
    pub what: String,
    /// The one thing to do about it.
    pub hint: String,
    /// Trying again will not help until somebody has done something.
    pub lasting: bool,
}

impl Outage {
    /// One that may be over at the next try.
    pub fn passing(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            hint: hint.into(),
            lasting: false,
        }
    }

    /// One that stays until somebody has done something.
    pub fn lasting(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            lasting: true,
            ..Self::passing(what, hint)
        }
    }
}

impl fmt::Display for Outage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.hint)
    }
}

impl std::error::Error for Outage {}
