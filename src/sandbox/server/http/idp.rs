//! ConsumerJWSs; see `domains-and-auth` 3.

use std::sync::Arc;

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::sandbox::server::{
    api::Api,
    body,
    http::{
        answer::{Failure, Fault},
        request,
    },
};

/// A ConsumerJWS for a connector's own name of a consumer; the same name gives the same consumer.
pub async fn consumer(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    request: Body,
) -> Response {
    answer(&api, &account, &headers, request)
        .await
        .unwrap_or_else(IntoResponse::into_response)
}

async fn answer(
    api: &Api,
    account: &str,
    headers: &HeaderMap,
    request: Body,
) -> Result<Response, Failure> {
    let body = body::read(request).await;
    let (keys, _) = request::app(api, account, headers)?;
    let body = request::json(&body?)?;
    let external = body
        .get("ext_consumer_id")
        .and_then(Value::as_str)
        .filter(|external| !external.is_empty())
        .ok_or_else(|| Fault::bad("ext_consumer_id is missing, empty or not a string"))?;
    let id = api
        .transactions
        .perform(|cloud, _, changes| Ok(cloud.sign_up(external, changes)))
        .await?;
    let token = keys
        .consumer_token(&api.account, external, &id)
        .map_err(|error| Fault::unavailable(error.to_string()))?;
    Ok((StatusCode::CREATED, Json(json!({ "token": token }))).into_response())
}
