//! The cloud's HTTP face: one listener for every service.
//!
//! Requests are read by code of its own, never by what handset writes them with,
//! so that a mistake of the client is not mirrored here.

mod account;
pub mod answer;
pub mod body;
pub mod control;
mod cors;
pub mod csds;
pub mod engagement;
mod faulty;
pub mod features;
pub mod files;
pub mod history;
mod host;
pub mod idp;
pub mod installs;
pub mod login;
pub mod messaging;
pub mod people;
pub mod request;
pub mod sentinel;
pub mod status;
pub mod swift;
pub mod temp_url;

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router, middleware,
    routing::{any, get, post},
};
use tokio::sync::watch;

use crate::{
    domain::{ids::AccountId, secret::Secret},
    rt::shutdown::Shutdown,
    sandbox::{
        agent::shifts::Shifts, faults::Faults, http::temp_url::TempUrls, hub::Hub, keys::Keys,
        logins::Logins, points::Points, settings::terms::Terms, ums,
    },
};

/// What every handler can reach.
#[derive(Debug)]
pub struct Api {
    /// The cloud.
    pub hub: Arc<Hub>,
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
    pub shifts: Arc<Shifts>,
    /// How it misbehaves.
    pub faults: Arc<Faults>,
    /// What was kept to be gone back to.
    pub points: Arc<Points>,
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
}

/// What somebody with an agent's bearer asks: configuration and history.
fn account_services() -> Router<Arc<Api>> {
    Router::new()
        .route(
            "/api/account/{account}/configuration/app-install/installations",
            get(installs::list).post(installs::create),
        )
        .route(
            "/api/account/{account}/configuration/app-install/installations/{id}",
            any(installs::one),
        )
        .route(
            "/api/account/{account}/configuration/le-users/skills",
            get(people::skills),
        )
        .route(
            "/api/account/{account}/configuration/le-users/users",
            get(people::users),
        )
        .route(
            "/api/account/{account}/configuration/le-users/users/{id}",
            get(people::one),
        )
        .route(
            "/api/account/{account}/configuration/engagement-window/auto-messages",
            get(features::auto_messages),
        )
        .route(
            "/api/account/{account}/configuration/provision/featureGrants",
            get(features::grants),
        )
        .route(
            "/api/account/{account}/forms/agent_survey",
            any(features::no_form),
        )
        .route(
            "/api/account/{account}/forms/agent_survey/state",
            any(features::no_form),
        )
        .route(
            "/messaging_history/api/account/{account}/conversations/search",
            post(history::conversations),
        )
        .route(
            "/messaging_history/api/account/{account}/conversations/consumer/search",
            post(history::of_consumer),
        )
        .route(
            "/messaging_history/api/account/{account}/conversations/conversation/search",
            post(history::one),
        )
        .route(
            "/messaging_history/api/account/{account}/agent-view/status",
            post(status::agents),
        )
        .route(
            "/messaging_history/api/account/{account}/agent-view/summary",
            post(status::summary),
        )
}

/// Every path of the emulated services.
pub fn router(api: Arc<Api>) -> Router {
    Router::new()
        .route(
            "/api/account/{account}/service/baseURI.json",
            get(csds::collection),
        )
        .route(
            "/api/account/{account}/service/{service}/baseURI.json",
            get(csds::single),
        )
        // Many clients leave the end out.
        .route(
            "/api/account/{account}/service/baseURI",
            get(csds::collection),
        )
        .route(
            "/api/account/{account}/service/{service}/baseURI",
            get(csds::single),
        )
        .route(
            "/sentinel/api/account/{account}/app/token",
            post(sentinel::token),
        )
        .route(
            "/sentinel/api/v2/account/{account}/app/token",
            post(sentinel::token),
        )
        .route("/sentinel/well-known/jwks", get(sentinel::jwks))
        .route(
            "/api/account/{account}/app/{app}/engagement",
            post(engagement::engage),
        )
        .merge(account_services())
        .route(
            "/ws_api/account/{account}/messaging/brand/{bearer}",
            get(ums::connect),
        )
        .route("/api/account/{account}/login", post(login::login))
        .route("/api/account/{account}/refresh", post(login::refresh))
        .route("/api/account/{account}/logout", post(login::logout))
        .route("/api/account/{account}/consumer", post(idp::consumer))
        .route(
            "/api/account/{account}/messaging/consumer/conversation",
            post(messaging::conversation),
        )
        .route(
            "/api/account/{account}/messaging/consumer/conversation/send",
            post(messaging::send),
        )
        // Their paths come with doubled slashes too, which no route would match.
        .fallback(swift::file)
        .method_not_allowed_fallback(async || account::no_such_method())
        .layer(middleware::from_fn_with_state(api.clone(), faulty::meddle))
        .layer(middleware::from_fn_with_state(
            api.clone(),
            cors::admit_pages,
        ))
        .nest(control::ROOT, control::router(api.clone()))
        .layer(middleware::from_fn_with_state(api.clone(), host::admit))
        .with_state(api)
}
