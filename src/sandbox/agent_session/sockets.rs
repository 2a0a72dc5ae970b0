//! The open sessions of all agents, and the subscriptions of each.
//!
//! Notifications go into the sessions' bounded queues under one lock, so every session gets them in
//! the order in which things happened. Without a subscription no conversation is printed.
//!
//! A session of a person has a WebSocket behind it; a session of a built-in agent has none, and
//! neither counts among the people's sessions nor is closed with them.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::extract::ws::Utf8Bytes;

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId},
        time::Timestamp,
    },
    sandbox::{
        agent_session::{filter::Filter, outbox::Outbox, shapes},
        clock::Clock,
        model::{
            changes::{Notice, NoticeContent},
            directory::Directory,
            printed_conversation::PrintedConversation,
        },
        routing::{
            ring::{AgentKind, Handover, RingPlace, TaskChange},
            router::SessionNotifier,
            sessions::Availability,
        },
        settings::terms::Closing,
    },
};

/// Changes in one notification at most.
pub(super) const CHANGES: usize = 1000;
/// Subscriptions of one session at most, of each kind.
const SUBSCRIPTIONS: usize = 64;
/// People's sessions in the account at most.
const SOCKETS: usize = 4096;

pub(crate) type SocketId = u64;

/// The open sessions of one account.
#[derive(Debug)]
pub(crate) struct AgentSockets {
    directory: Arc<Directory>,
    clock: Clock,
    inner: Mutex<SocketTable>,
    /// How many subscriptions to conversations there are.
    watching: AtomicUsize,
}

#[derive(Debug, Default)]
struct SocketTable {
    next: SocketId,
    sockets: BTreeMap<SocketId, AgentSocket>,
    by_agent: HashMap<ParticipantId, Vec<SocketId>>,
}

#[derive(Debug)]
struct AgentSocket {
    place: RingPlace,
    out: Outbox,
    conversations: Vec<ConversationSubscription>,
    tasks: Vec<String>,
    /// Subscriptions to an agent's state, with the agent.
    states: Vec<(String, ParticipantId)>,
}

/// A session that is about to subscribe to conversations, for as long as this lives.
#[derive(Debug)]
pub(super) struct Watcher<'a>(&'a AtomicUsize);

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[derive(Debug)]
struct ConversationSubscription {
    id: String,
    filter: Filter,
    /// The conversations that match the filter by now; empty for a filter that a conversation
    /// never stops to match.
    inside: HashSet<ConversationId>,
}

impl SocketTable {
    fn of_people(&self) -> impl Iterator<Item = &AgentSocket> {
        let all = self.sockets.values();
        all.filter(|socket| socket.place.kind == AgentKind::Person)
    }

    fn at(&self, place: &RingPlace) -> impl Iterator<Item = &AgentSocket> {
        let ids = self.by_agent.get(&place.agent).into_iter().flatten();
        let found = ids.filter_map(|id| self.sockets.get(id));
        found.filter(move |socket| socket.place == *place)
    }
}

