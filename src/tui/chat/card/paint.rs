//! A row of pieces as drawn.

use std::num::NonZeroU16;

use ratatui::{
    buffer::CellDiffOption,
    layout::Rect,
    style::{Modifier, Style},
};
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    domain::rich::card::Part,
    tui::{
        chat::{
            brush::Brush,
            card::block::{Ink, Piece, Tone},
        },
        text::width::cells,
        theme::{ground::Ground, styles::Styles},
    },
};

/// Stands left of the part the keyboard is on, also where there is no colour.
pub(crate) const HERE: &str = "❯";

/// Draws a row of pieces from a column on; `focus` is the part the keyboard stands on, and whether
/// it is marked on this row.
pub(crate) fn row(
    pieces: &[Piece],
    left: usize,
    focus: Option<(Part, bool)>,
    ground: &Ground,
    spot: Rect,
    brush: &mut Brush<'_>,
) {
    let (focus, mut to_mark) = focus.map_or((None, false), |(part, first)| (Some(part), first));
    for piece in pieces {
        let x = left + piece.x;
        let mut style = style(brush.styles, ground, piece.ink);
        if piece.part.is_some() && piece.part == focus {
            // A picture keeps its colours: to swap them would swap the halves of its cells.
            if piece.picture.is_none() {
                style = brush.styles.chosen;
            }
            if to_mark && x > 0 {
                brush.text(spot, x - 1, HERE, ground.mark);
                to_mark = false;
            }
        }
        brush.text(spot, x, &piece.text, style);
        if let Some((picture, row)) = &piece.picture {
            let left = u16::try_from(x).unwrap_or(u16::MAX).min(spot.width);
            let spot = Rect::new(spot.x + left, spot.y, spot.width - left, spot.height);
            picture.draw_row(*row, spot, brush.buffer);
        }
        if let Some(uri) = &piece.uri {
            link(piece, uri, x, spot, brush);
        }
    }
}

/// Makes the cells of a piece a link of the terminal. Each cell carries it whole, so that nothing
/// breaks when something is drawn over some of them; the backend joins them again.
fn link(piece: &Piece, uri: &str, x: usize, spot: Rect, brush: &mut Brush<'_>) {
    let mut column = x;
    for grapheme in piece.text.graphemes(true) {
        let wide = cells(grapheme);
        if column + wide > usize::from(spot.width) {
            return;
        }
        let at = u16::try_from(column).unwrap_or(u16::MAX);
        let wide = u16::try_from(wide).unwrap_or(u16::MAX);
        if let Some(width) = NonZeroU16::new(wide)
            && let Some(cell) = brush.buffer.cell_mut((spot.x.saturating_add(at), spot.y))
        {
            cell.set_symbol(&crate::tui::terminal::backend::link::wrapped(uri, grapheme))
                .set_diff_option(CellDiffOption::ForcedWidth(width));
        }
        column += usize::from(wide);
    }
}

fn style(styles: &Styles, ground: &Ground, ink: Ink) -> Style {
    let mut style = match ink.tone {
        Tone::Plain => ground.plain,
        Tone::Faint => ground.faint,
        Tone::Strong => ground.strong,
        Tone::Edge => ground.edge,
        Tone::Link => ground.link,
        Tone::Pill => ground.pill,
        Tone::Label => ground.label,
    };
    let behind = ground.behind;
    if let Some(colour) = ink.colour.and_then(|rgb| styles.foreign(rgb, behind)) {
        style = style.fg(colour);
    }
    if ink.bold {
        style = style.add_modifier(Modifier::BOLD);
    }
    if ink.italic {
        style = style.add_modifier(Modifier::ITALIC);
    }
    style
}
