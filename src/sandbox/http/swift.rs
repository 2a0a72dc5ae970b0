//! The store of files: PUT and GET of what temporary URLs name; see `send-api` 4.
//!
//! Browsers upload and show files straight from here, so every answer lets other
//! origins read it.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use crate::sandbox::{
    cloud::files::{self, normal_path},
    http::{Api, body},
};

/// How long an upload may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a file is when its uploader did not say.
const UNKNOWN: &str = "application/octet-stream";
/// What can be done with a file.
const METHODS: &str = "GET, HEAD, PUT, OPTIONS";

/// Whatever no other service answers: a file, if the path is one's.
pub async fn file(
    State(api): State<Arc<Api>>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    request: Body,
) -> Response {
    let folder = files::folder(&api.account);
    let Some(path) = normal_path(uri.path()).filter(|path| path.starts_with(&folder)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let query = query.unwrap_or_default();
    let allowed = |method: &str| {
        let now = api.hub.now();
        api.temporary.allows(now, method, &path, &query)
    };
    let response = match method {
        Method::OPTIONS => preflight(&headers),
        Method::PUT => {
            // Read first in any case: a connection with an unread body cannot be used again.
            let largest = usize::try_from(files::LARGEST).unwrap_or(usize::MAX);
            let bytes = body::read_up_to(request, largest, PATIENCE).await;
            match bytes {
                _ if !allowed("PUT") => StatusCode::UNAUTHORIZED.into_response(),
                Ok(bytes) => put(&api, &path, &headers, bytes).await,
                Err(fault) => fault.status().into_response(),
            }
        }
        Method::GET | Method::HEAD if allowed("GET") => get(&api, &path),
        Method::GET | Method::HEAD => StatusCode::UNAUTHORIZED.into_response(),
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, METHODS)]).into_response(),
    };
    for_any_origin(response)
}

async fn put(api: &Api, path: &str, headers: &HeaderMap, bytes: bytes::Bytes) -> Response {
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .unwrap_or(UNKNOWN);
    let stored = api.hub.perform(|cloud, _, changes| {
        cloud.upload(path, media, bytes, changes);
        Ok(())
    });
    match stored.await {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(refusal) => {
            tracing::error!(%refusal, "a file could not be stored");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn get(api: &Api, path: &str) -> Response {
    let Some(file) = api.hub.look(|cloud| cloud.file(path).cloned()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let media =
        HeaderValue::from_str(&file.media).unwrap_or_else(|_| HeaderValue::from_static(UNKNOWN));
    (
        [
            (header::CONTENT_TYPE, media),
            // What a consumer uploads must not run as a page of this origin.
            (
                header::X_CONTENT_TYPE_OPTIONS,
                HeaderValue::from_static("nosniff"),
            ),
        ],
        file.bytes,
    )
        .into_response()
}

fn preflight(headers: &HeaderMap) -> Response {
    let asked = headers
        .get(header::ACCESS_CONTROL_REQUEST_HEADERS)
        .cloned()
        .unwrap_or_else(|| HeaderValue::from_static("content-type"));
    (
        StatusCode::NO_CONTENT,
        [
            (
                header::ACCESS_CONTROL_ALLOW_METHODS,
                HeaderValue::from_static(METHODS),
            ),
            (header::ACCESS_CONTROL_ALLOW_HEADERS, asked),
            (
                header::ACCESS_CONTROL_MAX_AGE,
                HeaderValue::from_static("600"),
            ),
        ],
    )
        .into_response()
}

fn for_any_origin(mut response: Response) -> Response {
    response.headers_mut().insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    response
}
