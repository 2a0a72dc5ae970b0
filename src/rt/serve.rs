//! Serving HTTP on a bound socket: a bounded number of connections, none of which
//! can be held open by saying or taking nothing, all of them ended in order.
//!
//! This is what `axum::serve` does, with the limits it does not have.

use std::{pin::pin, sync::Arc, time::Duration};

use axum::{Router, http::HeaderValue, http::header};
use hyper::{
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
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

/// Serves until `shutdown` stops; owned, like its connections, by the shutdown's tracker.
pub fn serve(listener: TcpListener, app: Router, limits: Limits, shutdown: &Shutdown) {
    shutdown.spawn(accept(listener, app, limits, shutdown.clone()));
}

/// Takes connections while there is a slot for one.
async fn accept(listener: TcpListener, app: Router, limits: Limits, shutdown: Shutdown) {
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
            Ok((stream, _)) => {
                let stop = stop.child_token();
                shutdown.spawn(converse(stream, app.clone(), limits, slot, stop));
            }
            Err(cause) => {
                tracing::warn!(%cause, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves one connection to its end; after `stop` it ends with the request under way.
async fn converse(
    stream: TcpStream,
    app: Router,
    limits: Limits,
    slot: OwnedSemaphorePermit,
    stop: CancellationToken,
) {
    // Answers are one small packet; waiting to fill it would only delay them. A socket that
    // refuses the option still serves.
    let _ = stream.set_nodelay(true);
    let io = TokioIo::new(Stalling::new(stream, limits.write_within));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(limits.head_within)
        .max_buf_size(HEAD_LIMIT);
    let app = TowerToHyperService::new(app);
    let service = service_fn(|request| {
        let answer = app.call(request);
        async {
            let mut answer = answer.await?;
            if slot.semaphore().available_permits() == 0 {
                let close = HeaderValue::from_static("close");
                answer.headers_mut().insert(header::CONNECTION, close);
            }
            Ok::<_, std::convert::Infallible>(answer)
        }
    });
    let mut connection = pin!(http.serve_connection(io, service));
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(cause) = ended {
        tracing::debug!(%cause, "a connection ended early");
    }
}
