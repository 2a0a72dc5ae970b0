//! Everything that can happen to an agent's workspace.

use serde_json::Value;

use crate::domain::{
    availability::Availability,
    ids::{ConversationId, ParticipantId, RequestId, Sequence, SkillId, TimerId},
    retry::Problem,
    text::SafeText,
    wire::ums::frame::{Answer, Notification},
};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// There is a connection, over which nothing was asked yet.
    Up {
        /// This agent, by full id.
        full: ParticipantId,
        /// The same by PID.
        pid: ParticipantId,
    },
    /// There is none any more.
    Down,
    /// What became of a request.
    Answered {
        /// Which.
        request: RequestId,
        /// What it brought.
        answer: Result<Answer, Problem>,
    },
    /// The cloud tells something.
    Told(Notification),
    /// It became known what people and skills are called.
    Named {
        /// By full id and by PID.
        people: Vec<(ParticipantId, SafeText)>,
        /// By id.
        skills: Vec<(SkillId, SafeText)>,
    },
    /// This agent wants something.
    Act(Act),
    /// A timer ran out.
    Woke(TimerId),
}

/// What this agent can want.
#[expect(
    clippy::large_enum_variant,
    reason = "there are few of them at a time, and they are built by hand"
)]
#[derive(Debug, Clone, PartialEq)]
pub enum Act {
    /// To be rung, or not.
    Availability(Availability),
    /// To take a ring or turn it down.
    Ring {
        /// `ringId`.
        ring: String,
        /// Whether it is taken.
        accepted: bool,
    },
    /// To look at a conversation, or at none.
    Look(Option<ConversationId>),
    /// What stands in the composer changed.
    Writing {
        /// Of which conversation.
        conversation: ConversationId,
        /// Whether anything stands there.
        any: bool,
    },
    /// To say or show something.
    Say {
        /// In which conversation.
        conversation: ConversationId,
        /// What.
        message: Message,
        /// Between agents and managers only.
        private: bool,
        /// Top-level `metadata`.
        metadata: Option<Value>,
    },
    /// To say again what did not go out.
    Retry {
        /// In which conversation.
        conversation: ConversationId,
        /// The line's number.
        line: u64,
    },
    /// To hand it to the agents of a skill.
    ToSkill(ConversationId, SkillId),
    /// To hand it to an agent.
    ToAgent(ConversationId, ParticipantId),
    /// To give it back.
    ToQueue(ConversationId),
    /// To close it.
    Close {
        /// Which.
        conversation: ConversationId,
        /// With the survey, if there is one.
        survey: bool,
    },
    /// To join it as MANAGER.
    Join(ConversationId),
    /// To leave it, or to clear it away when it is over.
    Leave(ConversationId),
    /// To begin a conversation.
    Begin(ParticipantId),
    /// To know more of what was said.
    History {
        /// In which conversation.
        conversation: ConversationId,
        /// After this.
        after: Option<Sequence>,
    },
    /// To go home.
    Quit,
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
