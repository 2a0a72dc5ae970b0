//! The composer as drawn: prompt, rows of the draft, cursor, completions above it.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    domain::{metadata, text::SafeText},
    tui::{
        chat::composer::Composer,
        commands::slash::Completion,
        text::{
            field::{draw_rows, put},
            width::{elided, width},
        },
        theme::{over, styles::Styles},
    },
};

/// Completions shown at once.
const OFFERED: usize = 12;

/// What a composer is drawn from.
pub(crate) struct View<'a> {
    pub(crate) styles: &'a Styles,
    /// The style of plain text, with what it stands on.
    pub(crate) ground: Style,
    pub(crate) composer: &'a Composer,
    pub(crate) has_keys: bool,
    /// Whether a private note is written.
    pub(crate) is_note: bool,
    /// What stands there while nothing is written.
    pub(crate) hint: &'a str,
    /// The ways to go on with the draft.
    pub(crate) offered: &'a [Completion],
    /// The text of the composer, without its prompt.
    pub(crate) area: Rect,
    /// The line above it.
    pub(crate) divider: Rect,
    /// What stands above that line.
    pub(crate) transcript: Rect,
}

/// Draws the draft; tells where the cursor is, if it has the keyboard.
pub(crate) fn draw(view: &View<'_>, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let (styles, composer, area) = (view.styles, view.composer, view.area);
    let (prompt, style, base) = match (view.is_note, view.has_keys) {
        (true, _) => ("#", styles.warn, styles.warn),
        (false, true) => (">", styles.accent, view.ground),
        (false, false) => (">", styles.muted, view.ground),
    };
    buffer.set_stringn(area.x - 2, area.y, prompt, 1, style);
    if let Some(metadata) = &composer.metadata {
        let types = SafeText::clean(&metadata::types(metadata));
        let chip = format!(" with {} ", types.one_line());
        let room = usize::from(view.divider.width).saturating_sub(4);
        let (x, y) = (view.divider.x + 2, view.divider.y);
        buffer.set_stringn(x, y, elided(&chip, room), room, styles.badge);
    }
    if let Some(count) = composer.counted() {
        let room = usize::from(view.divider.width).saturating_sub(4);
        let columns = u16::try_from(width(&count).min(room)).unwrap_or(0);
        let (x, y) = (view.divider.right() - columns - 2, view.divider.y);
        let style = if composer.is_too_long() {
            styles.bad
        } else {
            styles.warn
        };
        if buffer.area.contains(Position::new(x, y)) {
            buffer.set_stringn(x, y, elided(&count, room), room, style);
        }
    }
    if composer.field.is_empty() {
        let room = usize::from(area.width);
        let hint = elided(view.hint, room);
        buffer.set_stringn(area.x, area.y, hint, room, styles.muted);
    }
    let (field, marks) = (&composer.field, [base, styles.marked]);
    let cursor = draw_rows(field, composer.top, area, marks, buffer);
    if view.has_keys {
        draw_completions(view, buffer);
    }
    view.has_keys.then_some(cursor)
}

/// Draws ways to go on over what stands above the composer.
fn draw_completions(view: &View<'_>, buffer: &mut Buffer) {
    let (offered, styles) = (view.offered, view.styles);
    let chosen = view.composer.chosen.unwrap_or(0);
    let (over, y) = (view.transcript, view.transcript.bottom());
    if offered.is_empty() {
        return;
    }
    let most = usize::from(over.height).min(OFFERED);
    let top = (chosen + 1).saturating_sub(most);
    let rows = offered.len().min(most);
    let height = u16::try_from(rows).unwrap_or(0);
    let area = Rect::new(over.x + 1, y - height, over.width - 2, height);
    over::clear(area, styles.base, buffer);
    buffer.set_style(area, styles.raised);
    if rows < offered.len() && area.y > over.y {
        // How many there are, in a row of its own above them.
        let head = Rect::new(area.x, area.y - 1, area.width, 1);
        over::clear(head, styles.base, buffer);
        buffer.set_style(head, styles.raised);
        let count = format!("{rows} of {}", offered.len());
        let room = usize::from(head.width).saturating_sub(2);
        buffer.set_stringn(head.x + 2, head.y, count, room, styles.muted);
    }
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
