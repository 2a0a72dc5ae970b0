//! What an agent's workspace shows.
//!
//! The workspace works these out; the engine hands them on as they are.

use serde_json::Value;

use crate::domain::{
    ids::{ConversationId, ParticipantId, SkillId},
    role::Role,
    survey::Csat,
    text::SafeText,
    time::Timestamp,
};

/// A conversation that rings here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// `ringId`, opaque.
    pub id: String,
    /// Which conversation.
    pub conversation: ConversationId,
    /// The consumer's name, or a short form of the id.
    pub consumer: SafeText,
    /// Its skill by name.
    pub skill: SafeText,
    /// When it began to wait, as far as known.
    pub since: Timestamp,
    /// When the ring ends.
    pub until: Timestamp,
    /// Whether it was handed to this agent by another.
    pub is_transfer: bool,
    /// What the consumer said last, if that is known.
    pub preview: SafeText,
}

/// A conversation on the workspace: one's own, and the other open ones this login may see, which have
/// no `role`. One's own stay when they are closed, for the rating comes afterwards, until they
/// are left.
#[derive(Debug, Clone, PartialEq)]
pub struct ConversationState {
    /// Which.
    pub id: ConversationId,
    /// Who the consumer is.
    pub consumer: Consumer,
    /// Its queue, by id and name.
    pub skill: (SkillId, SafeText),
    /// The role of this agent, in it; `None` when they only look.
    pub role: Option<Role>,
    /// Everybody in it but the consumer, by name and role.
    pub participants: Vec<(SafeText, Role)>,
    /// Whether the MAIN dialog is open.
    pub is_open: bool,
    /// Whether a survey runs.
    pub is_surveyed: bool,
    /// When it began.
    pub started: Timestamp,
    /// When the agent side must have answered; `None` when nothing is owed.
    pub owed_by: Option<Timestamp>,
    /// Messages of the consumer's that were not read here.
    pub unread: usize,
    /// How the consumer rated it.
    pub csat: Option<Csat>,
    /// Who closed it, in words of the wire; empty while it is open.
    pub closed_by: SafeText,
}

/// What is known of a consumer.
#[derive(Debug, Clone, PartialEq)]
pub struct Consumer {
    /// The cloud's id.
    pub id: ParticipantId,
    /// First and last name, or a short form of the id.
    pub name: SafeText,
    /// The profile and the SDEs, a name and a value a row, as they came.
    pub facts: Vec<(SafeText, SafeText)>,
    /// What the device declared it can do.
    pub features: Vec<SafeText>,
    /// The SDEs as they came, for a closer look.
    pub sdes: Vec<Value>,
}

/// An agent a conversation can be handed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Colleague {
    /// PID.
    pub id: ParticipantId,
    /// What they are called.
    pub name: SafeText,
    /// Whether they take conversations now, where that is known.
    pub is_online: Option<bool>,
}

/// What an agent has written in a conversation and not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkspaceDraft {
    /// The login name of the agent.
    pub agent: String,
    /// The conversation it is for.
    pub conversation: ConversationId,
    /// The draft as it stands, that of a private note as the command that writes one; empty when
    /// nothing is written.
    pub text: String,
}
