//! Agents on sockets come, go, and say whether they want conversations.

use crate::{
    domain::{ids::ParticipantId, time::Timestamp},
    sandbox::routing::{
        event::AgentEvent,
        ring::PlaceKind,
        sessions::{Availability, SessionLoad, SocketSession},
        state::RoutingState,
    },
};

impl RoutingState {
    /// An agent has one socket more. An agent that stands by under the same name makes room: what it
    /// owns is this agent's.
    pub(super) fn open_socket(
        &mut self,
        agent: &ParticipantId,
        skills: Vec<String>,
        now: Timestamp,
    ) {
        if let Some(seat) = self.sessions.on_sockets.get_mut(agent) {
            seat.sockets += 1;
            return;
        }
        let seat = SocketSession {
            skills,
            availability: Availability::Offline,
            sockets: 1,
            subscriptions: 0,
            stats: SessionLoad::default(),
        };
        self.sessions.on_sockets.insert(agent.clone(), seat);
        let namesake = self.sessions.local.get(agent);
        if namesake.is_some_and(|desk| desk.stands_by) {
            for (id, _) in self.sessions.owned_by(agent) {
                self.send(agent, AgentEvent::Replaced(id), now);
            }
            self.silence(agent, PlaceKind::Local, now);
            self.ring_all(now);
        }
    }

    /// An agent has one socket less; with the last one it is gone. Its conversations stay its own.
    /// Answers whether it is gone.
    pub(super) fn close_socket(
        &mut self,
        agent: &ParticipantId,
        subscriptions: usize,
        now: Timestamp,
    ) -> bool {
        let Some(seat) = self.sessions.on_sockets.get_mut(agent) else {
            return false;
        };
        seat.sockets = seat.sockets.saturating_sub(1);
        if seat.sockets > 0 {
            self.subscribe(agent, -signed(subscriptions), now);
            return false;
        }
        seat.availability = Availability::Offline;
        self.silence(agent, PlaceKind::Socket, now);
        self.sessions.on_sockets.remove(agent);
        self.ring_all(now);
        true
    }

    /// An agent has so many subscriptions to routing tasks more, or less.
    pub(super) fn subscribe(&mut self, agent: &ParticipantId, more: isize, now: Timestamp) {
        self.change(agent, now, |seat| {
            seat.subscriptions = seat.subscriptions.saturating_add_signed(more);
        });
    }

    /// An agent says whether it wants conversations.
    pub(super) fn set_availability(
        &mut self,
        agent: &ParticipantId,
        availability: Availability,
        now: Timestamp,
    ) {
        self.change(agent, now, |seat| seat.availability = availability);
    }

    /// How many open conversations an agent on sockets takes at most, from now on and when it
    /// comes back; any number when nothing is said.
    pub(super) fn set_capacity(
        &mut self,
        agent: &ParticipantId,
        capacity: Option<usize>,
        now: Timestamp,
    ) {
        match capacity {
            Some(most) => self.sessions.capacities.insert(agent.clone(), most),
            None => self.sessions.capacities.remove(agent),
        };
        self.ring_all(now);
    }

    /// Whether an agent wants conversations: what it said, or else whether it has a session.
    pub(super) fn availability(&self, agent: &ParticipantId) -> Availability {
        match self.sessions.on_sockets.get(agent) {
            Some(seat) => seat.availability,
            None if self.sessions.local.contains_key(agent) => Availability::Online,
            None => Availability::Offline,
        }
    }

    fn change(
        &mut self,
        agent: &ParticipantId,
        now: Timestamp,
        change: impl FnOnce(&mut SocketSession),
    ) {
        let Some(seat) = self.sessions.on_sockets.get_mut(agent) else {
            return;
        };
        let before = (seat.is_open(), seat.hears_what_is_handed());
        change(seat);
        let opens = seat.is_open() && !before.0;
        let after = seat.hears_what_is_handed();
        let skills = seat.skills.clone();
        if before.1 && !after {
            self.silence(agent, PlaceKind::Socket, now);
            self.ring_all(now);
        }
        if opens {
            let room = self.sessions.room(agent);
            self.relieve(room, |skill| skills.iter().any(|own| own == skill), now);
        }
        if opens || (after && !before.1) {
            self.appeared(agent, now);
        }
    }
}

fn signed(count: usize) -> isize {
    isize::try_from(count).unwrap_or(isize::MAX)
}
