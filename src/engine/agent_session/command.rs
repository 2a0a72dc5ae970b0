//! Everything a front end can ask of the agent's session.

use serde_json::Value;

use crate::domain::{
    availability::Availability,
    ids::{ConversationId, ParticipantId, Sequence, SkillId},
};

/// One wish of the person in the session.
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
    /// The text in the composer of a conversation changed; the session makes chat states of it.
    Writing {
        /// In which conversation.
        conversation: ConversationId,
        /// Whether anything stands there now.
        any: bool,
    },
    /// Says something.
    Say {
        /// In which conversation.
        conversation: ConversationId,
        /// What.
        text: String,
        /// Between agents and managers only: a private note.
        private: bool,
    },
    /// Sends structured content, with quick replies perhaps; see `rich-content`.
    Show {
        /// In which conversation.
        conversation: ConversationId,
        /// The RichContentEvent's `content`; `None` sends a text with quick replies.
        content: Option<Value>,
        /// `quickReplies` beside it.
        replies: Option<Value>,
        /// The text of an event without content.
        text: String,
        /// Top-level `metadata`.
        metadata: Option<Value>,
    },
    /// Sends again a line of ours that did not go out.
    Retry {
        /// In which conversation.
        conversation: ConversationId,
        /// The line's number; see [`Line`](crate::domain::workspace::view::Line).
        line: u64,
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
    /// Leaves the session: goes OFFLINE, logs out; [`Update::Stopped`](super::update::Update::Stopped)
    /// comes last. Conversations stay as they are.
    Quit,
}
