//! Where the services live. See `domains-and-auth` 1.
//!
//! Addresses are kept for the life of the process and asked for again after a
//! connection to one of them could not be made.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use url::Url;

use crate::{
    client::connector::{
        cached::{Cached, Held, Worth},
        error::Error,
    },
    domain::{
        near::is_near,
        retry::Problem,
        wire::{directory, fault::Fault},
    },
    rt::web::Reach,
};

/// A service handset calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Service {
    Messaging,
    Sentinel,
    Idp,
    Files,
    Login,
    /// Records of app installs.
    Installs,
}

impl Service {
    /// The name in the directory; letter case matters there.
    pub(in crate::client) fn name(self) -> &'static str {
        match self {
            Self::Messaging => "asyncMessagingEnt",
            Self::Sentinel => "sentinel",
            Self::Idp => "idp",
            Self::Files => "swift",
            Self::Login => "agentVep",
            Self::Installs => "accountConfigReadWrite",
        }
    }
}

/// A service's address and when it was learned.
#[derive(Debug, Clone)]
pub(in crate::client) struct Address {
    pub(in crate::client) base: Url,
    pub(in crate::client) learned: Instant,
}

/// What is known of the directory.
#[derive(Debug, Default)]
pub(in crate::client) struct Directory {
    messaging: Cached<Address>,
    sentinel: Cached<Address>,
    idp: Cached<Address>,
    files: Cached<Address>,
    login: Cached<Address>,
    installs: Cached<Address>,
}

impl Directory {
    pub(in crate::client) fn of(&self, service: Service) -> &Cached<Address> {
        match service {
            Service::Messaging => &self.messaging,
            Service::Sentinel => &self.sentinel,
            Service::Idp => &self.idp,
            Service::Files => &self.files,
            Service::Login => &self.login,
            Service::Installs => &self.installs,
        }
    }
}

/// An address in hand is good until it is doubted, and even then for a while.
pub(in crate::client) fn worth(address: &Held<Address>, at_least: Duration) -> Worth {
    if address.is_doubted && address.value.learned.elapsed() >= at_least {
        Worth::Usable
    } else {
        Worth::Fresh
    }
}

/// How far requests go, by the address of the directory.
pub(in crate::client) fn reach(csds: &Url) -> Result<Reach, Error> {
    let reason = match csds.host() {
        None => "it names no host",
        Some(_) if csds.cannot_be_a_base() => "it is no web address",
        Some(_) => match (csds.scheme(), is_near(csds)) {
            ("http", true) => return Ok(Reach::Plain),
            ("http", false) => return Err(Error::PlainHttp { url: csds.clone() }),
            ("https", true) => return Ok(Reach::Local),
            ("https", false) => return Ok(Reach::Wide),
            _ => "it is neither https nor http",
        },
    };
    Err(Error::Address {
        url: csds.clone(),
        reason,
    })
}

/// Reads the answer of either lookup, in either shape.
pub(in crate::client) fn read(body: &[u8], service: &str, reach: Reach) -> Result<Url, Problem> {
    let answer: Value =
        serde_json::from_slice(body).map_err(|_| Problem::garbled("the domains are not JSON"))?;
    match directory::base(&answer, service) {
        Some(base) => address(base, service, reach),
        None => Err(Problem::Refused {
            fault: Fault {
                status: 404,
                ..Fault::own(&format!("the domains of this account have no {service}"))
            },
        }),
    }
}

/// `host` or `host:port` with the scheme the rule gives it.
fn address(base: &str, service: &str, reach: Reach) -> Result<Url, Problem> {
    let scheme = if reach == Reach::Plain {
        "http"
    } else {
        "https"
    };
    let url = directory::address(scheme, base)
        .ok_or_else(|| Problem::garbled(&format!("{base:?} is no host for {service}")))?;
    if reach == Reach::Plain && !is_near(&url) {
        return Err(Problem::refused(&format!(
            "{service} lives at {base}, and plain http is for this machine alone"
        )));
    }
    Ok(url)
}
