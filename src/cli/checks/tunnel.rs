//! A tunnel tried out: opened, and proved by a canary that comes back through it.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::{
    cli::checks::listener::ListenerCheck,
    config::profile::{Profile, TunnelSettings},
    domain::relay::Welcome,
    ingress::{
        configured::{self, RelayEnd},
        relay::{FetchTicket, Receipt, Take},
        tunnel::{Claims, Outage, Prover},
    },
    rt::{shutdown::Shutdown, tls::Trust},
};

/// Time for a tunnel to get an address.
const OPEN: Duration = Duration::from_secs(25);
/// Pause between the canaries that are sent through a tunnel whose address is new.
const PAUSE: Duration = Duration::from_millis(500);

pub(in crate::cli) struct TunnelProof {
    /// What settings call the tunnel.
    pub(in crate::cli) kind: &'static str,
    /// The whole public address.
    pub(in crate::cli) public: String,
    pub(in crate::cli) took: Duration,
    /// Who one is to the relay, if it is one.
    pub(in crate::cli) welcome: Option<Welcome>,
}

impl ListenerCheck {
    /// Opens the profile's tunnel to here and sends a canary through it; `None` where it has no
    /// tunnel. `ticket` is that of a relay, if it is not where the profile says yet; canaries are
    /// sent for this `patience` through an address that is new.
    ///
    /// An event that a relay hands over meanwhile is not acknowledged, so that it comes again to
    /// the device it is for.
    pub(in crate::cli) async fn tunnel(
        &self,
        profile: &Profile,
        trust: &Trust,
        device: String,
        ticket: Option<FetchTicket>,
        patience: Duration,
        shutdown: &Shutdown,
    ) -> Result<Option<TunnelProof>, Outage> {
        let end = RelayEnd {
            trust: trust.clone(),
            ticket,
            device: device.clone(),
            claims: Claims::default(),
            take: never_safe(),
            take_canary: self.intake.takes_canaries(),
        };
        let Some((mut tunnel, news)) = configured::tunnel(profile, end, shutdown)? else {
            return Ok(None);
        };
        let kind = tunnel.kind();
        let opened = match timeout(OPEN, tunnel.open(&self.local)).await {
            Ok(opened) => opened?,
            Err(_) => return Err(late(kind)),
        };
        let prover = Prover::new(
            self.credentials.clone(),
            device,
            trust,
            self.canaries.clone(),
        )?;
        let welcome = news.and_then(|news| news.standing.borrow().clone());
        if let Some(foreign) = welcome.as_ref().and_then(|one| foreign(one, profile)) {
            return Err(foreign);
        }
        // An address that was there before needs no time to get known.
        let is_new = !matches!(
            profile.tunnel,
            TunnelSettings::Url { .. } | TunnelSettings::Relay { .. }
        );
        let began = Instant::now();
        let took = loop {
            match prover.prove(&opened.public).await {
                Ok(took) => break took,
                Err(lost) if lost.lasting || !is_new || began.elapsed() > patience => {
                    return Err(lost);
                }
                Err(_) => sleep(PAUSE).await,
            }
        };
        Ok(Some(TunnelProof {
            kind,
            public: opened.public.to_string(),
            took,
            welcome,
        }))
    }
}

/// Takes events of a relay and never says that they are safe.
fn never_safe() -> Take {
    std::sync::Arc::new(|_, _| {
        Box::pin(async {
            let never: Receipt = Box::pin(std::future::pending());
            Ok(never)
        })
    })
}

/// A ticket for another account, whose canaries would never come here.
fn foreign(welcome: &Welcome, profile: &Profile) -> Option<Outage> {
    let (theirs, ours) = (&welcome.account, &profile.account);
    (theirs != ours).then(|| {
        Outage::lasting(
            format!("the ticket is for the account {theirs}, and this is {ours}"),
            format!("get a ticket with `handset relay ticket --account {ours}`"),
        )
    })
}

fn late(kind: &str) -> Outage {
    let limit = OPEN.as_secs();
    Outage::passing(
        format!("cannot open a tunnel by {kind}: there was no address within {limit} s"),
        "check the network, or choose another tunnel",
    )
}
