//! What every handler of the server can reach.

use std::{net::SocketAddr, sync::Arc};

use tokio::sync::watch;

use crate::{
    domain::{
        ids::{AccountId, ParticipantId},
        secret::Secret,
    },
    rt::shutdown::Shutdown,
    sandbox::{
        agent_session::{api::AgentApi, sockets::AgentSockets},
        agents::built_in::BuiltInAgents,
        faults::Faults,
        keys::Keys,
        model::roster::ShownNames,
        routing::router::Router,
        server::{logins::Logins, temp_url::TempUrls},
        settings::terms::Terms,
        transaction::{Transactions, snapshots::Snapshots},
    },
};

#[derive(Debug)]
pub(crate) struct Api {
    pub transactions: Arc<Transactions>,
    pub router: Arc<Router>,
    pub sockets: Arc<AgentSockets>,
    pub account: AccountId,
    /// What the brand and its people are called.
    pub shown_names: ShownNames,
    /// Where the listener is, as it was bound.
    pub address: SocketAddr,
    /// What makes the addresses of files temporary.
    pub temporary: TempUrls,
    /// Who can log in, and who has.
    pub logins: Logins,
    /// What agents' sockets may take, and how they end.
    pub ums: Terms,
    /// Owns what a request begins and leaves running.
    pub tasks: Shutdown,
    /// Which of the built-in agents work.
    pub built_in: Arc<BuiltInAgents>,
    pub faults: Arc<Faults>,
    /// What was kept to be gone back to.
    pub snapshots: Arc<Snapshots>,
    /// What the sandbox's own API asks for.
    pub control: Secret,
    /// What the listener is called, besides its address and localhost.
    pub hosts: Vec<String>,
    /// The keys, once they are made.
    pub keys: watch::Receiver<Option<Arc<Keys>>>,
}

impl Api {
    /// What agents' sockets may take, and how they end.
    pub(crate) fn terms(&self) -> Terms {
        self.ums
    }

    /// What an agent of this PID can ask for.
    pub(crate) fn agent(&self, agent: ParticipantId) -> AgentApi {
        AgentApi::new(&self.transactions, &self.router, &self.sockets, agent)
    }

    /// Where a client on this machine reaches the listener.
    pub(crate) fn reachable(&self) -> SocketAddr {
        if self.address.ip().is_unspecified() {
            SocketAddr::from(([127, 0, 0, 1], self.address.port()))
        } else {
            self.address
        }
    }
}
