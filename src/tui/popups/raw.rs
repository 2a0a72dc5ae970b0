//! The editor of requests as drawn: the templates to choose from, where the
//! request goes, and its text.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    engine::command::Endpoint,
    tui::{
        app::model::Model,
        chat::by_hand::{Desk, Kind},
        commands::keys::Action,
        text::field,
        text::width::{elided, width},
    },
};

/// Where the parts of the editor are.
pub(crate) struct Parts {
    pub(crate) kinds: Rect,
    pub(crate) endpoint: Rect,
    pub(crate) field: Rect,
    pub(crate) button: Rect,
}

/// What stands on the button.
const SEND: &str = "( Send it as it stands )";

/// The parts within the frame of the popup.
pub(crate) fn parts(area: Rect) -> Parts {
    let inner = Rect::new(
        area.x + 2,
        area.y + 1,
        area.width.saturating_sub(4),
        area.height.saturating_sub(2),
    );
    let rows = chips(inner.width).last().map_or(1, |(_, y, _)| y + 1);
    let rows = rows.min(inner.height.saturating_sub(4).max(1));
    let kinds = Rect::new(inner.x, inner.y, inner.width, rows);
    let endpoint = Rect::new(inner.x, kinds.bottom(), inner.width, 1);
    let button = Rect::new(inner.x, inner.bottom().saturating_sub(1), inner.width, 1);
    let field = Rect::new(
        inner.x,
        endpoint.bottom(),
        inner.width,
        button.y.saturating_sub(endpoint.bottom()),
    );
    Parts {
        kinds,
        endpoint,
        field,
        button,
    }
}

/// The kinds with their column and row, as many in a row as fit.
fn chips(columns: u16) -> Vec<(u16, u16, Kind)> {
    let (mut x, mut y) = (0u16, 0u16);
    let place = |kind: &Kind| {
        let taken = u16::try_from(width(kind.name()) + 2).unwrap_or(u16::MAX);
        if x > 0 && x.saturating_add(taken) > columns {
            x = 0;
            y += 1;
        }
        let at = (x, y, *kind);
        x = x.saturating_add(taken);
        at
    };
    Kind::ALL.iter().map(place).collect()
}

/// What a click means there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spot {
    Kind(Kind),
    Send,
    /// This cell of the text, counted from its first visible row.
    Text {
        row: usize,
        column: usize,
    },
}

/// What is under a click.
pub(crate) fn spot_at(area: Rect, at: Position) -> Option<Spot> {
    let parts = parts(area);
    if parts.kinds.contains(at) {
        return chips(parts.kinds.width)
            .into_iter()
            .find_map(|(x, y, kind)| {
                let columns = u16::try_from(width(kind.name()) + 2).unwrap_or(u16::MAX);
                let chip = Rect::new(parts.kinds.x + x, parts.kinds.y + y, columns, 1);
                chip.contains(at).then_some(Spot::Kind(kind))
            });
    }
    if parts.field.contains(at) {
        return Some(Spot::Text {
            row: usize::from(at.y - parts.field.y),
            column: usize::from(at.x - parts.field.x),
        });
    }
    let button = Rect {
        width: u16::try_from(width(SEND)).unwrap_or(0),
        ..parts.button
    };
    button.contains(at).then_some(Spot::Send)
}

/// Draws the editor within the frame of its popup.
pub(crate) fn draw(model: &Model, desk: &Desk, area: Rect, frame: &mut Frame<'_>) {
    let styles = &model.ui.styles;
    let parts = parts(area);
    let buffer = frame.buffer_mut();
    for (x, y, kind) in chips(parts.kinds.width) {
        if y < parts.kinds.height {
            let style = if kind == desk.kind {
                styles.chosen
            } else {
                styles.muted
            };
            let text = format!(" {} ", kind.name());
            let room = usize::from(parts.kinds.width.saturating_sub(x));
            buffer.set_stringn(parts.kinds.x + x, parts.kinds.y + y, text, room, style);
        }
    }
    let room = usize::from(parts.endpoint.width);
    let whither = match desk.kind.endpoint() {
        Endpoint::Send => "POST …/messaging/consumer/conversation/send?v=3",
        Endpoint::Conversation => "POST …/messaging/consumer/conversation?v=3",
    };
    let (x, y) = (parts.endpoint.x, parts.endpoint.y);
    buffer.set_stringn(x, y, elided(whither, room), room, styles.key);
    let key = model.ui.shown(Action::SendRaw);
    let (x, _) = buffer.set_stringn(parts.button.x, parts.button.y, SEND, room, styles.button);
    let left = room.saturating_sub(width(SEND));
    buffer.set_stringn(x, parts.button.y, format!("  {key}"), left, styles.muted);
    field::draw_field(
        &desk.field,
        desk.top,
        parts.field,
        [styles.raised, styles.marked],
        frame,
    );
}
