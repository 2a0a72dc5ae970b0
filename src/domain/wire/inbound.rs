//! Notifications as the cloud posts them, read into what the conversation
//! understands. See `webhooks` sections 3 to 5.
//!
//! Nothing here fails, and no member costs the others: each is read by itself.
//! What stays unreadable becomes [`Event::Unreadable`], so that the phone can
//! say that something came; the raw bytes are in the wire pane.

mod conversation;

use std::mem;

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::domain::{
    content::{Content, Hosted},
    ids::{ConversationId, DialogId, Sequence},
    rich::quick,
    role::{Author, Role},
    text::SafeText,
    time::Timestamp,
    wire::{
        lenient::{self, Lenient, number, whole, word},
        outbound::{AcceptStatus, ChatState},
    },
};

pub use self::conversation::{Conversation, Dialog, Facts};

/// The audience of what no consumer may see.
const NOT_HERE: &str = "AGENTS_AND_MANAGERS";

/// One element of a notification's `changes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Somebody wrote, typed or acknowledged something.
    Message(Box<Message>),
    /// The complete new state of a conversation.
    Conversation(Box<Conversation>),
}

/// A message event; see `webhooks` section 4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Missing in the oldest captures, and where it cannot be read.
    pub conversation: Option<ConversationId>,
    /// The dialog it belongs to; empty only where it cannot be read.
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
    /// A status or a chat state this program does not know, with the type of its event.
    Unknown(String),
    /// Nobody can tell what it says, or whether it is for the consumer.
    Unreadable,
}

/// Reads a webhook body. A body that tells of no change is a change that cannot be read; only a
/// whole notification with an empty list has none.
pub fn read(body: &[u8]) -> Vec<Change> {
    let Lenient {
        mut value,
        is_whole,
    } = lenient::read(body);
    let changes = match value.pointer_mut("/body/changes").map(Value::take) {
        Some(Value::Array(changes)) if is_whole || !changes.is_empty() => changes,
        Some(change @ Value::Object(_)) => vec![change],
        _ => {
            let mut message = unreadable(&value);
            message.for_consumer = word(&value, "messageAudience").as_deref() != Some(NOT_HERE);
            return vec![Change::Message(Box::new(message))];
        }
    };
    let changes = changes.into_iter();
    changes
        .map(|change| read_change(change, is_whole))
        .collect()
}

/// Whether the brackets and quotes of a body are where they belong, so that an id in it is what it
/// was meant to be.
pub fn is_whole(body: &[u8]) -> bool {
    lenient::read(body).is_whole
}

fn read_change(change: Value, is_whole: bool) -> Change {
    if change.get("event").is_none() && change.get("result").is_some() {
        return conversation::read(&change);
    }
    // Nothing is shown of which it is not clear that the consumer may see it.
    let is_clear = match word(&change, "messageAudience").as_deref() {
        Some("ALL" | NOT_HERE) => true,
        None => is_whole,
        Some(_) => false,
    };
    let mut message = message(change);
    if !is_clear && matches!(message.event, Event::Content { .. } | Event::Unreadable) {
        message.event = Event::Unreadable;
        message.for_consumer = true;
    }
    Change::Message(Box::new(message))
}

/// A message event of which only where it belongs can be read.
pub(super) fn unreadable(change: &Value) -> Message {
    let result = change.get("result").unwrap_or(&Value::Null);
    let conversation = word(change, "conversationId").or_else(|| word(result, "convId"));
    let originator = change.get("originatorMetadata").unwrap_or(&Value::Null);
    Message {
        dialog: word(change, "dialogId")
            .or_else(|| conversation.clone())
            .unwrap_or_default()
            .into(),
        conversation: conversation.map(ConversationId::from),
        author: Author {
            id: word(change, "originatorId")
                .or_else(|| word(originator, "id"))
                .unwrap_or_default()
                .into(),
            // Without a role the conversation tells ours from theirs by the id.
            role: Role::from(word(originator, "role").unwrap_or_default()),
        },
        sequence: whole(change, "sequence").and_then(|number| Sequence::try_from(number).ok()),
        at: whole(change, "serverTimestamp").map(Timestamp),
        for_consumer: word(change, "messageAudience").is_none_or(|to| to == "ALL"),
        event: Event::Unreadable,
    }
}

/// A message event; one that names neither dialog nor conversation cannot be read.
pub(super) fn message(mut change: Value) -> Message {
    let message = unreadable(&change);
    if message.dialog.as_str().is_empty() {
        return message;
    }
    let event = change.get_mut("event").map(Value::take).unwrap_or_default();
    Message {
        event: read_event(event).unwrap_or(Event::Unreadable),
        ..message
    }
}

fn read_event(mut event: Value) -> Option<Event> {
    let replies = event.get("quickReplies").map(quick::replies);
    let replies = replies.unwrap_or_default();
    let kind = word(&event, "type").unwrap_or_default();
    match kind.as_str() {
        "AcceptStatusEvent" => {
            let sequences = lenient::list(&event, "sequenceList").iter();
            let sequences = sequences.filter_map(|one| Sequence::try_from(number(one)?).ok());
            let status = word(&event, "status").and_then(named::<AcceptStatus>);
            Some(status.map_or(Event::Unknown(kind), |status| Event::Accept {
                status,
                sequences: sequences.collect(),
            }))
        }
        "ChatStateEvent" => {
            let state = word(&event, "chatState").and_then(named::<ChatState>);
            Some(state.map_or(Event::Unknown(kind), Event::ChatState))
        }
        // By what is in it rather than by its type, which may be one that nobody knows.
        _ => {
            let kind = word(&event, "contentType").unwrap_or_default();
            let is_text = event["type"] == "ContentEvent" && event["message"].is_string();
            let rich = ["content", "message"].into_iter().find(|member| {
                let is_rich = *member == "content" || event["type"] == "RichContentEvent";
                is_rich && !is_text && event[*member].is_object()
            });
            if let Some(member) = rich {
                return Some(Event::Content {
                    content: Content::Rich {
                        content: mem::take(&mut event[member]),
                        replies,
                    },
                    text: None,
                });
            }
            let text = word(&event, "message").or_else(|| word(&event, "content"));
            // An empty text is one, too.
            let text = text.or_else(|| event["message"].as_str().map(str::to_owned));
            match (text, &event["message"]) {
                (Some(text), _) => Some(Event::Content {
                    content: Content::Text {
                        text: SafeText::clean(&text),
                        replies,
                    },
                    text: Some(text),
                }),
                (None, message @ Value::Object(_)) if event["type"] == "ContentEvent" => {
                    Some(Event::Content {
                        content: attached(&kind, message),
                        text: None,
                    })
                }
                _ => None,
            }
        }
    }
}

/// One of the words the wire has for something, or `None` for a word we do not know.
fn named<T: DeserializeOwned>(word: String) -> Option<T> {
    serde_json::from_value(Value::from(word)).ok()
}

/// A file or a form.
fn attached(kind: &str, message: &Value) -> Content {
    let verbatim = |key: &str| message.get(key).and_then(Value::as_str);
    let member = |key: &str| SafeText::clean(verbatim(key).unwrap_or(""));
    if kind.starts_with("forms/") {
        return Content::Form {
            title: member("title"),
        };
    }
    Content::File(Hosted {
        caption: member("caption"),
        file_type: member("fileType"),
        path: verbatim("relativePath").unwrap_or_default().to_owned(),
        preview: verbatim("preview").map(str::to_owned),
        local: None,
    })
}
