//! A throw-away listener: how fast it takes a webhook, and whether the profile's tunnel leads to
//! it.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};
use uuid::Uuid;

use crate::{
    cli::{
        self,
        checks::{
            finding::Finding,
            tunnel::{TunnelProof, TunnelTrial},
        },
        commands::doctor::data::DataFolder,
        inputs,
        profile::Pointing,
    },
    config::{paths, profile::Profile},
    domain::{
        app_install,
        inbound::{ACCOUNT_HEADER, CLIENT_HEADER, Credentials, SIGNATURE_HEADER},
        relay::Role,
        secret::Secret,
        signature::{Algorithm, sign},
    },
    ingress::{
        intake::{Intake, LISTENER_PATH},
        listener,
        tunnel::{Canaries, Local},
    },
    rt::{clock, shutdown::Shutdown, tls::Trust},
    store::{Journal, Start},
};

const LISTENER: &str = "listener";
const TUNNEL: &str = "tunnel";

/// The cloud gives a webhook this long.
const CLOUD_WAITS: Duration = Duration::from_millis(2500);
/// Past this it is slow.
const SLOW: Duration = Duration::from_secs(1);
/// How often a webhook is posted; the fastest counts, for the first ones warm things up.
const POSTS: usize = 3;
/// How long canaries are sent through an address that is new.
const SETTLE: Duration = Duration::from_secs(12);
/// What is answered to webhooks that are not ours.
const LATER: u16 = 503;
/// A ticket that ends within this many seconds is worth a word.
const SOON: i64 = 3 * 24 * 60 * 60;
/// A notification about nothing.
const NOTHING: &[u8] =
    br#"{"kind":"notification","body":{"changes":[]},"type":"ms.MessagingEventNotification"}"#;

/// A listener of its own, with a journal of its own.
pub(super) struct ListenerCheck {
    credentials: Credentials,
    journal: Journal,
    canaries: Canaries,
    intake: Intake,
    local: Local,
}

/// What a tunnel turned out to be.
pub(super) struct Opened {
    pub(super) finding: Finding,
    /// Its whole public address.
    pub(super) public: Option<String>,
}

impl ListenerCheck {
    /// Starts one, for the profile's app install where there is one; its secret is made up, for
    /// whatever comes in comes from here.
    pub(super) async fn open(
        data: &DataFolder,
        profile: Option<&Profile>,
        shutdown: &Shutdown,
    ) -> Result<Self, Finding> {
        let fault = |words: String| Finding::of_error(LISTENER, &words, "choose another --bind");
        let credentials = Credentials {
            account: profile.map_or_else(|| "doctor".into(), |profile| profile.account.clone()),
            client: profile.map_or_else(|| "doctor".into(), |profile| profile.client.clone()),
            secret: Secret::new(Uuid::new_v4().to_string()),
        };
        let file = data.scratch.path.join(paths::JOURNAL);
        let opened = Journal::open(&file, Start::Newest).await;
        let (journal, _) = opened.map_err(|error| fault(error.to_string()))?;
        // A phone that runs has the profile's own port.
        let bind = profile.and_then(|profile| profile.bind);
        let bind = bind.filter(|_| !data.phone_runs);
        let bind = bind.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let socket = inputs::bind_loopback(bind).await;
        let socket = socket.map_err(|error| fault(cli::in_words(&error)))?;
        let canaries = Canaries::default();
        let intake = Intake::new(credentials.clone(), journal.clone()).with_canaries(Arc::new({
            let canaries = canaries.clone();
            move |canary| {
                canaries.landed(canary);
            }
        }));
        let address = socket.local_addr();
        let address = address.map_err(|cause| fault(cause.to_string()))?;
        let path = profile.and_then(|profile| profile.hook_path.clone());
        let path = match (path, &data.journal) {
            (Some(path), _) => path,
            // The usual one: what the cloud posts there meanwhile is to come again.
            (None, Some(journal)) => {
                let known = journal.get(LISTENER_PATH).await;
                let known = known.map_err(|error| fault(error.to_string()))?;
                known.unwrap_or_else(listener::fresh_path)
            }
            (None, None) => listener::fresh_path(),
        };
        let settings = listener::ListenerSettings {
            path: Some(path.clone()),
            ..listener::ListenerSettings::default()
        };
        let take = {
            let intake = intake.clone();
            move |request| {
                let intake = intake.clone();
                async move {
                    match intake.take(request).await {
                        200 => 200,
                        // Not ours: the cloud is to bring it again when a phone is there.
                        _ => LATER,
                    }
                }
            }
        };
        listener::serve(socket, settings, take, shutdown)
            .map_err(|error| fault(error.to_string()))?;
        Ok(Self {
            credentials,
            journal,
            canaries,
            intake,
            local: Local { address, path },
        })
    }

