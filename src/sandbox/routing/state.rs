//! Which conversation rings at which agent: decided without tasks, locks or a clock.
//!
//! A new conversation rings at once at the available agent of its skill with the
//! least to do; one that is not taken in time rings at the next. One that was handed
//! to an agent rings there only. What rings nowhere is in a queue. See `agent-side` 4 and 7.

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
        model::{changes::View, roster::Takes},
        routing::{
            event::AgentEvent,
            queue::Queues,
            ring::{
                PlaceKind, Ring, RingPlace, RingState, RoutingTask, TaskChange, conversation_of,
            },
            sessions::{AgentSessions, LocalSession, RingChoice, SessionLoad},
        },
    },
};

/// How long a conversation rings at one agent.
pub(super) const RING: Duration = Duration::from_secs(72);
/// How long one rests that was rejected by all who could take it.
pub(super) const REST: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct RoutingState {
    account: AccountId,
    pub(super) sessions: AgentSessions,
    waiting: HashMap<ConversationId, Waiting>,
    queues: Queues,
    /// When rings and rests end, soonest first.
    ends: BTreeSet<(Timestamp, ConversationId)>,
    /// Suggestions that were turned down or not heard, to be withdrawn. Never more
    /// than there are conversations.
    lapsed: Vec<(ConversationId, ParticipantId)>,
    /// What sockets are to be told; taken after every call.
    task_changes: Vec<TaskChange>,
    /// The milliseconds in the latest `ringId`.
    latest: i64,
    rings: u64,
}

#[derive(Debug)]
struct Waiting {
    view: View,
    progress: RingProgress,
    /// Where it has rung in vain.
    tried: Vec<RingPlace>,
    /// An agent of those rejected it.
    rejected: bool,
}

#[derive(Debug)]
enum RingProgress {
    InQueue,
    Rings(Ring),
    Rests(Timestamp),
}

impl RoutingState {
    pub(super) fn new(account: AccountId) -> Self {
        Self {
            account,
            sessions: AgentSessions::default(),
            waiting: HashMap::new(),
            queues: Queues::default(),
            ends: BTreeSet::new(),
            lapsed: Vec::new(),
            task_changes: Vec::new(),
            latest: 0,
            rings: 0,
        }
    }

    /// Opens an agent's session; an earlier one is closed.
    pub(super) fn open_session(
        &mut self,
        agent: &ParticipantId,
        events: mpsc::Sender<AgentEvent>,
        takes: Takes,
        stands_by: bool,
        now: Timestamp,
    ) {
        self.close_session(agent, now);
        let seat = LocalSession {
            events,
            takes,
            stands_by,
            stats: SessionLoad::default(),
        };
        self.sessions.local.insert(agent.clone(), seat);
        if !stands_by {
            self.relieve(usize::MAX, |skill| takes.includes(skill), now);
        }
        self.appeared(agent, now);
    }

