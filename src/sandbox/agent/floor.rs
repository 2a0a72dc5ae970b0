//! Which conversation rings at whom: the state behind desks and sockets, without tasks or locks.
//!
//! A new conversation rings at once at the available agent of its skill with the
//! least to do; one that is not taken in time rings at the next. One that was handed
//! to an agent rings there only. What rings nowhere stands in line. See `agent-side` 4 and 7.

mod ringing;
#[cfg(test)]
mod tests;
pub(super) mod watch;

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use tokio::sync::mpsc;

use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        time::Timestamp,
    },
    sandbox::{
        agent::{
            desk::Event,
            line::Lines,
            ring::{Call, Kind, Place, Ring, RingState, Task, conversation_of},
            seats::{Choice, DeskSeat, Seats, Stats},
        },
        model::{changes::View, roster::Takes},
    },
};

/// How long a conversation rings at one agent.
pub(super) const RING: Duration = Duration::from_secs(72);
/// How long one rests that was rejected by all who could take it.
pub(super) const REST: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Floor {
    account: AccountId,
    pub(super) seats: Seats,
    waiting: HashMap<ConversationId, Waiting>,
    lines: Lines,
    /// When rings and rests end, soonest first.
    ends: BTreeSet<(Timestamp, ConversationId)>,
    /// Suggestions that were turned down or not heard, to be withdrawn. Never more
    /// than there are conversations.
    lapsed: Vec<(ConversationId, ParticipantId)>,
    /// What sockets are to be told; taken after every call.
    calls: Vec<Call>,
    /// The milliseconds in the latest `ringId`.
    latest: i64,
    rings: u64,
}

#[derive(Debug)]
struct Waiting {
    view: View,
    standing: Standing,
    /// Where it has rung in vain.
    tried: Vec<Place>,
    /// Somebody of those did not want it.
    rejected: bool,
}

#[derive(Debug)]
enum Standing {
    InLine,
    Rings(Ring),
    Rests(Timestamp),
}

impl Floor {
    pub(super) fn new(account: AccountId) -> Self {
        Self {
            account,
            seats: Seats::default(),
            waiting: HashMap::new(),
            lines: Lines::default(),
            ends: BTreeSet::new(),
            lapsed: Vec::new(),
            calls: Vec::new(),
            latest: 0,
            rings: 0,
        }
    }

    /// Gives an agent a desk; an earlier one is given up.
    pub(super) fn sit(
        &mut self,
        agent: &ParticipantId,
        events: mpsc::Sender<Event>,
        takes: Takes,
        stands_by: bool,
        now: Timestamp,
    ) {
        self.stand_up(agent, now);
        let seat = DeskSeat {
            events,
            takes,
            stands_by,
            stats: Stats::default(),
        };
        self.seats.desks.insert(agent.clone(), seat);
        if !stands_by {
            self.relieve(usize::MAX, |skill| takes.includes(skill), now);
        }
        self.appeared(agent, now);
    }

    /// Somebody can take conversations who could not before.
    pub(super) fn appeared(&mut self, agent: &ParticipantId, now: Timestamp) {
        self.ring_suggested(agent, now);
        let resting: Vec<_> = self
            .waiting
            .iter()
            .filter(|(_, one)| {
                matches!(one.standing, Standing::Rests(_)) && one.view.suggested.is_none()
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in resting {
            self.stand_in_line(&id);
        }
        self.ring_all(now);
    }

    /// Whether a conversation rings at an agent.
    pub(super) fn rings_at(&self, agent: &ParticipantId, id: &ConversationId) -> bool {
        let waiting = self.waiting.get(id);
        waiting.is_some_and(|one| match &one.standing {
            Standing::Rings(ring) => ring.at.as_ref().is_some_and(|place| place.agent == *agent),
            _ => false,
        })
    }

    /// Has those who stand by give back what they own of these skills, so many at most, and
    /// what still rings there.
    pub(super) fn relieve(&mut self, most: usize, skills: impl Fn(&str) -> bool, now: Timestamp) {
        let standing_by = self.seats.desks.iter().filter(|(agent, seat)| {
            // What such an agent owns is taken over by the person of the same name.
            seat.stands_by && !self.seats.lines.contains_key(*agent)
        });
        let mut given: Vec<(ParticipantId, ConversationId)> = Vec::new();
        for (agent, _) in standing_by {
            for (id, skill) in self.seats.owned_by(agent) {
                if given.len() < most && skills(&skill) {
                    given.push((agent.clone(), id));
                }
            }
        }
        for (agent, id) in given {
            self.send(&agent, Event::Relieved(id), now);
        }
        let rings_in_vain = |one: &Waiting| match &one.standing {
            Standing::Rings(Ring {
                at: Some(place), ..
            }) => {
                let seat = self.seats.desks.get(&place.agent);
                place.kind == Kind::Desk
                    && seat.is_some_and(|seat| seat.stands_by)
                    && one.view.suggested.is_none()
                    && skills(&one.view.skill)
            }
            _ => false,
        };
        let found = self.waiting.iter().filter(|(_, one)| rings_in_vain(one));
        let ids: Vec<_> = found.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.end_ring(&id, RingState::Cancelled, now);
        }
    }

    /// Suggestions that came to nothing, each told once.
    pub(super) fn take_lapsed(&mut self) -> Vec<(ConversationId, ParticipantId)> {
        std::mem::take(&mut self.lapsed)
    }

    /// What sockets are to be told since the last time.
    pub(super) fn take_calls(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.calls)
    }

