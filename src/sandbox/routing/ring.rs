//! What rings, where and until when, and what is told about it; see `agent-side` 4.1.

use serde::Serialize;

use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        time::Timestamp,
    },
    sandbox::model::changes::View,
};

/// A place where conversations ring: an agent's session in this process or an agent's sockets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct RingPlace {
    pub(super) agent: ParticipantId,
    pub(super) kind: PlaceKind,
}

/// What sort of place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PlaceKind {
    Local,
    Socket,
}

/// A conversation rings.
#[derive(Debug)]
pub(super) struct Ring {
    /// Where; nowhere yet, when it was handed to an agent who is away.
    pub(super) at: Option<RingPlace>,
    /// `ringId`.
    pub(super) id: String,
    /// The task's.
    pub(super) number: u64,
    pub(super) until: Timestamp,
}

/// How a ring stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RingState {
    /// It rings.
    Waiting,
    /// It was taken.
    Accepted,
    /// It was taken elsewhere, or there is nothing to take any more.
    Cancelled,
    /// No agent answered.
    Expired,
    /// The agent did not want it.
    Rejected,
}

/// What an agent's sockets learn about a routing task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskChange {
    /// Whose task.
    pub agent: ParticipantId,
    /// Whether the task goes; it comes or changes otherwise.
    pub gone: bool,
    /// The task.
    pub task: RoutingTask,
}

impl TaskChange {
    /// Whether it tells how a ring ended, which comes before the news of what ended it.
    pub fn is_an_end(&self) -> bool {
        !self.gone && self.task.state != RingState::Waiting
    }
}

/// A routing task with its ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutingTask {
    /// `routingTaskId`.
    pub id: String,
    /// `ringId`.
    pub ring: String,
    /// How the ring stands.
    pub state: RingState,
    /// When it ends by itself.
    pub until: Timestamp,
    /// What rings.
    pub conversation: ConversationId,
    /// Whose conversation it is.
    pub consumer: ParticipantId,
    /// Its queue.
    pub skill: String,
    /// When an answer is owed, in milliseconds; `-1` when none is.
    pub due: i64,
}

impl RoutingTask {
    pub(super) fn of(ring: &Ring, view: &View, state: RingState) -> Self {
        Self {
            id: format!("{}_{}", view.id, ring.number),
            ring: ring.id.clone(),
            state,
            until: ring.until,
            conversation: view.id.clone(),
            consumer: view.consumer.clone(),
            skill: view.skill.clone(),
            due: view.due,
        }
    }
}

/// `ringId`, in the shape captures have; the milliseconds are never the same twice.
pub(super) fn ring_id(account: &AccountId, conversation: &ConversationId, millis: i64) -> String {
    format!("{conversation}_{account}_{millis}")
}

/// The conversation a `ringId` names.
pub(super) fn conversation_of(ring: &str) -> ConversationId {
    ConversationId::from(ring.split('_').next().unwrap_or_default())
}
