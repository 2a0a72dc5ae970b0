//! The server of a sandbox: one listener for every service, the agents' socket and its own API.
//!
//! [`http`] answers the services' requests, [`agent_socket`] those of agents' clients, which
//! [`subscriptions`] notifies, and [`control`] is the sandbox's own API. Around them stand the
//! names the listener is called by, CORS, and the faults that are switched on. What a request does
//! is decided in the layers below.

pub mod agent_socket;
pub mod api;
pub mod body;
pub mod control;
mod cors;
mod faulty;
mod host;
pub mod http;
pub mod logins;
pub mod subscriptions;
pub mod temp_url;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};

use crate::sandbox::server::{
    api::Api,
    http::{account::no_such_method, swift},
};

/// Every path of the sandbox.
pub fn router(api: Arc<Api>) -> Router {
    http::router()
        .route(
            "/ws_api/account/{account}/messaging/brand/{bearer}",
            get(agent_socket::connect),
        )
        // Their paths come with doubled slashes too, which no route would match.
        .fallback(swift::file)
        .method_not_allowed_fallback(async || no_such_method())
        .layer(middleware::from_fn_with_state(api.clone(), faulty::meddle))
        .layer(middleware::from_fn_with_state(
            api.clone(),
            cors::admit_pages,
        ))
        .nest(control::ROOT, control::router(api.clone()))
        .layer(middleware::from_fn_with_state(api.clone(), host::admit))
        .with_state(api)
}
