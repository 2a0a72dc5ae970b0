//! Serving HTTP on a bound socket: a bounded number of connections, none of which
//! can be held open by saying or taking nothing, all of them ended in order.
//!
//! This is what `axum::serve` does, with the limits it does not have.

use std::{
    io,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, HttpBody},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use hyper::{
    body::{Frame, SizeHint},
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
    time::{Instant, sleep_until, timeout, timeout_at},
};
use tokio_io_timeout::TimeoutWriter;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::rt::{
    places::{Place, Places, UnderWay},
    shutdown::Shutdown,
};

/// Longest head of a request; what is longer is answered 431 and closed.
const HEAD_LIMIT: usize = 64 * 1024;
/// Time for TLS and the head of the first request, where [`Limits::head_within`] is not shorter:
/// a client that connects has something to send. A busy machine may take seconds for it.
const FIRST_HEAD: Duration = Duration::from_secs(15);
/// Connections that the system holds for us until we accept them; it may have a lower limit.
#[cfg(unix)]
const BACKLOG: i32 = 1024;
/// Time for the end of an answer to leave after the server was told to stop.
const LAST_WORDS: Duration = Duration::from_millis(500);
/// Pause after an accept that failed, most often for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// What a peer may take of our time.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Open connections. While all places are taken, a new connection ends the one that has been
    /// silent for longest, or waits until one is silent. No address can lose the eighth part of
    /// all places to another one.
    pub connections: usize,
    /// Time for the head of a request, and for an idle connection to send another. The head of
    /// the first request has 15 s at most.
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
    let stop = shutdown.clone();
    shutdown.spawn(accept(listener, app, speech, limits, None, stop));
}

/// Asks the system for what many connections need. Where it refuses, fewer are served.
#[cfg(unix)]
fn prepare(listener: &TcpListener) {
    use std::sync::Once;

    use rustix::{
        net::listen,
        process::{Resource, Rlimit, getrlimit, setrlimit},
    };
    static ONCE: Once = Once::new();
    // A socket that listens already takes another backlog.
    if let Err(cause) = listen(listener, BACKLOG) {
        tracing::debug!(%cause, "the backlog stays as it is");
    }
    ONCE.call_once(|| {
        let limit = getrlimit(Resource::Nofile);
        let raised = Rlimit {
            current: limit.maximum,
            ..limit
        };
        if let Err(cause) = setrlimit(Resource::Nofile, raised) {
            tracing::debug!(%cause, "the limit on open files stays as it is");
        }
    });
}

#[cfg(not(unix))]
fn prepare(_: &TcpListener) {}

/// Accepts connections and gives each a place.
async fn accept(
    listener: TcpListener,
    app: Router,
    speech: Speech,
    limits: Limits,
    tell: Option<Tell>,
    shutdown: Shutdown,
) {
    prepare(&listener);
    let stop = shutdown.token();
    let places = Places::new(limits.connections);
    loop {
        let next = async {
            let (stream, peer) = listener.accept().await?;
            let place = places.get(peer.ip()).await;
            io::Result::Ok((stream, peer, place))
        };
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            next = next => next,
        };
        match accepted {
            Ok((stream, peer, place)) => {
                let stop = stop.child_token();
                let (app, speech, tell) = (app.clone(), speech.clone(), tell.clone());
                let app = (app, Peer(peer));
                let served = receive(stream, speech, app, limits, (place, tell), stop);
                shutdown.spawn(served);
            }
            Err(cause) => {
                tracing::warn!(%cause, "cannot accept a connection");
                places.make_room();
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
    (place, tell): (Place, Option<Tell>),
    stop: CancellationToken,
) {
    // Answers are one small packet; waiting to fill it would only delay them. A socket that
    // refuses the option still serves.
    let _ = stream.set_nodelay(true);
    let first_by = Instant::now() + limits.head_within.min(FIRST_HEAD);
    let (end, place) = (place.end.clone(), Arc::new(place));
    let serving = async {
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
            greeted = timeout_at(first_by, greeting) => greeted,
            () = stop.cancelled() => return,
        };
        match greeted {
            Ok(Ok(Greeted::Plain(stream))) => {
                let ended = converse(stream, app, limits, (place, first_by), stop).await;
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
                converse(*stream, app, limits, (place, first_by), stop).await;
            }
            Ok(Err(cause)) => tracing::debug!(%cause, "a connection ended before a request"),
            Err(_) => tracing::debug!("a connection ended for want of a request"),
        }
    };
    tokio::select! {
        biased;
        () = end.cancelled() => tracing::debug!("a silent connection ended for another one"),
        () = serving => {}
    }
}

/// A socket that fails once a write has waited too long: reading has its own limits, on the head and
/// on the body, and without this one a peer that never takes its answers could hold a connection
/// for ever.
type Stalling = Pin<Box<TimeoutWriter<TcpStream>>>;

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
    let mut stream = TimeoutWriter::new(stream);
    stream.set_timeout(Some(write_within));
    let stream = Box::pin(stream);
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
    (place, first_by): (Arc<Place>, Instant),
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
        let (under_way, place) = (place.begin(), Arc::clone(&place));
        let answer = app.call(request);
        async move {
            let under_way = under_way.ok_or(HangUp)?;
            let Ok(mut answer) = answer.await;
            if let Some(hang_up) = answer.extensions().get::<HangUp>() {
                return Err(*hang_up);
            }
            if place.is_wanted() {
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(header::CONNECTION, close);
            }
            Ok(answer.map(|body| Answering {
                body,
                _under_way: under_way,
            }))
        }
    });
    let mut connection = pin!(http.serve_connection(io, service).with_upgrades());
    let ended = loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => break ended,
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                if place.is_silent() {
                    // What was answered may still be on its way; half a head is not waited for.
                    let left = timeout(LAST_WORDS, connection.as_mut());
                    break left.await.unwrap_or(Ok(()));
                }
                break connection.await;
            }
            () = sleep_until(first_by), if !place.has_spoken() => if !place.has_spoken() {
                tracing::debug!("a connection ended for want of a request");
                return None;
            }
        }
    };
    let cause = ended.err()?;
    tracing::debug!(%cause, "a connection ended early");
    Some(cause)
}

/// The body of an answer. Until all of it has left, its connection is not silent.
struct Answering {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for Answering {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
