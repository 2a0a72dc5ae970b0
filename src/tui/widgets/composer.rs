//! The composer as drawn: prompt, rows of the draft, cursor, completions above it.

use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style};

use crate::{
    config::keys::Action,
    domain::text::SafeText,
    tui::{
        layout::Phone,
        model::Model,
        slash::{Completion, arguments},
        styles::Styles,
        text::{
            edit::Editor,
            width::{elided, fitting, part, width},
        },
        widgets::over,
    },
};

/// Completions shown at once.
const OFFERED: usize = 12;

/// Draws the draft and puts the cursor into it.
pub(crate) fn draw(model: &Model, phone: &Phone, frame: &mut Frame<'_>) {
    let styles = &model.styles;
    let area = phone.composer;
    let buffer = frame.buffer_mut();
    let prompt = if model.is_composing() {
        styles.accent
    } else {
        styles.muted
    };
    buffer.set_stringn(area.x - 2, area.y, ">", 1, prompt);
    if let Some(metadata) = &model.phone.composer.metadata {
        let types = SafeText::clean(&arguments::types(metadata));
        let chip = format!(" with {} ", types.as_str().replace('\n', " "));
        let room = usize::from(phone.divider.width).saturating_sub(4);
        let chip = elided(&chip, room);
        buffer.set_stringn(
            phone.divider.x + 2,
            phone.divider.y,
            chip,
            room,
            styles.badge,
        );
    }
    let field = &model.phone.composer.field;
    if field.is_empty() {
        let room = usize::from(area.width);
        let key = model.keymap.shown(Action::Back);
        let text = match model.phone.past {
            Some(_) => format!("read-only · {key} goes back"),
            None => "Write a message".to_owned(),
        };
        buffer.set_stringn(area.x, area.y, text, room, styles.muted);
    }
    let (top, has_keys) = (model.phone.composer.top, model.is_composing());
    draw_draft(field, top, area, styles.base, has_keys, model, frame);
}

/// Draws a draft from a row on, with the cursor in it where it has the keyboard.
pub(crate) fn draw_draft(
    field: &Editor,
    top: usize,
    area: Rect,
    style: Style,
    has_keys: bool,
    model: &Model,
    frame: &mut Frame<'_>,
) {
    let at = draw_rows(field, top, area, style, model, frame);
    if has_keys {
        frame.set_cursor_position(at);
    }
}

/// Draws a field of several rows from one on, and puts the cursor into it.
pub(crate) fn draw_field(
    field: &Editor,
    top: usize,
    area: Rect,
    style: Style,
    model: &Model,
    frame: &mut Frame<'_>,
) {
    if !area.is_empty() {
        let at = draw_rows(field, top, area, style, model, frame);
        frame.set_cursor_position(at);
    }
}

/// Draws the rows of a field from one on and tells where its cursor is.
fn draw_rows(
    field: &Editor,
    top: usize,
    area: Rect,
    style: Style,
    model: &Model,
    frame: &mut Frame<'_>,
) -> (u16, u16) {
    let buffer = frame.buffer_mut();
    // One column less, for the cursor behind a full row.
    let room = usize::from(area.width).saturating_sub(1).max(2);
    let rows = field.rows(room);
    let marked = field.marked().unwrap_or(0..0);
    for (row, y) in rows.iter().skip(top).zip(area.y..area.bottom()) {
        let start = marked.start.clamp(row.start, row.end);
        let end = marked.end.clamp(row.start, row.end);
        let mut x = area.x;
        for (piece, style) in [
            (row.start..start, style),
            (start..end, model.styles.marked),
            (end..row.end, style),
        ] {
            let text = part(field.text(), piece);
            x = put(buffer, x, y, area.right(), text, style);
        }
    }
    let (row, column) = field.cursor_cell(room);
    let y = area.y + u16::try_from(row - top.min(row)).unwrap_or(0);
    let x = area.x
        + u16::try_from(column)
            .unwrap_or(u16::MAX)
            .min(area.width - 1);
    (x, y.min(area.bottom() - 1))
}

