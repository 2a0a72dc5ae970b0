//! The content of a message as the JSON it came as.

use ratatui::{Frame, layout::Rect};
use serde_json::Value;

use crate::{
    domain::json::pretty,
    tui::{
        commands::keys::Action,
        inspector::{
            json::{self, InkedRow, wrapped},
            list::ink_style,
        },
        popups::{Layer, Outcome, Scene, footer, inside, stepped},
        terminal::images::gallery::Gallery,
        text::width::width,
    },
};

/// Rows made of one content.
const MOST_ROWS: usize = 8_000;

/// Most columns of it; what is wider is wrapped.
const WIDEST: u16 = 96;

#[derive(Debug)]
pub(crate) struct Content {
    value: Value,
    /// Made for so many columns.
    columns: u16,
    rows: Vec<InkedRow>,
    /// Columns of the widest row.
    widest: u16,
    top: usize,
    /// What came of copying it.
    pub(crate) copied: Option<String>,
}

impl Content {
    /// Shows a value from its first row on.
    pub(crate) fn new(value: Value) -> Self {
        Self {
            value,
            columns: 0,
            rows: Vec::new(),
            widest: 0,
            top: 0,
            copied: None,
        }
    }

    pub(crate) fn text(&self) -> String {
        pretty(&self.value.to_string())
    }
}

impl Layer for Content {
    fn title(&self) -> String {
        " Content ".to_owned()
    }

    fn size(&self, _scene: &Scene<'_>) -> (u16, u16) {
        let rows = u16::try_from(self.rows.len()).unwrap_or(u16::MAX);
        (
            self.widest.saturating_add(4).max(34),
            rows.saturating_add(2).max(5),
        )
    }

    fn keys(&self, scene: &Scene<'_>, _area: Rect) -> String {
        let keys = footer(
            scene.ui,
            self.contexts(),
            &[
                (&[Action::Choose], "close"),
                (&[Action::Copy], "copy"),
                (&[Action::Back], "close"),
            ],
        );
        match &self.copied {
            Some(copied) => format!("{keys}· {copied} "),
            None => keys,
        }
    }

    /// Wraps it into so many columns, unless it is already.
    fn prepare(&mut self, screen: Rect, _gallery: &Gallery) {
        let columns = screen.width.saturating_sub(8).clamp(1, WIDEST);
        if columns != self.columns {
            self.columns = columns;
            self.rows = json::rows(&self.value.to_string(), MOST_ROWS)
                .into_iter()
                .flat_map(|row| wrapped(row, usize::from(columns)))
                .collect();
            let wide = |row: &InkedRow| row.iter().map(|(_, text)| width(text)).sum::<usize>();
            let widest = self.rows.iter().map(wide).max().unwrap_or(0);
            self.widest = u16::try_from(widest).unwrap_or(u16::MAX);
        }
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, area: Rect) -> Outcome {
        let height = usize::from(inside(area).height);
        let last = self.rows.len().saturating_sub(height);
        let page = height.saturating_sub(1).max(1);
        let top = self.top.min(last);
        self.top = match action {
            Action::RowUp => top.saturating_sub(1),
            Action::RowDown => (top + 1).min(last),
            Action::PageUp => top.saturating_sub(page),
            Action::PageDown => (top + page).min(last),
            Action::RowFirst => 0,
            Action::RowLast => last,
            Action::Choose => return Outcome::Closes,
            _ => return Outcome::Passed,
        };
        Outcome::Stays
    }

    fn wheel(&mut self, up: bool, _scene: &Scene<'_>, area: Rect) {
        let height = usize::from(inside(area).height);
        let last = self.rows.len().saturating_sub(height);
        self.top = stepped(self.top.min(last), up, 1, last);
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let (styles, inner, buffer) = (&scene.ui.styles, inside(area), frame.buffer_mut());
        let last = self.rows.len().saturating_sub(usize::from(inner.height));
        let rows = self.rows.iter().skip(self.top.min(last));
        for (row, y) in rows.zip(inner.y..inner.bottom()) {
            let mut x = inner.x + 1;
            for (ink, text) in row {
                let room = usize::from(inner.right().saturating_sub(x + 1));
                if room == 0 {
                    break;
                }
                let style = ratatui::style::Style {
                    bg: None,
                    ..ink_style(styles, *ink)
                };
                (x, _) = buffer.set_stringn(x, y, text, room, style);
            }
        }
    }
}
