//! The relay as a server: its routes, its start, its end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, Request, State, WebSocketUpgrade},
    http::{HeaderMap, Response, StatusCode, header},
    response::IntoResponse,
    routing::{get, post},
};
use serde_json::json;
use tokio::{
    net::TcpListener,
    sync::{Mutex, Semaphore, mpsc, watch},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    domain::relay::{PROTOCOL, frame},
    relay::{
        app_state::AppState,
        auto_claim,
        backend::{Backend, Changes, Error as StateError},
        hub::{ERRANDS, Hub},
        intake,
        link::{self, Dependencies, Terms},
        metrics::{Counted, Metrics},
        ticket::{Keys, Unusable},
    },
    rt::{
        body::Bodies,
        serve::{self, Speech},
        shutdown::Shutdown,
    },
};

/// Time to learn from the state what there is at the start.
const LEARN_WITHIN: Duration = Duration::from_secs(20);
/// Time for what was begun to end when the start fails.
const START_ENDS: Duration = Duration::from_secs(1);
/// Read buffer of a link; frames from devices are short, and there are many links.
const LINK_BUFFER: usize = 4 * 1024;

/// What others may take of the relay.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest body of a webhook, in bytes; a longer one is answered 413.
    pub body: usize,
    /// Time for a body to come in.
    pub body_within: Duration,
    /// HTTP connections; links do not count. Past it a silent one ends for each that comes: see [`serve::Limits`].
    pub connections: usize,
    /// Time for the head of a request, TLS included, and for an idle connection to send another.
    pub head_within: Duration,
    /// Time for a peer to take what is sent to it.
    pub write_within: Duration,
    /// Links at once; more are answered 503.
    pub links: usize,
    /// Links of one ticket; one more is told goodbye.
    pub links_per_ticket: usize,
    /// Conversations and consumers a device may have claimed; past it the one is forgotten that
    /// was used longest ago.
    pub claims_per_device: usize,
    /// Frames a device may send at once that acknowledge nothing; past it the link ends.
    pub frames_burst: u32,
    /// How many of them it may send each second for long.
    pub frames_per_second: u32,
    /// After so much silence a link is dead.
    pub silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 1024 * 1024,
            body_within: Duration::from_secs(10),
            connections: 2048,
            head_within: Duration::from_secs(30),
            write_within: Duration::from_secs(10),
            links: 10_000,
            links_per_ticket: 8,
            claims_per_device: 20_000,
            frames_burst: 4_096,
            frames_per_second: 100,
            silence: Duration::from_secs(12),
        }
    }
}

/// What kept the relay from starting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The state says no.
    #[error(transparent)]
    State(#[from] StateError),
    /// The state says nothing.
    #[error("the relay's state did not say what it holds within {} s; see that it can be reached", LEARN_WITHIN.as_secs())]
    Silent,
    /// The key is none.
    #[error(transparent)]
    Key(#[from] Unusable),
    /// The socket does not say where it is.
    #[error("cannot read the address the relay is bound to: {0}")]
    Address(std::io::Error),
    /// An address cannot be the beginning of others.
    #[error("{0} cannot be the relay's public address; name one like https://relay.example.com")]
    Base(Url),
}

/// A relay that serves.
pub struct Relay {
    address: SocketAddr,
    public: String,
    link: Url,
    app_state: Arc<AppState>,
    drain: CancellationToken,
    links: Shutdown,
    shutdown: Shutdown,
}

impl std::fmt::Debug for Relay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let address = self.address;
        f.debug_struct("Relay")
            .field("address", &address)
            .finish_non_exhaustive()
    }
}

