//! A connection to NATS with JetStream: opened once, kept for ever, never waited on without a limit.
//!
//! `stream` makes and looks at streams and buckets, `follow` reads one through whatever happens to
//! the server. Nothing here knows what is in them.

pub(crate) mod follow;
pub(crate) mod stream;

use std::{fmt::Display, future::Future, time::Duration};

use async_nats::{
    Client, ConnectErrorKind, ConnectOptions, Event,
    jetstream::{self, context::RequestErrorKind},
};
use serde::Deserialize;
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};
use url::Url;

use crate::{
    domain::percent,
    rt::{backoff::doubled, tls::Trust},
};

/// Longest wait for one answer of NATS.
pub(crate) const ANSWER: Duration = Duration::from_secs(2);
/// Longest time for a call, several answers included.
pub(crate) const CALL: Duration = Duration::from_secs(4);
/// Longest time to connect at the start.
const CONNECT: Duration = Duration::from_secs(10);
/// Two of these without an answer and the connection is given up.
const PING: Duration = Duration::from_secs(5);
/// First and longest pause before connecting again.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(3));
/// Messages that may wait for one subscription; past them NATS' client drops some, which tails
/// notice by their numbers and canaries by not coming back.
const WAITING: usize = 4096;
/// Commands that may wait for the connection; past them callers wait, to the end of their time.
const COMMANDS: usize = 1024;

/// Why NATS did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum NatsError {
    /// Not now; it may work later.
    #[error("cannot {what}: {why}")]
    Unavailable {
        /// What was tried, on what.
        what: String,
        /// Why it failed.
        why: String,
    },
    /// Not before somebody has done something.
    #[error("cannot {what}: {why}")]
    Lasting {
        /// What was tried, on what.
        what: String,
        /// Why it failed, and what to do.
        why: String,
    },
}

/// Whether NATS is there, and how often it has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NatsState {
    /// Whether it is there.
    pub(crate) connected: bool,
    /// How many connections there have been.
    pub(crate) times: u64,
}

/// What JetStream answers, as far as it matters.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: Option<jetstream::Error>,
}

/// The connection.
#[derive(Clone)]
pub(crate) struct NatsLink {
    pub(crate) client: Client,
    pub(crate) jetstream: jetstream::Context,
    state: watch::Receiver<NatsState>,
    /// Host and port, for messages: the URL may hold a password.
    pub(crate) place: String,
}

impl NatsLink {
    /// Connects to a URL like `nats://user:password@host:4222` or `tls://host`. `name` tells those who
    /// look at the server's connections whose it is.
    pub(crate) async fn open(url: &str, name: &str) -> Result<Self, NatsError> {
        let (address, options) = options(url, name)?;
        let place = place(&address);
        let (told, state) = watch::channel(NatsState::default());
        let options = options.event_callback({
            let place = place.clone();
            move |event| {
                note(&told, &place, &event);
                std::future::ready(())
            }
        });
        let what = || format!("connect to NATS at {place}");
        let client = timeout(CONNECT, options.connect(address.as_str()))
            .await
            .map_err(|_| out_of_time(what()))?
            .map_err(|cause| refused(what(), &cause))?;
        let jetstream = jetstream::context::ContextBuilder::new()
            .timeout(ANSWER)
            .ack_timeout(ANSWER)
            .build(client.clone());
        let link = Self {
            client,
            jetstream,
            state,
            place,
        };
        // A connection that is lost in this moment is opened again by the client.
        let mut attempts = 0;
        let began = Instant::now();
        while let Err(cause) = link.ready().await {
            if matches!(cause, NatsError::Lasting { .. }) || began.elapsed() >= CONNECT {
                return Err(cause);
            }
            sleep(pause(attempts)).await;
            attempts += 1;
        }
        Ok(link)
    }

    pub(crate) async fn ready(&self) -> Result<(), NatsError> {
        let what = || format!("use JetStream of NATS at {}", self.place);
        if !self.state.borrow().connected && self.state.borrow().times > 0 {
            return Err(unavailable(what(), "the connection is lost"));
        }
        // The client's own way asks for more than a nats-server before 2.10 tells.
        let asked = timeout(ANSWER, self.jetstream.request("INFO", &())).await;
        let off = |why: &str| NatsError::Lasting {
            what: what(),
            why: format!("{why}; start it as nats-server -js -sd FOLDER"),
        };
        match asked.map_err(|_| out_of_time(what()))? {
            Ok(Answer { error: None }) => Ok(()),
            Ok(Answer { error: Some(cause) }) => Err(off(&cause.to_string())),
            // While it starts again JetStream answers no one.
            Err(cause)
                if cause.kind() == RequestErrorKind::NoResponders && !self.has_been_lost() =>
            {
                Err(off("JetStream is off"))
            }
            Err(cause) => Err(unavailable(what(), cause)),
        }
    }

    fn has_been_lost(&self) -> bool {
        self.state.borrow().times > 1
    }

    /// How the connection is, now and from now on.
    pub(crate) fn state(&self) -> watch::Receiver<NatsState> {
        self.state.clone()
    }

