//! The conversations that no agent has taken.

use crate::{
    domain::{ids::ParticipantId, time::Timestamp},
    sandbox::{
        model::changes::View,
        routing::state::{RingProgress, RoutingState},
    },
};

/// A conversation that no agent has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Queued {
    pub view: View,
    pub rings_at: Option<ParticipantId>,
    /// When that ends, or its rest after it was rejected by all.
    pub until: Option<Timestamp>,
}

impl RoutingState {
    /// Every conversation that no agent has taken.
    pub(in crate::sandbox::routing) fn queue(&self) -> Vec<Queued> {
        let waiting = self.waiting.values().map(|one| {
            let (rings_at, until) = match &one.progress {
                RingProgress::InQueue => (None, None),
                RingProgress::Rings(ring) => {
                    let at = ring.at.as_ref().map(|place| place.agent.clone());
                    (at, Some(ring.until))
                }
                RingProgress::Rests(until) => (None, Some(*until)),
            };
            Queued {
                view: one.view.clone(),
                rings_at,
                until,
            }
        });
        waiting.collect()
    }
}
