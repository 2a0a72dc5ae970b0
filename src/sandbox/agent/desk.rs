//! Where agents sit: conversations ring, and events come in.
//!
//! What an agent can do about them is [`Hand`]'s.
//!
//! A new conversation rings at once at the available agent with the least to do;
//! one that is not taken in time rings at the next. See `agent-side` 4.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, mpsc};

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId},
        time::Timestamp,
    },
    rt::{clock::unix_millis, shutdown::Shutdown},
    sandbox::{
        agent::hand::Hand,
        cloud::{
            changes::{News, Notice, View},
            roster::Takes,
        },
        hub::Hub,
    },
};

/// Events a desk holds. An agent that lets it fill up loses its seat, as a socket
/// would be closed, and its rings go to others: losing single events would be worse.
const HELD: usize = 4096;
/// How long a conversation rings at one agent.
const RING: Duration = Duration::from_secs(72);

/// What an agent's client learns.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A conversation waits to be taken by this agent.
    Ring(View),
    /// It does not any more: taken, closed or gone to another.
    RingEnded(ConversationId),
    /// A conversation was begun in this agent's name, who owns it without a ring.
    Given(View),
    /// Something happened in a conversation this agent is in.
    News {
        /// Which conversation.
        conversation: ConversationId,
        /// What.
        news: News,
    },
}

/// One agent's place: its events, and its [`Hand`] for actions.
#[derive(Debug)]
pub struct Desk {
    hand: Hand,
    events: mpsc::Receiver<Event>,
}

/// All places of the account.
#[derive(Debug, Default)]
pub struct Desks {
    floor: Mutex<Floor>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Floor {
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

impl Desks {
    /// Starts the task that ends rings nobody answers.
    pub fn run(self: &Arc<Self>, hub: &Arc<Hub>, tasks: &Shutdown) {
        let (this, hub) = (self.clone(), hub.clone());
        let stop = tasks.token();
        tasks.spawn(async move {
            loop {
                let changed = this.changed.notified();
                let lapsed = std::mem::take(&mut this.floor().lapsed);
                for (conversation, agent) in lapsed {
                    let withdrawn = hub.perform(|cloud, now, changes| {
                        cloud.withdraw(now, &agent, &conversation, changes);
                        Ok(())
                    });
                    if let Err(refusal) = withdrawn.await {
                        tracing::warn!(%conversation, %refusal, "a suggestion stays");
                    }
                }
                let next = this.floor().next_end();
                let sleep = next.map_or(RING, |at| at.since(now()));
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = changed => {}
                    () = tokio::time::sleep(sleep) => this.floor().end_rings(now()),
                }
            }
        });
    }

    /// Gives an agent a place, where conversations ring from now on.
    ///
    /// An earlier place of the same agent is given up.
    pub fn sit(&self, hub: &Arc<Hub>, agent: ParticipantId, takes: Takes) -> Desk {
        let (sender, events) = mpsc::channel(HELD);
        let mut floor = self.floor();
        floor.stand_up(&agent, now());
        floor.seats.insert(
            agent.clone(),
            Seat {
                events: sender,
                takes,
                taken: 0,
            },
        );
        floor.ring_suggested(&agent, now());
        floor.ring_all(now());
        drop(floor);
        self.changed.notify_waiters();
        Desk {
            hand: Hand::new(hub, agent),
            events,
        }
    }

    /// Passes a notice on to the agents it concerns. Must be called in order.
    pub fn tell(&self, notice: &Notice) {
        let mut floor = self.floor();
        for agent in &notice.agents {
            floor.send(
                agent,
                Event::News {
                    conversation: notice.conversation.clone(),
                    news: notice.news.clone(),
                },
                now(),
            );
        }
        if let News::Conversation(view) = &notice.news {
            if let Some(agent) = &notice.given {
                floor.send(agent, Event::Given(view.clone()), now());
            }
            floor.route(view, now());
            drop(floor);
            self.changed.notify_waiters();
        }
    }

    /// Has a conversation of an earlier run ring again.
    pub fn recall(&self, view: &View) {
        self.floor().route(view, now());
    }

    /// Ends a ring at an agent that does not want it, and tries the next.
    pub fn pass_on(&self, conversation: &ConversationId, agent: &ParticipantId) {
        let mut floor = self.floor();
        floor.pass_on(conversation, agent, now());
        floor.ring(conversation, now());
        drop(floor);
        self.changed.notify_waiters();
    }

    fn floor(&self) -> MutexGuard<'_, Floor> {
        self.floor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Floor {
    /// Rings, or stops ringing, as the conversation needs it.
    fn route(&mut self, view: &View, now: Timestamp) {
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
    fn ring(&mut self, id: &ConversationId, now: Timestamp) {
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
    fn end_rings(&mut self, now: Timestamp) {
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

    fn pass_on(&mut self, id: &ConversationId, agent: &ParticipantId, now: Timestamp) {
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

    fn next_end(&self) -> Option<Timestamp> {
        self.waiting
            .values()
            .filter_map(|waiting| waiting.rung.as_ref().map(|(_, until)| *until))
            .min()
    }

    /// Whether the agent has it now. One that cannot keep up, or left, loses its seat.
    fn send(&mut self, agent: &ParticipantId, event: Event, now: Timestamp) -> bool {
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
    fn stand_up(&mut self, agent: &ParticipantId, now: Timestamp) {
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

impl Desk {
    /// The next event; `None` when the seat was lost.
    pub async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// What this agent can do.
    pub fn hand(&self) -> Hand {
        self.hand.clone()
    }
}

fn now() -> Timestamp {
    Timestamp(unix_millis())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::DialogId;

    fn seat(floor: &mut Floor, name: &str) -> (ParticipantId, mpsc::Receiver<Event>) {
        let (events, receiver) = mpsc::channel(HELD);
        let agent = ParticipantId::from(name);
        floor.seats.insert(
            agent.clone(),
            Seat {
                events,
                takes: Takes::of(name),
                taken: 0,
            },
        );
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
}
