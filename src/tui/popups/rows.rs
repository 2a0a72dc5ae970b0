//! Rows of two columns for popups that only tell something.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::tui::{
    commands::keys::Action,
    popups::{Outcome, inside, stepped},
    text::{
        width::{elided, width},
        wrap::wrapped,
    },
};

/// A row of two columns, or a heading with nothing in the second.
pub(super) struct Row {
    pub(super) left: (String, Style),
    pub(super) right: (String, Style),
}

/// Columns between the two.
const GAP: usize = 2;

fn left_column(rows: &[Row]) -> usize {
    let two = rows.iter().filter(|row| !row.right.0.is_empty());
    two.map(|row| width(&row.left.0)).max().unwrap_or(0)
}

fn right_column(rows: &[Row]) -> usize {
    let all = rows.iter().map(|row| width(&row.right.0));
    all.max().unwrap_or(0)
}

/// The rows with both columns wrapped where there is too little room for them side by side.
pub(super) fn in_columns(rows: Vec<Row>, columns: usize) -> Vec<Row> {
    let right = right_column(&rows);
    let left = left_column(&rows)
        .min(columns.saturating_sub(right + GAP))
        .max(columns * 2 / 5);
    let right = columns.saturating_sub(left + GAP);
    let mut wrapped_rows = Vec::new();
    for row in rows {
        if row.right.0.is_empty() {
            wrapped_rows.push(row);
            continue;
        }
        let indent = row.left.0.len() - row.left.0.trim_start().len();
        let mut lefts = wrapped(row.left.0.trim_start(), left.saturating_sub(indent)).into_iter();
        let mut rights = wrapped(&row.right.0, right).into_iter();
        loop {
            let (left, right) = (lefts.next(), rights.next());
            if left.is_none() && right.is_none() {
                break;
            }
            let left = format!("{}{}", " ".repeat(indent), left.unwrap_or_default());
            wrapped_rows.push(Row {
                left: (left, row.left.1),
                right: (right.unwrap_or_default(), row.right.1),
            });
        }
    }
    wrapped_rows
}

/// A row with nothing in the second column.
pub(super) fn heading(text: &str, style: Style) -> Row {
    Row {
        left: (text.to_owned(), style),
        right: (String::new(), style),
    }
}

/// Draws rows from one on, or from as far down as still fills the popup.
pub(super) fn draw(rows: &[Row], top: usize, area: Rect, frame: &mut Frame<'_>) {
    let inner = inside(area);
    let height = usize::from(inner.height);
    let top = top.min(rows.len().saturating_sub(height));
    let left_room = left_column(rows);
    let buffer = frame.buffer_mut();
    for (row, y) in rows.iter().skip(top).zip(inner.y..inner.bottom()) {
        let all = usize::from(inner.width).saturating_sub(2);
        let (text, style) = &row.left;
        if row.right.0.is_empty() {
            buffer.set_stringn(inner.x + 1, y, elided(text, all), all, *style);
            continue;
        }
        let shown = elided(text, left_room);
        buffer.set_stringn(inner.x + 1, y, shown, left_room, *style);
        let room = all.saturating_sub(left_room + GAP);
        let x = inner.x + 1 + u16::try_from(left_room + GAP).unwrap_or(0);
        let (text, style) = &row.right;
        if room > 0 {
            buffer.set_stringn(x, y, elided(text, room), room, *style);
        }
    }
}

/// Columns the rows take side by side, with a frame and a blank on either side.
pub(super) fn columns(rows: &[Row]) -> u16 {
    let columns = left_column(rows) + right_column(rows) + GAP + 4;
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// The columns rows can take within a popup's frame.
pub(super) fn room(area: Rect) -> usize {
    usize::from(area.width).saturating_sub(4)
}

/// Moves the first row in view, not past where the last row still fills the popup.
pub(super) fn scroll(top: &mut usize, up: bool, by: usize, rows: usize, area: Rect) {
    let last = rows.saturating_sub(usize::from(area.height).saturating_sub(2));
    *top = stepped(*top, up, by, last);
}

/// What an action means to a popup that only tells something: to choose is to have read it.
pub(super) fn act(action: Action) -> Outcome {
    match action {
        Action::Choose => Outcome::Closes,
        _ => Outcome::Passed,
    }
}
