//! Lines keep their order, their names and the marks that depend on it.

use super::*;
use crate::{
    domain::item::Place,
    tui::testkit::{id, mine, place, theirs},
};

fn read(number: u32) -> Item {
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
    item.place = Place {
        sequence: u64::MAX,
        ..item.place
    };
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
    moved.place = Place {
        sequence: 0,
        ..moved.place
    };
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
    assert_eq!(lines.failed().unwrap().id, id(4));
    lines.put(mine(4, "x", Delivery::Queued));
    assert_eq!(lines.failed().unwrap().id, id(1));
}
