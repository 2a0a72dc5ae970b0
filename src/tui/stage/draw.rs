//! Draws the stage: the phone of a brand, or what covers it. It gets what may be shown and nothing
//! else.

use jiff::tz::TimeZone;
use ratatui::{
    Frame,
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    domain::line::Line,
    tui::{
        chat::{brush::Brush, bubble::Look, composer::Composer, transcript::Transcript},
        stage::{Cover, Stage, StageDot, head, layout::StageParts, letters::LargeTitle},
        text::{
            field::{draw_rows, put},
            width::{elided, sized, width},
            wrap::wrapped,
        },
    },
};

/// Rows of the card besides its title in large letters; with fewer it is in usual letters.
const CARD_ROOM: u16 = 4;

/// What the stage is drawn from.
pub(crate) struct StageView<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) parts: &'a StageParts,
    pub(crate) transcript: &'a Transcript,
    pub(crate) composer: &'a Composer,
    /// Whether the keyboard writes there.
    pub(crate) has_keys: bool,
    pub(crate) look: &'a dyn Fn(&Line) -> Look,
    pub(crate) zone: &'a TimeZone,
    /// How the line is, for the presenter.
    pub(crate) dot: Option<StageDot>,
}

/// Draws everything.
pub(crate) fn draw(view: &StageView<'_>, frame: &mut Frame<'_>) {
    let stage = view.stage;
    let area = frame.area();
    let buffer = frame.buffer_mut();
    buffer.set_style(area, stage.dress.backdrop);
    match stage.cover {
        Cover::Black => return draw_black(buffer),
        Cover::Splash => return draw_splash(stage, &stage.pack.line, area, buffer),
        Cover::None => {}
    }
    if view.parts.is_too_small || view.parts.area != area {
        return draw_splash(stage, &stage.pack.card.text, area, buffer);
    }
    draw_phone(view, buffer);
    draw_around(view, buffer);
    if let Some(cursor) = draw_composer(view, buffer) {
        frame.set_cursor_position(cursor);
    }
}

/// Nothing but black.
fn draw_black(buffer: &mut Buffer) {
    let black = Style::reset().bg(ratatui::style::Color::Black);
    buffer.set_style(buffer.area, black);
}

/// The brand's card with a text below its title: what is shown before a show, in the middle of one, and
/// where nothing else fits.
pub(crate) fn draw_splash(stage: &Stage, text: &str, area: Rect, buffer: &mut Buffer) {
    let dress = &stage.dress;
    buffer.set_style(area, dress.head);
    let title = stage.pack.title();
    let large = LargeTitle::of(title, area.width.saturating_sub(4));
    let large = large.filter(|large| large.height() + CARD_ROOM <= area.height);
    let title_rows = large.as_ref().map_or(1, LargeTitle::height);
    // The picture with a blank row below it, the title, a blank row and the text.
    let rows = title_rows + 2;
    let picture = stage.faces.large.as_ref();
    let picture = picture.filter(|picture| rows + picture.rows() + 3 <= area.height);
    let all = rows + picture.map_or(0, |picture| picture.rows() + 1);
    let mut y = area.y + area.height.saturating_sub(all) / 2;
    if let Some(picture) = picture {
        let x = area.x + area.width.saturating_sub(picture.columns()) / 2;
        for row in 0..picture.rows() {
            let spot = Rect::new(x, y + row, area.right() - x, 1);
            picture.draw_row(row, spot, buffer);
        }
        y += picture.rows() + 1;
    }
    if let Some(large) = &large {
        large.draw(y, area, dress.head, buffer);
    }
    let usual = large.is_none().then_some((y, title, dress.head));
    let text = (y + title_rows + 1, text, dress.head_faint);
    for (y, text, style) in usual.into_iter().chain([text]) {
        let text = elided(text, usize::from(area.width));
        let x = area.x + (area.width.saturating_sub(sized(width(&text)))) / 2;
        if buffer.area.contains(Position::new(x, y)) {
            put(buffer, x, y, area.right(), &text, style);
        }
    }
}

