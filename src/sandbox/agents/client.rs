//! The client of an agent in this process: asks for what an agent's client asks for, and reads the
//! notifications as they stand on the agent socket.

use std::collections::VecDeque;

use serde::Deserialize;
use serde_json::Value;

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId},
        role::Role,
        time::Timestamp,
    },
    sandbox::{
        agent_session::{
            api::AgentApi, filter::Filter, outbox::OutboxReceiver, session::AgentSession,
        },
        json,
        model::{
            dialog::{Audience, Event, Participant},
            refusal::Refusal,
            roster::Takes,
        },
        routing::{
            ring::{AgentKind, Handover},
            sessions::Availability,
        },
    },
};

/// An agent who is there to take conversations.
#[derive(Debug)]
pub struct AgentClient {
    session: AgentSession,
    outgoing: OutboxReceiver,
    /// Read and not yet asked for: one frame may hold several.
    read: VecDeque<AgentNotification>,
}

/// A notification to an agent.
#[derive(Debug, Clone, PartialEq)]
pub enum AgentNotification {
    /// A conversation waits to be taken by this agent.
    Ring {
        /// The `ringId`, by which the agent accepts the ring.
        ring: String,
        /// The conversation that rings.
        conversation: ConversationId,
        /// The consumer of the conversation.
        consumer: ParticipantId,
    },
    /// The ring has ended: this agent or another accepted it, or its time is up.
    RingEnded {
        /// The conversation that rang.
        conversation: ConversationId,
        /// Whether this agent took it.
        accepted: bool,
    },
    /// A conversation of this agent's changed.
    Conversation {
        /// The conversation that changed.
        conversation: ConversationId,
        /// Whether it is open and this agent owns it.
        own: bool,
    },
    /// Something was published in a conversation of this agent's.
    Event {
        /// The conversation in which it was published.
        conversation: ConversationId,
        /// The event with its author, its sequence and its time.
        event: Event,
    },
    /// A conversation comes to a built-in agent, or leaves it, without a ring.
    Handover(Handover),
}

impl AgentClient {
    /// Opens a session, subscribes to the agent's open conversations and to rings, and goes online.
    pub async fn open(api: AgentApi, kind: AgentKind, takes: Takes) -> Result<Self, Refusal> {
        let filter = Filter::open_of(api.agent());
        let opened = AgentSession::open(api, kind, takes);
        let (session, outgoing) =
            opened.ok_or_else(|| Refusal::bad("there are too many sessions"))?;
        session.watch(filter, |_| None).await?;
        session.watch_tasks(|_| None)?;
        session.set_availability(Availability::Online);
        let read = VecDeque::new();
        Ok(Self {
            session,
            outgoing,
            read,
        })
    }

    /// What this agent can ask for.
    pub fn api(&self) -> AgentApi {
        self.session.api().clone()
    }

    /// The next notification; `None` when the sandbox has closed the session.
    pub async fn next(&mut self) -> Option<AgentNotification> {
        loop {
            if let Some(next) = self.read.pop_front() {
                return Some(next);
            }
            let frame = tokio::select! {
                biased;
                _ = self.session.closed() => return None,
                frame = self.outgoing.next() => frame?,
            };
            self.read(&frame);
        }
    }

    fn read(&mut self, frame: &str) {
        let own = self.session.api().agent();
        let frame: Value = match json::read(frame) {
            Ok(frame) => frame,
            Err(error) => return tracing::warn!(%error, "an agent cannot read a notification"),
        };
        let body = &frame["body"];
        let changes = body["changes"].as_array().into_iter().flatten();
        match frame["type"].as_str() {
            Some(".ams.ms.OnlineEventDistribution") => self.read.extend(published(body)),
            Some(".ams.aam.ExConversationChangeNotification") => {
                self.read.extend(changes.map(|one| conversation(one, own)));
            }
            Some(".ams.routing.RoutingTaskNotification") => {
                self.read.extend(changes.filter_map(ring));
            }
            Some("sandbox.Handover") => {
                let handover = Handover::deserialize(body).ok();
                self.read.extend(handover.map(AgentNotification::Handover));
            }
            _ => {}
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Nothing of a chat state, which has no number.
fn published(body: &Value) -> Option<AgentNotification> {
    let author = &body["originatorMetadata"];
    let id = ParticipantId::from(text(&author["id"]));
    Some(AgentNotification::Event {
        conversation: ConversationId::from(text(&body["conversationId"])),
        event: Event {
            sequence: body["sequence"].as_u64()?,
            at: Timestamp(body["serverTimestamp"].as_i64()?),
            author: Participant::agent(id, Role::from(text(&author["role"]))),
            audience: Audience::deserialize(&body["messageAudience"]).ok()?,
            event: body["event"].clone(),
            metadata: Some(body["metadata"].clone().into()),
        },
    })
}

fn conversation(change: &Value, own: &ParticipantId) -> AgentNotification {
    let details = &change["result"]["conversationDetails"];
    let owner = text(&details["participantsPId"]["ASSIGNED_AGENT"][0]);
    AgentNotification::Conversation {
        conversation: ConversationId::from(text(&details["convId"])),
        own: change["type"] == "UPSERT" && details["state"] == "OPEN" && owner == own.as_str(),
    }
}

/// Nothing of the end of a task, which says what the end of its ring has said.
fn ring(change: &Value) -> Option<AgentNotification> {
    let task = &change["result"];
    let (details, state) = (
        &task["ringsDetails"][0],
        text(&task["ringsDetails"][0]["ringState"]),
    );
    let conversation = ConversationId::from(text(&task["conversationId"]));
    match state {
        _ if change["type"] == "DELETE" => None,
        "WAITING" => Some(AgentNotification::Ring {
            ring: text(&details["ringId"]).to_owned(),
            conversation,
            consumer: ParticipantId::from(text(&task["consumerId"])),
        }),
        state => Some(AgentNotification::RingEnded {
            conversation,
            accepted: state == "ACCEPTED",
        }),
    }
}