impl AgentSockets {
    pub(crate) fn new(directory: Arc<Directory>, clock: Clock) -> Self {
        Self {
            directory,
            clock,
            inner: Mutex::default(),
            watching: AtomicUsize::new(0),
        }
    }

    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().of_people().count()
    }

    /// Has changes printed for subscriptions from now on, before the first one is there.
    pub(super) fn expect_watcher(&self) -> Watcher<'_> {
        self.watching.fetch_add(1, Ordering::AcqRel);
        Watcher(&self.watching)
    }

    /// Takes in a session; `None` when people have too many.
    pub(super) fn open(&self, place: &RingPlace, out: Outbox) -> Option<SocketId> {
        let mut inner = self.lock();
        if place.kind == AgentKind::Person && inner.of_people().count() >= SOCKETS {
            return None;
        }
        let id = inner.next;
        inner.next += 1;
        let socket = AgentSocket {
            place: place.clone(),
            out,
            conversations: Vec::new(),
            tasks: Vec::new(),
            states: Vec::new(),
        };
        inner.sockets.insert(id, socket);
        let agent = place.agent.clone();
        inner.by_agent.entry(agent).or_default().push(id);
        Some(id)
    }

    /// Removes a session; returns how many subscriptions to routing tasks it had.
    pub(super) fn forget(&self, id: SocketId) -> usize {
        let mut inner = self.lock();
        let Some(socket) = inner.sockets.remove(&id) else {
            return 0;
        };
        if let Some(sockets) = inner.by_agent.get_mut(&socket.place.agent) {
            sockets.retain(|one| *one != id);
            if sockets.is_empty() {
                inner.by_agent.remove(&socket.place.agent);
            }
        }
        let watching = socket.conversations.len();
        self.watching.fetch_sub(watching, Ordering::AcqRel);
        socket.tasks.len()
    }

    /// Closes the sessions of one person, or of all people; returns how many it closed.
    pub(crate) fn close(&self, agent: Option<&ParticipantId>, closing: Closing) -> usize {
        let inner = self.lock();
        let people = inner.of_people();
        let meant = people.filter(|socket| agent.is_none_or(|agent| socket.place.agent == *agent));
        meant.map(|socket| socket.out.close(closing)).count()
    }

    /// Subscribes to conversations: sends `answer`, then the conversations in `now`.
    ///
    /// The caller calls it between two commits: `now` and `inside` are as the last commit left
    /// them, and the changes of the next one are sent after them. False when the session has too
    /// many subscriptions.
    pub(super) fn watch(
        &self,
        id: SocketId,
        subscription: &str,
        filter: Filter,
        answer: Option<Utf8Bytes>,
        inside: &[ConversationId],
        now: &[PrintedConversation],
    ) -> bool {
        let mut inner = self.lock();
        let Some(socket) = inner.sockets.get_mut(&id) else {
            return true;
        };
        if socket.conversations.len() >= SUBSCRIPTIONS {
            return false;
        }
        let inside = if filter.keeps() {
            HashSet::new()
        } else {
            inside.iter().cloned().collect()
        };
        socket.out.push_all(answer);
        socket
            .out
            .push(upserts(subscription, self.clock.now(), now));
        socket.conversations.push(ConversationSubscription {
            id: subscription.to_owned(),
            filter,
            inside,
        });
        self.watching.fetch_add(1, Ordering::AcqRel);
        true
    }

    /// Sends further conversations of a new subscription.
    pub(super) fn watch_more(&self, id: SocketId, subscription: &str, now: &[PrintedConversation]) {
        if let Some(socket) = self.lock().sockets.get(&id) {
            socket
                .out
                .push(upserts(subscription, self.clock.now(), now));
        }
    }

    pub(super) fn unwatch(&self, id: SocketId, subscription: &str) {
        if let Some(socket) = self.lock().sockets.get_mut(&id) {
            let before = socket.conversations.len();
            socket.conversations.retain(|one| one.id != subscription);
            let ended = before - socket.conversations.len();
            self.watching.fetch_sub(ended, Ordering::AcqRel);
        }
    }

    /// Subscribes to routing tasks: sends `answer`, then the tasks there are.
    pub(super) fn subscribe_to_tasks(
        &self,
        id: SocketId,
        subscription: &str,
        answer: Option<Utf8Bytes>,
        calls: &[TaskChange],
    ) -> bool {
        let mut inner = self.lock();
        let Some(socket) = inner.sockets.get_mut(&id) else {
            return false;
        };
        if socket.tasks.len() >= SUBSCRIPTIONS {
            return false;
        }
        socket.out.push_all(answer);
        if calls.is_empty() {
            socket
                .out
                .push(shapes::routing_tasks(&self.directory, subscription, &[]));
        }
        for calls in calls.chunks(CHANGES) {
            let calls: Vec<&TaskChange> = calls.iter().collect();
            socket
                .out
                .push(shapes::routing_tasks(&self.directory, subscription, &calls));
        }
        socket.tasks.push(subscription.to_owned());
        true
    }

    /// Subscribes to an agent's state: sends `answer`, then the state as it is.
    pub(super) fn subscribe_to_state(
        &self,
        id: SocketId,
        subscription: &str,
        agent: ParticipantId,
        answer: Utf8Bytes,
        availability: Availability,
    ) -> bool {
        let mut inner = self.lock();
        let Some(socket) = inner.sockets.get_mut(&id) else {
            return true;
        };
        if socket.states.len() >= SUBSCRIPTIONS {
            return false;
        }
        let full = self.directory.full(&agent);
        socket.out.push(answer);
        socket
            .out
            .push(shapes::agent_state(subscription, &full, availability));
        socket.states.push((subscription.to_owned(), agent));
        true
    }

    fn distribution(&self, notice: &Notice) -> Option<Utf8Bytes> {
        let (directory, id) = (&self.directory, &notice.conversation);
        let printed = match &notice.content {
            NoticeContent::Event { dialog, event } => shapes::event(directory, id, dialog, event),
            NoticeContent::ChatState {
                dialog,
                author,
                state,
            } => shapes::chat_state(directory, id, dialog, author, state),
            NoticeContent::Conversation(_) => return None,
        };
        Some(shapes::distribution(&printed))
    }

    fn lock(&self) -> MutexGuard<'_, SocketTable> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SessionNotifier for AgentSockets {
    fn are_watching(&self) -> bool {
        self.watching.load(Ordering::Acquire) > 0
    }

    fn notify_conversation(&self, printed: &PrintedConversation) {
        let sent = self.clock.now();
        let mut inner = self.lock();
        for socket in inner.sockets.values_mut() {
            for watch in &mut socket.conversations {
                let kind = if watch.filter.matches(&printed.facts) {
                    if !watch.filter.keeps() {
                        watch.inside.insert(printed.id.clone());
                    }
                    "UPSERT"
                } else if watch.inside.remove(&printed.id) {
                    "DELETE"
                } else {
                    continue;
                };
                let change = [(kind, printed.result.as_str())];
                let frame = shapes::conversation_changes(&watch.id, sent, &change);
                socket.out.push(frame);
            }
        }
    }

    fn notify_event(&self, notice: &Notice) {
        let inner = self.lock();
        let mut frame = None;
        for agent in &notice.agents {
            for id in inner.by_agent.get(agent).into_iter().flatten() {
                let Some(socket) = inner.sockets.get(id) else {
                    continue;
                };
                let frame = frame.get_or_insert_with(|| self.distribution(notice));
                if let Some(frame) = frame {
                    socket.out.push(frame.clone());
                }
            }
        }
    }

    fn notify_tasks(&self, calls: &[TaskChange]) {
        if calls.is_empty() {
            return;
        }
        let mut by_place: BTreeMap<&RingPlace, Vec<&TaskChange>> = BTreeMap::new();
        for call in calls {
            by_place.entry(&call.place).or_default().push(call);
        }
        let inner = self.lock();
        for (place, calls) in by_place {
            for socket in inner.at(place) {
                for (subscription, part) in socket
                    .tasks
                    .iter()
                    .flat_map(|one| calls.chunks(CHANGES).map(move |part| (one, part)))
                {
                    let frame = shapes::routing_tasks(&self.directory, subscription, part);
                    socket.out.push(frame);
                }
            }
        }
    }

    fn notify_handover(&self, agent: &ParticipantId, handover: &Handover) {
        for socket in self.lock().at(&RingPlace::built_in(agent)) {
            socket.out.push(shapes::handover(handover));
        }
    }

    fn notify_state(&self, agent: &ParticipantId, availability: Availability) {
        let inner = self.lock();
        let full = self.directory.full(agent);
        for socket in inner.sockets.values() {
            for (subscription, whose) in &socket.states {
                if whose == agent {
                    let frame = shapes::agent_state(subscription, &full, availability);
                    socket.out.push(frame);
                }
            }
        }
    }
}

fn upserts(subscription: &str, sent: Timestamp, now: &[PrintedConversation]) -> Utf8Bytes {
    let changes: Vec<_> = now
        .iter()
        .map(|one| ("UPSERT", one.result.as_str()))
        .collect();
    shapes::conversation_changes(subscription, sent, &changes)
}
