//! An agent's way to the cloud: login, refresh and logout over HTTPS, and the socket. See
//! `agent-side` and `domains-and-auth` 6.
//!
//! One task owns session and socket. Requests go in by a bounded channel; answers, notifications
//! and what becomes of the connection come out by another, in the order in which they happened.
//! Each request is answered exactly once: by the cloud, or by the loss that met it.

mod dial;
mod http;
mod keeper;
mod link;
mod places;
mod session;

use std::time::Duration;

use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use url::Url;

pub use crate::domain::outage::Outage;
use crate::{
    client::ums::{http::Http, keeper::Keeper, places::Places, session::Session},
    domain::{
        ids::{AccountId, ParticipantId, RequestId, SkillId},
        near::is_near,
        retry::Problem,
        secret::Secret,
        text::SafeText,
        wire::ums::{
            frame::{Answer, Notification},
            house::Worker,
            request::Request,
        },
    },
    rt::{
        tls::{self, Trust},
        web::{self, Reach},
    },
};

/// Requests that wait to be written. When it is full the caller waits.
const REQUESTS: usize = 64;
/// Events that wait to be taken. When it is full the socket is not read: what the cloud tells
/// waits there, and if it gives up, all of it is asked for again over the next one.
const EVENTS: usize = 1024;

/// What is needed to sit down as an agent.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where domains are looked up, for example `https://adminlogin.liveperson.net`. Plain http is
    /// taken on this machine alone, and then the services must be on it too.
    pub csds: Url,
    /// The account.
    pub account: AccountId,
    /// The login name.
    pub username: String,
    /// The password.
    pub password: Secret,
    /// Whom to believe over TLS besides the platform's roots.
    pub trust: Trust,
    /// How long to wait for what.
    pub times: Times,
}

/// How long to wait for what.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// For a connection.
    pub connect: Duration,
    /// For TLS, and again for the answer to a handshake.
    pub shake: Duration,
    /// For an HTTP request in all.
    pub http: Duration,
    /// For the answer to a request over the socket.
    pub answer: Duration,
    /// Between two pings.
    pub ping: Duration,
    /// The longest silence that is taken for life.
    pub silence: Duration,
    /// Between two refreshes of the login; the vendor recommends three to five minutes.
    pub refresh: Duration,
    /// After this long a connection counts as healthy, and the next pause is short again.
    pub healthy: Duration,
    /// For the farewell: the socket's close, and the logout.
    pub farewell: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            shake: Duration::from_secs(5),
            http: Duration::from_secs(10),
            answer: Duration::from_secs(10),
            ping: Duration::from_secs(30),
            silence: Duration::from_secs(45),
            refresh: Duration::from_mins(4),
            healthy: Duration::from_secs(20),
            farewell: Duration::from_secs(2),
        }
    }
}

/// A request with the number under which it is answered.
#[derive(Debug)]
pub struct Ask {
    /// Comes back with the answer.
    pub request: RequestId,
    /// What is asked.
    pub what: Request,
}

/// What happens to an agent's connection.
#[derive(Debug)]
pub enum Event {
    /// A way to the cloud is being sought.
    Connecting,
    /// The socket is open; nothing was asked over it yet.
    Open(Me),
    /// There is no socket any more, or none came about. Every request that was under way has
    /// been answered.
    Lost {
        /// Why.
        fault: Outage,
        /// How long until the next try; `None` when there is none.
        again: Option<Duration>,
    },
    /// What became of a request.
    Answered {
        /// Which.
        request: RequestId,
        /// What it brought.
        answer: Result<Answer, Problem>,
    },
    /// The cloud tells something.
    Told(Notification),
    /// Who works in the account and what skills it has, as far as the login may see that. Comes
    /// once for every open socket.
    House(House),
}

/// Who sits here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// By full id.
    pub full: ParticipantId,
    /// By PID.
    pub pid: ParticipantId,
}

/// Who works in the account and what skills it has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct House {
    /// By id and name.
    pub skills: Vec<(SkillId, SafeText)>,
    /// The agents.
    pub users: Vec<Worker>,
}

/// Why nothing can be tried at all.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address of the directory is of no use.
    #[error("cannot log in by way of {url}: {reason}; write it as https://host")]
    Address {
        /// Which.
        url: Url,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// No certificate can be judged.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// There can be no HTTP client.
    #[error("cannot set up HTTPS: {}; check the certificates this machine trusts", web::innermost(.0))]
    Https(reqwest::Error),
}

/// A connection that is kept up.
#[derive(Debug)]
pub struct Running {
    /// Where requests go.
    pub asks: mpsc::Sender<Ask>,
    /// What happens.
    pub events: mpsc::Receiver<Event>,
    /// Ends after a logout.
    pub task: JoinHandle<()>,
}

/// Logs in, reads who works in the account and what skills it has, and logs out.
pub async fn house(settings: Settings) -> Result<Result<House, Outage>, Error> {
    let reach = reach(&settings.csds)?;
    let http = http(&settings, reach)?;
    let mut places = Places::new(settings.csds.clone(), settings.account.clone(), reach);
    let session = match Session::open(&settings, &http, &mut places).await {
        Ok(session) => session,
        Err(fault) => return Ok(Err(fault)),
    };
    let house = session.clone().house(http.clone(), places).await;
    session.close(&http, settings.times.farewell).await;
    Ok(Ok(house))
}

fn http(settings: &Settings, reach: Reach) -> Result<Http, Error> {
    let times = &settings.times;
    let client = web::client(reach, times.connect, times.http, &settings.trust);
    Ok(Http::new(client.map_err(Error::Https)?, times.http))
}

/// Logs in, opens the socket and keeps it up until `stop`; then it logs out.
pub fn start(settings: Settings, stop: CancellationToken) -> Result<Running, Error> {
    let reach = reach(&settings.csds)?;
    let http = http(&settings, reach)?;
    let tls = match reach {
        Reach::Plain => None,
        Reach::Local | Reach::Wide => Some(settings.trust.client()?),
    };
    let (asks, inbox) = mpsc::channel(REQUESTS);
    let (outbox, events) = mpsc::channel(EVENTS);
    let keeper = Keeper::new(settings, reach, http, tls, inbox, outbox, stop);
    let task = tokio::spawn(keeper.run());
    Ok(Running { asks, events, task })
}

/// How far requests go, by the address of the directory.
fn reach(csds: &Url) -> Result<Reach, Error> {
    let reason = match (csds.scheme(), is_near(csds)) {
        _ if csds.host().is_none() || csds.cannot_be_a_base() => "it names no host",
        ("http", true) => return Ok(Reach::Plain),
        ("http", false) => "plain http is for this machine alone",
        ("https", true) => return Ok(Reach::Local),
        ("https", false) => return Ok(Reach::Wide),
        _ => "it is neither https nor http",
    };
    Err(Error::Address {
        url: csds.clone(),
        reason,
    })
}
