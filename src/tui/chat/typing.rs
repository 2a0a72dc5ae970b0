//! Who is typing, as the row below the lines tells it.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::tui::{
    text::width::{elided, sized, width},
    theme::styles::Styles,
};

pub(crate) fn draw(name: &str, styles: &Styles, style: Style, row: Rect, buffer: &mut Buffer) {
    let dots = if styles.has_colours() {
        "●●○"
    } else {
        "..."
    };
    let words = " is typing ";
    let room = usize::from(row.width).saturating_sub(width(words) + width(dots) + 5);
    let text = format!(" {}{words}{dots} ", elided(name, room));
    let x = row.x + sized(2).min(row.width);
    let room = usize::from(row.right().saturating_sub(x));
    buffer.set_stringn(x, row.y, text, room, style);
}
