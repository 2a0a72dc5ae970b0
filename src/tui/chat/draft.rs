//! The composer as drawn: prompt, rows of the draft, cursor, completions above it.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::{
    domain::text::SafeText,
    tui::{
        chat::{layout::Parts, pane::Pane},
        commands::{
            keys::Action,
            slash::{Completion, arguments},
        },
        text::{
            field::{draw_draft, put},
            width::{elided, width},
        },
        theme::{over, styles::Styles},
    },
};

/// Completions shown at once.
const OFFERED: usize = 12;

/// Draws the draft of a phone and puts the cursor into it.
pub(crate) fn draw(pane: &Pane<'_>, parts: &Parts, frame: &mut Frame<'_>) {
    let styles = &pane.ui.styles;
    let (area, composer) = (parts.composer, &pane.phone.chat.composer);
    let buffer = frame.buffer_mut();
    let prompt = if pane.has_keys {
        styles.accent
    } else {
        styles.muted
    };
    buffer.set_stringn(area.x - 2, area.y, ">", 1, prompt);
    if let Some(metadata) = &composer.metadata {
        let types = SafeText::clean(&arguments::types(metadata));
        let chip = format!(" with {} ", types.one_line());
        let room = usize::from(parts.divider.width).saturating_sub(4);
        let (x, y) = (parts.divider.x + 2, parts.divider.y);
        buffer.set_stringn(x, y, elided(&chip, room), room, styles.badge);
    }
    if composer.field.is_empty() {
        let room = usize::from(area.width);
        let text = match pane.phone.past {
            Some(_) => format!("read-only · {} goes back", pane.ui.shown(Action::Back)),
            None => "Write a message".to_owned(),
        };
        buffer.set_stringn(area.x, area.y, text, room, styles.muted);
    }
    let (field, marks) = (&composer.field, [styles.base, styles.marked]);
    draw_draft(field, composer.top, area, marks, pane.has_keys, frame);
    if pane.has_keys {
        let chosen = composer.chosen.unwrap_or(0);
        let (over, y) = (parts.transcript, parts.divider.y);
        draw_completions(&pane.offered, chosen, over, y, styles, frame);
    }
}

/// Draws ways to go on over what stands above a row.
pub(crate) fn draw_completions(
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
