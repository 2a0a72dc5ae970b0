//! A bubble as a filled area, with the time inside its last row.

use ratatui::{layout::Rect, style::Style};

use crate::{
    config::brand::BrandLook,
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

    /// The cells of one of its rows that are filled; `columns` are those of its time and ticks.
    fn fill(&self, item: &Line, columns: usize, spot: Rect) -> Rect {
        let beside = if self.apart || columns == 0 {
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
        Rect {
            x: spot.x + sized(left).min(spot.width),
            width: sized(inner + 2).min(spot.width.saturating_sub(sized(left))),
            ..spot
        }
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
        let tail = tail::pieces(item, look, self.manner, ground, brush);
        let columns: usize = tail.iter().map(|(text, _)| width(text)).sum();
        let fill = self.fill(item, columns, spot);
        let left = usize::from(fill.x - spot.x);
        let inner = usize::from(fill.width).saturating_sub(2);
        let edge = self.end() - usize::from(self.manner.has_edges());
        let is_mine = matches!(item.body, LineBody::Mine { .. });
        if row == edge {
            let has_tail = look.ends && self.manner.look != Some(BrandLook::Window);
            return Self::draw_edge(false, has_tail.then_some(is_mine), ground, fill, brush);
        }
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
        if row + 1 == edge {
            let mut x = left + 1 + inner.saturating_sub(columns);
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

    /// Draws the half row above a bubble that begins a run.
    pub(crate) fn draw_top(&self, item: &Line, look: Look, spot: Rect, brush: &mut Brush<'_>) {
        let styles = brush.styles;
        let Some(bubbles) = &styles.bubbles else {
            return;
        };
        let ground = self.ground(item, look, bubbles);
        let tail = tail::pieces(item, look, self.manner, ground, brush);
        let columns: usize = tail.iter().map(|(text, _)| width(text)).sum();
        let fill = self.fill(item, columns, spot);
        Self::draw_edge(true, None, ground, fill, brush);
    }

    /// Draws the half row above or below the fill of a bubble, with a tail at one of its sides.
    fn draw_edge(
        is_top: bool,
        tail: Option<bool>,
        ground: &Ground,
        fill: Rect,
        brush: &mut Brush<'_>,
    ) {
        let Some(ink) = ground.plain.bg else { return };
        let style = Style::new().fg(ink);
        let (left, half, right) = if is_top {
            ("▗", "▄", "▖")
        } else {
            ("▝", "▀", "▘")
        };
        let last = fill.width.saturating_sub(1);
        for column in 0..fill.width {
            let symbol = match column {
                0 if tail == Some(false) => half,
                0 => left,
                column if column == last && tail == Some(true) => half,
                column if column == last => right,
                _ => half,
            };
            brush.text(
                Rect {
                    x: fill.x + column,
                    width: 1,
                    ..fill
                },
                0,
                symbol,
                style,
            );
        }
        // The tail reaches half a column beyond the bubble.
        let beyond = match tail {
            Some(true) => Some((fill.right(), "▘")),
            Some(false) => fill.x.checked_sub(1).map(|x| (x, "▝")),
            None => None,
        };
        if let Some((x, symbol)) = beyond {
            brush.text(
                Rect {
                    x,
                    width: 1,
                    ..fill
                },
                0,
                symbol,
                style,
            );
        }
    }

    /// Draws the words below it, under its outer side.
    pub(crate) fn draw_below(&self, words: &str, item: &Line, spot: Rect, brush: &mut Brush<'_>) {
        let indent = match &item.body {
            LineBody::Mine { .. } => {
                usize::from(spot.width).saturating_sub(self.margin + width(words))
            }
            _ => self.margin + 1,
        };
        let style = brush.styles.muted;
        brush.text(spot, indent, words, style);
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
        if self.manner.look.is_some() {
            // Where there is no picture of them, their first letter stands for one.
            let letter: String = name.chars().take(1).collect();
            let badge = format!(" {} ", letter.to_uppercase());
            brush.text(spot, indent, &badge, brush.styles.badge);
            let indent = indent + width(&badge) + 1;
            return brush.text(spot, indent, name, brush.styles.strong);
        }
        let style = if self.is_note {
            brush.styles.warn
        } else {
            brush.styles.muted
        };
        brush.text(spot, indent, name, style);
    }
}
