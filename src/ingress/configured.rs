//! The tunnel a profile wants, the link to a relay included.

use std::sync::Arc;

use crate::{
    config::{
        profile::{Profile, Source, TunnelSettings},
        setting::Setting,
        words::ValueKind,
    },
    ingress::{
        relay::{FetchTicket, News, Relay, RelaySettings, Take, TakeCanary},
        tunnel::{self, Claims, Outage, Tunnel},
    },
    rt::{shutdown::Shutdown, tls::Trust},
};

/// What a relay needs besides the profile, for it hands over by itself what comes in.
pub struct RelayEnd {
    /// Whose certificates to believe.
    pub trust: Trust,
    /// Gives the ticket; where the profile says, unless it is known already.
    pub ticket: Option<FetchTicket>,
    /// The id of this device.
    pub device: String,
    /// What this device opened or plays.
    pub claims: Claims,
    /// Takes events.
    pub take: Take,
    /// Takes canaries.
    pub take_canary: TakeCanary,
}

/// A tunnel, and what a relay tells besides events.
pub type Configured = (Box<dyn Tunnel>, Option<News>);

/// The tunnel of a profile, which is not open yet; `None` where it wants none.
pub fn tunnel(
    profile: &Profile,
    end: RelayEnd,
    shutdown: &Shutdown,
) -> Result<Option<Configured>, Outage> {
    let TunnelSettings::Relay { link, ticket } = &profile.tunnel else {
        let made = tunnel::make(profile.tunnel.clone(), &hidden(profile), shutdown)?;
        return Ok(made.map(|tunnel| (tunnel, None)));
    };
    let settings = RelaySettings {
        address: link.clone(),
        trust: end.trust,
        ticket: end.ticket.unwrap_or_else(|| fetch(ticket.clone())),
        device: end.device,
        claims: end.claims,
        take: end.take,
        take_canary: end.take_canary,
    };
    let (relay, news) = Relay::new(settings).map_err(|error| {
        let words = error.to_string();
        let (what, hint) = words
            .split_once("; ")
            .unwrap_or((&words, "change the link"));
        Outage::lasting(what, hint)
    })?;
    Ok(Some((Box::new(relay), Some(news))))
}

/// Reads the ticket anew for every link.
fn fetch(ticket: Source) -> FetchTicket {
    Arc::new(move || {
        let ticket = ticket.clone();
        Box::pin(async move {
            ticket.read().await.map_err(|error| {
                Outage::lasting(
                    format!("there is no ticket: {error}"),
                    "then try the tunnel again",
                )
            })
        })
    })
}

/// Variables of the environment that hold secrets, which programs started by us need not see.
fn hidden(profile: &Profile) -> Vec<String> {
    let login = profile.login.as_ref().map(|login| &login.password);
    let ticket = match &profile.tunnel {
        TunnelSettings::Relay { ticket, .. } => Some(ticket),
        _ => None,
    };
    let sources = [Some(&profile.secret), login, ticket];
    let named = sources
        .into_iter()
        .flatten()
        .filter_map(|source| match source {
            Source::Env(name) => Some(name.clone()),
            _ => None,
        });
    let secrets = Setting::ALL
        .iter()
        .filter(|one| one.row().kind == ValueKind::Secret);
    let own = secrets.filter_map(|setting| setting.row().variable.map(ToOwned::to_owned));
    named.chain(own).collect()
}
