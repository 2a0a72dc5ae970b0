//! What can be published into a dialog, read from a request's `event`.
//!
//! See `send-api` 3.2 to 3.4 for the consumer's side and `agent-side` 6.3 for
//! the agent's. Unknown members are ignored.

use serde_json::{Map, Value, json};

use crate::{
    domain::ids::Sequence,
    sandbox::model::{fields::text, refusal::Refusal},
};

/// Longest plain text taken, in characters.
const LONGEST_TEXT: usize = 8000;
/// Longest preview of a file, in bytes of its data URI.
const LARGEST_PREVIEW: usize = 30 * 1024;

const CONSUMER_STATUSES: [&str; 5] = ["ACCEPT", "READ", "ACCESS", "NACK", "ACTION"];
const CHAT_STATES: [&str; 6] = [
    "ACTIVE",
    "INACTIVE",
    "GONE",
    "COMPOSING",
    "PAUSE",
    "BACKGROUND",
];

/// An event to publish.
#[derive(Debug, Clone, PartialEq)]
pub enum Publication {
    /// Plain text.
    Text {
        /// What was written, byte for byte.
        message: String,
        /// Buttons under it.
        quick_replies: Option<Value>,
    },
    /// Structured content.
    Rich {
        /// The content.
        content: Value,
        /// Buttons under it.
        quick_replies: Option<Value>,
    },
    /// Content of a sort that is passed on and not looked into, for example an
    /// invitation to a secure form; see `webhooks` 4.1.
    Other {
        /// For example `forms/secure-invitation`.
        content_type: String,
        /// The message of this type.
        message: Value,
    },
    /// A file that was uploaded before.
    File(HostedFile),
    /// A receipt or a click.
    Accept {
        /// For example `READ`.
        status: String,
        /// The messages it is about.
        sequences: Vec<Sequence>,
    },
    /// Typing, coming and going.
    ChatState(String),
}

/// What a message says about a file; see `send-api` 3.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostedFile {
    /// The path its upload was given.
    pub path: String,
    /// For example `PNG`; it is not checked against the bytes.
    pub kind: String,
    /// What is written under it.
    pub caption: Option<String>,
    /// A small picture of it, as a data URI.
    pub preview: Option<String>,
}

impl HostedFile {
    fn to_wire(&self) -> Value {
        let mut message = Map::new();
        let members = [
            ("caption", self.caption.as_ref()),
            ("relativePath", Some(&self.path)),
            ("fileType", Some(&self.kind)),
            ("preview", self.preview.as_ref()),
        ];
        for (name, value) in members {
            if let Some(value) = value {
                message.insert(name.to_owned(), Value::String(value.clone()));
            }
        }
        json!({ "type": "ContentEvent", "message": message, "contentType": "hosted/file" })
    }
}

impl Publication {
    /// Plain text without buttons.
    pub fn text(message: impl Into<String>) -> Self {
        Self::Text {
            message: message.into(),
            quick_replies: None,
        }
    }

    /// Reads the `event` of a consumer's PublishEvent.
    pub fn from_consumer(event: &Value) -> Result<Self, Refusal> {
        let event = event
            .as_object()
            .ok_or_else(|| Refusal::bad("event is missing or not an object"))?;
        match text(event, "type")? {
            "ContentEvent" => content(event),
            "RichContentEvent" => rich(event),
            "AcceptStatusEvent" => accept(event, &CONSUMER_STATUSES),
            "ChatStateEvent" => {
                let state = text(event, "chatState")?;
                if CHAT_STATES.contains(&state) {
                    Ok(Self::ChatState(state.to_owned()))
                } else {
                    Err(Refusal::bad(format!("chatState {state:?} is not known")))
                }
            }
            other => Err(Refusal::bad(format!("event type {other:?} is not known"))),
        }
    }

    /// Reads the `event` of an agent's PublishEvent, which may be more than a consumer's.
    pub fn from_agent(event: &Value) -> Result<Self, Refusal> {
        let members = event
            .as_object()
            .ok_or_else(|| Refusal::bad("event is missing or not an object"))?;
        let member = |name: &str| members.get(name).and_then(Value::as_str);
        match (text(members, "type")?, member("contentType")) {
            ("ContentEvent", Some(kind)) if !["text/plain", "hosted/file"].contains(&kind) => {
                let message = members.get("message").cloned();
                Ok(Self::Other {
                    content_type: kind.to_owned(),
                    message: message.ok_or_else(|| Refusal::bad("message is missing"))?,
                })
            }
            // What the schema calls `message` every client calls `content`.
            ("RichContentEvent", _) if !members.contains_key("content") => Ok(Self::Rich {
                content: object(members, "message")?
                    .ok_or_else(|| Refusal::bad("content is missing or not an object"))?,
                quick_replies: object(members, "quickReplies")?,
            }),
            ("AcceptStatusEvent", _) if member("status") == Some("ENRICH") => {
                accept(members, &["ENRICH"])
            }
            _ => Self::from_consumer(event),
        }
    }