    /// What rings at an agent's sockets now.
    pub(super) fn ringing_at(&self, agent: &ParticipantId) -> Vec<Call> {
        let mut found: Vec<Call> = self
            .waiting
            .values()
            .filter_map(|one| match &one.standing {
                Standing::Rings(ring) => {
                    let place = ring.at.as_ref()?;
                    (place.kind == Kind::Line && place.agent == *agent).then(|| Call {
                        agent: agent.clone(),
                        gone: false,
                        task: Task::of(ring, &one.view, RingState::Waiting),
                    })
                }
                _ => None,
            })
            .collect();
        found.sort_by_key(|call| call.task.until);
        found
    }

    /// Which conversation a ring that has not ended is about, if it is this agent's.
    pub(super) fn ring_of(&self, agent: &ParticipantId, ring: &str) -> Option<ConversationId> {
        let id = conversation_of(ring);
        match &self.waiting.get(&id)?.standing {
            Standing::Rings(found) if found.id == ring => {
                let at = found.at.as_ref()?;
                (at.agent == *agent).then_some(id)
            }
            _ => None,
        }
    }

    /// Rings, or stops ringing, as the conversation needs it.
    pub(super) fn route(&mut self, view: &View, now: Timestamp) {
        let owner = view.assigned.as_ref().filter(|_| view.main_open);
        let freed = self.seats.own(&view.id, owner, &view.skill);
        if view.main_open && view.assigned.is_none() {
            self.wait(view, now);
        } else {
            self.settle(view, now);
        }
        if let Some(agent) = freed
            && self.seats.room(&agent) > 0
        {
            self.ring_all(now);
        }
    }

    fn wait(&mut self, view: &View, now: Timestamp) {
        let Some(waiting) = self.waiting.get_mut(&view.id) else {
            self.lines.join(view);
            let waiting = Waiting {
                view: view.clone(),
                standing: Standing::InLine,
                tried: Vec::new(),
                rejected: false,
            };
            self.waiting.insert(view.id.clone(), waiting);
            self.ring(&view.id, now);
            return;
        };
        let before = std::mem::replace(&mut waiting.view, view.clone());
        if self.lines.has(&before) {
            self.lines.leave(&before);
            self.lines.join(view);
        }
        if before.skill != view.skill || before.suggested != view.suggested {
            // Another queue or another person: whoever it rang at is out of it.
            waiting.tried.clear();
            waiting.rejected = false;
            self.end_ring(&view.id, RingState::Cancelled, now);
            self.stand_in_line(&view.id);
        }
        self.ring(&view.id, now);
    }

    /// Somebody owns it, or it is over.
    fn settle(&mut self, view: &View, now: Timestamp) {
        let Some(waiting) = self.waiting.get(&view.id) else {
            return;
        };
        let accepted = match &waiting.standing {
            Standing::Rings(ring) => {
                let at = ring.at.as_ref().map(|place| &place.agent);
                view.assigned.is_some() && at == view.assigned.as_ref()
            }
            _ => false,
        };
        let state = if accepted {
            RingState::Accepted
        } else {
            RingState::Cancelled
        };
        self.end_ring(&view.id, state, now);
        self.stand_in_line(&view.id);
        if let Some(waiting) = self.waiting.remove(&view.id) {
            self.lines.leave(&waiting.view);
        }
    }

