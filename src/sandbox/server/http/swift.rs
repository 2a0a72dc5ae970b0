//! The store of files: PUT and GET of what temporary URLs name; see `send-api` 4.
//!
//! Whatever no other service answers ends here, too, and is told so.

use std::{sync::Arc, time::Duration};

use axum::{
    body::Body,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

use crate::sandbox::{
    model::files::{self, normal_path},
    server::{
        api::Api,
        body,
        http::account::{self, AccountDenial},
    },
};

/// How long an upload may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// What a file is when its uploader did not say.
const UNKNOWN: &str = "application/octet-stream";
/// What can be done with a file.
const METHODS: &str = "GET, HEAD, PUT, OPTIONS";

/// Whatever no other service answers: a file, if the path is one's.
pub(crate) async fn file(
    State(api): State<Arc<Api>>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    request: Body,
) -> Response {
    let folder = files::folder(&api.account);
    let Some(path) = normal_path(uri.path()).filter(|path| path.starts_with(&folder)) else {
        return AccountDenial::new(StatusCode::NOT_FOUND, "no service has this path")
            .into_response();
    };
    let query = query.unwrap_or_default();
    let allowed = |method: &str| {
        let now = api.transactions.now();
        api.temporary.allows(now, method, &path, &query)
    };
    match method {
        Method::PUT => {
            // Read first in any case: a connection with an unread body cannot be used again.
            let largest = usize::try_from(files::LARGEST).unwrap_or(usize::MAX);
            let bytes = body::read_up_to(request, largest, PATIENCE).await;
            match bytes {
                _ if !allowed("PUT") => expired(),
                Ok(bytes) => put(&api, &path, &headers, bytes).await,
                Err(fault) => {
                    let why = "the file is too large, or did not come whole";
                    AccountDenial::new(fault.status(), why).into_response()
                }
            }
        }
        Method::GET | Method::HEAD if allowed("GET") => get(&api, &path).await,
        Method::GET | Method::HEAD => expired(),
        _ => account::other_method(METHODS),
    }
}

fn expired() -> Response {
    let why = "the temporary URL is not for this, or has expired";
    AccountDenial::new(StatusCode::UNAUTHORIZED, why).into_response()
}

async fn put(api: &Api, path: &str, headers: &HeaderMap, bytes: bytes::Bytes) -> Response {
    let media = headers
        .get(header::CONTENT_TYPE)
        .and_then(|media| media.to_str().ok())
        .unwrap_or(UNKNOWN);
    let stored = api.transactions.perform(|cloud, _, changes| {
        cloud.upload(path, media, bytes, changes);
        Ok(())
    });
    match stored.await {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(refusal) => {
            tracing::error!(%refusal, "a file could not be stored");
            let why = format!("the file could not be stored: {refusal}");
            AccountDenial::new(StatusCode::SERVICE_UNAVAILABLE, why).into_response()
        }
    }
}

async fn get(api: &Api, path: &str) -> Response {
    let file = match api
        .transactions
        .read(|cloud| cloud.file(path).cloned())
        .await
    {
        Ok(Some(file)) => file,
        Ok(None) => {
            return AccountDenial::new(StatusCode::NOT_FOUND, "no file has this path")
                .into_response();
        }
        Err(refusal) => return AccountDenial::from(refusal).into_response(),
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
