//! The upper end of the phone on stage: the row with the time, and the head with the brand.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    config::brand::BrandLook,
    tui::{
        stage::{Stage, shown::StagePresence},
        terminal::images::cells::Picture,
        text::{
            field::put,
            width::{elided, sized, width},
        },
    },
};

/// The bars of the network and the battery, with and without block characters that are drawn alike
/// in every font.
const BARS: &str = "▂▄▆█  ▰▰▰";

/// The row with the time.
pub(super) fn draw_status(stage: &Stage, row: Rect, buffer: &mut Buffer) {
    if row.is_empty() {
        return;
    }
    let style = stage.dress.head;
    buffer.set_style(row, style);
    put(buffer, row.x + 2, row.y, row.right(), &stage.clock, style);
    let x = row.right().saturating_sub(sized(width(BARS)) + 2);
    put(buffer, x, row.y, row.right(), BARS, style);
}

/// The brand's name, with what the other side does.
pub(super) fn draw(stage: &Stage, area: Rect, buffer: &mut Buffer) {
    buffer.set_style(area, stage.dress.head);
    if area.is_empty() {
        return;
    }
    match stage.look {
        BrandLook::UnderLast if area.height > 1 => draw_centred(stage, area, buffer),
        look => draw_beside(stage, look, area, buffer),
    }
}

/// What the other side does, or the brand's line.
fn does(stage: &Stage) -> String {
    let words = &stage.pack.words;
    match &stage.shown.presence {
        StagePresence::Typing(name) => words.typing.replace("{name}", name),
        StagePresence::Online(_) | StagePresence::Nothing if !stage.pack.line.is_empty() => {
            stage.pack.line.clone()
        }
        StagePresence::Online(_) => words.online.clone(),
        StagePresence::Nothing => String::new(),
    }
}

/// The picture or the first letter, with the name beside it and a line below.
fn draw_beside(stage: &Stage, look: BrandLook, area: Rect, buffer: &mut Buffer) {
    let x = area.x + 2;
    let begun = draw_face(stage, Rect { x, ..area }, buffer) + 1;
    let mut right = area.right() - 1;
    if look == BrandLook::Window {
        right -= 2;
        put(
            buffer,
            right,
            area.y,
            area.right(),
            "×",
            stage.dress.head_faint,
        );
    }
    let room = usize::from(right.saturating_sub(begun));
    let name = elided(&stage.pack.name, room.saturating_sub(2));
    let mut end = put(buffer, begun, area.y, right, &name, stage.dress.head);
    if stage.pack.verified {
        end = put(buffer, end, area.y, right, " ✔", stage.dress.head_faint);
    }
    let does = does(stage);
    if area.height > 1 {
        put(
            buffer,
            begun,
            area.y + 1,
            right,
            &elided(&does, room),
            stage.dress.head_faint,
        );
    } else {
        let room = usize::from(right.saturating_sub(end + 2));
        put(
            buffer,
            end + 2,
            area.y,
            right,
            &elided(&does, room),
            stage.dress.head_faint,
        );
    }
}

/// The picture or the first letter in the middle, with the name below.
fn draw_centred(stage: &Stage, area: Rect, buffer: &mut Buffer) {
    let mut centred = |y: u16, text: &str, style: Style| {
        let text = elided(text, usize::from(area.width).saturating_sub(4));
        let indent = (area.width - sized(width(&text))) / 2;
        put(buffer, area.x + indent, y, area.right(), &text, style);
    };
    let tick = if stage.pack.verified { " ✔" } else { "" };
    let named = format!("{}{tick}", stage.pack.name);
    let last = area.bottom() - 1;
    match &stage.shown.presence {
        StagePresence::Typing(_) => centred(last, &does(stage), stage.dress.head_faint),
        _ => centred(last, &named, stage.dress.head),
    }
    let faces = Rect {
        height: area.height - 1,
        ..area
    };
    let columns = face(stage, faces.height).map_or(3, Picture::columns);
    let x = area.x + area.width.saturating_sub(columns) / 2;
    draw_face(stage, Rect { x, ..faces }, buffer);
}

/// The picture in the head: that of the agent who is there, where the look tells who that is, else
/// the brand's.
fn face(stage: &Stage, rows: u16) -> Option<&Picture> {
    let agent = match (&stage.shown.presence, stage.look) {
        (StagePresence::Typing(name) | StagePresence::Online(name), BrandLook::Window) => {
            stage.faces.agents.get(name)
        }
        _ => None,
    };
    let face = agent.or(stage.faces.logo.as_ref());
    face.map(AsRef::as_ref).filter(|face| face.rows() <= rows)
}

/// Draws the picture at the left of an area, or the first letter of the brand's name; tells where
/// it ends.
fn draw_face(stage: &Stage, area: Rect, buffer: &mut Buffer) -> u16 {
    if let Some(face) = face(stage, area.height) {
        for row in 0..face.rows() {
            let spot = Rect {
                y: area.y + row,
                height: 1,
                ..area
            };
            face.draw_row(row, spot, buffer);
        }
        return area.x + face.columns();
    }
    let letter: String = stage.pack.name.chars().take(1).collect();
    let letter = format!(" {} ", letter.to_uppercase());
    put(
        buffer,
        area.x,
        area.y,
        area.right(),
        &letter,
        stage.dress.badge,
    )
}
