//! Every socket there is, by agent, and what each has subscribed to.
//!
//! Whatever is told goes into bounded queues under one lock, so everybody hears things in
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
        agent::{ring::Call, seats::Availability},
        clock::Clock,
        model::{
            changes::{News, Notice},
            directory::Directory,
            printed_conversation::PrintedConversation,
        },
        settings::terms::Closing,
        ums::{filter::Filter, outbox::Outbox, shapes},
    },
};

/// Changes in one notification at most.
pub(super) const CHANGES: usize = 1000;
/// Subscriptions of one socket at most, of each kind.
const SUBSCRIPTIONS: usize = 64;
/// Sockets of the account at most.
const SOCKETS: usize = 4096;

/// A socket's number.
pub type LinkId = u64;

/// Every socket there is.
#[derive(Debug)]
pub struct Links {
    directory: Arc<Directory>,
    clock: Clock,
    inner: Mutex<Inner>,
    /// How many sockets there are.
    open: AtomicUsize,
    /// How many subscriptions to conversations there are.
    watching: AtomicUsize,
}

#[derive(Debug, Default)]
struct Inner {
    next: LinkId,
    links: BTreeMap<LinkId, Link>,
    by_agent: HashMap<ParticipantId, Vec<LinkId>>,
}

#[derive(Debug)]
struct Link {
    agent: ParticipantId,
    out: Outbox,
    conversations: Vec<Watch>,
    tasks: Vec<String>,
    /// With the agent whose state is told.
    states: Vec<(String, ParticipantId)>,
}

/// Somebody who is about to subscribe to conversations, for as long as this lives.
#[derive(Debug)]
pub(super) struct Watcher<'a>(&'a AtomicUsize);

impl Drop for Watcher<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// A subscription to conversations.
#[derive(Debug)]
struct Watch {
    id: String,
    filter: Filter,
    /// What belongs to it, unless that is so for ever.
    inside: HashSet<ConversationId>,
}

impl Links {
    pub(in crate::sandbox) fn new(directory: Arc<Directory>, clock: Clock) -> Self {
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

    /// Whether anybody hears of conversations.
    pub fn is_watched(&self) -> bool {
        self.watching.load(Ordering::Acquire) > 0
    }

    /// Has changes printed for subscriptions from now on, before the first one is there.
    pub(super) fn expect_watcher(&self) -> Watcher<'_> {
        self.watching.fetch_add(1, Ordering::AcqRel);
        Watcher(&self.watching)
    }

    /// Takes in a socket; `None` when there are too many.
    pub(super) fn open(&self, agent: &ParticipantId, out: Outbox) -> Option<LinkId> {
        let mut inner = self.lock();
        if inner.links.len() >= SOCKETS {
            return None;
        }
        let id = inner.next;
        inner.next += 1;
        let link = Link {
            agent: agent.clone(),
            out,
            conversations: Vec::new(),
            tasks: Vec::new(),
            states: Vec::new(),
        };
        inner.links.insert(id, link);
        inner.by_agent.entry(agent.clone()).or_default().push(id);
        self.open.store(inner.links.len(), Ordering::Release);
        Some(id)
    }

    /// Forgets a socket, and answers how many subscriptions to routing tasks it had.
    pub(super) fn forget(&self, id: LinkId) -> usize {
        let mut inner = self.lock();
        let Some(link) = inner.links.remove(&id) else {
            return 0;
        };
        if let Some(links) = inner.by_agent.get_mut(&link.agent) {
            links.retain(|one| *one != id);
            if links.is_empty() {
                inner.by_agent.remove(&link.agent);
            }
        }
        self.open.store(inner.links.len(), Ordering::Release);
        let watching = link.conversations.len();
        self.watching.fetch_sub(watching, Ordering::AcqRel);
        link.tasks.len()
    }

    /// Closes the sockets of an agent, or everybody's, and answers how many those are.
    pub fn close(&self, agent: Option<&ParticipantId>, closing: Closing) -> usize {
        let inner = self.lock();
        let meant = inner
            .links
            .values()
            .filter(|link| agent.is_none_or(|agent| link.agent == *agent));
        meant.map(|link| link.out.close(closing)).count()
    }

    /// Subscribes to conversations: `answer` first, then those that belong to it now.
    /// Must be called in its place among what is told, with conversations as they were when all
    /// that is committed by now was changed.
    pub(super) fn watch(
        &self,
        id: LinkId,
        subscription: &str,
        filter: Filter,
        answer: Utf8Bytes,
        inside: &[ConversationId],
        now: &[PrintedConversation],
    ) -> bool {
        let mut inner = self.lock();
        let Some(link) = inner.links.get_mut(&id) else {
            return true;
        };
        if link.conversations.len() >= SUBSCRIPTIONS {
            return false;
        }
        let inside = if filter.keeps() {
            HashSet::new()
        } else {
            inside.iter().cloned().collect()
        };
        link.out.push(answer);
        link.out.push(upserts(subscription, self.clock.now(), now));
        link.conversations.push(Watch {
            id: subscription.to_owned(),
            filter,
            inside,
        });
        self.watching.fetch_add(1, Ordering::AcqRel);
        true
    }

