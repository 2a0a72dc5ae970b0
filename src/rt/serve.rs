//! Serving HTTP on a bound socket: a bounded number of connections, none of which
//! can be held open by saying or taking nothing, all of them ended in order.
//!
//! This is what `axum::serve` does, with the limits it does not have.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use hyper::{
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::rt::{shutdown::Shutdown, stall::Stalling};

/// Longest head of a request; what is longer is answered 431 and closed.
const HEAD_LIMIT: usize = 64 * 1024;
/// Pause after an accept that failed, most often for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a peer may take of our time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Open connections; more wait in the system's backlog, and while all are taken answers
    /// end their connection to make room.
    pub connections: usize,
    /// Time for the head of a request, and for an idle connection to send another.
    pub head_within: Duration,
    /// Time for the peer to take what we answer.
    pub write_within: Duration,
}

/// Who sent a request; among its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

/// An answer that is none: the connection is closed without a word.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection was to be closed without an answer")]
pub struct HangUp;

impl IntoResponse for HangUp {
    fn into_response(self) -> Response {
        let mut response = Response::default();
        response.extensions_mut().insert(self);
        response
    }
}

/// How peers may speak on a port.
#[derive(Debug, Clone)]
pub enum Speech {
    /// Plain HTTP.
    Plain,
    /// HTTP over TLS.
    Tls(Arc<ServerConfig>),
    /// Either, told apart by the first byte: a client that looks a service up in plain HTTP and
    /// goes there over TLS finds both at one address.
    Either(Arc<ServerConfig>),
}

/// The first byte of a TLS connection: a record with a handshake in it.
const HANDSHAKE: u8 = 0x16;

/// A request that never became one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Its head was too long: 431.
    Head,
    /// It was no HTTP: 400.
    Garbage,
    /// It was the beginning of a TLS connection on a port that speaks plain HTTP: 400.
    Tls,
}

/// Who is told of requests that never became one.
pub type Tell = Arc<dyn Fn(Refused) + Send + Sync>;

/// Serves plain HTTP until `shutdown` stops, and tells of what is refused before it is a request.
pub fn serve_and_tell(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    tell: Tell,
    shutdown: &Shutdown,
) {
    let stop = shutdown.clone();
    shutdown.spawn(accept(
        listener,
        app,
        Speech::Plain,
        limits,
        Some(tell),
        stop,
    ));
}

/// Serves plain HTTP until `shutdown` stops; owned, like its connections, by the shutdown's tracker.
pub fn serve(listener: TcpListener, app: Router, limits: Limits, shutdown: &Shutdown) {
    serve_as(listener, app, Speech::Plain, limits, shutdown);
}

/// The same, with or without TLS.
pub fn serve_as(
    listener: TcpListener,
    app: Router,
    speech: Speech,
    limits: Limits,
    shutdown: &Shutdown,
) {
    shutdown.spawn(accept(
        listener,
        app,
        speech,
        limits,
        None,
        shutdown.clone(),
    ));
}

/// Takes connections while there is a slot for one.
async fn accept(
    listener: TcpListener,
    app: Router,
    speech: Speech,
    limits: Limits,
    tell: Option<Tell>,
    shutdown: Shutdown,
) {
    let stop = shutdown.token();
    let slots = Arc::new(Semaphore::new(limits.connections));
    loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await.ok()?;
            Some((slot, listener.accept().await))
        };
        let (slot, accepted) = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            next = next => match next {
                Some(next) => next,
                // The semaphore is never closed while we hold it.
                None => return,
            },
        };
        match accepted {
            Ok((stream, peer)) => {
                let stop = stop.child_token();
                let (app, speech, tell) = (app.clone(), speech.clone(), tell.clone());
                shutdown.spawn(receive(
                    stream,
                    speech,
                    (app, Peer(peer)),
                    limits,
                    (slot, tell),
                    stop,
                ));
            }
            Err(cause) => {
                tracing::warn!(%cause, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection to its end, once it is clear how the peer speaks.
async fn receive(
    stream: TcpStream,
    speech: Speech,
    app: (Router, Peer),
    limits: Limits,
    (slot, tell): (OwnedSemaphorePermit, Option<Tell>),
    stop: CancellationToken,
) {
    // Answers are one small packet; waiting to fill it would only delay them. A socket that
    // refuses the option still serves.
    let _ = stream.set_nodelay(true);
    let mut is_tls = false;
    let greeting = async {
        if tell.is_some() {
            let mut first = [0];
            is_tls = stream.peek(&mut first).await? == 1 && first == [HANDSHAKE];
        }
        greet(stream, speech, limits.write_within).await
    };
    let greeted = tokio::select! {
        biased;
        greeted = timeout(limits.head_within, greeting) => greeted,
        () = stop.cancelled() => return,
    };
    match greeted {
        Ok(Ok(Greeted::Plain(stream))) => {
            let ended = converse(stream, app, limits, slot, stop).await;
            let refused = ended
                .filter(hyper::Error::is_parse)
                .map(|cause| match cause {
                    _ if is_tls => Refused::Tls,
                    cause if cause.is_parse_too_large() => Refused::Head,
                    _ => Refused::Garbage,
                });
            if let (Some(tell), Some(refused)) = (tell, refused) {
                tell(refused);
            }
        }
        Ok(Ok(Greeted::Tls(stream))) => {
            converse(*stream, app, limits, slot, stop).await;
        }
        Ok(Err(cause)) => tracing::debug!(%cause, "a connection ended before a request"),
        Err(_) => tracing::debug!("a connection ended for want of a request"),
    }
}

/// A connection on which requests can come.
enum Greeted {
    Plain(Stalling),
    Tls(Box<tokio_rustls::server::TlsStream<Stalling>>),
}

/// Finds out how the peer speaks, and shakes hands if that is TLS.
async fn greet(stream: TcpStream, speech: Speech, write_within: Duration) -> io::Result<Greeted> {
    let config = match speech {
        Speech::Plain => None,
        Speech::Tls(config) => Some(config),
        Speech::Either(config) => {
            let mut first = [0];
            let is_tls = stream.peek(&mut first).await? == 1 && first == [HANDSHAKE];
            is_tls.then_some(config)
        }
    };
    let stream = Stalling::new(stream, write_within);
    Ok(match config {
        None => Greeted::Plain(stream),
        Some(config) => Greeted::Tls(Box::new(TlsAcceptor::from(config).accept(stream).await?)),
    })
}

/// Serves one connection to its end, and gives what went wrong; after `stop` it ends with the
/// request under way.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    (app, peer): (Router, Peer),
    limits: Limits,
    slot: OwnedSemaphorePermit,
    stop: CancellationToken,
) -> Option<hyper::Error> {
    let io = TokioIo::new(stream);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_buf_size(HEAD_LIMIT);
    let app = TowerToHyperService::new(app);
    let service = service_fn(|mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer);
        let answer = app.call(request);
        async {
            let Ok(mut answer) = answer.await;
            if let Some(hang_up) = answer.extensions().get::<HangUp>() {
                return Err(*hang_up);
            }
            if slot.semaphore().available_permits() == 0 {
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(header::CONNECTION, close);
            }
            Ok(answer)
        }
    });
    let mut connection = pin!(http.serve_connection(io, service).with_upgrades());
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    let cause = ended.err()?;
    tracing::debug!(%cause, "a connection ended early");
    Some(cause)
}
