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
        Error,
        answer::{Answers, router},
    },
    rt::{
        serve::{self, Refused},
        shutdown::Shutdown,
    },
};

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
    /// Open connections. Past it a silent one ends for each that comes: see [`serve::Limits`].
    pub connections: usize,
    /// Time for the head of a request, and for an idle connection to send another; the first
    /// head has 3 s at most.
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
    /// Heads over the limit, answered 431.
    pub long_heads: u64,
    /// What was no HTTP, answered 400.
    pub garbage: u64,
    /// The beginning of TLS, which is for the tunnel to end, answered 400.
    pub tls: u64,
}

impl TurnedAway {
    /// How many for which reason, those that never happened left out.
    pub fn reasons(self) -> impl Iterator<Item = (u64, &'static str)> {
        let all = [
            (self.oversized, "refused a webhook body over 1 MiB with 413"),
            (
                self.late,
                "refused a webhook body that did not arrive in time with 408",
            ),
            (self.broken, "a webhook request broke off in its body"),
            (
                self.astray,
                "refused a request for another path with 404 or by another method with 405",
            ),
            (
                self.unanswered,
                "could not journal a webhook in time and answered 503",
            ),
            (
                self.long_heads,
                "refused a request with a head over 64 KiB with 431",
            ),
            (self.garbage, "refused what was no HTTP request with 400"),
            (
                self.tls,
                "refused TLS, which this port does not speak, with 400; the tunnel must connect by http",
            ),
        ];
        all.into_iter().filter(|(count, _)| *count > 0)
    }
}

/// Counts what was turned away, and logs the first, the second, the fourth and so on of each kind.
#[derive(Debug, Clone)]
pub(super) struct Tally(watch::Sender<TurnedAway>);

impl Tally {
    pub(super) fn count(&self, what: impl FnOnce(&mut TurnedAway) -> &mut u64) {
        let mut count = 0;
        self.0.send_modify(|tally| {
            let counter = what(tally);
            *counter = counter.saturating_add(1);
            count = *counter;
        });
        if count.is_power_of_two() {
            let tally = *self.0.borrow();
            tracing::warn!(?tally, "a request was turned away");
        }
    }
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
    let limits = settings.limits.clone();
    let asked = Arc::new(Notify::new());
    let stop = shutdown.token();
    shutdown.spawn({
        let pace = keep_pace(Arc::clone(&asked), limits.answer_within / 2);
        async move { stop.run_until_cancelled(pace).await }
    });
    let tally = Tally(tally);
    let answers = Answers::new(settings.limits, take, tally.clone(), asked);
    let app = router(&path, Arc::new(answers));
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
