//! The tester's end of a relay: one WebSocket, over which webhooks come and claims go.
//!
//! What comes is handed to the intake, in order, and acknowledged once it is safe; what
//! was not acknowledged comes again over the next link.

mod acks;
mod dial;
mod link;
mod pace;

use std::{fmt, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinSet,
    time::timeout,
};
use url::{Host, Url};

use crate::{
    domain::{
        inbound::Request,
        relay::{Claim, Origin, Welcome},
        secret::Secret,
    },
    ingress::{
        relay::link::Link,
        tunnel::{Boxed, Claims, Local, OpenTunnel, Outage, Tunnel},
    },
    rt::{
        dial::Wire,
        tls::{self, Trust},
    },
};

/// Time for the ticket, which a command may have to fetch.
const TICKET: Duration = Duration::from_secs(30);
/// Refusals that wait to be told. When it is full a refusal is in the log alone.
const REFUSALS: usize = 64;
/// Counts of dropped events that wait to be told. When it is full the relay says it again later.
const DROPPED: usize = 4;

/// Resolves once an event is safe, or with the reason why it is not.
pub type Receipt = Boxed<'static, Result<(), String>>;
/// Takes an event. The first future resolves when the event has its place behind earlier ones,
/// the receipt in it when it is safe.
pub type Take =
    Arc<dyn Fn(Origin, Request) -> Boxed<'static, Result<Receipt, String>> + Send + Sync>;
/// Takes a canary.
pub type TakeCanary = Arc<dyn Fn(Request) -> Boxed<'static, ()> + Send + Sync>;
/// Fetches the ticket, anew for every link.
pub type FetchTicket = Arc<dyn Fn() -> Boxed<'static, Result<Secret, Outage>> + Send + Sync>;

/// What a link needs.
#[derive(Clone)]
pub struct RelaySettings {
    /// Where the relay takes links, `wss://…` or, on this machine, `ws://…`.
    pub address: Url,
    /// Whose certificates to believe.
    pub trust: Trust,
    /// Gives the ticket.
    pub ticket: FetchTicket,
    /// The id of this device: the same from start to start.
    pub device: String,
    /// What this device opened or plays.
    pub claims: Claims,
    /// Takes what comes in.
    pub take: Take,
    /// Takes canaries that come in.
    pub take_canary: TakeCanary,
}

impl fmt::Debug for RelaySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelaySettings").finish_non_exhaustive()
    }
}

/// Why there can be no link to an address.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// It is no address of a relay.
    #[error(
        "{0} is no address of a relay; write ws:// or wss:// with a host, as the relay's `link` says"
    )]
    Address(String),
    /// It is not on this machine, and not encrypted.
    #[error(
        "cannot link to {0} without TLS: tickets and events would be readable on the way; use its wss:// address"
    )]
    Plain(String),
    /// No certificate can be judged.
    #[error(transparent)]
    Tls(#[from] tls::Error),
}

/// A claim that the relay did not keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which.
    pub claim: Claim,
    /// Why, in the relay's words.
    pub reason: String,
}

/// What a relay says besides events.
#[derive(Debug)]
pub struct News {
    /// Who one is to it, while there is a link; its `peers` is kept current.
    pub standing: watch::Receiver<Option<Welcome>>,
    /// Claims it refused.
    pub refusals: mpsc::Receiver<Refusal>,
    /// How many events it has dropped, each time it says so.
    pub dropped: mpsc::Receiver<u64>,
}

/// The link to a relay, as a tunnel.
pub struct Relay {
    settings: RelaySettings,
    target: dial::Target,
    standing: watch::Sender<Option<Welcome>>,
    refusals: mpsc::Sender<Refusal>,
    dropped: mpsc::Sender<u64>,
    has_linked: bool,
}

impl fmt::Debug for Relay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Relay").finish_non_exhaustive()
    }
}

impl Relay {
    /// A relay at an address; nothing is dialled yet.
    pub fn new(settings: RelaySettings) -> Result<(Self, News), RelayError> {
        let target = target(&settings)?;
        let (standing, standing_receiver) = watch::channel(None);
        let (refusals, refusals_receiver) = mpsc::channel(REFUSALS);
        let (dropped, dropped_receiver) = mpsc::channel(DROPPED);
        let relay = Self {
            dropped,
            settings,
            target,
            standing,
            refusals,
            has_linked: false,
        };
        let news = News {
            standing: standing_receiver,
            refusals: refusals_receiver,
            dropped: dropped_receiver,
        };
        Ok((relay, news))
    }

