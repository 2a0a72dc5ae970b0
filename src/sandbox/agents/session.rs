//! An agent's session in this process: its events, and its [`AgentApi`] for actions.

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::{
    domain::ids::ParticipantId,
    sandbox::{
        agents::api::AgentApi,
        model::roster::Takes,
        routing::{event::AgentEvent, router::Router},
        transaction::Transactions,
    },
};

/// An agent who is there to take conversations.
#[derive(Debug)]
pub struct AgentSession {
    api: AgentApi,
    events: mpsc::Receiver<AgentEvent>,
}

impl AgentSession {
    /// Opens a session; conversations ring there. One that stands by gets only what no other
    /// agent is there for.
    pub fn open(
        transactions: &Arc<Transactions>,
        router: &Arc<Router>,
        agent: ParticipantId,
        takes: Takes,
        stands_by: bool,
    ) -> Self {
        Self {
            events: router.open_session(&agent, takes, stands_by),
            api: AgentApi::new(transactions, router, agent),
        }
    }

    /// The next event; `None` when the router has closed the session.
    pub async fn next(&mut self) -> Option<AgentEvent> {
        self.events.recv().await
    }

    /// What this agent can do.
    pub fn api(&self) -> AgentApi {
        self.api.clone()
    }
}
