//! A list that is found in by what one types: the field, the entries under it.

use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
};

use crate::tui::{
    text::{
        edit::Editor,
        field,
        width::{elided, width},
    },
    theme::{
        lines::{choose, even},
        styles::Styles,
    },
};

/// One row of a list.
#[derive(Debug, Default)]
pub(super) struct ListRow {
    pub(super) label: String,
    /// What it is in more words, where there is room.
    pub(super) about: String,
    /// What stands at the right.
    pub(super) facts: String,
}

/// Columns of labels that all leave room for, in a list that is narrow and in one that is wide. Behind
/// a longer one stand no more words: they would not be in their column.
const LABELS: (usize, usize) = (38, 50);

/// From this many columns on a list is wide.
const WIDE: u16 = 110;

/// Least room for more words behind the labels.
const LEAST_ABOUT: usize = 16;

/// The first row of the palette in view.
fn top(chosen: usize, rows: usize) -> usize {
    (chosen + 1).saturating_sub(rows)
}

/// Draws entries under the field that finds them.
pub(super) fn draw(
    entries: &[ListRow],
    chosen: usize,
    inner: Rect,
    styles: &Styles,
    frame: &mut Frame<'_>,
) {
    let list = Rect::new(
        inner.x,
        inner.y + 2,
        inner.width,
        inner.height.saturating_sub(2),
    );
    let buffer = frame.buffer_mut();
    if entries.is_empty() {
        let room = usize::from(list.width) - 2;
        buffer.set_stringn(
            list.x + 2,
            list.y,
            "nothing is called so",
            room,
            styles.muted,
        );
        return;
    }
    let top = top(chosen, usize::from(list.height));
    let labels = entries.iter().map(|row| width(&row.label));
    let most = if list.width < WIDE {
        LABELS.0
    } else {
        LABELS.1
    };
    let labels = labels.max().unwrap_or(0).min(most);
    for (at, (entry, y)) in entries
        .iter()
        .skip(top)
        .zip(list.y..list.bottom())
        .enumerate()
    {
        let here = top + at == chosen;
        if here {
            choose(Rect::new(list.x, y, list.width, 1), styles, buffer);
        }
        let (label, keys) = (&entry.label, &entry.facts);
        let columns = u16::try_from(width(keys)).unwrap_or(0);
        let room = usize::from(list.width.saturating_sub(columns + 5));
        buffer.set_stringn(list.x + 2, y, elided(label, room), room, Style::new());
        let about_at = labels + 2;
        let left = room.saturating_sub(about_at);
        if !entry.about.is_empty() && width(label) <= labels && left >= LEAST_ABOUT {
            let x = list.x + 2 + u16::try_from(about_at).unwrap_or(0);
            buffer.set_stringn(x, y, elided(&entry.about, left), left, styles.muted);
        }
        let x = list.right().saturating_sub(columns + 1);
        buffer.set_stringn(x, y, keys, usize::from(columns), styles.muted);
        if here {
            even(Rect::new(list.x, y, list.width, 1), styles, buffer);
        }
    }
}

/// Draws the field above the entries.
fn draw_field(text: &Editor, inner: Rect, styles: &Styles, frame: &mut Frame<'_>) {
    let row = Rect::new(inner.x + 2, inner.y, inner.width.saturating_sub(3), 1);
    let buffer = frame.buffer_mut();
    buffer.set_stringn(inner.x, inner.y, ">", 1, styles.accent);
    field::draw_row(text, row, styles.raised, frame);
}

/// Draws the field, and the line between it and what is found.
pub(super) fn draw_head(text: &Editor, inner: Rect, styles: &Styles, frame: &mut Frame<'_>) {
    let room = usize::from(inner.width);
    let line = "─".repeat(room);
    let buffer = frame.buffer_mut();
    if inner.height > 1 {
        buffer.set_stringn(inner.x, inner.y + 1, line, room, styles.border);
    }
    if inner.height > 0 {
        draw_field(text, inner, styles, frame);
    }
}

/// Rows a page has in a list that stands under the field that finds in it: as many as are shown, less
/// one.
pub(super) fn page(inner: Rect) -> usize {
    usize::from(inner.height).saturating_sub(3).max(1)
}

pub(super) fn entry_at(chosen: usize, list: Rect, at: Position) -> Option<usize> {
    if !(list.x..list.right()).contains(&at.x) {
        return None;
    }
    let rows = usize::from(list.height.saturating_sub(2));
    let line = usize::from(at.y.checked_sub(list.y + 2)?);
    (line < rows).then(|| top(chosen, rows) + line)
}
