//! The conversation in view: whom it is with, what was said, the composer, and
//! what came of it once it is over.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::{
    domain::role::Role,
    tui::{
        agent::{
            Chair,
            draw::{View, put},
            layout::Parts,
            names::{self, one_row},
            talk::Talk,
            times,
        },
        chat::{brush::Brush, bubble::Look, draft as composer},
        commands::keys::Action,
        text::{clock, field, width::width},
        theme::lines::centred,
    },
};

/// From this many columns on the time an answer is owed by is told too.
const WIDE: u16 = 66;

/// Draws it.
pub(crate) fn draw(
    view: &View<'_>,
    chair: &Chair,
    parts: &Parts,
    border: Style,
    frame: &mut Frame<'_>,
) {
    let page = chair.page();
    draw_divider(view, page, parts, border, frame);
    match chair.talk() {
        Some(talk) => {
            draw_head(view, talk, parts.head, frame);
            draw_lines(view, talk, parts, frame);
        }
        None => draw_nothing(view, chair, parts, frame),
    }
    draw_composer(view, chair, parts, frame);
    if view.has_keys {
        let offered = &view.offered;
        let chosen = page.chat.composer.chosen.unwrap_or(0);
        let (over, y) = (parts.transcript, parts.divider.y);
        composer::draw_completions(offered, chosen, over, y, &view.ui.styles, frame);
    }
}

/// Whom it is with, for which skill, and by when an answer is owed.
fn draw_head(view: &View<'_>, talk: &Talk, row: Rect, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let held = &talk.held;
    let buffer = frame.buffer_mut();
    let (right, style) = match (held.is_open, held.owed_by) {
        (false, _) if held.is_surveyed => ("survey runs ".to_owned(), styles.accent),
        (false, _) => ("closed ".to_owned(), styles.muted),
        (true, Some(by)) if by <= view.ui.now => ("! answer overdue ".to_owned(), styles.bad),
        (true, Some(by)) => {
            let left = times::owed(by, view.ui.now);
            let text = if row.width < WIDE {
                format!("{left} ")
            } else {
                let at = clock::minutes(by, &view.ui.zone);
                format!("answer by {at} · {left} ")
            };
            (text, styles.base)
        }
        (true, None) => ("answered ".to_owned(), styles.muted),
    };
    let columns = u16::try_from(width(&right))
        .unwrap_or(u16::MAX)
        .min(row.width / 2);
    let x = row.right() - columns;
    put(buffer, x, row.y, row.right(), &right, style);
    let end = put(buffer, row.x + 1, row.y, x, &talk.name(), styles.strong);
    let mut about = format!(" · {}", one_row(&held.skill.1));
    if let Some(role) = held
        .role
        .as_ref()
        .filter(|role| **role != Role::AssignedAgent)
    {
        about = format!("{about} · you are {}", names::role(role));
    }
    put(buffer, end, row.y, x, &about, styles.muted);
}

fn draw_lines(view: &View<'_>, talk: &Talk, parts: &Parts, frame: &mut Frame<'_>) {
    let mut brush = Brush {
        buffer: frame.buffer_mut(),
        styles: &view.ui.styles,
        zone: &view.ui.zone,
    };
    let last_read = talk.chat.lines.last_read();
    let look = |item: &crate::domain::item::Item| Look {
        selected: talk.chat.selected == Some(item.id),
        last_read: last_read == Some(item.place),
        ..Look::default()
    };
    talk.chat
        .transcript
        .draw(&talk.chat.lines, look, &mut brush);
    if talk.chat.lines.len() == 0 {
        let row = Rect {
            y: parts.transcript.y + parts.transcript.height / 2,
            height: 1,
            ..parts.transcript
        };
        centred("Nothing was said yet.", row, view.ui.styles.muted, frame);
    }
}

/// No conversation is in view: what would bring one.
fn draw_nothing(view: &View<'_>, chair: &Chair, parts: &Parts, frame: &mut Frame<'_>) {
    let key = |action| view.ui.shown(action);
    let link = chair.link.as_ref();
    let meaning = link.map(|link| names::meaning(link.availability));
    let text = match meaning {
        _ if !chair.rings.is_empty() => {
            format!("{} takes the conversation that rings", key(Action::Accept))
        }
        Some(meaning) => format!("{meaning} · {} changes that", key(Action::Availability)),
        None => "connecting…".to_owned(),
    };
    let row = Rect {
        y: parts.transcript.y + parts.transcript.height / 2,
        height: 1,
        ..parts.transcript
    };
    centred(&text, row, view.ui.styles.muted, frame);
}