    /// Opens a link, as [`Tunnel::open`] does.
    pub async fn link(&mut self) -> Result<OpenTunnel, Outage> {
        self.open_link(None).await
    }

    /// Opens a link over a connection to the relay that is there already.
    pub async fn link_over(&mut self, wire: Box<dyn Wire>) -> Result<OpenTunnel, Outage> {
        self.open_link(Some(wire)).await
    }

    async fn open_link(&mut self, wire: Option<Box<dyn Wire>>) -> Result<OpenTunnel, Outage> {
        self.standing.send_replace(None);
        let ticket = timeout(TICKET, (self.settings.ticket)());
        let ticket = ticket.await.unwrap_or_else(|_| {
            Err(Outage::passing(
                format!("the ticket did not come within {} s", TICKET.as_secs()),
                "check the command that prints it",
            ))
        })?;
        let socket = dial::dial(&self.target, &ticket, self.has_linked, wire).await?;
        drop(ticket);
        let device = self.settings.device.clone();
        let (socket, welcome) = dial::greet(socket, &self.target, device).await?;
        let public = Url::parse(&welcome.public).map_err(|_| {
            Outage::lasting(
                format!(
                    "the relay at {} does not know its own address",
                    self.target.shown
                ),
                "its operator has to give it --public-url",
            )
        })?;
        self.has_linked = true;
        self.standing.send_replace(Some(welcome.clone()));
        let link = Link::new(
            socket,
            welcome,
            &self.settings,
            &self.target.shown,
            self.standing.clone(),
            (self.refusals.clone(), self.dropped.clone()),
        );
        let (ending, ended) = oneshot::channel();
        // Dropping the set ends the task.
        let mut held = JoinSet::new();
        held.spawn(async move {
            let fault = link.run().await;
            // The tunnel may have been closed meanwhile.
            let _ = ending.send(fault);
        });
        let shown = self.target.shown.clone();
        Ok(OpenTunnel {
            public,
            ended: Box::pin(async move {
                ended.await.unwrap_or_else(|_| {
                    Outage::passing(
                        format!("the link to the relay at {shown} broke down"),
                        "look into the log",
                    )
                })
            }),
            held: Box::new(held),
        })
    }
}

impl Tunnel for Relay {
    fn kind(&self) -> &'static str {
        "relay"
    }

    /// The listener is not needed: what comes is taken where it comes in.
    fn open<'a>(&'a mut self, _local: &'a Local) -> Boxed<'a, Result<OpenTunnel, Outage>> {
        Box::pin(self.link())
    }
}

/// Where to dial, and how.
fn target(settings: &RelaySettings) -> Result<dial::Target, RelayError> {
    let address = &settings.address;
    let shown = shown(address);
    let is_tls = match address.scheme() {
        "wss" => true,
        "ws" => false,
        _ => return Err(RelayError::Address(shown)),
    };
    let (host, is_local) = match address.host() {
        Some(Host::Domain(name)) if !name.is_empty() => (name.to_owned(), name == "localhost"),
        Some(Host::Ipv4(ip)) => (ip.to_string(), ip.is_loopback()),
        Some(Host::Ipv6(ip)) => (ip.to_string(), ip.is_loopback()),
        _ => return Err(RelayError::Address(shown)),
    };
    let has_user = !address.username().is_empty() || address.password().is_some();
    let Some(port) = address.port_or_known_default().filter(|_| !has_user) else {
        return Err(RelayError::Address(shown));
    };
    if !is_tls && !is_local {
        return Err(RelayError::Plain(shown));
    }
    let tls = if is_tls {
        Some(settings.trust.client()?)
    } else {
        None
    };
    Ok(dial::Target {
        address: address.clone(),
        host,
        port,
        tls,
        shown,
    })
}

/// An address for people: without anything in it that might be a secret.
fn shown(address: &Url) -> String {
    let host = address.host_str().unwrap_or("?");
    match address.port() {
        Some(port) => format!("{}://{host}:{port}", address.scheme()),
        None => format!("{}://{host}", address.scheme()),
    }
}
