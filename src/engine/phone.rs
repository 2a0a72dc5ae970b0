//! One consumer's phone as the engine keeps it: who holds it, its conversation,
//! and what the front end and the journal know of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;
use tokio::time::Instant;

use crate::{
    client::Caller,
    domain::{
        conversation::{
            Conversation, Saved,
            event::{Act, PhoneEvent},
        },
        ids::{ConversationId, DialogId, ItemId, RequestId},
        persona::Persona,
        time::Timestamp,
        wire::opening::Opening,
    },
    engine::show::Shown,
};

/// Requests whose bubbles are remembered; past that the oldest is forgotten.
const REMEMBERED_REQUESTS: usize = 1024;

/// Where the journal's persona has the one it was before.
const BASE: &str = "_base";

/// Whether a phone is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PhoneState {
    Open,
    /// Sending GONE, until this moment at the latest.
    Leaving(Instant),
    /// Closed: it takes notifications in, and sends nothing.
    Away,
}

pub(super) struct Phone {
    pub(super) persona: Box<Persona>,
    /// The persona as it was handed over, before anybody configured it here.
    base: Box<Persona>,
    pub(super) caller: Arc<Caller>,
    pub(super) opening: Arc<Opening>,
    pub(super) conversation: Conversation,
    pub(super) state: PhoneState,
    /// The bubbles each request is about.
    requests: BTreeMap<RequestId, Vec<ItemId>>,
    pub(super) shown: Shown,
    /// What the journal has.
    pub(super) saved: Saved,
    /// The dialogs the journal knows the conversation of.
    kept_dialogs: BTreeSet<u32>,
    /// Whether the journal has to learn of the persona, or of whether the phone is open.
    pub(super) is_new: bool,
}

impl Phone {
    pub(super) fn new(owner: PhoneOwner, conversation: Conversation) -> Self {
        let PhoneOwner { persona, base } = owner;
        Self {
            caller: Arc::new(caller(&persona)),
            opening: Arc::new(persona.opening.clone()),
            persona,
            base,
            state: PhoneState::Open,
            requests: BTreeMap::new(),
            shown: Shown::default(),
            saved: conversation.saved().clone(),
            kept_dialogs: BTreeSet::new(),
            is_new: true,
            conversation,
        }
    }

    /// The persona as the journal keeps it, with what it was before it was configured.
    pub(super) fn kept(&self) -> Result<Value, serde_json::Error> {
        let mut kept = serde_json::to_value(&self.persona)?;
        if self.base != self.persona {
            kept[BASE] = serde_json::to_value(&self.base)?;
        }
        Ok(kept)
    }

    /// Hands it to somebody. What was configured here holds until that somebody is described
    /// differently elsewhere.
    pub(super) fn hand(&mut self, persona: Box<Persona>) {
        if self.base != persona {
            self.base.clone_from(&persona);
            self.set_persona(persona);
        }
    }

    /// Gives the consumer other habits: opening conversations, writing and reading.
    pub(super) fn set_persona(&mut self, persona: Box<Persona>) {
        self.conversation.set_habits(persona.habits);
        self.caller = Arc::new(caller(&persona));
        self.opening = Arc::new(persona.opening.clone());
        self.persona = persona;
        self.is_new = true;
    }

    /// Closes the phone: it takes notifications in and sends nothing until it is opened again.
    pub(super) fn close(&mut self, now: Timestamp) {
        // A phone that is off asks for nothing; what it would send is sent when it is on again.
        // Flight mode comes first: what left in these steps would go nowhere, and count as sent.
        let _ = self
            .conversation
            .step(now, PhoneEvent::User(Act::Flight(true)));
        let _ = self.conversation.step(now, PhoneEvent::User(Act::Quit));
        self.state = PhoneState::Away;
    }

    /// Opens the phone again; the caller starts it.
    pub(super) fn reopen(&mut self) {
        self.state = PhoneState::Open;
        self.shown = Shown::default();
        self.is_new = true;
    }

    pub(super) fn remember(&mut self, request: RequestId, items: Vec<ItemId>) {
        if self.requests.len() >= REMEMBERED_REQUESTS {
            self.requests.pop_first();
        }
        self.requests.insert(request, items);
    }

    /// The bubbles a request is about. One request can make several exchanges: a file has to be
    /// told an address first, a token may have to be renewed.
    pub(super) fn about(&self, request: RequestId) -> Vec<ItemId> {
        self.requests.get(&request).cloned().unwrap_or_default()
    }

    /// The dialogs the journal does not know yet.
    pub(super) fn new_dialogs(&self) -> Vec<(u32, ConversationId, DialogId)> {
        self.conversation
            .dialogs()
            .filter(|(ordinal, ..)| !self.kept_dialogs.contains(ordinal))
            .map(|(ordinal, conversation, dialog)| (ordinal, conversation.clone(), dialog.clone()))
            .collect()
    }

    pub(super) fn dialogs_kept(&mut self, dialogs: impl IntoIterator<Item = u32>) {
        self.kept_dialogs.extend(dialogs);
    }
}

/// Who holds a phone, and who they were before they were configured here.
pub(super) struct PhoneOwner {
    pub(super) persona: Box<Persona>,
    base: Box<Persona>,
}

impl PhoneOwner {
    /// Somebody nobody has configured.
    pub(super) fn new(persona: Box<Persona>) -> Self {
        Self {
            base: persona.clone(),
            persona,
        }
    }

    /// Whom the journal has, as [`Phone::kept`] writes it.
    pub(super) fn read(mut kept: Value) -> Result<Self, serde_json::Error> {
        let base = kept.as_object_mut().and_then(|kept| kept.remove(BASE));
        let persona = Box::new(serde_json::from_value(kept)?);
        match base {
            Some(base) => Ok(Self {
                persona,
                base: serde_json::from_value(base)?,
            }),
            None => Ok(Self::new(persona)),
        }
    }
}

fn caller(persona: &Persona) -> Caller {
    Caller {
        consumer: persona.consumer.clone(),
        properties: persona.properties.clone(),
    }
}
