//! The delivery policy against an endpoint played by hand.

mod recovery;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use proptest::prelude::*;
use url::Url;

use crate::{
    domain::{ids::ConversationId, time::Timestamp},
    sandbox::{
        delivery::policy::{DeliveryAction, Policy, Post, Standing, Timing},
        model::{
            notify::{EventType, Notification},
            webhooks::{Endpoint, Webhooks},
        },
    },
};

const DAY: Duration = Duration::from_hours(24);
const NONE: [u64; 0] = [];

fn timing() -> Timing {
    Timing {
        first_gap: Duration::from_secs(2),
        longest_gap: Duration::from_mins(5),
        number_gap: Duration::from_secs(30),
        drain_wait: Duration::from_secs(4),
        capacity: 1000,
        capacity_bytes: 10_000,
        parallel: 64,
    }
}

fn url(text: &str) -> Url {
    Url::parse(text).unwrap()
}

/// A policy with a clock and the posts that await an answer.
struct Rig {
    policy: Policy,
    now: Timestamp,
    open: BTreeMap<u64, Post>,
    forgotten: Vec<u64>,
    next: u64,
}

impl Rig {
    fn new(retention: Option<Duration>, max_retries: Option<u8>) -> Self {
        let webhooks = Webhooks::all_at(&url("http://one.test/in"), retention, max_retries);
        Self::with(webhooks)
    }

    fn with(webhooks: Webhooks) -> Self {
        Self {
            policy: Policy::new(webhooks, timing()),
            now: Timestamp(1_000_000),
            open: BTreeMap::new(),
            forgotten: Vec::new(),
            next: 0,
        }
    }

    fn event(&mut self, conversation: &str) -> u64 {
        self.event_of(conversation, EventType::Content)
    }

    fn event_of(&mut self, conversation: &str, kind: EventType) -> u64 {
        self.enqueue(conversation, kind, Bytes::from_static(b"{}"))
    }

    fn large_event(&mut self, conversation: &str, size: usize) -> u64 {
        self.enqueue(conversation, EventType::Content, vec![b' '; size].into())
    }

    fn enqueue(&mut self, conversation: &str, kind: EventType, body: Bytes) -> u64 {
        self.next += 1;
        let note = Notification {
            id: self.next,
            conversation: ConversationId::from(conversation),
            kind,
            at: self.now,
            body,
        };
        let actions = self.policy.enqueue(self.now, note);
        self.take(actions);
        self.next
    }

    fn take(&mut self, actions: Vec<DeliveryAction>) {
        for action in actions {
            match action {
                DeliveryAction::Post(post) => assert!(self.open.insert(post.id, post).is_none()),
                DeliveryAction::Forget(id) => self.forgotten.push(id),
            }
        }
        let wake = self.policy.next_wake();
        assert!(wake.is_none_or(|at| at > self.now), "{wake:?} has passed");
    }

    fn answer(&mut self, id: u64, ok: bool) {
        let post = self.open.remove(&id).expect("this event is being posted");
        let actions = self.policy.answered(self.now, id, post.generation, ok);
        self.take(actions);
    }

    fn wait(&mut self, span: Duration) {
        self.now = self.now.after(span);
        let actions = self.policy.tick(self.now);
        self.take(actions);
    }

    fn posting(&self) -> Vec<u64> {
        self.open.keys().copied().collect()
    }

    fn standing(&self) -> Standing {
        self.policy.standing()
    }
}

#[test]
fn one_conversation_goes_in_order_and_others_beside_it() {
    let mut rig = Rig::new(Some(DAY), None);
    let (a1, a2, b1) = (rig.event("a"), rig.event("a"), rig.event("b"));
    assert_eq!(rig.posting(), [a1, b1]);
    rig.answer(a1, true);
    assert_eq!(rig.posting(), [a2, b1]);
    rig.answer(b1, true);
    rig.answer(a2, true);
    assert_eq!((rig.policy.held(), rig.standing()), (0, Standing::Up));
    assert_eq!(rig.forgotten, [a1, b1, a2]);
}

#[test]
fn what_is_due_while_the_limit_is_under_way_waits_for_an_answer() {
    let mut rig = Rig::new(Some(DAY), None);
    let first = rig.event("a");
    rig.answer(first, false);
    rig.event("a");
    rig.wait(Duration::from_secs(2));
    rig.answer(first, true);
    let last = rig.event("a");
    rig.answer(first + 1, true);
    assert_eq!(rig.standing(), Standing::Recovered);
    // More than the limit comes while the endpoint takes its time over the drain.
    let late: Vec<u64> = (0..100).map(|_| rig.event("a")).collect();
    rig.wait(Duration::from_secs(4));
    assert_eq!(rig.posting().len(), 64);
    assert!(rig.policy.next_wake() > Some(rig.now.after(DAY / 2)));
    rig.answer(last, true);
    assert_eq!(rig.posting().last(), Some(&late[63]));
}