fn draw_phone(view: &StageView<'_>, buffer: &mut Buffer) {
    let (stage, parts) = (view.stage, view.parts);
    let dress = &stage.dress;
    if parts.is_framed() {
        draw_edge(parts.edge, dress.edge, buffer);
    }
    buffer.set_style(parts.chat.frame, Style::reset().patch(dress.styles.base));
    head::draw_status(stage, parts.status, buffer);
    head::draw(stage, parts.head, buffer);
    let mut brush = Brush {
        buffer,
        styles: &dress.styles,
        zone: view.zone,
    };
    view.transcript
        .draw(&stage.shown.lines, view.look, &mut brush);
}

/// The round edge of the phone.
fn draw_edge(edge: Rect, style: Style, buffer: &mut Buffer) {
    let line = "─".repeat(usize::from(edge.width.saturating_sub(2)));
    let last = edge.bottom() - 1;
    put(
        buffer,
        edge.x,
        edge.y,
        edge.right(),
        &format!("╭{line}╮"),
        style,
    );
    put(
        buffer,
        edge.x,
        last,
        edge.right(),
        &format!("╰{line}╯"),
        style,
    );
    for y in edge.y + 1..last {
        put(buffer, edge.x, y, edge.right(), "│", style);
        put(buffer, edge.right() - 1, y, edge.right(), "│", style);
    }
}

/// What stands around the phone: the title of a chapter, and at the edges what is for the presenter.
fn draw_around(view: &StageView<'_>, buffer: &mut Buffer) {
    let (stage, parts) = (view.stage, view.parts);
    let (area, dress) = (parts.area, &stage.dress);
    if !parts.caption.is_empty() && !stage.caption.is_empty() {
        let caption = elided(&stage.caption, usize::from(area.width));
        let x = area.x + (area.width.saturating_sub(sized(width(&caption)))) / 2;
        put(
            buffer,
            x,
            parts.caption.y,
            area.right(),
            &caption,
            dress.backdrop,
        );
    }
    if !parts.is_framed() {
        return;
    }
    let room = parts.edge.x.saturating_sub(area.x + 2);
    let plates = stage.plates.iter().map(|plate| (plate, dress.badge));
    let aside = stage.aside.iter().map(|aside| (aside, dress.aside));
    let columns = usize::from(room).saturating_sub(2).max(1);
    let rows = plates.chain(aside).flat_map(|(plate, style)| {
        let rows = wrapped(&plate.text, columns).into_iter();
        rows.map(move |row| (format!(" {row} "), style))
    });
    let rows: Vec<(String, Style)> = rows.collect();
    let spots = (area.y..area.bottom() - 1).rev();
    for ((text, style), y) in rows.iter().rev().zip(spots) {
        put(buffer, area.x + 1, y, area.x + 1 + room, text, *style);
    }
    let sign = match view.dot {
        Some(StageDot::Good) => "·",
        Some(StageDot::Waiting) => "◦",
        Some(StageDot::Gone) => "•",
        None => return,
    };
    put(
        buffer,
        area.right() - 1,
        area.bottom() - 1,
        area.right(),
        sign,
        dress.aside,
    );
}

/// Draws the field one writes in; tells where the cursor is, if it has the keyboard.
pub(crate) fn draw_composer(view: &StageView<'_>, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let (stage, parts) = (view.stage, view.parts);
    let (dress, composer) = (&stage.dress, view.composer);
    let area = parts.chat.composer;
    buffer.set_style(parts.field, Style::reset().patch(dress.field));
    if composer.field.is_empty() {
        let hint = elided(&stage.pack.words.message, usize::from(area.width));
        put(
            buffer,
            area.x,
            area.y,
            area.right(),
            &hint,
            dress.field_faint,
        );
    }
    let styles = [dress.field, dress.styles.marked];
    let cursor = draw_rows(&composer.field, composer.top, area, styles, buffer);
    let (x, y) = (
        parts.field.right().saturating_sub(3),
        parts.field.bottom() - 1,
    );
    put(buffer, x, y, parts.field.right(), "➤", dress.send);
    (view.has_keys && stage.cover == Cover::None).then_some(cursor)
}