    /// The rest of what belongs to a new subscription.
    pub(super) fn watch_more(&self, id: LinkId, subscription: &str, now: &[PrintedConversation]) {
        if let Some(link) = self.lock().links.get(&id) {
            link.out.push(upserts(subscription, self.clock.now(), now));
        }
    }

    /// Ends a subscription to conversations.
    pub(super) fn unwatch(&self, id: LinkId, subscription: &str) {
        if let Some(link) = self.lock().links.get_mut(&id) {
            let before = link.conversations.len();
            link.conversations.retain(|one| one.id != subscription);
            let ended = before - link.conversations.len();
            self.watching.fetch_sub(ended, Ordering::AcqRel);
        }
    }

    /// Subscribes to routing tasks: `answer` first, then those there are.
    pub(super) fn hear_tasks(
        &self,
        id: LinkId,
        subscription: &str,
        answer: Utf8Bytes,
        calls: &[Call],
    ) -> bool {
        let mut inner = self.lock();
        let Some(link) = inner.links.get_mut(&id) else {
            return false;
        };
        if link.tasks.len() >= SUBSCRIPTIONS {
            return false;
        }
        link.out.push(answer);
        if calls.is_empty() {
            link.out
                .push(shapes::routing_tasks(&self.directory, subscription, &[]));
        }
        for calls in calls.chunks(CHANGES) {
            let calls: Vec<&Call> = calls.iter().collect();
            link.out
                .push(shapes::routing_tasks(&self.directory, subscription, &calls));
        }
        link.tasks.push(subscription.to_owned());
        true
    }

    /// Subscribes to an agent's state: `answer` first, then the state there is.
    pub(super) fn hear_state(
        &self,
        id: LinkId,
        subscription: &str,
        agent: ParticipantId,
        answer: Utf8Bytes,
        availability: Availability,
    ) -> bool {
        let mut inner = self.lock();
        let Some(link) = inner.links.get_mut(&id) else {
            return true;
        };
        if link.states.len() >= SUBSCRIPTIONS {
            return false;
        }
        let full = self.directory.full(&agent);
        link.out.push(answer);
        link.out
            .push(shapes::agent_state(subscription, &full, availability));
        link.states.push((subscription.to_owned(), agent));
        true
    }

    /// Tells everybody whose subscription it concerns how a conversation is.
    pub fn tell_conversation(&self, snapshot: &PrintedConversation) {
        let sent = self.clock.now();
        let mut inner = self.lock();
        for link in inner.links.values_mut() {
            for watch in &mut link.conversations {
                let kind = if watch.filter.matches(&snapshot.facts) {
                    if !watch.filter.keeps() {
                        watch.inside.insert(snapshot.id.clone());
                    }
                    "UPSERT"
                } else if watch.inside.remove(&snapshot.id) {
                    "DELETE"
                } else {
                    continue;
                };
                let change = [(kind, snapshot.result.as_str())];
                let frame = shapes::conversation_changes(&watch.id, sent, &change);
                link.out.push(frame);
            }
        }
    }

    /// Distributes an event or chat state to every socket of those it is for.
    pub fn tell_event(&self, notice: &Notice) {
        if self.count() == 0 {
            return;
        }
        let inner = self.lock();
        let mut frame = None;
        for agent in &notice.agents {
            for id in inner.by_agent.get(agent).into_iter().flatten() {
                let Some(link) = inner.links.get(id) else {
                    continue;
                };
                let frame = frame.get_or_insert_with(|| self.distribution(notice));
                if let Some(frame) = frame {
                    link.out.push(frame.clone());
                }
            }
        }
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

    /// Tells agents what rings at them, and what does not any more.
    pub fn tell_calls(&self, calls: &[Call]) {
        if calls.is_empty() || self.count() == 0 {
            return;
        }
        let mut by_agent: BTreeMap<&ParticipantId, Vec<&Call>> = BTreeMap::new();
        for call in calls {
            by_agent.entry(&call.agent).or_default().push(call);
        }
        let inner = self.lock();
        for (agent, calls) in by_agent {
            for id in inner.by_agent.get(agent).into_iter().flatten() {
                let Some(link) = inner.links.get(id) else {
                    continue;
                };
                for (subscription, part) in link
                    .tasks
                    .iter()
                    .flat_map(|one| calls.chunks(CHANGES).map(move |part| (one, part)))
                {
                    let frame = shapes::routing_tasks(&self.directory, subscription, part);
                    link.out.push(frame);
                }
            }
        }
    }

    /// Tells how available an agent is now.
    pub fn tell_state(&self, agent: &ParticipantId, availability: Availability) {
        let inner = self.lock();
        let full = self.directory.full(agent);
        for link in inner.links.values() {
            for (subscription, whose) in &link.states {
                if whose == agent {
                    let frame = shapes::agent_state(subscription, &full, availability);
                    link.out.push(frame);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn upserts(subscription: &str, sent: Timestamp, now: &[PrintedConversation]) -> Utf8Bytes {
    let changes: Vec<_> = now
        .iter()
        .map(|one| ("UPSERT", one.result.as_str()))
        .collect();
    shapes::conversation_changes(subscription, sent, &changes)
}
