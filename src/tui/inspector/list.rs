//! The wire list and the opened entry, as drawn.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    domain::ids::EntryId,
    tui::{
        inspector::{
            json::{Ink, InkedRow},
            pane::{PaneKeys, View},
            summary::{Summary, Tone, later},
        },
        text::{
            clock,
            width::{elided, width},
        },
        theme::{lines::even, styles::Styles},
    },
};

/// From this many columns on the times have their milliseconds.
const MILLIS: u16 = 48;

/// Columns of the status or the verdict, and of the time an answer took or an event came later.
const STATUS: usize = 6;
const TIME: usize = 6;

/// From this many columns on what a row says leaves room for the request it is of.
const LEADS: usize = 40;

/// Columns what a row says has at least before that.
const SAYS: usize = 24;

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
        let here =
            chosen == Some(id) && (view.inspector.wire.picked().is_some() || view.is_focused());
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
        let row = Rect::new(row.x + 1, y, row.width - 2, 1);
        draw_entry(view, id, summary, row, buffer);
        if here {
            even(Rect::new(area.x, y, area.width, 1), styles, buffer);
        }
    }
}

fn draw_entry(view: &View<'_>, id: EntryId, summary: &Summary, row: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    let tone = match summary.tone {
        Tone::Pending => styles.muted,
        Tone::Good => styles.good,
        Tone::Warn => styles.warn,
        Tone::Bad => styles.bad,
    };
    // Foreground only, so that the row of the selection keeps its ground.
    let words = Style {
        bg: None,
        ..styles.base
    };
    // Where columns are few, the milliseconds of the time are missed least.
    let time = if row.width < MILLIS {
        clock::seconds(summary.at, &view.ui.zone)
    } else {
        clock::millis(summary.at, &view.ui.zone)
    };
    let arrow = if summary.arrow == "→" {
        styles.mine
    } else {
        styles.theirs
    };
    let owner = view.owner.map_or_else(String::new, |owner| owner(id));
    let owner = match owner.as_str() {
        "" => String::new(),
        owner => format!("{:<OWNER$} ", elided(owner, OWNER)),
    };
    let mut x = row.x;
    for (text, style) in [
        (format!("{time} "), styles.muted),
        (owner, styles.key),
        (format!("{} ", summary.arrow), arrow),
    ] {
        let room = usize::from(row.right().saturating_sub(x));
        (x, _) = buffer.set_stringn(x, row.y, text, room, style);
    }
    let end = u16::try_from(STATUS + TIME + 2).unwrap_or(0);
    let end = row.right().saturating_sub(end).max(x);
    let room = usize::from(end.saturating_sub(x));
    let mut says = summary.what(room);
    if view.inspector.wire.is_duplicate(id) {
        says = format!("{} duplicate", elided(&says, room.saturating_sub(10)));
    }
    buffer.set_stringn(x, row.y, &says, room, words);
    if room >= LEADS {
        let taken = width(&says).max(SAYS) + 2;
        let left = room.saturating_sub(taken);
        let lead = elided(&summary.lead, left);
        let x = x + u16::try_from(taken).unwrap_or(0);
        buffer.set_stringn(x, row.y, lead, left, styles.muted);
    }
    let room = usize::from(row.right().saturating_sub(end + 1));
    let status = format!("{:<STATUS$}", elided(&summary.status, STATUS));
    let (x, _) = buffer.set_stringn(end + 1, row.y, status, room, tone);
    let time = if summary.time.is_empty() {
        (view.late)(id, summary.at).map_or_else(String::new, later)
    } else {
        summary.time.clone()
    };
    let room = usize::from(row.right().saturating_sub(x));
    buffer.set_stringn(x, row.y, format!("{time:>TIME$}"), room, styles.muted);
}

/// Draws a row of coloured pieces, as far as there is room; what is cut off ends so.
pub(crate) fn draw_inked(pieces: &InkedRow, row: Rect, styles: &Styles, buffer: &mut Buffer) {
    let mut x = row.x;
    let mut rest: usize = pieces.iter().map(|(_, text)| width(text)).sum();
    for (ink, text) in pieces {
        let room = usize::from(row.right().saturating_sub(x));
        rest -= width(text);
        // One that fills the row hides what comes behind it.
        let hides = rest > 0 && width(text) == room;
        let more = if hides { "…" } else { "" };
        let text = format!("{text}{more}");
        let text = elided(&text, room);
        // Foreground only, so that a chosen row keeps its ground.
        let style = Style {
            bg: None,
            ..ink_style(styles, *ink)
        };
        (x, _) = buffer.set_stringn(x, row.y, text, room, style);
    }
}

/// Draws the opened entry: what it is, and the rows of its tree that are in view.
pub(crate) fn draw_tree(view: &View<'_>, title: Rect, area: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    let tree = &view.inspector.tree;
    if view.keys == PaneKeys::Tree {
        buffer.set_style(title, styles.raised);
    }
    draw_inked(&tree.title(), title, styles, buffer);
    for ((pieces, is_here), y) in tree.visible(area.height).zip(area.y..) {
        let row = Rect::new(area.x, y, area.width, 1);
        let is_here = is_here && view.keys == PaneKeys::Tree;
        if is_here {
            buffer.set_style(row, styles.selected);
        }
        draw_inked(&pieces, row, styles, buffer);
        if is_here {
            even(row, styles, buffer);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::{palette, styles::Depth};

    #[test]
    fn what_is_cut_off_ends_so() {
        let styles = Styles::new(&palette::embedded().remove(0).palette, Depth::True);
        let pieces: InkedRow = [
            (Ink::Heading, "webhook"),
            (Ink::Faint, " · "),
            (Ink::Plain, "text"),
        ]
        .map(|(ink, text)| (ink, text.to_owned()))
        .into();
        let shown = |columns: u16| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, columns, 1));
            let area = buffer.area;
            draw_inked(&pieces, area, &styles, &mut buffer);
            let cells = buffer.content.iter();
            cells.map(ratatui::buffer::Cell::symbol).collect::<String>()
        };
        for (columns, row) in [
            (14, "webhook · text"),
            (13, "webhook · te…"),
            (10, "webhook ·…"),
            (7, "webhoo…"),
            (5, "webh…"),
        ] {
            assert_eq!(shown(columns), row);
        }
    }
}
