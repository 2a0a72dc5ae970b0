//! Where agents sit: conversations ring, events come in, actions go out.
//!
//! A new conversation rings at once at the available agent with the least to do;
//! one that is not taken in time rings at the next. See `agent-side` 4.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::Value;
use tokio::sync::{Notify, mpsc};

use crate::{
    domain::{
        ids::{ConversationId, DialogId, ParticipantId, Sequence},
        time::Timestamp,
    },
    rt::{clock::unix_millis, shutdown::Shutdown},
    sandbox::{
        cloud::{
            Actor,
            changes::{News, Notice, View},
            conversation::Event as Published,
            fields::Field,
            publish::Message,
            refusal::Refusal,
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

/// What an agent can do; cheap to clone.
#[derive(Debug, Clone)]
pub struct Hand {
    hub: Arc<Hub>,
    agent: ParticipantId,
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
}

#[derive(Debug)]
struct Seat {
    events: mpsc::Sender<Event>,
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
    pub fn run(self: &Arc<Self>, tasks: &Shutdown) {
        let this = self.clone();
        let stop = tasks.token();
        tasks.spawn(async move {
            loop {
                let changed = this.changed.notified();
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
    pub fn sit(&self, hub: &Arc<Hub>, agent: ParticipantId) -> Desk {
        let (sender, events) = mpsc::channel(HELD);
        let mut floor = self.floor();
        floor.stand_up(&agent);
        floor.seats.insert(
            agent.clone(),
            Seat {
                events: sender,
                taken: 0,
            },
        );
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
            );
        }
        if let News::Conversation(view) = &notice.news {
            floor.route(view, now());
            drop(floor);
            self.changed.notify_waiters();
        }
    }

    /// Has a conversation of an earlier run ring again.
    pub fn recall(&self, view: &View) {
        self.floor().route(view, now());
    }

    fn floor(&self) -> MutexGuard<'_, Floor> {
        self.floor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Floor {
    /// Rings, or stops ringing, as the conversation needs it.
    fn route(&mut self, view: &View, now: Timestamp) {
        if view.open && view.assigned.is_none() {
            self.waiting.entry(view.id.clone()).or_insert(Waiting {
                view: view.clone(),
                rung: None,
                tried: Vec::new(),
            });
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
            self.send(&agent, Event::RingEnded(view.id.clone()));
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
            let free = |tried: &[ParticipantId]| {
                self.seats
                    .iter()
                    .filter(|(agent, _)| !tried.contains(agent))
                    .min_by_key(|(_, seat)| seat.taken)
                    .map(|(agent, _)| agent.clone())
            };
            let Some(agent) = free(&waiting.tried).or_else(|| free(&[])) else {
                return;
            };
            waiting.rung = Some((agent.clone(), now.after(RING)));
            let view = waiting.view.clone();
            if self.send(&agent, Event::Ring(view)) {
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
            self.pass_on(&id, &agent);
            self.ring(&id, now);
        }
    }

    fn pass_on(&mut self, id: &ConversationId, agent: &ParticipantId) {
        if let Some(waiting) = self.waiting.get_mut(id)
            && waiting.rung.as_ref().is_some_and(|(rung, _)| rung == agent)
        {
            waiting.rung = None;
            waiting.tried.push(agent.clone());
            self.send(agent, Event::RingEnded(id.clone()));
        }
    }

    fn next_end(&self) -> Option<Timestamp> {
        self.waiting
            .values()
            .filter_map(|waiting| waiting.rung.as_ref().map(|(_, until)| *until))
            .min()
    }

    /// Whether the agent has it now. One that cannot keep up, or left, loses its seat.
    fn send(&mut self, agent: &ParticipantId, event: Event) -> bool {
        let Some(seat) = self.seats.get(agent) else {
            return false;
        };
        if seat.events.try_send(event).is_ok() {
            return true;
        }
        self.stand_up(agent);
        false
    }

    /// Takes an agent's seat away; what rang there rings elsewhere.
    fn stand_up(&mut self, agent: &ParticipantId) {
        if self.seats.remove(agent).is_none() {
            return;
        }
        for waiting in self.waiting.values_mut() {
            if waiting.rung.as_ref().is_some_and(|(rung, _)| rung == agent) {
                waiting.rung = None;
            }
        }
        self.ring_all(now());
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

impl Hand {
    /// The hand of an agent without a desk: it can act, and hears nothing.
    pub fn new(hub: &Arc<Hub>, agent: ParticipantId) -> Self {
        Self {
            hub: hub.clone(),
            agent,
        }
    }

    /// The agent's PID.
    pub fn agent(&self) -> &ParticipantId {
        &self.agent
    }

    /// Takes a conversation that rings here.
    pub async fn accept_ring(&self, conversation: &ConversationId) -> Result<(), Refusal> {
        self.hub
            .perform(|cloud, now, changes| cloud.assign(now, &self.agent, conversation, changes))
            .await
    }

    /// Turns a ring down; it goes to the next agent.
    pub fn reject_ring(&self, conversation: &ConversationId) {
        let desks = self.hub.desks();
        let mut floor = desks.floor();
        floor.pass_on(conversation, &self.agent);
        floor.ring(conversation, now());
    }

    /// Publishes text, structured content, a receipt or a chat state.
    pub async fn publish(
        &self,
        dialog: &DialogId,
        message: impl Into<Message>,
    ) -> Result<Sequence, Refusal> {
        let message = message.into();
        self.hub
            .perform(|cloud, now, changes| {
                cloud.publish(now, Actor::Agent(&self.agent), dialog, message, changes)
            })
            .await
    }

    /// Publishes, and keeps something about the conversation in the same moment.
    pub async fn publish_and_remember(
        &self,
        dialog: &DialogId,
        message: impl Into<Message>,
        memo: Value,
    ) -> Result<Sequence, Refusal> {
        let message = message.into();
        self.hub
            .perform(|cloud, now, changes| {
                let actor = Actor::Agent(&self.agent);
                let sequence = cloud.publish(now, actor, dialog, message, changes)?;
                let conversation = cloud.reach_dialog(actor, dialog)?;
                cloud.remember(&conversation, memo, changes);
                Ok(sequence)
            })
            .await
    }

    /// Closes, joins, leaves, changes the time-to-respond.
    pub async fn update(
        &self,
        conversation: &ConversationId,
        fields: &[Field],
    ) -> Result<(), Refusal> {
        self.hub
            .perform(|cloud, now, changes| {
                let actor = Actor::Agent(&self.agent);
                cloud.update(now, actor, conversation, fields, changes)
            })
            .await
    }

    /// Keeps something about a conversation that a later run of this client will want.
    pub async fn remember(
        &self,
        conversation: &ConversationId,
        memo: Value,
    ) -> Result<(), Refusal> {
        self.hub
            .perform(|cloud, _, changes| {
                cloud.remember(conversation, memo, changes);
                Ok(())
            })
            .await
    }

    /// What was published in a conversation so far, and what was kept about it.
    pub fn history(&self, conversation: &ConversationId) -> (Vec<Arc<Published>>, Option<Value>) {
        self.hub.look(|cloud| {
            let memo = cloud
                .conversation(conversation)
                .and_then(|found| found.memo.clone());
            (cloud.history(conversation), memo)
        })
    }

    /// The open conversations this agent owns, in the order they were begun.
    pub fn conversations(&self) -> Vec<View> {
        self.hub.look(|cloud| {
            cloud
                .conversations()
                .into_iter()
                .filter(|one| one.is_open() && one.assigned() == Some(&self.agent))
                .map(View::of)
                .collect()
        })
    }
}

fn now() -> Timestamp {
    Timestamp(unix_millis())
}
