//! Where a link stands within each scope: what was sent, what was acknowledged, what is due.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::{
    domain::relay::Scope,
    relay::backend::{Cursor, StoredEvent},
};

/// Events that may be sent and not acknowledged.
const EVENTS: usize = 64;
/// Their bodies together, in bytes; a single event may be longer.
const BYTES: usize = 2 * 1024 * 1024;

#[derive(Debug, Default)]
struct ScopeFlow {
    acked: u64,
    /// Everything up to here was sent, or is not there.
    through: u64,
}

/// All scopes of a link.
#[derive(Debug, Default)]
pub(super) struct FlowControl {
    scopes: HashMap<Scope, ScopeFlow>,
    due: VecDeque<Scope>,
    /// The same as in `due`, to find them.
    waiting: HashSet<Scope>,
    flight: VecDeque<(Scope, u64, usize)>,
    bytes: usize,
    /// An event did not fit; nothing goes before something is acknowledged.
    full: bool,
    moved: HashMap<Scope, u64>,
}

impl FlowControl {
    /// Begins where the device has come to.
    pub(super) fn new(cursors: Vec<Cursor>) -> Self {
        let flow = |seq| ScopeFlow {
            acked: seq,
            through: seq,
        };
        Self {
            scopes: cursors
                .into_iter()
                .map(|(scope, seq)| (scope, flow(seq)))
                .collect(),
            ..Self::default()
        }
    }

    /// There may be something to send.
    pub(super) fn wake(&mut self, scope: Scope) {
        if self.waiting.insert(scope.clone()) {
            self.due.push_back(scope);
        }
    }

    /// The scope whose turn it is, after which number, and how many events may be sent; `None`
    /// while nothing is due or too much is unacknowledged.
    pub(super) fn next(&mut self) -> Option<(Scope, u64, usize)> {
        let room = EVENTS.saturating_sub(self.flight.len());
        if room == 0 || self.full {
            return None;
        }
        let scope = self.due.pop_front()?;
        self.waiting.remove(&scope);
        let after = self.scopes.entry(scope.clone()).or_default().through;
        Some((scope, after, room))
    }

    /// Whether an event may be sent now; it counts as sent then.
    pub(super) fn send(&mut self, scope: &Scope, kept: &StoredEvent) -> bool {
        let bytes = kept.event.request.body.len();
        let fits = self.flight.len() < EVENTS && self.bytes.saturating_add(bytes) <= BYTES;
        if !fits && !self.flight.is_empty() {
            self.full = true;
            return false;
        }
        let flow = self.scopes.entry(scope.clone()).or_default();
        flow.through = flow.through.max(kept.seq);
        self.flight.push_back((scope.clone(), kept.seq, bytes));
        self.bytes += bytes;
        true
    }

    /// Nothing is left to send up to this number.
    pub(super) fn passed(&mut self, scope: &Scope, through: u64) {
        let flow = self.scopes.entry(scope.clone()).or_default();
        flow.through = flow.through.max(through);
    }

    /// The device has everything of a scope up to a number, but not beyond `newest`; gives how
    /// many events that acknowledges.
    pub(super) fn ack(&mut self, scope: &Scope, seq: u64, newest: u64) -> usize {
        let Some(flow) = self.scopes.get_mut(scope) else {
            return 0;
        };
        let seq = seq.min(newest.max(flow.through));
        if seq <= flow.acked {
            return 0;
        }
        flow.acked = seq;
        flow.through = flow.through.max(seq);
        self.moved.insert(scope.clone(), seq);
        let before = self.flight.len();
        let bytes = &mut self.bytes;
        self.flight.retain(|(of, number, size)| {
            let acked = of == scope && *number <= seq;
            if acked {
                *bytes -= size;
            }
            !acked
        });
        let acked = before - self.flight.len();
        self.full &= acked == 0;
        acked
    }

