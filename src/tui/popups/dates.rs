//! A month to pick a day of, or a first and a last day.

use jiff::{
    Span, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};
use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    domain::{
        notice::Severity,
        rich::{element::DatePicker, press::Choice},
    },
    tui::{
        commands::keys::Action,
        popups::{For, Layer, Outcome, Scene, footer, inside},
        text::width::elided,
    },
};

/// Columns of a day.
const DAY: u16 = 4;

/// Seven days and a frame; a head, the names of the days, six weeks, and a foot.
const SIZE: (u16, u16) = (7 * DAY + 4, 12);

const DAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

#[derive(Debug)]
pub(crate) struct Dates {
    wanted_for: For,
    picker: DatePicker,
    zone: TimeZone,
    /// The day the keyboard stands on.
    cursor: Date,
    /// The first day of a range, once it is picked.
    first: Option<Date>,
}

impl Dates {
    /// Begins at today, or at the nearest day that can be picked.
    pub(crate) fn new(wanted_for: For, picker: DatePicker, today: Date, zone: TimeZone) -> Self {
        let limit = |seconds: Option<i64>| {
            seconds.and_then(|seconds| crate::domain::rich::dates::day(seconds, &zone))
        };
        let (min, max) = (limit(picker.min), limit(picker.max));
        let cursor = if picker.allows(today, &zone) {
            today
        } else if min.is_some_and(|min| today < min) {
            min.unwrap_or(today)
        } else {
            max.unwrap_or(today)
        };
        Self {
            wanted_for,
            picker,
            zone,
            cursor,
            first: None,
        }
    }

    /// Moves the cursor; what lies beyond the calendar is not gone to.
    fn go(&mut self, span: Span) {
        if let Ok(date) = self.cursor.checked_add(span) {
            self.cursor = date;
        }
    }

    fn answer(&self, choice: Choice) -> Outcome {
        Outcome::Answered(self.wanted_for.clone(), choice)
    }

    fn pick(&mut self, date: Date) -> Outcome {
        self.cursor = date;
        if !self.picker.allows(date, &self.zone) {
            return Outcome::told(Severity::Info, "that day is not offered", "");
        }
        match (self.picker.range, self.first) {
            (false, _) => self.answer(Choice::Day(date)),
            (true, None) => {
                self.first = Some(date);
                Outcome::Stays
            }
            (true, Some(first)) if date < first => self.answer(Choice::Days(date, first)),
            (true, Some(first)) => self.answer(Choice::Days(first, date)),
        }
    }

    /// Where the first week of the month begins: the Monday on or before its first day.
    fn start(&self) -> Date {
        let first = self.cursor.first_of_month();
        let back = i64::from(first.weekday().since(Weekday::Monday));
        first.checked_sub(back.days()).unwrap_or(first)
    }
}

impl Layer for Dates {
    fn title(&self) -> String {
        let title = self.picker.title.one_line();
        let title = if title.is_empty() { "Date" } else { &title };
        let step = match (self.picker.range, self.first) {
            (false, _) => "",
            (true, None) => ": first day",
            (true, Some(_)) => ": last day",
        };
        format!(" {title}{step} ")
    }

    fn size(&self, _scene: &Scene<'_>) -> (u16, u16) {
        SIZE
    }

    fn keys(&self, scene: &Scene<'_>, _area: Rect) -> String {
        footer(
            scene.ui,
            self.contexts(),
            &[
                (&[Action::Choose], "pick"),
                (&[Action::PageUp, Action::PageDown], "month"),
            ],
        )
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::Left => self.go(-1.days()),
            Action::Right => self.go(1.days()),
            Action::RowUp => self.go(-7.days()),
            Action::RowDown => self.go(7.days()),
            Action::PageUp => self.go(-1.months()),
            Action::PageDown => self.go(1.months()),
            Action::RowFirst => self.cursor = self.cursor.first_of_month(),
            Action::RowLast => self.cursor = self.cursor.last_of_month(),
            Action::Choose => return self.pick(self.cursor),
            _ => return Outcome::Passed,
        }
        Outcome::Stays
    }

    fn click(&mut self, at: Position, _scene: &Scene<'_>, area: Rect) -> Outcome {
        let inner = inside(area);
        if !inner.contains(at) {
            return Outcome::Stays;
        }
        let (Some(column), Some(row)) = (at.x.checked_sub(inner.x + 1), at.y.checked_sub(inner.y))
        else {
            return Outcome::Stays;
        };
        match row {
            0 if column < DAY => self.go(-1.months()),
            0 if column >= 6 * DAY => self.go(1.months()),
            2..8 if column < 7 * DAY => {
                let days = i64::from((row - 2) * 7 + column / DAY);
                if let Ok(date) = self.start().checked_add(days.days())
                    && date.month() == self.cursor.month()
                {
                    return self.pick(date);
                }
            }
            _ => {}
        }
        Outcome::Stays
    }

    /// A month on, or back.
    fn wheel(&mut self, up: bool, _scene: &Scene<'_>, _area: Rect) {
        self.go(if up { -1.months() } else { 1.months() });
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let (styles, inner, buffer) = (&scene.ui.styles, inside(area), frame.buffer_mut());
        let room = usize::from(inner.width).saturating_sub(2);
        let mut text = |column: u16, row: u16, text: &str, style| {
            let room = inner.width.saturating_sub(column + 1);
            if row < inner.height && room > 0 {
                let (x, y) = (inner.x + 1 + column, inner.y + row);
                buffer.set_stringn(x, y, text, usize::from(room), style);
            }
        };
        text(0, 0, " ‹", styles.button);
        let month = self.cursor.strftime("%B %Y").to_string();
        text(DAY + 2, 0, &month, styles.strong);
        text(6 * DAY, 0, "  ›", styles.button);
        for (day, column) in DAYS.iter().zip(0u16..) {
            text(column * DAY, 1, &format!(" {day}"), styles.muted);
        }
        for (day, nth) in (0i64..).zip(0u16..42) {
            let Ok(date) = self.start().checked_add(day.days()) else {
                break;
            };
            if date.month() != self.cursor.month() {
                continue;
            }
            let number = date.day();
            let offered = self.picker.allows(date, &self.zone);
            let shown = match (offered, date == self.cursor, Some(date) == self.first) {
                (_, true, _) => format!("[{number:>2}]"),
                (_, _, true) => format!("({number:>2})"),
                (true, ..) => format!(" {number:>2} "),
                (false, ..) => "  · ".to_owned(),
            };
            let style = match (offered, date == self.cursor) {
                (true, true) => styles.chosen,
                (false, _) => styles.muted,
                (true, false) => ratatui::style::Style::new(),
            };
            text(nth % 7 * DAY, 2 + nth / 7, &shown, style);
        }
        let foot = match self.first {
            Some(first) => format!("{} – ?", self.picker.text(first)),
            None if self.picker.allows(self.cursor, &self.zone) => self.picker.text(self.cursor),
            None => "not offered".to_owned(),
        };
        let foot = crate::domain::text::SafeText::clean(&foot);
        let foot = foot.one_line();
        text(1, 9, &elided(&foot, room), styles.muted);
    }
}
