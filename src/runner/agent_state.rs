//! What is known of the workspace of an agent who is played.

use crate::{
    domain::{
        availability::Availability,
        ids::{ConversationId, SkillId},
        text::SafeText,
        workspace::view::{Colleague, ConversationState, Ring},
    },
    engine::agent_session::update::State,
};

/// What is known of the workspace of an agent who is played.
#[derive(Debug)]
pub(crate) struct AgentState {
    pub(super) state: State,
    pub(super) me: SafeText,
    pub(super) availability: Availability,
    pub(super) rings: Vec<Ring>,
    /// The conversations there, newest last.
    pub(super) conversations: Vec<ConversationState>,
    /// The one this agent works in.
    pub(super) conversation: Option<ConversationId>,
    pub(super) skills: Vec<(SkillId, SafeText)>,
    pub(super) colleagues: Vec<Colleague>,
    /// The agent has logged out, or was logged out.
    pub(super) is_gone: bool,
    /// Only conversations of the scene's consumers count.
    only_ours: bool,
}

impl AgentState {
    pub(super) fn new(only_ours: bool) -> Self {
        Self {
            state: State::Connecting,
            me: SafeText::default(),
            availability: Availability::default(),
            rings: Vec::new(),
            conversations: Vec::new(),
            conversation: None,
            skills: Vec::new(),
            colleagues: Vec::new(),
            is_gone: false,
            only_ours,
        }
    }

    /// Whether a conversation is one of the scene.
    pub(super) fn is_meant(&self, id: &ConversationId, ours: &[ConversationId]) -> bool {
        !self.only_ours || ours.contains(id) || self.conversation.as_ref() == Some(id)
    }

    /// Whether this agent works in a conversation; in any while none was chosen.
    pub(super) fn is_in(&self, id: &ConversationId) -> bool {
        self.conversation.as_ref().is_none_or(|chosen| chosen == id)
    }

    /// What the consumer of a conversation is called.
    pub(super) fn consumer_of(&self, id: &ConversationId) -> SafeText {
        let mut conversations = self.conversations.iter();
        let state = conversations.find(|state| state.id == *id);
        state.map_or_else(
            || SafeText::from("the consumer"),
            |one| one.consumer.name.clone(),
        )
    }

    /// The state of the conversation this agent works in.
    pub(super) fn current(&self) -> Option<&ConversationState> {
        let id = self.conversation.as_ref()?;
        self.conversations.iter().find(|state| state.id == *id)
    }
}
