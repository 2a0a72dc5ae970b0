//! Notifications as the cloud posts them, read into what the conversation
//! understands. See `webhooks` sections 3 to 5.
//!
//! Nothing here fails: what is not understood becomes [`Change::Unknown`] and
//! stays visible in the wire pane, where the raw bytes are.

mod conversation;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::domain::{
    content::{Content, Hosted},
    ids::{ConversationId, DialogId, Sequence},
    rich::quick,
    role::{Author, Role},
    text::SafeText,
    time::Timestamp,
    wire::outbound::{AcceptStatus, ChatState},
};

pub use self::conversation::{Conversation, Dialog, Facts};

/// One element of a notification's `changes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Somebody wrote, typed or acknowledged something.
    Message(Box<Message>),
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
                conversation::read(change)
            } else {
                message(change)
            }
        })
        .collect()
}

pub(super) fn message(change: Value) -> Change {
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
    Change::Message(Box::new(Message {
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
    }))
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
