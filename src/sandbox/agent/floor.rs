//! Which conversation rings at whom: the state behind the desks, without tasks or locks.
//!
//! A new conversation rings at once at the available agent of its skill with the
//! least to do; one that is not taken in time rings at the next. One that was handed
//! to an agent rings there only. See `agent-side` 4 and 7.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use tokio::sync::mpsc;

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId},
        time::Timestamp,
    },
    sandbox::{
        agent::desk::Event,
        cloud::{changes::View, roster::Takes},
    },
};

/// How long a conversation rings at one agent.
pub(super) const RING: Duration = Duration::from_secs(72);

#[derive(Debug, Default)]
pub(super) struct Floor {
    seats: BTreeMap<ParticipantId, Seat>,
    waiting: HashMap<ConversationId, Waiting>,
    /// Suggestions that were turned down or not heard, to be withdrawn. Never more
    /// than there are conversations.
    lapsed: Vec<(ConversationId, ParticipantId)>,
}

#[derive(Debug)]
struct Seat {
    events: mpsc::Sender<Event>,
    takes: Takes,
    /// How many were taken here.
    taken: u64,
}

#[derive(Debug)]
struct Waiting {
    view: View,
    rung: Option<(ParticipantId, Timestamp)>,
    /// Where it has rung in vain.
    tried: Vec<ParticipantId>,
}

impl Floor {
    /// Gives an agent a seat; an earlier one is given up.
    pub(super) fn sit(
        &mut self,
        agent: &ParticipantId,
        events: mpsc::Sender<Event>,
        takes: Takes,
        now: Timestamp,
    ) {
        self.stand_up(agent, now);
        let seat = Seat {
            events,
            takes,
            taken: 0,
        };
        self.seats.insert(agent.clone(), seat);
        self.ring_suggested(agent, now);
        self.ring_all(now);
    }

    /// Whether the agent has a seat.
    pub(super) fn is_seated(&self, agent: &ParticipantId) -> bool {
        self.seats.contains_key(agent)
    }

    /// Suggestions that came to nothing, each told once.
    pub(super) fn take_lapsed(&mut self) -> Vec<(ConversationId, ParticipantId)> {
        std::mem::take(&mut self.lapsed)
    }

    /// Rings, or stops ringing, as the conversation needs it.
    pub(super) fn route(&mut self, view: &View, now: Timestamp) {
        if view.main_open && view.assigned.is_none() {
            let waiting = self.waiting.entry(view.id.clone()).or_insert(Waiting {
                view: view.clone(),
                rung: None,
                tried: Vec::new(),
            });
            let moved =
                waiting.view.skill != view.skill || waiting.view.suggested != view.suggested;
            waiting.view = view.clone();
            if moved {
                // Another queue or another person: whoever it rang at is out of it.
                waiting.tried.clear();
                if let Some((agent, _)) = waiting.rung.take() {
                    self.send(&agent, Event::RingEnded(view.id.clone()), now);
                }
            }
            self.ring(&view.id, now);
            return;
        }
        if let Some(waiting) = self.waiting.remove(&view.id)
            && let Some((agent, _)) = waiting.rung
        {
            if view.assigned.as_ref() == Some(&agent)
                && let Some(seat) = self.seats.get_mut(&agent)
            {
                seat.taken += 1;
            }
            self.send(&agent, Event::RingEnded(view.id.clone()), now);
        }
    }

    /// Rings what was handed to an agent who was away.
    fn ring_suggested(&mut self, agent: &ParticipantId, now: Timestamp) {
        let theirs = |waiting: &&Waiting| waiting.view.suggested.as_ref() == Some(agent);
        let views: Vec<View> = self
            .waiting
            .values()
            .filter(theirs)
            .map(|waiting| waiting.view.clone())
            .collect();
        for view in views {
            self.send(agent, Event::Ring(view), now);
        }
    }