#[test]
fn no_more_than_the_limit_is_under_way() {
    let mut rig = Rig::new(Some(DAY), None);
    for one in 0..70 {
        rig.event(&format!("conversation {one}"));
    }
    assert_eq!(rig.posting().len(), 64);
    rig.answer(5, true);
    assert_eq!(rig.posting().len(), 64);
    assert!(rig.posting().contains(&65));
}

#[test]
fn by_number_an_event_is_repeated_and_others_overtake_it() {
    let mut rig = Rig::new(None, Some(2));
    let (a1, a2) = (rig.event("a"), rig.event("a"));
    rig.answer(a1, false);
    assert_eq!(rig.posting(), [a2]);
    rig.answer(a2, true);
    rig.wait(Duration::from_millis(29_999));
    assert_eq!(rig.posting(), NONE);
    assert_eq!(
        rig.policy.next_wake(),
        Some(rig.now.after(Duration::from_millis(1)))
    );
    rig.wait(Duration::from_millis(1));
    assert_eq!(rig.posting(), [a1]);
    rig.answer(a1, false);
    rig.wait(Duration::from_secs(30));
    rig.answer(a1, false);
    assert_eq!((rig.policy.held(), rig.policy.dropped()), (0, 1));
    rig.wait(Duration::from_secs(30));
    assert_eq!(rig.posting(), NONE);
}

#[test]
fn by_number_without_a_number_nothing_is_repeated() {
    let mut rig = Rig::new(None, None);
    let id = rig.event("a");
    rig.answer(id, false);
    assert_eq!(rig.forgotten, [id]);
    assert_eq!(rig.policy.next_wake(), None);
}

#[test]
fn by_time_gaps_double_up_to_five_minutes() {
    let mut rig = Rig::new(Some(DAY), Some(5));
    let id = rig.event("a");
    rig.answer(id, false);
    assert_eq!(rig.standing(), Standing::Failed);
    for gap in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
        let due = rig.now.after(Duration::from_secs(gap));
        assert_eq!(rig.policy.next_wake(), Some(due), "gap of {gap} s");
        rig.wait(Duration::from_millis(gap * 1000 - 1));
        assert_eq!(rig.posting(), NONE);
        rig.wait(Duration::from_millis(1));
        assert_eq!(rig.posting(), [id]);
        rig.answer(id, false);
    }
}

#[test]
fn failed_stores_everything_and_transition_sends_it_in_order() {
    let mut rig = Rig::new(Some(DAY), None);
    let (a1, a2, b1) = (rig.event("a"), rig.event("a"), rig.event("b"));
    rig.answer(a1, false);
    rig.answer(b1, true);
    let b2 = rig.event("b");
    assert_eq!(rig.posting(), NONE, "even what would work is stored");
    rig.wait(Duration::from_secs(2));
    assert_eq!(rig.posting(), [a1], "one attempt for one address");
    rig.answer(a1, true);
    assert_eq!(rig.standing(), Standing::InTransition);
    assert_eq!(rig.posting(), [a2, b2]);
    let (a3, c1) = (rig.event("a"), rig.event("c"));
    assert_eq!(
        rig.posting(),
        [a2, b2, c1],
        "a new conversation goes directly"
    );
    rig.answer(b2, true);
    rig.answer(a2, true);
    assert_eq!(rig.standing(), Standing::Recovered);
    assert_eq!(rig.posting(), [a3, c1]);
    rig.answer(a3, true);
    rig.answer(c1, true);
    assert_eq!(rig.standing(), Standing::Up);
}

#[test]
fn a_failure_in_transition_goes_back_and_loses_nothing() {
    let mut rig = Rig::new(Some(DAY), None);
    let (a1, a2) = (rig.event("a"), rig.event("a"));
    rig.answer(a1, false);
    rig.wait(Duration::from_secs(2));
    rig.answer(a1, true);
    rig.answer(a2, false);
    assert_eq!(rig.standing(), Standing::Failed);
    rig.wait(Duration::from_secs(2));
    assert_eq!(
        rig.posting(),
        NONE,
        "only a probe got through, so the gap doubles"
    );
    rig.wait(Duration::from_secs(2));
    assert_eq!(rig.posting(), [a2]);
    rig.answer(a2, true);
    assert_eq!((rig.standing(), rig.policy.held()), (Standing::Up, 0));
}

