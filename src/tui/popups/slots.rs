//! Times to pick one of.

use jiff::tz::TimeZone;
use ratatui::{
    Frame,
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    domain::{
        rich::{element::SlotList, press::Choice},
        text::SafeText,
    },
    tui::{
        commands::keys::Action,
        popups::{For, Layer, Outcome, Scene, footer, inside, stepped},
        text::width::{elided, width},
        theme::lines::choose,
    },
};

/// Most rows of times in view.
const MOST: usize = 14;

#[derive(Debug)]
pub(crate) struct Slots {
    wanted_for: For,
    title: String,
    rows: Vec<(String, String)>,
    chosen: usize,
}

impl Slots {
    /// The times of a list, told in a time zone.
    pub(crate) fn new(wanted_for: For, list: &SlotList, zone: &TimeZone) -> Self {
        let rows = list.slots.iter().map(|slot| {
            let title = SafeText::clean(&slot.title);
            let about = format!("{}  {}", title.as_str(), slot.description);
            (slot.span(zone), about.trim().replace('\n', " "))
        });
        let title = list.title.one_line();
        Self {
            wanted_for,
            title: if title.is_empty() {
                "Times".to_owned()
            } else {
                title
            },
            rows: rows.collect(),
            chosen: 0,
        }
    }

    fn times(&self) -> usize {
        let times = self.rows.iter().map(|(time, _)| width(time));
        times.max().unwrap_or(0)
    }

    /// The first row in view.
    fn top(&self, rows: u16) -> usize {
        (self.chosen + 1).saturating_sub(usize::from(rows))
    }

    fn answer(&self) -> Outcome {
        Outcome::Answered(self.wanted_for.clone(), Choice::Slot(self.chosen))
    }
}

impl Layer for Slots {
    fn title(&self) -> String {
        format!(" {} ", self.title)
    }

    fn size(&self, _scene: &Scene<'_>) -> (u16, u16) {
        let abouts = self.rows.iter().map(|(_, about)| width(about));
        let columns = self.times() + abouts.max().unwrap_or(0) + 8;
        let rows = self.rows.len().clamp(1, MOST) + 2;
        let fit = |cells: usize| u16::try_from(cells).unwrap_or(u16::MAX);
        (fit(columns.max(width(&self.title) + 6)).max(36), fit(rows))
    }

    fn keys(&self, scene: &Scene<'_>, _area: Rect) -> String {
        let parts: &[(&[Action], &str)] =
            &[(&[Action::Choose], "pick"), (&[Action::Back], "close")];
        footer(scene.ui, self.contexts(), parts)
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        let last = self.rows.len().saturating_sub(1);
        self.chosen = match action {
            Action::RowUp => self.chosen.saturating_sub(1),
            Action::RowDown => (self.chosen + 1).min(last),
            Action::PageUp => self.chosen.saturating_sub(MOST),
            Action::PageDown => (self.chosen + MOST).min(last),
            Action::RowFirst => 0,
            Action::RowLast => last,
            Action::Choose => return self.answer(),
            _ => return Outcome::Passed,
        };
        Outcome::Stays
    }

    fn click(&mut self, at: Position, _scene: &Scene<'_>, area: Rect) -> Outcome {
        let inner = inside(area);
        if !inner.contains(at) {
            return Outcome::Stays;
        }
        let row = self.top(inner.height) + usize::from(at.y.saturating_sub(inner.y));
        if row < self.rows.len() {
            self.chosen = row;
            return self.answer();
        }
        Outcome::Stays
    }

    fn wheel(&mut self, up: bool, _scene: &Scene<'_>, _area: Rect) {
        self.chosen = stepped(self.chosen, up, 1, self.rows.len().saturating_sub(1));
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let (styles, inner, buffer) = (&scene.ui.styles, inside(area), frame.buffer_mut());
        let top = self.top(inner.height);
        let times = self.times();
        let rows = self.rows.iter().enumerate().skip(top);
        for ((at, (time, about)), y) in rows.zip(inner.y..inner.bottom()) {
            if at == self.chosen {
                choose(Rect::new(inner.x, y, inner.width, 1), styles, buffer);
            }
            let room = usize::from(inner.width).saturating_sub(3);
            let blanks = " ".repeat(times.saturating_sub(width(time)) + 2);
            let text = format!("{time}{blanks}{about}");
            let text = elided(text.trim_end(), room);
            buffer.set_stringn(inner.x + 2, y, text, room, Style::new());
        }
    }
}
