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
    theme::styles::Styles,
};

/// The first row of the palette in view.
fn top(chosen: usize, rows: usize) -> usize {
    (chosen + 1).saturating_sub(rows)
}

/// Draws entries under the field that finds them, each with what it says and what stands at its
/// right.
pub(super) fn draw(
    entries: &[(String, String)],
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
    let line = "─".repeat(usize::from(inner.width));
    buffer.set_stringn(
        inner.x,
        inner.y + 1,
        line,
        usize::from(inner.width),
        styles.border,
    );
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
    for (at, ((label, keys), y)) in entries
        .iter()
        .skip(top)
        .zip(list.y..list.bottom())
        .enumerate()
    {
        let here = top + at == chosen;
        if here {
            buffer.set_style(Rect::new(list.x, y, list.width, 1), styles.selected);
            buffer.set_stringn(list.x, y, "▸", 1, styles.accent);
        }
        let columns = u16::try_from(width(keys)).unwrap_or(0);
        let room = usize::from(list.width.saturating_sub(columns + 5));
        buffer.set_stringn(list.x + 2, y, elided(label, room), room, Style::new());
        let x = list.right().saturating_sub(columns + 1);
        buffer.set_stringn(x, y, keys, usize::from(columns), styles.muted);
    }
}

/// Draws the field above the entries.
pub(super) fn draw_field(text: &Editor, inner: Rect, styles: &Styles, frame: &mut Frame<'_>) {
    let row = Rect::new(inner.x + 2, inner.y, inner.width.saturating_sub(3), 1);
    let buffer = frame.buffer_mut();
    buffer.set_stringn(inner.x, inner.y, ">", 1, styles.accent);
    field::draw_row(text, row, styles.raised, frame);
}

/// The entry under a click.
pub(super) fn entry_at(chosen: usize, list: Rect, at: Position) -> Option<usize> {
    if !(list.x..list.right()).contains(&at.x) {
        return None;
    }
    let rows = usize::from(list.height.saturating_sub(2));
    let line = usize::from(at.y.checked_sub(list.y + 2)?);
    (line < rows).then(|| top(chosen, rows) + line)
}
