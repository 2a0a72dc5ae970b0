//! A tunnel tried out: opened, and proved by a canary that comes back through it.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use anyhow::{anyhow, bail};
use tokio::{sync::watch, time::timeout};

use crate::{
    cli::inputs,
    config::profile::{Profile, TunnelSettings},
    domain::{canary::Canary, inbound::Credentials, secret::Secret},
    ingress::{
        listener,
        relay::{Relay, Settings},
        tunnel::{self, Canaries, Claims, Keeper, Local, Pace, Prover, State, Tunnel},
    },
    rt::{shutdown::Shutdown, tls::Trust},
};

/// How long it may take until a canary is back.
const WITHIN: Duration = Duration::from_secs(90);
/// Time for the first canary on an address that is not new: it leads here already, or never will.
const SETTLING: Duration = Duration::from_secs(6);
/// Time for everything to end.
const ENDING: Duration = Duration::from_secs(3);
/// What is answered to webhooks meanwhile: the cloud is to bring them again.
const LATER: u16 = 503;

/// What came of it.
pub(super) enum Proof {
    /// A canary came back within so long.
    Proved(Duration),
    /// There is nothing to prove: nobody opens a way in.
    Nothing,
}

/// Opens the way and sends a canary through it. Webhooks and events that come meanwhile are not
/// taken; they come again.
pub(super) async fn prove(
    profile: &Profile,
    credentials: &Credentials,
    trust: &Trust,
    ticket: Option<Secret>,
) -> anyhow::Result<Proof> {
    let shutdown = Shutdown::new();
    let outcome = attempt(profile, credentials, trust, ticket, &shutdown).await;
    shutdown.stop(ENDING).await;
    outcome
}

async fn attempt(
    profile: &Profile,
    credentials: &Credentials,
    trust: &Trust,
    ticket: Option<Secret>,
    shutdown: &Shutdown,
) -> anyhow::Result<Proof> {
    let canaries = Canaries::default();
    let device = format!("init-{}", uuid::Uuid::new_v4());
    let tunnel: Box<dyn Tunnel> = match &profile.tunnel {
        TunnelSettings::Relay { link, .. } => {
            let ticket = ticket.ok_or_else(|| anyhow!("there is no ticket"))?;
            let canaries = canaries.clone();
            let settings = Settings {
                address: link.clone(),
                trust: trust.clone(),
                ticket: Arc::new(move || Box::pin(std::future::ready(Ok(ticket.clone())))),
                device: device.clone(),
                claims: Claims::default(),
                // Never safe, so never acknowledged: it stays for those it is for.
                take: Arc::new(|_, _| {
                    Box::pin(async { Ok(Box::pin(std::future::pending()) as _) })
                }),
                take_canary: Arc::new(move |request| {
                    land(&canaries, &request.body);
                    Box::pin(std::future::ready(()))
                }),
            };
            Box::new(Relay::new(settings)?.0)
        }
        settings => match tunnel::make(settings.clone(), &[], shutdown)? {
            Some(tunnel) => tunnel,
            None => return Ok(Proof::Nothing),
        },
    };
    let address = profile.bind.unwrap_or((Ipv4Addr::LOCALHOST, 0).into());
    let local = serve(
        address,
        profile.hook_path.clone(),
        canaries.clone(),
        shutdown,
    )
    .await?;
    let prover = Prover::new(credentials.clone(), device, trust, canaries)?;
    let (_alive, activity) = watch::channel(None);
    let mut pace = Pace::default();
    if let TunnelSettings::Url { .. } | TunnelSettings::Relay { .. } = &profile.tunnel {
        pace.settle_within = SETTLING;
    }
    let keeper = Keeper::start_at(pace, tunnel, local, prover, activity, shutdown);
    match timeout(WITHIN, up(keeper.states())).await {
        Ok(outcome) => outcome.map(Proof::Proved),
        Err(_) => bail!("no canary came back within {} s", WITHIN.as_secs()),
    }
}

/// Waits until a canary has come back, or something is wrong: then it is asked about, rather than
/// waited for.
async fn up(mut states: watch::Receiver<State>) -> anyhow::Result<Duration> {
    loop {
        match states.borrow_and_update().clone() {
            State::Up { took, .. } => return Ok(took),
            State::Down { fault, .. } | State::Doubtful { fault, .. } => return Err(fault.into()),
            State::Opening { .. } | State::Open { .. } => {}
        }
        states.changed().await?;
    }
}

/// Takes canaries, and nothing else.
async fn serve(
    address: SocketAddr,
    path: Option<String>,
    canaries: Canaries,
    shutdown: &Shutdown,
) -> anyhow::Result<Local> {
    let socket = inputs::bind_loopback(address).await?;
    let address = socket.local_addr()?;
    let settings = listener::Settings {
        path,
        ..listener::Settings::default()
    };
    let take = move |request: crate::domain::inbound::Request| {
        let landed = land(&canaries, &request.body);
        async move { if landed { 200 } else { LATER } }
    };
    let listener = listener::serve(socket, settings, take, shutdown)?;
    Ok(Local {
        address,
        path: listener.path().to_owned(),
    })
}

fn land(canaries: &Canaries, body: &[u8]) -> bool {
    Canary::read(body).is_some_and(|canary| canaries.landed(&canary))
}
