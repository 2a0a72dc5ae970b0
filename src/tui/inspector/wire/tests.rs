//! What is listed, and how the window moves on a journal of many entries.

use bytes::Bytes;

use super::*;
use crate::{
    domain::{exchange::Exchange, ids::PhoneId, time::Timestamp},
    engine::command::Question,
    tui::inspector::wire::history::PAGE,
};

fn entry(id: u64, phone: Option<PhoneId>, purpose: &str, body: &'static str) -> Entry {
    Entry {
        id: EntryId(id),
        phone,
        kind: EntryKind::Call(Exchange {
            serial: id,
            phone,
            cause: None,
            conversation: None,
            purpose: purpose.to_owned(),
            method: "POST".to_owned(),
            url: "http://localhost/api/send?v=3".to_owned(),
            headers: Vec::new(),
            body: Bytes::from_static(body.as_bytes()),
            attempt: 1,
            started: Timestamp(0),
            outcome: None,
        }),
    }
}

fn call(id: u64, purpose: &str, body: &'static str) -> Entry {
    entry(id, None, purpose, body)
}

fn item(number: u32) -> ItemId {
    ItemId {
        phone: Some(PhoneId(0)),
        number,
    }
}

/// A journal with entries of these numbers, which answers as the engine does.
struct Kept(Vec<u64>);

impl Kept {
    fn answer(&self, question: &Question) -> Vec<Entry> {
        let Question::Entries { before, limit, .. } = question else {
            panic!("only entries are asked for: {question:?}");
        };
        let end = before.map_or(self.0.len(), |before| {
            self.0.partition_point(|id| *id < before.0)
        });
        let ids = self.0.iter().take(end).rev().take(*limit);
        ids.map(|id| call(*id, "x", "")).collect()
    }

    /// Answers until nothing more is asked; how many questions that took.
    fn settle(&self, wire: &mut Wire, mut question: Option<Question>) -> usize {
        let mut asked = 0;
        while let Some(now) = question {
            asked += 1;
            question = wire.take(self.answer(&now));
        }
        asked
    }
}

fn ids(wire: &Wire) -> Vec<u64> {
    let all = (0..wire.listed()).filter_map(|row| wire.at(row));
    all.map(|(id, _)| id.0).collect()
}

#[test]
fn the_filter_looks_into_bodies_and_new_entries_pass_it_too() {
    let mut wire = Wire::default();
    wire.put(call(
        1,
        "ms.PublishEvent text",
        "{\"message\":\"Blue one\"}",
    ));
    wire.put(call(2, "AppJWT", ""));
    wire.filter("blue");
    assert_eq!((wire.listed(), wire.row(EntryId(1))), (1, Some(0)));
    wire.put(call(3, "ms.PublishEvent text", "BLUE"));
    wire.put(call(4, "ms.PublishEvent text", "red"));
    assert_eq!(wire.listed(), 2);
    // A change can take an entry out of the list.
    wire.put(call(3, "ms.PublishEvent text", "green"));
    assert_eq!(wire.listed(), 1);
    // A wrong term is told and changes nothing.
    wire.filter("blue status:x");
    assert!(wire.fault().unwrap().starts_with("status:x is none of"));
    assert_eq!(wire.listed(), 1);
    wire.filter("");
    assert_eq!((wire.listed(), wire.fault()), (4, None));
}

#[test]
fn the_wire_of_a_phone_is_its_own_and_what_all_share() {
    let mut wire = Wire::default();
    wire.put(entry(1, Some(PhoneId(0)), "x", ""));
    wire.put(entry(2, Some(PhoneId(1)), "x", ""));
    wire.put(entry(3, None, "x", ""));
    wire.show_of(Some(PhoneId(1)));
    assert_eq!(ids(&wire), [2, 3]);
    wire.put(entry(4, Some(PhoneId(0)), "x", ""));
    wire.show_of(None);
    assert_eq!(ids(&wire), [1, 2, 3, 4]);
}

#[test]
fn only_the_entries_of_one_bubble_are_listed_when_asked() {
    let mut wire = Wire::default();
    for id in 1..=3 {
        wire.put(call(id, "x", ""));
    }
    wire.link(EntryId(1), vec![item(7)]);
    wire.only(Some(item(7)));
    assert_eq!(wire.listed(), 1);
    wire.link(EntryId(3), vec![item(7), item(8)]);
    assert_eq!(wire.listed(), 2);
    assert!(wire.are_linked(EntryId(3), item(8)));
    // What is not held cannot be gone to.
    wire.link(EntryId(99), vec![item(8)]);
    assert_eq!(wire.entries_of(item(8)).collect::<Vec<_>>(), [EntryId(3)]);
}

