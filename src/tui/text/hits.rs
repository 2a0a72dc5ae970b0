//! The words of a search, marked where they stand on the screen.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{domain::search::SearchWords, tui::text::width::cells};

/// Gives words a style wherever they stand on the rows of an area.
pub(crate) fn mark(words: &SearchWords, area: Rect, style: Style, buffer: &mut Buffer) {
    if words.is_empty() {
        return;
    }
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        let mut text = String::new();
        // Where each cell's symbol begins in the text.
        let mut starts = Vec::new();
        let mut x = area.left();
        while x < area.right() {
            let Some(cell) = buffer.cell((x, y)) else {
                break;
            };
            starts.push((text.len(), x));
            text.push_str(cell.symbol());
            // What stands behind a wide character is not on the screen.
            x += u16::try_from(cells(cell.symbol())).unwrap_or(1).max(1);
        }
        for place in words.places(&text) {
            let hit = starts.iter().filter(|(start, _)| place.contains(start));
            for (_, x) in hit {
                buffer.set_style(Rect::new(*x, y, 1, 1), style);
            }
        }
    }
}