/// Serves a state on a bound socket; comes back once everything in it is known. `base` is the
/// relay's address as the cloud and the testers see it, where that is not the socket's own.
pub async fn serve(
    listener: TcpListener,
    speech: Speech,
    base: Option<Url>,
    backend: Arc<dyn Backend>,
    changes: Changes,
    limits: Limits,
) -> Result<Relay, Error> {
    let address = listener.local_addr().map_err(Error::Address)?;
    let base = match base {
        Some(base) => base,
        None => own_base(address, &speech)?,
    };
    let connections = serve::Limits {
        connections: limits.connections,
        head_within: limits.head_within,
        write_within: limits.write_within,
    };
    let (relay, app) = start(address, &base, backend, changes, limits).await?;
    serve::serve_as(listener, app, speech, connections, &relay.shutdown);
    Ok(relay)
}

/// Starts a relay that is on no socket, and gives what to serve there; comes back once everything in
/// its state is known.
pub async fn start(
    address: SocketAddr,
    base: &Url,
    backend: Arc<dyn Backend>,
    changes: Changes,
    limits: Limits,
) -> Result<(Relay, Router), Error> {
    let metrics = Arc::new(Metrics::default());
    let hub = Arc::new(Hub::new(limits.claims_per_device, Arc::clone(&metrics)));
    let shutdown = Shutdown::new();
    let (errands, errands_out) = mpsc::channel(ERRANDS);
    let (current, mut is_current) = watch::channel(false);
    let stop = shutdown.token();
    shutdown.spawn({
        let hub = Arc::clone(&hub);
        let stop = stop.clone();
        async move { hub.run(changes, errands, current, stop).await }
    });
    let (of_hub, of_backend) = (Arc::clone(&hub), Arc::clone(&backend));
    shutdown.spawn(auto_claim::run(of_hub, of_backend, errands_out, stop));
    let learned = async {
        let identity = backend.identity().await?;
        let known = is_current.wait_for(|current| *current).await;
        known.map_err(|_| Error::Silent)?;
        Ok::<_, Error>(identity)
    };
    let identity = match timeout(LEARN_WITHIN, learned).await {
        Ok(Ok(identity)) => identity,
        Ok(Err(error)) => {
            shutdown.stop(START_ENDS).await;
            return Err(error);
        }
        Err(_) => {
            shutdown.stop(START_ENDS).await;
            return Err(Error::Silent);
        }
    };
    let public = under(base, &format!("hook/{}", identity.path))?;
    let mut link = under(base, "link")?;
    let scheme = if base.scheme() == "https" {
        "wss"
    } else {
        "ws"
    };
    link.set_scheme(scheme)
        .map_err(|()| Error::Base(base.clone()))?;
    let drain = CancellationToken::new();
    let links = Shutdown::new();
    let terms = Terms {
        public: public.to_string(),
        relay: identity.relay.clone(),
        silence: limits.silence,
        links_per_ticket: limits.links_per_ticket,
        frames_burst: limits.frames_burst,
        frames_per_second: limits.frames_per_second,
    };
    let app_state = Arc::new(AppState {
        keys: Keys::new(&identity)?,
        dependencies: Dependencies {
            hub,
            backend,
            metrics,
            terms: Arc::new(terms),
            drain: drain.clone(),
        },
        identity,
        bodies: Bodies::new(limits.body, limits.body_within),
        links: Arc::new(Semaphore::new(limits.links)),
        shutdown: links.clone(),
        looked: Mutex::new(None),
        asked: Mutex::new(None),
    });
    let app = router(base, Arc::clone(&app_state));
    let relay = Relay {
        address,
        public: public.into(),
        link,
        app_state,
        drain,
        links,
        shutdown,
    };
    Ok((relay, app))
}

impl Relay {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the cloud is to post; its last part is a secret.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Where devices link.
    pub fn link(&self) -> &Url {
        &self.link
    }

    /// Takes nothing new, says goodbye to every link, keeps what was acknowledged, closes the
    /// state. Gives whether all of it was done within the time.
    pub async fn drain(self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        let left = || deadline.saturating_duration_since(Instant::now());
        self.drain.cancel();
        let gone = self.links.stop(left() * 2 / 3).await;
        let ended = self.shutdown.stop(left() / 2).await;
        let closed = timeout(left(), self.app_state.dependencies.backend.close()).await;
        gone && ended && closed.is_ok()
    }
}

