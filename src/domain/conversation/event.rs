//! Everything that can happen to a conversation.

use crate::domain::{
    ids::{ConversationId, ItemId, ParticipantId, RequestId, Sequence, TimerId},
    retry::Problem,
    wire::inbound::Change,
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The phone was switched on, for the first time or again after a stop or a crash.
    Started,
    /// The person at the keyboard did something.
    User(Act),
    /// The consumer's own id is known.
    Identified {
        /// The request this answers.
        request: RequestId,
        /// The id the cloud gives this consumer.
        me: ParticipantId,
    },
    /// CONVERSATION was answered.
    Opened {
        /// The request this answers.
        request: RequestId,
        /// The new conversation.
        conversation: ConversationId,
    },
    /// SEND was answered.
    Sent {
        /// The request this answers.
        request: RequestId,
        /// The number it gave, if it gave one.
        sequence: Option<Sequence>,
    },
    /// A request did not work out.
    Failed {
        /// Which one.
        request: RequestId,
        /// Why.
        problem: Problem,
    },
    /// A valid webhook brought a change.
    Notified(Change),
    /// A timer ran out.
    Woke(TimerId),
}

/// What the person at the keyboard can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Sends a text.
    Submit(String),
    /// Changed the draft; says whether there is text in it now.
    Typed {
        /// True while the draft is not empty.
        standing: bool,
    },
    /// Looks at the phone, or away.
    Looked(bool),
    /// Has these bubbles of others on screen.
    Shown(Vec<ItemId>),
    /// Uses a quick reply.
    Reply {
        /// The bubble that offers it.
        item: ItemId,
        /// Which of its replies, from 0.
        index: usize,
    },
    /// Sends a failed message again.
    Retry(ItemId),
    /// Closes the conversation.
    Close,
    /// Begins a new conversation.
    New,
    /// Switches flight mode.
    Flight(bool),
    /// Puts the phone into the pocket, or takes it out.
    Pocket(bool),
    /// Leaves.
    Quit,
}
