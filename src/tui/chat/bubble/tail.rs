//! The time of a bubble, and how far a message of ours has come.

use ratatui::style::Style;

use crate::{
    domain::line::{Delivery, Line, LineBody},
    tui::{
        chat::{
            brush::Brush,
            bubble::{Look, Manner},
            card::block::Block,
        },
        text::{clock, width::width},
        theme::ground::Ground,
    },
};

/// Columns between the text and the time.
pub(super) const GAP: usize = 2;

/// Columns of a time.
const TIME: usize = 5;

/// Columns of a time with all that can stand behind it: ticks and the word Read.
const WHOLE: usize = TIME + 8;

/// Whether the time has room in the last row of a text, whatever comes to stand behind it.
pub(super) fn fits(body: &Block, most: usize, (is_mine, manner): (bool, Manner)) -> bool {
    let taken = match (is_mine, manner.look) {
        (true, None) => WHOLE,
        (true, Some(_)) => TIME + 3,
        (false, _) => TIME,
    };
    last_row(body) + GAP + taken <= most
}

/// Columns of the last row of a text.
pub(super) fn last_row(body: &Block) -> usize {
    let pieces = body.rows.last().into_iter().flatten();
    let ends = pieces.map(|piece| piece.x + width(&piece.text));
    ends.max().unwrap_or(0)
}

/// The pieces of the tail of a filled bubble, in their order.
pub(super) fn pieces(
    item: &Line,
    look: Look,
    manner: Manner,
    ground: &Ground,
    brush: &Brush<'_>,
) -> Vec<(String, Style)> {
    if !manner.has_time_inside() {
        return Vec::new();
    }
    let time = match manner.look {
        Some(_) => clock::short(item.at, brush.zone),
        None => clock::minutes(item.at, brush.zone),
    };
    let LineBody::Mine { delivery, .. } = &item.body else {
        return vec![(time, ground.faint)];
    };
    let (tick, style) = match delivery {
        Delivery::Queued | Delivery::Leaving => (" ◷", ground.faint),
        Delivery::Taken | Delivery::Sent { .. } => (" ✓", ground.faint),
        Delivery::Accepted { .. } => (" ✓✓", ground.faint),
        Delivery::Read { .. } if manner.look.is_some() => (" ✓✓", ground.mark),
        Delivery::Read { .. } => (" ✓✓", ground.strong),
        Delivery::Failed { .. } => (" ✗", ground.bad),
    };
    let mut pieces = vec![(time, ground.faint), (tick.to_owned(), style)];
    if look.last_read && manner.look.is_none() {
        pieces.push((" Read".to_owned(), ground.strong));
    }
    pieces
}
