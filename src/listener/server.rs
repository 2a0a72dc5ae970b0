//! Accepting connections, a bounded number at a time, and ending them in order.

use std::{future::Future, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    domain::inbound::Request,
    listener::{
        Error,
        answer::{Desk, router},
        stall::Stalling,
    },
    rt::shutdown::Shutdown,
};

/// Longest head of a request; what is longer is answered 431 and closed.
const HEAD_LIMIT: usize = 64 * 1024;
/// Pause after an accept that failed, most often for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How the listener serves.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The path to serve, for example one kept from an earlier start; `None` for a fresh one.
    pub path: Option<String>,
    /// What a peer may take of our time and memory.
    pub limits: Limits,
}

/// What a peer may take of our time and memory.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Longest body; a longer one is answered 413 and never held in memory.
    pub body: usize,
    /// Open connections; more wait in the system's backlog, and while all are taken answers
    /// end their connection to make room.
    pub connections: usize,
    /// Time for the head of a request, and for an idle connection to send another.
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
            connections: 512,
            head_within: Duration::from_secs(30),
            body_within: Duration::from_secs(10),
            answer_within: Duration::from_millis(4_500),
            write_within: Duration::from_secs(10),
        }
    }
}

/// How many requests never became a [`Request`], by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TurnedAway {
    /// Bodies over the limit, answered 413.
    pub oversized: u64,
    /// Bodies that did not arrive in time, answered 408.
    pub late: u64,
    /// Bodies that broke off.
    pub broken: u64,
    /// Requests for another path, answered 404, or by another method, answered 405.
    pub astray: u64,
    /// Complete requests that were not dealt with in time, answered 503.
    pub unanswered: u64,
}

/// A listener that serves until its [`Shutdown`] stops.
#[derive(Debug)]
pub struct Listener {
    address: SocketAddr,
    path: String,
    turned_away: watch::Receiver<TurnedAway>,
}

impl Listener {
    /// The whole address to give to the cloud or a tunnel.
    pub fn url(&self) -> String {
        url(self.address, &self.path)
    }

    /// The address without what makes it unguessable, for the screen.
    pub fn shown(&self) -> String {
        format!("http://{}/…", self.address)
    }

    /// The path alone, to be kept for the next start.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The count of requests turned away; the latest value only.
    pub fn turned_away(&self) -> watch::Receiver<TurnedAway> {
        self.turned_away.clone()
    }
}

/// Serves webhooks on a bound socket; every complete request goes to `take`, whose status is
/// the answer.
///
/// A tunnel can call the same `take`, so that a request is judged alike however it came in.
pub fn serve<T, F>(
    listener: TcpListener,
    settings: Settings,
    take: T,
    shutdown: &Shutdown,
) -> Result<Listener, Error>
where
    T: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = u16> + Send + 'static,
{
    let address = listener
        .local_addr()
        .map_err(|cause| Error::Address { cause })?;
    let path = match settings.path {
        Some(path) => checked_path(&path)?,
        None => fresh_path(),
    };
    let (tally, turned_away) = watch::channel(TurnedAway::default());
    let slots = Arc::new(Semaphore::new(settings.limits.connections));
    let limits = settings.limits.clone();
    let asked = Arc::new(Notify::new());
    let stop = shutdown.token();
    shutdown.spawn({
        let pace = keep_pace(Arc::clone(&asked), limits.answer_within / 2);
        async move { stop.run_until_cancelled(pace).await }
    });
    let desk = Desk::new(settings.limits, take, Arc::clone(&slots), tally, asked);
    let app = router(&path, Arc::new(desk));
    shutdown.spawn(accept(listener, app, limits, slots, shutdown.clone()));
    Ok(Listener {
        address,
        path,
        turned_away,
    })
}

/// A path nobody can guess.
pub fn fresh_path() -> String {
    // Version 4 comes from the system's random source: 122 bits.
    format!("/hook/{}", Uuid::new_v4().simple())
}

/// The whole address of a path on this machine.
pub fn url(address: SocketAddr, path: &str) -> String {
    format!("http://{address}{path}")
}

/// A path that can be served as it stands, without escapes in a URL.
pub fn checked_path(path: &str) -> Result<String, Error> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    if path.starts_with('/') && path.bytes().all(plain) {
        Ok(path.to_owned())
    } else {
        Err(Error::Path)
    }
}

/// While requests come, keeps a timer set that is due before any of theirs.
///
/// Only a timer that is due before all others makes tokio wake the thread that waits for them;
/// without this one, each request's limit on its answer would do so.
async fn keep_pace(asked: Arc<Notify>, span: Duration) {
    loop {
        asked.notified().await;
        tokio::time::sleep(span).await;
    }
}

/// Takes connections while there is a slot for one; owned by the shutdown's tracker.
async fn accept(
    listener: TcpListener,
    app: Router,
    limits: Limits,
    slots: Arc<Semaphore>,
    shutdown: Shutdown,
) {
    let stop = shutdown.token();
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
            Ok((stream, _)) => {
                let stop = stop.child_token();
                shutdown.spawn(converse(stream, app.clone(), limits.clone(), slot, stop));
            }
            Err(cause) => {
                tracing::warn!(%cause, "cannot accept a webhook connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection to its end; after `stop` it ends with the request under way.
///
/// This is what `axum::serve` does, with the time-outs it does not have.
async fn converse(
    stream: TcpStream,
    app: Router,
    limits: Limits,
    slot: OwnedSemaphorePermit,
    stop: CancellationToken,
) {
    let _slot = slot;
    // Answers are one small packet; waiting to fill it would only delay them. A socket that
    // refuses the option still serves.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Stalling::new(stream, limits.write_within));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_buf_size(HEAD_LIMIT);
    let mut connection = pin!(http.serve_connection(io, TowerToHyperService::new(app)));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(cause) = ended {
        tracing::debug!(%cause, "a webhook connection ended early");
    }
}
