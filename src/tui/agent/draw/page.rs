//! The conversation in view: whom it is with, what was said, the composer, and
//! what came of it once it is over.

use ratatui::{Frame, layout::Rect, style::Style};

use crate::{
    domain::{line::Line, role::Role},
    tui::{
        agent::{
            AgentSession,
            conversation::AgentConversation,
            draw::{View, put},
            layout::Parts,
            names::{self, one_row},
            times,
        },
        chat::{bubble::Look, draft, find_field::FindField, pane::draw_transcript},
        commands::keys::Action,
        text::{clock, width::width},
        theme::lines::centred,
    },
};

/// From this many columns on the time an answer is owed by is told too.
const WIDE: u16 = 66;

/// Draws it.
pub(crate) fn draw(
    view: &View<'_>,
    session: &AgentSession,
    parts: &Parts,
    border: Style,
    frame: &mut Frame<'_>,
) {
    let page = session.page();
    draw_divider(view, page, parts, border, frame);
    match session.conversation() {
        Some(conversation) => {
            draw_head(view, conversation, parts.head, frame);
            draw_lines(view, conversation, parts, frame);
        }
        None => draw_nothing(view, session, parts, frame),
    }
    match &page.chat.find {
        Some(find) => {
            let styles = &view.ui.styles;
            find.mark(parts.transcript, styles, frame.buffer_mut());
            let field = FindField {
                ui: view.ui,
                find,
                has_keys: view.finds,
                ground: styles.base,
                area: parts.composer,
            };
            field.draw(frame);
        }
        None => draw_composer(view, session, parts, frame),
    }
}

/// Whom it is with, for which skill, and by when an answer is owed.
fn draw_head(view: &View<'_>, conversation: &AgentConversation, row: Rect, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let state = &conversation.state;
    let buffer = frame.buffer_mut();
    let (right, style) = match (state.is_open, state.owed_by) {
        (false, _) if state.is_surveyed => ("survey runs ".to_owned(), styles.accent),
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
    let end = put(
        buffer,
        row.x + 1,
        row.y,
        x,
        &conversation.name(),
        styles.strong,
    );
    let mut about = format!(" · {}", one_row(&state.skill.1));
    if let Some(role) = state
        .role
        .as_ref()
        .filter(|role| **role != Role::AssignedAgent)
    {
        about = format!("{about} · you are {}", names::role(role));
    }
    put(buffer, end, row.y, x, &about, styles.muted);
}

fn draw_lines(
    view: &View<'_>,
    conversation: &AgentConversation,
    parts: &Parts,
    frame: &mut Frame<'_>,
) {
    let last_read = conversation.chat.lines.last_read();
    let look = |item: &Line| Look {
        selected: conversation.chat.selected == Some(item.id),
        last_read: last_read == Some(item.place),
        ..Look::default()
    };
    let place = (view.ui, parts.transcript);
    draw_transcript(
        &conversation.chat,
        look,
        "Nothing was said yet.",
        place,
        frame,
    );
}

/// No conversation is in view: what would bring one.
fn draw_nothing(view: &View<'_>, session: &AgentSession, parts: &Parts, frame: &mut Frame<'_>) {
    let key = |action| view.ui.shown(action);
    let link = session.link.as_ref();
    let meaning = link.map(|link| names::meaning(link.availability));
    let text = match meaning {
        _ if session.rings.len() > 1 => {
            let count = session.rings.len();
            format!(
                "{} takes the oldest of {count} that ring",
                key(Action::Submit)
            )
        }
        _ if !session.rings.is_empty() => {
            format!("{} takes the conversation that rings", key(Action::Submit))
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
fn draw_divider(
    view: &View<'_>,
    page: &AgentConversation,
    parts: &Parts,
    border: Style,
    frame: &mut Frame<'_>,
) {
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

fn draw_composer(view: &View<'_>, session: &AgentSession, parts: &Parts, frame: &mut Frame<'_>) {
    let page = session.page();
    let area = parts.composer;
    let has_keys = view.has_keys;
    if let Some(conversation) = session
        .conversation()
        .filter(|conversation| !conversation.takes_text())
        && conversation.chat.composer.field.is_empty()
    {
        draw_end(view, conversation, area, frame);
        if has_keys {
            frame.set_cursor_position((area.x, area.y));
        }
        return;
    }
    let hint = if session.conversation().is_none() {
        "/ lists the commands".to_owned()
    } else if page.is_note {
        "Write a note for agents and managers".to_owned()
    } else {
        format!("Write to {}", page.first_name())
    };
    let draft = draft::View {
        styles: &view.ui.styles,
        ground: view.ui.styles.base,
        composer: &page.chat.composer,
        has_keys,
        is_note: page.is_note,
        hint: &hint,
        offered: &view.offered,
        area,
        divider: parts.divider,
        transcript: parts.transcript,
    };
    if let Some(cursor) = draft::draw(&draft, frame.buffer_mut()) {
        frame.set_cursor_position(cursor);
    }
}

/// What came of a conversation that is over, where one would write.
fn draw_end(view: &View<'_>, conversation: &AgentConversation, area: Rect, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let state = &conversation.state;
    let buffer = frame.buffer_mut();
    let done = view.ui.shown(Action::CloseTab);
    if state.is_open {
        let session = view.workspace.session();
        let rings = session.filter(|session| session.ring_in_view().is_some());
        let text = if let Some(session) = rings {
            let key = view.ui.shown(Action::Submit);
            match session.rings.len() {
                1 => format!("{key} takes this conversation"),
                count => format!("{key} takes this conversation, one of {count} that ring"),
            }
        } else {
            format!("you only look at it; {done} closes its tab")
        };
        put(buffer, area.x, area.y, area.right(), &text, styles.muted);
        return;
    }
    let by = match one_row(&state.closed_by) {
        by if by.is_empty() => String::new(),
        by => format!(" by {by}"),
    };
    let messages = conversation.counted();
    let closed = format!("Closed{by} · {messages} messages · {done} puts it away");
    let rating = match (state.csat, state.is_surveyed) {
        (Some(csat), _) => format!("CSAT {}", names::csat(csat)),
        (None, true) => "The survey runs; the rating will stand here".to_owned(),
        (None, false) => "No rating".to_owned(),
    };
    let style = match state.csat {
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
