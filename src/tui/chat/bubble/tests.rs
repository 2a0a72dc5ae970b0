//! Names on bubbles, and files on their way.

use super::*;
use crate::domain::{content::Hosted, role::Role};
use crate::tui::testkit::{id, place, theirs};

fn shape(item: &Item, compact: bool, aside: Aside<'_>) -> Shape {
    let room = Room {
        columns: 60,
        compact,
    };
    Shape::of(item, room, aside)
}

fn texts(shape: &Shape) -> Vec<String> {
    let rows = shape.body.rows.iter();
    rows.map(|row| row.iter().map(|piece| piece.text.as_str()).collect())
        .collect()
}

fn of_manager() -> Item {
    let mut item = theirs(1, "We will make it right.");
    if let Body::Theirs { author, name, .. } = &mut item.body {
        author.role = Role::Manager;
        *name = "Morgan\nM.".into();
    }
    item
}

#[test]
fn whoever_is_not_the_assigned_agent_is_named_with_their_role() {
    let of = |item| shape(&item, false, Aside::default());
    assert_eq!(
        of(of_manager()).label.as_deref(),
        Some("Morgan M. · manager")
    );
    assert_eq!(of(theirs(1, "Hello")).label, None);
}

#[test]
fn without_an_edge_the_name_has_a_row_of_its_own() {
    let shape = shape(&of_manager(), true, Aside::default());
    assert_eq!(
        texts(&shape),
        ["Morgan M. · manager", "We will make it right."]
    );
}

#[test]
fn a_file_tells_how_far_it_has_come_and_where_it_is() {
    let file = Hosted {
        caption: "receipt".into(),
        file_type: "PNG".into(),
        ..Hosted::default()
    };
    let item = Item {
        id: id(1),
        place: place(1),
        at: crate::domain::time::Timestamp(0),
        body: Body::Mine {
            content: Content::File(file),
            delivery: Delivery::Queued,
            hops: crate::domain::item::Hops::default(),
        },
    };
    let told = |aside| texts(&shape(&item, false, aside)).join("|");
    assert_eq!(told(Aside::default()), "▤ receipt (PNG)");
    let half = Aside {
        progress: Some((15_000, 30_000)),
        ..Aside::default()
    };
    assert_eq!(
        told(half),
        "▤ receipt (PNG)|████████░░░░░░░░ 50 % · 15 of 30 kB"
    );
    let more_than_said = Aside {
        progress: Some((u64::MAX, 1)),
        ..Aside::default()
    };
    assert!(told(more_than_said).contains("100 %"));
    let missing = Err("the cloud answered 401\u{1b}[2J".to_owned());
    let failed = Aside {
        file: Some(&missing),
        ..Aside::default()
    };
    assert_eq!(told(failed), "▤ receipt (PNG)|✗ the cloud answered 401");
}
