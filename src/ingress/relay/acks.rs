//! What was handed on, what is safe, and what the relay has to be told of it.

use std::collections::{HashMap, VecDeque};

use tokio::time::{Duration, Instant};

use crate::domain::relay::{Scope, Up};

/// The longest an acknowledgement waits for others of its scope to be told with it.
const SOON: Duration = Duration::from_millis(50);
/// So many events are told of at once.
const AT_ONCE: usize = 32;
/// Scopes remembered. Past it those where all is safe are forgotten, which costs nothing but the
/// journal's own look.
const SCOPES: usize = 4096;

/// How far a scope has come over this link.
#[derive(Debug, Clone, Copy, Default)]
struct Mark {
    handed_on: u64,
    safe: u64,
}

/// The acknowledgements of one link.
#[derive(Debug, Default)]
pub(super) struct Acks {
    marks: HashMap<Scope, Mark>,
    /// To be told, by scope; each is in `order` once.
    waiting: HashMap<Scope, u64>,
    order: VecDeque<Scope>,
    events: usize,
    due: Option<Instant>,
}

impl Acks {
    /// An event came. Gives the number of the one before it if it is to be handed on; a
    /// repetition is not, and is acknowledged again if it is safe.
    pub(super) fn came(&mut self, scope: &Scope, seq: u64, now: Instant) -> Option<u64> {
        if self.marks.len() >= SCOPES && !self.marks.contains_key(scope) {
            self.marks.retain(|_, mark| mark.safe < mark.handed_on);
        }
        let mark = self.marks.entry(scope.clone()).or_default();
        if seq > mark.handed_on {
            return Some(std::mem::replace(&mut mark.handed_on, seq));
        }
        let safe = mark.safe;
        if seq <= safe {
            self.tell(scope.clone(), safe, now);
        }
        None
    }

    /// An event is safe, and so are all before it in its scope.
    pub(super) fn safe(&mut self, scope: Scope, seq: u64, now: Instant) {
        if let Some(mark) = self.marks.get_mut(&scope) {
            mark.safe = seq;
        }
        self.tell(scope, seq, now);
    }

    /// When there is something to be told.
    pub(super) fn due(&self) -> Option<Instant> {
        self.due
    }

    pub(super) fn next(&mut self) -> Option<Up> {
        let scope = self.order.pop_front()?;
        let seq = self.waiting.remove(&scope)?;
        if self.waiting.is_empty() {
            self.due = None;
            self.events = 0;
        }
        Some(Up::Ack { scope, seq })
    }

    fn tell(&mut self, scope: Scope, seq: u64, now: Instant) {
        if self.waiting.insert(scope.clone(), seq).is_none() {
            self.order.push_back(scope);
        }
        self.events += 1;
        let due = if self.events >= AT_ONCE {
            now
        } else {
            now + SOON
        };
        self.due = Some(self.due.map_or(due, |earlier| earlier.min(due)));
    }
}

#[cfg(test)]
mod tests {
    use crate::ingress::relay::acks::*;

    #[test]
    fn acknowledgements_wait_for_each_other_and_not_for_long() {
        let (now, mut acks) = (Instant::now(), Acks::default());
        let [one, other] = ["a", "b"].map(|id| Scope::Conversation(id.into()));
        assert_eq!(acks.came(&one, 5, now), Some(0));
        assert_eq!(acks.came(&one, 9, now), Some(5));
        assert_eq!(acks.came(&other, 6, now), Some(0));
        assert_eq!(acks.due(), None);
        acks.safe(one.clone(), 5, now);
        acks.safe(other.clone(), 6, now);
        acks.safe(one.clone(), 9, now + SOON / 2);
        assert_eq!(acks.due(), Some(now + SOON));
        let told = std::iter::from_fn(|| acks.next()).collect::<Vec<_>>();
        let ack = |scope: &Scope, seq| Up::Ack {
            scope: scope.clone(),
            seq,
        };
        assert_eq!(told, [ack(&one, 9), ack(&other, 6)]);
        assert_eq!(acks.due(), None);
        for seq in 10..10 + AT_ONCE as u64 {
            assert_eq!(acks.came(&one, seq, now), Some(seq - 1));
            acks.safe(one.clone(), seq, now);
        }
        assert_eq!(acks.due(), Some(now));
    }

    #[test]
    fn a_repetition_is_not_handed_on_and_told_of_only_once_it_is_safe() {
        let (now, mut acks) = (Instant::now(), Acks::default());
        assert_eq!(acks.came(&Scope::Account, 5, now), Some(0));
        assert_eq!(acks.came(&Scope::Account, 5, now), None);
        assert_eq!(acks.next(), None);
        acks.safe(Scope::Account, 5, now);
        assert!(acks.next().is_some());
        assert_eq!(acks.came(&Scope::Account, 3, now), None);
        let (scope, seq) = (Scope::Account, 5);
        assert_eq!(acks.next(), Some(Up::Ack { scope, seq }));
    }
}
