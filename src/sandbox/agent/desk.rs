//! Where agents sit: conversations ring, and events come in.
//!
//! What an agent can do about them is [`Hand`]'s, and at whom they ring the floor's.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId},
        time::Timestamp,
    },
    rt::shutdown::Shutdown,
    sandbox::{
        agent::{floor::Floor, hand::Hand},
        clock::{Alarm, Clock},
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
#[derive(Debug)]
pub struct Desks {
    floor: Mutex<Floor>,
    clock: Clock,
    /// Rung when something may end earlier than was waited for.
    changed: Alarm,
}

impl Desks {
    /// No places yet; rings end by this clock.
    pub fn new(clock: Clock) -> Self {
        Self {
            floor: Mutex::default(),
            changed: clock.alarm(),
            clock,
        }
    }

    /// Starts the task that ends rings nobody answers.
    pub fn run(self: &Arc<Self>, hub: &Arc<Hub>, tasks: &Shutdown) {
        let (this, hub) = (self.clone(), hub.clone());
        let stop = tasks.token();
        tasks.spawn(async move {
            loop {
                let lapsed = this.floor().take_lapsed();
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
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = this.changed.wait(next) => {}
                }
                this.floor().end_rings(this.now());
            }
        });
    }

    /// Gives an agent a place, where conversations ring from now on.
    ///
    /// An earlier place of the same agent is given up.
    pub fn sit(&self, hub: &Arc<Hub>, agent: ParticipantId, takes: Takes) -> Desk {
        let (sender, events) = mpsc::channel(HELD);
        let mut floor = self.floor();
        floor.sit(&agent, sender, takes, self.now());
        drop(floor);
        self.changed.ring();
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
                self.now(),
            );
        }
        if let News::Conversation(view) = &notice.news {
            if let Some(agent) = &notice.given {
                floor.send(agent, Event::Given(view.clone()), self.now());
            }
            floor.route(view, self.now());
            drop(floor);
            self.changed.ring();
        }
    }

    /// Whether an agent has a place.
    pub fn is_seated(&self, agent: &ParticipantId) -> bool {
        self.floor().is_seated(agent)
    }

    /// Has a conversation of an earlier run ring again.
    pub fn recall(&self, view: &View) {
        self.floor().route(view, self.now());
    }

    /// Ends a ring at an agent that does not want it, and tries the next.
    pub fn pass_on(&self, conversation: &ConversationId, agent: &ParticipantId) {
        let mut floor = self.floor();
        floor.pass_on(conversation, agent, self.now());
        floor.ring(conversation, self.now());
        drop(floor);
        self.changed.ring();
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn floor(&self) -> MutexGuard<'_, Floor> {
        self.floor.lock().unwrap_or_else(PoisonError::into_inner)
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
