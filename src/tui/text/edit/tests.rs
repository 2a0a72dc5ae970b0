//! The text field keeps its cursor between graphemes whatever is done to it.

use proptest::prelude::*;
use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use super::*;

const ROOM: usize = 10;

fn keys(field: &mut Editor, motions: &[Motion]) {
    for motion in motions {
        field.go(*motion, false, ROOM);
    }
}

#[test]
fn backspace_takes_a_whole_emoji() {
    let mut field = Editor::holding("ok👨‍👩‍👧");
    field.delete(Motion::Left, ROOM);
    assert_eq!(field.text(), "ok");
}

#[test]
fn a_joined_emoji_moves_the_cursor_behind_it() {
    let mut field = Editor::holding("👍");
    field.insert("\u{1f3fd}");
    assert_eq!(field.text(), "👍🏽");
    assert_eq!(field.cursor_cell(ROOM), (0, 2));
    field.go(Motion::Left, false, ROOM);
    assert_eq!(field.cursor_cell(ROOM), (0, 0));
}

#[test]
fn words_are_deleted_backward_and_forward() {
    let mut field = Editor::holding("one two  three");
    field.delete(Motion::WordLeft, ROOM);
    assert_eq!(field.text(), "one two  ");
    field.delete(Motion::WordLeft, ROOM);
    assert_eq!(field.text(), "one ");
    keys(&mut field, &[Motion::Home]);
    field.delete(Motion::WordRight, ROOM);
    assert_eq!(field.text(), " ");
}

#[test]
fn up_and_down_keep_the_column_over_a_short_row() {
    let mut field = Editor::holding("abcdef\nx\nabcdef");
    keys(&mut field, &[Motion::Up]);
    assert_eq!(field.cursor_cell(ROOM), (1, 1));
    keys(&mut field, &[Motion::Up]);
    assert_eq!(field.cursor_cell(ROOM), (0, 6));
    keys(&mut field, &[Motion::Down, Motion::Down]);
    assert_eq!(field.cursor_cell(ROOM), (2, 6));
}

#[test]
fn a_paste_is_one_change_with_plain_line_ends() {
    let mut field = Editor::holding("x");
    field.insert("a\r\nb\u{1b}[31m\u{7}c\rd\u{202e}");
    assert_eq!(field.text(), "xa\nbc\nd");
    field.undo();
    assert_eq!(field.text(), "x");
    field.redo();
    assert_eq!(field.text(), "xa\nbc\nd");
}

#[test]
fn a_run_of_typing_is_undone_at_once_and_a_blank_ends_it() {
    let mut field = Editor::default();
    for c in ["h", "i", " ", "y", "o"] {
        field.insert(c);
    }
    field.undo();
    assert_eq!(field.text(), "hi ");
    field.undo();
    field.undo();
    assert_eq!(field.text(), "");
}

#[test]
fn what_is_marked_is_replaced() {
    let mut field = Editor::holding("one two");
    field.go(Motion::WordLeft, true, ROOM);
    field.insert("2");
    assert_eq!(field.text(), "one 2");
    field.mark_all();
    field.delete(Motion::Left, ROOM);
    assert!(field.is_empty());
}

#[test]
fn a_text_beyond_the_limit_is_refused_as_a_whole() {
    let mut field = Editor::holding("x");
    assert!(!field.insert(&"y".repeat(LONGEST)));
    assert_eq!(field.text(), "x");
}

#[derive(Debug, Clone)]
enum Step {
    Insert(String),
    Go(Motion, bool),
    Delete(Motion),
    Undo,
    Redo,
    Point(usize, usize),
}

fn motion() -> impl Strategy<Value = Motion> {
    prop_oneof![
        Just(Motion::Left),
        Just(Motion::Right),
        Just(Motion::WordLeft),
        Just(Motion::WordRight),
        Just(Motion::Up),
        Just(Motion::Down),
        Just(Motion::Home),
        Just(Motion::End),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let piece = prop_oneof![
        "[a-z \n]{1,8}",
        Just("日本".to_owned()),
        Just("👨‍👩‍👧".to_owned()),
        Just("\u{1f3fd}".to_owned()),
        Just("\u{301}".to_owned()),
        Just("\u{200d}".to_owned()),
        Just("ｶﾞ".to_owned()),
        "\\PC{1,4}",
    ];
    prop_oneof![
        4 => piece.prop_map(Step::Insert),
        3 => (motion(), any::<bool>()).prop_map(|(motion, marking)| Step::Go(motion, marking)),
        2 => motion().prop_map(Step::Delete),
        1 => Just(Step::Undo),
        1 => Just(Step::Redo),
        1 => (0usize..5, 0usize..12).prop_map(|(row, column)| Step::Point(row, column)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_cursor_is_where_the_renderer_has_written_to(
        steps in proptest::collection::vec(step(), 0..30),
        room in 8usize..20,
    ) {
        let mut field = Editor::default();
        for step in steps {
            match step {
                Step::Insert(text) => { field.insert(&text); }
                Step::Go(motion, marking) => field.go(motion, marking, room),
                Step::Delete(motion) => field.delete(motion, room),
                Step::Undo => field.undo(),
                Step::Redo => field.redo(),
                Step::Point(row, column) => field.point(row, column, room),
            }
            let boundary = GraphemeCursor::new(field.cursor, field.text.len(), true)
                .is_boundary(&field.text, 0);
            prop_assert_eq!(boundary, Ok(true));
            let rows = field.rows(room);
            let (row, column) = field.cursor_cell(room);
            let before = part(&field.text, rows[row].start..field.cursor);
            let mut buffer = Buffer::empty(Rect::new(0, 0, 60, 1));
            let (end, _) = buffer.set_stringn(0, 0, before, 60, Style::new());
            prop_assert_eq!(usize::from(end), column);
            prop_assert!(column <= room);
        }
    }
}