    /// A scope is the device's no longer.
    pub(super) fn drop_scope(&mut self, scope: &Scope) {
        let bytes = &mut self.bytes;
        self.flight.retain(|(of, _, size)| {
            if of == scope {
                *bytes -= size;
            }
            of != scope
        });
        self.full = false;
    }

    /// The link ends: what was not acknowledged comes on the next one.
    pub(super) fn drop_all(&mut self) {
        self.flight.clear();
        self.bytes = 0;
    }

    /// Cursors that have moved since the last time.
    pub(super) fn moved(&mut self) -> Vec<Cursor> {
        self.moved.drain().collect()
    }

    pub(super) fn has_moved(&self) -> bool {
        !self.moved.is_empty()
    }

    /// Cursors that could not be kept; newer ones stand.
    pub(super) fn not_kept(&mut self, cursors: Vec<Cursor>) {
        for (scope, seq) in cursors {
            self.moved.entry(scope).or_insert(seq);
        }
    }

    /// Events that were sent and not acknowledged.
    pub(super) fn unacked(&self) -> usize {
        self.flight.len()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use crate::{
        domain::{inbound::Request, time::Timestamp},
        relay::{backend::Event, link::flow_control::*},
    };

    fn kept(seq: u64, length: usize) -> StoredEvent {
        let request = Request {
            at: Timestamp(0),
            headers: Vec::new(),
            body: Bytes::from(vec![b'x'; length]),
        };
        StoredEvent {
            seq,
            event: Event {
                account: "a".into(),
                conversation: None,
                consumer: None,
                digest: None,
                request,
            },
        }
    }

    fn scope(name: &str) -> Scope {
        Scope::Conversation(name.into())
    }

    #[test]
    fn scopes_take_turns_and_go_on_where_they_were() {
        let mut flow_control = FlowControl::new(vec![(scope("c"), 5)]);
        flow_control.wake(scope("c"));
        flow_control.wake(scope("d"));
        flow_control.wake(scope("c"));
        assert_eq!(flow_control.next(), Some((scope("c"), 5, 64)));
        assert!(flow_control.send(&scope("c"), &kept(7, 10)));
        assert_eq!(flow_control.next(), Some((scope("d"), 0, 63)));
        assert_eq!(flow_control.next(), None);
        flow_control.wake(scope("c"));
        assert_eq!(flow_control.next(), Some((scope("c"), 7, 63)));
    }

    #[test]
    fn what_is_not_acknowledged_holds_the_rest_back() {
        let mut flow_control = FlowControl::default();
        let c = scope("c");
        for seq in 1..=64 {
            assert!(flow_control.send(&c, &kept(seq, 10)));
        }
        flow_control.wake(c.clone());
        assert!(!flow_control.send(&c, &kept(65, 10)));
        assert_eq!(flow_control.next(), None);
        assert!(flow_control.full);
        assert_eq!(flow_control.ack(&scope("d"), 64, 64), 0);
        assert_eq!(flow_control.ack(&c, 3, 64), 3);
        assert_eq!(flow_control.ack(&c, 2, 64), 0);
        assert_eq!(flow_control.next(), Some((c.clone(), 64, 3)));
        assert_eq!(flow_control.moved(), [(c.clone(), 3)]);
        flow_control.not_kept(vec![(c.clone(), 3)]);
        assert_eq!(flow_control.ack(&c, u64::MAX, 70), 61);
        assert_eq!(
            (
                flow_control.moved(),
                flow_control.unacked(),
                flow_control.bytes
            ),
            (vec![(c, 70)], 0, 0)
        );
    }

    #[test]
    fn a_long_event_goes_alone() {
        let mut flow_control = FlowControl::default();
        let c = scope("c");
        assert!(flow_control.send(&c, &kept(1, BYTES + 1)));
        assert!(!flow_control.send(&c, &kept(2, 1)));
        assert_eq!(flow_control.ack(&c, 1, 1), 1);
        assert!(flow_control.send(&c, &kept(2, 1)));
        assert!(!flow_control.send(&c, &kept(3, BYTES)));
    }
}