#[test]
fn what_is_pinned_stays_whatever_comes() {
    let mut wire = Wire::default();
    wire.put(call(0, "x", ""));
    assert!(wire.pin(EntryId(0)));
    for id in 1..=KEPT as u64 + 10 {
        wire.put(call(id, "x", ""));
    }
    assert_eq!((wire.kept(), wire.listed()), (KEPT + 1, KEPT + 1));
    wire.list_only_pinned(true);
    assert_eq!(ids(&wire), [0]);
    assert!(wire.pin(EntryId(0)));
    wire.list_only_pinned(false);
    assert_eq!((wire.get(EntryId(0)), wire.kept()), (None, KEPT));
    for id in 20..20 + PINS as u64 {
        assert!(wire.pin(EntryId(id)));
    }
    assert!(!wire.pin(EntryId(4_000)), "one more than there may be");
}

#[test]
fn what_comes_while_an_older_one_is_read_is_counted() {
    let mut wire = Wire::default();
    for id in 0..KEPT as u64 {
        wire.put(call(id, "x", ""));
    }
    wire.select(Some(EntryId(10)));
    for id in 0..100 {
        wire.put(call(KEPT as u64 + id, "x", ""));
    }
    // What is read stands in the older half, so the newer end lets go.
    assert_eq!((wire.missed(), wire.picked()), (100, Some(EntryId(10))));
    assert_eq!((wire.kept(), wire.row(EntryId(10))), (KEPT, Some(10)));
    assert!(!wire.reaches_newest());
    let journal = Kept((0..KEPT as u64 + 100).collect());
    let question = wire.follow();
    assert_eq!(journal.settle(&mut wire, question), 1);
    assert_eq!((wire.missed(), wire.reaches_newest()), (0, true));
    assert_eq!(wire.selected(), Some(EntryId(KEPT as u64 + 99)));
    assert_eq!(wire.kept(), PAGE);
}

#[test]
fn any_number_of_entries_is_paged_there_and_back_in_the_memory_of_a_few_thousand() {
    const ALL: u64 = 200_000;
    // Numbers with holes, as of one conversation among others.
    let hole = |id: &u64| !(60_000..100_000).contains(id) && !id.is_multiple_of(97);
    let journal = Kept((0..ALL).filter(hole).collect());
    let mut wire = Wire::default();
    let question = wire.want_newest();
    journal.settle(&mut wire, Some(question));
    // From the newest far back, without a hole between what is held.
    let mut pages = 0;
    while wire.at(0).is_some_and(|(id, _)| id.0 > 50_000) {
        let question = wire.want_older();
        journal.settle(&mut wire, question);
        pages += 1;
        assert!(wire.kept() <= KEPT);
        if pages % 100 == 0 {
            let held = ids(&wire);
            let expected = journal
                .0
                .iter()
                .skip(journal.0.partition_point(|id| *id < held[0]));
            assert!(expected.take(held.len()).eq(held.iter()), "page {pages}");
        }
    }
    assert!(!wire.reaches_newest());
    // A new one is counted and not taken in.
    wire.put(call(ALL, "x", ""));
    assert_eq!((wire.missed(), wire.get(EntryId(ALL))), (1, None));
    let mut journal = journal;
    journal.0.push(ALL);
    // And forward again, over the hole of 40 000 numbers too.
    let mut most = 0;
    while wire.selected().is_some_and(|last| last.0 < 105_000) {
        let before = wire.selected();
        let question = wire.want_newer();
        most = most.max(journal.settle(&mut wire, question));
        assert!(wire.kept() <= KEPT && wire.selected() > before);
        let held = ids(&wire);
        let expected = journal
            .0
            .iter()
            .skip(journal.0.partition_point(|id| *id < held[0]));
        assert!(expected.take(held.len()).eq(held.iter()));
    }
    assert!(most <= 24, "{most} questions for one page");
    let question = wire.follow();
    journal.settle(&mut wire, question);
    assert_eq!(ids(&wire).last(), Some(&ALL));
}

#[test]
fn the_two_ends_of_a_journal_are_known() {
    let journal = Kept((0..700).collect());
    let mut wire = Wire::default();
    let question = wire.want_newest();
    journal.settle(&mut wire, Some(question));
    for _ in 0..3 {
        let question = wire.want_older();
        journal.settle(&mut wire, question);
    }
    assert_eq!((wire.kept(), wire.is_complete()), (700, true));
    assert_eq!((wire.want_older(), wire.want_newer()), (None, None));
}

#[test]
fn one_question_is_asked_at_a_time_and_one_that_came_to_nothing_is_asked_again() {
    let mut wire = Wire::default();
    wire.put(call(9, "x", ""));
    let first = wire.want_older();
    assert_eq!(
        first,
        Some(Question::Entries {
            before: Some(EntryId(9)),
            conversation: None,
            limit: PAGE,
        })
    );
    assert!(wire.is_asking());
    assert_eq!(wire.want_older(), None);
    wire.asked_as(3);
    assert!(wire.awaits(3) && !wire.awaits(2));
    wire.give_up();
    assert_eq!(wire.want_older(), first);
}
