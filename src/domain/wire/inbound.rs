//! Notifications as the cloud posts them, read into what the conversation
//! understands. See `webhooks` sections 3 to 5.
//!
//! Nothing here fails: what is not understood becomes [`Change::Unknown`] and
//! stays visible in the wire pane, where the raw bytes are.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::domain::{
    content::{Content, Hosted},
    ids::{ConversationId, DialogId, Sequence, SkillId},
    rich::quick,
    role::{Author, Role},
    text::SafeText,
    time::Timestamp,
    wire::outbound::{AcceptStatus, ChatState},
};

/// One element of a notification's `changes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Somebody wrote, typed or acknowledged something.
    Message(Message),
    /// The complete new state of a conversation.
    Conversation(Box<Conversation>),
    /// Anything else, with its type in a word or two.
    Unknown(String),
}

/// A message event; see `webhooks` section 4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Missing only in the oldest captures.
    pub conversation: Option<ConversationId>,
    /// The dialog it belongs to.
    pub dialog: DialogId,
    /// Who produced it.
    pub author: Author,
    /// Its number in the dialog; chat states have none.
    pub sequence: Option<Sequence>,
    /// When the cloud took it; chat states have none.
    pub at: Option<Timestamp>,
    /// Whether it is meant for the consumer: only audience `ALL` is.
    pub for_consumer: bool,
    /// What happened.
    pub event: Event,
}

/// What a message event says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// Text, a file or structured content.
    Content {
        /// As the phone shows it.
        content: Content,
        /// The text exactly as it came, when it is plain text: an echo is recognised by it.
        text: Option<String>,
    },
    /// Messages were delivered, read, clicked.
    Accept {
        /// Which of these.
        status: AcceptStatus,
        /// The messages meant.
        sequences: Vec<Sequence>,
    },
    /// Somebody types, stopped, looks away.
    ChatState(ChatState),
    /// A type this program does not know.
    Unknown(String),
}

/// The complete state of a conversation; see `webhooks` section 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// `convId`.
    pub id: ConversationId,
    /// Who takes part, in the order given.
    pub participants: Vec<Author>,
    /// Its messaging dialogs, in the order given, which is not fixed.
    pub dialogs: Vec<Dialog>,
    /// The queue it is in.
    pub skill: Option<SkillId>,
    /// `state`: whether the MAIN dialog is open.
    pub main_open: bool,
    /// `stage`: whether anything of it is open.
    pub open: bool,
    /// Who closed the MAIN dialog.
    pub close_reason: Option<String>,
    /// `metaDataLastUpdateTs`, by which older states are told from newer ones.
    pub updated: Option<Timestamp>,
}

/// A dialog of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialog {
    /// `dialogId`.
    pub id: DialogId,
    /// Whether it is a survey rather than the MAIN dialog.
    pub survey: bool,
    /// Whether it takes messages.
    pub open: bool,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type", default)]
    kind: String,
    body: Body,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    changes: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMessage {
    sequence: Option<Sequence>,
    originator_id: Option<String>,
    originator_metadata: Option<RawOriginator>,
    server_timestamp: Option<Timestamp>,
    event: RawEvent,
    conversation_id: Option<String>,
    dialog_id: Option<String>,
    message_audience: Option<String>,
}

