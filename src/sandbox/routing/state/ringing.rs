//! How a ring begins and ends, and what is told about it.

use crate::{
    domain::{ids::ConversationId, time::Timestamp},
    sandbox::routing::{
        ring::{Ring, RingPlace, RingState, RoutingTask, TaskChange, ring_id},
        state::{RING, RingProgress, RoutingState, Waiting},
    },
};

impl RoutingState {
    /// Has it ring at a place.
    pub(super) fn begin(&mut self, id: &ConversationId, at: Option<RingPlace>, now: Timestamp) {
        let Some(waiting) = self.waiting.get_mut(id) else {
            return;
        };
        self.queues.leave(&waiting.view);
        // What was handed to an agent who is away rings no longer for their coming back.
        let mut until = now.after(RING);
        match &waiting.progress {
            RingProgress::InQueue => {}
            RingProgress::Rings(Ring { until: end, .. }) => {
                until = *end;
                self.ends.remove(&(*end, id.clone()));
            }
            RingProgress::Rests(end) => {
                self.ends.remove(&(*end, id.clone()));
            }
        }
        self.latest = now.0.max(self.latest + 1);
        self.rings += 1;
        let ring = Ring {
            at: at.clone(),
            id: ring_id(&self.account, id, self.latest),
            number: self.rings,
            until,
        };
        self.ends.insert((until, id.clone()));
        let task = RoutingTask::of(&ring, &waiting.view, RingState::Waiting);
        waiting.progress = RingProgress::Rings(ring);
        let Some(place) = at else {
            return;
        };
        if let Some(stats) = self.agents.stats_mut(&place) {
            stats.ringing += 1;
        }
        let gone = false;
        self.task_changes.push(TaskChange { place, gone, task });
    }

    /// Ends a ring, and tells where it was. It is in its queue then.
    pub(super) fn end_ring(&mut self, id: &ConversationId, state: RingState) {
        let Some(waiting) = self.waiting.get_mut(id) else {
            return;
        };
        let RingProgress::Rings(ring) = &waiting.progress else {
            return;
        };
        self.ends.remove(&(ring.until, id.clone()));
        let task = RoutingTask::of(ring, &waiting.view, state);
        let at = ring.at.clone();
        waiting.progress = RingProgress::InQueue;
        self.queues.join(&waiting.view);
        let Some(place) = at else {
            return;
        };
        if let Some(stats) = self.agents.stats_mut(&place) {
            stats.ringing = stats.ringing.saturating_sub(1);
            stats.taken += u64::from(state == RingState::Accepted);
        }
        for gone in [false, true] {
            let (place, task) = (place.clone(), task.clone());
            self.task_changes.push(TaskChange { place, gone, task });
        }
    }

    /// Ends what rings at a place that is no more; what was handed to its agent waits for it.
    pub(in crate::sandbox::routing) fn silence(&mut self, place: &RingPlace, now: Timestamp) {
        let rings = |one: &Waiting| matches!(&one.progress, RingProgress::Rings(ring) if ring.at.as_ref() == Some(place));
        let found = self.waiting.iter().filter(|(_, one)| rings(one));
        let mut ids: Vec<_> = found.map(|(id, _)| id.clone()).collect();
        ids.sort_unstable();
        for id in ids {
            self.end_ring(&id, RingState::Cancelled);
            let waiting = self.waiting.get(&id);
            if waiting.is_some_and(|one| one.view.suggested.as_ref() == Some(&place.agent)) {
                self.begin(&id, None, now);
            }
        }
    }
}
