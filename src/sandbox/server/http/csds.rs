//! Domain discovery; see `domains-and-auth` 1.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{rt::clock::unix_millis, sandbox::server::api::Api};

/// The services that can be looked up; all are this listener.
const SERVICES: [&str; 11] = [
    "agentVep",
    "asyncMessagingEnt",
    "facadeMsg",
    "sentinel",
    "idp",
    "swift",
    "accountConfigReadWrite",
    "accountConfigReadOnly",
    "msgHist",
    "runtimeFormLogic",
    "smt",
];

pub(crate) async fn collection(
    State(api): State<Arc<Api>>,
    Path(account): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = other_version(query.as_deref()) {
        return refusal;
    }
    if account != api.account.as_str() {
        return not_found();
    }
    Json(everything(&api, &headers)).into_response()
}

/// Where every service is, as the collection and a login tell it.
pub(super) fn everything(api: &Api, headers: &HeaderMap) -> Value {
    let all: Vec<Value> = SERVICES
        .iter()
        .map(|service| entry(api, headers, service))
        .collect();
    json!({ "baseURIs": all })
}

/// One service, as a bare object.
pub(crate) async fn single(
    State(api): State<Arc<Api>>,
    Path((account, service)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if let Some(refusal) = other_version(query.as_deref()) {
        return refusal;
    }
    let known = SERVICES.iter().find(|known| **known == service);
    match known.filter(|_| account == api.account.as_str()) {
        Some(service) => Json(entry(&api, &headers, service)).into_response(),
        None => not_found(),
    }
}

fn entry(api: &Api, headers: &HeaderMap, service: &str) -> Value {
    json!({
        "service": service,
        "account": api.account,
        "baseURI": host(api, headers),
    })
}

/// Where this listener is, without scheme; one on all addresses, or with names of its own, is where
/// the asker found it, which is one of those.
///
/// One port speaks HTTP and HTTPS, so it is the same however the question came.
pub(super) fn host(api: &Api, headers: &HeaderMap) -> String {
    let asked = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|_| api.address.ip().is_unspecified() || !api.hosts.is_empty());
    asked.map_or_else(|| api.reachable().to_string(), ToOwned::to_owned)
}

/// The answer to a version that does not exist, and to none.
fn other_version(query: Option<&str>) -> Option<Response> {
    let version = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "version");
    let why = match version {
        None => "version is missing; it is 1.0",
        Some((_, version)) if version != "1.0" => "invalid version; it is 1.0",
        Some(_) => return None,
    };
    Some(refused(StatusCode::BAD_REQUEST, why))
}

fn not_found() -> Response {
    refused(StatusCode::NOT_FOUND, "service not found")
}

fn refused(status: StatusCode, message: &str) -> Response {
    let time = jiff::Timestamp::from_millisecond(unix_millis()).unwrap_or_default();
    let body = json!({
        "error": { "time": time.to_string(), "message": message, "internalCode": 0 },
    });
    (status, Json(body)).into_response()
}