    /// An agent can take conversations who could not before.
    pub(super) fn appeared(&mut self, agent: &ParticipantId, now: Timestamp) {
        self.ring_suggested(agent, now);
        let resting: Vec<_> = self
            .waiting
            .iter()
            .filter(|(_, one)| {
                matches!(one.progress, RingProgress::Rests(_)) && one.view.suggested.is_none()
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in resting {
            self.queue_again(&id);
        }
        self.ring_all(now);
    }

    /// Whether a conversation rings at an agent.
    pub(super) fn rings_at(&self, agent: &ParticipantId, id: &ConversationId) -> bool {
        let waiting = self.waiting.get(id);
        waiting.is_some_and(|one| match &one.progress {
            RingProgress::Rings(ring) => {
                ring.at.as_ref().is_some_and(|place| place.agent == *agent)
            }
            _ => false,
        })
    }

    /// Has those who stand by give back what they own of these skills, so many at most, and
    /// what still rings there.
    pub(super) fn relieve(&mut self, most: usize, skills: impl Fn(&str) -> bool, now: Timestamp) {
        let standing_by = self.sessions.local.iter().filter(|(agent, seat)| {
            // What such an agent owns is taken over by the person of the same name.
            seat.stands_by && !self.sessions.on_sockets.contains_key(*agent)
        });
        let mut given: Vec<(ParticipantId, ConversationId)> = Vec::new();
        for (agent, _) in standing_by {
            for (id, skill) in self.sessions.owned_by(agent) {
                if given.len() < most && skills(&skill) {
                    given.push((agent.clone(), id));
                }
            }
        }
        for (agent, id) in given {
            self.send(&agent, AgentEvent::Relieved(id), now);
        }
        let rings_in_vain = |one: &Waiting| match &one.progress {
            RingProgress::Rings(Ring {
                at: Some(place), ..
            }) => {
                let seat = self.sessions.local.get(&place.agent);
                place.kind == PlaceKind::Local
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
    pub(super) fn take_task_changes(&mut self) -> Vec<TaskChange> {
        std::mem::take(&mut self.task_changes)
    }

    /// What rings at an agent's sockets now.
    pub(super) fn ringing_at(&self, agent: &ParticipantId) -> Vec<TaskChange> {
        let mut found: Vec<TaskChange> = self
            .waiting
            .values()
            .filter_map(|one| match &one.progress {
                RingProgress::Rings(ring) => {
                    let place = ring.at.as_ref()?;
                    (place.kind == PlaceKind::Socket && place.agent == *agent).then(|| TaskChange {
                        agent: agent.clone(),
                        gone: false,
                        task: RoutingTask::of(ring, &one.view, RingState::Waiting),
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
        match &self.waiting.get(&id)?.progress {
            RingProgress::Rings(found) if found.id == ring => {
                let at = found.at.as_ref()?;
                (at.agent == *agent).then_some(id)
            }
            _ => None,
        }
    }

    /// Rings, or stops ringing, as the conversation needs it.
    pub(super) fn route(&mut self, view: &View, now: Timestamp) {
        let owner = view.assigned.as_ref().filter(|_| view.main_open);
        let freed = self.sessions.own(&view.id, owner, &view.skill);
        if view.main_open && view.assigned.is_none() {
            self.wait(view, now);
        } else {
            self.settle(view, now);
        }
        if let Some(agent) = freed
            && self.sessions.room(&agent) > 0
        {
            self.ring_all(now);
        }
    }

    fn wait(&mut self, view: &View, now: Timestamp) {
        let Some(waiting) = self.waiting.get_mut(&view.id) else {
            self.queues.join(view);
            let waiting = Waiting {
                view: view.clone(),
                progress: RingProgress::InQueue,
                tried: Vec::new(),
                rejected: false,
            };
            self.waiting.insert(view.id.clone(), waiting);
            self.ring(&view.id, now);
            return;
        };
        let before = std::mem::replace(&mut waiting.view, view.clone());
        if self.queues.has(&before) {
            self.queues.leave(&before);
            self.queues.join(view);
        }
        if before.skill != view.skill || before.suggested != view.suggested {
            // Another queue or another person: the agent it rang at is out of it.
            waiting.tried.clear();
            waiting.rejected = false;
            self.end_ring(&view.id, RingState::Cancelled, now);
            self.queue_again(&view.id);
        }
        self.ring(&view.id, now);
    }

    /// An agent owns it, or it is over.
    fn settle(&mut self, view: &View, now: Timestamp) {
        let Some(waiting) = self.waiting.get(&view.id) else {
            return;
        };
        let accepted = match &waiting.progress {
            RingProgress::Rings(ring) => {
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
        self.queue_again(&view.id);
        if let Some(waiting) = self.waiting.remove(&view.id) {
            self.queues.leave(&waiting.view);
        }
    }

    /// Rings what was handed to an agent who was away.
    fn ring_suggested(&mut self, agent: &ParticipantId, now: Timestamp) {
        let Some(place) = self.sessions.of(agent) else {
            return;
        };
        let theirs = |waiting: &Waiting| {
            let silent =
                matches!(&waiting.progress, RingProgress::Rings(ring) if ring.at.is_none());
            silent && waiting.view.suggested.as_ref() == Some(agent)
        };
        let found = self.waiting.iter().filter(|(_, one)| theirs(one));
        let ids: Vec<_> = found.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.begin(&id, Some(place.clone()), now);
        }
    }

    /// Rings what is in a queue, as far as there are agents.
    pub(super) fn ring_all(&mut self, now: Timestamp) {
        let mut in_vain = BTreeSet::new();
        while let Some(id) = self.queues.first(|skill| !in_vain.contains(skill)) {
            self.ring(&id, now);
            if let Some(waiting) = self.waiting.get(&id)
                && matches!(waiting.progress, RingProgress::InQueue)
            {
                in_vain.insert(waiting.view.skill.clone());
            }
        }
    }

    /// Rings a conversation that is in a queue, if there is an agent.
    pub(super) fn ring(&mut self, id: &ConversationId, now: Timestamp) {
        loop {
            let Some(waiting) = self.waiting.get_mut(id) else {
                return;
            };
            if !matches!(waiting.progress, RingProgress::InQueue) {
                return;
            }
            if let Some(agent) = &waiting.view.suggested {
                // An agent who is away may come back in time.
                let place = self.sessions.of(agent);
                if self.begin(id, place, now) {
                    return;
                }
                continue;
            }
            match self.sessions.choose(&waiting.view.skill, &waiting.tried) {
                RingChoice::Next(place) => {
                    if self.begin(id, Some(place), now) {
                        return;
                    }
                }
                RingChoice::AllTried if waiting.rejected => {
                    let until = now.after(REST);
                    self.queues.leave(&waiting.view);
                    waiting.progress = RingProgress::Rests(until);
                    self.ends.insert((until, id.clone()));
                    return;
                }
                RingChoice::AllTried => {
                    // The one it rang at just now comes last again.
                    let last = waiting.tried.pop();
                    let others = !waiting.tried.is_empty();
                    waiting.tried.clear();
                    waiting.tried.extend(last.filter(|_| others));
                }
                RingChoice::Nobody => return,
            }
        }
    }

    /// Ends its rest.
    fn queue_again(&mut self, id: &ConversationId) {
        if let Some(waiting) = self.waiting.get_mut(id)
            && let RingProgress::Rests(until) = &waiting.progress
        {
            self.ends.remove(&(*until, id.clone()));
            waiting.progress = RingProgress::InQueue;
            self.queues.join(&waiting.view);
        }
    }

    /// Ends rings that no agent answered and tries the next agent.
    pub(super) fn expire_rings(&mut self, now: Timestamp) {
        while let Some((end, id)) = self.ends.first().cloned()
            && end <= now
        {
            let Some(waiting) = self.waiting.get_mut(&id) else {
                self.ends.remove(&(end, id));
                continue;
            };
            let agent = if let RingProgress::Rings(ring) = &waiting.progress {
                let at = ring.at.as_ref().map(|place| place.agent.clone());
                at.or_else(|| waiting.view.suggested.clone())
            } else {
                waiting.tried.clear();
                waiting.rejected = false;
                None
            };
            match agent {
                Some(agent) => self.pass_on(&id, &agent, RingState::Expired, now),
                None => self.queue_again(&id),
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
        let RingProgress::Rings(ring) = &waiting.progress else {
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
            self.queues.leave(&waiting.view);
            waiting.progress = RingProgress::Rests(until);
            self.ends.insert((until, id.clone()));
            self.lapsed.push((id.clone(), agent.clone()));
        }
    }

    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.ends.first().map(|(end, _)| *end)
    }

    /// Whether the agent has it now. One that cannot keep up, or left, loses its session.
    pub(super) fn send(
        &mut self,
        agent: &ParticipantId,
        event: AgentEvent,
        now: Timestamp,
    ) -> bool {
        let Some(seat) = self.sessions.local.get(agent) else {
            return false;
        };
        if seat.events.try_send(event).is_ok() {
            return true;
        }
        self.close_session(agent, now);
        false
    }

    /// Closes an agent's session; what rang there rings elsewhere.
    pub(super) fn close_session(&mut self, agent: &ParticipantId, now: Timestamp) {
        if self.sessions.local.remove(agent).is_none() {
            return;
        }
        self.silence(agent, PlaceKind::Local, now);
        self.ring_all(now);
    }
}
