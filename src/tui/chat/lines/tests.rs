//! Lines keep their order, their names and the marks that depend on it.

use super::*;
use crate::{
    domain::line::Position,
    tui::testkit::{id, mine, place, theirs},
};

fn read(number: u32) -> Line {
    mine(
        number,
        "x",
        Delivery::Read {
            sequence: u64::from(number),
        },
    )
}

#[test]
fn a_line_that_moves_leaves_its_old_place() {
    let mut lines = Lines::default();
    let mut item = mine(1, "x", Delivery::Queued);
    item.place = Place::new(id(1), Position::Unnumbered);
    assert!(lines.put(item.clone()));
    assert!(lines.put(theirs(5, "y")));
    assert_eq!(lines.last().unwrap().number, 1);
    item.place = place(1);
    assert!(!lines.put(item));
    assert_eq!((lines.len(), lines.last().unwrap().number), (2, 5));
    assert_eq!(lines.get(id(1)).unwrap().place, place(1));
}

#[test]
fn the_last_read_follows_what_was_read_wherever_it_goes() {
    let mut lines = Lines::default();
    lines.put(read(1));
    lines.put(read(3));
    lines.put(read(2));
    assert_eq!(lines.last_read(), Some(place(3)));
    // It moves up behind another.
    let mut moved = read(3);
    moved.place = Place::new(id(3), (0, 0));
    lines.put(moved);
    assert_eq!(lines.last_read(), Some(place(2)));
    lines.put(mine(2, "x", Delivery::Sent { sequence: 2 }));
    assert_eq!(lines.last_read(), Some(place(1)));
}

#[test]
fn the_newest_failed_line_is_the_one_to_retry() {
    let mut lines = Lines::default();
    let failed = |number| {
        let reason = "refused".into();
        mine(
            number,
            "x",
            Delivery::Failed {
                reason,
                uncertain: false,
            },
        )
    };
    lines.put(failed(1));
    lines.put(failed(4));
    assert_eq!(lines.failed().unwrap(), id(4));
    lines.put(mine(4, "x", Delivery::Queued));
    assert_eq!(lines.failed().unwrap(), id(1));
}

#[test]
fn so_many_are_held_wherever_one_reads() {
    let mut lines = Lines::default();
    for number in 0..20_000 {
        assert!(lines.hear(theirs(number, "x")));
        lines.trim(window::IN_VIEW, None);
        assert!(lines.len() <= window::IN_VIEW + window::IN_VIEW / 10);
    }
    assert_eq!(lines.last(), Some(place(19_999)));
    assert!(lines.has_older() && !lines.has_newer());
    // A user who reads far up keeps what is there; new lines are new and not held.
    let reads = lines.first();
    for number in 20_000..30_000 {
        assert!(lines.hear(theirs(number, "x")));
        lines.trim(window::IN_VIEW, reads);
    }
    assert_eq!(lines.first(), reads);
    assert!(lines.has_newer() && lines.last() < Some(place(22_000)));
    // A change of what is not held is no new line.
    assert!(!lines.hear(theirs(3, "changed")) && lines.get(id(3)).is_none());
    assert!(!lines.hear(theirs(29_999, "changed")) && lines.get(id(29_999)).is_none());
}

#[test]
fn marks_hold_for_lines_that_are_not_held() {
    let mut lines = Lines::default();
    let failed = |number, delivery| mine(number, "x", delivery);
    let refused = Delivery::Failed {
        reason: "refused".into(),
        uncertain: false,
    };
    lines.hear(failed(0, refused));
    lines.hear(read(1));
    for number in 2..3000 {
        lines.hear(theirs(number, "x"));
    }
    lines.trim(1000, None);
    assert!(lines.get(id(0)).is_none());
    assert_eq!(
        (lines.failed(), lines.last_read()),
        (Some(id(0)), Some(place(1)))
    );
    lines.hear(failed(0, Delivery::Sent { sequence: 0 }));
    assert_eq!(lines.failed(), None);
    // The newer end goes, and what is read there is the last read all the same.
    lines.trim(500, lines.first());
    lines.hear(read(3000));
    assert_eq!(lines.last_read(), Some(place(3000)));
    assert!(lines.get(id(3000)).is_none());
}
