//! What every handler of the server can reach.

use std::{net::SocketAddr, sync::Arc};

use tokio::sync::watch;

use crate::{
    domain::{ids::AccountId, secret::Secret},
    rt::shutdown::Shutdown,
    sandbox::{
        agents::built_in::BuiltInAgents,
        faults::Faults,
        keys::Keys,
        routing::router::Router,
        server::{logins::Logins, subscriptions::sockets::AgentSockets, temp_url::TempUrls},
        settings::terms::Terms,
        transaction::{Transactions, snapshots::Snapshots},
    },
};

/// What every handler can reach.
#[derive(Debug)]
pub struct Api {
    /// The cloud.
    pub transactions: Arc<Transactions>,
    /// Where conversations ring.
    pub router: Arc<Router>,
    /// Agents' sockets.
    pub sockets: Arc<AgentSockets>,
    /// The account.
    pub account: AccountId,
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
    /// How it misbehaves.
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
    pub fn terms(&self) -> Terms {
        self.ums
    }

    /// Where a client on this machine reaches the listener.
    pub fn reachable(&self) -> SocketAddr {
        if self.address.ip().is_unspecified() {
            SocketAddr::from(([127, 0, 0, 1], self.address.port()))
        } else {
            self.address
        }
    }
}
