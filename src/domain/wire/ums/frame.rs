//! A frame that comes over the agent's socket: an answer or a notification. See `agent-side` 2.

use serde_json::Value;

use crate::domain::{
    desk::view::Availability,
    ids::{ConversationId, Sequence},
    time::Timestamp,
    wire::{
        fault::{self, Fault},
        lenient::{self, list, whole, word},
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
    /// Message events, in order.
    Messages(Vec<Message>),
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

/// Reads a frame; `None` when it is none.
pub fn read(text: &str) -> Option<Frame> {
    let mut frame = lenient::read(text.as_bytes()).value;
    let kind = word(&frame, "type").unwrap_or_default();
    if let Some(to) = word(&frame, "reqId") {
        // Whatever `kind` says: only answers have a `reqId`.
        return Some(Frame::Answer {
            to,
            answer: answer(&mut frame),
        });
    }
    match frame.get("kind").and_then(Value::as_str) {
        Some("notification") => {}
        // An answer to nobody can only be dropped.
        Some(_) => return Some(Frame::Told(Notification::Unknown(kind))),
        None if kind.is_empty() => return None,
        None => {}
    }
    let body = frame.get_mut("body").map(Value::take).unwrap_or_default();
    Some(Frame::Told(notification(&kind, body)))
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

fn notification(kind: &str, body: Value) -> Notification {
    match bare(kind) {
        "ms.OnlineEventDistribution" => match message::read(body, None) {
            Some(message) => Notification::Messages(vec![message]),
            None => Notification::Unknown(kind.to_owned()),
        },
        "ms.MessagingEventNotification" => {
            let dialog = word(&body, "dialogId");
            Notification::Messages(message::all(list(&body, "changes"), dialog.as_deref()))
        }
        "aam.ExConversationChangeNotification" | "cqm.ExConversationChangeNotification" => {
            Notification::Conversations {
                subscription: subscription(&body).unwrap_or_default(),
                changes: list(&body, "changes")
                    .iter()
                    .filter_map(conversation::read)
                    .collect(),
            }
        }
        "routing.RoutingTaskNotification" => Notification::Tasks(
            list(&body, "changes")
                .iter()
                .filter_map(ring::read)
                .collect(),
        ),
        "routing.AgentStateNotification" => {
            let states = list(&body, "changes").iter();
            let last = states
                .filter_map(|change| word(change.get("result")?, "availability"))
                .next_back();
            match last {
                Some(state) => Notification::Availability(availability(&state)),
                None => Notification::Unknown(kind.to_owned()),
            }
        }
        _ => Notification::Unknown(kind.to_owned()),
    }
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
        Some(message::all(events, None))
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
