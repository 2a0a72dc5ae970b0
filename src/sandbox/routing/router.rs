//! The router: which agents are there to take conversations, and where each one rings.
//!
//! It holds the `RoutingState` behind a lock, ends rings when their time is over, and notifies
//! sessions in this process and agents' [`Sockets`] in the order in which things happened.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::mpsc;

use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        time::Timestamp,
    },
    rt::shutdown::Shutdown,
    sandbox::{
        clock::{Alarm, Clock},
        model::{
            changes::{News, Notice, View},
            printed_conversation::PrintedConversation,
            roster::Takes,
        },
        routing::{
            event::AgentEvent,
            ring::{RingState, TaskChange},
            sessions::Availability,
            state::{RoutingState, watch::Queued},
        },
        transaction::{Observer, Transactions},
    },
};

/// Events a session holds. The session of an agent that lets it fill up is closed, as a socket
/// would be, and its rings go to others: losing single events would be worse.
const HELD: usize = 4096;

/// Agents' sockets, as the router notifies them.
pub trait Sockets: fmt::Debug + Send + Sync {
    /// Whether a socket has subscribed to conversations, or is about to.
    fn are_watching(&self) -> bool;

    /// Distributes an event or chat state to every socket of the agents it is for.
    fn notify_event(&self, notice: &Notice);

    /// Notifies every subscription a conversation belongs to, or has belonged to.
    fn notify_conversation(&self, printed: &PrintedConversation);

    /// Notifies agents of routing tasks that came, changed or went.
    fn notify_tasks(&self, changes: &[TaskChange]);

    /// Notifies the subscriptions to an agent's state.
    fn notify_state(&self, agent: &ParticipantId, availability: Availability);
}

/// Routes the conversations of the account to its agents.
#[derive(Debug)]
pub struct Router {
    state: Mutex<RoutingState>,
    sockets: Arc<dyn Sockets>,
    clock: Clock,
    /// Rung when something may end earlier than was waited for.
    changed: Alarm,
}

impl Router {
    /// No agent is there yet; rings end by this clock.
    pub fn new(account: AccountId, sockets: Arc<dyn Sockets>, clock: Clock) -> Self {
        Self {
            state: Mutex::new(RoutingState::new(account)),
            sockets,
            changed: clock.alarm(),
            clock,
        }
    }