    /// The event as it goes over the wire.
    pub fn to_wire(&self) -> Value {
        match self {
            Self::Text {
                message,
                quick_replies,
            } => with_replies(
                json!({ "type": "ContentEvent", "message": message, "contentType": "text/plain" }),
                quick_replies.as_ref(),
            ),
            Self::Rich {
                content,
                quick_replies,
            } => with_replies(
                json!({ "type": "RichContentEvent", "content": content }),
                quick_replies.as_ref(),
            ),
            Self::Other {
                content_type,
                message,
            } => {
                json!({ "type": "ContentEvent", "message": message, "contentType": content_type })
            }
            Self::File(file) => file.to_wire(),
            Self::Accept { status, sequences } => {
                json!({ "type": "AcceptStatusEvent", "status": status, "sequenceList": sequences })
            }
            Self::ChatState(state) => json!({ "type": "ChatStateEvent", "chatState": state }),
        }
    }

    /// Whether it is something to read, which settles who owes an answer.
    pub fn is_content(&self) -> bool {
        matches!(
            self,
            Self::Text { .. } | Self::Rich { .. } | Self::Other { .. } | Self::File(_)
        )
    }
}

fn with_replies(mut event: Value, replies: Option<&Value>) -> Value {
    if let (Some(members), Some(replies)) = (event.as_object_mut(), replies) {
        members.insert("quickReplies".to_owned(), replies.clone());
    }
    event
}

fn content(event: &Map<String, Value>) -> Result<Publication, Refusal> {
    match text(event, "contentType")? {
        "text/plain" => {
            let message = text(event, "message")?;
            if message.is_empty() {
                return Err(Refusal::bad("message is empty"));
            }
            if message.chars().count() > LONGEST_TEXT {
                return Err(Refusal::bad(format!(
                    "message is longer than {LONGEST_TEXT} characters"
                )));
            }
            Ok(Publication::Text {
                message: message.to_owned(),
                quick_replies: object(event, "quickReplies")?,
            })
        }
        "hosted/file" => file(event).map(Publication::File),
        other => Err(Refusal::bad(format!("contentType {other:?} is not known"))),
    }
}

/// Not looked into: what it may hold is for the client that shows it to know.
fn rich(event: &Map<String, Value>) -> Result<Publication, Refusal> {
    Ok(Publication::Rich {
        content: object(event, "content")?
            .ok_or_else(|| Refusal::bad("content is missing or not an object"))?,
        quick_replies: object(event, "quickReplies")?,
    })
}

fn file(event: &Map<String, Value>) -> Result<HostedFile, Refusal> {
    let message = event
        .get("message")
        .and_then(Value::as_object)
        .ok_or_else(|| Refusal::bad("the message of a file must be an object"))?;
    let needed = |name: &str| match message.get(name).and_then(Value::as_str) {
        Some(given) if !given.is_empty() => Ok(given.to_owned()),
        _ => Err(Refusal::bad(format!("{name} of the file is missing"))),
    };
    let optional = |name: &str| match message.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(given)) => Ok(Some(given.clone())),
        Some(_) => Err(Refusal::bad(format!("{name} of the file is not a string"))),
    };
    let file = HostedFile {
        path: needed("relativePath")?,
        kind: needed("fileType")?,
        caption: optional("caption")?,
        preview: optional("preview")?,
    };
    let preview = file.preview.as_ref().map_or(0, String::len);
    if preview > LARGEST_PREVIEW {
        return Err(Refusal::bad("the preview is larger than 30 KB"));
    }
    Ok(file)
}

fn accept(event: &Map<String, Value>, statuses: &[&str]) -> Result<Publication, Refusal> {
    let status = text(event, "status")?;
    if !statuses.contains(&status) {
        return Err(Refusal::bad(format!("status {status:?} is not known")));
    }
    let sequences = event
        .get("sequenceList")
        .and_then(Value::as_array)
        .ok_or_else(|| Refusal::bad("sequenceList is missing or not an array"))?
        .iter()
        .map(|one| one.as_u64().or_else(|| one.as_str()?.parse().ok()))
        .collect::<Option<Vec<_>>>()
        .filter(|sequences| !sequences.is_empty())
        .ok_or_else(|| Refusal::bad("sequenceList must hold whole numbers from 0"))?;
    Ok(Publication::Accept {
        status: status.to_owned(),
        sequences,
    })
}

fn object(members: &Map<String, Value>, name: &str) -> Result<Option<Value>, Refusal> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(found @ Value::Object(_)) => Ok(Some(found.clone())),
        Some(_) => Err(Refusal::bad(format!("{name} is not an object"))),
    }
}