    /// Waits until NATS is there, so that nothing is left to a queue that nobody oversees.
    pub(crate) async fn connected(&self) -> Result<(), NatsError> {
        let mut state = self.state.clone();
        let there = state.wait_for(|state| state.connected || state.times == 0);
        match timeout(ANSWER, there).await {
            Ok(Ok(_)) => Ok(()),
            _ => Err(unavailable(
                format!("reach NATS at {}", self.place),
                "the connection is lost; it is tried again all the time",
            )),
        }
    }

    /// Does something within the time of a call, once NATS is there.
    pub(crate) async fn call<T, E: From<NatsError>>(
        &self,
        what: impl Fn() -> String,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let all = async {
            self.connected().await?;
            work.await
        };
        timeout(CALL, all)
            .await
            .unwrap_or_else(|_| Err(out_of_time(what()).into()))
    }
}

/// Where to connect, without user and password, and how.
fn options(url: &str, name: &str) -> Result<(Url, ConnectOptions), NatsError> {
    let lasting = |why: &str| NatsError::Lasting {
        what: "read the URL of NATS".to_owned(),
        why: format!("{why}; give one like nats://user:password@host:4222 or tls://host"),
    };
    let whole = if url.contains("://") {
        url.to_owned()
    } else {
        format!("nats://{url}")
    };
    let mut url = Url::parse(&whole).map_err(|cause| lasting(&cause.to_string()))?;
    let is_tls = match url.scheme() {
        "nats" => false,
        "tls" => true,
        other => return Err(lasting(&format!("its scheme is {other}"))),
    };
    if url.host_str().is_none_or(str::is_empty) {
        return Err(lasting("it has no host"));
    }
    let mut options = ConnectOptions::new()
        .name(format!("{name} {}", env!("CARGO_PKG_VERSION")))
        .connection_timeout(ANSWER)
        .request_timeout(Some(ANSWER))
        .ping_interval(PING)
        .subscription_capacity(WAITING)
        .client_capacity(COMMANDS)
        .max_reconnects(None)
        .reconnect_delay_callback(pause);
    let user = percent::text(url.username()).ok_or_else(|| lasting("its user is not text"))?;
    let password = percent::text(url.password().unwrap_or_default());
    let password = password.ok_or_else(|| lasting("its password is not text"))?;
    if !user.is_empty() {
        options = if password.is_empty() {
            options.token(user)
        } else {
            options.user_and_password(user, password)
        };
    }
    // Neither fails for a URL with a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    if is_tls {
        let config = Trust::default()
            .client()
            .map_err(|cause| NatsError::Lasting {
                what: format!("connect to NATS at {}", place(&url)),
                why: cause.to_string(),
            })?;
        options = options
            .require_tls(true)
            .tls_client_config(config.as_ref().clone());
    }
    Ok((url, options))
}

fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("{host}:{}", url.port().unwrap_or(4222))
}

/// The pause before an attempt to connect: longer each time, up to a limit, never twice the same.
pub(crate) fn pause(attempts: usize) -> Duration {
    let (first, longest) = PAUSES;
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    let pause = doubled(first, longest, attempts);
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Keeps how the connection is.
fn note(told: &watch::Sender<NatsState>, place: &str, event: &Event) {
    match event {
        Event::Connected => {
            told.send_modify(|state| {
                state.connected = true;
                state.times += 1;
            });
            tracing::info!(place, "connected to NATS");
        }
        Event::Disconnected | Event::Closed => {
            let lost = told.send_if_modified(|state| std::mem::take(&mut state.connected));
            if lost {
                tracing::warn!(place, "lost the connection to NATS");
            }
        }
        Event::LameDuckMode | Event::Draining => {
            tracing::info!(place, %event, "about the connection to NATS");
        }
        Event::SlowConsumer(_) | Event::ServerError(_) | Event::ClientError(_) => {
            tracing::warn!(place, %event, "about the connection to NATS");
        }
    }
}

/// Why there is no connection, and what to do.
fn refused(what: String, cause: &async_nats::ConnectError) -> NatsError {
    match cause.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            NatsError::Lasting {
                what,
                why: "it refuses user and password; put the right ones into the URL".to_owned(),
            }
        }
        _ => unavailable(
            what,
            format_args!("{cause}; see that nats-server runs there"),
        ),
    }
}

/// It may work later.
pub(crate) fn unavailable(what: String, why: impl Display) -> NatsError {
    NatsError::Unavailable {
        what,
        why: why.to_string(),
    }
}

fn out_of_time(what: String) -> NatsError {
    unavailable(what, "NATS did not answer in time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_the_url() {
        let (url, options) = options("nats://ada:p%40ss@nats.test:4333", "probe").unwrap();
        assert_eq!(url.as_str(), "nats://nats.test:4333");
        assert_eq!(place(&url), "nats.test:4333");
        assert!(!format!("{options:?}").contains("p@ss"));
    }

    #[test]
    fn a_url_that_cannot_be_says_why_without_repeating_it() {
        for bad in [
            "http://ada:geheim@nats.test",
            "nats://",
            "nats://ada:ge%zzheim@nats.test",
        ] {
            let error = options(bad, "probe").err().unwrap();
            assert!(matches!(error, NatsError::Lasting { .. }), "{error}");
            assert!(!error.to_string().contains("heim"), "{error}");
        }
    }

    #[test]
    fn pauses_rise_to_a_limit() {
        assert!(pause(0) <= PAUSES.0);
        assert!((PAUSES.1 / 2..=PAUSES.1).contains(&pause(1_000_000)));
    }
}
