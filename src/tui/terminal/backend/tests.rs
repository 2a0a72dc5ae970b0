//! Whatever a terminal thinks of an emoji, nothing beside it moves or stays behind.
//!
//! The terminal here is vt100's, which counts a skin tone as two more cells
//! and a variation selector as none.

use std::{
    num::NonZeroU16,
    sync::{Arc, Mutex},
};

use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::*;

const COLUMNS: u16 = 24;
/// Cells beyond the frame. The program switches line wrap off, so what runs over the edge is
/// lost; this terminal knows no such switch and gets a margin instead.
const MARGIN: u16 = 16;
const ROWS: u16 = 4;

#[derive(Clone, Default)]
struct Wire(Arc<Mutex<Vec<u8>>>);

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn frame(texts: &[String]) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS));
    for (text, y) in texts.iter().zip(0..ROWS) {
        buffer.set_stringn(0, y, "│", 1, Style::new());
        buffer.set_stringn(1, y, text, usize::from(COLUMNS) - 2, Style::new());
        buffer.set_stringn(COLUMNS - 1, y, "│", 1, Style::new());
    }
    buffer
}

/// Draws frames one after another and gives what the terminal shows after each.
fn shown(frames: &[Vec<String>], glyphs: Glyphs) -> Vec<vt100::Screen> {
    let wire = Wire::default();
    let mut screen = Screen::new(wire.clone(), glyphs);
    let cells = |count| NonZeroU16::new(count).unwrap();
    let mut terminal = vt100::Parser::new(cells(ROWS), cells(COLUMNS + MARGIN), 0);
    let mut before = Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS));
    let mut screens = Vec::new();
    for texts in frames {
        let next = frame(texts);
        screen.draw(before.diff(&next).into_iter()).unwrap();
        Backend::flush(&mut screen).unwrap();
        terminal.process(&std::mem::take(&mut *wire.0.lock().unwrap()));
        screens.push(terminal.screen().clone());
        before = next;
    }
    screens
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    let piece = prop_oneof![
        "[a-z ]{0,6}",
        Just("日本".to_owned()),
        Just("👍🏽".to_owned()),
        Just("👨‍👩‍👧".to_owned()),
        Just("❤️".to_owned()),
        Just("ｶﾞ".to_owned()),
        Just("🎉".to_owned()),
        Just("🏳️‍🌈".to_owned()),
        Just("👩🏽‍💻".to_owned()),
        Just("1️⃣".to_owned()),
        Just("🇬🇧".to_owned()),
        Just("e\u{301}".to_owned()),
    ];
    let text = proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat());
    proptest::collection::vec(text, usize::from(ROWS))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn borders_stand_and_nothing_stays_behind(mut frames in proptest::collection::vec(texts(), 1..6), simple: bool) {
        let glyphs = if simple { Glyphs::Simple } else { Glyphs::Whole };
        frames.push(vec!["plain again".to_owned(); usize::from(ROWS)]);
        let screens = shown(&frames, glyphs);
        for screen in &screens {
            for y in 0..ROWS {
                for x in [0, COLUMNS - 1] {
                    let cell = screen.cell(y, x).map(vt100::Cell::contents);
                    prop_assert_eq!(cell, Some("│"), "{}", screen.contents());
                }
            }
        }
        for row in screens.last().unwrap().rows(0, COLUMNS) {
            prop_assert_eq!(row, "│plain again           │");
        }
    }
}

#[test]
fn a_plain_change_writes_only_itself() {
    let wire = Wire::default();
    let mut screen = Screen::new(wire.clone(), Glyphs::Whole);
    let empty = Buffer::empty(Rect::new(0, 0, COLUMNS, ROWS));
    let rows = |text: &str| vec![text.to_owned(); usize::from(ROWS)];
    let (first, second) = (frame(&rows("one")), frame(&rows("ona")));
    screen.draw(empty.diff(&first).into_iter()).unwrap();
    Backend::flush(&mut screen).unwrap();
    wire.0.lock().unwrap().clear();
    screen.draw(first.diff(&second).into_iter()).unwrap();
    Backend::flush(&mut screen).unwrap();
    let written = String::from_utf8(wire.0.lock().unwrap().clone()).unwrap();
    assert_eq!(
        written.matches('a').count(),
        usize::from(ROWS),
        "{written:?}"
    );
    assert!(!written.contains('│'), "{written:?}");
}

#[test]
fn a_multiplexer_gets_the_form_it_counts_as_its_terminal_does() {
    for (whole, simple) in [
        ("👍🏽", "👍"),
        ("❤️", "❤"),
        ("✈️", "✈"),
        ("1️⃣", "1"),
        ("👩🏽‍💻", "👩‍💻"),
        // The heart alone is narrow, whatever a multiplexer joins to it.
        ("❤️‍🔥", "❤"),
        ("🏳️‍🌈", "🏳"),
        ("🇩🇪", "DE"),
        ("🇿", "Z"),
    ] {
        assert_eq!(simplified(whole).as_deref(), Some(simple));
    }
    for alike in ["a", "日", "🎉", "👨‍👩‍👧", "ｶﾞ", "e\u{301}", "🏽", " "] {
        assert_eq!(simplified(alike), None);
    }
}

