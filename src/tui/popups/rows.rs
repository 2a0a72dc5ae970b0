//! Popups that only tell something, in rows of two columns.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::tui::{
    commands::keys::{Action, Context},
    popups::{Layer, Outcome, Scene, inside, stepped},
    text::{
        width::{elided, width},
        wrap::wrapped,
    },
};

/// A popup that only tells something.
#[derive(Debug)]
pub(crate) struct TellingPage {
    pub(super) title: &'static str,
    /// Columns and rows it wants, with its frame.
    pub(super) size: fn(&Scene<'_>) -> (u16, u16),
    /// What it tells in so many columns.
    pub(super) rows: fn(&Scene<'_>, usize) -> Vec<PageRow>,
    /// The first row in view.
    pub(super) top: usize,
}

impl Layer for TellingPage {
    fn title(&self) -> String {
        format!(" {} ", self.title)
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Browse, Context::Everywhere]
    }

    fn size(&self, scene: &Scene<'_>) -> (u16, u16) {
        (self.size)(scene)
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        draw(&(self.rows)(scene, room(area)), self.top, area, frame);
    }

    fn rows(&mut self, up: bool, rows: usize, scene: &Scene<'_>, area: Rect) {
        let all = (self.rows)(scene, room(area)).len();
        let last = all.saturating_sub(usize::from(area.height).saturating_sub(2));
        self.top = stepped(self.top, up, rows, last);
    }

    /// To choose is to have read it.
    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::Choose => Outcome::Closes,
            _ => Outcome::Passed,
        }
    }
}

/// A row of two columns, or a heading with nothing in the second.
pub(super) struct PageRow {
    pub(super) left: (String, Style),
    pub(super) right: (String, Style),
}

/// Columns between the two.
const GAP: usize = 2;

fn left_column(rows: &[PageRow]) -> usize {
    let two = rows.iter().filter(|row| !row.right.0.is_empty());
    two.map(|row| width(&row.left.0)).max().unwrap_or(0)
}

fn right_column(rows: &[PageRow]) -> usize {
    let all = rows.iter().map(|row| width(&row.right.0));
    all.max().unwrap_or(0)
}

/// The rows with both columns wrapped where there is too little room for them side by side.
pub(super) fn in_columns(rows: Vec<PageRow>, columns: usize) -> Vec<PageRow> {
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
            wrapped_rows.push(PageRow {
                left: (left, row.left.1),
                right: (right.unwrap_or_default(), row.right.1),
            });
        }
    }
    wrapped_rows
}

/// A row with nothing in the second column.
pub(super) fn heading(text: &str, style: Style) -> PageRow {
    PageRow {
        left: (text.to_owned(), style),
        right: (String::new(), style),
    }
}

/// Draws rows from one on, or from as far down as still fills the popup.
pub(super) fn draw(rows: &[PageRow], top: usize, area: Rect, frame: &mut Frame<'_>) {
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
pub(super) fn columns(rows: &[PageRow]) -> u16 {
    let columns = left_column(rows) + right_column(rows) + GAP + 4;
    u16::try_from(columns).unwrap_or(u16::MAX)
}

/// The columns rows can take within a popup's frame.
pub(super) fn room(area: Rect) -> usize {
    usize::from(area.width).saturating_sub(4)
}
