//! Routing tasks and the rings in them. See `agent-side` 4.1.

use std::time::Duration;

use serde_json::Value;

use crate::domain::{
    ids::{ConversationId, ParticipantId, SkillId},
    time::Timestamp,
    wire::lenient::{list, whole, word},
};

/// A routing task as a notification tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// `routingTaskId`; empty when it is not said.
    pub id: String,
    /// It is over: a DELETE, or completed.
    pub is_over: bool,
    /// Which conversation it is about.
    pub conversation: ConversationId,
    /// Whose conversation, if it is said.
    pub consumer: Option<ParticipantId>,
    /// The queue, if it is said.
    pub skill: Option<SkillId>,
    /// Its rings at this agent.
    pub rings: Vec<Ring>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring {
    /// `ringId`, opaque.
    pub id: String,
    /// Whether it waits to be taken.
    pub is_waiting: bool,
    /// How long it rings in all.
    pub lasts: Option<Duration>,
    /// When it ends, by the cloud's clock.
    pub until: Option<Timestamp>,
}

/// Reads one element of `changes`; `None` when it names no conversation.
pub(super) fn read(change: &Value) -> Option<Task> {
    let result = change.get("result")?;
    let rings = list(result, "ringsDetails");
    let conversation = word(result, "conversationId")
        .or_else(|| rings.iter().find_map(|ring| word(ring, "convId")))?;
    let either =
        |name| word(result, name).or_else(|| rings.iter().find_map(|ring| word(ring, name)));
    Some(Task {
        id: word(result, "routingTaskId").unwrap_or_default(),
        is_over: change.get("type").and_then(Value::as_str) == Some("DELETE")
            || result.get("taskCompleted").and_then(Value::as_bool) == Some(true),
        conversation: conversation.into(),
        consumer: either("consumerId").map(ParticipantId::from),
        skill: either("skillId").map(SkillId::from),
        rings: rings.iter().filter_map(ring).collect(),
    })
}

fn ring(ring: &Value) -> Option<Ring> {
    let lasts = whole(ring, "ringExpiration").and_then(|millis| u64::try_from(millis).ok());
    Some(Ring {
        id: word(ring, "ringId")?,
        is_waiting: ring.get("ringState").and_then(Value::as_str) == Some("WAITING"),
        lasts: lasts.map(Duration::from_millis),
        until: whole(ring, "ringExpirationTs").map(Timestamp),
    })
}
