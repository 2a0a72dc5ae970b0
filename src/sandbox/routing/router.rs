//! The router: which agents are there to take conversations, and where each one rings.
//!
//! It holds the `RoutingState` behind a lock, ends rings when their time is over, and notifies
//! agents' [`SessionNotifier`] in the order in which things happened.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        time::Timestamp,
    },
    rt::shutdown::Shutdown,
    sandbox::{
        clock::{Alarm, Clock},
        model::{
            changes::{Notice, NoticeContent, View},
            printed_conversation::PrintedConversation,
            roster::Takes,
        },
        routing::{
            ring::{AgentKind, Handover, HandoverCause, RingPlace, RingState, TaskChange},
            sessions::Availability,
            state::{RoutingState, watch::Queued},
        },
        transaction::{Observer, Transactions},
    },
};

/// Agents' sessions, as the router notifies them.
pub(crate) trait SessionNotifier: fmt::Debug + Send + Sync {
    /// Whether a session has subscribed to conversations, or is about to.
    fn are_watching(&self) -> bool;

    /// Distributes an event or chat state to every session of the agents it is for.
    fn notify_event(&self, notice: &Notice);

    /// Notifies every subscription a conversation belongs to, or has belonged to.
    fn notify_conversation(&self, printed: &PrintedConversation);

    /// Notifies agents of routing tasks that came, changed or went.
    fn notify_tasks(&self, changes: &[TaskChange]);

    /// Notifies a built-in agent of a conversation that changes hands.
    fn notify_handover(&self, agent: &ParticipantId, handover: &Handover);

    /// Notifies the subscriptions to an agent's state.
    fn notify_state(&self, agent: &ParticipantId, availability: Availability);
}

/// Routes the conversations of the account to its agents.
#[derive(Debug)]
pub(crate) struct Router {
    state: Mutex<RoutingState>,
    sessions: Arc<dyn SessionNotifier>,
    clock: Clock,
    /// Rung when something may end earlier than was waited for.
    changed: Alarm,
}

impl Router {
    /// No agent is there yet; rings end by this clock.
    pub(crate) fn new(
        account: AccountId,
        sessions: Arc<dyn SessionNotifier>,
        clock: Clock,
    ) -> Self {
        Self {
            state: Mutex::new(RoutingState::new(account)),
            sessions,
            changed: clock.alarm(),
            clock,
        }
    }

    /// Starts the task that ends rings that no agent answers.
    pub(crate) fn run(self: &Arc<Self>, transactions: &Arc<Transactions>, tasks: &Shutdown) {
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
        self.notify_changes(&mut state);
    }

    /// An agent who takes this has one session more.
    pub(crate) fn open_session(&self, place: &RingPlace, takes: Takes) {
        self.with(|state| state.open_session(place, takes, self.now()));
    }

    /// An agent has one session less, which had so many subscriptions to routing tasks. What rings
    /// at an agent who has none left rings elsewhere, at once.
    pub(crate) fn close_session(&self, place: &RingPlace, subscriptions: usize) {
        let gone = self.with(|state| state.close_session(place, subscriptions, self.now()));
        if gone {
            self.notify_state(place, Availability::Offline);
        }
    }

    /// A session of an agent subscribes to routing tasks; `told` gets those that ring already before
    /// any other is sent, and says whether the subscription is accepted.
    pub(crate) fn subscribe(
        &self,
        place: &RingPlace,
        told: impl FnOnce(&[TaskChange]) -> bool,
    ) -> bool {
        self.with(|state| {
            let taken = told(&state.ringing_at(place));
            if taken {
                state.subscribe(place, 1, self.now());
            }
            taken
        })
    }

    /// An agent says whether it wants conversations.
    pub(crate) fn set_availability(&self, place: &RingPlace, availability: Availability) {
        self.with(|state| state.set_availability(place, availability, self.now()));
        self.notify_state(place, availability);
    }

    /// The state of a person is told; a built-in agent has none that a client could see.
    fn notify_state(&self, place: &RingPlace, availability: Availability) {
        if place.kind == AgentKind::Person {
            self.sessions.notify_state(&place.agent, availability);
        }
    }

    /// How many open conversations a person takes at most; any number when nothing is
    /// said.
    pub(crate) fn set_capacity(&self, agent: &ParticipantId, capacity: Option<usize>) {
        self.with(|state| state.set_capacity(agent, capacity, self.now()));
    }

    /// Every conversation that no agent has taken, in no order.
    pub(crate) fn queue(&self) -> Vec<Queued> {
        self.state().queue()
    }

    /// Whether a person of this PID has a session.
    pub(crate) fn is_on_a_socket(&self, agent: &ParticipantId) -> bool {
        self.state().agents.person(agent).is_some()
    }

    /// How many open conversations a person takes at most; `None` for any number.
    pub(crate) fn capacity(&self, agent: &ParticipantId) -> Option<usize> {
        self.state().agents.capacities.get(agent).copied()
    }

    /// How many open conversations an agent owns.
    pub(crate) fn load(&self, agent: &ParticipantId) -> usize {
        self.state().agents.owned_by(agent).len()
    }

    pub(crate) fn availability(&self, agent: &ParticipantId) -> Availability {
        self.state().availability(agent)
    }

    /// Which conversation a ring that has not ended is about, if it is this agent's.
    pub(crate) fn ring_of(&self, agent: &ParticipantId, ring: &str) -> Option<ConversationId> {
        self.state().ring_of(agent, ring)
    }

    /// Has a conversation of an earlier run ring again.
    pub(crate) fn restore(&self, view: &View) {
        self.with(|state| state.route(view, self.now()));
    }

    /// Ends a ring at an agent that does not want it, and tries the next.
    pub(crate) fn reject_ring(&self, conversation: &ConversationId, agent: &ParticipantId) {
        self.with(|state| {
            state.pass_on(conversation, agent, RingState::Rejected, self.now());
            state.ring(conversation, self.now());
        });
    }

    /// Changes the state, and notifies agents of what came of it.
    fn with<T>(&self, change: impl FnOnce(&mut RoutingState) -> T) -> T {
        let mut state = self.state();
        let answer = change(&mut state);
        self.notify_changes(&mut state);
        drop(state);
        self.changed.ring();
        answer
    }

    fn notify_changes(&self, state: &mut RoutingState) {
        for (agent, handover) in state.take_handovers() {
            self.sessions.notify_handover(&agent, &handover);
        }
        self.sessions.notify_tasks(&state.take_task_changes());
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
        self.sessions.are_watching()
    }

    fn notify(&self, notice: &Notice, printed: Option<&PrintedConversation>) {
        let NoticeContent::Conversation(view) = &notice.content else {
            self.sessions.notify_event(notice);
            return;
        };
        let mut state = self.state();
        state.route(view, self.now());
        // How a ring ended comes first, then what ended it, then what rings instead.
        let (ended, rest): (Vec<_>, Vec<_>) = state
            .take_task_changes()
            .into_iter()
            .partition(TaskChange::is_an_end);
        self.sessions.notify_tasks(&ended);
        if let Some(printed) = printed {
            self.sessions.notify_conversation(printed);
        }
        if let Some(agent) = &notice.given {
            state.hand_over(agent, view.id.clone(), HandoverCause::Given);
        }
        for (agent, handover) in state.take_handovers() {
            self.sessions.notify_handover(&agent, &handover);
        }
        self.sessions.notify_tasks(&rest);
        drop(state);
        self.changed.ring();
    }
}
