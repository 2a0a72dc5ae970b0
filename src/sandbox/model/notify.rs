//! Notifications as they stand on the wire, byte for byte; see `webhooks` 3 to 5.
//!
//! Compact JSON in the order `kind`, `body`, `type`, whose parse-and-print round
//! trip changes nothing, because some receivers check the signature over that.

use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;

use crate::{
    domain::{
        ids::{AccountId, ConversationId, DialogId, ParticipantId, Sequence},
        time::Timestamp,
    },
    sandbox::{
        json::Metadata,
        model::{
            conversation::{Conversation, Csat, Ttr},
            dialog::{Audience, Closer, Dialog, DialogKind, Event, Participant},
            people, roster,
        },
    },
};

/// The five things an app install can subscribe to; see `webhooks` 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventType {
    /// Text, with or without quick replies, and files.
    Content,
    /// Structured content.
    RichContent,
    /// Receipts and clicks.
    AcceptStatus,
    /// Typing.
    ChatState,
    /// Changes of a conversation.
    Conversation,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Content,
        Self::RichContent,
        Self::AcceptStatus,
        Self::ChatState,
        Self::Conversation,
    ];

    /// The key under `capabilities.webhooks`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Content => "ms.MessagingEventNotification.ContentEvent",
            Self::RichContent => "ms.MessagingEventNotification.RichContentEvent",
            Self::AcceptStatus => "ms.MessagingEventNotification.AcceptStatusEvent",
            Self::ChatState => "ms.MessagingEventNotification.ChatStateEvent",
            Self::Conversation => "cqm.ExConversationChangeNotification",
        }
    }

    /// The one with this key.
    pub fn with_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// The type of an event as it stands on the wire.
    pub fn of(event: &Value) -> Self {
        match event.get("type").and_then(Value::as_str) {
            Some("RichContentEvent") => Self::RichContent,
            Some("AcceptStatusEvent") => Self::AcceptStatus,
            Some("ChatStateEvent") => Self::ChatState,
            _ => Self::Content,
        }
    }
}

/// One notification on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its number; later ones have higher numbers.
    pub id: u64,
    /// The conversation it is about.
    pub conversation: ConversationId,
    /// Which kind of event it tells.
    pub kind: EventType,
    /// When it came into being.
    pub at: Timestamp,
    /// The bytes to post.
    pub body: Bytes,
}

#[derive(Serialize)]
struct NotificationEnvelope<T> {
    kind: &'static str,
    body: NotificationBody<T>,
    #[serde(rename = "type")]
    name: &'static str,
}

/// Exactly one change: real clients look at the first only.
#[derive(Serialize)]
struct NotificationBody<T> {
    changes: [T; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MessageChange<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<Sequence>,
    originator_id: &'a ParticipantId,
    originator_metadata: &'a Participant,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_timestamp: Option<Timestamp>,
    event: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a Metadata>,
    conversation_id: &'a ConversationId,
    dialog_id: &'a DialogId,
    message_audience: Audience,
}

#[derive(Serialize)]
struct ConversationChange<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    result: ConversationResult<'a>,
}

#[derive(Serialize)]
struct ConversationResult<'a> {
    #[serde(rename = "convId")]
    id: &'a ConversationId,
    #[serde(rename = "effectiveTTR")]
    effective_ttr: i64,
    #[serde(rename = "conversationDetails")]
    details: Details<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    skill_id: &'a str,
    participants: Vec<&'a Participant>,
    dialogs: Vec<DialogDetails<'a, &'a [Participant]>>,
    #[serde(flatten)]
    progress: ProgressDetails<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    csat_rate: Option<u8>,
    ttr: &'a Ttr,
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign_info: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<&'a Value>,
}

/// What connectors and agents are told alike: when a conversation began, and how it stands.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProgressDetails<'a> {
    brand_id: &'a AccountId,
    state: &'static str,
    stage: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    close_reason: Option<Closer>,
    start_ts: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_ts: Option<Timestamp>,
    meta_data_last_update_ts: Timestamp,
    first_conversation: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    csat: Option<&'a Csat>,
}

/// A dialog; who takes part is told to connectors and agents differently.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DialogDetails<'a, P> {
    dialog_id: &'a DialogId,
    participants_details: P,
    dialog_type: &'static str,
    channel_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta_data: Option<MetaData>,
    state: &'static str,
    creation_ts: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_ts: Option<Timestamp>,
    meta_data_last_update_ts: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_by: Option<Closer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_cause: Option<&'a str>,
}

