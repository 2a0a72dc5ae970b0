//! The open phones as a row of tabs: whose each is, what waits on it,
//! how it stands. The drawing and the mouse both go by the same pieces.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    domain::ids::PhoneId,
    engine::update::Phase,
    tui::{
        chat::phone::Phone,
        text::width::{elided, width},
        theme::styles::Styles,
    },
};

/// Columns of a name; more than two phones are to fit beside each other.
const NAME: usize = 12;

/// Columns kept at either edge for the mark of what is not in view.
const EDGE: usize = 2;

/// What a piece of the row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TabTarget {
    Phone(PhoneId),
    /// Those before the first in view.
    Before,
    /// Those behind the last in view.
    After,
}

struct Piece {
    x: u16,
    text: String,
    style: Style,
    target: TabTarget,
}

/// What stands on the tab of a phone.
fn label(phone: &Phone) -> String {
    use std::fmt::Write as _;
    let persona = phone.persona.as_deref();
    let avatar = persona.map_or("", |persona| persona.avatar.trim());
    let name = persona.map_or("", |persona| persona.first_name());
    let clean = |text: &str| {
        let text = crate::domain::text::SafeText::clean(text);
        text.one_line()
    };
    let mut text = String::from(" ");
    if !avatar.is_empty() {
        text.push_str(&elided(&clean(avatar), 4));
        text.push(' ');
    }
    text.push_str(&elided(&clean(name), NAME));
    if phone.unread > 0 {
        // Writing into a string cannot fail.
        let _ = write!(text, " ({})", phone.unread.min(999));
    }
    let closed = phone
        .head
        .as_ref()
        .is_some_and(|head| head.phase == Phase::Closed && head.conversation.is_some());
    for (on, mark) in [
        (phone.typing.is_some(), " ●"),
        (phone.switches.flight, " ✈"),
        (phone.switches.pocket, " ▾"),
        (closed, " ×"),
    ] {
        if on {
            text.push_str(mark);
        }
    }
    text.push(' ');
    text
}

/// The pieces of the row: all tabs, or as many as fit around the one in view.
fn pieces(phones: &[&Phone], here: Option<PhoneId>, styles: &Styles, row: Rect) -> Vec<Piece> {
    let labels: Vec<String> = phones.iter().map(|phone| label(phone)).collect();
    let widths: Vec<usize> = labels.iter().map(|label| width(label) + 1).collect();
    let room = usize::from(row.width);
    let active = phones
        .iter()
        .position(|phone| phone.id() == here)
        .unwrap_or(0);
    let all = widths.iter().sum::<usize>() <= room;
    let (mut first, mut inner) = (0, room);
    if !all {
        inner = room.saturating_sub(2 * EDGE);
        let up_to_active = |first: usize| widths.iter().take(active + 1).skip(first).sum::<usize>();
        while first < active && up_to_active(first) > inner {
            first += 1;
        }
    }
    let waiting = |phones: &[&Phone]| phones.iter().any(|phone| phone.unread > 0);
    let edge = |hidden: &[&Phone]| {
        if waiting(hidden) {
            styles.accent
        } else {
            styles.muted
        }
    };
    let mut pieces = Vec::new();
    let mut x = row.x;
    if first > 0 {
        let (hidden, _) = phones.split_at(first);
        pieces.push(Piece {
            x,
            text: "‹ ".to_owned(),
            style: edge(hidden),
            target: TabTarget::Before,
        });
    }
    if !all {
        x += u16::try_from(EDGE).unwrap_or(0);
    }
    let mut used = 0;
    let mut last = first;
    for (at, phone) in phones.iter().enumerate().skip(first) {
        let columns = widths.get(at).copied().unwrap_or(0);
        if used + columns > inner && at > active {
            break;
        }
        used += columns;
        last = at + 1;
        let Some(id) = phone.id() else { continue };
        let style = if at == active {
            styles.chosen
        } else if phone.unread > 0 {
            styles.strong
        } else {
            styles.muted
        };
        pieces.push(Piece {
            x,
            text: labels.get(at).cloned().unwrap_or_default(),
            style,
            target: TabTarget::Phone(id),
        });
        x = x.saturating_add(u16::try_from(columns).unwrap_or(u16::MAX));
    }
    if last < phones.len() {
        let (_, hidden) = phones.split_at(last);
        pieces.push(Piece {
            x: row.right().saturating_sub(1),
            text: "›".to_owned(),
            style: edge(hidden),
            target: TabTarget::After,
        });
    }
    pieces
}

/// What is under a click.
pub(crate) fn target_at(
    phones: &[&Phone],
    here: Option<PhoneId>,
    styles: &Styles,
    row: Rect,
    at: Position,
) -> Option<TabTarget> {
    pieces(phones, here, styles, row)
        .into_iter()
        .find_map(|piece| {
            let columns = u16::try_from(width(&piece.text)).unwrap_or(u16::MAX);
            let area = Rect::new(piece.x, row.y, columns, 1);
            area.contains(at).then_some(piece.target)
        })
}

/// Draws the row.
pub(crate) fn draw(
    phones: &[&Phone],
    here: Option<PhoneId>,
    styles: &Styles,
    row: Rect,
    buffer: &mut Buffer,
) {
    for piece in pieces(phones, here, styles, row) {
        let room = usize::from(row.right().saturating_sub(piece.x));
        if room > 0 {
            let text = elided(&piece.text, room);
            buffer.set_stringn(piece.x, row.y, text, room, piece.style);
        }
    }
}
