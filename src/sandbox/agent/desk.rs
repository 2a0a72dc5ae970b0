//! Where agents sit: conversations ring, and events come in.
//!
//! What an agent can do about them is [`Hand`]'s, at whom they ring the floor's, and agents
//! on sockets hear of it through [`Links`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId},
        time::Timestamp,
    },
    rt::shutdown::Shutdown,
    sandbox::{
        agent::{
            floor::{Floor, watch::Queued},
            hand::Hand,
            ring::{Call, RingState},
            seats::Availability,
        },
        clock::{Alarm, Clock},
        hub::Hub,
        model::{
            changes::{News, Notice, View},
            directory::Directory,
            printed_conversation::PrintedConversation,
            roster::Takes,
        },
        ums::links::Links,
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
    /// Somebody better is there for this one: it is to go back to the queue.
    Relieved(ConversationId),
    /// The person of the same name is there, whose conversation this is.
    Replaced(ConversationId),
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
    links: Links,
    clock: Clock,
    /// Rung when something may end earlier than was waited for.
    changed: Alarm,
}

impl Desks {
    /// Nobody is there yet; rings end by this clock.
    pub fn new(directory: Arc<Directory>, clock: Clock) -> Self {
        Self {
            floor: Mutex::new(Floor::new(directory.account().clone())),
            links: Links::new(directory, clock.clone()),
            changed: clock.alarm(),
            clock,
        }
    }

    /// The sockets of agents.
    pub fn links(&self) -> &Links {
        &self.links
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
                this.end_rings();
            }
        });
    }

    /// Ends what has rung too long. Wakes nobody: whoever calls this looks at what is next anyway.
    fn end_rings(&self) {
        let mut floor = self.floor();
        floor.end_rings(self.now());
        self.links.tell_calls(&floor.take_calls());
    }

    /// Gives an agent a place, where conversations ring from now on.
    ///
    /// An earlier place of the same agent is given up.
    pub fn sit(&self, hub: &Arc<Hub>, agent: ParticipantId, takes: Takes) -> Desk {
        self.place(hub, agent, takes, false)
    }

    /// The same for one who gets only what nobody else is there for.
    pub fn stand_by(&self, hub: &Arc<Hub>, agent: ParticipantId, takes: Takes) -> Desk {
        self.place(hub, agent, takes, true)
    }

    fn place(&self, hub: &Arc<Hub>, agent: ParticipantId, takes: Takes, stands_by: bool) -> Desk {
        let (sender, events) = mpsc::channel(HELD);
        self.with(|floor| floor.sit(&agent, sender, takes, stands_by, self.now()));
        Desk {
            hand: Hand::new(hub, agent),
            events,
        }
    }

    /// An agent with these skills has one socket more.
    pub fn attend(&self, agent: &ParticipantId, skills: Vec<String>) {
        self.with(|floor| floor.attend(agent, skills, self.now()));
    }

    /// An agent has one socket less, which had so many subscriptions to routing tasks.
    pub fn leave(&self, agent: &ParticipantId, subscriptions: usize) {
        let gone = self.with(|floor| floor.leave(agent, subscriptions, self.now()));
        if gone {
            self.links.tell_state(agent, Availability::Offline);
        }
    }

    /// An agent hears of routing tasks once more; `told` is called with those that ring already
    /// before any other is told, and says whether it is taken in.
    pub fn subscribe(&self, agent: &ParticipantId, told: impl FnOnce(&[Call]) -> bool) -> bool {
        self.with(|floor| {
            let taken = told(&floor.ringing_at(agent));
            if taken {
                floor.subscribe(agent, 1, self.now());
            }
            taken
        })
    }

    /// An agent says whether it wants conversations.
    pub fn set_availability(&self, agent: &ParticipantId, availability: Availability) {
        self.with(|floor| floor.set_availability(agent, availability, self.now()));
        self.links.tell_state(agent, availability);
    }

    /// How many open conversations an agent on sockets takes at most; any number when nothing is
    /// said.
    pub fn set_capacity(&self, agent: &ParticipantId, capacity: Option<usize>) {
        self.with(|floor| floor.set_capacity(agent, capacity, self.now()));
    }

    /// Takes a desk away at once; what rings there rings elsewhere.
    pub fn stand_up(&self, agent: &ParticipantId) {
        self.with(|floor| floor.stand_up(agent, self.now()));
    }

    /// Every conversation nobody has taken, in no order.
    pub fn queue(&self) -> Vec<Queued> {
        self.floor().queue()
    }

    /// Whether an agent has a socket open.
    pub fn is_on_a_socket(&self, agent: &ParticipantId) -> bool {
        self.floor().seats.lines.contains_key(agent)
    }

    /// How many open conversations an agent on sockets takes at most; `None` for any number.
    pub fn capacity(&self, agent: &ParticipantId) -> Option<usize> {
        self.floor().seats.capacities.get(agent).copied()
    }

    /// How many open conversations an agent owns.
    pub fn load(&self, agent: &ParticipantId) -> usize {
        self.floor().seats.owned_by(agent).len()
    }

    /// Whether an agent wants conversations.
    pub fn availability(&self, agent: &ParticipantId) -> Availability {
        self.floor().availability(agent)
    }

    /// Whether a conversation rings at an agent.
    pub fn rings_at(&self, agent: &ParticipantId, conversation: &ConversationId) -> bool {
        self.floor().rings_at(agent, conversation)
    }

    /// Which conversation a ring that has not ended is about, if it is this agent's.
    pub fn ring_of(&self, agent: &ParticipantId, ring: &str) -> Option<ConversationId> {
        self.floor().ring_of(agent, ring)
    }

    /// Passes a notice on to the agents it concerns. Must be called in order.
    pub fn tell(&self, notice: &Notice, snapshot: Option<&PrintedConversation>) {
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
        let News::Conversation(view) = &notice.news else {
            self.links.tell_event(notice);
            return;
        };
        if let Some(agent) = &notice.given {
            floor.send(agent, Event::Given(view.clone()), self.now());
        }
        floor.route(view, self.now());
        // How a ring ended comes first, then what ended it, then what rings instead.
        let (ended, rest): (Vec<_>, Vec<_>) =
            floor.take_calls().into_iter().partition(Call::is_an_end);
        self.links.tell_calls(&ended);
        if let Some(snapshot) = snapshot {
            self.links.tell_conversation(snapshot);
        }
        self.links.tell_calls(&rest);
        drop(floor);
        self.changed.ring();
    }

    /// Has a conversation of an earlier run ring again.
    pub fn recall(&self, view: &View) {
        self.with(|floor| floor.route(view, self.now()));
    }

    /// Ends a ring at an agent that does not want it, and tries the next.
    pub fn pass_on(&self, conversation: &ConversationId, agent: &ParticipantId) {
        self.with(|floor| {
            floor.pass_on(conversation, agent, RingState::Rejected, self.now());
            floor.ring(conversation, self.now());
        });
    }

    /// Changes the floor, and has told what came of it.
    fn with<T>(&self, change: impl FnOnce(&mut Floor) -> T) -> T {
        let mut floor = self.floor();
        let answer = change(&mut floor);
        self.links.tell_calls(&floor.take_calls());
        drop(floor);
        self.changed.ring();
        answer
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