/// Up to where `a2` and `b2` are stored meanwhile and drained.
fn draining() -> (Rig, u64, u64) {
    let mut rig = Rig::new(Some(DAY), None);
    let a1 = rig.event("a");
    rig.answer(a1, false);
    let b1 = rig.event("b");
    rig.wait(Duration::from_secs(2));
    rig.answer(a1, true);
    let b2 = rig.event("b");
    rig.answer(b1, true);
    assert_eq!(rig.standing(), Standing::Recovered);
    let b3 = rig.event("b");
    assert_eq!(rig.posting(), [b2]);
    (rig, b2, b3)
}

#[test]
fn while_draining_an_event_keeps_its_order_if_the_drain_is_quick() {
    let (mut rig, b2, b3) = draining();
    rig.wait(Duration::from_secs(3));
    rig.answer(b2, true);
    assert_eq!(rig.posting(), [b3]);
    rig.answer(b3, true);
    rig.wait(Duration::from_secs(2));
    assert_eq!(rig.posting(), NONE);
    assert_eq!((rig.standing(), rig.policy.held()), (Standing::Up, 0));
}

#[test]
fn while_draining_an_event_is_sent_anyway_after_four_seconds() {
    let (mut rig, b2, b3) = draining();
    rig.wait(Duration::from_millis(3999));
    assert_eq!(rig.posting(), [b2]);
    rig.wait(Duration::from_millis(1));
    assert_eq!(rig.posting(), [b2, b3]);
    rig.answer(b3, false);
    assert_eq!(rig.standing(), Standing::Failed);
    rig.answer(b2, false);
    rig.wait(Duration::from_secs(2));
    assert_eq!(rig.posting(), [b2], "back in line behind the older one");
    rig.answer(b2, true);
    assert_eq!(rig.posting(), [b3]);
}

#[test]
fn what_is_older_than_the_retention_is_dropped() {
    let mut rig = Rig::new(Some(Duration::from_secs(10)), None);
    let a1 = rig.event("a");
    rig.answer(a1, false);
    rig.wait(Duration::from_secs(2));
    rig.answer(a1, false);
    rig.wait(Duration::from_secs(3));
    let a2 = rig.event("a");
    rig.wait(Duration::from_millis(5001));
    assert_eq!(rig.forgotten, [a1]);
    assert_eq!(rig.posting(), [a2]);
    rig.answer(a2, true);
    assert_eq!(rig.standing(), Standing::Up);
}

#[test]
fn no_retries_for_a_kind_spares_the_others_a_failure() {
    let mut webhooks = Webhooks::all_at(&url("http://one.test/in"), Some(DAY), None);
    webhooks.endpoints.insert(
        EventType::ChatState,
        Arc::new(Endpoint {
            url: url("http://one.test/typing"),
            headers: Vec::new(),
            max_retries: Some(0),
        }),
    );
    let mut rig = Rig::with(webhooks);
    let typing = rig.event_of("a", EventType::ChatState);
    rig.answer(typing, false);
    assert_eq!(
        (rig.standing(), rig.forgotten.as_slice()),
        (Standing::Up, &[typing][..])
    );
    let text = rig.event("a");
    rig.answer(text, false);
    let later = rig.event_of("b", EventType::ChatState);
    assert_eq!(
        rig.policy.held(),
        2,
        "while failing it is stored like the others"
    );
    rig.wait(Duration::from_secs(2));
    assert_eq!(rig.posting(), [text, later], "one attempt for each address");
    rig.answer(text, true);
    assert_eq!(
        rig.standing(),
        Standing::Failed,
        "all addresses must answer"
    );
    rig.answer(later, true);
    assert_eq!(rig.standing(), Standing::Up);
}

#[test]
fn a_new_configuration_is_tried_at_once() {
    let mut rig = Rig::new(Some(DAY), None);
    let (a1, a2) = (rig.event("a"), rig.event("a"));
    rig.answer(a1, false);
    let webhooks = Webhooks::all_at(&url("http://two.test/in"), Some(DAY), None);
    let actions = rig.policy.configure(rig.now, webhooks);
    rig.take(actions);
    assert_eq!(rig.posting(), [a1]);
    let post = rig.open.get(&a1).unwrap();
    assert_eq!(post.endpoint.url.as_str(), "http://two.test/in");
    rig.answer(a1, true);
    assert_eq!(rig.posting(), [a2]);
}

