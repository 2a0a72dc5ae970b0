//! A message event as agents get it: with both ids of its author, private notes, and the
//! metadata. See `agent-side` 6.

use serde_json::Value;

use crate::domain::{
    ids::{ConversationId, DialogId, ParticipantId, Sequence},
    role::Role,
    time::Timestamp,
    wire::{
        inbound::{self, Event},
        lenient::word,
    },
};

/// A message event.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Missing in some forms.
    pub conversation: Option<ConversationId>,
    /// The dialog it belongs to; empty only where it cannot be read.
    pub dialog: DialogId,
    /// Who made it, by full id where the cloud gives that.
    pub by: ParticipantId,
    /// The same by PID.
    pub pid: ParticipantId,
    /// As what; `Other("")` when it is not said.
    pub role: Role,
    /// Its number in the dialog; chat states have none.
    pub sequence: Option<Sequence>,
    /// When the cloud took it.
    pub at: Option<Timestamp>,
    /// Between agents and managers only.
    pub private: bool,
    /// Top-level `metadata`; an empty one counts as none.
    pub metadata: Option<Value>,
    /// What happened.
    pub event: Event,
}

/// Reads an event; `dialog` is the one of the list it stands in. Where brackets and quotes are not
/// where they belong, what is said counts only beside whom it is for: both may be parts of another.
pub(super) fn read(mut event: Value, dialog: Option<&str>, is_whole: bool) -> Message {
    if let (Some(members), Some(dialog)) = (event.as_object_mut(), dialog)
        && !members.contains_key("dialogId")
    {
        members.insert("dialogId".to_owned(), Value::from(dialog));
    }
    let audience = word(&event, "messageAudience");
    let is_clear = is_whole || matches!(audience.as_deref(), Some("ALL" | "AGENTS_AND_MANAGERS"));
    let pid = word(&event, "originatorPId");
    let metadata = event.get("metadata").filter(|metadata| match metadata {
        Value::Null => false,
        Value::Array(entries) => !entries.is_empty(),
        _ => true,
    });
    let metadata = metadata.cloned();
    let mut read = inbound::message(event);
    if !is_clear && matches!(read.event, Event::Content { .. }) {
        read.event = Event::Unreadable;
    }
    let is_state = matches!(read.event, Event::ChatState(_));
    Message {
        conversation: read.conversation,
        dialog: read.dialog,
        pid: pid.map_or_else(|| read.author.id.clone(), ParticipantId::from),
        by: read.author.id,
        role: read.author.role,
        // Some clouds give chat states a 0, which is the number of another event.
        sequence: read.sequence.filter(|_| !is_state),
        at: read.at,
        private: !read.for_consumer,
        metadata,
        event: read.event,
    }
}
