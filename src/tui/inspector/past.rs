//! The list of past conversations as drawn, one a row.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::tui::{
    inspector::pane::View,
    text::{clock, width::elided},
};

/// Columns of a day with its time.
const MOMENT: u16 = 16;

/// Columns of a consumer's name.
const NAME: u16 = 12;

/// Columns of a count.
const COUNT: u16 = 5;

/// Draws the conversations that are in view.
pub(crate) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    let journal = &view.inspector.journal;
    let room = usize::from(area.width).saturating_sub(1);
    if journal.list.is_empty() {
        let text = match (&journal.found, journal.field.is_empty()) {
            (None, _) => "the journal is being asked",
            (Some(_), true) => "the journal has no conversation yet",
            (Some(_), false) => "no conversation has that in it",
        };
        buffer.set_stringn(area.x + 1, area.y, text, room, styles.muted);
        return;
    }
    let rows = journal.list.iter().enumerate().skip(journal.top);
    for ((at, past), y) in rows.zip(area.y..area.bottom()) {
        let here = at == journal.at && view.focused;
        if here {
            let whole = Rect::new(area.x, y, area.width, 1);
            buffer.set_style(whole, styles.selected);
            buffer.set_stringn(area.x, y, "▸", 1, styles.accent);
        }
        let mut x = area.x + 1;
        let mut put = |text: &str, columns: u16, style| {
            let columns = columns.min(area.right().saturating_sub(x));
            let room = usize::from(columns);
            buffer.set_stringn(x, y, elided(text, room), room, style);
            x = x.saturating_add(columns + 1).min(area.right());
        };
        let one_row = |text: &str| text.replace('\n', " ");
        let moment = clock::moment(past.began, &view.ui.zone);
        put(&moment, MOMENT, styles.muted);
        put(&one_row(past.consumer.as_str()), NAME, styles.mine);
        put(&format!("{:>5}", past.lines), COUNT, styles.muted);
        // Foreground only, so that the chosen row keeps its ground.
        let words = ratatui::style::Style {
            bg: None,
            ..styles.base
        };
        put(&one_row(past.opening.as_str()), u16::MAX - 1, words);
    }
}
