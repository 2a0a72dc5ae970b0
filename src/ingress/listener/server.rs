//! Where the listener is and what a peer may take of it.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
};
use uuid::Uuid;

use crate::{
    domain::inbound::Request,
    ingress::listener::{
        Limits, ListenerError, TurnedAway,
        answer::{Answerer, router},
        turned_away::Tally,
    },
    rt::{
        serve::{self, Refused},
        shutdown::Shutdown,
    },
};

/// How the listener serves.
#[derive(Debug, Clone, Default)]
pub struct ListenerSettings {
    /// The path to serve, for example one kept from an earlier start; `None` for a fresh one.
    pub path: Option<String>,
    /// What a peer may take of our time and memory.
    pub limits: Limits,
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
    settings: ListenerSettings,
    take: T,
    shutdown: &Shutdown,
) -> Result<Listener, ListenerError>
where
    T: Fn(Request) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = u16> + Send + 'static,
{
    let address = listener
        .local_addr()
        .map_err(|cause| ListenerError::Address { cause })?;
    let path = match settings.path {
        Some(path) => checked_path(&path)?,
        None => fresh_path(),
    };
    let (tally, turned_away) = watch::channel(TurnedAway::default());
    let limits = settings.limits.clone();
    let asked = Arc::new(Notify::new());
    let stop = shutdown.token();
    shutdown.spawn({
        let pace = keep_pace(Arc::clone(&asked), limits.answer_within / 2);
        async move { stop.run_until_cancelled(pace).await }
    });
    let tally = Tally(tally);
    let answerer = Answerer::new(settings.limits, take, tally.clone(), asked);
    let app = router(&path, Arc::new(answerer));
    let limits = serve::Limits {
        connections: limits.connections,
        head_within: limits.head_within,
        write_within: limits.write_within,
    };
    let tell = move |refused| {
        tally.count(|tally| match refused {
            Refused::Head => &mut tally.long_heads,
            Refused::Garbage => &mut tally.garbage,
            Refused::Tls => &mut tally.tls,
        });
    };
    serve::serve_and_tell(listener, app, limits, Arc::new(tell), shutdown);
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
pub fn checked_path(path: &str) -> Result<String, ListenerError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    if path.starts_with('/') && path.bytes().all(plain) {
        Ok(path.to_owned())
    } else {
        Err(ListenerError::Path)
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
