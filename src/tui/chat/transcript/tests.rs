//! The window costs what it shows, and stands still where one reads.

use proptest::prelude::*;
use ratatui::layout::Rect;

use super::*;
use crate::tui::testkit::{id, theirs};

fn lines(count: u32) -> Lines {
    let mut lines = Lines::default();
    for number in 0..count {
        lines.put(theirs(
            number,
            &format!("message {number} {}", "word ".repeat(number as usize % 40)),
        ));
    }
    lines
}

fn with(lines: &Lines, run: impl FnOnce(&mut Transcript, &Measure<'_>)) -> Transcript {
    let mut transcript = Transcript::default();
    let measure = Measure {
        lines,
        zone: &TimeZone::UTC,
        manner: Manner::default(),
        outlines: &[],
        aside: &|_| Aside::default(),
        staged: None,
    };
    run(&mut transcript, &measure);
    transcript
}

const AREA: Rect = Rect::new(1, 2, 60, 40);

/// Shapes computed for a first frame, a page up, the first line and back again.
fn work(count: u32) -> u64 {
    let lines = lines(count);
    with(&lines, |transcript, measure| {
        transcript.prepare(AREA, measure);
        transcript.up(transcript.page(), measure);
        transcript.prepare(AREA, measure);
        transcript.lead_to_first(&lines);
        transcript.prepare(AREA, measure);
        transcript.follow();
        transcript.prepare(AREA, measure);
    })
    .wrapped
}

#[test]
fn a_frame_of_100_000_lines_wraps_no_more_than_one_of_200() {
    let few = work(200);
    let many = work(100_000);
    assert!(many <= few + 8, "{many} shapes, {few} of 200 lines");
    assert!(many < 80, "{many}");
}

#[test]
fn what_was_wrapped_is_kept_until_it_changes() {
    let lines = lines(500);
    let transcript = with(&lines, |transcript, measure| {
        transcript.prepare(AREA, measure);
        let first = transcript.wrapped;
        transcript.prepare(AREA, measure);
        assert_eq!(transcript.wrapped, first);
        transcript.changed(id(499));
        transcript.prepare(AREA, measure);
        assert_eq!(transcript.wrapped, first + 1);
    });
    assert!(transcript.shapes.len() <= CACHED);
}

#[test]
fn a_line_higher_than_the_window_can_be_read_to_its_end() {
    let mut lines = Lines::default();
    let rows: Vec<String> = (0..=100).map(|n| format!("row {n}")).collect();
    let text = rows.join("\n");
    lines.put(theirs(0, &text));
    with(&lines, |transcript, measure| {
        transcript.prepare(AREA, measure);
        // The day, the frame, twelve rows and the way to the others.
        assert_eq!(transcript.slots[0].rows, 1 + 2 + 12 + 1);
        transcript.turn_fold(id(0));
        transcript.follow();
        transcript.prepare(AREA, measure);
        assert_eq!(transcript.slots[0].hidden, 1 + 104 - 40);
        transcript.up(1_000, measure);
        transcript.prepare(AREA, measure);
        assert_eq!(transcript.slots[0].hidden, 0);
        for _ in 0..10 {
            transcript.down(10, measure);
            transcript.prepare(AREA, measure);
        }
        assert_eq!(transcript.anchor, Anchor::Newest);
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_window_is_full_and_without_gaps_wherever_it_stands(
        count in 0u32..60,
        height in 0u16..50,
        width in 20u16..100,
        filled: bool,
        moves in proptest::collection::vec((any::<bool>(), 0usize..60), 0..12),
    ) {
        let lines = lines(count);
        let area = Rect::new(3, 5, width, height);
        let mut transcript = Transcript::default();
        let measure = Measure { lines: &lines, zone: &TimeZone::UTC, manner: Manner { compact: height < 14, filled, look: None }, outlines: &[], aside: &|_| Aside::default(), staged: None };
        transcript.prepare(area, &measure);
        for (up, rows) in moves {
            if up {
                transcript.up(rows, &measure);
            } else {
                transcript.down(rows, &measure);
            }
            transcript.prepare(area, &measure);
        }
        let mut next = transcript.slots.first().map_or(area.bottom(), |slot| slot.y);
        for (at, slot) in transcript.slots.iter().enumerate() {
            prop_assert_eq!(slot.y, next);
            prop_assert!(slot.visible > 0);
            prop_assert!(at == 0 || slot.hidden == 0);
            next += slot.visible;
        }
        prop_assert_eq!(next, area.bottom());
        // Rows are left free only above the first line.
        if transcript.slots.first().is_some_and(|slot| slot.y > area.y) {
            prop_assert_eq!(transcript.slots[0].id, id(0));
            prop_assert_eq!(transcript.slots[0].hidden, 0);
        }
    }
}
