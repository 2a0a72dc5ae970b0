//! From an HTTP request to its answer: path, method, body, then `take`.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::{
    body::{Body, HttpBody},
    http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header, request::Parts},
};
use bytes::Bytes;
use hyper::body::Incoming;
use tokio::{
    sync::{Semaphore, SemaphorePermit, watch},
    time::timeout,
};

use crate::{
    domain::{inbound::Request, time::Timestamp},
    listener::{Limits, TurnedAway},
    rt::clock,
};

/// Bodies up to this size are held without asking; connections times this is the bound.
const SMALL: usize = 16 * 1024;
/// How many larger bodies are held at once; more wait their turn, inside the body's time limit.
const LARGE_BODIES: usize = 64;
/// How much of an oversized body is read and thrown away, so that its sender gets to see the
/// 413; in multiples of the limit. Past it the connection is cut.
const DISCARDED: usize = 8;

/// Answers requests; shared by all connections.
pub(super) struct Desk<T> {
    path: String,
    limits: Limits,
    take: T,
    slots: Arc<Semaphore>,
    large: Semaphore,
    tally: watch::Sender<TurnedAway>,
}

/// How reading a body ended.
enum Ending {
    Complete(Vec<u8>),
    /// Over the limit, and thrown away to its end or not.
    Oversized {
        drained: bool,
    },
    /// The sender went away in the middle.
    Broken,
    /// Its time was up.
    Late,
}

impl<T, F> Desk<T>
where
    T: Fn(Request) -> F,
    F: Future<Output = u16>,
{
    /// A desk that serves one path.
    pub(super) fn new(
        path: String,
        limits: Limits,
        take: T,
        slots: Arc<Semaphore>,
        tally: watch::Sender<TurnedAway>,
    ) -> Self {
        Self {
            path,
            limits,
            take,
            slots,
            large: Semaphore::new(LARGE_BODIES),
            tally,
        }
    }

    /// What a peer may take of our time and memory.
    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The answer to one request.
    pub(super) async fn answer(&self, request: hyper::Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let ours = verify_slices_are_equal(parts.uri.path().as_bytes(), self.path.as_bytes());
        if ours.is_err() {
            self.turn_away(|tally| tally.astray += 1);
            return self.status(StatusCode::NOT_FOUND);
        }
        if parts.method != Method::POST {
            self.turn_away(|tally| tally.astray += 1);
            let mut answer = self.status(StatusCode::METHOD_NOT_ALLOWED);
            let allow = HeaderValue::from_static("POST");
            answer.headers_mut().insert(header::ALLOW, allow);
            return answer;
        }
        self.webhook(&parts, body).await
    }

    async fn webhook(&self, parts: &Parts, mut body: Incoming) -> Response<Body> {
        let mut large = None;
        let ending = if self.is_oversized(&body) && parts.headers.contains_key(header::EXPECT) {
            // The sender waits for leave to send; it gets the refusal instead.
            Ending::Oversized { drained: false }
        } else {
            self.read(&mut body, &mut large).await
        };
        let bytes = match ending {
            Ending::Complete(bytes) => bytes,
            Ending::Oversized { drained } => {
                self.turn_away(|tally| tally.oversized += 1);
                let answer = self.status(StatusCode::PAYLOAD_TOO_LARGE);
                return if drained { answer } else { closing(answer) };
            }
            Ending::Broken => {
                self.turn_away(|tally| tally.broken += 1);
                return closing(self.status(StatusCode::BAD_REQUEST));
            }
            Ending::Late => {
                self.turn_away(|tally| tally.late += 1);
                return closing(self.status(StatusCode::REQUEST_TIMEOUT));
            }
        };
        let request = Request {
            at: Timestamp(clock::unix_millis()),
            headers: plain(&parts.headers),
            body: Bytes::from(bytes),
        };
        // `large` lives on to here: a large body counts until it is dealt with.
        let taken = timeout(self.limits.answer_within, (self.take)(request)).await;
        if let Ok(status) = taken {
            self.status(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        } else {
            self.turn_away(|tally| tally.unanswered += 1);
            self.status(StatusCode::SERVICE_UNAVAILABLE)
        }
    }

    /// Reads a body within its limits; a large one takes a place among the large ones first.
    async fn read<'a>(
        &'a self,
        body: &mut Incoming,
        large: &mut Option<SemaphorePermit<'a>>,
    ) -> Ending {
        let mut oversized = self.is_oversized(body);
        let reading = async {
            let mut kept = Vec::with_capacity(expected(body));
            let mut passed = 0_usize;
            while let Some(chunk) = next_chunk(body).await {
                let Ok(chunk) = chunk else {
                    return Ending::Broken;
                };
                passed = passed.saturating_add(chunk.len());
                oversized |= passed > self.limits.body;
                if oversized {
                    kept = Vec::new();
                    *large = None;
                    if passed > self.limits.body.saturating_mul(DISCARDED) {
                        return Ending::Oversized { drained: false };
                    }
                    continue;
                }
                if passed > SMALL && large.is_none() {
                    *large = self.large.acquire().await.ok();
                }
                kept.extend_from_slice(&chunk);
            }
            if oversized {
                Ending::Oversized { drained: true }
            } else {
                Ending::Complete(kept)
            }
        };
        match timeout(self.limits.body_within, reading).await {
            Ok(ending) => ending,
            Err(_) if oversized => Ending::Oversized { drained: false },
            Err(_) => Ending::Late,
        }
    }

    /// Whether the sender announced more than it may send.
    fn is_oversized(&self, body: &Incoming) -> bool {
        let announced = body.size_hint().lower();
        usize::try_from(announced).map_or(true, |announced| announced > self.limits.body)
    }

    fn turn_away(&self, count: impl FnOnce(&mut TurnedAway)) {
        self.tally.send_modify(count);
    }

    /// An empty answer; it ends the connection when others wait for the slot.
    fn status(&self, status: StatusCode) -> Response<Body> {
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = status;
        if self.slots.available_permits() == 0 {
            closing(answer)
        } else {
            answer
        }
    }
}

/// Room for the announced body, as far as it is taken on trust.
fn expected(body: &Incoming) -> usize {
    usize::try_from(body.size_hint().lower()).map_or(SMALL, |announced| announced.min(SMALL))
}

/// The next piece of a body; trailers are passed over.
async fn next_chunk(body: &mut Incoming) -> Option<Result<Bytes, hyper::Error>> {
    loop {
        match poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await? {
            Ok(frame) => {
                if let Ok(chunk) = frame.into_data() {
                    return Some(Ok(chunk));
                }
            }
            Err(cause) => return Some(Err(cause)),
        }
    }
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
