//! What the tab in view shows: the wire with the selected entry, the state, the journal.

use std::{fmt::Write as _, time::Duration};

use ratatui::{Frame, layout::Rect, style::Modifier};

use crate::{
    domain::{
        ids::{EntryId, ItemId},
        time::Timestamp,
    },
    tui::{
        commands::keys::Action,
        inspector::{Inspector, Tab, facts, filter, journal, layout::Parts, list, past},
        text::{
            field,
            width::{elided, width},
            wrap::wrapped,
        },
        theme::ui::Ui,
    },
};

/// Whether the inspector has the keyboard, and what in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaneKeys {
    /// Nothing: the phone has it.
    None,
    /// Nothing either, and the inspector is shown in place of the phone.
    Peeked,
    /// The list of the wire, or whatever the tab in view shows.
    List,
    Tree,
}

/// What the inspector is drawn from.
pub(crate) struct View<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) inspector: &'a Inspector,
    pub(crate) keys: PaneKeys,
    /// Whether letters go on with a draft on the phone.
    pub(crate) is_drafting: bool,
    /// Whether a filter or a search can be written into: no popup lies over it.
    pub(crate) has_keys: bool,
    /// The delays of the hops of what is selected.
    pub(crate) hops: Option<String>,
    pub(crate) selected: Option<ItemId>,
    /// The short name of the consumer an entry belongs to, where those of several are listed.
    pub(crate) owner: Option<&'a dyn Fn(EntryId) -> String>,
    /// How much later than what it answers a webhook came, by when it came.
    pub(crate) late: &'a dyn Fn(EntryId, Timestamp) -> Option<Duration>,
}

impl View<'_> {
    /// Whether the keyboard is in this pane.
    pub(crate) fn is_focused(&self) -> bool {
        matches!(self.keys, PaneKeys::List | PaneKeys::Tree)
    }

    /// Whether an entry belongs to the selected bubble.
    pub(crate) fn is_of_selected(&self, entry: EntryId) -> bool {
        let wire = &self.inspector.wire;
        self.selected
            .is_some_and(|item| wire.are_linked(entry, item))
    }
}

/// Draws what the tab in view shows; the agent workspace draws itself.
pub(crate) fn draw(view: &View<'_>, parts: &Parts, frame: &mut Frame<'_>) {
    match view.inspector.tab {
        Tab::Wire => draw_wire(view, parts, frame),
        Tab::State => facts::draw(view, parts.body, frame.buffer_mut()),
        Tab::Agent => {}
        Tab::Journal => {
            draw_search(view, parts, frame);
            past::draw(view, parts.found, frame.buffer_mut());
        }
    }
}

fn draw_wire(view: &View<'_>, parts: &Parts, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    draw_counts(view, parts.counts, frame);
    list::draw(view, parts.list, frame.buffer_mut());
    if view.inspector.is_open {
        list::draw_tree(view, parts.title, parts.tree, frame.buffer_mut());
    }
    if let Some(line) = &view.hops {
        let room = usize::from(parts.hops.width);
        let rows = wrapped(line, room);
        for (row, y) in rows.iter().zip(parts.hops.y..parts.hops.bottom()) {
            let buffer = frame.buffer_mut();
            buffer.set_stringn(parts.hops.x, y, row, room, styles.accent);
        }
    }
}

/// A label and, behind it, the field that is written into.
fn draw_field(view: &View<'_>, label: &str, row: Rect, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let columns = u16::try_from(width(label)).unwrap_or(0);
    let buffer = frame.buffer_mut();
    buffer.set_stringn(row.x, row.y, label, usize::from(row.width), styles.accent);
    let field = Rect::new(row.x + columns, row.y, row.width.saturating_sub(columns), 1);
    let room = usize::from(field.width);
    buffer.set_stringn(field.x, row.y, " ".repeat(room), room, styles.base);
    if view.has_keys {
        let editor = match view.inspector.tab {
            Tab::Journal => &view.inspector.journal.field,
            Tab::Wire | Tab::State | Tab::Agent => &view.inspector.filter,
        };
        field::draw_row(editor, field, styles.base, frame);
    }
}

