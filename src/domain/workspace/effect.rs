//! Everything an agent's workspace can ask for.

use std::time::Duration;

use crate::domain::{
    availability::Availability,
    ids::{ConversationId, RequestId, TimerId},
    retry::Problem,
    wire::ums::request::Request,
    workspace::view::{Held, Line, Ring},
};

/// One thing to do, in the order given.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the cloud; answered by `Answered`.
    Ask {
        /// Under this number.
        request: RequestId,
        /// What.
        what: Request,
    },
    /// Report back after a while with `Woke`.
    Wake {
        /// Which timer.
        timer: TimerId,
        /// How long from now.
        after: Duration,
    },
    /// Show a change.
    Show(Shown),
    /// Tell the user that something did not work.
    Tell {
        /// What was tried, in a few words.
        tried: &'static str,
        /// Why it failed.
        problem: Problem,
    },
    /// Remind the user of something that is not an error.
    Remark(&'static str),
    /// All that is asked at the beginning is answered: the workspace is ready.
    Settled,
    /// The farewell is answered: there is nothing to wait for any more.
    Left,
}

/// A change of what is shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// All rings, oldest first.
    Rings(Vec<Ring>),
    /// A conversation, new or changed.
    Conversation(Box<Held>),
    /// It left the workspace.
    Gone(ConversationId),
    /// Lines, new or changed, in the order of their numbers.
    Lines {
        /// Of which conversation.
        conversation: ConversationId,
        /// Which.
        lines: Vec<Line>,
    },
    /// The consumer writes, or stopped.
    Typing {
        /// In which conversation.
        conversation: ConversationId,
        /// Whether they do.
        typing: bool,
    },
    /// What the cloud takes the agent's state to be.
    Availability(Availability),
}
