//! Tunnels: how webhooks get from the internet to a listener on this machine.
//!
//! A [`Tunnel`] opens one [`OpenTunnel`]; its [`Keeper`] opens another when it ends, proves with
//! canaries that what is posted to the public address comes in, and tells every change as a
//! [`TunnelState`].

mod claims;
mod cloudflared;
mod drift;
mod keeper;
mod local_api;
mod make;
mod ngrok;
mod program;
mod prover;
mod ssh;
mod url;

use std::{any::Any, fmt, future::Future, net::SocketAddr, pin::Pin, time::Duration};

use ::url::Url;

pub use self::{
    claims::Claims,
    keeper::{Keeper, Pace},
    make::make,
    prover::{Canaries, Prover},
};
pub use crate::domain::outage::Outage;
use crate::domain::time::Timestamp;

/// A future behind a pointer, so that tunnels of several kinds can be one type.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What can be put between the internet and the listener.
pub trait Tunnel: Send {
    /// What it is called on the screen and in a profile: `url`, `relay`, `ssh`, …
    fn kind(&self) -> &'static str;

    /// Opens it; comes back once it has a public address. Safe to cancel: dropping the future
    /// ends whatever was started for it.
    fn open<'a>(&'a mut self, local: &'a Local) -> Boxed<'a, Result<OpenTunnel, Outage>>;
}

/// Where the listener is.
#[derive(Clone, PartialEq, Eq)]
pub struct Local {
    /// Its address on this machine.
    pub address: SocketAddr,
    /// Its path, which is a secret.
    pub path: String,
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("Local");
        told.field("address", &self.address).finish_non_exhaustive()
    }
}

/// An open tunnel. Dropping it closes it.
pub struct OpenTunnel {
    /// The whole public address of the listener, path included.
    pub public: Url,
    /// Resolves when the tunnel has ended by itself, with the reason.
    pub ended: Boxed<'static, Outage>,
    /// What must live as long as the tunnel: a child process, a connection.
    pub held: Box<dyn Any + Send>,
}

impl fmt::Debug for OpenTunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTunnel").finish_non_exhaustive()
    }
}

/// How the tunnel stands. *Up* was proved; nothing else claims to be.
#[derive(Clone, PartialEq, Eq)]
pub enum TunnelState {
    /// Being opened.
    Opening {
        /// 1 for the first try since it was last up.
        attempt: u32,
    },
    /// There is an address, and no canary has come through it yet.
    Open {
        /// The address.
        public: Url,
    },
    /// A canary came through.
    Up {
        /// The address.
        public: Url,
        /// How long the last one took.
        took: Duration,
        /// When it landed.
        at: Timestamp,
    },
    /// The last canary did not come through. Another goes out at once, and if that is lost too
    /// the tunnel is opened anew; one that has just been opened is given time.
    Doubtful {
        /// The address.
        public: Url,
        /// Why it did not.
        fault: Outage,
    },
    /// No tunnel is open.
    Down {
        /// Why.
        fault: Outage,
        /// When it is tried again; `None` when somebody has to do something first.
        retry_in: Option<Duration>,
    },
}

impl TunnelState {
    /// The address, where there is one.
    pub fn public(&self) -> Option<&Url> {
        match self {
            Self::Open { public } | Self::Up { public, .. } | Self::Doubtful { public, .. } => {
                Some(public)
            }
            Self::Opening { .. } | Self::Down { .. } => None,
        }
    }
}

impl fmt::Debug for TunnelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Opening { attempt } => return write!(f, "Opening({attempt})"),
            Self::Down { fault, retry_in } => {
                return write!(f, "Down({fault}, again in {retry_in:?})");
            }
            Self::Open { .. } => "Open",
            Self::Up { .. } => "Up",
            Self::Doubtful { .. } => "Doubtful",
        };
        // Without the path, which nobody must be able to guess.
        write!(
            f,
            "{name}({})",
            self.public().map(url::shown).unwrap_or_default()
        )?;
        match self {
            Self::Doubtful { fault, .. } => write!(f, ": {fault}"),
            _ => Ok(()),
        }
    }
}
