//! What a call to the cloud changed and whom it must be told.

use std::{collections::BTreeSet, sync::Arc};

use bytes::Bytes;

use crate::{
    domain::{
        ids::{AccountId, ClientId, ConversationId, DialogId, ParticipantId},
        role::Role,
        time::Timestamp,
    },
    sandbox::{
        json::Metadata,
        model::{
            conversation::Conversation,
            dialog::{Audience, Event, Participant},
            files::FileChange,
            notify::{self, EventType},
        },
    },
};

/// Everything one call changed, in order.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub consumers: BTreeSet<ParticipantId>,
    pub conversations: BTreeSet<ConversationId>,
    pub events: Vec<(DialogId, Arc<Event>)>,
    /// Conversations that made room, with their dialogs.
    pub gone: Vec<(ConversationId, Vec<DialogId>)>,
    /// Files to store, or to store no more.
    pub files: Vec<FileChange>,
    /// App installs to store and to deliver to otherwise.
    pub installs: BTreeSet<ClientId>,
    /// Whether something now ends at a time of its own.
    pub timers: bool,
    /// What the connector and the agents are told, in this order.
    pub notices: Vec<Notice>,
}

#[derive(Debug, Clone)]
pub(crate) struct Notice {
    pub conversation: ConversationId,
    /// The app install that began it, which alone is told.
    pub client: ClientId,
    /// Which subscription of the app install it belongs to.
    pub kind: EventType,
    pub at: Timestamp,
    pub body: Bytes,
    /// Whether it is between agents and the consumer must not see it.
    pub private: bool,
    pub agents: Vec<ParticipantId>,
    /// The agent in whose name the conversation was begun, who was not rung for it.
    pub given: Option<ParticipantId>,
    /// The same for the agents' clients.
    pub content: NoticeContent,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum NoticeContent {
    Conversation(View),
    /// Something with a number was published.
    Event {
        dialog: DialogId,
        event: Arc<Event>,
    },
    /// A participant types, stopped typing, came or went.
    ChatState {
        dialog: DialogId,
        author: Participant,
        /// For example `COMPOSING`.
        state: String,
    },
}

/// A conversation as an agent's client sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    pub id: ConversationId,
    pub main: DialogId,
    pub consumer: ParticipantId,
    pub assigned: Option<ParticipantId>,
    /// To whom it was handed, and rings.
    pub suggested: Option<ParticipantId>,
    pub open: bool,
    /// Whether the MAIN dialog is, too: it is not while a survey runs.
    pub main_open: bool,
    pub skill: String,
    /// `effectiveTTR`, by which those who wait are taken.
    pub due: i64,
    pub started: Timestamp,
}

impl View {
    pub fn of(conversation: &Conversation) -> Self {
        Self {
            id: conversation.id.clone(),
            main: conversation.main().id.clone(),
            consumer: conversation.consumer.clone(),
            assigned: conversation.assigned().cloned(),
            suggested: conversation.suggested().cloned(),
            open: conversation.is_open(),
            main_open: conversation.main().is_open(),
            skill: conversation.skill.to_string(),
            due: conversation.effective_ttr(),
            started: conversation.started,
        }
    }
}

impl Changes {
    /// Has the whole state of a conversation told and stored.
    pub(crate) fn notify_conversation(&mut self, account: &AccountId, conversation: &Conversation) {
        self.conversations.insert(conversation.id.clone());
        self.notices.push(Notice {
            conversation: conversation.id.clone(),
            client: conversation.client.clone(),
            kind: EventType::Conversation,
            at: conversation.updated,
            body: notify::conversation(account, conversation),
            private: false,
            agents: conversation.agents(),
            given: None,
            content: NoticeContent::Conversation(View::of(conversation)),
        });
    }

    /// Has a numbered event told and stored.
    pub(crate) fn notify_event(
        &mut self,
        conversation: &Conversation,
        dialog: &DialogId,
        event: &Arc<Event>,
    ) {
        self.store_event(conversation, dialog, event);
        let kind = EventType::of(&event.event);
        self.notices.push(Notice {
            conversation: conversation.id.clone(),
            client: conversation.client.clone(),
            kind,
            at: event.at,
            body: notify::event(&conversation.id, dialog, event),
            private: event.audience == Audience::AgentsAndManagers,
            agents: listeners(conversation, dialog),
            given: None,
            content: NoticeContent::Event {
                dialog: dialog.clone(),
                event: event.clone(),
            },
        });
    }

    /// Has a numbered event stored without a notification.
    pub(crate) fn store_event(
        &mut self,
        conversation: &Conversation,
        dialog: &DialogId,
        event: &Arc<Event>,
    ) {
        self.conversations.insert(conversation.id.clone());
        self.events.push((dialog.clone(), event.clone()));
    }

    /// Has a chat state told; it is stored nowhere.
    pub(crate) fn notify_chat_state(
        &mut self,
        now: Timestamp,
        conversation: &Conversation,
        dialog: &DialogId,
        author: Participant,
        metadata: Option<&Metadata>,
        state: &str,
    ) {
        let body = notify::chat_state(&conversation.id, dialog, &author, metadata, state);
        self.notices.push(Notice {
            conversation: conversation.id.clone(),
            client: conversation.client.clone(),
            kind: EventType::ChatState,
            at: now,
            body,
            private: false,
            agents: listeners(conversation, dialog),
            given: None,
            content: NoticeContent::ChatState {
                dialog: dialog.clone(),
                author,
                state: state.to_owned(),
            },
        });
    }
}

/// The agents in a dialog but for those who once were and may only look:
/// real agents' clients do not survive the messages of a survey (`agent-side` 6.1).
fn listeners(conversation: &Conversation, dialog: &DialogId) -> Vec<ParticipantId> {
    let found = conversation.dialogs.iter().find(|one| one.id == *dialog);
    found
        .into_iter()
        .flat_map(|dialog| &dialog.participants)
        .filter(|one| one.is_active() && !matches!(one.role, Role::Consumer | Role::Reader))
        .map(|one| one.id.clone())
        .collect()
}
