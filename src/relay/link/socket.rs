//! The WebSocket of a link: frames in, frames out, both at once.

use std::{
    collections::VecDeque,
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use futures_util::{Sink, StreamExt as _};
use tokio::time::{sleep, timeout};

use crate::{
    domain::relay::{Down, Up, frame},
    relay::link::ending::Ending,
};

/// Time for the last words, and then for the device to close.
const ENDING: Duration = Duration::from_secs(2);
/// Messages that wait to be sent; while there are more nothing is read.
const OUTBOX: usize = 256;

/// What came from a device.
pub(super) enum Heard {
    Frame(Up),
    /// Nothing but a sign of life.
    Alive,
}

/// The socket with what waits to be sent.
pub(super) struct Socket {
    stream: WebSocket,
    outbox: VecDeque<Message>,
    unflushed: bool,
    /// Reading has failed; what comes is not understood any more.
    deaf: bool,
}

impl Socket {
    pub(super) fn new(stream: WebSocket) -> Self {
        Self {
            stream,
            outbox: VecDeque::new(),
            unflushed: false,
            deaf: false,
        }
    }

    /// Says something, as soon as the device takes it. Bounded by who calls: events by their
    /// window, answers by what is read, which stops while too much waits here.
    pub(super) fn say(&mut self, down: &Down) {
        self.outbox.push_back(Message::Binary(down.encode()));
    }

    /// Asks for a sign of life.
    pub(super) fn ping(&mut self) {
        self.outbox.push_back(Message::Ping(Bytes::new()));
    }

    /// Sends what waits and waits for what comes. Safe to cancel.
    pub(super) async fn hear(&mut self) -> Result<Heard, Ending> {
        let message = poll_fn(|cx| {
            let sent = self.poll_send(cx);
            if let Poll::Ready(Err(_)) = sent {
                return Poll::Ready(None);
            }
            if self.outbox.len() > OUTBOX {
                return Poll::Pending;
            }
            self.stream.poll_next_unpin(cx)
        });
        match message.await {
            None | Some(Ok(Message::Close(_))) => Err(Ending::Gone),
            Some(Ok(Message::Binary(bytes))) => match Up::decode(&bytes) {
                Ok(up) => Ok(Heard::Frame(up)),
                Err(frame::Error::Long { .. }) => Err(Ending::Oversized),
                Err(cause) => Err(Ending::Nonsense(cause.to_string())),
            },
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(Heard::Alive),
            Some(Ok(Message::Text(_))) => {
                let what = "text came where only binary frames are spoken".to_owned();
                Err(Ending::Nonsense(what))
            }
            Some(Err(cause)) => {
                self.deaf = true;
                Err(fault(&cause))
            }
        }
    }

    /// Sends what waits; ready once all of it has left.
    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), axum::Error>> {
        while !self.outbox.is_empty() {
            ready!(Pin::new(&mut self.stream).poll_ready(cx))?;
            if let Some(message) = self.outbox.pop_front() {
                Pin::new(&mut self.stream).start_send(message)?;
                self.unflushed = true;
            }
        }
        if self.unflushed {
            ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
            self.unflushed = false;
        }
        Poll::Ready(Ok(()))
    }

    /// Says the last words and closes, within a limited time.
    pub(super) async fn end(mut self, ending: &Ending) {
        let Some(goodbye) = ending.goodbye() else {
            return;
        };
        // What was not sent is not acknowledged, and comes on the next link.
        self.outbox.clear();
        self.say(&goodbye);
        self.outbox.push_back(Message::Close(Some(CloseFrame {
            code: ending.code(),
            reason: Utf8Bytes::from_static(ending.word()),
        })));
        let sent = timeout(ENDING, poll_fn(|cx| self.poll_send(cx))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
        if self.deaf {
            // To close at once, with something unread, would take the last words back.
            sleep(ENDING / 2).await;
        } else {
            // Whatever still comes is not waited for longer than this.
            let closed = async { while let Some(Ok(_)) = self.stream.next().await {} };
            let _ = timeout(ENDING, closed).await;
        }
    }
}

/// Why reading failed. axum hides the kind of the error in a box; the limit on frames is told by
/// the words of the library below it.
fn fault(cause: &axum::Error) -> Ending {
    let words = cause.to_string();
    if words.contains("too long") || words.contains("too large") {
        return Ending::Oversized;
    }
    tracing::debug!(%cause, "a link broke");
    Ending::Gone
}
