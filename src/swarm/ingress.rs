//! Webhooks of a swarm: judged on their raw bytes, counted, and taken to the consumer they are for.
//! Nothing is kept: what a consumer has not taken when the program ends is gone.

use std::{
    collections::{HashSet, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::time::Instant;

use crate::{
    domain::{
        content::Content,
        inbound::{Credentials, Hook, Request, Verdict, judge},
        wire::inbound::{self, Change, Event},
    },
    swarm::{
        consumer::{
            play::SwarmShared,
            router::{ArrivedChange, Delivered, Delivery},
        },
        measure::{Latency, SwarmCount},
        recorder::micros,
    },
};

/// Bodies that are recognised when they come again: the last so many.
const RECOGNISED: usize = 65_536;

/// The vendor's name for somebody who types, or stopped, or looks away.
const TYPING: &str = "ChatStateEvent";

/// Takes the webhooks of one swarm; cheap to clone.
#[derive(Clone)]
pub struct SwarmHooks {
    shared: Arc<SwarmShared>,
    credentials: Arc<Credentials>,
    bodies: Arc<Mutex<SeenBodies>>,
}

/// The bodies that came last, by their hashes.
#[derive(Default)]
struct SeenBodies {
    known: HashSet<u64>,
    order: VecDeque<u64>,
}

impl SeenBodies {
    /// Whether the body came before.
    fn saw(&mut self, body: &[u8]) -> bool {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let hash = hasher.finish();
        if !self.known.insert(hash) {
            return true;
        }
        self.order.push_back(hash);
        if self.order.len() > RECOGNISED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        false
    }
}

impl SwarmHooks {
    pub(crate) fn new(shared: Arc<SwarmShared>, credentials: Credentials) -> Self {
        Self {
            shared,
            credentials: Arc::new(credentials),
            bodies: Arc::default(),
        }
    }

    /// Takes a request and gives the status owed to it: 200 when it is the cloud's, 401 when it is
    /// not, and 503 when a consumer has no room for it, so that the cloud sends it again.
    pub fn take(&self, request: Request) -> u16 {
        let at = Instant::now();
        let verdict = judge(&request, &self.credentials);
        if verdict != Verdict::Valid {
            let mut measures = self.shared.recorder.measures();
            measures.hooks.add("unknown", verdict.as_str());
            measures.count(0, SwarmCount::Hooks, 1);
            measures.count(0, SwarmCount::BadSignature, 1);
            return 401;
        }
        let length = u64::try_from(request.body.len()).unwrap_or(u64::MAX);
        let body = request.content();
        let changes = inbound::read(&body);
        let kind = changes.first().map_or("empty", kind_of);
        // Who types is told again in the same words, so that nobody can say whether it came twice.
        let is_again = kind != TYPING && {
            let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
            bodies.saw(&request.body)
        };
        let (mut is_full, mut owner) = (false, None);
        for change in changes {
            let arrived = ArrivedChange {
                change,
                at,
                is_again,
            };
            let (delivered, phone) = self.shared.router.deliver(arrived);
            is_full |= delivered == Delivered::Full;
            owner = owner.or(phone);
        }
        drop(body);
        if let Some(phone) = owner.filter(|_| self.shared.tells_wire) {
            let hook = Box::new(Hook::read(request, verdict, 200));
            is_full |= self.shared.router.send(phone, Delivery::Hook(hook)) == Delivered::Full;
        }
        let mut measures = self.shared.recorder.measures();
        measures.hooks.add(kind, verdict.as_str());
        measures.count(0, SwarmCount::Hooks, 1);
        measures.count(0, SwarmCount::BytesIn, length);
        measures.count(0, SwarmCount::Redelivered, u64::from(is_again));
        measures.count(0, SwarmCount::Overflowed, u64::from(is_full));
        measures.record(0, Latency::Hook, micros(at.elapsed()));
        if is_full { 503 } else { 200 }
    }
}

/// What a change tells of, by the vendor's name for its event.
fn kind_of(change: &Change) -> &'static str {
    match change {
        Change::Conversation(_) => "ExConversationChangeNotification",
        Change::Message(message) => match &message.event {
            Event::Content {
                content: Content::Rich { .. },
                ..
            } => "RichContentEvent",
            Event::Content { .. } => "ContentEvent",
            Event::Accept { .. } => "AcceptStatusEvent",
            Event::ChatState(_) => TYPING,
            Event::Unknown(_) | Event::Unreadable => "other",
        },
    }
}