#[derive(Deserialize)]
struct RawOriginator {
    id: Option<String>,
    role: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawEvent {
    #[serde(rename = "type", default)]
    kind: String,
    message: Option<Value>,
    content: Option<Value>,
    content_type: Option<String>,
    quick_replies: Option<Value>,
    status: Option<String>,
    sequence_list: Option<Vec<Sequence>>,
    chat_state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawResult {
    conv_id: String,
    conversation_details: RawDetails,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDetails {
    skill_id: Option<Value>,
    #[serde(default)]
    participants: Vec<RawParticipant>,
    #[serde(default)]
    dialogs: Vec<RawDialog>,
    state: Option<String>,
    stage: Option<String>,
    close_reason: Option<String>,
    meta_data_last_update_ts: Option<Timestamp>,
}

#[derive(Deserialize)]
struct RawParticipant {
    id: String,
    role: String,
    state: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDialog {
    dialog_id: String,
    #[serde(default)]
    participants_details: Vec<RawParticipant>,
    dialog_type: Option<String>,
    channel_type: Option<String>,
    state: Option<String>,
}

/// Reads a webhook body; a body that is no notification has no changes.
pub fn read(body: &[u8]) -> Vec<Change> {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(body) else {
        return Vec::new();
    };
    let of_conversations = envelope.kind.contains("ConversationChangeNotification");
    envelope
        .body
        .changes
        .into_iter()
        .map(|change| {
            if of_conversations {
                conversation(&change)
            } else {
                message(change)
            }
        })
        .collect()
}

fn message(change: Value) -> Change {
    let Ok(raw) = serde_json::from_value::<RawMessage>(change) else {
        return Change::Unknown("message without an event".into());
    };
    let (named, role) = match raw.originator_metadata {
        Some(RawOriginator { id, role }) => (id, role),
        None => (None, None),
    };
    let Some(dialog) = raw.dialog_id.or_else(|| raw.conversation_id.clone()) else {
        return Change::Unknown(format!("{} without a dialogId", raw.event.kind));
    };
    Change::Message(Message {
        conversation: raw.conversation_id.map(ConversationId::from),
        dialog: dialog.into(),
        author: Author {
            id: raw.originator_id.or(named).unwrap_or_default().into(),
            // Without a role the conversation tells ours from theirs by the id.
            role: Role::from(role.unwrap_or_default()),
        },
        sequence: raw.sequence,
        at: raw.server_timestamp,
        for_consumer: raw.message_audience.is_none_or(|to| to == "ALL"),
        event: event(raw.event),
    })
}

fn event(raw: RawEvent) -> Event {
    let understood = match raw.kind.as_str() {
        "ContentEvent" => content(&raw),
        "RichContentEvent" => raw.content.as_ref().or(raw.message.as_ref()).map(|rich| {
            let replies = raw.quick_replies.as_ref().map(quick::replies);
            Event::Content {
                content: Content::Rich {
                    content: rich.clone(),
                    replies: replies.unwrap_or_default(),
                },
                text: None,
            }
        }),
        "AcceptStatusEvent" => {
            raw.status
                .as_deref()
                .and_then(named::<AcceptStatus>)
                .map(|status| Event::Accept {
                    status,
                    sequences: raw.sequence_list.clone().unwrap_or_default(),
                })
        }
        "ChatStateEvent" => raw
            .chat_state
            .as_deref()
            .and_then(named::<ChatState>)
            .map(Event::ChatState),
        _ => None,
    };
    understood.unwrap_or(Event::Unknown(raw.kind))
}

/// One of the words the wire has for something, or `None` for a word we do not know.
fn named<T: DeserializeOwned>(word: &str) -> Option<T> {
    serde_json::from_value(Value::from(word)).ok()
}

fn content(raw: &RawEvent) -> Option<Event> {
    let message = raw.message.as_ref()?;
    if let Some(text) = message.as_str() {
        return Some(Event::Content {
            content: Content::Text {
                text: SafeText::clean(text),
                replies: raw
                    .quick_replies
                    .as_ref()
                    .map(quick::replies)
                    .unwrap_or_default(),
            },
            text: Some(text.to_owned()),
        });
    }
    let member =
        |key: &str| SafeText::clean(message.get(key).and_then(Value::as_str).unwrap_or(""));
    let kind = raw.content_type.as_deref().unwrap_or("");
    let content = if kind.starts_with("forms/") {
        Content::Form {
            title: member("title"),
        }
    } else {
        let verbatim = |key: &str| message.get(key).and_then(Value::as_str);
        Content::File(Hosted {
            caption: member("caption"),
            file_type: member("fileType"),
            path: verbatim("relativePath").unwrap_or_default().to_owned(),
            preview: verbatim("preview").map(str::to_owned),
            local: None,
        })
    };
    Some(Event::Content {
        content,
        text: None,
    })
}

fn conversation(change: &Value) -> Change {
    let result = change.get("result").cloned().unwrap_or_default();
    let Ok(raw) = serde_json::from_value::<RawResult>(result) else {
        return Change::Unknown("conversation change without details".into());
    };
    let details = raw.conversation_details;
    let is_open = |state: Option<&str>| state != Some("CLOSE");
    let dialogs: Vec<&RawDialog> = details
        .dialogs
        .iter()
        .filter(|dialog| dialog.channel_type.as_deref() != Some("COBROWSE"))
        .collect();
    Change::Conversation(Box::new(Conversation {
        id: raw.conv_id.into(),
        participants: present(&details.participants, &dialogs),
        dialogs: dialogs
            .iter()
            .map(|dialog| Dialog {
                id: dialog.dialog_id.as_str().into(),
                survey: dialog.dialog_type.as_deref() == Some("POST_SURVEY"),
                open: is_open(dialog.state.as_deref()),
            })
            .collect(),
        skill: details.skill_id.map(|skill| match skill {
            Value::String(id) => id.into(),
            other => other.to_string().into(),
        }),
        main_open: is_open(details.state.as_deref()),
        open: is_open(details.stage.as_deref().or(details.state.as_deref())),
        close_reason: details.close_reason,
        updated: details.meta_data_last_update_ts,
    }))
}

/// The participants who are really there: somebody merely suggested is not yet
/// (`edge-cases` section 6).
fn present(listed: &[RawParticipant], dialogs: &[&RawDialog]) -> Vec<Author> {
    let suggested = |id: &str, role: &str| {
        let mut seen = dialogs
            .iter()
            .flat_map(|dialog| &dialog.participants_details)
            .filter(|one| one.id == id && one.role == role)
            .peekable();
        seen.peek().is_some() && seen.all(|one| one.state.as_deref() == Some("SUGGESTED"))
    };
    listed
        .iter()
        .filter(|one| one.state.as_deref() != Some("SUGGESTED"))
        .filter(|one| !suggested(&one.id, &one.role))
        .map(|one| Author {
            id: one.id.as_str().into(),
            role: Role::from(one.role.as_str()),
        })
        .collect()
}
