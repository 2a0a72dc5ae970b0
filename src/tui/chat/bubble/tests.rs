//! Names on bubbles, and files on their way.

use ratatui::{
    buffer::{Buffer, CellWidth as _},
    style::Color,
};

use super::*;
use crate::{
    domain::{content::Hosted, role::Role},
    tui::{
        testkit::{mine, theirs},
        theme::{
            palette,
            styles::{Depth, Styles},
        },
    },
};

fn shape(item: &Line, compact: bool, aside: Aside<'_>) -> Shape {
    let room = Room {
        columns: 60,
        manner: Manner {
            compact,
            filled: false,
            ..Manner::default()
        },
    };
    Shape::of(item, room, aside)
}

fn texts(shape: &Shape) -> Vec<String> {
    let rows = shape.body.rows.iter();
    rows.map(|row| row.iter().map(|piece| piece.text.as_str()).collect())
        .collect()
}

fn of_manager() -> Line {
    let mut item = theirs(1, "We will make it right.");
    if let LineBody::Theirs { author, name, .. } = &mut item.body {
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
    let mut item = mine(1, "", Delivery::Queued);
    if let LineBody::Mine { content, .. } = &mut item.body {
        *content = Content::File(file);
    }
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

/// The columns of a row that have the fill of a bubble; a wide character fills all of its own.
fn filled(buffer: &Buffer, y: u16, fill: Color) -> Vec<u16> {
    let (mut found, mut x) = (Vec::new(), 0);
    while x < buffer.area.width {
        let cell = &buffer[(x, y)];
        let end = x + cell.cell_width().max(1);
        if cell.bg == fill {
            found.extend(x..end);
        }
        x = end;
    }
    found
}

#[test]
fn the_fill_is_a_rectangle_whatever_stands_in_it() {
    let text = "日本語 👍🏽 👨‍👩‍👧 ❤️ العربية ｶﾞ e\u{301} ".repeat(6);
    let texts = [
        text.as_str(),
        "👍🏽",
        "日本語",
        "",
        "a\n\n日",
        "العربية\n❤️❤️",
    ];
    let styles = Styles::new(&palette::embedded().remove(0).palette, Depth::True);
    let bubbles = styles.bubbles.clone().unwrap();
    // The phone's columns at 140x40, 200x60, 80x24 and 60x16.
    for columns in [77, 110, 80, 60] {
        for text in texts {
            for item in [
                theirs(1, text),
                mine(1, text, Delivery::Read { sequence: 1 }),
            ] {
                let is_mine = matches!(item.body, LineBody::Mine { .. });
                let ground = if is_mine {
                    &bubbles.mine
                } else {
                    &bubbles.theirs
                };
                let fill = ground[0].plain.bg.unwrap();
                let room = Room {
                    columns,
                    manner: Manner {
                        compact: columns == 60,
                        filled: true,
                        ..Manner::default()
                    },
                };
                let shape = Shape::of(&item, room, Aside::default());
                let rows = u16::try_from(shape.height(false)).unwrap();
                let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
                for y in 0..rows {
                    let mut brush = Brush {
                        buffer: &mut buffer,
                        styles: &styles,
                        zone: &jiff::tz::TimeZone::UTC,
                    };
                    let look = Look {
                        last_read: true,
                        ..Look::default()
                    };
                    let spot = Rect::new(0, y, columns, 1);
                    shape.draw_row(usize::from(y), &item, look, spot, &mut brush);
                }
                let first = filled(&buffer, 0, fill);
                let (left, right) = (first[0], *first.last().unwrap());
                let whole: Vec<u16> = (left..=right).collect();
                let margin = u16::try_from(super::filled::margin(columns)).unwrap();
                if is_mine {
                    assert_eq!(right, columns - margin - 1, "{text:?} in {columns}");
                } else {
                    assert_eq!(left, margin, "{text:?} in {columns}");
                }
                for y in 0..rows {
                    assert_eq!(
                        filled(&buffer, y, fill),
                        whole,
                        "{text:?}, row {y} in {columns}"
                    );
                    // No glyph reaches out of it, and none stands on its edges.
                    for x in [left, right] {
                        assert_eq!(buffer[(x, y)].symbol(), " ", "{text:?}, row {y}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_storm_of_line_breaks_is_folded_and_can_be_opened() {
    let storm = format!("first{}last", "\n".repeat(500));
    let item = theirs(1, &storm);
    let room = Room {
        columns: 60,
        manner: Manner {
            compact: false,
            filled: true,
            ..Manner::default()
        },
    };
    let folded = Shape::of(&item, room, Aside::default());
    assert_eq!(texts(&folded)[0], "first");
    assert!(folded.height(false) <= 13, "{}", folded.height(false));
    let last = texts(&folded).pop().unwrap();
    assert!(last.starts_with('▾'), "{last}");
    assert_eq!(folded.spots(false), [BubbleTarget::Fold]);
    let row = folded.row_of(BubbleTarget::Fold).unwrap();
    assert_eq!(folded.spot_at(row, 5, false), Some(BubbleTarget::Fold));
    let open = Aside {
        unfolded: true,
        ..Aside::default()
    };
    let open = Shape::of(&item, room, open);
    assert!(texts(&open).contains(&"last".to_owned()));
    // Twelve rows and a little are not worth it.
    let short = theirs(1, &"row\n".repeat(13));
    assert_eq!(Shape::of(&short, room, Aside::default()).spots(false), []);
}