#[test]
fn a_simple_glyph_leaves_its_other_cells_blank() {
    let mut row = "❤️👍🏽end".to_owned();
    let frames = [vec![row.clone()], vec![row.clone()]];
    for screen in shown(&frames, Glyphs::Simple) {
        let shown = screen.contents();
        assert_eq!(shown.lines().next(), Some("│❤ 👍end               │"));
    }
    row = "x❤️👍🏽end".to_owned();
    let frames = [frames[0].clone(), vec![row]];
    let screens = shown(&frames, Glyphs::Simple);
    let last = screens.last().map(vt100::Screen::contents).unwrap();
    assert_eq!(last.lines().next(), Some("│x❤ 👍end              │"));
}

#[test]
fn only_a_multiplexer_gets_the_simple_form() {
    for (tmux, term, glyphs) in [
        (true, "xterm-256color", Glyphs::Simple),
        (false, "tmux-256color", Glyphs::Simple),
        (false, "screen", Glyphs::Simple),
        (false, "xterm-256color", Glyphs::Whole),
        (false, "", Glyphs::Whole),
    ] {
        assert_eq!(Glyphs::named(tmux, term), glyphs);
    }
}

/// The bytes a row of cells becomes, without what moves the cursor and colours.
fn written(cells: &[(u16, &str, Option<&str>)], glyphs: Glyphs) -> String {
    let mut buffer = Buffer::empty(Rect::new(0, 0, COLUMNS, 1));
    for (x, glyph, uri) in cells {
        let cell = &mut buffer[(*x, 0)];
        match uri {
            Some(uri) => {
                let width = NonZeroU16::new(glyph.cell_width()).unwrap();
                cell.set_symbol(&link::wrapped(uri, glyph))
                    .set_diff_option(CellDiffOption::ForcedWidth(width))
            }
            None => cell.set_symbol(glyph),
        };
    }
    let wire = Wire::default();
    let mut screen = Screen::new(wire.clone(), glyphs);
    let before = Buffer::empty(Rect::new(0, 0, COLUMNS, 1));
    screen.draw(before.diff(&buffer).into_iter()).unwrap();
    Backend::flush(&mut screen).unwrap();
    String::from_utf8(std::mem::take(&mut *wire.0.lock().unwrap())).unwrap()
}

#[test]
fn neighbours_with_one_address_are_one_link() {
    let (a, b) = (Some("https://a.test/"), Some("https://b.test/"));
    let bytes = written(
        &[
            (0, "x", a),
            (1, "日", a),
            (3, "y", a),
            (4, "z", b),
            (5, "|", None),
        ],
        Glyphs::Whole,
    );
    assert_eq!(bytes.matches(";https://a.test/\u{1b}\\").count(), 1);
    assert_eq!(bytes.matches(";https://b.test/\u{1b}\\").count(), 1);
    assert_eq!(bytes.matches("\u{1b}]8;;\u{1b}\\").count(), 2);
    assert!(bytes.contains("y\u{1b}]8;;\u{1b}\\"), "{bytes:?}");
}

#[test]
fn a_link_beside_an_emoji_stays_where_it_is_and_is_closed() {
    let uri = Some("https://a.test/");
    for glyphs in [Glyphs::Whole, Glyphs::Simple] {
        let cells = [(0, "👍🏽", uri), (2, "x", uri), (3, "y", uri), (9, "│", None)];
        let bytes = written(&cells, glyphs);
        let opened = bytes.matches(";https://a.test/").count();
        assert_eq!(
            bytes.matches("\u{1b}]8;;\u{1b}\\").count(),
            opened,
            "{bytes:?}"
        );
        let cells = |count| NonZeroU16::new(count).unwrap();
        let mut terminal = vt100::Parser::new(cells(1), cells(COLUMNS + MARGIN), 0);
        terminal.process(bytes.as_bytes());
        let at = |x| terminal.screen().cell(0, x).unwrap().contents().to_owned();
        assert_eq!((at(2), at(3), at(9)), ("x".into(), "y".into(), "│".into()));
    }
}

#[test]
fn only_what_is_drawn_over_a_link_stops_leading_there() {
    let uri = Some("https://a.test/");
    let bytes = written(
        &[(0, "a", uri), (1, "b", uri), (2, "P", None), (3, "d", uri)],
        Glyphs::Whole,
    );
    assert_eq!(bytes.matches(";https").count(), 2, "{bytes:?}");
    assert!(bytes.contains("b\u{1b}]8;;\u{1b}\\"), "{bytes:?}");
}
