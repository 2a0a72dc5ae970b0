//! Looking at the floor from above.

use crate::{
    domain::{ids::ParticipantId, time::Timestamp},
    sandbox::{
        agent::floor::{Floor, Standing},
        model::changes::View,
    },
};

/// A conversation nobody has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queued {
    /// Which.
    pub view: View,
    /// At whom it rings.
    pub rings_at: Option<ParticipantId>,
    /// When that ends, or its rest after it was rejected by all.
    pub until: Option<Timestamp>,
}

impl Floor {
    /// Every conversation nobody has taken.
    pub(in crate::sandbox::agent) fn queue(&self) -> Vec<Queued> {
        let waiting = self.waiting.values().map(|one| {
            let (rings_at, until) = match &one.standing {
                Standing::InLine => (None, None),
                Standing::Rings(ring) => {
                    let at = ring.at.as_ref().map(|place| place.agent.clone());
                    (at, Some(ring.until))
                }
                Standing::Rests(until) => (None, Some(*until)),
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
