//! Every socket there is, by agent, and what each has subscribed to.
//!
//! Notifications go into bounded queues under one lock, so every socket gets them in
//! the order in which they happened. With no socket nothing is printed and no lock is taken.

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
        clock::Clock,
        model::{
            changes::{News, Notice},
            directory::Directory,
            printed_conversation::PrintedConversation,
        },
        routing::{ring::TaskChange, router::Sockets, sessions::Availability},
        server::subscriptions::{filter::Filter, outbox::Outbox, shapes},
        settings::terms::Closing,
    },
};

/// Changes in one notification at most.
pub(in crate::sandbox::server) const CHANGES: usize = 1000;
/// Subscriptions of one socket at most, of each kind.
const SUBSCRIPTIONS: usize = 64;
/// Sockets of the account at most.
const SOCKETS: usize = 4096;

/// A socket's number.
pub type SocketId = u64;

/// Every socket there is.
#[derive(Debug)]
pub struct AgentSockets {
    directory: Arc<Directory>,
    clock: Clock,
    inner: Mutex<SocketTable>,
    /// How many sockets there are.
    open: AtomicUsize,
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
    agent: ParticipantId,
    out: Outbox,
    conversations: Vec<ConversationSubscription>,
    tasks: Vec<String>,
    /// With the agent whose state is told.
    states: Vec<(String, ParticipantId)>,
}

/// A socket that is about to subscribe to conversations, for as long as this lives.
#[derive(Debug)]
pub(in crate::sandbox::server) struct Watcher<'a>(&'a AtomicUsize);

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A subscription to conversations.
#[derive(Debug)]
struct ConversationSubscription {
    id: String,
    filter: Filter,
    /// What belongs to it, unless that is so for ever.
    inside: HashSet<ConversationId>,
}

impl AgentSockets {
    /// No socket yet.
    pub fn new(directory: Arc<Directory>, clock: Clock) -> Self {
        Self {
            directory,
            clock,
            inner: Mutex::default(),
            open: AtomicUsize::new(0),
            watching: AtomicUsize::new(0),
        }
    }

    /// Who is who.
    pub fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// How many sockets there are.
    pub fn count(&self) -> usize {
        self.open.load(Ordering::Acquire)
    }

    /// Has changes printed for subscriptions from now on, before the first one is there.
    pub(in crate::sandbox::server) fn expect_watcher(&self) -> Watcher<'_> {
        self.watching.fetch_add(1, Ordering::AcqRel);
        Watcher(&self.watching)
    }

    /// Takes in a socket; `None` when there are too many.
    pub(in crate::sandbox::server) fn open(
        &self,
        agent: &ParticipantId,
        out: Outbox,
    ) -> Option<SocketId> {
        let mut inner = self.lock();
        if inner.sockets.len() >= SOCKETS {
            return None;
        }
        let id = inner.next;
        inner.next += 1;
        let socket = AgentSocket {
            agent: agent.clone(),
            out,
            conversations: Vec::new(),
            tasks: Vec::new(),
            states: Vec::new(),
        };
        inner.sockets.insert(id, socket);
        inner.by_agent.entry(agent.clone()).or_default().push(id);
        self.open.store(inner.sockets.len(), Ordering::Release);
        Some(id)
    }

    /// Forgets a socket, and answers how many subscriptions to routing tasks it had.
    pub(in crate::sandbox::server) fn forget(&self, id: SocketId) -> usize {
        let mut inner = self.lock();
        let Some(socket) = inner.sockets.remove(&id) else {
            return 0;
        };
        if let Some(sockets) = inner.by_agent.get_mut(&socket.agent) {
            sockets.retain(|one| *one != id);
            if sockets.is_empty() {
                inner.by_agent.remove(&socket.agent);
            }
        }
        self.open.store(inner.sockets.len(), Ordering::Release);
        let watching = socket.conversations.len();
        self.watching.fetch_sub(watching, Ordering::AcqRel);
        socket.tasks.len()
    }

    /// Closes the sockets of an agent, or all, and answers how many those are.
    pub fn close(&self, agent: Option<&ParticipantId>, closing: Closing) -> usize {
        let inner = self.lock();
        let meant = inner
            .sockets
            .values()
            .filter(|socket| agent.is_none_or(|agent| socket.agent == *agent));
        meant.map(|socket| socket.out.close(closing)).count()
    }

    /// Subscribes to conversations: `answer` first, then those that belong to it now.
    /// Must be called in its place among what is told, with conversations as they were when all
    /// that is committed by now was changed.
    pub(in crate::sandbox::server) fn watch(
        &self,
        id: SocketId,
        subscription: &str,
        filter: Filter,
        answer: Utf8Bytes,
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
        socket.out.push(answer);
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

    /// The rest of what belongs to a new subscription.
    pub(in crate::sandbox::server) fn watch_more(
        &self,
        id: SocketId,
        subscription: &str,
        now: &[PrintedConversation],
    ) {
        if let Some(socket) = self.lock().sockets.get(&id) {
            socket
                .out
                .push(upserts(subscription, self.clock.now(), now));
        }
    }

    /// Ends a subscription to conversations.
    pub(in crate::sandbox::server) fn unwatch(&self, id: SocketId, subscription: &str) {
        if let Some(socket) = self.lock().sockets.get_mut(&id) {
            let before = socket.conversations.len();
            socket.conversations.retain(|one| one.id != subscription);
            let ended = before - socket.conversations.len();
            self.watching.fetch_sub(ended, Ordering::AcqRel);
        }
    }

    /// Subscribes to routing tasks: `answer` first, then those there are.
    pub(in crate::sandbox::server) fn subscribe_to_tasks(
        &self,
        id: SocketId,
        subscription: &str,
        answer: Utf8Bytes,
        calls: &[TaskChange],
    ) -> bool {
        let mut inner = self.lock();
        let Some(socket) = inner.sockets.get_mut(&id) else {
            return false;
        };
        if socket.tasks.len() >= SUBSCRIPTIONS {
            return false;
        }
        socket.out.push(answer);
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

    /// Subscribes to an agent's state: `answer` first, then the state there is.
    pub(in crate::sandbox::server) fn subscribe_to_state(
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
        let printed = match &notice.news {
            News::Event { dialog, event } => shapes::event(directory, id, dialog, event),
            News::ChatState {
                dialog,
                author,
                state,
            } => shapes::chat_state(directory, id, dialog, author, state),
            News::Conversation(_) => return None,
        };
        Some(shapes::distribution(&printed))
    }

    fn lock(&self) -> MutexGuard<'_, SocketTable> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sockets for AgentSockets {
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
        if self.count() == 0 {
            return;
        }
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
        if calls.is_empty() || self.count() == 0 {
            return;
        }
        let mut by_agent: BTreeMap<&ParticipantId, Vec<&TaskChange>> = BTreeMap::new();
        for call in calls {
            by_agent.entry(&call.agent).or_default().push(call);
        }
        let inner = self.lock();
        for (agent, calls) in by_agent {
            for id in inner.by_agent.get(agent).into_iter().flatten() {
                let Some(socket) = inner.sockets.get(id) else {
                    continue;
                };
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
