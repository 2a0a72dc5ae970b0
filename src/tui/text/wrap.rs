//! Breaking text into rows no wider than the room there is.
//!
//! Rows break after white space or a wide character, or between any two
//! graphemes when a word is longer than a row.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::tui::text::width::{cells, part};

/// The rows of a text as ranges of its bytes, in order, without the line feeds.
///
/// Together they hold every other byte. Only a single grapheme wider than
/// `room` makes a row wider than `room`. There is always at least one row.
pub(crate) fn rows(text: &str, room: usize) -> Vec<Range<usize>> {
    hanging(text, room, room)
}

/// The same where all rows of a line but its first have less room, or more.
pub(crate) fn hanging(text: &str, room: usize, later: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let mut line_start = 0;
    for line in text.split('\n') {
        break_line(line, line_start, [room.max(1), later.max(1)], &mut rows);
        line_start += line.len() + 1;
    }
    rows
}

/// The rows of a text of one line that may break between any two graphemes: for what has no words.
pub(crate) fn filled(text: &str, room: usize, later: usize) -> Vec<Range<usize>> {
    let mut rows = Vec::new();
    let (mut start, mut used, mut room) = (0, 0, room);
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = cells(grapheme);
        if used + wide > room && at > start {
            rows.push(start..at);
            (start, used, room) = (at, 0, later);
        }
        used += wide;
    }
    rows.push(start..text.len());
    rows
}

fn break_line(line: &str, offset: usize, rooms: [usize; 2], rows: &mut Vec<Range<usize>>) {
    let [mut room, later] = rooms;
    let mut start = 0;
    let mut used = 0;
    // Where the row may end, and the cells up to there.
    let mut pause: Option<(usize, usize)> = None;
    for (at, grapheme) in line.grapheme_indices(true) {
        let wide = cells(grapheme);
        let blank = grapheme.chars().all(char::is_whitespace);
        // A blank that no longer fits ends the row where it stands.
        if blank && used + wide > room {
            pause = None;
        }
        while used + wide > room && at > start {
            let (end, taken) = pause.take().unwrap_or((at, used));
            rows.push(offset + start..offset + end);
            room = later;
            start = end;
            used -= taken;
        }
        used += wide;
        if wide > 1 || blank {
            pause = Some((at + grapheme.len(), used));
        }
    }
    rows.push(offset + start..offset + line.len());
}

/// The rows of a text as they are drawn: without the blanks at a break, and never wider than `room`.
pub(crate) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let rows = wrapped_ranges(text, room).into_iter();
    rows.map(|row| squeezed(part(text, row), room)).collect()
}

/// The same as ranges of the text's bytes, in which may be what can never fit.
pub(crate) fn wrapped_ranges(text: &str, room: usize) -> Vec<Range<usize>> {
    let mut drawn = Vec::new();
    let mut soft = false;
    for row in rows(text, room) {
        let ends_line = text
            .as_bytes()
            .get(row.end)
            .is_none_or(|byte| *byte == b'\n');
        let mut start = row.start;
        let mut shown = part(text, row);
        if soft {
            let all = shown.len();
            shown = shown.trim_start_matches(' ');
            start += all - shown.len();
        }
        shown = shown.trim_end();
        // Blanks that only stood at a break need no row of their own.
        if !shown.is_empty() || !soft || drawn.is_empty() {
            drawn.push(start..start + shown.len());
        }
        soft = !ends_line;
    }
    drawn
}

/// A row with what can never fit replaced by a question mark.
pub(crate) fn squeezed(row: &str, room: usize) -> String {
    row.graphemes(true)
        .map(|grapheme| {
            if cells(grapheme) > room {
                "?"
            } else {
                grapheme
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ratatui::{buffer::Buffer, layout::Rect, style::Style};

    use super::*;
    use crate::{domain::text::SafeText, tui::text::width::width};

    #[test]
    fn words_stay_whole_and_blanks_at_a_break_vanish() {
        assert_eq!(wrapped("the blue one", 8), ["the blue", "one"]);
        assert_eq!(wrapped("the blue one", 7), ["the", "blue", "one"]);
        assert_eq!(wrapped("a\n\n  b ", 5), ["a", "", "  b"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("abcdefgh", 3), ["abc", "def", "gh"]);
    }

    #[test]
    fn wide_text_breaks_between_any_two_characters_and_emoji_stay_whole() {
        assert_eq!(wrapped("日本語です", 5), ["日本", "語で", "す"]);
        assert_eq!(wrapped("👍🏽👨‍👩‍👧❤️", 3), ["👍🏽", "👨‍👩‍👧", "❤️"]);
        assert_eq!(wrapped("a日", 1), ["a", "?"]);
    }

    fn texts() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-z ]{0,12}",
            Just("日本語".to_owned()),
            Just("👍🏽".to_owned()),
            Just("👨‍👩‍👧".to_owned()),
            Just("❤️".to_owned()),
            Just("ｶﾞ".to_owned()),
            Just("e\u{301}".to_owned()),
            Just("العربية".to_owned()),
            Just("\n".to_owned()),
            "\\PC{0,6}",
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_row_is_never_wider_than_the_room(text in texts(), room in 1usize..40) {
            let text = SafeText::clean(&text);
            for row in wrapped(text.as_str(), room) {
                prop_assert!(width(&row) <= room, "{row:?} in {room}");
            }
        }

        #[test]
        fn filled_rows_hold_every_byte_once_and_fit(text in texts(), room in 2usize..40, later in 2usize..40) {
            let mut next = 0;
            for (at, row) in filled(&text, room, later).into_iter().enumerate() {
                prop_assert_eq!(row.start, next);
                let room = if at == 0 { room } else { later };
                let shown = part(&text, row.clone());
                prop_assert!(width(shown) <= room.max(3), "{shown:?} in {room}");
                next = row.end;
            }
            prop_assert_eq!(next, text.len());
        }

        #[test]
        fn the_rows_hold_every_byte_once(text in texts(), room in 1usize..40) {
            let mut next = 0;
            for row in rows(&text, room) {
                let skipped = part(&text, next..row.start);
                prop_assert!(skipped.is_empty() || skipped == "\n");
                next = row.end;
            }
            prop_assert_eq!(next, text.len());
        }

        #[test]
        fn a_width_is_the_cells_the_renderer_writes(text in texts()) {
            let text = SafeText::clean(&text);
            for row in text.as_str().split('\n') {
                let mut buffer = Buffer::empty(Rect::new(0, 0, 400, 1));
                let (end, _) = buffer.set_stringn(0, 0, row, 400, Style::new());
                prop_assert_eq!(usize::from(end), width(row).min(400));
            }
        }
    }
}