/// The count of entries, or the filter that is written, above the list.
fn draw_counts(view: &View<'_>, row: Rect, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let row = Rect::new(row.x, row.y, row.width.saturating_sub(1), 1);
    let room = usize::from(row.width);
    let fault = view.inspector.wire.fault();
    if view.inspector.filtering {
        draw_field(view, " filter: ", row, frame);
        if view.inspector.filter.is_empty() {
            let x = row.x + u16::try_from(width(" filter: ") + 2).unwrap_or(0);
            let room = usize::from(row.right().saturating_sub(x));
            let terms = elided(filter::TERMS, room);
            let buffer = frame.buffer_mut();
            buffer.set_stringn(x, row.y, terms, room, styles.muted);
        }
        // What is wrong stands where the count would, as far as the text leaves room.
        if let Some(fault) = fault {
            let taken = width(" filter: ") + width(view.inspector.filter.text()) + 2;
            let fault = format!(" ✗ {fault} ");
            let columns = width(&fault).min(room.saturating_sub(taken));
            let x = row.right() - u16::try_from(columns).unwrap_or(0);
            let shown = elided(&fault, columns);
            frame
                .buffer_mut()
                .set_stringn(x, row.y, shown, columns, styles.bad);
        }
        return;
    }
    let style = if fault.is_some() {
        styles.bad
    } else {
        styles.muted
    };
    let text = counted(view);
    frame
        .buffer_mut()
        .set_stringn(row.x, row.y, elided(&text, room), room, style);
}

/// What the row above the list says while no filter is written there.
fn counted(view: &View<'_>) -> String {
    let wire = &view.inspector.wire;
    let mut text = match (wire.listed(), wire.kept()) {
        (1, 1) => " 1 entry".to_owned(),
        (listed, kept) if listed == kept => format!(" {kept} entries"),
        (listed, kept) => format!(" {listed} of {kept}"),
    };
    // Writing into a string cannot fail, here and below.
    if let Some(fault) = wire.fault() {
        let _ = write!(text, " · ✗ {fault}");
    } else if !wire.needle().is_empty() {
        let _ = write!(text, " · filter {:?}", wire.needle());
    }
    if wire.only_of().is_some() {
        text.push_str(" · of the selected bubble");
    }
    if wire.lists_only_pinned() {
        text.push_str(" · pinned");
    }
    if view.owner.is_some() {
        text.push_str(" · all phones");
    }
    let state = match (wire.picked(), wire.reaches_newest()) {
        (None, true) => " · following",
        (Some(_), true) => " · paused",
        (_, false) => " · of the journal",
    };
    text.push_str(state);
    if wire.missed() > 0 {
        let _ = write!(text, " · {} new ↓", wire.missed());
    }
    if wire.is_asking() {
        text.push_str(" · asking the journal");
    } else if wire.is_narrowed() && !wire.is_complete() && wire.picked().is_some() {
        text.push_str(" · in what is loaded");
    }
    if view.keys == PaneKeys::Peeked {
        text.push_str(" · letters go to the phone");
    } else if view.is_focused() && view.is_drafting {
        text.push_str(" · letters go to the draft");
    }
    text.push(' ');
    text
}

/// What the journal is searched for, and what was found.
fn draw_search(view: &View<'_>, inspector: &Parts, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let journal = &view.inspector.journal;
    let row = inspector.search;
    let found = match (&journal.found, journal.list.len()) {
        _ if journal.is_asking() => "searching…".to_owned(),
        (None, _) => String::new(),
        (Some(_), count) if journal.back_to.is_some() => {
            format!("{count} so far, not all looked at")
        }
        (Some(_), 1) => "1 conversation".to_owned(),
        (Some(_), count) if count >= journal::MOST => {
            format!("the newest {count}")
        }
        (Some(_), count) => format!("{count} conversations"),
    };
    let columns = u16::try_from(width(&found)).unwrap_or(0).min(row.width / 2);
    let x = row.right() - columns;
    let left = Rect {
        width: row.width - columns - 1,
        ..row
    };
    if view.inspector.filtering {
        draw_field(view, "search: ", left, frame);
    } else {
        let key = view.ui.shown(Action::FilterHere);
        let (text, style) = match journal.field.text() {
            "" => (
                format!("{key} searches words, names, days, ids and the wire"),
                styles.muted,
            ),
            needle => (format!("search: {needle}"), styles.base),
        };
        let room = usize::from(left.width);
        let buffer = frame.buffer_mut();
        buffer.set_stringn(left.x, left.y, elided(&text, room), room, style);
    }
    let style = styles.muted.remove_modifier(Modifier::DIM);
    frame
        .buffer_mut()
        .set_stringn(x, row.y, found, usize::from(columns), style);
}
