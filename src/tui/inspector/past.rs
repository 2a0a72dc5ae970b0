//! The list of past conversations as drawn: who with whom and how it ended, and below it the first
//! words.

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use crate::{
    domain::search::SearchWords,
    engine::update::{FoundIn, Past},
    tui::{
        inspector::{journal::ROWS, pane::View},
        text::{
            clock, hits,
            width::{elided, width},
        },
        theme::lines::{choose, even},
    },
};

/// Columns of a day with its time.
const MOMENT: u16 = 16;

/// Draws the conversations that are in view.
pub(crate) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    let journal = &view.inspector.journal;
    let room = usize::from(area.width).saturating_sub(1);
    if journal.list.is_empty() {
        let text = match (&journal.found, journal.back_to) {
            (None, _) => "the journal is being asked".to_owned(),
            (Some(found), _) if found.is_empty() => {
                "the journal has no conversation yet".to_owned()
            }
            (Some(_), None) => "no conversation has all of these words".to_owned(),
            (Some(_), Some(at)) => format!(
                "nothing back to {}; the search took too long",
                clock::moment(at, &view.ui.zone)
            ),
        };
        let text = elided(&text, room);
        buffer.set_stringn(area.x + 1, area.y, text, room, styles.muted);
        return;
    }
    let rows = journal.list.iter().enumerate().skip(journal.top);
    let tops = (area.y..area.bottom()).step_by(usize::from(ROWS));
    for ((at, past), y) in rows.zip(tops) {
        let height = ROWS.min(area.bottom() - y);
        let place = Rect::new(area.x, y, area.width, height);
        let is_here = at == journal.at && view.is_focused();
        if is_here {
            choose(place, styles, buffer);
        }
        draw_past(view, past, place, buffer);
        if is_here {
            even(place, styles, buffer);
        }
    }
    let words = SearchWords::of(journal.found.as_deref().unwrap_or_default());
    hits::mark(&words, area, styles.found, buffer);
}

fn draw_past(view: &View<'_>, past: &Past, area: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    // Foreground only, so that the chosen row keeps its ground.
    let over = |style: Style| Style { bg: None, ..style };
    let end = ending(past);
    let columns = u16::try_from(width(&end)).unwrap_or(0).min(area.width / 2);
    let x = area.right().saturating_sub(columns + 1);
    let style = over(if past.is_open {
        styles.good
    } else {
        styles.muted
    });
    buffer.set_stringn(x, area.y, &end, usize::from(columns), style);
    let moment = clock::moment(past.began, &view.ui.zone);
    let left = area.x + 1;
    buffer.set_stringn(
        left,
        area.y,
        moment,
        usize::from(MOMENT),
        over(styles.muted),
    );
    let left = left + MOMENT + 1;
    let room = usize::from(x.saturating_sub(left + 1));
    buffer.set_stringn(
        left,
        area.y,
        elided(&people(past), room),
        room,
        over(styles.mine),
    );
    if area.height < ROWS {
        return;
    }
    let words = match past.found_in {
        FoundIn::Wire => format!("in the wire · {}", past.opening.one_line()),
        FoundIn::Nothing | FoundIn::Lines => past.opening.one_line(),
    };
    let left = area.x + 3;
    let room = usize::from(area.right().saturating_sub(left + 1));
    buffer.set_stringn(
        left,
        area.y + 1,
        elided(&words, room),
        room,
        over(styles.base),
    );
}

/// Who talked to whom.
fn people(past: &Past) -> String {
    match past.agent.as_str() {
        "" => past.consumer.one_line(),
        _ => format!("{} · {}", past.consumer.one_line(), past.agent.one_line()),
    }
}

/// How long it is and how it ended.
fn ending(past: &Past) -> String {
    let rating = past
        .rating
        .map_or_else(String::new, |stars| format!("★{stars} · "));
    let lines = match past.lines {
        1 => "1 line".to_owned(),
        lines => format!("{lines} lines"),
    };
    let state = if past.is_open { "open" } else { "closed" };
    format!("{rating}{lines} · {state}")
}
