//! Proving a tunnel: a canary goes out to the public address and must come in at the listener.
//!
//! That the address answers 200 is no proof, for anybody can answer; the canary itself must have
//! landed.

use std::{
    collections::HashMap,
    error::Error as _,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use reqwest::{Client, ClientBuilder, StatusCode, header, redirect};
use tokio::{sync::oneshot, time::timeout_at};
use url::Url;
use uuid::Uuid;

use crate::{
    domain::{
        canary::Canary,
        inbound::{ACCOUNT_HEADER, CLIENT_HEADER, Credentials, SIGNATURE_HEADER},
        near::is_near,
        signature::{Algorithm, sign},
        text::SafeText,
    },
    ingress::tunnel::{Outage, url::shown},
    rt::tls::Trust,
};

/// Time for a canary to go out, land and be answered.
const WITHIN: Duration = Duration::from_secs(4);
/// How long a connection is kept for the next canary.
const IDLE: Duration = Duration::from_secs(20);
/// ngrok shows people a page of its own first; who sends this is not taken for one.
const NO_INTERSTITIAL: &str = "ngrok-skip-browser-warning";
/// Where ngrok says what is wrong.
const NGROK_ERROR: &str = "ngrok-error-code";

/// Canaries under way; clones share them. The intake notes each canary that came.
#[derive(Debug, Clone, Default)]
pub struct Canaries {
    /// By nonce. Bounded by the canaries under way, of which each prover has one.
    waiting: Arc<Mutex<HashMap<String, oneshot::Sender<()>>>>,
}

impl Canaries {
    /// A canary with a valid signature came in. False when nobody waits for it, because it is
    /// late or another device's.
    pub fn landed(&self, canary: &Canary) -> bool {
        let waiter = self.lock().remove(&canary.nonce);
        waiter.is_some_and(|waiter| waiter.send(()).is_ok())
    }

    fn expect(&self, nonce: &str) -> Expected<'_> {
        let (waiter, landed) = oneshot::channel();
        self.lock().insert(nonce.to_owned(), waiter);
        Expected {
            canaries: self,
            nonce: nonce.to_owned(),
            landed,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, oneshot::Sender<()>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A canary that is waited for; forgotten when dropped.
struct Expected<'a> {
    canaries: &'a Canaries,
    nonce: String,
    landed: oneshot::Receiver<()>,
}

impl Drop for Expected<'_> {
    fn drop(&mut self) {
        self.canaries.lock().remove(&self.nonce);
    }
}

/// A canary that did not come through.
#[derive(Debug)]
pub(super) struct Miss {
    pub(super) fault: Outage,
    /// It may pass by itself on an address that is new: names spread, edges learn.
    pub(super) settling: bool,
}

/// Sends canaries.
pub struct Prover {
    credentials: Credentials,
    device: String,
    canaries: Canaries,
    /// For plain HTTP on this machine, which works without any certificates.
    plain: Client,
    /// For HTTPS on this machine and anywhere else, if there is anything to trust.
    secure: Result<(Client, Client), Outage>,
}

impl std::fmt::Debug for Prover {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prover").finish_non_exhaustive()
    }
}

impl Prover {
    /// A prover for one device, whose canaries are signed like the cloud's webhooks.
    pub fn new(
        credentials: Credentials,
        device: String,
        trust: &Trust,
        canaries: Canaries,
    ) -> Result<Self, Outage> {
        let broken = |why: String| {
            Outage::lasting(
                format!("cannot set up canaries: {why}"),
                "report this as a fault of handset",
            )
        };
        let plain = client().no_proxy().tls_certs_only([]);
        let plain = plain.build().map_err(|cause| broken(cause.to_string()))?;
        let secure = trust
            .client()
            .map_err(|cause| {
                Outage::lasting(
                    format!("cannot send canaries over TLS: {cause}"),
                    "then start handset again",
                )
            })
            .and_then(|tls| {
                let mut tls = (*tls).clone();
                // One request at a time: a connection that hangs is given up with its request.
                tls.alpn_protocols = vec![b"http/1.1".to_vec()];
                let near = client().no_proxy().tls_backend_preconfigured(tls.clone());
                let far = client().https_only(true).tls_backend_preconfigured(tls);
                near.build()
                    .and_then(|near| Ok((near, far.build()?)))
                    .map_err(|cause| broken(cause.to_string()))
            });
        Ok(Self {
            credentials,
            device,
            canaries,
            plain,
            secure,
        })
    }

    /// Sends one canary to the public address and waits until it has landed and was answered;
    /// gives the time that took.
    pub async fn prove(&self, public: &Url) -> Result<Duration, Outage> {
        self.send(public).await.map_err(|miss| miss.fault)
    }

