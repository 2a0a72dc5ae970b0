//! Faults of requests: what is switched on happens here, around the service that is asked.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    domain::ids::ClientId,
    rt::serve::HangUp,
    sandbox::{
        faults::{EndpointGroup, FaultAct, delay},
        model::files,
        server::{api::Api, body},
    },
};

/// How long the body of a request that is refused may take to come.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest form of a token request that is looked into for its app install.
const FORM: usize = 64 * 1024;

/// Marks a token request whose token is to have expired.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IssueExpired;

/// Does to a request what is switched on for it.
pub(super) async fn meddle(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let group = EndpointGroup::of(request.uri().path());
    if !api.faults.concern(group) {
        return next.run(request).await;
    }
    let (mut request, app) = match whose(group, request).await {
        Ok(known) => known,
        Err(refusal) => return refusal,
    };
    let acts = api.faults.strike_if(group, app.as_ref(), |act| {
        !matches!(act, FaultAct::Close { .. })
    });
    let delay = delay(&acts);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    for act in acts {
        match act {
            FaultAct::Status {
                status,
                retry_after,
                body,
            } => {
                drain(request).await;
                return refused(group, status, retry_after, body);
            }
            FaultAct::Drop { done } => {
                if done {
                    next.run(request).await;
                } else {
                    drain(request).await;
                }
                return HangUp.into_response();
            }
            FaultAct::Expired => {
                request.extensions_mut().insert(IssueExpired);
            }
            _ => {}
        }
    }
    next.run(request).await
}

/// The app install a request comes from, as far as it says so.
async fn whose(
    group: EndpointGroup,
    request: Request,
) -> Result<(Request, Option<ClientId>), Response> {
    let app = match group {
        EndpointGroup::Token => {
            let (head, form) = request.into_parts();
            let form = body::read_up_to(form, FORM, PATIENCE).await;
            let wrong = Json(json!({ "error": "invalid_request" }));
            let form = form.map_err(|fault| (fault.status(), wrong).into_response())?;
            let query = head.uri.query().unwrap_or_default().as_bytes();
            let app = form_urlencoded::parse(&form)
                .chain(form_urlencoded::parse(query))
                .find(|(name, value)| name == "client_id" && !value.is_empty())
                .map(|(_, value)| ClientId::from(value.into_owned()));
            return Ok((Request::from_parts(head, Body::from(form)), app));
        }
        EndpointGroup::Engagement => request.uri().path().split('/').nth(5).map(ClientId::from),
        _ => presented(request.headers()),
    };
    Ok((request, app))
}

/// The app install named by an AppJWT, which is not checked yet.
fn presented(headers: &HeaderMap) -> Option<ClientId> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let payload = token.split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(payload).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims.get("azp")?.as_str().map(ClientId::from)
}

/// Reads what is left: a connection with an unread body cannot be used again.
async fn drain(request: Request) {
    let largest = usize::try_from(files::LARGEST).unwrap_or(usize::MAX);
    // What it was does not matter any more, and neither does how it ended.
    let _ = body::read_up_to(request.into_body(), largest, PATIENCE).await;
}

fn refused(
    group: EndpointGroup,
    status: u16,
    retry_after: Option<u64>,
    body: Option<String>,
) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let title = status.canonical_reason().unwrap_or("Error");
    let told = "switched on at the sandbox";
    let mut response = match body {
        Some(body) => (status, body).into_response(),
        None if matches!(
            group,
            EndpointGroup::Consumer | EndpointGroup::Conversation | EndpointGroup::Send
        ) =>
        {
            let code = u32::from(status.as_u16()) * 100 + 1;
            let body = json!({ "title": title, "details": told, "errorCode": code });
            let body = json!({ "kind": "resp", "code": status.as_u16(), "body": body,
                "type": ".ReqBody$ErrorResp" });
            (status, Json(body)).into_response()
        }
        None if group == EndpointGroup::Token => {
            (status, Json(json!({ "error": title }))).into_response()
        }
        None => (
            status,
            Json(json!({ "error": { "message": told, "internalCode": 0 } })),
        )
            .into_response(),
    };
    if let Some(seconds) = retry_after {
        let seconds = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}