/// The address of the socket, as the beginning of others.
fn own_base(address: SocketAddr, speech: &Speech) -> Result<Url, Error> {
    let scheme = match speech {
        Speech::Plain => "http",
        Speech::Tls(_) | Speech::Either(_) => "https",
    };
    let text = format!("{scheme}://{address}/");
    Url::parse(&text).map_err(|cause| {
        let cause = std::io::Error::new(std::io::ErrorKind::InvalidInput, cause);
        Error::Address(cause)
    })
}

/// An address under another.
fn under(base: &Url, path: &str) -> Result<Url, Error> {
    let mut under = base.clone();
    under.set_query(None);
    under.set_fragment(None);
    match under.path_segments_mut() {
        Ok(mut segments) => {
            segments.pop_if_empty().extend(path.split('/'));
        }
        Err(()) => return Err(Error::Base(base.clone())),
    }
    Ok(under)
}

/// The routes, at the root and under the path of the public address: whatever stands in front may
/// take that path away or leave it.
fn router(base: &Url, app_state: Arc<AppState>) -> Router {
    let routes = Router::new()
        .route("/hook/{path}", post(hook))
        .route("/link", get(open))
        .route("/healthz", get(|| async { "alive\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(app_state);
    let prefix = base.path().trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    if prefix.is_empty() || !prefix.bytes().all(plain) {
        return routes;
    }
    Router::new().merge(routes.clone()).nest(prefix, routes)
}

async fn hook(
    State(app_state): State<Arc<AppState>>,
    Path(path): Path<String>,
    request: Request,
) -> Response<Body> {
    intake::take(&app_state, &path, request).await
}

async fn ready(State(app_state): State<Arc<AppState>>) -> Response<Body> {
    if app_state.is_draining() {
        return (StatusCode::SERVICE_UNAVAILABLE, "ending\n").into_response();
    }
    if app_state.is_ready().await {
        return "ready\n".into_response();
    }
    let words = "the state cannot be written\n";
    (StatusCode::SERVICE_UNAVAILABLE, words).into_response()
}

async fn metrics(State(app_state): State<Arc<AppState>>) -> Response<Body> {
    let page = app_state
        .dependencies
        .metrics
        .render(app_state.dependencies.hub.waiting());
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, page).into_response()
}

/// Opens a link for a device that has a ticket.
async fn open(
    State(app_state): State<Arc<AppState>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response<Body> {
    let refuse = |status: StatusCode, reason: &'static str, message: String| {
        app_state
            .dependencies
            .metrics
            .count(Counted::NotLinked, reason);
        let body = json!({ "reason": reason, "message": message });
        (status, Json(body)).into_response()
    };
    if app_state.is_draining() {
        let message = "the relay ends; come again soon".to_owned();
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "draining", message);
    }
    let ticket = match app_state.admit(&headers).await {
        Ok(ticket) => ticket,
        Err(refusal) => {
            let (reason, message) = (refusal.word(), refusal.to_string());
            return refuse(StatusCode::UNAUTHORIZED, reason, message);
        }
    };
    let upgrade = upgrade
        .protocols([PROTOCOL])
        .read_buffer_size(LINK_BUFFER)
        .write_buffer_size(0)
        .max_message_size(frame::LONGEST_UP)
        .max_frame_size(frame::LONGEST_UP);
    if upgrade.selected_protocol().is_none() {
        let message = format!("the sub-protocol {PROTOCOL} is spoken here");
        return refuse(StatusCode::BAD_REQUEST, "protocol", message);
    }
    let Ok(slot) = Arc::clone(&app_state.links).try_acquire_owned() else {
        let message = "the relay has as many links as it takes; come again soon".to_owned();
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "full", message);
    };
    let dependencies = app_state.dependencies.clone();
    let owner = app_state.shutdown.clone();
    upgrade.on_upgrade(move |socket| async move {
        owner.spawn(async move {
            Box::pin(link::run(socket, ticket, dependencies)).await;
            drop(slot);
        });
    })
}
