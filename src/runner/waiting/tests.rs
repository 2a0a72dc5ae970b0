//! Waits judged over logs that are made by hand.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::{
    domain::{
        content::Content,
        ids::ItemId,
        line::{Delivery, Hops, Line, LineBody},
        role::{Author, Role},
        text::SafeText,
        time::Timestamp,
    },
    runner::{
        absence::Unwanted,
        condition::Speaker,
        fact::WantedFact,
        log::{MessageUse, Situation, What},
        sight::WantedSight,
    },
    scenario::{
        matching::{Values, Wanted},
        script::{Payload, Reached, Template, TextPiece},
    },
};

struct Nothing;

impl Values for Nothing {
    fn value(&self, _: &str) -> Option<String> {
        None
    }
    fn env(&self, _: &str) -> Option<String> {
        None
    }
}

fn text(words: &str) -> Wanted {
    let template = Template(vec![TextPiece::Text(words.to_owned())]);
    Payload::Bare(template).wanted(&Nothing).unwrap()
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn line(number: u32, sequence: u64, body: LineBody) -> Line {
    let id = ItemId {
        phone: None,
        number,
    };
    Line::new(id, Timestamp(0), (0, sequence), body)
}

/// A message of an agent's with this number in the dialog.
fn theirs(sequence: u32, words: &str) -> Line {
    let body = LineBody::Theirs {
        author: Author {
            id: "riley".into(),
            role: Role::AssignedAgent,
        },
        name: "Riley".into(),
        content: Content::text(words.into()),
        dialog: "d".into(),
        sequence: u64::from(sequence),
        answerable: false,
    };
    line(sequence, u64::from(sequence), body)
}

fn mine(number: u32, delivery: Delivery) -> Line {
    let body = LineBody::Mine {
        content: Content::text("Hello".into()),
        delivery,
        hops: Hops::default(),
    };
    line(number, u64::from(number), body)
}

fn open(log: &mut PersonLog, at: u64, is_open: bool) {
    let situation = Situation {
        conversation: "c".into(),
        is_main_open: is_open,
        is_open,
        is_survey_open: false,
        agent: Some("Riley".into()),
        people: vec![(Role::AssignedAgent, "Riley".into())],
        skill: None,
        skill_name: SafeText::default(),
        csat: None,
        closed_by: "AGENT".into(),
    };
    log.add(ms(at), None, What::Stands(Box::new(situation)));
}

fn armed(condition: Condition, within: u64) -> Armed {
    Armed {
        whose: "me".to_owned(),
        condition,
        within: ms(within),
        is_optional: false,
    }
}

fn says(words: &str, within: u64) -> Armed {
    armed(Condition::Message(Speaker::Agent, text(words)), within)
}

fn logs(log: PersonLog) -> PersonLogs {
    BTreeMap::from([("me".to_owned(), log)])
}

fn anchored(at: u64) -> Anchor {
    Anchor {
        began: ms(at),
        at: ms(at),
    }
}

/// When each was met; `None` when all that must come did not.
fn met(judged: Judged) -> Option<Vec<Option<u64>>> {
    let Judged::Met(met) = judged else {
        return None;
    };
    let at = |one: Option<Met>| one.map(|one| u64::try_from(one.at.as_millis()).unwrap());
    Some(met.into_iter().map(at).collect())
}

fn kind(judged: &Judged) -> Option<FailureKind> {
    match judged {
        Judged::Failed { kind, .. } => Some(*kind),
        _ => None,
    }
}

#[test]
fn an_answer_that_came_before_anybody_looked_is_found_and_is_not_late() {
    let mut log = PersonLog::default();
    // It beat SEND's answer, which is the anchor.
    log.lines(ms(90), &[theirs(1, "Your order number, please")]);
    let logs = logs(log);
    let one = [says("order number", 1000)];
    let judged = judge(&one, &logs, anchored(100), ms(60_000), false);
    assert_eq!(met(judged), Some(vec![Some(100)]));
}

#[test]
fn a_deadline_is_the_last_instant_and_counts_from_the_anchor() {
    let mut log = PersonLog::default();
    log.lines(ms(2100), &[theirs(1, "arrives tomorrow")]);
    let logs = logs(log);
    let at = |within: u64, now: u64| {
        judge(
            &[says("arrives", within)],
            &logs,
            anchored(100),
            ms(now),
            false,
        )
    };
    assert_eq!(met(at(2000, 9000)), Some(vec![Some(2100)]));
    assert_eq!(kind(&at(1999, 9000)), Some(FailureKind::Late));
    // Before the deadline it may come still.
    assert!(matches!(at(1999, 2000), Judged::Pending));
}

#[test]
fn messages_are_used_up_in_order_and_once() {
    let mut log = PersonLog::default();
    for (sequence, words) in [(1, "One"), (2, "Let me look"), (3, "Two"), (4, "One again")] {
        log.lines(ms(u64::from(sequence) * 10), &[theirs(sequence, words)]);
    }
    let mut logs = logs(log);
    let mut found = Vec::new();
    for words in ["one", "two", "one"] {
        let judged = judge(&[says(words, 1000)], &logs, anchored(0), ms(50), false);
        let Judged::Met(met) = judged else {
            panic!("{words}")
        };
        let number = met[0].as_ref().unwrap().happening.unwrap();
        logs.get_mut("me")
            .unwrap()
            .mark(number, 1, MessageUse::InOrder);
        found.push(number);
    }
    assert_eq!(found, [0, 2, 3]);
    // What was skipped is behind the cursor.
    let judged = judge(&[says("look", 10)], &logs, anchored(0), ms(5000), false);
    assert_eq!(kind(&judged), Some(FailureKind::Late));
}

#[test]
fn a_message_that_comes_out_of_order_stands_where_the_phone_shows_it() {
    let mut log = PersonLog::default();
    log.lines(ms(10), &[theirs(2, "second")]);
    log.lines(ms(30), &[theirs(1, "first")]);
    let mut logs = logs(log);
    for words in ["first", "second"] {
        let judged = judge(&[says(words, 1000)], &logs, anchored(0), ms(50), true);
        let Judged::Met(met) = judged else {
            panic!("{words}: {judged:?}")
        };
        let number = met[0].as_ref().unwrap().happening.unwrap();
        logs.get_mut("me")
            .unwrap()
            .mark(number, 1, MessageUse::InOrder);
    }
}

#[test]
fn with_extras_fail_the_first_other_message_fails_at_once() {
    let mut log = PersonLog::default();
    log.lines(ms(10), &[theirs(1, "Welcome")]);
    let logs = logs(log);
    let judged = judge(&[says("order", 9000)], &logs, anchored(0), ms(11), true);
    assert_eq!(kind(&judged), Some(FailureKind::Mismatch));
    let judged = judge(&[says("order", 9000)], &logs, anchored(0), ms(11), false);
    assert!(matches!(judged, Judged::Pending));
    // An automatic message is none.
    let mut log = PersonLog::default();
    let mut welcome = theirs(1, "Welcome");
    if let LineBody::Theirs { author, .. } = &mut welcome.body {
        author.role = Role::Controller;
    }
    log.lines(ms(10), &[welcome]);
    let logs = self::logs(log);
    let judged = judge(&[says("order", 9000)], &logs, anchored(0), ms(11), true);
    assert!(matches!(judged, Judged::Pending));
}

#[test]
fn nobody_takes_a_message_before_the_phone_has_told_what_its_dialog_is() {
    let mut log = PersonLog::default();
    log.dialogs.insert("main".into(), false);
    log.lines(ms(10), &[theirs(1, "How was it?")]);
    let mut logs = logs(log);
    let survey = armed(Condition::Message(Speaker::Survey, text("How")), 9000);
    let both = [says("How", 9000), survey];
    let look = |logs: &PersonLogs, one| judge(&both[one..=one], logs, anchored(0), ms(20), true);
    assert!(matches!(look(&logs, 0), Judged::Pending));
    assert!(matches!(look(&logs, 1), Judged::Pending));
    logs.get_mut("me").unwrap().dialogs.insert("d".into(), true);
    assert_eq!(kind(&look(&logs, 0)), Some(FailureKind::Mismatch));
    assert_eq!(met(look(&logs, 1)), Some(vec![Some(10)]));
}

#[test]
fn nothing_more_comes_in_a_closed_conversation_and_that_is_said_early() {
    let mut log = PersonLog::default();
    open(&mut log, 0, true);
    open(&mut log, 100, false);
    let logs = logs(log);
    let at = |now: u64| {
        let one = [says("order", 60_000)];
        judge(&one, &logs, anchored(50), ms(now), false)
    };
    // What was said before may still be on its way.
    assert!(matches!(at(500), Judged::Pending));
    assert_eq!(kind(&at(2000)), Some(FailureKind::Impossible));
    let closed = WantedFact::Conversation(crate::scenario::script::ConversationStage::Closed);
    let one = [armed(Condition::Fact(closed), 1000)];
    let judged = judge(&one, &logs, anchored(50), ms(2000), false);
    assert_eq!(met(judged), Some(vec![Some(100)]));
}

#[test]
fn in_any_order_each_takes_another_message_and_the_latest_is_the_end() {
    let mut log = PersonLog::default();
    log.lines(ms(10), &[theirs(1, "and a bag")]);
    log.lines(ms(20), &[theirs(2, "a box and a bag")]);
    let logs = logs(log);
    let both = [says("bag", 1000), says("box", 1000)];
    let judged = judge(&both, &logs, anchored(0), ms(30), true);
    assert_eq!(met(judged), Some(vec![Some(10), Some(20)]));
    // One message is not two.
    let both = [says("a bag", 1000), says("a box", 1000), says("bag", 1000)];
    let judged = judge(&both, &logs, anchored(0), ms(5000), false);
    assert_eq!(kind(&judged), Some(FailureKind::Late));
}

#[test]
fn what_may_come_is_waited_for_until_what_must_come_is_there() {
    let mut log = PersonLog::default();
    log.lines(ms(20), &[theirs(1, "How can I help?")]);
    let logs = logs(log);
    let mut both = [says("Welcome", 9000), says("help", 9000)];
    both[0].is_optional = true;
    let judged = judge(&both, &logs, anchored(0), ms(21), true);
    assert_eq!(met(judged), Some(vec![None, Some(20)]));
    // By itself it is waited for until its deadline.
    let alone = &both[..1];
    let at = |now: u64| judge(alone, &logs, anchored(0), ms(now), false);
    assert!(matches!(at(21), Judged::Pending));
    assert_eq!(met(at(9001)), Some(vec![None]));
}

#[test]
fn typing_that_has_gone_again_is_seen_all_the_same() {
    let mut log = PersonLog::default();
    log.typing(ms(10), Some("Riley".into()));
    log.typing(ms(20), None);
    log.lines(ms(900), &[theirs(1, "Hello")]);
    assert!(Unwanted::Typing.find(&log, ms(5), ms(2000)).is_some());
    assert!(Unwanted::Typing.find(&log, ms(25), ms(2000)).is_none());
    let message = Unwanted::Message(Speaker::Agent, None);
    assert!(message.find(&log, ms(0), ms(899)).is_none());
    assert!(message.find(&log, ms(0), ms(900)).is_some());
    // What the step before ended with is not in the window.
    assert!(message.find(&log, ms(900), ms(2000)).is_none());
    let logs = logs(log);
    let sight = WantedSight::Typing(Speaker::named("riley"));
    let one = [armed(Condition::Sight(sight), 1000)];
    let judged = judge(&one, &logs, anchored(5), ms(1000), false);
    assert_eq!(met(judged), Some(vec![Some(10)]));
}

#[test]
fn a_message_that_did_not_go_out_is_never_read() {
    let mut log = PersonLog::default();
    let failed = Delivery::Failed {
        reason: "503 five times".into(),
        uncertain: false,
    };
    log.lines(ms(10), &[mine(1, failed)]);
    let logs = logs(log);
    let at = |reached: Reached| {
        let one = [armed(Condition::Fact(WantedFact::Last(reached)), 1000)];
        judge(&one, &logs, anchored(0), ms(20), false)
    };
    assert_eq!(kind(&at(Reached::Read)), Some(FailureKind::Impossible));
    assert_eq!(met(at(Reached::Failed)), Some(vec![Some(10)]));
}

/// Things that happen while messages come.
#[derive(Debug, Clone)]
enum Other {
    Receipt(bool),
    Typing(bool),
    Quiet,
}

fn others() -> impl Strategy<Value = Vec<Other>> {
    let one = prop_oneof![
        any::<bool>().prop_map(Other::Receipt),
        any::<bool>().prop_map(Other::Typing),
        Just(Other::Quiet),
    ];
    proptest::collection::vec(one, 0..12)
}

proptest! {
    /// Wherever receipts, typing and quiet lines come among the messages, and in whatever order the
    /// messages themselves come: the lines that wait for them find them.
    #[test]
    fn what_comes_between_messages_does_not_matter(
        others in others(),
        places in proptest::collection::vec(0_usize..5, 12),
        order in Just(vec![0_usize, 1, 2, 3]).prop_shuffle(),
    ) {
        let words = ["alpha", "beta", "gamma", "delta"];
        let mut log = PersonLog::default();
        log.lines(ms(0), &[mine(100, Delivery::Queued)]);
        let mut now = 1;
        for (nth, which) in order.iter().enumerate() {
            for (other, place) in others.iter().zip(&places) {
                if *place != nth {
                    continue;
                }
                now += 1;
                match other {
                    Other::Receipt(true) => {
                        log.lines(ms(now), &[mine(100, Delivery::Read { sequence: 9 })]);
                    }
                    Other::Receipt(false) => {
                        log.lines(ms(now), &[mine(100, Delivery::Accepted { sequence: 9 })]);
                    }
                    Other::Typing(is) => log.typing(ms(now), is.then(|| "Riley".into())),
                    Other::Quiet => {
                        let number = 200 + u32::try_from(now).unwrap();
                        let text = "Riley joined".into();
                        log.lines(ms(now), &[line(number, 1, LineBody::Quiet { text })]);
                    }
                }
            }
            now += 1;
            let sequence = u32::try_from(*which).unwrap() + 1;
            log.lines(ms(now), &[theirs(sequence, words[*which])]);
        }
        let mut logs = logs(log);
        for one in words {
            let judged = judge(&[says(one, 1000)], &logs, anchored(0), ms(now), true);
            let Judged::Met(met) = judged else {
                return Err(TestCaseError::fail(format!("{one}: {judged:?}")));
            };
            let number = met[0].as_ref().unwrap().happening.unwrap();
            logs.get_mut("me").unwrap().mark(number, 1, MessageUse::InOrder);
        }
    }

    /// One sighting fails an absence, however much happens around it.
    #[test]
    fn an_absence_sees_what_is_gone_again(
        begins in 0_u64..3000,
        lasts in 1_u64..500,
        from in 0_u64..1000,
        span in 1_u64..2000,
    ) {
        let mut log = PersonLog::default();
        log.typing(ms(begins), Some("Riley".into()));
        log.typing(ms(begins + lasts), None);
        let seen = Unwanted::Typing.find(&log, ms(from), ms(from + span)).is_some();
        let overlaps = begins <= from + span && begins + lasts > from;
        prop_assert_eq!(seen, overlaps);
    }
}
