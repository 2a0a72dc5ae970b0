//! What the hub leaves for a link: which scopes have new events, and little else.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

use crate::domain::{ids::ConversationId, inbound::Request};

/// Conversations that are remembered one by one; past it, the link looks at all it holds.
const CONVERSATIONS: usize = 4096;
/// Canaries that wait; past it the oldest is dropped, and another one comes soon.
const CANARIES: usize = 4;

/// Why the hub ends a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notice {
    /// The same device has linked again.
    Replaced,
    /// Its ticket was revoked.
    Revoked,
}

/// What waits for a link.
#[derive(Debug, Default)]
pub(crate) struct Signals {
    /// Conversations with events, for a tester.
    pub(crate) conversations: HashSet<ConversationId>,
    /// Everything it may get is to be looked at.
    pub(crate) all: bool,
    /// Canaries of its own.
    pub(crate) canaries: VecDeque<Arc<Request>>,
    /// How many other testers are linked now.
    pub(crate) peers: Option<u32>,
    /// Events of its tester were dropped.
    pub(crate) dropped: bool,
    /// It is to end.
    pub(crate) notice: Option<Notice>,
}

/// Where signals for a link wait; nobody who leaves any waits for the link.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    signals: Mutex<Signals>,
    wake: Notify,
}

impl Inbox {
    /// Waits for signals. Safe to cancel.
    pub(crate) async fn signals(&self) -> Signals {
        self.wake.notified().await;
        std::mem::take(&mut *self.signals.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn conversation(&self, id: &ConversationId) {
        self.leave(|signals| {
            if signals.conversations.len() < CONVERSATIONS {
                signals.conversations.insert(id.clone());
            } else {
                signals.all = true;
            }
        });
    }

    pub(super) fn all(&self) {
        self.leave(|signals| signals.all = true);
    }

    pub(super) fn canary(&self, request: &Arc<Request>) {
        self.leave(|signals| {
            if signals.canaries.len() == CANARIES {
                signals.canaries.pop_front();
            }
            signals.canaries.push_back(Arc::clone(request));
        });
    }

    pub(super) fn peers(&self, count: u32) {
        self.leave(|signals| signals.peers = Some(count));
    }

    pub(super) fn dropped(&self) {
        self.leave(|signals| signals.dropped = true);
    }

    pub(super) fn notice(&self, notice: Notice) {
        self.leave(|signals| signals.notice = Some(notice));
    }

    fn leave(&self, change: impl FnOnce(&mut Signals)) {
        change(&mut self.signals.lock().unwrap_or_else(PoisonError::into_inner));
        self.wake.notify_one();
    }
}