    fn ring_all(&mut self, now: Timestamp) {
        let mut silent: Vec<_> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.rung.is_none())
            .map(|(id, _)| id.clone())
            .collect();
        silent.sort_unstable();
        for id in silent {
            self.ring(&id, now);
        }
    }

    /// Rings a conversation that does not ring yet, if there is anybody.
    pub(super) fn ring(&mut self, id: &ConversationId, now: Timestamp) {
        loop {
            let Some(waiting) = self.waiting.get_mut(id) else {
                return;
            };
            if waiting.rung.is_some() {
                return;
            }
            if let Some(agent) = waiting.view.suggested.clone() {
                // Somebody who is away may come back in time.
                waiting.rung = Some((agent.clone(), now.after(RING)));
                let view = waiting.view.clone();
                self.send(&agent, Event::Ring(view), now);
                return;
            }
            let skill = waiting.view.skill.as_str();
            let free = |tried: &[ParticipantId]| {
                self.seats
                    .iter()
                    .filter(|(agent, seat)| seat.takes.includes(skill) && !tried.contains(agent))
                    .min_by_key(|(_, seat)| seat.taken)
                    .map(|(agent, _)| agent.clone())
            };
            let Some(agent) = free(&waiting.tried).or_else(|| free(&[])) else {
                return;
            };
            waiting.rung = Some((agent.clone(), now.after(RING)));
            let view = waiting.view.clone();
            if self.send(&agent, Event::Ring(view), now) {
                return;
            }
        }
    }

    /// Ends rings nobody answered and tries the next agent.
    pub(super) fn end_rings(&mut self, now: Timestamp) {
        let ended: Vec<_> = self
            .waiting
            .iter()
            .filter_map(|(id, waiting)| {
                let (agent, until) = waiting.rung.as_ref()?;
                (*until <= now).then(|| (id.clone(), agent.clone()))
            })
            .collect();
        for (id, agent) in ended {
            self.pass_on(&id, &agent, now);
            self.ring(&id, now);
        }
    }

    pub(super) fn pass_on(&mut self, id: &ConversationId, agent: &ParticipantId, now: Timestamp) {
        if let Some(waiting) = self.waiting.get_mut(id)
            && waiting.rung.as_ref().is_some_and(|(rung, _)| rung == agent)
        {
            if waiting.view.suggested.as_ref() == Some(agent) {
                // Rings until the suggestion is taken back, which it now is.
                waiting.rung = Some((agent.clone(), now.after(RING)));
                self.lapsed.push((id.clone(), agent.clone()));
                return;
            }
            waiting.rung = None;
            waiting.tried.push(agent.clone());
            self.send(agent, Event::RingEnded(id.clone()), now);
        }
    }

    pub(super) fn next_end(&self) -> Option<Timestamp> {
        self.waiting
            .values()
            .filter_map(|waiting| waiting.rung.as_ref().map(|(_, until)| *until))
            .min()
    }

    /// Whether the agent has it now. One that cannot keep up, or left, loses its seat.
    pub(super) fn send(&mut self, agent: &ParticipantId, event: Event, now: Timestamp) -> bool {
        let Some(seat) = self.seats.get(agent) else {
            return false;
        };
        if seat.events.try_send(event).is_ok() {
            return true;
        }
        self.stand_up(agent, now);
        false
    }

    /// Takes an agent's seat away; what rang there rings elsewhere.
    pub(super) fn stand_up(&mut self, agent: &ParticipantId, now: Timestamp) {
        if self.seats.remove(agent).is_none() {
            return;
        }
        for waiting in self.waiting.values_mut() {
            let handed = waiting.view.suggested.as_ref() == Some(agent);
            if !handed && waiting.rung.as_ref().is_some_and(|(rung, _)| rung == agent) {
                waiting.rung = None;
            }
        }
        self.ring_all(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::ids::DialogId,
        sandbox::cloud::roster::{RILEY, SALES, SAM},
    };

    fn seat(floor: &mut Floor, name: &str) -> (ParticipantId, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(16);
        let agent = ParticipantId::from(name);
        floor.sit(&agent, events, Takes::of(name), Timestamp(0));
        (agent, receiver)
    }

    fn view(assigned: Option<&ParticipantId>) -> View {
        View {
            id: ConversationId::from("c"),
            main: DialogId::from("c"),
            consumer: ParticipantId::from("ada"),
            assigned: assigned.cloned(),
            suggested: None,
            open: true,
            main_open: true,
            skill: "-1".to_owned(),
        }
    }

    #[test]
    fn a_ring_nobody_answers_goes_round() {
        let mut floor = Floor::default();
        let (_, mut kim) = seat(&mut floor, "kim");
        let (_, mut lee) = seat(&mut floor, "lee");
        let start = Timestamp(0);
        floor.route(&view(None), start);
        assert_eq!(kim.try_recv(), Ok(Event::Ring(view(None))));
        assert!(lee.try_recv().is_err(), "one agent at a time");
        let end = start.after(RING);
        assert_eq!(floor.next_end(), Some(end));
        floor.end_rings(Timestamp(end.0 - 1));
        assert!(kim.try_recv().is_err());
        floor.end_rings(end);
        assert_eq!(kim.try_recv(), Ok(Event::RingEnded(view(None).id)));
        assert_eq!(lee.try_recv(), Ok(Event::Ring(view(None))));
        floor.end_rings(end.after(RING));
        assert_eq!(
            kim.try_recv(),
            Ok(Event::Ring(view(None))),
            "later the same again"
        );
    }

    #[test]
    fn the_agent_with_the_least_to_do_is_rung_and_one_who_left_is_not() {
        let mut floor = Floor::default();
        let (kim, mut at_kim) = seat(&mut floor, "kim");
        let (_, mut at_lee) = seat(&mut floor, "lee");
        floor.route(&view(None), Timestamp(0));
        floor.route(&view(Some(&kim)), Timestamp(0));
        assert_eq!(at_kim.try_recv(), Ok(Event::Ring(view(None))));
        assert_eq!(at_kim.try_recv(), Ok(Event::RingEnded(view(None).id)));
        floor.route(&view(None), Timestamp(1));
        assert_eq!(at_lee.try_recv(), Ok(Event::Ring(view(None))));
        floor.stand_up(&ParticipantId::from("lee"), Timestamp(2));
        assert_eq!(at_kim.try_recv(), Ok(Event::Ring(view(None))));
        drop(at_kim);
        floor.end_rings(Timestamp(2).after(RING));
        assert!(floor.seats.is_empty(), "nobody is there to hear it");
        let (_, mut late) = seat(&mut floor, "late");
        floor.ring_all(Timestamp(3));
        assert_eq!(late.try_recv(), Ok(Event::Ring(view(None))));
    }

    #[test]
    fn a_conversation_rings_at_those_of_its_skill_and_moves_with_it() {
        let mut floor = Floor::default();
        let (_, mut riley) = seat(&mut floor, RILEY);
        let (_, mut sam) = seat(&mut floor, SAM);
        floor.route(&view(None), Timestamp(0));
        assert_eq!(riley.try_recv(), Ok(Event::Ring(view(None))));
        let sales = View {
            skill: SALES.id.to_owned(),
            ..view(None)
        };
        floor.route(&sales, Timestamp(1));
        assert_eq!(riley.try_recv(), Ok(Event::RingEnded(sales.id.clone())));
        assert_eq!(sam.try_recv(), Ok(Event::Ring(sales.clone())));
        floor.route(&sales, Timestamp(2));
        assert!(sam.try_recv().is_err(), "it rings there already");
        floor.end_rings(Timestamp(1).after(RING));
        assert!(riley.try_recv().is_err(), "nobody else sells");
    }

    #[test]
    fn a_suggestion_rings_at_one_agent_until_it_lapses() {
        let mut floor = Floor::default();
        let (kim, mut at_kim) = seat(&mut floor, "kim");
        let lee = ParticipantId::from("lee");
        let handed = View {
            suggested: Some(lee.clone()),
            ..view(None)
        };
        floor.route(&handed, Timestamp(0));
        assert!(at_kim.try_recv().is_err());
        let (_, mut at_lee) = seat(&mut floor, "lee");
        assert_eq!(at_lee.try_recv(), Ok(Event::Ring(handed.clone())));
        floor.pass_on(&handed.id, &kim, Timestamp(1));
        assert!(
            floor.take_lapsed().is_empty(),
            "it is not Kim's to turn down"
        );
        floor.end_rings(Timestamp(0).after(RING));
        assert_eq!(floor.take_lapsed(), [(handed.id.clone(), lee)]);
        assert!(floor.take_lapsed().is_empty(), "once");
        floor.route(&view(None), Timestamp(2));
        assert_eq!(at_lee.try_recv(), Ok(Event::RingEnded(handed.id)));
        assert_eq!(at_kim.try_recv(), Ok(Event::Ring(view(None))));
    }
}
