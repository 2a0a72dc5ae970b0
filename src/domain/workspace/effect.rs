//! Everything an agent's workspace can ask for.

use std::time::Duration;

use crate::domain::{
    availability::Availability,
    ids::{ConversationId, RequestId, TimerId},
    line::Line,
    retry::Problem,
    wire::ums::request::Request,
    workspace::view::{ConversationState, Ring},
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
    /// Show what the cloud takes the agent's state to be.
    Availability(Availability),
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

/// A change of what is shown. What it holds is described in [`view`](super::view).
#[derive(Debug, Clone, PartialEq)]
pub enum Shown {
    /// What rings here, oldest first; replaces what was shown before.
    Rings(Vec<Ring>),
    /// A conversation came to the workspace or changed; replaces what was shown of it before.
    Conversation(Box<ConversationState>),
    /// A conversation left the workspace.
    Gone(ConversationId),
    /// Lines, new or changed, in the order of their numbers; one of the same number replaces the
    /// earlier one.
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
}