    /// Posts signed webhooks and tells how long the fastest took.
    pub(super) async fn latency(&self) -> Finding {
        let mut fastest: Option<Duration> = None;
        for _ in 0..POSTS {
            let began = Instant::now();
            match timeout(CLOUD_WAITS * 2, self.post()).await {
                Ok(Ok(200)) => {
                    let took = began.elapsed();
                    fastest = Some(fastest.map_or(took, |fastest| fastest.min(took)));
                }
                Ok(Ok(status)) => {
                    let says = format!("a signed webhook was answered {status}");
                    let remedy = "look whether the data folder's disk works";
                    return Finding::bad(LISTENER, says, remedy);
                }
                Ok(Err(cause)) => {
                    let says = format!(
                        "a webhook did not reach it at {}: {cause}",
                        self.local.address
                    );
                    let remedy = "look whether something filters connections on this machine";
                    return Finding::bad(LISTENER, says, remedy);
                }
                Err(_) => break,
            }
        }
        let remedy = "put the data folder on a faster disk, with --data-dir";
        let Some(fastest) = fastest.filter(|fastest| *fastest < CLOUD_WAITS) else {
            let says = format!(
                "a webhook took longer than the {} ms the cloud waits",
                CLOUD_WAITS.as_millis()
            );
            return Finding::bad(LISTENER, says, remedy);
        };
        let millis = fastest.as_secs_f64() * 1000.0;
        let says = format!("a signed webhook was kept and answered in {millis:.1} ms");
        if fastest > SLOW {
            return Finding::warning(LISTENER, says, remedy);
        }
        Finding::good(LISTENER, says)
    }

    /// One webhook as the cloud posts it; the status of its answer.
    async fn post(&self) -> io::Result<u16> {
        let Credentials {
            account,
            client,
            secret,
        } = &self.credentials;
        let Local { address, path } = &self.local;
        let signature = sign(Algorithm::Sha1, secret, NOTHING);
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             {ACCOUNT_HEADER}: {account}\r\n{CLIENT_HEADER}: {client}\r\n\
             {SIGNATURE_HEADER}: {signature}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            NOTHING.len()
        );
        let mut stream = TcpStream::connect(address).await?;
        stream
            .write_all(&[head.as_bytes(), NOTHING].concat())
            .await?;
        let mut answer = Vec::new();
        // The listener's own answers are short.
        stream.take(4096).read_to_end(&mut answer).await?;
        let answer = String::from_utf8_lossy(&answer);
        let status = answer
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        status.ok_or_else(|| io::Error::other("what was answered is not HTTP"))
    }

    /// Opens the profile's tunnel to here and sends a canary through it.
    pub(super) async fn tunnel(
        &self,
        profile: &Profile,
        trust: &Trust,
        device: Option<&str>,
        shutdown: &Shutdown,
    ) -> Opened {
        let unled = match Pointing::of(profile) {
            Err(error) => {
                let remedy = "change the profile: as it is, the phone does not start";
                Some(Finding::of_error(TUNNEL, &cli::in_words(&error), remedy))
            }
            Ok(Pointing::ByHand) => Some(Finding::skipped(
                TUNNEL,
                "the settings name none: webhooks come in only if you lead them to the listener",
            )),
            Ok(Pointing::Borrowed | Pointing::Tunnel) => None,
        };
        if let Some(finding) = unled {
            return Opened {
                finding,
                public: None,
            };
        }
        let trial = TunnelTrial {
            profile,
            trust,
            credentials: self.credentials.clone(),
            canaries: self.canaries.clone(),
            local: &self.local,
            device: device.map_or_else(|| format!("doctor-{}", Uuid::new_v4()), str::to_owned),
            ticket: None,
            take_canary: self.intake.takes_canaries(),
            patience: SETTLE,
        };
        match trial.run(shutdown).await {
            Ok(Some(proof)) => Opened {
                finding: came_through(&proof),
                public: Some(proof.public),
            },
            Ok(None) => Opened {
                finding: Finding::bad(TUNNEL, "there is no tunnel", "name one in the profile"),
                public: None,
            },
            Err(fault) => Opened {
                finding: Finding::bad(TUNNEL, fault.what, fault.hint),
                public: None,
            },
        }
    }

    /// Closes its journal.
    pub(super) async fn close(self) {
        self.journal.close().await;
    }
}

/// What is said of a tunnel that works.
fn came_through(proof: &TunnelProof) -> Finding {
    let says = format!(
        "a canary came in through {} at {} in {} ms",
        proof.kind,
        app_install::origin(&proof.public),
        proof.took.as_millis()
    );
    let Some(welcome) = &proof.welcome else {
        return Finding::good(TUNNEL, says);
    };
    let role = match welcome.role {
        Role::Tester => "tester",
        Role::Observer => "observer",
    };
    let left = welcome.until.saturating_sub(clock::unix_millis() / 1000);
    let ends = if left < 2 * 24 * 60 * 60 {
        format!("{} hours", left / 3600)
    } else {
        format!("{} days", left / (24 * 60 * 60))
    };
    let says = format!(
        "{says}; the ticket of {} ({role}) holds for {ends}",
        welcome.name
    );
    if left < SOON {
        let remedy = "get another ticket before then, with `handset relay ticket`";
        return Finding::warning(TUNNEL, says, remedy);
    }
    Finding::good(TUNNEL, says)
}
