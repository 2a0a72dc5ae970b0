//! Choosing a file and sending it, as drawn within the frames of their popups.

use ratatui::{Frame, layout::Rect};

use crate::{
    domain::text::SafeText,
    tui::{
        app::model::Model,
        popups::{
            draw as popup,
            picker::{Picker, Sending},
        },
        text::{field, width::elided},
    },
};

/// Draws the folder of a picker under the field that filters it.
pub(crate) fn draw_picker(model: &Model, picker: &Picker, inner: Rect, frame: &mut Frame<'_>) {
    let styles = &model.ui.styles;
    let field = Rect::new(inner.x + 2, inner.y, inner.width.saturating_sub(3), 1);
    let buffer = frame.buffer_mut();
    buffer.set_stringn(inner.x, inner.y, ">", 1, styles.accent);
    if picker.field.is_empty() {
        let folder = picker.folder.as_ref();
        let folder = folder.map_or_else(String::new, |folder| folder.display().to_string());
        let folder = SafeText::clean(&folder).as_str().replace('\n', " ");
        let room = usize::from(field.width).saturating_sub(2);
        let shown = elided(&folder, room);
        buffer.set_stringn(field.x + 2, field.y, shown, room, styles.muted);
    }
    field::draw_row(&picker.field, field, styles.raised, frame);
    let list = |frame: &mut Frame<'_>| popup::palette(model, picker.chosen, inner, frame);
    let text = match &picker.entries {
        Ok(_) if picker.folder.is_some() => return list(frame),
        Ok(_) => "looking into the folder…",
        Err(reason) => reason,
    };
    let room = usize::from(inner.width).saturating_sub(4);
    let text = SafeText::clean(text).as_str().replace('\n', " ");
    let buffer = frame.buffer_mut();
    let (x, y) = (inner.x + 2, inner.y + 2);
    buffer.set_stringn(x, y, elided(&text, room), room, styles.muted);
}

/// Draws what a file is and the field for its caption.
pub(crate) fn draw_sending(model: &Model, sending: &Sending, inner: Rect, frame: &mut Frame<'_>) {
    let styles = &model.ui.styles;
    let room = usize::from(inner.width).saturating_sub(4);
    let mut y = inner.y;
    for (at, row) in sending.rows().iter().enumerate() {
        let style = match at {
            0 => styles.strong,
            1 => styles.muted,
            _ => styles.bad,
        };
        if y < inner.bottom() {
            let buffer = frame.buffer_mut();
            buffer.set_stringn(inner.x + 2, y, elided(row, room), room, style);
        }
        y += 1;
    }
    y += 1;
    if y >= inner.bottom() {
        return;
    }
    let label = if sending.busy {
        "sending…  "
    } else {
        "Caption   "
    };
    let buffer = frame.buffer_mut();
    let (x, _) = buffer.set_stringn(inner.x + 2, y, label, room, styles.key);
    let field = Rect::new(x, y, inner.right().saturating_sub(x + 2), 1);
    if !sending.busy {
        frame.buffer_mut().set_style(field, styles.selected);
        field::draw_row(&sending.caption, field, styles.selected, frame);
    }
}
