//! Making room for what lies over the screen.

use ratatui::{
    buffer::{Buffer, CellDiffOption, CellWidth},
    layout::Rect,
    style::Style,
};

/// Empties an area, and with it the wide characters that reach into it or out of it:
/// half of one would hide the popup's edge.
pub(crate) fn clear(area: Rect, ground: Style, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    for y in area.top()..area.bottom() {
        let left = area.x.saturating_sub(3).max(buffer.area.x);
        for x in left..area.x {
            let cell = &mut buffer[(x, y)];
            if cell.cell_width() > area.x - x {
                cell.set_symbol(" ").set_diff_option(CellDiffOption::None);
            }
        }
        for x in area.left()..area.right() {
            buffer[(x, y)].reset();
        }
        // What a wide character hid has no ground of its own.
        for x in area.right()..area.right().saturating_add(2).min(buffer.area.right()) {
            if buffer[(x, y)].symbol() == " " {
                buffer[(x, y)].set_style(ground);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Cell;

    use super::*;

    #[test]
    fn a_wide_character_under_the_edge_goes_whole() {
        let mut buffer = Buffer::with_lines(["日本語日本語"]);
        clear(Rect::new(3, 0, 4, 1), Style::new(), &mut buffer);
        let row: Vec<&str> = buffer.content.iter().map(Cell::symbol).collect();
        assert_eq!(
            row,
            [
                "日", " ", " ", " ", " ", " ", " ", " ", "本", " ", "語", " "
            ]
        );
    }
}
