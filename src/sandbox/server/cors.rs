//! Lets pages of other origins ask what browser clients of the cloud ask for: domain lookup,
//! tokens, CONVERSATION, SEND and files; see `domains-and-auth` 1 and `send-api` 4.
//!
//! It stands around everything else, so that a page can read a switched-on fault, too.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse as _, Response},
};

use crate::sandbox::{
    faults::EndpointGroup,
    model::files::{self, normal_path},
    server::api::Api,
};

/// What a page may do.
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, OPTIONS");
/// What it may send when it does not say which headers it is about to send.
const HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, client-properties, content-type, x-lp-on-behalf");
/// For how many seconds a browser need not ask again.
const AGE: HeaderValue = HeaderValue::from_static("600");

/// Answers preflights, and marks every other answer as readable from anywhere.
pub(super) async fn admit_pages(
    State(api): State<Arc<Api>>,
    request: Request,
    next: Next,
) -> Response {
    if !is_for_pages(&api, request.uri().path()) {
        return next.run(request).await;
    }
    let mut response = if request.method() == Method::OPTIONS {
        preflight(request.headers())
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}

fn is_for_pages(api: &Api, path: &str) -> bool {
    match EndpointGroup::of(path) {
        EndpointGroup::Csds
        | EndpointGroup::Token
        | EndpointGroup::Consumer
        | EndpointGroup::Conversation
        | EndpointGroup::Send => true,
        EndpointGroup::Files => {
            let folder = files::folder(&api.account);
            normal_path(path).is_some_and(|path| path.starts_with(&folder))
        }
        _ => false,
    }
}

fn preflight(headers: &HeaderMap) -> Response {
    let asked = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    (
        StatusCode::NO_CONTENT,
        [
            (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
            (
                header::ACCESS_CONTROL_ALLOW_HEADERS,
                asked.unwrap_or(HEADERS),
            ),
            (header::ACCESS_CONTROL_MAX_AGE, AGE),
        ],
    )
        .into_response()
}