/// Of survey dialogs: which app asks.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct MetaData {
    app_install_id: String,
}

impl<'a> ProgressDetails<'a> {
    pub(super) fn of(account: &'a AccountId, conversation: &'a Conversation) -> Self {
        Self {
            brand_id: account,
            state: state(conversation.main().is_open()),
            stage: state(conversation.is_open()),
            close_reason: conversation.close_reason,
            start_ts: conversation.started,
            end_ts: conversation.ended,
            meta_data_last_update_ts: conversation.updated,
            first_conversation: conversation.first,
            csat: conversation.csat.as_ref(),
        }
    }
}

impl<'a, P> DialogDetails<'a, P> {
    pub(super) fn of(account: &AccountId, dialog: &'a Dialog, participants: P) -> Self {
        let closing = dialog.closing.as_ref();
        Self {
            dialog_id: &dialog.id,
            participants_details: participants,
            dialog_type: match dialog.kind {
                DialogKind::Main => "MAIN",
                DialogKind::PostSurvey => "POST_SURVEY",
            },
            channel_type: "MESSAGING",
            meta_data: (dialog.kind == DialogKind::PostSurvey).then(|| MetaData {
                app_install_id: survey_app(account, dialog),
            }),
            state: state(dialog.is_open()),
            creation_ts: dialog.created,
            end_ts: closing.map(|closing| closing.at),
            meta_data_last_update_ts: dialog.updated,
            closed_by: closing.map(|closing| closing.by),
            closed_cause: closing.and_then(|closing| closing.cause.as_deref()),
        }
    }
}

/// Who asks in a survey dialog, as its installation id.
fn survey_app(account: &AccountId, dialog: &Dialog) -> String {
    let own = || people::agent_id(account, roster::SURVEY_APP).to_string();
    dialog.app.clone().unwrap_or_else(own)
}

/// The notification of a numbered event.
pub fn event(conversation: &ConversationId, dialog: &DialogId, event: &Event) -> Bytes {
    message(&MessageChange {
        sequence: Some(event.sequence),
        originator_id: &event.author.id,
        originator_metadata: &event.author,
        server_timestamp: Some(event.at),
        event: &event.event,
        metadata: event.metadata.as_ref(),
        conversation_id: conversation,
        dialog_id: dialog,
        message_audience: event.audience,
    })
}

/// The notification of a chat state, which has neither number nor time.
pub fn chat_state(
    conversation: &ConversationId,
    dialog: &DialogId,
    author: &Participant,
    metadata: Option<&Metadata>,
    state: &str,
) -> Bytes {
    message(&MessageChange {
        sequence: None,
        originator_id: &author.id,
        originator_metadata: author,
        server_timestamp: None,
        event: &serde_json::json!({ "type": "ChatStateEvent", "chatState": state }),
        metadata,
        conversation_id: conversation,
        dialog_id: dialog,
        message_audience: Audience::All,
    })
}

/// The notification of a conversation: its complete state, never a difference.
pub fn conversation(account: &AccountId, conversation: &Conversation) -> Bytes {
    let change = ConversationChange {
        kind: "UPSERT",
        result: ConversationResult {
            id: &conversation.id,
            effective_ttr: conversation.effective_ttr(),
            details: Details {
                skill_id: conversation.skill.as_str(),
                participants: conversation.participants(),
                dialogs: conversation
                    .dialogs
                    .iter()
                    .map(|dialog| DialogDetails::of(account, dialog, &dialog.participants[..]))
                    .collect(),
                progress: ProgressDetails::of(account, conversation),
                csat_rate: conversation.csat.as_ref().and_then(|csat| csat.csat_rate),
                ttr: &conversation.ttr,
                campaign_info: conversation.campaign.as_ref(),
                context: conversation.context.0.as_ref(),
            },
        },
    };
    print("cqm.ExConversationChangeNotification", change)
}

fn message(change: &MessageChange<'_>) -> Bytes {
    print("ms.MessagingEventNotification", change)
}

fn state(open: bool) -> &'static str {
    if open { "OPEN" } else { "CLOSE" }
}

fn print<T: Serialize>(name: &'static str, change: T) -> Bytes {
    let whole = NotificationEnvelope {
        kind: "notification",
        body: NotificationBody { changes: [change] },
        name,
    };
    serde_json::to_vec(&whole)
        .expect("these types hold only text keys and finite numbers, which JSON can always print")
        .into()
}
