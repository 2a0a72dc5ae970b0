//! The sandbox's own API, which the real cloud does not have: time, faults, snapshots, people.
//!
//! `assets/sandbox-openapi.json` describes it, and a test holds the two together. It answers to
//! clients that send the sandbox's token, and to no others: a client on this machine may be another
//! user's, or a page in the owner's browser.

mod agents;
mod clock;
mod conversations;
mod faults;
mod guard;
mod snapshots;
mod webhook;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{FromRequest, Request, State},
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post, put},
};
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::sandbox::{
    delivery::policy::Standing,
    model::refusal::Refusal,
    server::{api::Api, body},
};

/// Under which path it is.
pub(crate) const ROOT: &str = "/sandbox/v1";
const DOCUMENT: &str = include_str!("../../../../assets/sandbox-openapi.json");

/// Every path of it, below [`ROOT`].
pub(super) fn router(api: Arc<Api>) -> Router<Arc<Api>> {
    Router::new()
        .route("/openapi.json", get(document))
        .route("/state", get(state))
        .route("/clock", get(clock::show))
        .route("/clock/advance", post(clock::advance))
        .route(
            "/faults",
            get(faults::list).post(faults::add).delete(faults::clear),
        )
        .route("/faults/{id}", axum::routing::delete(faults::clear_one))
        .route("/snapshots", get(snapshots::list).post(snapshots::take))
        .route(
            "/snapshots/{name}",
            axum::routing::delete(snapshots::forget),
        )
        .route("/snapshots/{name}/restore", post(snapshots::go_back))
        .route("/world", get(snapshots::world))
        .route("/reset", post(snapshots::reset))
        .route("/webhook", get(webhook::show).put(webhook::point))
        .route("/conversations", get(conversations::list))
        .route("/conversations/{id}", get(conversations::show))
        .route("/queue", get(agents::queue))
        .route("/agents", get(agents::list))
        .route("/agents/{name}", put(agents::change))
        .route("/surveys", get(agents::surveys))
        .route("/surveys/{skill}", put(agents::survey))
        .fallback(nothing)
        .method_not_allowed_fallback(other_method)
        .layer(middleware::from_fn_with_state(api, guard::admit))
}

#[derive(Debug)]
struct ControlDenial {
    status: StatusCode,
    error: String,
}

impl ControlDenial {
    fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self {
            status,
            error: error.into(),
        }
    }

    fn bad(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    fn unknown(error: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, error)
    }
}

impl From<Refusal> for ControlDenial {
    fn from(refusal: Refusal) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, refusal.to_string())
    }
}

impl IntoResponse for ControlDenial {
    fn into_response(self) -> Response {
        (self.status, Json(json!({ "error": self.error }))).into_response()
    }
}

/// What one of its functions answers.
type ControlAnswer = Result<Response, ControlDenial>;

/// What the body of a request says; none at all is an object without members.
struct ControlBody<T>(T);

impl<T: DeserializeOwned> FromRequest<Arc<Api>> for ControlBody<T> {
    type Rejection = ControlDenial;

    async fn from_request(request: Request, _: &Arc<Api>) -> Result<Self, ControlDenial> {
        let body = body::read(request.into_body()).await.map_err(|fault| {
            ControlDenial::new(fault.status(), "the body did not come, or is too large")
        })?;
        let body: &[u8] = if body.is_empty() { b"{}" } else { &body };
        serde_json::from_slice(body)
            .map(Self)
            .map_err(|error| ControlDenial::bad(format!("the body does not fit: {error}")))
    }
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}

async fn nothing() -> ControlDenial {
    ControlDenial::unknown(format!("there is nothing here; see {ROOT}/openapi.json"))
}

async fn other_method() -> ControlDenial {
    let told = format!("this path does not take that method; see {ROOT}/openapi.json");
    ControlDenial::new(StatusCode::METHOD_NOT_ALLOWED, told)
}

/// How everything is, at one look.
async fn state(State(api): State<Arc<Api>>) -> ControlAnswer {
    let now = api.transactions.now();
    let read = api.transactions.read(|cloud| {
        let clients = cloud.installs().map(|install| install.app.client.clone());
        (cloud.count(), clients.collect::<Vec<_>>())
    });
    let (count, clients) = read.await?;
    let installs = clients.iter().map(|client| {
        let (standing, held) = api
            .transactions
            .standing(client)
            .unwrap_or((Standing::Up, 0));
        let standing = match standing {
            Standing::Up => "up",
            Standing::Failed => "failed",
            Standing::InTransition => "in_transition",
            Standing::Recovered => "recovered",
        };
        json!({ "client_id": client, "standing": standing, "undelivered": held })
    });
    Ok(Json(json!({
        "account": api.account,
        "now": now,
        "ahead_ms": clock::ahead(&api),
        "consumers": count.consumers,
        "conversations": { "all": count.conversations, "open": count.open, "surveys": count.surveys },
        "files": count.files,
        "waiting": agents::waiting(&api),
        "installs": installs.collect::<Vec<_>>(),
        "faults": api.faults.list().len(),
        "snapshots": api.snapshots.list().len(),
    }))
    .into_response())
}
