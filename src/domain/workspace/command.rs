//! Everything an agent can ask of the workspace; a front end sends it to the agent session.

use serde_json::Value;

use crate::domain::{
    availability::Availability,
    ids::{ConversationId, ParticipantId, Sequence, SkillId},
};

/// One thing an agent asks for.
#[expect(
    clippy::large_enum_variant,
    reason = "there are few of them at a time, and they are built by hand"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Whether new conversations ring here; see `agent-side` 3.
    Availability(Availability),
    /// Takes a conversation that rings here, by the ring's id.
    Accept(String),
    /// Turns a ring down; it goes to the next agent.
    Reject(String),
    /// The conversation in view changed; what is on its screen is read from now on. `None` when
    /// none is in view, or nobody looks.
    Look(Option<ConversationId>),
    /// The text in the composer of a conversation changed; the workspace makes chat states of it.
    Writing {
        /// In which conversation.
        conversation: ConversationId,
        /// Whether anything stands there now.
        any: bool,
    },
    /// Sends a message, or a private note, to a conversation.
    Say {
        /// In which conversation.
        conversation: ConversationId,
        /// The text or the structured content to send.
        message: Message,
        /// Between agents and managers only: a private note.
        private: bool,
        /// The top-level `metadata` to send with it.
        metadata: Option<Value>,
    },
    /// Sends again a line of ours that did not go out.
    Retry {
        /// In which conversation.
        conversation: ConversationId,
        /// The line's number; see [`Line`](crate::domain::line::Line).
        line: u32,
    },
    /// Hands a conversation to the agents of a skill, and leaves it.
    TransferToSkill {
        /// Which conversation.
        conversation: ConversationId,
        /// To whom.
        skill: SkillId,
    },
    /// Hands a conversation to an agent, who is rung, and leaves it.
    TransferToAgent {
        /// Which conversation.
        conversation: ConversationId,
        /// To whom, by PID or full id.
        agent: ParticipantId,
    },
    /// Gives a conversation back to the queue of its skill.
    BackToQueue(ConversationId),
    /// Closes a conversation.
    Close {
        /// Which one.
        conversation: ConversationId,
        /// Closes the MAIN dialog only, after which a survey comes if there is one for the skill.
        survey: bool,
    },
    /// Joins a conversation as MANAGER.
    Join(ConversationId),
    /// Leaves a conversation one has joined; one that is over is taken off the workspace.
    Leave(ConversationId),
    /// Begins a conversation with a consumer who is known; see `agent-side` 8.
    Begin(ParticipantId),
    /// Fetches more of what was said in a conversation; answered by lines.
    History {
        /// Which one.
        conversation: ConversationId,
        /// Only what comes after this.
        after: Option<Sequence>,
    },
    /// Goes OFFLINE and logs out. Conversations stay as they are.
    Quit,
}

impl Command {
    /// Sends a text alone.
    pub fn say(conversation: ConversationId, text: &str, private: bool) -> Self {
        Self::Say {
            conversation,
            message: Message::Text {
                text: text.to_owned(),
                replies: None,
            },
            private,
            metadata: None,
        }
    }
}

/// What is said or shown.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// Text, with quick replies perhaps.
    Text {
        /// The words.
        text: String,
        /// `quickReplies`.
        replies: Option<Value>,
    },
    /// Structured content, with quick replies perhaps.
    Rich {
        /// `content`.
        content: Value,
        /// `quickReplies`.
        replies: Option<Value>,
    },
}
