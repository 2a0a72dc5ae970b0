//! Dialogs: who takes part in one, what was said in it, how it ended.

use std::{collections::VecDeque, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::{
    domain::{
        ids::{ConversationId, DialogId, ParticipantId, Sequence},
        role::Role,
        time::Timestamp,
    },
    sandbox::{json::Metadata, model::survey::Progress},
};

/// Events of one dialog held in memory; older ones are forgotten first (a state file keeps all).
const EVENTS_KEPT: usize = 10_000;

/// One stream of messages with its own sequence.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dialog {
    /// Its id; the MAIN dialog's equals the conversation's.
    pub id: DialogId,
    /// What it is for.
    #[serde(default)]
    pub kind: DialogKind,
    /// How far the survey is, in a dialog that is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub survey: Option<Progress>,
    /// `appInstallId` of who asks in a survey; the built-in bot's when it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app: Option<String>,
    /// What the client of an agent in it says about it, for example which survey it asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotation: Option<Value>,
    /// Who takes part, in the order they came.
    pub participants: Vec<Participant>,
    /// When it began.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// How it ended, if it has.
    pub closing: Option<DialogClosing>,
    /// The number the next event gets.
    pub next: Sequence,
    /// The time of the latest event; the next is not earlier.
    pub latest: Timestamp,
    /// The latest events, oldest first; stored apart from the dialog.
    #[serde(skip)]
    pub events: VecDeque<Arc<Event>>,
}

/// What a dialog is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DialogKind {
    /// Opened with the conversation.
    #[default]
    Main,
    /// Opened when the MAIN dialog was closed.
    PostSurvey,
}

/// A participant of a dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Consumer id or agent PID.
    pub id: ParticipantId,
    /// As what it takes part.
    pub role: Role,
    /// Whether it does already.
    #[serde(default, skip_serializing_if = "Presence::is_active")]
    pub state: Presence,
}

/// Whether a participant takes part, or is only asked to; see `agent-side` 7.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Presence {
    /// It takes part. Not written, as the notifications to connectors have it.
    #[default]
    Active,
    /// The conversation was handed to it and rings there.
    Suggested,
}

impl Presence {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
    fn is_active(&self) -> bool {
        *self == Self::Active
    }
}

/// How a dialog was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialogClosing {
    /// When.
    pub at: Timestamp,
    /// Who closed it.
    pub by: Closer,
    /// The text the closer gave.
    pub cause: Option<String>,
}

/// Who closed something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Closer {
    /// The consumer.
    Consumer,
    /// An agent.
    Agent,
}

/// Something that happened in a dialog and has a number there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its number.
    pub sequence: Sequence,
    /// When the cloud took it.
    pub at: Timestamp,
    /// Who did it.
    pub author: Participant,
    /// Who may see it.
    pub audience: Audience,
    /// The event as it goes over the wire.
    pub event: Value,
    /// Exactly what the publisher sent with it; `null` is not the same as nothing.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    pub metadata: Option<Metadata>,
}

/// A member that is there, even if it is `null`.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Metadata>, D::Error> {
    Metadata::deserialize(deserializer).map(Some)
}

/// Who may see an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Audience {
    /// All participants.
    #[default]
    All,
    /// Not the consumer.
    AgentsAndManagers,
}

impl Participant {
    /// The consumer as a participant.
    pub fn consumer(id: ParticipantId) -> Self {
        Self {
            id,
            role: Role::Consumer,
            state: Presence::Active,
        }
    }

    /// An agent as a participant.
    pub fn agent(id: ParticipantId, role: Role) -> Self {
        Self {
            id,
            role,
            state: Presence::Active,
        }
    }

    /// An agent a conversation is handed to.
    pub fn suggested(id: ParticipantId) -> Self {
        Self {
            id,
            role: Role::AssignedAgent,
            state: Presence::Suggested,
        }
    }

    /// Whether it takes part, not only asked to.
    pub fn is_active(&self) -> bool {
        self.state.is_active()
    }
}

impl Event {
    /// Whether it is something to read: text, a file or structured content.
    pub fn is_content(&self) -> bool {
        let kind = self.event.get("type").and_then(Value::as_str);
        matches!(kind, Some("ContentEvent" | "RichContentEvent"))
    }
}

impl Dialog {
    /// The MAIN dialog of a new conversation.
    pub fn main(conversation: &ConversationId, now: Timestamp, consumer: Participant) -> Self {
        Self {
            participants: vec![consumer],
            ..Self::new(DialogId::from(conversation.as_str()), now)
        }
    }

    /// A dialog without participants.
    pub fn new(id: DialogId, now: Timestamp) -> Self {
        Self {
            id,
            kind: DialogKind::Main,
            survey: None,
            app: None,
            annotation: None,
            participants: Vec::new(),
            created: now,
            updated: now,
            closing: None,
            next: 0,
            latest: now,
            events: VecDeque::new(),
        }
    }

    /// Whether messages can still be published to it.
    pub fn is_open(&self) -> bool {
        self.closing.is_none()
    }

    /// The role of a participant.
    pub fn role_of(&self, id: &ParticipantId) -> Option<&Role> {
        self.participants
            .iter()
            .find(|one| one.id == *id && one.is_active())
            .map(|one| &one.role)
    }

    /// Adds an event and numbers it.
    pub fn record(
        &mut self,
        now: Timestamp,
        author: Participant,
        audience: Audience,
        event: Value,
        metadata: Option<Metadata>,
    ) -> Arc<Event> {
        self.latest = self.latest.max(now);
        let event = Arc::new(Event {
            sequence: self.next,
            at: self.latest,
            author,
            audience,
            event,
            metadata,
        });
        self.next += 1;
        self.keep(event.clone());
        event
    }

    /// Whether every event it ever had is still in memory.
    pub fn is_whole(&self) -> bool {
        u64::try_from(self.events.len()) == Ok(self.next)
    }

    /// Holds an event in memory.
    pub fn keep(&mut self, event: Arc<Event>) {
        if self.events.len() == EVENTS_KEPT {
            self.events.pop_front();
        }
        self.events.push_back(event);
    }
}
