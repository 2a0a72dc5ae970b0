//! Reading the body of a request within limits on its length, its time, and how many large
//! ones are held at once.

use std::{future::poll_fn, pin::Pin, time::Duration};

use axum::body::{Body, HttpBody};
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

/// How reading a body ended.
#[derive(Debug)]
pub enum Ending {
    /// It is here.
    Complete(Vec<u8>),
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
    pub fn is_oversized(&self, body: &Body) -> bool {
        let announced = body.size_hint().lower();
        usize::try_from(announced).map_or(true, |announced| announced > self.limit)
    }

    /// Reads a body within the limits; a large one takes a place among the large ones first,
    /// and keeps it as long as `large` is held.
    pub async fn read<'a>(
        &'a self,
        body: &mut Body,
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
                oversized |= passed > self.limit;
                if oversized {
                    kept = Vec::new();
                    *large = None;
                    if passed > self.limit.saturating_mul(DISCARDED) {
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
        match timeout(self.within, reading).await {
            Ok(ending) => ending,
            Err(_) if oversized => Ending::Oversized { drained: false },
            Err(_) => Ending::Late,
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
