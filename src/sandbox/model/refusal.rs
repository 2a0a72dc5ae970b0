//! Why the cloud does not do what it was asked; see `edge-cases` 2, 3 and 6.

use thiserror::Error;

/// A request the cloud understood and turned down, or could not make sense of.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The request is not shaped as it must be, or names what does not exist.
    #[error("{0}")]
    Bad(String),
    /// The account is named nowhere in a request that needs it.
    #[error("the brand id is missing")]
    BrandMissing,
    /// No such conversation or dialog.
    #[error("no conversation or dialog has this id")]
    UnknownConversation,
    /// The conversation or dialog was closed earlier.
    #[error("the conversation or dialog is closed; open a new one")]
    Closed,
    /// The conversation belongs to another consumer.
    #[error("the conversation belongs to another consumer")]
    NotOwner,
    /// The agent has not joined the conversation.
    #[error("Agent does not exist in conversation")]
    NotParticipant,
    /// The conversation is already taken, or the ring is not this agent's.
    #[error("the ring has ended")]
    RingEnded,
    /// The state file could not be written, so nothing was done.
    #[error("the state file could not be written: {0}")]
    Store(String),
}

impl Refusal {
    /// A malformed request, with what is wrong about it.
    pub fn bad(what: impl Into<String>) -> Self {
        Self::Bad(what.into())
    }
}
