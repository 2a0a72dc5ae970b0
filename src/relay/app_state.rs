//! What every request to a relay needs, and who may come in.

use std::{sync::Arc, time::Duration};

use axum::http::{HeaderMap, header};
use tokio::{
    sync::{Mutex, Semaphore},
    time::{Instant, sleep_until},
};

use crate::{
    domain::ids::AccountId,
    relay::{
        backend::Identity,
        link::Dependencies,
        ticket::{Claims, Keys, Refusal},
    },
    rt::{body::Bodies, clock, shutdown::Shutdown},
};

/// Pause between looks for tickets the hub does not know.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How long an answer of the state to whether it is ready holds.
const READY_HOLDS: Duration = Duration::from_millis(500);

/// What every request needs.
pub(super) struct AppState {
    pub(super) dependencies: Dependencies,
    pub(super) identity: Identity,
    pub(super) bodies: Bodies,
    pub(super) keys: Keys,
    /// One for each link there may be.
    pub(super) links: Arc<Semaphore>,
    pub(super) shutdown: Shutdown,
    /// When somebody last looked for new tickets.
    pub(super) looked: Mutex<Option<Instant>>,
    /// When the state was last asked whether it is ready, and what it said.
    pub(super) asked: Mutex<Option<(Instant, bool)>>,
}

impl AppState {
    /// Whether the relay is about to end.
    pub(super) fn is_draining(&self) -> bool {
        self.dependencies.drain.is_cancelled()
    }

    /// Whether anybody may link for an account.
    pub(super) async fn is_served(&self, account: &AccountId) -> bool {
        let known = || {
            let now = clock::unix_millis() / 1000;
            self.dependencies.hub.is_served(account, now)
        };
        if known() {
            return true;
        }
        self.look().await;
        known()
    }

    /// Whether an event could be kept. Anybody may ask, so the state is asked now and then only.
    pub(super) async fn is_ready(&self) -> bool {
        // A request that comes while another asks waits for the same answer.
        let mut asked = self.asked.lock().await;
        if let Some((at, is_ready)) = *asked
            && at.elapsed() < READY_HOLDS
        {
            return is_ready;
        }
        let ready = self.dependencies.backend.ready().await;
        let is_ready = ready
            .inspect_err(|cause| tracing::warn!(%cause, "not ready"))
            .is_ok();
        *asked = Some((Instant::now(), is_ready));
        is_ready
    }

    /// Who stands behind a ticket.
    pub(super) async fn admit(&self, headers: &HeaderMap) -> Result<Claims, Refusal> {
        let value = headers.get(header::AUTHORIZATION);
        let text = value.and_then(|value| value.to_str().ok());
        let bearer = text.and_then(|text| text.split_once(' '));
        let (_, ticket) = bearer
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .ok_or(Refusal::Missing)?;
        let claims = self.keys.check(ticket.trim())?;
        let issued = || self.dependencies.hub.issued(&claims.account, &claims.jti);
        let mut known = issued();
        if known.is_none() {
            self.look().await;
            known = issued();
        }
        match known {
            None => Err(Refusal::Unknown),
            Some(issued) if issued.revoked => Err(Refusal::Revoked),
            Some(_) => Ok(claims),
        }
    }

    /// Looks for tickets the hub has not heard of: one may have been made this very second.
    async fn look(&self) {
        let asked = Instant::now();
        // A request that comes while another looks waits and finds it done.
        let mut looked = self.looked.lock().await;
        if let Some(at) = *looked {
            if at >= asked {
                return;
            }
            sleep_until(at + LOOK_EVERY).await;
        }
        let began = Instant::now();
        match self.dependencies.backend.tickets().await {
            Ok(tickets) => tickets
                .into_iter()
                .for_each(|ticket| self.dependencies.hub.learn(ticket)),
            Err(cause) => tracing::warn!(%cause, "cannot look for new tickets"),
        }
        *looked = Some(began);
    }
}
