//! One of the consumer's phones as it is told.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    domain::{
        conversation::details::Details,
        ids::{ConversationId, ItemId},
        persona::Persona,
    },
    engine::update::{Head, Phase, Switches},
    plain::{front::TypingTold, told::ToldLines, words::row},
    tui::chat::phone::Recording,
};

/// One consumer's phone.
pub(crate) struct PlainPhone {
    pub(crate) persona: Box<Persona>,
    /// `None` until the engine has told it, and with it all lines of before.
    pub(crate) head: Option<Head>,
    pub(crate) details: Option<Box<Details>>,
    pub(crate) switches: Option<Switches>,
    pub(crate) told: ToldLines,
    /// Conversations whose opening was told, or was before this run.
    pub(crate) seen: BTreeSet<ConversationId>,
    pub(crate) typing: TypingTold,
    /// Whether the other side types just now.
    pub(crate) types: bool,
    pub(crate) replaying: Option<(usize, usize)>,
    /// The newest message that the engine was told to be on the screen.
    pub(crate) reported: Option<ItemId>,
    /// Texts and files that were sent and are not lines yet.
    pub(crate) submitted: usize,
    /// The conversation that is being closed.
    pub(crate) closing: Option<ConversationId>,
    /// Whether flight mode was asked for: the engine has it at the start, of itself.
    pub(crate) has_flown: bool,
    /// Whether a conversation is being opened that was asked for.
    pub(crate) opening: bool,
    /// What goes along with the next message.
    pub(crate) metadata: Option<Value>,
    pub(crate) recording: Option<Recording>,
}

impl PlainPhone {
    /// A phone of which no more is known than who holds it.
    pub(crate) fn new(persona: Box<Persona>) -> Self {
        Self {
            persona,
            head: None,
            details: None,
            switches: None,
            told: ToldLines::default(),
            seen: BTreeSet::new(),
            typing: TypingTold::default(),
            types: false,
            replaying: None,
            reported: None,
            submitted: 0,
            closing: None,
            has_flown: false,
            opening: false,
            metadata: None,
            recording: None,
        }
    }

    /// What the consumer is called.
    pub(crate) fn name(&self) -> String {
        row(&self.persona.name.as_str().into())
    }

    /// The consumer's first name.
    pub(crate) fn first_name(&self) -> String {
        row(&self.persona.first_name().into())
    }

    /// Who is on the other side.
    pub(crate) fn agent_name(&self) -> String {
        let agent = self.head.as_ref().and_then(|head| head.agent.as_ref());
        agent.map_or_else(|| "the agent".to_owned(), row)
    }

    /// Whether its conversation is open.
    pub(crate) fn is_open(&self) -> bool {
        self.head
            .as_ref()
            .is_some_and(|head| head.phase == Phase::Open)
    }

    /// Whether it is known how its conversation stands.
    pub(crate) fn is_known(&self) -> bool {
        let is_told = self.details.is_some();
        is_told
            && self
                .head
                .as_ref()
                .is_some_and(|head| head.phase != Phase::Opening)
    }

    /// The number of the conversation it talks in, counted from 1.
    pub(crate) fn conversation_number(&self) -> Option<u32> {
        let outline = self.details.as_ref()?.outlines.last()?;
        Some(outline.number).filter(|number| *number > 0)
    }

    /// What is told of the conversation it talks in, when that is a new one.
    pub(crate) fn conversation_words(&mut self) -> Option<String> {
        let details = self.details.as_ref()?;
        let head = self.head.as_ref()?;
        if self.closing.as_ref() == Some(&details.conversation) && !details.main_open {
            self.closing = None;
        }
        if !details.main_open || !self.seen.insert(details.conversation.clone()) {
            return None;
        }
        let brand = row(&head.brand);
        let number = self.conversation_number();
        let number = number
            .map(|number| format!(" {number}"))
            .unwrap_or_default();
        let name = self.name();
        Some(format!(
            "Conversation{number} opened with {brand}. You are {name}."
        ))
    }

    /// Whether something of it is under way.
    pub(crate) fn is_busy(&self) -> bool {
        let is_held = self.switches.is_some_and(|switches| switches.flight);
        let queued = self
            .details
            .as_ref()
            .is_some_and(|details| details.queued > 0);
        let leaves = self.submitted > 0 || self.told.is_underway() || queued;
        (leaves && !is_held)
            || self.told.due().is_some()
            || self.closing.is_some()
            || self.opening
            || self.replaying.is_some()
    }
}