/// The line above the composer; it tells who writes, and that a note is written.
fn draw_divider(view: &View<'_>, page: &Talk, parts: &Parts, border: Style, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let row = parts.divider;
    let buffer = frame.buffer_mut();
    let (line, style) = if page.is_note {
        ("┄", styles.warn)
    } else {
        ("─", border)
    };
    buffer.set_stringn(row.x, row.y, "├", 1, border);
    let inner = usize::from(row.width).saturating_sub(2);
    buffer.set_stringn(row.x + 1, row.y, line.repeat(inner), inner, style);
    buffer.set_stringn(row.right() - 1, row.y, "┤", 1, border);
    let right = row.right() - 2;
    let mut x = row.x + 2;
    if page.is_note {
        let text = format!(" PRIVATE NOTE · {} does not see it ", page.first_name());
        x = put(buffer, x, row.y, right, &text, styles.badge) + 1;
    }
    if page.typing {
        let text = format!(" ✎ {} is typing… ", page.first_name());
        put(buffer, x, row.y, right, &text, styles.accent);
    }
}

fn draw_composer(view: &View<'_>, chair: &Chair, parts: &Parts, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let page = chair.page();
    let area = parts.composer;
    let has_keys = view.has_keys;
    if let Some(talk) = chair.talk().filter(|talk| !talk.takes_text())
        && talk.chat.composer.field.is_empty()
    {
        draw_end(view, talk, area, frame);
        if has_keys {
            frame.set_cursor_position((area.x, area.y));
        }
        return;
    }
    let (prompt, base) = if page.is_note {
        ("#", styles.warn)
    } else {
        (">", styles.base)
    };
    let style = match (page.is_note, has_keys) {
        (true, _) => styles.warn,
        (false, true) => styles.accent,
        (false, false) => styles.muted,
    };
    let buffer = frame.buffer_mut();
    put(buffer, area.x - 2, area.y, area.x, prompt, style);
    if page.chat.composer.field.is_empty() {
        let text = if chair.talk().is_none() {
            "/ lists the commands".to_owned()
        } else if page.is_note {
            "Write a note for agents and managers".to_owned()
        } else {
            format!("Write to {}", page.first_name())
        };
        put(buffer, area.x, area.y, area.right(), &text, styles.muted);
    }
    let (field, top) = (&page.chat.composer.field, page.chat.composer.top);
    field::draw_draft(field, top, area, [base, styles.marked], has_keys, frame);
}

/// What came of a conversation that is over, where one would write.
fn draw_end(view: &View<'_>, talk: &Talk, area: Rect, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let held = &talk.held;
    let buffer = frame.buffer_mut();
    let done = view.ui.shown(Action::Done);
    if held.is_open {
        let rings = view.workspace.chair().is_some_and(|chair| {
            let mut rings = chair.rings.iter();
            rings.any(|ring| ring.conversation == held.id)
        });
        let text = if rings {
            let key = view.ui.shown(Action::Accept);
            format!("{key} takes this conversation")
        } else {
            format!("you only look at it; {done} closes its tab")
        };
        put(buffer, area.x, area.y, area.right(), &text, styles.muted);
        return;
    }
    let by = match one_row(&held.closed_by) {
        by if by.is_empty() => String::new(),
        by => format!(" by {by}"),
    };
    let messages = talk.counted();
    let closed = format!("Closed{by} · {messages} messages · {done} puts it away");
    let rating = match (held.csat, held.is_surveyed) {
        (Some(csat), _) => format!("CSAT {}", names::csat(csat)),
        (None, true) => "The survey runs; the rating will stand here".to_owned(),
        (None, false) => "No rating".to_owned(),
    };
    let style = match held.csat {
        Some(_) => styles.accent,
        None => styles.muted,
    };
    put(buffer, area.x, area.y, area.right(), &rating, style);
    if area.height > 1 {
        put(
            buffer,
            area.x,
            area.y + 1,
            area.right(),
            &closed,
            styles.muted,
        );
    }
}
