//! Text fields as drawn: the rows in view, what is marked, the cursor.

use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style};

use crate::tui::text::{
    edit::Editor,
    width::{fitting, part, width},
};

/// Draws a field of several rows from one on, and puts the cursor into it. The styles are those of
/// plain and of marked text, here and below.
pub(crate) fn draw_field(
    field: &Editor,
    top: usize,
    area: Rect,
    styles: [Style; 2],
    frame: &mut Frame<'_>,
) {
    if !area.is_empty() {
        let at = draw_rows(field, top, area, styles, frame.buffer_mut());
        frame.set_cursor_position(at);
    }
}

/// Draws the rows of a field from one on and tells where its cursor is.
pub(crate) fn draw_rows(
    field: &Editor,
    top: usize,
    area: Rect,
    styles: [Style; 2],
    buffer: &mut Buffer,
) -> (u16, u16) {
    let [style, marked_style] = styles;
    // One column less, for the cursor behind a full row.
    let room = usize::from(area.width).saturating_sub(1).max(2);
    let rows = field.rows(room);
    let marked = field.marked().unwrap_or(0..0);
    for (row, y) in rows.iter().skip(top).zip(area.y..area.bottom()) {
        let start = marked.start.clamp(row.start, row.end);
        let end = marked.end.clamp(row.start, row.end);
        let mut x = area.x;
        for (piece, style) in [
            (row.start..start, style),
            (start..end, marked_style),
            (end..row.end, style),
        ] {
            let text = part(field.text(), piece);
            x = put(buffer, x, y, area.right(), text, style);
        }
    }
    let (row, column) = field.cursor_cell(room);
    let y = area.y + u16::try_from(row - top.min(row)).unwrap_or(0);
    let x = area.x
        + u16::try_from(column)
            .unwrap_or(u16::MAX)
            .min(area.width - 1);
    (x, y.min(area.bottom() - 1))
}

/// Writes a text up to a column and tells where it ended.
pub(crate) fn put(
    buffer: &mut Buffer,
    x: u16,
    y: u16,
    right: u16,
    text: &str,
    style: Style,
) -> u16 {
    let room = usize::from(right.saturating_sub(x));
    if room == 0 {
        return x;
    }
    buffer.set_stringn(x, y, text, room, style).0
}

/// Draws a field of one row and puts the cursor into it, scrolled so that it is seen.
pub(crate) fn draw_row(field: &Editor, area: Rect, style: Style, frame: &mut Frame<'_>) {
    if area.is_empty() {
        return;
    }
    let (_, cursor) = field.cursor_cell(usize::MAX);
    let room = usize::from(area.width) - 1;
    let mut hidden = cursor.saturating_sub(room);
    let mut shown = field.text();
    while hidden > 0 {
        let first = fitting(shown, 1);
        let first = if first.is_empty() {
            fitting(shown, 2)
        } else {
            first
        };
        if first.is_empty() {
            break;
        }
        hidden = hidden.saturating_sub(width(first));
        shown = part(shown, first.len()..shown.len());
    }
    let skipped = width(field.text()) - width(shown);
    frame
        .buffer_mut()
        .set_stringn(area.x, area.y, shown, usize::from(area.width), style);
    let column = cursor.saturating_sub(skipped).min(room);
    frame.set_cursor_position((area.x + u16::try_from(column).unwrap_or(0), area.y));
}
