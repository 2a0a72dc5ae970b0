//! One socket: frames in, answers and news out, until either side has had enough.

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures_util::{SinkExt as _, StreamExt as _, stream::SplitSink, stream::SplitStream};
use tokio::time::timeout;

use crate::sandbox::{
    agent_session::{outbox::OutboxReceiver, session::AgentSession},
    model::roster::Takes,
    routing::ring::AgentKind,
    server::{agent_socket::requests::RequestHandler, api::Api, logins::LoginSession},
    settings::terms::Closing,
};

/// Time for a client to take a frame.
const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// Time for the last word, and then for the client to close.
const ENDING: Duration = Duration::from_secs(1);

type Sink = SplitSink<WebSocket, Message>;
type Stream = SplitStream<WebSocket>;

/// Serves a socket to its end.
pub(super) async fn run(socket: WebSocket, login: LoginSession, api: Arc<Api>) {
    let (mut sink, mut stream) = socket.split();
    let takes = Takes::Listed(login.user.skills.clone());
    let agent = api.agent(login.user.pid.clone());
    let Some((session, outgoing)) = AgentSession::open(agent, AgentKind::Person, takes) else {
        end(&mut sink, &mut stream, Closing::SLOW).await;
        return;
    };
    let handler = RequestHandler {
        api: api.clone(),
        session,
    };
    let stop = api.tasks.token();
    let closing = tokio::select! {
        biased;
        () = stop.cancelled() => Some(Closing::STOPPING),
        closing = handler.session.closed() => Some(closing),
        () = over(&api, &login) => Some(api.terms().revoked),
        code = api.faults.socket() => Some(Closing::with(code)),
        closing = listen(&mut stream, &handler, &api) => closing,
        () = speak(&mut sink, outgoing) => None,
    };
    drop(handler);
    if let Some(closing) = closing {
        end(&mut sink, &mut stream, closing).await;
    }
}

/// Answers what comes; returns how to close, `None` when the client has gone.
async fn listen(stream: &mut Stream, handler: &RequestHandler, api: &Api) -> Option<Closing> {
    loop {
        let idle = api.terms().idle;
        let next = match idle {
            Some(idle) => match timeout(idle, stream.next()).await {
                Ok(next) => next,
                Err(_) => return Some(Closing::IDLE),
            },
            None => stream.next().await,
        };
        match next? {
            Ok(Message::Text(text)) => answer(handler, &text).await,
            // No known client sends these; what is in them may be meant well.
            Ok(Message::Binary(bytes)) => {
                let text = String::from_utf8_lossy(&bytes);
                answer(handler, &text).await;
            }
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Close(_)) => {
                // The answer to it goes out with the next look at the stream.
                gone(stream).await;
                return None;
            }
            Err(cause) => return fault(&cause),
        }
    }
}

async fn answer(handler: &RequestHandler, text: &str) {
    if let Some(reply) = handler.answer(text).await {
        handler.session.push(reply);
    }
}

/// Sends what waits; returns when the client does not take it any more.
async fn speak(sink: &mut Sink, mut outgoing: OutboxReceiver) {
    while let Some(frame) = outgoing.next().await {
        let sent = timeout(WRITE_WITHIN, send(sink, frame, &mut outgoing)).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}

/// Sends a frame, and with it whatever waits behind it, before it is flushed.
async fn send(
    sink: &mut Sink,
    frame: Utf8Bytes,
    outgoing: &mut OutboxReceiver,
) -> Result<(), axum::Error> {
    sink.feed(Message::Text(frame)).await?;
    for _ in 0..64 {
        let Some(frame) = outgoing.ready() else {
            break;
        };
        sink.feed(Message::Text(frame)).await?;
    }
    sink.flush().await
}

/// Waits until the session is over, whether by time or by logout.
async fn over(api: &Api, session: &LoginSession) {
    loop {
        let clock = api.transactions.clock();
        let Some(ends) = api.logins.ends(clock.now(), session) else {
            return;
        };
        tokio::select! {
            () = session.ended.cancelled() => return,
            // It may have been prolonged meanwhile.
            () = clock.sleep_until(ends) => {}
        }
    }
}

/// Says the last word and waits for the client to have heard it, within a limited time.
async fn end(sink: &mut Sink, stream: &mut Stream, closing: Closing) {
    let Closing::Code(code) = closing else {
        return;
    };
    let last = Message::Close(Some(CloseFrame {
        code,
        reason: Utf8Bytes::from_static(""),
    }));
    let sent = timeout(ENDING, sink.send(last)).await;
    if !matches!(sent, Ok(Ok(()))) {
        return;
    }
    if closing == Closing::OVERSIZED {
        // Reading has failed; to close at once would take the last word back.
        tokio::time::sleep(ENDING).await;
        return;
    }
    gone(stream).await;
}

/// Waits for the client to go. Whatever still comes is not waited for longer than this.
async fn gone(stream: &mut Stream) {
    let closed = async { while let Some(Ok(_)) = stream.next().await {} };
    let _ = timeout(ENDING, closed).await;
}

/// Why reading failed. axum hides the kind of the error in a box; the limit on frames is told by
/// the words of the library below it.
fn fault(cause: &axum::Error) -> Option<Closing> {
    let words = cause.to_string();
    if words.contains("too long") || words.contains("too large") || words.contains("too big") {
        return Some(Closing::OVERSIZED);
    }
    tracing::debug!(%cause, "an agent's socket broke");
    None
}
