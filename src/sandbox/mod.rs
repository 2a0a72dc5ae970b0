//! The sandbox: an emulation of the Conversational Cloud, its connectors' side and its agents'.
//!
//! Real, unmodified clients of that cloud can use it, and handset reaches it over HTTP like any
//! other client. [`start`] puts one on a bound listener. Its layers, of which each uses only those
//! after it: [`server`] answers requests, [`agents`] has Riley answer, [`agent_session`] is what
//! both of them use, [`routing`] decides where conversations ring, [`transaction`] changes the
//! account and commits that, [`delivery`] posts the signed notifications, [`store`] survives a
//! kill, and [`model`] is the account itself.

pub(crate) mod agent_session;
pub mod agents;
pub(crate) mod clock;
pub(crate) mod delivery;
pub(crate) mod error;
pub(crate) mod faults;
pub(crate) mod json;
pub(crate) mod keys;
mod launch;
pub mod model;
pub(crate) mod routing;
pub(crate) mod server;
pub mod settings;
pub(crate) mod store;
pub mod tls;
pub(crate) mod transaction;

use std::{sync::Arc, time::Duration};

use url::Url;

pub use crate::sandbox::{delivery::policy::Standing, launch::start};
use crate::{
    domain::{
        ids::{AccountId, ClientId, ParticipantId},
        secret::Secret,
        time::Timestamp,
    },
    rt::{clock::unix_millis, shutdown::Shutdown},
    sandbox::{
        agent_session::api::AgentApi,
        agents::client::AgentClient,
        delivery::exchange::Exchange,
        model::{people::agent_id, refusal::Refusal, roster::Takes, webhooks::Webhooks},
        routing::ring::AgentKind,
        server::{api::Api, logins::User},
        settings::{Retry, terms::Closing},
        store::Store,
        tls::authority::{Authority, Issued},
        transaction::Transactions,
    },
};

/// A running sandbox. Dropping it leaves it running; [`stop`](Self::stop) ends it in order.
#[derive(Debug)]
pub struct Sandbox {
    ready: Ready,
    names: Vec<(ParticipantId, String)>,
    transactions: Arc<Transactions>,
    delivery: Arc<Exchange>,
    store: Option<Store>,
    retry: Retry,
    server: Shutdown,
    agents: Shutdown,
    authority: Option<Authority>,
    api: Arc<Api>,
}

/// What a connector needs to know to use a sandbox.
#[derive(Debug, Clone)]
pub struct Ready {
    /// Where services are looked up, with scheme.
    pub csds: String,
    /// The account.
    pub account: AccountId,
    /// The app install.
    pub client_id: ClientId,
    /// Its secret.
    pub client_secret: Secret,
    /// What the sandbox's own API asks for, as a bearer.
    pub control: Secret,
    /// Who can log in as an agent.
    pub agents: Vec<User>,
    /// The same address over TLS; `None` without it.
    pub https: Option<String>,
    /// The certificate that vouches for it, in PEM.
    pub ca: Option<String>,
}

impl Sandbox {
    /// What a connector needs to know.
    pub fn ready(&self) -> Ready {
        self.ready.clone()
    }

    /// Points all five kinds of notification at an address, at once.
    pub fn set_webhook(&self, url: &Url) {
        let Retry {
            retention,
            max_retries,
            ..
        } = self.retry;
        self.set_webhooks(Webhooks::all_at(url, retention, max_retries));
    }

    /// Replaces the webhooks of the app install, at once. A state file learns of it with the
    /// app install's next change.
    pub fn set_webhooks(&self, webhooks: Webhooks) {
        self.transactions.point(webhooks);
    }

    /// How the app install stands with its endpoints, and how many notifications are held.
    pub fn standing(&self) -> (Standing, usize) {
        let standing = self.delivery.standing(&self.ready.client_id);
        standing.unwrap_or((Standing::Up, 0))
    }

    /// The agents of the account and what they are called: the wire has ids only.
    pub fn agents(&self) -> &[(ParticipantId, String)] {
        &self.names
    }

    /// Lets so much virtual time pass at once; returns when what fell due in it was dealt with.
    pub async fn advance(&self, span: Duration) -> Result<(), Refusal> {
        self.transactions.advance(span).await
    }

    /// What time it is in the sandbox.
    pub fn now(&self) -> Timestamp {
        self.transactions.now()
    }

    /// Ends every agent's session, as if its time were over.
    pub fn log_out_all(&self) {
        self.api.logins.log_out_all();
    }

    /// How many sockets agents have.
    pub fn sockets(&self) -> usize {
        self.api.sockets.count()
    }

    /// Closes the sockets of an agent, or all, and answers how many those are.
    pub fn close_sockets(&self, agent: Option<&ParticipantId>, closing: Closing) -> usize {
        self.api.sockets.close(agent, closing)
    }

    /// How many open conversations an agent on sockets takes at most; any number when nothing is
    /// said.
    pub fn set_capacity(&self, agent: &ParticipantId, capacity: Option<usize>) {
        self.api.router.set_capacity(agent, capacity);
    }

    /// Opens a session for the person of this name; conversations ring there.
    pub async fn open_session(&self, name: &str) -> Result<AgentClient, Refusal> {
        AgentClient::open(self.agent_api(name), AgentKind::Person, Takes::of(name)).await
    }

    /// A certificate of the sandbox's authority for another server on this machine; `None`
    /// without TLS.
    pub fn issue(&self) -> Option<Result<Issued, tls::authority::Error>> {
        let authority = self.authority.as_ref()?;
        Some(authority.issue(Timestamp(unix_millis()), &[], &[]))
    }

    /// What an agent of this name can ask for without a session, which gets no notifications.
    pub fn agent_api(&self, name: &str) -> AgentApi {
        self.api.agent(agent_id(&self.ready.account, name))
    }

    /// Stops in order: no new requests, no new answers of Riley's, what can be
    /// delivered is, and the state file is closed. Returns whether all of it was in time.
    pub async fn stop(self, deadline: Duration) -> bool {
        let part = deadline / 4;
        let server = self.server.stop(part).await;
        let agents = self.agents.stop(part).await;
        let delivery = self.delivery.stop(part).await;
        let store = match &self.store {
            Some(store) => store.close(part).await,
            None => true,
        };
        server && agents && delivery && store
    }
}
