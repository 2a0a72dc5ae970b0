//! The connection to NATS: opened once, kept for ever, never waited on without a limit.

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
    relay::backend::Error,
    rt::{backoff::doubled, tls::Trust},
};

/// Longest wait for one answer of NATS.
pub(super) const ANSWER: Duration = Duration::from_secs(2);
/// Longest time for a call of the backend, several answers included: the cloud waits 5 s.
pub(super) const CALL: Duration = Duration::from_secs(4);
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
/// The largest body of a webhook, and room for its headers.
const LARGEST: usize = 1024 * 1024 + 64 * 1024;

/// Whether NATS is there, and how often it has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Whether it is there.
    pub(super) connected: bool,
    /// How many connections there have been.
    pub(super) times: u64,
}

/// What JetStream answers, as far as it matters.
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    error: Option<jetstream::Error>,
}

#[derive(Clone)]
pub(super) struct Link {
    pub(super) client: Client,
    pub(super) jetstream: jetstream::Context,
    state: watch::Receiver<State>,
    /// Host and port, for messages: the URL may hold a password.
    place: String,
}

impl Link {
    /// Connects to a URL like `nats://user:password@host:4222` or `tls://host`.
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        let (address, options) = options(url)?;
        let place = place(&address);
        let (told, state) = watch::channel(State::default());
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
            if matches!(cause, Error::Lasting { .. }) || began.elapsed() >= CONNECT {
                return Err(cause);
            }
            sleep(pause(attempts)).await;
            attempts += 1;
        }
        let taken = link.client.max_payload();
        if taken < LARGEST {
            tracing::warn!(
                place = link.place,
                "NATS takes messages of up to {taken} bytes, so webhooks of more than that with \
                 their headers are refused; set max_payload: 2MB in its configuration"
            );
        }
        Ok(link)
    }

    pub(super) async fn ready(&self) -> Result<(), Error> {
        let what = || format!("use JetStream of NATS at {}", self.place);
        if !self.state.borrow().connected && self.state.borrow().times > 0 {
            return Err(unavailable(what(), "the connection is lost"));
        }
        // The client's own way asks for more than a nats-server before 2.10 tells.
        let asked = timeout(ANSWER, self.jetstream.request("INFO", &())).await;
        let off = |why: &str| Error::Lasting {
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
    pub(super) fn state(&self) -> watch::Receiver<State> {
        self.state.clone()
    }

    /// Waits until NATS is there, so that nothing is left to a queue that nobody oversees.
    pub(super) async fn connected(&self) -> Result<(), Error> {
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
    pub(super) async fn call<T>(
        &self,
        what: impl Fn() -> String,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let all = async {
            self.connected().await?;
            work.await
        };
        timeout(CALL, all)
            .await
            .unwrap_or_else(|_| Err(out_of_time(what())))
    }
}

/// Where to connect, without user and password, and how.
fn options(url: &str) -> Result<(Url, ConnectOptions), Error> {
    let lasting = |why: &str| Error::Lasting {
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
        .name(concat!("handset relay ", env!("CARGO_PKG_VERSION")))
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
        let config = Trust::default().client().map_err(|cause| Error::Lasting {
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
pub(super) fn pause(attempts: usize) -> Duration {
    let (first, longest) = PAUSES;
    let attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    let pause = doubled(first, longest, attempts);
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Keeps how the connection is.
fn note(told: &watch::Sender<State>, place: &str, event: &Event) {
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
fn refused(what: String, cause: &async_nats::ConnectError) -> Error {
    match cause.kind() {
        ConnectErrorKind::AuthorizationViolation | ConnectErrorKind::Authentication => {
            Error::Lasting {
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
pub(super) fn unavailable(what: String, why: impl Display) -> Error {
    Error::Unavailable {
        what,
        why: why.to_string(),
    }
}

fn out_of_time(what: String) -> Error {
    unavailable(what, "NATS did not answer in time")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_the_url() {
        let (url, options) = options("nats://ada:p%40ss@nats.test:4333").unwrap();
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
            let error = options(bad).err().unwrap();
            assert!(matches!(error, Error::Lasting { .. }), "{error}");
            assert!(!error.to_string().contains("heim"), "{error}");
        }
    }

    #[test]
    fn pauses_rise_to_a_limit() {
        assert!(pause(0) <= PAUSES.0);
        assert!((PAUSES.1 / 2..=PAUSES.1).contains(&pause(1_000_000)));
    }
}
