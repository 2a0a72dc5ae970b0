//! ConsumerJWSs; see `domains-and-auth` 3.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::sandbox::server::{
    api::Api,
    http::{
        answer::{Failure, ServiceFault},
        extract::{Connector, Received},
        request,
    },
};

/// A ConsumerJWS for a connector's own name of a consumer; the same name gives the same consumer.
pub(crate) async fn consumer(
    State(api): State<Arc<Api>>,
    Received { sender, body, .. }: Received<Connector>,
) -> Result<Response, Failure> {
    let body = request::json(&body?)?;
    let external = body
        .get("ext_consumer_id")
        .and_then(Value::as_str)
        .filter(|external| !external.is_empty())
        .ok_or_else(|| ServiceFault::bad("ext_consumer_id is missing, empty or not a string"))?;
    let id = api
        .transactions
        .perform(|cloud, _, changes| Ok(cloud.sign_up(external, changes)))
        .await?;
    let token = sender
        .keys
        .consumer_token(&api.account, external, &id)
        .map_err(|error| ServiceFault::unavailable(error.to_string()))?;
    Ok((StatusCode::CREATED, Json(json!({ "token": token }))).into_response())
}
