//! Everything that can happen to a conversation.

use serde_json::Value;

use crate::domain::{
    content::Click,
    ids::{ConversationId, ItemId, ParticipantId, RequestId, Sequence, TimerId},
    retry::Problem,
    wire::{
        inbound::Change,
        opening::Profile,
        outbound::{AcceptStatus, ChatState, EndField, Rating, TtrType},
    },
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PhoneEvent {
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
    /// The file of a request is on the cloud; its message can go out.
    Uploaded {
        /// The request this answers.
        request: RequestId,
        /// `relativePath`, exactly as the cloud gave it.
        path: String,
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
    /// Sends a text, byte for byte.
    Submit {
        /// The words.
        text: String,
        /// The metadata of the message, at the top level; usually nothing.
        metadata: Option<Value>,
    },
    /// Sends a file.
    Attach(Box<Attachment>),
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
    /// Clicks on an element of a bubble of others: ACTION, then its texts (`rich-content` 7).
    Click {
        /// The bubble.
        item: ItemId,
        /// What the element says.
        click: Click,
    },
    /// Sends a chat state now, whatever was sent before.
    Tell(ChatState),
    /// Marks a bubble of others with a status of the person's choice.
    Mark {
        /// The bubble.
        item: ItemId,
        /// Which status.
        status: AcceptStatus,
        /// Its metadata; usually nothing.
        metadata: Option<Value>,
    },
    /// Sends a failed message again.
    Retry(ItemId),
    /// Closes the dialog the talk is in: the main one, or the survey that is under way.
    Close,
    /// Closes the whole conversation, without a survey.
    End(EndField),
    /// Rates the conversation, also when it is closed.
    Rate(Rating),
    /// Asks for another time to respond.
    ChangeTtr {
        /// `ttrType`.
        ttr: TtrType,
        /// Seconds.
        value: Option<u64>,
    },
    /// Changes what agents see about the consumer.
    SetProfile(Profile),
    /// Begins a new conversation and says there again, one by one, what the consumer said up to
    /// and with this bubble.
    Replay(ItemId),
    /// Says nothing more again.
    StopReplay,
    /// Goes on in another open conversation of the phone: in this one, or in the one it talked in
    /// last.
    GoBack(Option<ConversationId>),
    /// Begins a new conversation.
    New,
    /// Switches flight mode.
    Flight(bool),
    /// Puts the phone into the pocket, or takes it out.
    Pocket(bool),
    /// Leaves.
    Quit,
}

impl Act {
    /// A text without metadata.
    pub fn submit(text: impl Into<String>) -> Self {
        Self::Submit {
            text: text.into(),
            metadata: None,
        }
    }
}

/// A file to send, with all that the cloud wants to know of it; see `send-api` 4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Where its bytes are on this machine.
    pub local: String,
    /// How many there are.
    pub size: u64,
    /// `fileType`, for example `PNG`.
    pub file_type: String,
    /// What it is called; may be empty.
    pub caption: String,
    /// A small picture of it as a data URI.
    pub preview: Option<String>,
    /// The metadata of the message, at the top level.
    pub metadata: Option<Value>,
}
