//! Lines of panes: rules that join a frame, and words in the middle of a row.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::tui::text::width::{elided, width};

/// Draws a text in the middle of a row.
pub(crate) fn centred(text: &str, row: Rect, style: Style, frame: &mut Frame<'_>) {
    let room = usize::from(row.width);
    let text = elided(text, room);
    let indent = u16::try_from((room - width(&text)) / 2).unwrap_or(0);
    frame
        .buffer_mut()
        .set_stringn(row.x + indent, row.y, text, room, style);
}

/// A line across a pane that joins its frame.
pub(crate) fn rule(row: Rect, style: Style, frame: &mut Frame<'_>) {
    let inner = usize::from(row.width).saturating_sub(2);
    let line = format!("├{}┤", "─".repeat(inner));
    frame
        .buffer_mut()
        .set_stringn(row.x, row.y, line, usize::from(row.width), style);
}
