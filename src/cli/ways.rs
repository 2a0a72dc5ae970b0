//! From what a profile says of the way in to a tunnel.

use std::{env, sync::Arc};

use crate::{
    cli::{live::Parts, profile},
    config::profile::{Profile, Source, Way},
    rt::{shutdown::Shutdown, tls::Trust},
    tunnel::{
        Claims, Fault, Plan, Ssh, Tunnel,
        relay::{News, Relay, Settings, Take, TakeCanary},
    },
};

/// What a tunnel leads to besides the listener: a relay hands over what came in by itself.
pub struct End {
    /// Whose certificates to believe.
    pub trust: Trust,
    /// Takes events of a relay.
    pub take: Take,
    /// Takes canaries of a relay.
    pub take_canary: TakeCanary,
}

/// A tunnel, and what a relay tells besides events.
pub type Found = (Box<dyn Tunnel>, Option<News>);

/// The tunnel a profile wants, and where a relay tells what it has to say; `None` for none.
pub fn tunnel(
    profile: &Profile,
    parts: &Parts<'_>,
    claims: Claims,
    device: &str,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<Found>> {
    let end = End {
        trust: parts.trust.clone(),
        take: parts.intake.takes_events(),
        take_canary: parts.intake.takes_canaries(),
    };
    tunnel_to(end, profile, claims, device, shutdown)
}

/// The same, to an end of the caller's own.
pub fn tunnel_to(
    end: End,
    profile: &Profile,
    claims: Claims,
    device: &str,
    shutdown: &Shutdown,
) -> anyhow::Result<Option<Found>> {
    let hidden = hidden(profile);
    let plan = match profile.tunnel.clone() {
        Way::Relay { link, ticket } => {
            let settings = Settings {
                address: link,
                trust: end.trust,
                ticket: Arc::new(move || {
                    let source = ticket.clone();
                    Box::pin(async move {
                        profile::secret(&source, "ticket")
                            .await
                            .map_err(|error| Fault {
                                what: crate::cli::in_words(&error),
                                hint: "then try the way in again".to_owned(),
                                lasting: true,
                            })
                    })
                }),
                device: device.to_owned(),
                claims,
                take: end.take,
                take_canary: end.take_canary,
            };
            let (relay, news) = Relay::new(settings)?;
            return Ok(Some((Box::new(relay), Some(news))));
        }
        way => plan(way),
    };
    Ok(match plan {
        Some(plan) => Some((plan.tunnel(&hidden, shutdown)?, None)),
        None => None,
    })
}

/// How to open a way in that is no relay; `None` when there is none to open.
pub fn plan(way: Way) -> Option<Plan> {
    Some(match way {
        Way::None | Way::Relay { .. } => return None,
        Way::Url(base) => Plan::Url(base),
        Way::Cloudflared { program, named } => Plan::Cloudflared { program, named },
        Way::Ngrok { program, domain } => Plan::Ngrok { program, domain },
        Way::Ssh {
            host,
            port,
            listen,
            public,
            program,
            options,
        } => Plan::Ssh(Ssh {
            host,
            port,
            listen,
            public,
            program,
            options,
        }),
    })
}

/// Variables of the environment that hold secrets, which programs started by us need not see.
pub(super) fn hidden(profile: &Profile) -> Vec<String> {
    let login = profile.login.as_ref().map(|login| &login.password);
    let ticket = match &profile.tunnel {
        Way::Relay { ticket, .. } => Some(ticket),
        _ => None,
    };
    let named = [Some(&profile.secret), login, ticket];
    let named = named
        .into_iter()
        .flatten()
        .filter_map(|source| match source {
            Source::Env(name) => Some(name.clone()),
            _ => None,
        });
    let own = [
        "HANDSET_CLIENT_SECRET",
        "HANDSET_LOGIN_PASSWORD",
        "HANDSET_RELAY_TICKET",
    ];
    named.chain(own.map(ToOwned::to_owned)).collect()
}

/// Who colleagues are told has borrowed an app install: the user and the machine.
pub fn own_name() -> String {
    let variable = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
    let user = variable("USER").or_else(|| variable("LOGNAME"));
    let host = std::fs::read_to_string("/etc/hostname").ok();
    let host = host.or_else(|| variable("HOSTNAME"));
    let host = host
        .as_deref()
        .map(str::trim)
        .filter(|host| !host.is_empty());
    format!(
        "{}@{}",
        user.as_deref().unwrap_or("somebody"),
        host.unwrap_or("some machine")
    )
}

/// What a relay has dropped, for people.
pub fn dropped(events: u64) -> String {
    let events = match events {
        1 => "1 event for you was".to_owned(),
        events => format!("{events} events for you were"),
    };
    format!("{events} dropped by the relay: there was no room for more, or they were too old")
}

/// What to do about that.
pub const DROPPED_HINT: &str = "acknowledged events are not concerned; stay linked, or ask the \
                                relay's operator for a larger --retention-size or --retention";
