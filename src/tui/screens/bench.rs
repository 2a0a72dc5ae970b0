//! The bench: its head with the tabs, below it what the tab in view shows, on
//! its lower edge what can be done there.

use std::fmt::Write as _;

use ratatui::{
    Frame,
    layout::Rect,
    style::{Modifier, Style},
    widgets::Block,
};

use crate::tui::{
    bench::{Tab, chips, filter},
    desk::{self, names::one_row},
    layout::Bench,
    model::{Focus, Model},
    screens::phone::rule,
    text::{
        width::{elided, width},
        wrap::wrapped,
    },
    widgets::{composer, facts, list, past},
};

/// Draws the bench.
pub(crate) fn draw(model: &Model, bench: &Bench, frame: &mut Frame<'_>) {
    let styles = &model.styles;
    let focused = model.focus != Focus::Composer;
    let border = if focused {
        styles.focused
    } else {
        styles.border
    };
    frame.render_widget(Block::bordered().border_style(border), bench.frame);
    draw_head(model, bench.frame, focused, frame);
    match model.bench.tab {
        Tab::Wire => draw_wire(model, bench, border, frame),
        Tab::State => facts::draw(model, bench.body, frame.buffer_mut()),
        Tab::Agent => {
            if let Some(parts) = &model.layout.desk {
                desk::draw::draw(model, parts, border, frame);
            }
        }
        Tab::Journal => {
            let below = Rect {
                y: bench.search.y + 1,
                height: 1,
                ..bench.frame
            };
            rule(below, border, frame);
            draw_search(model, bench, frame);
            past::draw(model, bench.found, frame.buffer_mut());
        }
    }
    let buffer = frame.buffer_mut();
    for chip in chips::chips(model) {
        let key = format!(" {}", chip.key);
        let room = usize::from(chip.spot.width);
        let (x, y) = (chip.spot.x, chip.spot.y);
        let (x, _) = buffer.set_stringn(x, y, key, room, styles.strong);
        let room = usize::from(chip.spot.right().saturating_sub(x));
        buffer.set_stringn(x, y, format!(" {} ", chip.word), room, styles.muted);
    }
}

/// The tabs, the one in view in brackets.
fn draw_head(model: &Model, frame: Rect, focused: bool, target: &mut Frame<'_>) {
    let styles = &model.styles;
    if model.desk.alone {
        return draw_title(model, frame, target);
    }
    for chips::Head { tab, name, spot } in chips::tabs(model, frame) {
        let here = tab == model.bench.tab;
        let style = match (here, focused) {
            (true, true) => styles.accent,
            (true, false) => styles.title,
            (false, _) => styles.muted,
        };
        let text = if here {
            format!("[{name}]")
        } else {
            format!(" {name} ")
        };
        let room = usize::from(spot.width);
        let buffer = target.buffer_mut();
        buffer.set_stringn(spot.x, spot.y, text, room, style);
    }
}

/// Whose desk it is, where it has the screen for itself.
fn draw_title(model: &Model, frame: Rect, target: &mut Frame<'_>) {
    let link = model.desk.chair().and_then(|chair| chair.link.as_ref());
    let title = match link {
        Some(link) => format!(
            " Handset ─ {} at {} ",
            one_row(&link.me),
            one_row(&link.account)
        ),
        None => " Handset ─ the agent's desk ".to_owned(),
    };
    let room = usize::from(frame.width).saturating_sub(4);
    let title = elided(&title, room);
    let style = model.styles.accent;
    target
        .buffer_mut()
        .set_stringn(frame.x + 1, frame.y, title, room, style);
}

fn draw_wire(model: &Model, bench: &Bench, border: Style, frame: &mut Frame<'_>) {
    let styles = &model.styles;
    list::draw(model, bench.list, frame.buffer_mut());
    rule(bench.divider, border, frame);
    draw_divider(model, bench.divider, frame);
    list::draw_detail(model, bench.detail, frame.buffer_mut());
    if let Some(line) = model.hops() {
        let room = usize::from(bench.hops.width);
        let rows = wrapped(&line, room);
        for (row, y) in rows.iter().zip(bench.hops.y..bench.hops.bottom()) {
            let buffer = frame.buffer_mut();
            buffer.set_stringn(bench.hops.x, y, row, room, styles.accent);
        }
    }
}

/// A label and, behind it, the field that is written into.
fn draw_field(model: &Model, label: &str, row: Rect, frame: &mut Frame<'_>) {
    let styles = &model.styles;
    let columns = u16::try_from(width(label)).unwrap_or(0);
    let buffer = frame.buffer_mut();
    buffer.set_stringn(row.x, row.y, label, usize::from(row.width), styles.accent);
    let field = Rect::new(row.x + columns, row.y, row.width.saturating_sub(columns), 1);
    let room = usize::from(field.width);
    buffer.set_stringn(field.x, row.y, " ".repeat(room), room, styles.base);
    if model.popups.is_empty() {
        let editor = match model.bench.tab {
            Tab::Journal => &model.bench.journal.field,
            Tab::Wire | Tab::State | Tab::Agent => &model.filter,
        };
        composer::draw_row(editor, field, styles.base, frame);
    }
}

/// The count of entries and the filter, on the line between list and entry.
fn draw_divider(model: &Model, row: Rect, frame: &mut Frame<'_>) {
    let styles = &model.styles;
    let row = Rect::new(row.x + 2, row.y, row.width.saturating_sub(4), 1);
    let room = usize::from(row.width);
    let fault = model.wire.fault();
    if model.filtering {
        draw_field(model, " filter: ", row, frame);
        if model.filter.is_empty() {
            let x = row.x + u16::try_from(width(" filter: ") + 2).unwrap_or(0);
            let room = usize::from(row.right().saturating_sub(x));
            let terms = elided(filter::TERMS, room);
            let buffer = frame.buffer_mut();
            buffer.set_stringn(x, row.y, terms, room, styles.muted);
        }
        // What is wrong stands where the count would, as far as the text leaves room.
        if let Some(fault) = fault {
            let taken = width(" filter: ") + width(model.filter.text()) + 2;
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
    } else if model.focus == Focus::Detail {
        styles.accent
    } else {
        styles.muted
    };
    let text = counted(model);
    frame
        .buffer_mut()
        .set_stringn(row.x, row.y, elided(&text, room), room, style);
}

/// What the line between list and entry says while nothing is written on it.
fn counted(model: &Model) -> String {
    let wire = &model.wire;
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
    if model.bench.all_phones && model.tabs.len() > 1 {
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
    text.push(' ');
    text
}

/// What the journal is searched for, and what was found.
fn draw_search(model: &Model, bench: &Bench, frame: &mut Frame<'_>) {
    let styles = &model.styles;
    let journal = &model.bench.journal;
    let row = bench.search;
    let found = match (&journal.found, journal.list.len()) {
        _ if journal.is_asking() => "searching…".to_owned(),
        (None, _) => String::new(),
        (Some(_), 1) => "1 conversation".to_owned(),
        (Some(_), count) if count >= crate::tui::bench::journal::MOST => {
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
    if model.filtering {
        draw_field(model, "search: ", left, frame);
    } else {
        let key = model.keymap.shown(crate::config::keys::Action::FilterHere);
        let (text, style) = match journal.field.text() {
            "" => (
                format!("{key} searches what was said and the wire"),
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
