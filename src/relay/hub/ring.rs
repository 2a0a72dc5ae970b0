//! The newest events of an account, in memory.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use crate::{
    domain::ids::ConversationId,
    relay::backend::{StoredEvent, Which},
};

/// What the ring may hold of an account, in bytes; past it the oldest go. Who needs those reads
/// the log.
const BYTES: usize = 4 * 1024 * 1024;
/// What an event takes beside its body and headers.
const OVERHEAD: usize = 256;

/// Events as they were told, without a gap between the oldest and the newest.
#[derive(Debug, Default)]
pub(super) struct Ring {
    events: VecDeque<Arc<StoredEvent>>,
    /// The same by conversation: a link asks after a number that may lie far back, for each event.
    conversations: HashMap<ConversationId, VecDeque<Arc<StoredEvent>>>,
    bytes: usize,
    /// All events above this number are here; `None` while none was told since a gap.
    floor: Option<u64>,
    /// The newest number that was told.
    newest: u64,
}

/// What the ring knows of events after a number.
#[derive(Debug)]
pub(crate) enum Recent {
    /// All of them up to `through` that were asked for.
    Here {
        events: Vec<Arc<StoredEvent>>,
        through: u64,
        /// Whether there may be more behind `through`.
        more: bool,
    },
    /// Not all of them are here; those up to `newest` can be read from the log.
    Elsewhere { newest: u64 },
}

impl Ring {
    /// Takes an event; false when it was told before.
    pub(super) fn push(&mut self, kept: Arc<StoredEvent>) -> bool {
        if kept.seq <= self.newest {
            return false;
        }
        self.floor.get_or_insert(kept.seq - 1);
        self.newest = kept.seq;
        self.bytes += weight(&kept);
        if let Some(conversation) = &kept.event.conversation {
            let of_it = self.conversations.entry(conversation.clone()).or_default();
            of_it.push_back(Arc::clone(&kept));
        }
        self.events.push_back(kept);
        while self.bytes > BYTES
            && let Some(oldest) = self.events.pop_front()
        {
            self.bytes -= weight(&oldest);
            self.floor = Some(oldest.seq);
            self.drop_from_conversation(&oldest);
        }
        true
    }

    /// Takes the oldest event out of its conversation, where it is the oldest too.
    fn drop_from_conversation(&mut self, oldest: &StoredEvent) {
        let Some(conversation) = &oldest.event.conversation else {
            return;
        };
        if let Some(of_it) = self.conversations.get_mut(conversation) {
            of_it.pop_front();
            if of_it.is_empty() {
                self.conversations.remove(conversation);
            }
        }
    }

    /// Forgets everything: what comes next need not follow on what is here.
    pub(super) fn empty(&mut self) {
        self.events.clear();
        self.conversations.clear();
        self.bytes = 0;
        self.floor = None;
    }

    /// The newest number that was told.
    pub(super) fn newest(&self) -> u64 {
        self.newest
    }

    /// Events after a number, at most `limit`.
    pub(super) fn after(&self, which: &Which, after: u64, limit: usize) -> Recent {
        if self.floor.is_none_or(|floor| after < floor) {
            return Recent::Elsewhere {
                newest: self.newest,
            };
        }
        let none = VecDeque::new();
        let asked = match which {
            Which::Conversation(id) => self.conversations.get(id).unwrap_or(&none),
            Which::Consumer(_) | Which::Account => &self.events,
        };
        let start = asked.partition_point(|kept| kept.seq <= after);
        let mut events = Vec::new();
        for kept in asked.range(start..) {
            if !is_meant(which, kept) {
                continue;
            }
            if events.len() == limit {
                let through = events
                    .last()
                    .map_or(after, |last: &Arc<StoredEvent>| last.seq);
                return Recent::Here {
                    events,
                    through,
                    more: true,
                };
            }
            events.push(Arc::clone(kept));
        }
        Recent::Here {
            events,
            through: self.newest,
            more: false,
        }
    }
}

fn is_meant(which: &Which, kept: &StoredEvent) -> bool {
    match which {
        Which::Conversation(id) => kept.event.conversation.as_ref() == Some(id),
        Which::Consumer(id) => kept.event.consumer.as_ref() == Some(id),
        Which::Account => true,
    }
}

fn weight(kept: &StoredEvent) -> usize {
    let request = &kept.event.request;
    let headers = request.headers.iter();
    let headers: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
    OVERHEAD + headers + request.body.len()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::{
        domain::{inbound::Request, time::Timestamp},
        relay::{backend::Event, hub::ring::*},
    };

    fn kept(seq: u64, conversation: &str, length: usize) -> Arc<StoredEvent> {
        Arc::new(StoredEvent {
            seq,
            event: Event {
                account: "a".into(),
                conversation: Some(conversation.into()),
                consumer: None,
                digest: None,
                request: Request {
                    at: Timestamp(0),
                    headers: Vec::new(),
                    body: Bytes::from(vec![b'x'; length]),
                },
            },
        })
    }

    fn numbers(recent: Recent) -> Option<(Vec<u64>, u64)> {
        match recent {
            Recent::Here {
                events, through, ..
            } => Some((events.iter().map(|kept| kept.seq).collect(), through)),
            Recent::Elsewhere { .. } => None,
        }
    }

    #[test]
    fn it_answers_only_what_it_has_whole() {
        let mut ring = Ring::default();
        let c = Which::Conversation("c".into());
        assert_eq!(numbers(ring.after(&Which::Account, 0, 9)), None);
        assert!(ring.push(kept(5, "c", 10)) && ring.push(kept(7, "d", 10)));
        assert!(!ring.push(kept(7, "d", 10)) && !ring.push(kept(6, "c", 10)));
        assert_eq!(numbers(ring.after(&c, 3, 9)), None);
        assert_eq!(numbers(ring.after(&c, 4, 9)), Some((vec![5], 7)));
        assert_eq!(
            numbers(ring.after(&Which::Account, 4, 1)),
            Some((vec![5], 5))
        );
        assert_eq!(numbers(ring.after(&c, 7, 9)), Some((vec![], 7)));
        ring.empty();
        assert_eq!(numbers(ring.after(&c, 7, 9)), None);
        assert!(ring.push(kept(9, "c", 10)));
        assert_eq!(numbers(ring.after(&c, 7, 9)), None);
        assert_eq!(numbers(ring.after(&c, 8, 9)), Some((vec![9], 9)));
    }

    #[test]
    fn it_stays_within_its_bytes() {
        let mut ring = Ring::default();
        for seq in 1..=9 {
            ring.push(kept(seq, "c", BYTES / 4));
        }
        assert!(ring.bytes <= BYTES);
        assert_eq!(ring.conversations.len(), 1);
        let of_it = ring
            .conversations
            .values()
            .map(VecDeque::len)
            .sum::<usize>();
        assert_eq!(of_it, ring.events.len());
        assert_eq!(numbers(ring.after(&Which::Account, 0, 9)), None);
        assert_eq!(
            numbers(ring.after(&Which::Account, 7, 9)),
            Some((vec![8, 9], 9))
        );
    }
}
