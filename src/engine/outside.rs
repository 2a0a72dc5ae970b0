//! What stands between the cloud and the listener, as far as it was proved: the engine opens no
//! conversation whose answers could not come in, and the link bar tells it.

use std::sync::Arc;

use tokio::sync::{Notify, mpsc, watch};

use crate::{engine::notice::Notice, listener::TurnedAway};

/// How the way in stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outside {
    /// The tunnel; `None` where the cloud reaches the listener without one.
    pub tunnel: Option<Lamp>,
    /// The app install; `None` where nobody looks after it.
    pub install: Option<Lamp>,
    /// Whether webhooks can come in as far as anybody knows.
    pub ready: bool,
}

/// One lamp of the link bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lamp {
    /// How it shines.
    pub light: Light,
    /// What it stands for, in one or two words.
    pub name: String,
    /// More about it, for the state of the bench.
    pub says: String,
}

/// How a lamp shines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Light {
    /// It was seen to work.
    Proved,
    /// It is not known yet.
    Waiting,
    /// It does not work.
    Broken,
}

impl Outside {
    /// A cloud on this machine, which needs no way in.
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
            .any(|lamp| lamp.light == Light::Broken)
    }
}

/// Where the engine learns of the way in.
#[derive(Debug)]
pub struct Watch {
    /// How it stands; the latest counts.
    pub state: watch::Receiver<Outside>,
    /// What the user should read of it. Bounded by whoever made it.
    pub notices: mpsc::Receiver<Notice>,
    /// Told when the user wants the way in tried again at once.
    pub again: Arc<Notify>,
    /// What the listener refused before it was a webhook; the latest counts.
    pub turned_away: watch::Receiver<TurnedAway>,
}

impl Watch {
    /// Nothing to look after.
    pub fn near() -> Self {
        Self {
            state: watch::channel(Outside::near()).1,
            notices: mpsc::channel(1).1,
            again: Arc::default(),
            turned_away: watch::channel(TurnedAway::default()).1,
        }
    }
}
