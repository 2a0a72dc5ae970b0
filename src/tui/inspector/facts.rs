//! The state as drawn: sections of keys and values.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::tui::{
    inspector::{
        list::ink_style,
        pane::View,
        state::{KEY, StateRow},
    },
    text::width::elided,
    theme::{lines::even, styles::Styles},
};

/// Draws the rows that are in view.
pub(crate) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    let state = &view.inspector.state;
    let rows = state.rows.iter().enumerate().skip(state.top);
    for ((at, row), y) in rows.zip(area.y..area.bottom()) {
        let is_here = at == state.at && view.is_focused();
        if is_here {
            // Without the mark of other lists, which is the sign of a folded section.
            buffer.set_style(Rect::new(area.x, y, area.width, 1), styles.selected);
        }
        let room = usize::from(area.width).saturating_sub(1);
        if row.heading {
            buffer.set_stringn(area.x + 1, y, &row.key, room, styles.strong);
        } else {
            draw_value(row, Rect::new(area.x, y, area.width, 1), styles, buffer);
        }
        if is_here {
            even(Rect::new(area.x, y, area.width, 1), styles, buffer);
        }
    }
}

fn draw_value(row: &StateRow, area: Rect, styles: &Styles, buffer: &mut Buffer) {
    let key = elided(&row.key, KEY);
    buffer.set_stringn(area.x + 1, area.y, key, KEY, styles.key);
    let x = area.x + 1 + u16::try_from(KEY).unwrap_or(0) + 1;
    let room = usize::from(area.right().saturating_sub(x));
    let value = elided(&row.value, room);
    buffer.set_stringn(x, area.y, value, room, ink_style(styles, row.ink));
}
