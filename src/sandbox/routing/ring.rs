//! What rings, where and until when, and what is told about it; see `agent-side` 4.1.

use serde::{Deserialize, Serialize};

use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        time::Timestamp,
    },
    sandbox::model::changes::View,
};

/// Where conversations ring: the sessions of an agent. A person and a built-in agent of one name
/// are two places.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RingPlace {
    pub agent: ParticipantId,
    pub kind: AgentKind,
}

impl RingPlace {
    pub(crate) fn person(agent: &ParticipantId) -> Self {
        let (agent, kind) = (agent.clone(), AgentKind::Person);
        Self { agent, kind }
    }

    /// The place of a built-in agent.
    pub(crate) fn built_in(agent: &ParticipantId) -> Self {
        let (agent, kind) = (agent.clone(), AgentKind::BuiltIn);
        Self { agent, kind }
    }
}

/// Who an agent's session belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgentKind {
    /// The sandbox itself; it gets only what no person is there for.
    BuiltIn,
    /// Somebody who logged in, or a program.
    Person,
}

/// What a built-in agent is told beside what every agent is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handover {
    pub conversation_id: ConversationId,
    pub cause: HandoverCause,
}

/// Why a conversation comes to a built-in agent without a ring, or leaves it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum HandoverCause {
    /// It was begun in this agent's name, who owns it.
    Given,
    /// A person is there for it: it is to go back to the queue.
    Relieved,
    /// The person of the same name is there, whose conversation this is.
    Replaced,
}

#[derive(Debug)]
pub(super) struct Ring {
    /// Where; nowhere yet, when it was handed to an agent who is away.
    pub(super) at: Option<RingPlace>,
    /// `ringId`.
    pub(super) id: String,
    pub(super) number: u64,
    pub(super) until: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum RingState {
    Waiting,
    Accepted,
    /// It was taken elsewhere, or there is nothing to take any more.
    Cancelled,
    Expired,
    /// The agent did not want it.
    Rejected,
}

/// What an agent's sockets learn about a routing task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskChange {
    pub place: RingPlace,
    /// Whether the task goes; it comes or changes otherwise.
    pub gone: bool,
    pub task: RoutingTask,
}

impl TaskChange {
    /// Whether it tells how a ring ended, which comes before the news of what ended it.
    pub(crate) fn is_an_end(&self) -> bool {
        !self.gone && self.task.state != RingState::Waiting
    }
}

/// A routing task with its ring.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoutingTask {
    /// `routingTaskId`.
    pub id: String,
    /// `ringId`.
    pub ring: String,
    pub state: RingState,
    pub until: Timestamp,
    pub conversation: ConversationId,
    pub consumer: ParticipantId,
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