    /// Rings what was handed to an agent who was away.
    fn ring_suggested(&mut self, agent: &ParticipantId, now: Timestamp) {
        let Some(place) = self.seats.of(agent) else {
            return;
        };
        let theirs = |waiting: &Waiting| {
            let silent = matches!(&waiting.standing, Standing::Rings(ring) if ring.at.is_none());
            silent && waiting.view.suggested.as_ref() == Some(agent)
        };
        let found = self.waiting.iter().filter(|(_, one)| theirs(one));
        let ids: Vec<_> = found.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.begin(&id, Some(place.clone()), now);
        }
    }

    /// Rings what stands in line, as far as there is somebody.
    pub(super) fn ring_all(&mut self, now: Timestamp) {
        let mut in_vain = BTreeSet::new();
        while let Some(id) = self.lines.first(|skill| !in_vain.contains(skill)) {
            self.ring(&id, now);
            if let Some(waiting) = self.waiting.get(&id)
                && matches!(waiting.standing, Standing::InLine)
            {
                in_vain.insert(waiting.view.skill.clone());
            }
        }
    }

    /// Rings a conversation that stands in line, if there is anybody.
    pub(super) fn ring(&mut self, id: &ConversationId, now: Timestamp) {
        loop {
            let Some(waiting) = self.waiting.get_mut(id) else {
                return;
            };
            if !matches!(waiting.standing, Standing::InLine) {
                return;
            }
            if let Some(agent) = &waiting.view.suggested {
                // Somebody who is away may come back in time.
                let place = self.seats.of(agent);
                if self.begin(id, place, now) {
                    return;
                }
                continue;
            }
            match self.seats.choose(&waiting.view.skill, &waiting.tried) {
                Choice::Next(place) => {
                    if self.begin(id, Some(place), now) {
                        return;
                    }
                }
                Choice::AllTried if waiting.rejected => {
                    let until = now.after(REST);
                    self.lines.leave(&waiting.view);
                    waiting.standing = Standing::Rests(until);
                    self.ends.insert((until, id.clone()));
                    return;
                }
                Choice::AllTried => {
                    // The one it rang at just now comes last again.
                    let last = waiting.tried.pop();
                    let others = !waiting.tried.is_empty();
                    waiting.tried.clear();
                    waiting.tried.extend(last.filter(|_| others));
                }
                Choice::Nobody => return,
            }
        }
    }

    /// Ends its rest.
    fn stand_in_line(&mut self, id: &ConversationId) {
        if let Some(waiting) = self.waiting.get_mut(id)
            && let Standing::Rests(until) = &waiting.standing
        {
            self.ends.remove(&(*until, id.clone()));
            waiting.standing = Standing::InLine;
            self.lines.join(&waiting.view);
        }
    }

    /// Ends rings nobody answered and tries the next agent.
    pub(super) fn end_rings(&mut self, now: Timestamp) {
        while let Some((end, id)) = self.ends.first().cloned()
            && end <= now
        {
            let Some(waiting) = self.waiting.get_mut(&id) else {
                self.ends.remove(&(end, id));
                continue;
            };
            let agent = if let Standing::Rings(ring) = &waiting.standing {
                let at = ring.at.as_ref().map(|place| place.agent.clone());
                at.or_else(|| waiting.view.suggested.clone())
            } else {
                waiting.tried.clear();
                waiting.rejected = false;
                None
            };
            match agent {
                Some(agent) => self.pass_on(&id, &agent, RingState::Expired, now),
                None => self.stand_in_line(&id),
            }
            self.ring(&id, now);
        }
    }

    /// Ends a ring at an agent who did not take it.
    pub(super) fn pass_on(
        &mut self,
        id: &ConversationId,
        agent: &ParticipantId,
        state: RingState,
        now: Timestamp,
    ) {
        let Some(waiting) = self.waiting.get_mut(id) else {
            return;
        };
        let Standing::Rings(ring) = &waiting.standing else {
            return;
        };
        let handed = waiting.view.suggested.as_ref() == Some(agent);
        match &ring.at {
            Some(place) if place.agent == *agent => waiting.tried.push(place.clone()),
            None if handed => {}
            _ => return,
        }
        waiting.rejected |= state == RingState::Rejected;
        self.end_ring(id, state, now);
        if handed && let Some(waiting) = self.waiting.get_mut(id) {
            // It rests until the suggestion is taken back, which it now is.
            let until = now.after(RING);
            self.lines.leave(&waiting.view);
            waiting.standing = Standing::Rests(until);
            self.ends.insert((until, id.clone()));
            self.lapsed.push((id.clone(), agent.clone()));
        }
    }

    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.ends.first().map(|(end, _)| *end)
    }

    /// Whether the agent has it now. One that cannot keep up, or left, loses its desk.
    pub(super) fn send(&mut self, agent: &ParticipantId, event: Event, now: Timestamp) -> bool {
        let Some(seat) = self.seats.desks.get(agent) else {
            return false;
        };
        if seat.events.try_send(event).is_ok() {
            return true;
        }
        self.stand_up(agent, now);
        false
    }

    /// Takes an agent's desk away; what rang there rings elsewhere.
    pub(super) fn stand_up(&mut self, agent: &ParticipantId, now: Timestamp) {
        if self.seats.desks.remove(agent).is_none() {
            return;
        }
        self.silence(agent, Kind::Desk, now);
        self.ring_all(now);
    }
}
