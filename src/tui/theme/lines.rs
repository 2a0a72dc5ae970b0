//! Lines of panes: rules that join a frame, and words in the middle of a row.

use ratatui::{
    Frame,
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use crate::tui::{
    text::width::{elided, width},
    theme::styles::Styles,
};

/// Draws a text in the middle of a row.
pub(crate) fn centred(text: &str, row: Rect, style: Style, frame: &mut Frame<'_>) {
    let room = usize::from(row.width);
    let text = elided(text, room);
    let indent = u16::try_from((room - width(&text)) / 2).unwrap_or(0);
    frame
        .buffer_mut()
        .set_stringn(row.x + indent, row.y, text, room, style);
}

/// Makes a selected row even where it is told by reversed colours: what stands dim or coloured in it
/// would be a block of its own. Call it when everything in the row is drawn.
pub(crate) fn even(row: Rect, styles: &Styles, buffer: &mut Buffer) {
    if styles.selected.add_modifier.contains(Modifier::REVERSED) {
        let style = Style::reset().patch(styles.base).patch(styles.selected);
        buffer.set_style(row, style);
    }
}

/// Shows that a row is chosen.
pub(crate) fn choose(row: Rect, styles: &Styles, buffer: &mut Buffer) {
    buffer.set_style(row, styles.selected);
    buffer.set_stringn(row.x, row.y, "▸", 1, styles.accent);
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::tui::theme::{palette, styles::Depth};

    #[test]
    fn a_selected_row_is_even_without_colours_and_with_few() {
        let dark = palette::embedded().remove(0).palette;
        for depth in [Depth::None, Depth::Eight] {
            let styles = Styles::new(&dark, depth);
            let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
            choose(buffer.area, &styles, &mut buffer);
            buffer.set_string(1, 0, "dim", styles.muted);
            buffer.set_string(5, 0, "good", styles.good.fg(Color::Green));
            let row = buffer.area;
            even(row, &styles, &mut buffer);
            let looks = buffer
                .content
                .iter()
                .map(|cell| (cell.fg, cell.bg, cell.modifier));
            let mut looks: Vec<_> = looks.collect();
            looks.dedup();
            assert_eq!(looks.len(), 1, "{depth:?} {looks:?}");
            assert!(looks[0].2.contains(Modifier::REVERSED));
        }
    }
}
