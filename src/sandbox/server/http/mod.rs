//! The services over HTTP: domains, tokens, consumers, messaging, files, logins, configuration,
//! history.
//!
//! Requests are read by code of its own, never by what handset writes them with, so that a mistake
//! of the client is not mirrored here. What is done with a request is in the model, and how it
//! gets here (names, faults, CORS) in the server.

pub(super) mod account;
pub(crate) mod answer;
pub(crate) mod csds;
pub(crate) mod engagement;
mod extract;
pub(crate) mod features;
pub(crate) mod files;
pub(crate) mod history;
pub(crate) mod idp;
pub(crate) mod installs;
pub(crate) mod login;
pub(crate) mod messaging;
pub(crate) mod people;
mod pictures;
pub(crate) mod request;
pub(crate) mod sentinel;
pub(crate) mod status;
pub(crate) mod swift;

use std::sync::Arc;

use axum::{
    Router,
    routing::{any, get, post},
};

use crate::sandbox::{agents::served, server::api::Api};

/// What a user with a bearer asks for: configuration and history.
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

/// Every path of the services but the agents' socket.
pub(super) fn router() -> Router<Arc<Api>> {
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
            &format!("{}/{{file}}", served::ROOT),
            get(pictures::picture),
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
}
