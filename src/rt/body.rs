//! Reading the body of a request within limits on its length, its time, and how many large
//! ones are held at once.

use std::{future::poll_fn, pin::Pin, time::Duration};

use axum::{
    body::{Body, HttpBody},
    http::{HeaderMap, StatusCode, header},
};
use bytes::Bytes;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::timeout,
};

/// Bodies up to this size are held without asking; connections times this is the bound.
const SMALL: usize = 16 * 1024;
/// How many larger bodies are held at once; more wait their turn, inside the body's time limit.
const LARGE_BODIES: usize = 64;
/// How much of an oversized body is read and thrown away, so that its sender gets to see the
/// 413; in multiples of the limit. Past it the connection is cut.
const DISCARDED: usize = 8;

/// Why a body is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// Over the limit, and thrown away to its end or not.
    Oversized {
        /// Whether the connection can be used further.
        drained: bool,
    },
    /// The sender went away in the middle.
    Broken,
    /// Its time was up.
    Late,
}

impl Missing {
    /// The answer that says so.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Oversized { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken => StatusCode::BAD_REQUEST,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
        }
    }

    /// Whether the connection is of no use any more.
    pub fn closes(self) -> bool {
        self != Self::Oversized { drained: true }
    }
}

/// Reads bodies; shared by all connections of a server.
#[derive(Debug)]
pub struct Bodies {
    limit: usize,
    within: Duration,
    large: Semaphore,
}

impl Bodies {
    /// For bodies of at most `limit` bytes that take no longer than `within` to come.
    pub fn new(limit: usize, within: Duration) -> Self {
        Self {
            limit,
            within,
            large: Semaphore::new(LARGE_BODIES),
        }
    }

    /// Whether the sender announced more than it may send.
    fn is_oversized(&self, body: &Body) -> bool {
        let announced = body.size_hint().lower();
        usize::try_from(announced).map_or(true, |announced| announced > self.limit)
    }

    /// Reads the body of a request within the limits; a large one takes a place among the large
    /// ones first, and keeps it as long as `large` is held.
    pub async fn read<'a>(
        &'a self,
        headers: &HeaderMap,
        body: &mut Body,
        large: &mut Option<SemaphorePermit<'a>>,
    ) -> Result<Bytes, Missing> {
        let mut oversized = self.is_oversized(body);
        if oversized && headers.contains_key(header::EXPECT) {
            // The sender waits for leave to send; it gets the refusal instead.
            return Err(Missing::Oversized { drained: false });
        }
        let reading = async {
            let mut kept = Vec::with_capacity(expected(body));
            let mut passed = 0_usize;
            while let Some(chunk) = next_chunk(body).await {
                let chunk = chunk.map_err(|_| Missing::Broken)?;
                passed = passed.saturating_add(chunk.len());
                oversized |= passed > self.limit;
                if oversized {
                    kept = Vec::new();
                    *large = None;
                    if passed > self.limit.saturating_mul(DISCARDED) {
                        return Err(Missing::Oversized { drained: false });
                    }
                    continue;
                }
                if passed > SMALL && large.is_none() {
                    *large = self.large.acquire().await.ok();
                }
                kept.extend_from_slice(&chunk);
            }
            if oversized {
                Err(Missing::Oversized { drained: true })
            } else {
                Ok(kept.into())
            }
        };
        match timeout(self.within, reading).await {
            Ok(ending) => ending,
            Err(_) if oversized => Err(Missing::Oversized { drained: false }),
            Err(_) => Err(Missing::Late),
        }
    }
}

/// Room for the announced body, as far as it is taken on trust.
fn expected(body: &Body) -> usize {
    usize::try_from(body.size_hint().lower()).map_or(SMALL, |announced| announced.min(SMALL))
}

/// The next piece of a body; trailers are passed over.
async fn next_chunk(body: &mut Body) -> Option<Result<Bytes, axum::Error>> {
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
