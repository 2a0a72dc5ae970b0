//! Agents come, go, and say whether they want conversations.

use crate::{
    domain::{ids::ParticipantId, time::Timestamp},
    sandbox::{
        model::roster::Takes,
        routing::{
            ring::{AgentKind, HandoverCause, RingPlace},
            sessions::{Availability, RoutedAgent, SessionLoad},
            state::RoutingState,
        },
    },
};

impl RoutingState {
    /// An agent has one session more. A built-in agent makes room for the person of its name: what
    /// it owns is that person's.
    pub(super) fn open_session(&mut self, place: &RingPlace, takes: Takes, now: Timestamp) {
        if let Some(here) = self.agents.here.get_mut(place) {
            here.sessions += 1;
            return;
        }
        let here = RoutedAgent {
            takes,
            availability: Availability::Offline,
            sessions: 1,
            subscriptions: 0,
            stats: SessionLoad::default(),
        };
        self.agents.here.insert(place.clone(), here);
        let agent = &place.agent;
        if place.kind == AgentKind::Person && self.agents.built_in(agent).is_some() {
            for (id, _) in self.agents.owned_by(agent) {
                self.hand_over(agent, id, HandoverCause::Replaced);
            }
            self.silence(&RingPlace::built_in(agent), now);
            self.ring_all(now);
        }
    }

    /// An agent has one session less; with the last one it is gone. Its conversations stay its own.
    /// Answers whether it is gone.
    pub(super) fn close_session(
        &mut self,
        place: &RingPlace,
        subscriptions: usize,
        now: Timestamp,
    ) -> bool {
        let Some(here) = self.agents.here.get_mut(place) else {
            return false;
        };
        here.sessions = here.sessions.saturating_sub(1);
        if here.sessions > 0 {
            self.subscribe(place, -signed(subscriptions), now);
            return false;
        }
        here.availability = Availability::Offline;
        self.silence(place, now);
        self.agents.here.remove(place);
        self.ring_all(now);
        true
    }

    /// An agent has so many subscriptions to routing tasks more, or less.
    pub(super) fn subscribe(&mut self, place: &RingPlace, more: isize, now: Timestamp) {
        self.change(place, now, |here| {
            here.subscriptions = here.subscriptions.saturating_add_signed(more);
        });
    }

    /// An agent says whether it wants conversations.
    pub(super) fn set_availability(
        &mut self,
        place: &RingPlace,
        availability: Availability,
        now: Timestamp,
    ) {
        self.change(place, now, |here| here.availability = availability);
    }

    /// How many open conversations a person takes at most, from now on and when they come back;
    /// any number when nothing is said.
    pub(super) fn set_capacity(
        &mut self,
        agent: &ParticipantId,
        capacity: Option<usize>,
        now: Timestamp,
    ) {
        match capacity {
            Some(most) => self.agents.capacities.insert(agent.clone(), most),
            None => self.agents.capacities.remove(agent),
        };
        self.ring_all(now);
    }

    /// Whether an agent wants conversations: what the person says, or else the built-in agent.
    pub(super) fn availability(&self, agent: &ParticipantId) -> Availability {
        let here = self.agents.person(agent);
        let here = here.or_else(|| self.agents.built_in(agent));
        here.map_or(Availability::Offline, |here| here.availability)
    }

    fn change(&mut self, place: &RingPlace, now: Timestamp, change: impl FnOnce(&mut RoutedAgent)) {
        let Some(here) = self.agents.here.get_mut(place) else {
            return;
        };
        let before = (here.is_open(), here.takes_what_is_handed());
        change(here);
        let opens = here.is_open() && !before.0;
        let after = here.takes_what_is_handed();
        let takes = here.takes.clone();
        if before.1 && !after {
            self.silence(place, now);
            self.ring_all(now);
        }
        if opens && place.kind == AgentKind::Person {
            let room = self.agents.room(&place.agent);
            self.relieve(room, |skill| takes.includes(skill));
        }
        if opens || (after && !before.1) {
            self.appeared(&place.agent, now);
        }
    }
}

fn signed(count: usize) -> isize {
    isize::try_from(count).unwrap_or(isize::MAX)
}