    /// Starts the task that ends rings that no agent answers.
    pub fn run(self: &Arc<Self>, transactions: &Arc<Transactions>, tasks: &Shutdown) {
        let (this, transactions) = (self.clone(), transactions.clone());
        let stop = tasks.token();
        tasks.spawn(async move {
            loop {
                let lapsed = this.state().take_lapsed();
                for (conversation, agent) in lapsed {
                    let withdrawn = transactions.perform(|cloud, now, changes| {
                        cloud.withdraw(now, &agent, &conversation, changes);
                        Ok(())
                    });
                    if let Err(refusal) = withdrawn.await {
                        tracing::warn!(%conversation, %refusal, "a suggestion stays");
                    }
                }
                let next = this.state().next_end();
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = this.changed.wait(next) => {}
                }
                this.expire_rings();
            }
        });
    }

    /// Ends what has rung too long. Rings no alarm: its caller looks at what is
    /// next anyway.
    fn expire_rings(&self) {
        let mut state = self.state();
        state.expire_rings(self.now());
        self.sockets.notify_tasks(&state.take_task_changes());
    }

    /// Opens the session of an agent in this process, where conversations ring from now on, and
    /// answers its events. One that stands by gets only what no other agent is there for.
    ///
    /// An earlier session of the same agent is closed.
    pub fn open_session(
        &self,
        agent: &ParticipantId,
        takes: Takes,
        stands_by: bool,
    ) -> mpsc::Receiver<AgentEvent> {
        let (sender, events) = mpsc::channel(HELD);
        self.with(|state| state.open_session(agent, sender, takes, stands_by, self.now()));
        events
    }

    /// An agent with these skills has one socket more.
    pub fn open_socket(&self, agent: &ParticipantId, skills: Vec<String>) {
        self.with(|state| state.open_socket(agent, skills, self.now()));
    }

    /// An agent has one socket less, which had so many subscriptions to routing tasks.
    pub fn close_socket(&self, agent: &ParticipantId, subscriptions: usize) {
        let gone = self.with(|state| state.close_socket(agent, subscriptions, self.now()));
        if gone {
            self.sockets.notify_state(agent, Availability::Offline);
        }
    }

    /// A socket of an agent subscribes to routing tasks; `told` gets those that ring already before
    /// any other is sent, and says whether the subscription is accepted.
    pub fn subscribe(
        &self,
        agent: &ParticipantId,
        told: impl FnOnce(&[TaskChange]) -> bool,
    ) -> bool {
        self.with(|state| {
            let taken = told(&state.ringing_at(agent));
            if taken {
                state.subscribe(agent, 1, self.now());
            }
            taken
        })
    }

    /// An agent says whether it wants conversations.
    pub fn set_availability(&self, agent: &ParticipantId, availability: Availability) {
        self.with(|state| state.set_availability(agent, availability, self.now()));
        self.sockets.notify_state(agent, availability);
    }

    /// How many open conversations an agent on sockets takes at most; any number when nothing is
    /// said.
    pub fn set_capacity(&self, agent: &ParticipantId, capacity: Option<usize>) {
        self.with(|state| state.set_capacity(agent, capacity, self.now()));
    }

    /// Closes an agent's session at once; what rings there rings elsewhere.
    pub fn close_session(&self, agent: &ParticipantId) {
        self.with(|state| state.close_session(agent, self.now()));
    }

    /// Every conversation that no agent has taken, in no order.
    pub fn queue(&self) -> Vec<Queued> {
        self.state().queue()
    }

    /// Whether an agent has a socket open.
    pub fn is_on_a_socket(&self, agent: &ParticipantId) -> bool {
        self.state().sessions.on_sockets.contains_key(agent)
    }

    /// How many open conversations an agent on sockets takes at most; `None` for any number.
    pub fn capacity(&self, agent: &ParticipantId) -> Option<usize> {
        self.state().sessions.capacities.get(agent).copied()
    }

    /// How many open conversations an agent owns.
    pub fn load(&self, agent: &ParticipantId) -> usize {
        self.state().sessions.owned_by(agent).len()
    }

    /// Whether an agent wants conversations.
    pub fn availability(&self, agent: &ParticipantId) -> Availability {
        self.state().availability(agent)
    }

    /// Whether a conversation rings at an agent.
    pub fn rings_at(&self, agent: &ParticipantId, conversation: &ConversationId) -> bool {
        self.state().rings_at(agent, conversation)
    }

    /// Which conversation a ring that has not ended is about, if it is this agent's.
    pub fn ring_of(&self, agent: &ParticipantId, ring: &str) -> Option<ConversationId> {
        self.state().ring_of(agent, ring)
    }

    /// Has a conversation of an earlier run ring again.
    pub fn restore(&self, view: &View) {
        self.with(|state| state.route(view, self.now()));
    }

    /// Ends a ring at an agent that does not want it, and tries the next.
    pub fn reject_ring(&self, conversation: &ConversationId, agent: &ParticipantId) {
        self.with(|state| {
            state.pass_on(conversation, agent, RingState::Rejected, self.now());
            state.ring(conversation, self.now());
        });
    }

    /// Changes the state, and notifies sockets of what came of it.
    fn with<T>(&self, change: impl FnOnce(&mut RoutingState) -> T) -> T {
        let mut state = self.state();
        let answer = change(&mut state);
        self.sockets.notify_tasks(&state.take_task_changes());
        drop(state);
        self.changed.ring();
        answer
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn state(&self) -> MutexGuard<'_, RoutingState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Observer for Router {
    fn wants_conversations(&self) -> bool {
        self.sockets.are_watching()
    }

    fn notify(&self, notice: &Notice, printed: Option<&PrintedConversation>) {
        let mut state = self.state();
        for agent in &notice.agents {
            state.send(
                agent,
                AgentEvent::News {
                    conversation: notice.conversation.clone(),
                    news: notice.news.clone(),
                },
                self.now(),
            );
        }
        let News::Conversation(view) = &notice.news else {
            self.sockets.notify_event(notice);
            return;
        };
        if let Some(agent) = &notice.given {
            state.send(agent, AgentEvent::Given(view.clone()), self.now());
        }
        state.route(view, self.now());
        // How a ring ended comes first, then what ended it, then what rings instead.
        let (ended, rest): (Vec<_>, Vec<_>) = state
            .take_task_changes()
            .into_iter()
            .partition(TaskChange::is_an_end);
        self.sockets.notify_tasks(&ended);
        if let Some(printed) = printed {
            self.sockets.notify_conversation(printed);
        }
        self.sockets.notify_tasks(&rest);
        drop(state);
        self.changed.ring();
    }
}
