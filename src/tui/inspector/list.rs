//! The wire list and the entry in full, as drawn.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::tui::{
    inspector::{
        json::Ink,
        pane::View,
        summary::{END, Summary, Tone},
    },
    text::{
        clock,
        width::{elided, width},
    },
    theme::styles::Styles,
};

/// From this many columns on the times have their milliseconds.
const MILLIS: u16 = 60;

/// From this many columns on every row names the kind of its request or event. What follows the
/// name is what one looks for, and it would be cut first.
const KINDS: u16 = 74;

/// Columns of the consumer's name, where the wire of all phones is listed.
const OWNER: usize = 6;

/// Draws the rows of the wire that are in view.
pub(crate) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    if view.inspector.wire.listed() == 0 {
        let text = if view.inspector.wire.kept() == 0 {
            "nothing went over the wire yet"
        } else {
            "nothing fits the filter"
        };
        let room = usize::from(area.width).saturating_sub(1);
        buffer.set_stringn(area.x + 1, area.y, text, room, styles.muted);
        return;
    }
    let chosen = view.inspector.wire.selected();
    for (at, y) in (view.inspector.list_top..).zip(area.y..area.bottom()) {
        let Some((id, summary)) = view.inspector.wire.at(at) else {
            break;
        };
        let row = Rect::new(area.x, y, area.width, 1);
        let here = chosen == Some(id) && (view.inspector.wire.picked().is_some() || view.focused);
        if here {
            buffer.set_style(row, styles.selected);
        }
        let mark = match (here, view.is_of_selected(id)) {
            _ if view.inspector.wire.is_pinned(id) => "*",
            (_, true) => "◆",
            (true, false) => "▸",
            (false, false) => " ",
        };
        buffer.set_stringn(row.x, y, mark, 1, styles.accent);
        draw_entry(
            view,
            summary,
            &view.owner.map_or_else(String::new, |owner| owner(id)),
            Rect::new(row.x + 1, y, row.width - 1, 1),
            buffer,
        );
    }
}

fn draw_entry(view: &View<'_>, summary: &Summary, owner: &str, row: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    let tone = match summary.tone {
        Tone::Pending => styles.muted,
        Tone::Good => styles.good,
        Tone::Warn => styles.warn,
        Tone::Bad => styles.bad,
    };
    // Where columns are few, the milliseconds of the time are missed least.
    let time = if row.width < MILLIS {
        clock::seconds(summary.at, &view.ui.zone)
    } else {
        clock::millis(summary.at, &view.ui.zone)
    };
    let (x, _) = buffer.set_stringn(row.x, row.y, &time, usize::from(row.width), styles.muted);
    let x = if owner.is_empty() {
        x
    } else {
        let owner = format!("{:<OWNER$}", elided(owner, OWNER));
        let room = usize::from(row.right().saturating_sub(x + 1));
        buffer
            .set_stringn(x + 1, row.y, owner, room.min(OWNER), styles.key)
            .0
    };
    let arrow_style = if summary.arrow == "→" {
        styles.mine
    } else {
        styles.theirs
    };
    let room = usize::from(row.right().saturating_sub(x + 1));
    let (x, _) = buffer.set_stringn(x + 1, row.y, summary.arrow, room, arrow_style);
    // A time of more digits than usual pushes its own status only.
    let end = width(&summary.end).max(END);
    let end = u16::try_from(end).unwrap_or(u16::MAX);
    let end_x = row.right().saturating_sub(end + 1).max(x + 1);
    let room = usize::from(end_x.saturating_sub(x + 2));
    // Foreground only, so that the row of the selection keeps its ground.
    let what = Style {
        bg: None,
        ..styles.base
    };
    let told = summary.what(room, row.width >= KINDS);
    buffer.set_stringn(x + 1, row.y, told, room, what);
    let room = usize::from(row.right().saturating_sub(end_x));
    buffer.set_stringn(end_x, row.y, &summary.end, room, tone);
}

/// Draws the rows of the selected entry that are in view.
pub(crate) fn draw_detail(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    for (row, y) in view
        .inspector
        .detail
        .visible(area.height)
        .iter()
        .zip(area.y..)
    {
        let mut x = area.x;
        for (ink, text) in row {
            let room = usize::from(area.right().saturating_sub(x));
            if room == 0 {
                break;
            }
            (x, _) = buffer.set_stringn(x, y, text, room, ink_style(&view.ui.styles, *ink));
        }
    }
}

/// The look of a piece of JSON.
pub(crate) fn ink_style(styles: &Styles, ink: Ink) -> Style {
    match ink {
        Ink::Plain => styles.base,
        Ink::Faint => styles.muted,
        Ink::Key => styles.key,
        Ink::Value => styles.value,
        Ink::Heading => styles.strong,
        Ink::Good => styles.good,
        Ink::Bad => styles.bad,
    }
}
