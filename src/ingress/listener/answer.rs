//! From an HTTP request to its answer: path and method by axum's router, then
//! the body within its limits, then `take`.

use std::{future::Future, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::{Request as HttpRequest, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode, header, request::Parts},
    routing::post,
};
use tokio::{sync::Notify, time::timeout};

use crate::{
    domain::{inbound::Request, time::Timestamp},
    ingress::listener::{Limits, turned_away::Tally},
    rt::{
        body::{Bodies, Missing},
        clock,
    },
};

/// Answers requests; shared by all connections.
pub(super) struct Answerer<T> {
    limits: Limits,
    take: T,
    bodies: Bodies,
    tally: Tally,
    /// Told of each request that waits for its answer.
    asked: Arc<Notify>,
}

/// The routes: webhooks are posted to one path, and a client that asks for anything else learns
/// only that it is not there.
pub(super) fn router<T, F>(path: &str, answerer: Arc<Answerer<T>>) -> Router
where
    T: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = u16> + Send + 'static,
{
    type Shared<T> = State<Arc<Answerer<T>>>;
    // The router compares the path as a whole, so the time it takes tells nothing about how
    // much of a guess was right; and what is trusted is the signature, not the path.
    Router::new()
        .route(
            path,
            post(
                |State(answerer): Shared<T>, request: HttpRequest| async move {
                    let (parts, body) = request.into_parts();
                    answerer.webhook(&parts, body).await
                },
            ),
        )
        // axum adds the header that says what is allowed.
        .method_not_allowed_fallback(|State(answerer): Shared<T>| async move {
            answerer.astray(StatusCode::METHOD_NOT_ALLOWED)
        })
        .fallback(
            |State(answerer): Shared<T>| async move { answerer.astray(StatusCode::NOT_FOUND) },
        )
        .with_state(answerer)
}

impl<T, F> Answerer<T>
where
    T: Fn(Request) -> F,
    F: Future<Output = u16>,
{
    /// Gives each request to `take`.
    pub(super) fn new(limits: Limits, take: T, tally: Tally, asked: Arc<Notify>) -> Self {
        Self {
            bodies: Bodies::new(limits.body, limits.body_within),
            limits,
            take,
            tally,
            asked,
        }
    }

    /// The answer to a request that is no webhook.
    fn astray(&self, status: StatusCode) -> Response<Body> {
        self.tally.count(|tally| &mut tally.astray);
        bare(status)
    }

    async fn webhook(&self, parts: &Parts, mut body: Body) -> Response<Body> {
        let mut large = None;
        let read = self.bodies.read(&parts.headers, &mut body, &mut large);
        let body = match read.await {
            Ok(body) => body,
            Err(missing) => {
                self.tally.count(|tally| match missing {
                    Missing::Oversized { .. } => &mut tally.oversized,
                    Missing::Broken => &mut tally.broken,
                    Missing::Late => &mut tally.late,
                });
                let answer = bare(missing.status());
                return if missing.closes() {
                    closing(answer)
                } else {
                    answer
                };
            }
        };
        let request = Request {
            at: Timestamp(clock::unix_millis()),
            headers: plain(&parts.headers),
            body,
        };
        self.asked.notify_one();
        // `large` lives on to here: a large body counts until it is dealt with.
        let taken = timeout(self.limits.answer_within, (self.take)(request)).await;
        if let Ok(status) = taken {
            bare(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        } else {
            self.tally.count(|tally| &mut tally.unanswered);
            bare(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

fn bare(status: StatusCode) -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer
}

/// Header names, lower case, with their values; what is not UTF-8 in a value is replaced.
fn plain(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.as_str().to_owned(), value)
        })
        .collect()
}

/// The same answer, as the last of its connection.
fn closing(mut answer: Response<Body>) -> Response<Body> {
    let close = HeaderValue::from_static("close");
    answer.headers_mut().insert(header::CONNECTION, close);
    answer
}
