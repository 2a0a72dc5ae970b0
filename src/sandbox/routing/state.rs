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

use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        time::Timestamp,
    },
    sandbox::{
        model::changes::View,
        routing::{
            queue::Queues,
            ring::{
                AgentKind, Handover, HandoverCause, Ring, RingPlace, RingState, RoutingTask,
                TaskChange, conversation_of,
            },
            sessions::{RingChoice, RoutedAgents},
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
    pub(super) agents: RoutedAgents,
    waiting: HashMap<ConversationId, Waiting>,
    queues: Queues,
    /// When rings and rests end, soonest first.
    ends: BTreeSet<(Timestamp, ConversationId)>,
    /// Suggestions that were turned down or not heard, to be withdrawn. Never more
    /// than there are conversations.
    lapsed: Vec<(ConversationId, ParticipantId)>,
    /// What agents are to be told; both are taken after every call.
    task_changes: Vec<TaskChange>,
    handovers: Vec<(ParticipantId, Handover)>,
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
            agents: RoutedAgents::default(),
            waiting: HashMap::new(),
            queues: Queues::default(),
            ends: BTreeSet::new(),
            lapsed: Vec::new(),
            task_changes: Vec::new(),
            handovers: Vec::new(),
            latest: 0,
            rings: 0,
        }
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

    /// Has built-in agents give back what they own of these skills, so many at most, and what
    /// still rings there.
    pub(super) fn relieve(&mut self, most: usize, skills: impl Fn(&str) -> bool) {
        let built_in = self.agents.here.keys().filter(|place| {
            // What such an agent owns is taken over by the person of the same name.
            place.kind == AgentKind::BuiltIn && self.agents.person(&place.agent).is_none()
        });
        let owned = built_in.flat_map(|place| {
            let owned = self.agents.owned_by(&place.agent).into_iter();
            owned.map(|(id, skill)| (place.agent.clone(), id, skill))
        });
        let given = owned.filter(|(.., skill)| skills(skill)).take(most);
        for (agent, id, _) in given.collect::<Vec<_>>() {
            self.hand_over(&agent, id, HandoverCause::Relieved);
        }
        let rings_in_vain = |one: &Waiting| match &one.progress {
            RingProgress::Rings(Ring {
                at: Some(place), ..
            }) => {
                place.kind == AgentKind::BuiltIn
                    && one.view.suggested.is_none()
                    && skills(&one.view.skill)
            }
            _ => false,
        };
        let found = self.waiting.iter().filter(|(_, one)| rings_in_vain(one));
        let ids: Vec<_> = found.map(|(id, _)| id.clone()).collect();
        for id in ids {
            self.end_ring(&id, RingState::Cancelled);
        }
    }

    /// Has a built-in agent told that a conversation changes hands.
    pub(super) fn hand_over(
        &mut self,
        agent: &ParticipantId,
        id: ConversationId,
        cause: HandoverCause,
    ) {
        let handover = Handover {
            conversation_id: id,
            cause,
        };
        self.handovers.push((agent.clone(), handover));
    }

    /// Suggestions that came to nothing, each told once.
    pub(super) fn take_lapsed(&mut self) -> Vec<(ConversationId, ParticipantId)> {
        std::mem::take(&mut self.lapsed)
    }

    /// What built-in agents are to be told since the last time.
    pub(super) fn take_handovers(&mut self) -> Vec<(ParticipantId, Handover)> {
        std::mem::take(&mut self.handovers)
    }

    /// What agents are to be told of routing tasks since the last time.
    pub(super) fn take_task_changes(&mut self) -> Vec<TaskChange> {
        std::mem::take(&mut self.task_changes)
    }

    /// What rings at a place now.
    pub(super) fn ringing_at(&self, place: &RingPlace) -> Vec<TaskChange> {
        let ringing = self.waiting.values().filter_map(|one| match &one.progress {
            RingProgress::Rings(ring) if ring.at.as_ref() == Some(place) => Some(TaskChange {
                place: place.clone(),
                gone: false,
                task: RoutingTask::of(ring, &one.view, RingState::Waiting),
            }),
            _ => None,
        });
        let mut found: Vec<TaskChange> = ringing.collect();
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
        let freed = self.agents.own(&view.id, owner, &view.skill);
        if view.main_open && view.assigned.is_none() {
            self.wait(view, now);
        } else {
            self.settle(view);
        }
        if let Some(agent) = freed
            && self.agents.room(&agent) > 0
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
            self.end_ring(&view.id, RingState::Cancelled);
            self.queue_again(&view.id);
        }
        self.ring(&view.id, now);
    }

    /// An agent owns it, or it is over.
    fn settle(&mut self, view: &View) {
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
        self.end_ring(&view.id, state);
        self.queue_again(&view.id);
        if let Some(waiting) = self.waiting.remove(&view.id) {
            self.queues.leave(&waiting.view);
        }
    }

    /// Rings what was handed to an agent who was away.
    fn ring_suggested(&mut self, agent: &ParticipantId, now: Timestamp) {
        let Some(place) = self.agents.place_of(agent) else {
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
                let place = self.agents.place_of(agent);
                return self.begin(id, place, now);
            }
            match self.agents.choose(&waiting.view.skill, &waiting.tried) {
                RingChoice::Next(place) => return self.begin(id, Some(place), now),
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
        self.end_ring(id, state);
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
}
