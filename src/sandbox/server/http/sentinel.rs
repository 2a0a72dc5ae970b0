//! AppJWTs and the key they are checked with; see `domains-and-auth` 2.

use std::{sync::Arc, time::Duration};

use aws_lc_rs::constant_time;
use axum::{
    Extension, Json,
    body::Body,
    extract::{Path, RawQuery, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;
use tokio::time::timeout;
use url::form_urlencoded;

use crate::{
    domain::time::Timestamp,
    sandbox::{
        keys::Keys,
        model::App,
        server::{api::Api, body, faulty::IssueExpired},
    },
};

/// How long a request waits for the key, which takes tenths of a second to make.
const PATIENCE: Duration = Duration::from_secs(30);

/// How old a token is, in milliseconds, that is to have expired when it is issued.
const STALE: i64 = 2 * 60 * 60 * 1000;

/// An AppJWT for an id and a secret, wherever in the request they stand.
pub(crate) async fn token(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
    expired: Option<Extension<IssueExpired>>,
    request: Body,
) -> Response {
    let form = match body::read(request).await {
        Ok(form) => form,
        Err(fault) => return refused(fault.status(), "invalid_request"),
    };
    let query = query.unwrap_or_default();
    let parameter = |name: &str| {
        form_urlencoded::parse(&form)
            .chain(form_urlencoded::parse(query.as_bytes()))
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value)
    };
    let (Some(grant), Some(client), Some(secret)) = (
        parameter("grant_type"),
        parameter("client_id"),
        parameter("client_secret"),
    ) else {
        return refused(StatusCode::BAD_REQUEST, "invalid_request");
    };
    if grant != "client_credentials" {
        return refused(StatusCode::BAD_REQUEST, "unsupported_grant_type");
    }
    let app = api.transactions.read(|cloud| {
        let install = cloud.install(&client).filter(|one| one.is_live());
        install.map(|install| install.app.clone())
    });
    let Ok(app) = app.await else {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error");
    };
    let app = app.filter(|app| account == api.account.as_str() && is_secret(app, &secret));
    let Some(app) = app else {
        return refused(StatusCode::UNAUTHORIZED, "invalid_client");
    };
    let Some(keys) = keys(&api).await else {
        return refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error");
    };
    let now = match expired {
        Some(_) => Timestamp(api.transactions.now().0.saturating_sub(STALE)),
        None => api.transactions.now(),
    };
    match keys.app_token(now, &api.account, &app.client, &app.scope) {
        Ok(token) => (
            [(header::CONTENT_TYPE, "application/json;charset=utf-8")],
            Json(json!({ "access_token": token, "token_type": "Bearer" })),
        )
            .into_response(),
        Err(error) => {
            tracing::error!(%error, "no AppJWT could be issued");
            refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error")
        }
    }
}

pub(crate) async fn jwks(State(api): State<Arc<Api>>) -> Response {
    match keys(&api).await {
        Some(keys) => Json(keys.public()).into_response(),
        None => refused(StatusCode::INTERNAL_SERVER_ERROR, "server_error"),
    }
}

/// The keys, waited for; `None` when there will not be any.
async fn keys(api: &Api) -> Option<Arc<Keys>> {
    let mut keys = api.keys.clone();
    let made = timeout(PATIENCE, keys.wait_for(Option::is_some)).await;
    made.ok()?.ok()?.clone()
}

fn is_secret(app: &App, given: &str) -> bool {
    let secret = app.secret.reveal().as_bytes();
    constant_time::verify_slices_are_equal(given.as_bytes(), secret).is_ok()
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({ "error": error }))).into_response()
}
