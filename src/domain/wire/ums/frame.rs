//! A frame that comes over the agent's socket: an answer or a notification. See `agent-side` 2.

use serde_json::Value;

use crate::domain::{
    desk::view::Availability,
    ids::{ConversationId, Sequence},
    time::Timestamp,
    wire::{
        fault::{self, Fault},
        lenient::{self, Lenient, list, whole, word},
        ums::{
            bare, conversation,
            conversation::Change,
            message::{self, Message},
            ring::{self, Task},
        },
    },
};

/// One frame, read.
#[derive(Debug, Clone, PartialEq)]
pub enum Frame {
    /// What became of a request.
    Answer {
        /// `reqId`.
        to: String,
        /// What it brought, or the refusal.
        answer: Result<Answer, Fault>,
    },
    /// Something that was not asked for.
    Told(Notification),
}

/// A good answer; what is in it depends on what was asked.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answer(Value);

/// Something the cloud tells by itself.
#[derive(Debug, Clone, PartialEq)]
pub enum Notification {
    /// The cloud tells of message events.
    Messages {
        /// The events in the order of the frame.
        messages: Vec<Message>,
        /// The whole frame, for a message that does not say where it belongs.
        frame: String,
    },
    /// Conversations entered a subscription, changed in it, or left it.
    Conversations {
        /// Whose.
        subscription: String,
        /// In the order given.
        changes: Vec<Change>,
    },
    /// Routing tasks, with their rings.
    Tasks(Vec<Task>),
    /// What the cloud takes the agent's state to be.
    Availability(Availability),
    /// A type this program does not know, or one without what it needs.
    Unknown(String),
}

/// Reads a frame. One that is neither an answer nor a notification of another kind may have been a
/// message, and becomes one that cannot be read.
pub fn read(frame: &[u8]) -> Frame {
    let Lenient {
        mut value,
        is_whole,
    } = lenient::read(frame);
    if let Some(to) = word(&value, "reqId") {
        // Whatever `kind` says: only answers have a `reqId`.
        return Frame::Answer {
            to,
            answer: answer(&mut value),
        };
    }
    let kind = word(&value, "type").unwrap_or_default();
    let body = value.get_mut("body").map(Value::take).unwrap_or_default();
    // An answer to nobody can only be dropped.
    let is_answer = value.get("kind").is_some_and(|kind| kind == "resp");
    let text = String::from_utf8_lossy(frame);
    let is_other = is_answer || (is_whole && is_no_message(&text, &body));
    let told = match notification(&kind, &body) {
        Some(told) => told,
        None if is_other && !is_of_messages(&kind) => Notification::Unknown(kind),
        None => Notification::Messages {
            messages: messages(body, is_whole),
            frame: text.into_owned(),
        },
    };
    Frame::Told(told)
}

fn is_of_messages(kind: &str) -> bool {
    matches!(
        bare(kind),
        "ms.OnlineEventDistribution" | "ms.MessagingEventNotification"
    )
}

/// Whether a frame has a body, and nothing in it looks like a message.
fn is_no_message(frame: &str, body: &Value) -> bool {
    let mut members = ["\"event\"", "\"sequence\"", "\"messageAudience\""].into_iter();
    body.is_object() && !members.any(|member| frame.contains(member))
}

/// The messages of a body; one without a list of them is itself one.
fn messages(mut body: Value, is_whole: bool) -> Vec<Message> {
    let dialog = word(&body, "dialogId");
    let changes = match body.get_mut("changes").map(Value::take) {
        Some(Value::Array(changes)) if is_whole || !changes.is_empty() => changes,
        Some(change @ Value::Object(_)) => vec![change],
        _ => vec![body],
    };
    let changes = changes.into_iter();
    changes
        .map(|change| message::read(change, dialog.as_deref(), is_whole))
        .collect()
}

fn answer(frame: &mut Value) -> Result<Answer, Fault> {
    let code = whole(frame, "code");
    let failed = code.is_some_and(|code| code >= 400);
    let is_error = word(frame, "type").is_some_and(|kind| bare(&kind) == "ReqBody$ErrorResp");
    if failed || is_error {
        let status = code.and_then(|code| u16::try_from(code).ok());
        let fault = fault::within(frame).unwrap_or_else(|| fault::read(400, &[]));
        return Err(Fault {
            status: status.filter(|_| failed).unwrap_or(fault.status),
            ..fault
        });
    }
    let body = frame.get_mut("body").map(Value::take).unwrap_or_default();
    Ok(Answer(body))
}

/// What is told by another kind of notification than one of messages.
fn notification(kind: &str, body: &Value) -> Option<Notification> {
    Some(match bare(kind) {
        "aam.ExConversationChangeNotification" | "cqm.ExConversationChangeNotification" => {
            Notification::Conversations {
                subscription: subscription(body).unwrap_or_default(),
                changes: list(body, "changes")
                    .iter()
                    .filter_map(conversation::read)
                    .collect(),
            }
        }
        "routing.RoutingTaskNotification" => Notification::Tasks(
            list(body, "changes")
                .iter()
                .filter_map(ring::read)
                .collect(),
        ),
        "routing.AgentStateNotification" => {
            let states = list(body, "changes").iter();
            let last = states
                .filter_map(|change| word(change.get("result")?, "availability"))
                .next_back();
            match last {
                Some(state) => Notification::Availability(availability(&state)),
                None => Notification::Unknown(kind.to_owned()),
            }
        }
        _ => return None,
    })
}

/// One page spells it differently.
fn subscription(body: &Value) -> Option<String> {
    word(body, "subscriptionId").or_else(|| word(body, "subScriptionId"))
}

/// What a word says about taking conversations; what is not known takes none.
fn availability(word: &str) -> Availability {
    match word {
        "ONLINE" => Availability::Online,
        "OCCUPIED" => Availability::Occupied,
        "BACK_SOON" => Availability::BackSoon,
        _ => Availability::Away,
    }
}

impl Answer {
    /// The number an event was given.
    pub fn sequence(&self) -> Option<Sequence> {
        whole(&self.0, "sequence").and_then(|number| Sequence::try_from(number).ok())
    }

    /// The name of a new subscription.
    pub fn subscription(&self) -> Option<String> {
        subscription(&self.0)
    }

    /// A conversation that was begun.
    pub fn conversation(&self) -> Option<ConversationId> {
        word(&self.0, "conversationId").map(ConversationId::from)
    }

    /// The cloud's clock.
    pub fn clock(&self) -> Option<Timestamp> {
        whole(&self.0, "currentTime").map(Timestamp)
    }

    /// The events of a dialog. `None` when the answer is no list.
    pub fn messages(&self) -> Option<Vec<Message>> {
        let events = match &self.0 {
            Value::Array(events) => events,
            other => other.get("changes")?.as_array()?,
        };
        let events = events.iter().cloned();
        let messages = events.map(|event| message::read(event, None, true));
        // Where one belongs that names no dialog was not asked.
        let named = messages.filter(|message| !message.dialog.as_str().is_empty());
        Some(named.collect())
    }

    /// All of it.
    pub fn body(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Answer {
    fn from(body: Value) -> Self {
        Self(body)
    }
}
