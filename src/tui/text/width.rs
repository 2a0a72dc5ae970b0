//! How many cells a text takes, by the measure ratatui itself draws with.
//!
//! Wrapping, cutting and the cursor all ask here, so none of them can disagree
//! with what `Buffer::set_stringn` writes.

use std::{borrow::Cow, ops::Range};

use ratatui::buffer::CellWidth;
use unicode_segmentation::UnicodeSegmentation;

/// From this many columns on phone and inspector stand side by side.
pub(crate) const SPLIT: u16 = 110;

/// The smallest screen that can be used.
pub(crate) const LEAST: (u16, u16) = (60, 16);

/// The cells one grapheme takes; none for what the renderer skips.
pub(crate) fn cells(grapheme: &str) -> usize {
    if grapheme.chars().any(char::is_control) {
        return 0;
    }
    usize::from(grapheme.cell_width())
}

/// The cells a text takes on one row.
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(cells).sum()
}

/// A number of cells as the terminal counts them; more than it can have are as many as it can.
pub(crate) fn sized(cells: usize) -> u16 {
    u16::try_from(cells).unwrap_or(u16::MAX)
}

/// The first row in view of so many: moved no further than it takes to have the row `at` in view, and
/// not past where the last row still fills the height.
pub(crate) fn top_with(top: usize, at: usize, rows: usize, height: u16) -> usize {
    let height = usize::from(height).max(1);
    let top = top.clamp((at + 1).saturating_sub(height), at);
    top.min(rows.saturating_sub(height))
}

/// The part of a text in a range of bytes; empty when the range does not fall on characters.
pub(crate) fn part(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or("")
}

/// The longest start of a text that fits into so many cells.
pub(crate) fn fitting(text: &str, room: usize) -> &str {
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        used += cells(grapheme);
        if used > room {
            return part(text, 0..at);
        }
    }
    text
}

/// The text on one row of so many cells, with `…` where it was cut.
pub(crate) fn elided(text: &str, room: usize) -> Cow<'_, str> {
    if fitting(text, room).len() == text.len() {
        return Cow::Borrowed(text);
    }
    if room == 0 {
        return Cow::Borrowed("");
    }
    Cow::Owned(format!("{}…", fitting(text, room - 1)))
}