    pub(super) async fn send(&self, public: &Url) -> Result<Duration, Miss> {
        let client = self.client(public)?;
        let began = Instant::now();
        let until = tokio::time::Instant::from_std(began) + WITHIN;
        let canary = Canary {
            device: self.device.clone(),
            nonce: Uuid::new_v4().to_string(),
        };
        let body = canary.body();
        let mut expected = self.canaries.expect(&canary.nonce);
        let request = client
            .post(public.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(ACCOUNT_HEADER, self.credentials.account.as_str())
            .header(CLIENT_HEADER, self.credentials.client.as_str())
            .header(
                SIGNATURE_HEADER,
                sign(Algorithm::Sha1, &self.credentials.secret, &body),
            )
            .header(NO_INTERSTITIAL, "1")
            .body(body);
        let answer = timeout_at(until, Box::pin(request.send())).await;
        let landed = expected.landed.try_recv().is_ok();
        let trouble = match answer {
            Err(_) if landed => Trouble::Unanswered,
            Err(_) => Trouble::Silent,
            Ok(Err(cause)) => Trouble::of(&cause),
            Ok(Ok(answer)) if !answer.status().is_success() => Trouble::Status {
                status: answer.status(),
                said: said(&answer),
                landed,
            },
            Ok(Ok(_)) if landed => return Ok(began.elapsed()),
            // A relay answers before it passes on.
            Ok(Ok(_)) => match timeout_at(until, &mut expected.landed).await {
                Ok(Ok(())) => return Ok(began.elapsed()),
                _ => Trouble::Elsewhere,
            },
        };
        Err(trouble.told(&shown(public)))
    }

    fn client(&self, public: &Url) -> Result<&Client, Miss> {
        let lasting = |fault| Miss {
            fault,
            settling: false,
        };
        match (public.scheme(), is_near(public)) {
            ("http", true) => Ok(&self.plain),
            ("https", near) => match &self.secure {
                Ok((local, _)) if near => Ok(local),
                Ok((_, wide)) => Ok(wide),
                Err(fault) => Err(lasting(fault.clone())),
            },
            _ => Err(lasting(Outage::lasting(
                format!("cannot send a canary to {}: it is not https", shown(public)),
                "give a public address that begins with https://",
            ))),
        }
    }
}

fn client() -> ClientBuilder {
    Client::builder()
        .connect_timeout(WITHIN)
        .timeout(WITHIN)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(1)
        .http1_only()
        .tcp_nodelay(true)
        .redirect(redirect::Policy::none())
}

/// What an answer says besides its status.
fn said(answer: &reqwest::Response) -> Option<String> {
    let headers = answer.headers();
    let value = headers.get(NGROK_ERROR)?.to_str().ok()?;
    let known = value.starts_with("ERR_NGROK_") && value.len() < 32;
    known.then(|| SafeText::clean(value).as_str().to_owned())
}

/// What became of a canary.
enum Trouble {
    /// Its host has no address.
    Unknown,
    /// Nobody takes connections there.
    Refused,
    /// The certificate is not to be trusted; its fault by name.
    Untrusted(String),
    /// Something else went wrong on the way.
    Broken(String),
    /// Nothing came back in time.
    Silent,
    /// It landed, but its answer did not come back in time.
    Unanswered,
    /// It was answered with a bad status.
    Status {
        status: StatusCode,
        said: Option<String>,
        landed: bool,
    },
    /// It was answered well by somebody, and did not land.
    Elsewhere,
}

impl Trouble {
    fn of(error: &reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Silent;
        }
        let mut words = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            words = cause.to_string();
            let of_system = cause.downcast_ref::<io::Error>();
            if words.starts_with("dns error") {
                return Self::Unknown;
            }
            if of_system.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused) {
                return Self::Refused;
            }
            source = cause.source();
        }
        match words.strip_prefix("invalid peer certificate: ") {
            Some(fault) => Self::Untrusted(fault.to_owned()),
            None => Self::Broken(words),
        }
    }

    fn told(self, at: &str) -> Miss {
        let (why, hint, settling) = match self {
            Self::Unknown => (
                "there is no such name".to_owned(),
                "a new name takes a while to spread; otherwise check how it is spelled",
                true,
            ),
            Self::Refused => (
                "nobody takes connections there".to_owned(),
                "check that the far end runs and listens on that port",
                true,
            ),
            Self::Untrusted(fault) => (
                format!("its certificate is not trusted on this machine ({fault})"),
                "the cloud trusts public authorities only; for one of your own name its \
                 certificate as `ca` in the profile",
                false,
            ),
            Self::Broken(words) => (words, "check the network and the far end", true),
            Self::Silent => (
                format!("nothing came back within {} s", WITHIN.as_secs()),
                "check the network and the far end",
                true,
            ),
            Self::Unanswered => (
                format!(
                    "it came in, but its answer did not come back within {} s",
                    WITHIN.as_secs()
                ),
                "the cloud would call that a failure: look at what stands between",
                true,
            ),
            Self::Status {
                status,
                said,
                landed,
            } => {
                let (why, hint, settling) = answered(status, landed);
                let why = match said {
                    Some(said) => format!("{why} ({said})"),
                    None => why,
                };
                (why, hint, settling)
            }
            Self::Elsewhere => (
                "somebody else answers there: it was answered well and did not come in here"
                    .to_owned(),
                "check which machine and port the address leads to",
                false,
            ),
        };
        let why = SafeText::clean(&why).one_line();
        Miss {
            fault: Outage::passing(
                format!("a canary sent to {at} did not come back: {why}"),
                hint,
            ),
            settling,
        }
    }
}

/// What a bad status means: why, what to do, and whether it may pass on a new address.
fn answered(status: StatusCode, landed: bool) -> (String, &'static str, bool) {
    let number = status.as_u16();
    if landed {
        return (
            format!("it came in, but the answer was made a {number} on the way"),
            "the cloud would call that a failure: look at what stands between",
            false,
        );
    }
    match number {
        401 | 403 => (
            format!("it was refused with {number}"),
            "whatever stands in front must let webhooks through, with all their headers and \
             without a login; or the client_secret is another here",
            false,
        ),
        404 | 405 => (
            format!("it was answered {number}: the address leads elsewhere, or loses the path"),
            "check that it leads to this listener and that the path is passed on unchanged",
            // Edges say so of a tunnel they have not heard of yet.
            true,
        ),
        300..=399 => (
            format!("it was sent elsewhere with {number}, and the cloud does not follow"),
            "give the address it is sent to",
            false,
        ),
        502..=504 | 520..=530 => (
            format!("it was answered {number}: the way is there and does not reach the listener"),
            "check that its far end leads to the address of the listener",
            true,
        ),
        _ => (
            format!("it was answered {number}"),
            "check what answers at that address",
            false,
        ),
    }
}
