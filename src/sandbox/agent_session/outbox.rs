//! What waits to be sent on one socket.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    rt::world_clock::{Hold, WorldClock},
    sandbox::settings::terms::Closing,
};

/// Frames that wait at most; one more ends the link, because a gap would be worse.
const FRAMES: usize = 4096;
/// Bytes that wait at most, which is what many large frames need; one more ends the link.
const BYTES: usize = 32 * 1024 * 1024;

/// The end where frames go in; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    frames: mpsc::Sender<(Utf8Bytes, Option<Hold>)>,
    shared: Arc<Shared>,
    /// Jumps of this time wait until each frame is dealt with.
    clock: Option<WorldClock>,
}

#[derive(Debug, Default)]
struct Shared {
    bytes: AtomicUsize,
    closing: OnceLock<Closing>,
    stop: CancellationToken,
}

/// The end where frames come out.
#[derive(Debug)]
pub(crate) struct OutboxReceiver {
    frames: mpsc::Receiver<(Utf8Bytes, Option<Hold>)>,
    shared: Arc<Shared>,
    /// That of the last frame, which is dealt with when the next one is asked for.
    hold: Option<Hold>,
}

/// Both ends. With a time, jumps of it wait until each frame is dealt with: for a reader in this
/// process, which reads whatever comes.
pub(crate) fn outbox(clock: Option<WorldClock>) -> (Outbox, OutboxReceiver) {
    let (sender, receiver) = mpsc::channel(FRAMES);
    let shared = Arc::<Shared>::default();
    (
        Outbox {
            frames: sender,
            shared: shared.clone(),
            clock,
        },
        OutboxReceiver {
            frames: receiver,
            shared,
            hold: None,
        },
    )
}

impl Outbox {
    /// Has a frame sent; a socket that does not keep up is closed instead.
    pub(crate) fn push(&self, frame: Utf8Bytes) {
        let size = frame.len();
        let waiting = self.shared.bytes.fetch_add(size, Ordering::Relaxed);
        let frame = (frame, self.clock.as_ref().map(WorldClock::hold));
        if waiting.saturating_add(size) > BYTES || self.frames.try_send(frame).is_err() {
            self.close(Closing::SLOW);
        }
    }

    /// Has frames sent, one after the other.
    pub(crate) fn push_all(&self, frames: impl IntoIterator<Item = Utf8Bytes>) {
        frames.into_iter().for_each(|frame| self.push(frame));
    }

    /// Has the socket closed; what waits is not sent. The first reason counts.
    pub(crate) fn close(&self, closing: Closing) {
        let _ = self.shared.closing.set(closing); // A reason more changes nothing.
        self.shared.stop.cancel();
    }

    /// Waits until the socket is to be closed, and says how.
    pub(crate) async fn closed(&self) -> Closing {
        self.shared.stop.cancelled().await;
        let closing = self.shared.closing.get();
        closing.copied().unwrap_or(Closing::STOPPING)
    }
}

impl OutboxReceiver {
    /// The next frame; `None` when no sender is left. Safe to cancel.
    pub(crate) async fn next(&mut self) -> Option<Utf8Bytes> {
        self.hold = None;
        let (frame, hold) = self.frames.recv().await?;
        self.hold = hold;
        self.shared.bytes.fetch_sub(frame.len(), Ordering::Relaxed);
        Some(frame)
    }

    /// The next frame, if one waits.
    pub(crate) fn ready(&mut self) -> Option<Utf8Bytes> {
        self.hold = None;
        let (frame, hold) = self.frames.try_recv().ok()?;
        self.hold = hold;
        self.shared.bytes.fetch_sub(frame.len(), Ordering::Relaxed);
        Some(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_full_box_closes_its_socket_and_the_first_reason_counts() {
        let (outbox, mut outgoing) = outbox(None);
        for _ in 0..FRAMES {
            outbox.push(Utf8Bytes::from_static("{}"));
        }
        assert!(!outbox.shared.stop.is_cancelled());
        outbox.push(Utf8Bytes::from_static("{}"));
        outbox.close(Closing::REVOKED);
        assert_eq!(outbox.closed().await, Closing::SLOW);
        assert_eq!(outgoing.next().await.unwrap().as_str(), "{}");
    }

    #[tokio::test]
    async fn large_frames_are_counted_in_bytes() {
        let (outbox, mut outgoing) = outbox(None);
        let large = Utf8Bytes::from("x".repeat(BYTES / 2 + 1));
        outbox.push(large.clone());
        outgoing.next().await.unwrap();
        outbox.push(large.clone());
        assert!(!outbox.shared.stop.is_cancelled());
        outbox.push(large);
        assert_eq!(outbox.closed().await, Closing::SLOW);
    }
}
