//! Webhooks in: from an HTTP request to a durable event, and only then to a 200.

use std::time::{Duration, Instant};

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest};
use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, Request as HttpRequest, Response, StatusCode, header},
};
use tokio::time::timeout;

use crate::{
    domain::{
        canary::Canary,
        ids::AccountId,
        inbound::{ACCOUNT_HEADER, CLIENT_HEADER, Request, SIGNATURE_HEADER, Subject},
        time::Timestamp,
    },
    relay::{
        app_state::AppState,
        backend::{Appended, Event},
        metrics::Counted,
    },
    rt::{body::Missing, clock},
};

/// Time for an event to become durable; the cloud itself waits 5 s (`webhooks` 2.2).
const WITHIN: Duration = Duration::from_millis(4_500);
/// All headers of a webhook together, names included; in a frame they may take three times as much.
const HEADERS: usize = 24 * 1024;
/// What concerns the way to the relay and not what is told.
const OF_THE_WAY: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// An answer, and why it is not 200.
type Answered = Result<StatusCode, (StatusCode, &'static str)>;

/// Takes what was posted to `/hook/…`.
pub(super) async fn take(
    app_state: &AppState,
    path: &str,
    request: HttpRequest<Body>,
) -> Response<Body> {
    let (parts, mut body) = request.into_parts();
    let mut close = app_state.is_draining();
    let answered = async {
        // Compared in constant time: the path is what keeps strangers out.
        let secret = app_state.identity.path.as_bytes();
        if verify_slices_are_equal(path.as_bytes(), secret).is_err() {
            return Err((StatusCode::NOT_FOUND, "path"));
        }
        if app_state.is_draining() {
            return Err((StatusCode::SERVICE_UNAVAILABLE, "draining"));
        }
        let account = account(&parts.headers)?;
        if !app_state.is_served(&account).await {
            return Err((StatusCode::NOT_FOUND, "account"));
        }
        let headers = forwarded(&parts.headers)?;
        let mut large = None;
        let bodies = &app_state.bodies;
        let read = bodies.read(&parts.headers, &mut body, &mut large).await;
        let body = read.map_err(|missing| {
            close |= missing.closes();
            let reason = match missing {
                Missing::Oversized { .. } => "oversized",
                Missing::Broken => "broken",
                Missing::Late => "late",
            };
            (missing.status(), reason)
        })?;
        let request = Request {
            at: Timestamp(clock::unix_millis()),
            headers,
            body,
        };
        // `large` lives on to here: a large body counts until it is dealt with.
        keep(app_state, account, request).await
    };
    let status = match answered.await {
        Ok(status) => status,
        Err((status, reason)) => {
            app_state
                .dependencies
                .metrics
                .count(Counted::Refused, reason);
            status
        }
    };
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    if close {
        let close = HeaderValue::from_static("close");
        answer.headers_mut().insert(header::CONNECTION, close);
    }
    answer
}

async fn keep(app_state: &AppState, account: AccountId, request: Request) -> Answered {
    let (backend, metrics) = (
        &app_state.dependencies.backend,
        &app_state.dependencies.metrics,
    );
    if let Some(canary) = Canary::read(&request.body) {
        metrics.canaries.inc();
        let told = backend.canary(&account, &canary.device, request);
        return match timeout(WITHIN, told).await {
            Ok(Ok(())) => Ok(StatusCode::OK),
            Ok(Err(_)) | Err(_) => Err((StatusCode::SERVICE_UNAVAILABLE, "canary")),
        };
    }
    let bytes = u64::try_from(request.body.len()).unwrap_or(u64::MAX);
    metrics.received.inc();
    metrics.received_bytes.inc_by(bytes);
    let subject = Subject::read(&request.content());
    let event = Event {
        digest: (!subject.fleeting).then(|| fingerprint(&account, &request)),
        conversation: subject.conversation,
        consumer: subject.consumer,
        account,
        request,
    };
    let began = Instant::now();
    match timeout(WITHIN, backend.append(event)).await {
        Ok(Ok(appended)) => {
            metrics.durable(began.elapsed());
            match appended {
                Appended::New(_) => metrics.kept.inc(),
                Appended::Again => metrics.again.inc(),
            };
            Ok(StatusCode::OK)
        }
        Ok(Err(cause)) => {
            tracing::warn!(%cause, "a webhook was answered 503");
            Err((StatusCode::SERVICE_UNAVAILABLE, "state"))
        }
        Err(_) => {
            tracing::warn!("a webhook was answered 503: its event was not durable in time");
            Err((StatusCode::SERVICE_UNAVAILABLE, "slow"))
        }
    }
}

fn account(headers: &HeaderMap) -> Result<AccountId, (StatusCode, &'static str)> {
    let value = headers.get(ACCOUNT_HEADER);
    let text = value.and_then(|value| value.to_str().ok());
    text.filter(|text| !text.is_empty())
        .map(AccountId::from)
        .ok_or((StatusCode::BAD_REQUEST, "no_account"))
}

/// The headers as they were, without those of the way; what is not UTF-8 in a value is replaced.
fn forwarded(headers: &HeaderMap) -> Result<Vec<(String, String)>, (StatusCode, &'static str)> {
    let mut total = 0;
    let mut kept = Vec::with_capacity(headers.len());
    for (name, value) in headers {
        if OF_THE_WAY.contains(&name.as_str()) {
            continue;
        }
        total += name.as_str().len() + value.len();
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        kept.push((name.as_str().to_owned(), value));
    }
    if total > HEADERS {
        return Err((StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "headers"));
    }
    Ok(kept)
}

/// What tells one webhook of an account from another. For whom it is and how it is signed belong
/// to it: the same words for another app install are another webhook, and so are words that were
/// posted before by somebody who could not sign them.
fn fingerprint(account: &AccountId, request: &Request) -> String {
    let mut hash = digest::Context::new(&digest::SHA256);
    hash.update(account.as_str().as_bytes());
    for wanted in [CLIENT_HEADER, SIGNATURE_HEADER] {
        hash.update(&[0]);
        for (name, value) in &request.headers {
            if name == wanted {
                hash.update(value.as_bytes());
            }
        }
    }
    hash.update(&[0]);
    hash.update(&request.body);
    let hash = hash.finish();
    let mut hex = String::with_capacity(64);
    for byte in hash.as_ref() {
        for half in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(u32::from(half), 16));
        }
    }
    hex
}
