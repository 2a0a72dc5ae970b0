//! What an entry of the wire says of a conversation, as far as a scenario is made of it.

use std::time::Duration;

use serde_json::Value;

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Exchange, Outcome},
        ids::{EntryId, ItemId, Sequence},
        time::Timestamp,
        wire::outbound::{AcceptStatus, ChatState, EndField, TtrType},
    },
    scenario::script::{Deed, Template, TextPiece},
};

/// An entry, without its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// Its number, which settles ties.
    pub entry: EntryId,
    /// When the call left, or the webhook came, by our clock.
    pub at: Timestamp,
    /// The lines it belongs to.
    pub lines: Vec<ItemId>,
    /// Whether a webhook came, or which call went out.
    pub what: Traced,
}

/// What an entry was.
#[derive(Debug, Clone, PartialEq)]
pub enum Traced {
    /// A webhook that came in.
    Hook,
    /// A text or a file of the consumer's, with the top-level metadata.
    Said(Option<Value>),
    /// The call that opens a conversation.
    Opened,
    /// Something a deed stands for.
    Done(Deed),
    /// A click: ACTION, with what the element carried.
    Clicked {
        /// The message it was on.
        sequence: Option<Sequence>,
        /// What the element carried.
        metadata: Option<Value>,
    },
    /// Another status, told by hand.
    Marked(AcceptStatus),
    /// The consumer looks away (false), or back.
    Looked(bool),
    /// The consumer's profile was changed.
    Profile,
    /// A call that a scenario does not tell of, and whether it worked out.
    Other(bool),
}

impl Trace {
    /// Reads an entry; `lines` are those it belongs to. `None` of what has no part in what was
    /// said and done, as calls for tokens.
    pub fn of(entry: &Entry, lines: Vec<ItemId>) -> Option<Self> {
        let (at, what) = match &entry.kind {
            EntryKind::Hook(_) if lines.is_empty() => return None,
            EntryKind::Hook(hook) => (hook.request.at, Traced::Hook),
            EntryKind::Call(call) => (call.started, of_call(call)?),
        };
        Some(Self {
            entry: entry.id,
            at,
            lines,
            what,
        })
    }
}

fn of_call(call: &Exchange) -> Option<Traced> {
    if let Some(kind) = call.purpose.strip_prefix("raw ") {
        let body = String::from_utf8_lossy(&call.body).into_owned();
        return Some(Traced::Done(Deed::SendsRaw {
            to_conversation: kind == "CONVERSATION",
            body: Template(vec![TextPiece::Text(body)]),
        }));
    }
    let worked = matches!(&call.outcome, Some(Outcome::Answered { status, .. }) if *status < 400);
    let is_first = call.attempt == 1;
    if call.purpose == "CONVERSATION" {
        return Some(if is_first {
            Traced::Opened
        } else {
            Traced::Other(worked)
        });
    }
    let envelope: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let body = &envelope["body"];
    let metadata = || envelope.get("metadata").cloned();
    let traced = match envelope["type"].as_str() {
        Some("ms.PublishEvent") => of_event(&body["event"], metadata()),
        Some("cm.UpdateConversationField") => {
            of_field(&body["conversationField"]).map(Traced::Done)
        }
        Some("userprofile.SetUserProfile") => Some(Traced::Profile),
        _ => return None,
    };
    // What is tried again was done once.
    Some(traced.filter(|_| is_first).unwrap_or(Traced::Other(worked)))
}

fn of_event(event: &Value, metadata: Option<Value>) -> Option<Traced> {
    match event["type"].as_str()? {
        "ContentEvent" => Some(Traced::Said(metadata)),
        "ChatStateEvent" => match event["chatState"].as_str()? {
            "ACTIVE" | "COMPOSING" => Some(Traced::Looked(true)),
            "INACTIVE" => Some(Traced::Looked(false)),
            // No behaviour of the phone tells it.
            "BACKGROUND" => Some(Traced::Done(Deed::Tells(ChatState::Background))),
            _ => None,
        },
        "AcceptStatusEvent" => match event["status"].as_str()? {
            "ACTION" => Some(Traced::Clicked {
                sequence: event["sequenceList"][0].as_u64(),
                metadata,
            }),
            "NACK" => Some(Traced::Marked(AcceptStatus::Nack)),
            "ACCESS" => Some(Traced::Marked(AcceptStatus::Access)),
            _ => None,
        },
        _ => None,
    }
}

fn of_field(field: &Value) -> Option<Deed> {
    match field["field"].as_str()? {
        "DialogChange" => Some(Deed::Closes { with_survey: false }),
        "ConversationStateField" => Some(Deed::Ends(EndField::State)),
        "Stage" => Some(Deed::Ends(EndField::Stage)),
        "CSATRate" => {
            let stars = field["csatRate"].as_u64()?;
            Some(Deed::Rates {
                stars: u8::try_from(stars).ok()?,
                is_resolved: field["csatResolutionConfirmation"].as_bool(),
            })
        }
        "TTRField" => {
            let ttr = match field["ttrType"].as_str()? {
                "URGENT" => TtrType::Urgent,
                "PRIORITIZED" => TtrType::Prioritized,
                "NORMAL" => TtrType::Normal,
                "CUSTOM" => TtrType::Custom,
                _ => return None,
            };
            let span = field["value"].as_u64().map(Duration::from_secs);
            Some(Deed::Asks {
                ttr,
                span: span.filter(|_| ttr == TtrType::Custom),
            })
        }
        _ => None,
    }
}
