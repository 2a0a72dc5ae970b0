//! A bubble as an outline, with the time beside it: for terminals without colours.

use ratatui::layout::Rect;

use crate::{
    domain::line::{Delivery, Line, LineBody},
    tui::{
        chat::{
            brush::Brush,
            bubble::{Look, Shape},
        },
        text::{clock, width::width},
    },
};

/// Room kept beside our bubbles for time and ticks, and where columns are many for the word Read behind
/// them; and beside theirs for the time.
const MINE_GUTTER: (usize, usize) = (10, 15);
const THEIRS_GUTTER: usize = 7;

/// From this many columns on the word Read has room behind the time.
const WIDE: usize = 70;

fn mine_gutter(columns: usize) -> usize {
    if columns < WIDE {
        MINE_GUTTER.0
    } else {
        MINE_GUTTER.1
    }
}

/// Where the bubbles of others begin.
pub(super) const LEFT: usize = 1;

/// Most columns of a bubble's text.
pub(super) fn most(columns: u16, is_mine: bool) -> usize {
    let columns = usize::from(columns);
    let gutter = if is_mine {
        mine_gutter(columns)
    } else {
        THEIRS_GUTTER
    };
    // A margin and two columns of frame and blank on either side.
    columns
        .saturating_sub(gutter + 1)
        .min(columns * 5 / 6)
        .saturating_sub(4)
        .max(1)
}

impl Shape {
    pub(super) fn draw_outlined_row(
        &self,
        row: usize,
        item: &Line,
        look: Look,
        spot: Rect,
        brush: &mut Brush<'_>,
    ) {
        let mine = matches!(item.body, LineBody::Mine { .. });
        let styles = brush.styles;
        let style = match (look.selected || look.lit, mine) {
            (true, _) => styles.accent,
            (false, _) if self.is_note => styles.warn,
            (false, true) => styles.mine,
            (false, false) => styles.theirs,
        };
        let [tl, tr, bl, br, h, v] = match (look.selected, look.lit) {
            (true, _) => ["┏", "┓", "┗", "┛", "━", "┃"],
            (false, true) => ["╔", "╗", "╚", "╝", "═", "║"],
            (false, false) if self.is_note => ["┌", "┐", "└", "┘", "┄", "┆"],
            (false, false) => ["╭", "╮", "╰", "╯", "─", "│"],
        };
        let outer = self.inner + 4;
        let left = if mine {
            let columns = usize::from(spot.width);
            columns.saturating_sub(outer + mine_gutter(columns))
        } else {
            LEFT
        };
        let top = self.top();
        if !look.marks.is_empty() {
            self.draw_marks(row, item, look, (left, outer), (spot, brush));
        }
        if top > 0 && row == 0 {
            let label = self.label.as_deref();
            let label = label.map_or_else(String::new, |label| format!(" {label} "));
            let rest = (self.inner + 2).saturating_sub(width(&label));
            let edge = format!("{tl}{label}{}{tr}", h.repeat(rest));
            brush.text(spot, left, &edge, style);
        } else if top > 0 && row + 1 == self.end() {
            let edge = format!("{bl}{}{br}", h.repeat(self.inner + 2));
            brush.text(spot, left, &edge, style);
        } else {
            brush.text(spot, left, v, style);
            self.draw_body_row(row - top, look, &styles.open, (left + 2, spot), brush);
            brush.text(spot, left + outer - 1, v, style);
            if row + top + 1 == self.end() {
                Self::draw_gutter(item, look, left + outer + 1, spot, brush);
            }
        }
    }

    /// The steps of a scenario: on the last row before our bubbles and behind the time of theirs, or
    /// where that has no room behind the first.
    fn draw_marks(
        &self,
        row: usize,
        item: &Line,
        look: Look,
        (left, outer): (usize, usize),
        (spot, brush): (Rect, &mut Brush<'_>),
    ) {
        const LEAST_ROOM: usize = 5;
        let columns = usize::from(spot.width);
        let (free, at_right) = match &item.body {
            LineBody::Mine { .. } => ((0, left.saturating_sub(1)), true),
            _ => ((left + outer + THEIRS_GUTTER, columns), false),
        };
        let has_room = free.1.saturating_sub(free.0) >= LEAST_ROOM;
        if has_room && row + self.top() + 1 == self.end() {
            look.marks.draw(free, at_right, spot, brush);
        } else if !has_room && row == 0 {
            let free = (left + outer + 1, columns);
            look.marks.draw(free, false, spot, brush);
        }
    }

    /// Time and ticks, beside the last row of the text.
    fn draw_gutter(item: &Line, look: Look, left: usize, spot: Rect, brush: &mut Brush<'_>) {
        let time = clock::minutes(item.at, brush.zone);
        let styles = brush.styles;
        match &item.body {
            LineBody::Mine { delivery, .. } => {
                let (tick, style) = match delivery {
                    Delivery::Queued | Delivery::Leaving => ("◷", styles.muted),
                    Delivery::Taken | Delivery::Sent { .. } => ("✓", styles.muted),
                    Delivery::Accepted { .. } => ("✓✓", styles.muted),
                    Delivery::Read { .. } => ("✓✓", styles.accent),
                    Delivery::Failed { .. } => ("✗", styles.bad),
                };
                if look.last_read && usize::from(spot.width) < WIDE {
                    brush.text(spot, left, "✓✓ Read", styles.accent);
                } else {
                    brush.text(spot, left, &time, styles.muted);
                    let tick = if look.last_read { "✓✓ Read" } else { tick };
                    brush.text(spot, left + width(&time) + 1, tick, style);
                }
            }
            LineBody::Theirs { .. } => {
                brush.text(spot, left, &time, styles.muted);
            }
            LineBody::Quiet { .. } => {}
        }
    }
}
