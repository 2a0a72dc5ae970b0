//! A tunnel tried out: opened, and proved by a canary that comes back through it.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::{
    config::profile::{Profile, TunnelSettings},
    domain::{inbound::Credentials, relay::Welcome},
    ingress::{
        configured::{self, RelayEnd},
        relay::{FetchTicket, Receipt, Take, TakeCanary},
        tunnel::{Canaries, Claims, Local, Prover, TunnelFault},
    },
    rt::{shutdown::Shutdown, tls::Trust},
};

/// Time for a tunnel to get an address.
const OPEN: Duration = Duration::from_secs(25);
/// Pause between the canaries that are sent through a tunnel whose address is new.
const PAUSE: Duration = Duration::from_millis(500);

/// What a tunnel is tried with.
pub(in crate::cli) struct TunnelTrial<'a> {
    pub(in crate::cli) profile: &'a Profile,
    pub(in crate::cli) trust: &'a Trust,
    /// What canaries are signed with; the listener has to know it.
    pub(in crate::cli) credentials: Credentials,
    /// Where canaries land.
    pub(in crate::cli) canaries: Canaries,
    /// Where the listener is.
    pub(in crate::cli) local: &'a Local,
    /// The id of this device, for a relay.
    pub(in crate::cli) device: String,
    /// Gives the ticket; where the profile says, unless it is known already.
    pub(in crate::cli) ticket: Option<FetchTicket>,
    /// Takes canaries of a relay.
    pub(in crate::cli) take_canary: TakeCanary,
    /// How long canaries are sent through an address that is new.
    pub(in crate::cli) patience: Duration,
}

/// A canary that came back.
pub(in crate::cli) struct TunnelProof {
    /// What settings call the tunnel.
    pub(in crate::cli) kind: &'static str,
    /// The whole public address.
    pub(in crate::cli) public: String,
    /// How long the canary took.
    pub(in crate::cli) took: Duration,
    /// Who one is to the relay, if it is one.
    pub(in crate::cli) welcome: Option<Welcome>,
}

impl TunnelTrial<'_> {
    /// Opens the tunnel and sends a canary through it; `None` where the profile has no tunnel. An
    /// event that a relay hands over meanwhile is not acknowledged, so that it comes again to the
    /// device it is for.
    pub(in crate::cli) async fn run(
        self,
        shutdown: &Shutdown,
    ) -> Result<Option<TunnelProof>, TunnelFault> {
        let end = RelayEnd {
            trust: self.trust.clone(),
            ticket: self.ticket,
            device: self.device.clone(),
            claims: Claims::default(),
            take: never_safe(),
            take_canary: self.take_canary,
        };
        let Some((mut tunnel, news)) = configured::tunnel(self.profile, end, shutdown)? else {
            return Ok(None);
        };
        let kind = tunnel.kind();
        let way = match timeout(OPEN, tunnel.open(self.local)).await {
            Ok(opened) => opened?,
            Err(_) => return Err(late(kind)),
        };
        let prover = Prover::new(self.credentials, self.device, self.trust, self.canaries)?;
        let welcome = news.and_then(|news| news.standing.borrow().clone());
        if let Some(foreign) = welcome.as_ref().and_then(|one| foreign(one, self.profile)) {
            return Err(foreign);
        }
        // An address that was there before needs no time to get known.
        let is_new = !matches!(
            self.profile.tunnel,
            TunnelSettings::Url { .. } | TunnelSettings::Relay { .. }
        );
        let began = Instant::now();
        let took = loop {
            match prover.prove(&way.public).await {
                Ok(took) => break took,
                Err(lost) if lost.lasting || !is_new || began.elapsed() > self.patience => {
                    return Err(lost);
                }
                Err(_) => sleep(PAUSE).await,
            }
        };
        Ok(Some(TunnelProof {
            kind,
            public: way.public.to_string(),
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
fn foreign(welcome: &Welcome, profile: &Profile) -> Option<TunnelFault> {
    let (theirs, ours) = (&welcome.account, &profile.account);
    (theirs != ours).then(|| TunnelFault {
        what: format!("the ticket is for the account {theirs}, and this is {ours}"),
        hint: format!("get a ticket with `handset relay ticket --account {ours}`"),
        lasting: true,
    })
}

fn late(kind: &str) -> TunnelFault {
    let limit = OPEN.as_secs();
    TunnelFault {
        what: format!("cannot open a tunnel by {kind}: there was no address within {limit} s"),
        hint: "check the network, or choose another tunnel".to_owned(),
        lasting: false,
    }
}