/// Writes a text up to a column and tells where it ended.
fn put(buffer: &mut Buffer, x: u16, y: u16, right: u16, text: &str, style: Style) -> u16 {
    let room = usize::from(right.saturating_sub(x));
    if room == 0 {
        return x;
    }
    buffer.set_stringn(x, y, text, room, style).0
}

/// Draws a field of one row and puts the cursor into it, scrolled so that it is seen.
pub(crate) fn draw_row(field: &Editor, area: Rect, style: Style, frame: &mut Frame<'_>) {
    if area.is_empty() {
        return;
    }
    let (_, cursor) = field.cursor_cell(usize::MAX);
    let room = usize::from(area.width) - 1;
    let mut hidden = cursor.saturating_sub(room);
    let mut shown = field.text();
    while hidden > 0 {
        let first = fitting(shown, 1);
        let first = if first.is_empty() {
            fitting(shown, 2)
        } else {
            first
        };
        if first.is_empty() {
            break;
        }
        hidden = hidden.saturating_sub(width(first));
        shown = part(shown, first.len()..shown.len());
    }
    let skipped = width(field.text()) - width(shown);
    frame
        .buffer_mut()
        .set_stringn(area.x, area.y, shown, usize::from(area.width), style);
    let column = cursor.saturating_sub(skipped).min(room);
    frame.set_cursor_position((area.x + u16::try_from(column).unwrap_or(0), area.y));
}

/// Draws the ways to go on with a slash command, above the composer.
pub(crate) fn draw_completions(model: &Model, phone: &Phone, frame: &mut Frame<'_>) {
    if !model.is_composing() {
        return;
    }
    let offered = model.phone.composer.completions(&model.names());
    let chosen = model.phone.composer.chosen.unwrap_or(0);
    let (over, y) = (phone.transcript, phone.divider.y);
    draw_offers(&offered, chosen, over, y, &model.styles, frame);
}

/// Draws ways to go on over what stands above a row.
pub(crate) fn draw_offers(
    offered: &[Completion],
    chosen: usize,
    over: Rect,
    y: u16,
    styles: &Styles,
    frame: &mut Frame<'_>,
) {
    if offered.is_empty() {
        return;
    }
    let most = usize::from(over.height).min(OFFERED);
    let top = (chosen + 1).saturating_sub(most);
    let rows = offered.len().min(most);
    let height = u16::try_from(rows).unwrap_or(0);
    let area = Rect::new(over.x + 1, y - height, over.width - 2, height);
    let buffer = frame.buffer_mut();
    over::clear(area, styles.base, buffer);
    buffer.set_style(area, styles.raised);
    let name_room = offered.iter().map(|o| width(&o.shown)).max().unwrap_or(0);
    let name_room = name_room.min(usize::from(area.width) / 2);
    for (at, (offer, y)) in offered
        .iter()
        .skip(top)
        .zip(area.y..area.bottom())
        .enumerate()
    {
        let here = top + at == chosen;
        let row = Rect::new(area.x, y, area.width, 1);
        if here {
            buffer.set_style(row, styles.selected);
        }
        let mark = if here { "▸" } else { " " };
        buffer.set_stringn(row.x, y, mark, 1, Style::new());
        let name = elided(&offer.shown, name_room);
        buffer.set_stringn(row.x + 2, y, name, name_room, styles.key);
        let about_x = row.x + 2 + u16::try_from(name_room).unwrap_or(0) + 2;
        let room = usize::from(row.right().saturating_sub(about_x));
        let about = elided(&offer.about, room);
        let style = if here { Style::new() } else { styles.muted };
        put(
            buffer,
            about_x.min(row.right()),
            y,
            row.right(),
            &about,
            style,
        );
    }
}
