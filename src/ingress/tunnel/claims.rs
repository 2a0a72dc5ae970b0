//! What this device opened or plays, for a relay to know where events go.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::domain::relay::Claim;

/// Claims remembered; past it the oldest is forgotten here, not at the relay.
const MOST: usize = 1024;

/// The claims of this device; clones share them. A relay's link sends them when it is linked,
/// and each new one as it comes; without a relay nobody asks.
#[derive(Debug, Clone)]
pub struct Claims {
    claims: Arc<Mutex<VecDeque<Claim>>>,
    changed: watch::Sender<u64>,
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            claims: Arc::default(),
            changed: watch::Sender::new(0),
        }
    }
}

impl Claims {
    /// Adds a claim; one that is known already changes nothing.
    pub fn add(&self, claim: Claim) {
        let mut claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        if claims.contains(&claim) {
            return;
        }
        if claims.len() == MOST {
            claims.pop_front();
        }
        claims.push_back(claim);
        self.changed.send_modify(|count| *count += 1);
    }

    /// All of them, oldest first.
    pub fn all(&self) -> Vec<Claim> {
        let claims = self.claims.lock().unwrap_or_else(PoisonError::into_inner);
        claims.iter().cloned().collect()
    }

    /// Changes whenever a claim was added.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }
}