#[test]
fn an_answer_from_the_old_address_says_nothing_about_the_new_one() {
    let mut rig = Rig::new(Some(DAY), None);
    let a1 = rig.event("a");
    let webhooks = Webhooks::all_at(&url("http://two.test/in"), Some(DAY), None);
    let actions = rig.policy.configure(rig.now, webhooks);
    rig.take(actions);
    assert_eq!(
        rig.posting(),
        [a1],
        "it is still under way to the old address"
    );
    rig.answer(a1, false);
    assert_eq!((rig.standing(), rig.posting()), (Standing::Up, vec![a1]));
}

#[test]
fn what_nobody_subscribes_to_is_forgotten_and_what_is_left_waits_for_an_address() {
    let mut rig = Rig::with(Webhooks::default());
    let id = rig.event("a");
    assert_eq!(rig.forgotten, [id]);
    let left = Notification {
        id: 9,
        conversation: ConversationId::from("a"),
        kind: EventType::Content,
        at: rig.now,
        body: Bytes::new(),
    };
    let actions = rig.policy.restore(rig.now, vec![left]);
    rig.take(actions);
    assert_eq!((rig.posting(), rig.policy.held()), (vec![], 1));
    let webhooks = Webhooks::all_at(&url("http://one.test/in"), Some(DAY), None);
    let actions = rig.policy.configure(rig.now, webhooks);
    rig.take(actions);
    assert_eq!(rig.posting(), [9]);
}

#[test]
fn past_the_capacity_the_oldest_goes() {
    let mut rig = Rig::new(Some(DAY), None);
    rig.event("a");
    rig.answer(1, false);
    for _ in 0..1000 {
        rig.event("a");
    }
    assert_eq!((rig.policy.held(), rig.policy.dropped()), (1000, 1));
    assert_eq!(rig.forgotten, [1]);
}

#[test]
fn past_the_capacity_in_bytes_the_oldest_go() {
    let mut rig = Rig::new(Some(DAY), None);
    let first = rig.event("a");
    rig.answer(first, false);
    let waiting: Vec<u64> = (0..9).map(|_| rig.large_event("a", 1000)).collect();
    assert_eq!(rig.policy.dropped(), 0);
    rig.large_event("a", 2500);
    assert_eq!(rig.forgotten, [first, waiting[0], waiting[1]]);
    // What is given up makes room again.
    rig.large_event("b", 10);
    assert_eq!(rig.forgotten.len(), 3);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the endpoint does: with a retention every event arrives, once it
    /// was last refused, exactly once more, and in order within its conversation
    /// unless a drain took too long.
    #[test]
    fn nothing_is_lost_doubled_or_out_of_order(steps in prop::collection::vec((0..4_u8, any::<u8>(), any::<bool>()), 1..200)) {
        let mut rig = Rig::new(Some(DAY), None);
        let mut arrived: BTreeMap<ConversationId, Vec<u64>> = BTreeMap::new();
        let mut of = BTreeMap::new();
        let settle = |rig: &mut Rig, arrived: &mut BTreeMap<ConversationId, Vec<u64>>, of: &BTreeMap<u64, ConversationId>, pick: u8, ok: bool| {
            let open = rig.posting();
            if open.is_empty() { return; }
            let id = open[usize::from(pick) % open.len()];
            if ok {
                arrived.entry(of[&id].clone()).or_default().push(id);
            }
            rig.answer(id, ok);
        };
        for (step, pick, ok) in steps {
            match step {
                0 => {
                    let name = format!("c{}", pick % 3);
                    of.insert(rig.next + 1, ConversationId::from(name.as_str()));
                    rig.event(&name);
                }
                // Less than the wait of a drain in all, so order must hold.
                1 => rig.wait(Duration::from_millis(u64::from(pick) / 16)),
                2 => if let Some(at) = rig.policy.next_wake().filter(|_| rig.standing() == Standing::Failed && rig.posting().is_empty()) {
                    let span = at.since(rig.now);
                    rig.wait(span);
                },
                _ => settle(&mut rig, &mut arrived, &of, pick, ok),
            }
        }
        for _ in 0..5000 {
            if rig.policy.held() == 0 { break; }
            if rig.posting().is_empty() {
                let at = rig.policy.next_wake().expect("something is held, so something is due");
                let span = at.since(rig.now);
                rig.wait(span);
            }
            settle(&mut rig, &mut arrived, &of, 0, true);
        }
        prop_assert_eq!(rig.policy.held(), 0);
        let mut count = 0;
        for ids in arrived.values() {
            count += ids.len() as u64;
            prop_assert!(ids.is_sorted(), "{:?}", ids);
        }
        prop_assert_eq!(count, rig.next);
        prop_assert_eq!(rig.standing(), Standing::Up);
    }
}
