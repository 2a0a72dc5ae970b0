//! What a peer may take of the listener.

use std::time::Duration;

/// What a peer may take of our time and memory.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest body; a longer one is answered 413 and never held in memory.
    pub body: usize,
    /// Open connections. Past it a silent one ends for each that comes: see [`serve::Limits`](crate::rt::serve::Limits).
    pub connections: usize,
    /// Time for the head of a request, TLS included, and for an idle connection to send another.
    pub head_within: Duration,
    /// Time for the rest of a request once its head is here; 408 after it.
    pub body_within: Duration,
    /// Time for the `take` function; 503 after it. The cloud itself waits 5 s (`webhooks` 2.2).
    pub answer_within: Duration,
    /// Time for the peer to take what we answer.
    pub write_within: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            connections: 2048,
            head_within: Duration::from_secs(30),
            body_within: Duration::from_secs(10),
            answer_within: Duration::from_millis(4_500),
            write_within: Duration::from_secs(10),
        }
    }
}
