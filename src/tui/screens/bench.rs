//! The bench: the wire list above, the selected entry in full below.

use std::fmt::Write as _;

use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
    widgets::Block,
};

use crate::tui::{
    layout::Bench,
    model::{Focus, Model},
    screens::phone::rule,
    text::{
        width::{elided, width},
        wrap::wrapped,
    },
    widgets::{composer, list},
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
    let title_style = if focused { styles.accent } else { styles.title };
    let block = Block::bordered()
        .border_style(border)
        .title(Line::from(Span::styled(" Wire ", title_style)));
    frame.render_widget(block, bench.frame);
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

/// The count of entries and the filter, on the line between list and entry.
fn draw_divider(model: &Model, row: Rect, frame: &mut Frame<'_>) {
    let styles = &model.styles;
    let room = usize::from(row.width).saturating_sub(4);
    if model.filtering {
        let label = " filter: ";
        let columns = u16::try_from(width(label)).unwrap_or(0);
        let buffer = frame.buffer_mut();
        buffer.set_stringn(row.x + 2, row.y, label, room, styles.accent);
        let field = Rect::new(
            row.x + 2 + columns,
            row.y,
            row.width.saturating_sub(columns + 4),
            1,
        );
        let blank = " ".repeat(usize::from(field.width));
        buffer.set_stringn(field.x, row.y, blank, usize::from(field.width), styles.base);
        if model.popups.is_empty() {
            composer::draw_row(&model.filter, field, styles.base, frame);
        }
        return;
    }
    let wire = &model.wire;
    let mut text = match (wire.listed(), wire.kept()) {
        (1, 1) => " 1 entry".to_owned(),
        (listed, kept) if listed == kept => format!(" {kept} entries"),
        (listed, kept) => format!(" {listed} of {kept}"),
    };
    if !wire.needle().is_empty() {
        // Writing into a string cannot fail, here and below.
        let _ = write!(text, " · filter {:?}", wire.needle());
    }
    if wire.only_of().is_some() {
        text.push_str(" · of the selected bubble");
    }
    if wire.dropped() > 0 {
        let _ = write!(text, " · {} older dropped", wire.dropped());
    }
    text.push_str(if wire.picked().is_none() {
        " · following "
    } else {
        " "
    });
    let style = if model.focus == Focus::Detail {
        styles.accent
    } else {
        styles.muted
    };
    frame
        .buffer_mut()
        .set_stringn(row.x + 2, row.y, elided(&text, room), room, style);
}
