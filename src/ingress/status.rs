//! What is known of the tunnel and the app install between the cloud and the listener. The engine
//! opens no conversation whose answers could not come in, and the status bar shows it.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};

use crate::{domain::notice::Notice, ingress::listener::TurnedAway};

/// Whether webhooks can come in, and what they come through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngressStatus {
    /// The tunnel; `None` where the cloud reaches the listener without one.
    pub tunnel: Option<Indicator>,
    /// The app install; `None` where nobody looks after it.
    pub install: Option<Indicator>,
    /// Whether webhooks can come in as far as anybody knows.
    pub ready: bool,
}

/// One indicator of the link bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// Whether it works.
    pub health: Health,
    /// What it stands for, in one or two words.
    pub name: String,
    /// More about it, for the inspector's State tab.
    pub says: String,
}

/// Whether a tunnel or an app install works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It was seen to work.
    Proved,
    /// It is not known yet.
    Waiting,
    /// It does not work.
    Broken,
}

impl IngressStatus {
    /// A cloud on this machine, which needs no tunnel.
    pub fn near() -> Self {
        Self {
            tunnel: None,
            install: None,
            ready: true,
        }
    }

    /// Whether something of it does not work.
    pub fn is_broken(&self) -> bool {
        [&self.tunnel, &self.install]
            .into_iter()
            .flatten()
            .any(|indicator| indicator.health == Health::Broken)
    }
}

/// Where the engine learns of the ingress status.
#[derive(Debug)]
pub struct StatusWatch {
    /// The status; the latest counts.
    pub state: watch::Receiver<IngressStatus>,
    /// What the user should read of it; the maker of the channel bounds it.
    pub notices: mpsc::Receiver<Notice>,
    /// Notified when the user wants the tunnel tried again at once.
    pub again: Arc<Notify>,
    /// What the listener refused before it was a webhook; the latest counts.
    pub turned_away: watch::Receiver<TurnedAway>,
}

impl StatusWatch {
    /// Nothing to look after.
    pub fn near() -> Self {
        Self {
            state: watch::channel(IngressStatus::near()).1,
            notices: mpsc::channel(1).1,
            again: Arc::default(),
            turned_away: watch::channel(TurnedAway::default()).1,
        }
    }
}
