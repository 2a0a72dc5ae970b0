//! What is said of the profile's tunnel.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    cli::{
        self,
        checks::{finding::Finding, listener::ListenerCheck, tunnel::TunnelProof},
        profile::Pointing,
    },
    config::profile::Profile,
    domain::{app_install, relay::Role},
    rt::{clock, shutdown::Shutdown, tls::Trust},
};

const TUNNEL: &str = "tunnel";

/// How long canaries are sent through an address that is new.
const PATIENCE: Duration = Duration::from_secs(12);
/// A ticket that ends within this many seconds is worth a word.
const SOON: i64 = 3 * 24 * 60 * 60;

/// Opens the profile's tunnel to the listener and sends a canary through it; with what was found
/// comes the public address.
pub(super) async fn check(
    listener: &ListenerCheck,
    profile: &Profile,
    trust: &Trust,
    device: Option<&str>,
    shutdown: &Shutdown,
) -> (Finding, Option<String>) {
    match Pointing::of(profile) {
        Err(error) => {
            let remedy = "change the profile: as it is, the phone does not start";
            let finding = Finding::of_error(TUNNEL, &cli::in_words(&error), remedy);
            return (finding, None);
        }
        Ok(Pointing::ByHand) => {
            let why =
                "the settings name none: webhooks come in only if you lead them to the listener";
            return (Finding::skipped(TUNNEL, why), None);
        }
        Ok(Pointing::Borrowed | Pointing::Tunnel) => {}
    }
    let device = device.map_or_else(|| format!("doctor-{}", Uuid::new_v4()), str::to_owned);
    let tried = listener.tunnel(profile, trust, device, None, PATIENCE, shutdown);
    match tried.await {
        Ok(Some(proof)) => (came_through(&proof), Some(proof.public)),
        Ok(None) => {
            let finding = Finding::bad(TUNNEL, "there is no tunnel", "name one in the profile");
            (finding, None)
        }
        Err(fault) => (Finding::bad(TUNNEL, fault.what, fault.hint), None),
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
