//! The server of a sandbox: one listener for every service, the agents' socket and its own API.
//!
//! [`http`] answers the services' requests, [`agent_socket`] those of agents' clients, and
//! [`control`] is the sandbox's own API. Around them stand the names the listener is called by,
//! CORS, and the faults that are switched on. What a request does is decided in the layers below.

pub(crate) mod agent_socket;
pub(crate) mod api;
pub(crate) mod body;
pub(crate) mod control;
mod cors;
mod faulty;
mod host;
pub(crate) mod http;
pub(crate) mod logins;
pub(crate) mod temp_url;

use std::sync::Arc;

use axum::{Router, middleware, routing::get};

use crate::sandbox::server::{
    api::Api,
    http::{account::no_such_method, swift},
};

pub(crate) fn router(api: Arc<Api>) -> Router {
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
