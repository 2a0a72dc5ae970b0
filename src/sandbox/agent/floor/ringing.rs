//! How a ring begins and ends, and what is told about it.

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId},
        time::Timestamp,
    },
    sandbox::agent::{
        desk::Event,
        floor::{Floor, RING, Standing, Waiting},
        ring::{Call, Kind, Place, Ring, RingState, Task, ring_id},
    },
};

impl Floor {
    /// Has it ring at a place, and answers whether somebody there hears it.
    pub(super) fn begin(&mut self, id: &ConversationId, at: Option<Place>, now: Timestamp) -> bool {
        let Some(waiting) = self.waiting.get_mut(id) else {
            return true;
        };
        self.lines.leave(&waiting.view);
        // What was handed to somebody away rings no longer for their coming back.
        let mut until = now.after(RING);
        match &waiting.standing {
            Standing::InLine => {}
            Standing::Rings(Ring { until: end, .. }) => {
                until = *end;
                self.ends.remove(&(*end, id.clone()));
            }
            Standing::Rests(end) => {
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
        let view = waiting.view.clone();
        let task = Task::of(&ring, &view, RingState::Waiting);
        waiting.standing = Standing::Rings(ring);
        let Some(place) = at else {
            return true;
        };
        if let Some(stats) = self.seats.stats_mut(&place) {
            stats.ringing += 1;
        }
        match place.kind {
            Kind::Desk => self.send(&place.agent, Event::Ring(view), now),
            Kind::Line => {
                self.calls.push(Call {
                    agent: place.agent,
                    gone: false,
                    task,
                });
                true
            }
        }
    }

    /// Ends a ring, and tells where it was. It stands in line then.
    pub(super) fn end_ring(&mut self, id: &ConversationId, state: RingState, now: Timestamp) {
        let Some(waiting) = self.waiting.get_mut(id) else {
            return;
        };
        let Standing::Rings(ring) = &waiting.standing else {
            return;
        };
        self.ends.remove(&(ring.until, id.clone()));
        let task = Task::of(ring, &waiting.view, state);
        let at = ring.at.clone();
        waiting.standing = Standing::InLine;
        self.lines.join(&waiting.view);
        let Some(place) = at else {
            return;
        };
        if let Some(stats) = self.seats.stats_mut(&place) {
            stats.ringing = stats.ringing.saturating_sub(1);
            stats.taken += u64::from(state == RingState::Accepted);
        }
        match place.kind {
            Kind::Desk => {
                self.send(&place.agent, Event::RingEnded(id.clone()), now);
            }
            Kind::Line => {
                for gone in [false, true] {
                    self.calls.push(Call {
                        agent: place.agent.clone(),
                        gone,
                        task: task.clone(),
                    });
                }
            }
        }
    }

    /// Ends what rings at a place that is no more; what was handed to its agent waits for it.
    pub(in crate::sandbox::agent) fn silence(
        &mut self,
        agent: &ParticipantId,
        kind: Kind,
        now: Timestamp,
    ) {
        let place = Place {
            agent: agent.clone(),
            kind,
        };
        let rings = |one: &Waiting| matches!(&one.standing, Standing::Rings(ring) if ring.at.as_ref() == Some(&place));
        let found = self.waiting.iter().filter(|(_, one)| rings(one));
        let mut ids: Vec<_> = found.map(|(id, _)| id.clone()).collect();
        ids.sort_unstable();
        for id in ids {
            self.end_ring(&id, RingState::Cancelled, now);
            let waiting = self.waiting.get(&id);
            if waiting.is_some_and(|one| one.view.suggested.as_ref() == Some(agent)) {
                self.begin(&id, None, now);
            }
        }
    }
}
