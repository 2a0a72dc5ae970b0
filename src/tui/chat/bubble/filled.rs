//! A bubble as a filled area, with the time inside its last row.

use ratatui::layout::Rect;

use crate::{
    domain::line::{Line, LineBody},
    tui::{
        chat::{
            brush::Brush,
            bubble::{Look, Shape, tail},
        },
        text::width::{sized, width},
        theme::ground::{Bubbles, Ground},
    },
};

/// Most columns of text; wider ones are no easier to read.
const WIDEST: usize = 72;

/// From this many columns on a transcript has wide margins.
const ROOMY: u16 = 70;

/// Columns that stay free at either side of a transcript.
pub(super) fn margin(columns: u16) -> usize {
    if columns < ROOMY { 1 } else { 3 }
}

/// Columns between the edges of the widest bubble there can be.
pub(super) fn room(columns: u16) -> usize {
    usize::from(columns).saturating_sub(2 * margin(columns) + 2)
}

/// Most columns of a bubble's text.
pub(super) fn most(columns: u16) -> usize {
    room(columns)
        .min(usize::from(columns) * 4 / 5)
        .clamp(1, WIDEST)
}

impl Shape {
    fn ground<'a>(&self, item: &Line, look: Look, bubbles: &'a Bubbles) -> &'a Ground {
        let kind = match &item.body {
            LineBody::Mine { .. } => &bubbles.mine,
            _ if self.is_automatic => &bubbles.automatic,
            _ => &bubbles.theirs,
        };
        let [first, second] = kind;
        if look.turned { second } else { first }
    }

    pub(super) fn draw_filled_row(
        &self,
        row: usize,
        item: &Line,
        look: Look,
        bubbles: &Bubbles,
        (spot, brush): (Rect, &mut Brush<'_>),
    ) {
        let styles = brush.styles;
        // A note has no fill, so that nobody takes it for a message.
        let ground = if self.is_note {
            &styles.open
        } else {
            self.ground(item, look, bubbles)
        };
        let tail = tail::pieces(item, look, ground, brush);
        let columns: usize = tail.iter().map(|(text, _)| width(text)).sum();
        let beside = if self.apart {
            columns
        } else {
            tail::last_row(&self.body) + tail::GAP + columns
        };
        let inner = self.inner.max(beside);
        let left = match &item.body {
            LineBody::Mine { .. } => {
                usize::from(spot.width).saturating_sub(self.margin + inner + 2)
            }
            _ => self.margin,
        };
        let fill = Rect {
            x: spot.x + sized(left).min(spot.width),
            width: sized(inner + 2).min(spot.width.saturating_sub(sized(left))),
            ..spot
        };
        brush.buffer.set_style(fill, ground.plain);
        let sides = match (look.selected, look.lit) {
            (true, _) => Some(["▌", "▐"]),
            (false, true) => Some(["║", "║"]),
            (false, false) if self.is_note => Some(["┆", "┆"]),
            (false, false) => None,
        };
        let style = if self.is_note && !look.selected && !look.lit {
            styles.warn
        } else {
            ground.mark
        };
        for (side, x) in sides.into_iter().flatten().zip([left, left + inner + 1]) {
            brush.text(spot, x, side, style);
        }
        // What the keyboard stands on is marked over that.
        self.draw_body_row(row, look, ground, (left + 1, spot), brush);
        if row + 1 == self.end() {
            let mut x = left + 1 + inner - columns;
            for (text, style) in tail {
                brush.text(spot, x, &text, style);
                x += width(&text);
            }
            if !look.marks.is_empty() {
                let (free, at_right) = match &item.body {
                    LineBody::Mine { .. } => ((1, left.saturating_sub(1)), true),
                    _ => ((left + inner + 3, usize::from(spot.width)), false),
                };
                look.marks.draw(free, at_right, spot, brush);
            }
        }
    }

    /// Draws the name above it.
    pub(crate) fn draw_name(&self, item: &Line, spot: Rect, brush: &mut Brush<'_>) {
        let Some(name) = self.name() else { return };
        let indent = match &item.body {
            LineBody::Mine { .. } => {
                usize::from(spot.width).saturating_sub(self.margin + width(name))
            }
            _ => self.margin,
        };
        let style = if self.is_note {
            brush.styles.warn
        } else {
            brush.styles.muted
        };
        brush.text(spot, indent, name, style);
    }
}
