//! A throw-away listener: how fast it takes a webhook. Whether a tunnel leads to it,
//! [`tunnel`](super::tunnel) finds out.

use std::{io, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::{Instant, timeout},
};
use uuid::Uuid;

use crate::{
    cli::{self, checks::finding::Finding, inputs},
    config::{paths, profile::Profile},
    domain::{
        inbound::{ACCOUNT_HEADER, CLIENT_HEADER, Credentials, SIGNATURE_HEADER},
        secret::Secret,
        signature::{Algorithm, sign},
    },
    ingress::{
        intake::Intake,
        listener,
        tunnel::{Canaries, Local},
    },
    rt::shutdown::Shutdown,
    store::{Journal, Start},
};

const LISTENER: &str = "listener";

/// The cloud gives a webhook this long.
const CLOUD_WAITS: Duration = Duration::from_millis(2500);
const SLOW: Duration = Duration::from_secs(1);
/// How often a webhook is posted; the fastest counts, for the first ones warm things up.
const POSTS: usize = 3;
/// What is answered to webhooks that are not ours.
const LATER: u16 = 503;
/// A notification about nothing.
const NOTHING: &[u8] =
    br#"{"kind":"notification","body":{"changes":[]},"type":"ms.MessagingEventNotification"}"#;

/// A listener of its own, with a journal of its own.
pub(in crate::cli) struct ListenerCheck {
    pub(super) credentials: Credentials,
    journal: Journal,
    pub(super) canaries: Canaries,
    pub(super) intake: Intake,
    pub(super) local: Local,
}

impl ListenerCheck {
    /// Starts one with its journal in this folder, for the profile's app install where there is
    /// one. The secret is made up, for all that comes in comes from here.
    pub(in crate::cli) async fn open(
        folder: &Path,
        profile: Option<&Profile>,
        bind: Option<SocketAddr>,
        path: String,
        shutdown: &Shutdown,
    ) -> Result<Self, Finding> {
        let fault = |words: String| Finding::of_error(LISTENER, &words, "choose another --bind");
        let credentials = Credentials {
            account: profile.map_or_else(|| "doctor".into(), |profile| profile.account.clone()),
            client: profile.map_or_else(|| "doctor".into(), |profile| profile.client.clone()),
            secret: Secret::new(Uuid::new_v4().to_string()),
        };
        let opened = Journal::open(&folder.join(paths::JOURNAL), Start::Newest).await;
        let (journal, _) = opened.map_err(|error| fault(error.to_string()))?;
        let socket = inputs::bind_loopback(bind).await;
        let socket = socket.map_err(|error| fault(cli::in_words(&error)))?;
        let address = socket.local_addr();
        let address = address.map_err(|cause| fault(cause.to_string()))?;
        let canaries = Canaries::default();
        let intake = Intake::new(credentials.clone(), journal.clone()).with_canaries(Arc::new({
            let canaries = canaries.clone();
            move |canary| {
                canaries.landed(canary);
            }
        }));
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
    pub(in crate::cli) async fn latency(&self) -> Finding {
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

    pub(in crate::cli) async fn close(self) {
        self.journal.close().await;
    }
}
