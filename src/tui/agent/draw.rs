//! The workspace as drawn: who is logged in, what rings, the conversations, the one in
//! view with its composer, what is known of the consumer.

mod page;
mod targets;

use ratatui::{Frame, buffer::Buffer, layout::Rect, style::Style, widgets::Block};

pub(crate) use targets::{WorkspaceTarget, take_label, target_at};

use crate::{
    domain::workspace::view::Ring,
    engine::agent_session::update::State,
    tui::{
        agent::{
            AgentSession, Workspace,
            conversation::AgentConversation,
            facts::facts,
            layout::Parts,
            names::{self, one_row},
            pick::{self, Pick},
            times,
        },
        chat::{brush::Brush, card::paint},
        commands::{keys::Action, slash::Completion},
        text::{
            clock,
            width::{elided, width},
            wrap::wrapped,
        },
        theme::{lines::even, over, ui::Ui},
    },
};

/// What the workspace is drawn from.
pub(crate) struct View<'a> {
    pub(crate) ui: &'a Ui,
    pub(crate) workspace: &'a Workspace,
    /// The conversations on the phones that ring here once an agent logs in, as the automatic agent
    /// hands them over then.
    pub(crate) to_come: usize,
    /// Whether the keyboard writes here.
    pub(crate) has_keys: bool,
    /// Whether what is looked for is written here.
    pub(crate) finds: bool,
    /// The ways to go on with the draft.
    pub(crate) offered: Vec<Completion>,
}

/// Columns of the names of what is known.
const NAMES: usize = 11;
/// Columns of the bar that tells how much of a ring is left.
const BAR: usize = 20;

/// Writes a text up to a column and tells where it ended.
fn put(buffer: &mut Buffer, x: u16, y: u16, right: u16, text: &str, style: Style) -> u16 {
    let room = usize::from(right.saturating_sub(x));
    if room == 0 {
        return x;
    }
    buffer.set_stringn(x, y, elided(text, room), room, style).0
}

/// A line down a column.
fn line_down(x: u16, top: u16, bottom: u16, style: Style, buffer: &mut Buffer) {
    for y in top..bottom {
        buffer.set_stringn(x, y, "│", 1, style);
    }
}

/// Draws the workspace inside of a frame whose edges are drawn already.
pub(crate) fn draw(view: &View<'_>, parts: &Parts, border: Style, frame: &mut Frame<'_>) {
    let Some(session) = view.workspace.session() else {
        return draw_empty(view, parts, frame);
    };
    targets::draw_bar(view, session, parts, frame.buffer_mut());
    for (at, ring) in session.rings.iter().enumerate() {
        if let Some(row) = parts.ring(at) {
            draw_ring(view, ring, row, frame.buffer_mut());
        }
    }
    draw_columns(parts, border, frame.buffer_mut());
    if !parts.list.is_empty() {
        draw_list(view, session, parts.list, frame.buffer_mut());
    }
    targets::draw_tabs(view, session, parts, frame.buffer_mut());
    page::draw(view, session, parts, border, frame);
    if let Some(conversation) = session.conversation().filter(|_| !parts.facts.is_empty()) {
        draw_facts(view, conversation, parts.facts, frame.buffer_mut());
    }
}

/// The lines between the columns, and how they join the others.
fn draw_columns(parts: &Parts, border: Style, buffer: &mut Buffer) {
    if parts.rule.is_empty() {
        return;
    }
    let inner = usize::from(parts.rule.width).saturating_sub(2);
    let (x, y) = (parts.rule.x, parts.rule.y);
    let line = format!("├{}┤", "─".repeat(inner));
    buffer.set_stringn(x, y, line, usize::from(parts.rule.width), border);
    let bottom = parts.frame.bottom() - 1;
    let after_list = (!parts.list.is_empty()).then(|| parts.list.right());
    let before_facts = (!parts.facts.is_empty()).then(|| parts.facts.x - 1);
    for x in [after_list, before_facts].into_iter().flatten() {
        buffer.set_stringn(x, y, "┬", 1, border);
        line_down(x, y + 1, bottom, border, buffer);
        buffer.set_stringn(x, bottom, "┴", 1, border);
    }
}

/// Nobody is logged in: who could be, and how.
fn draw_empty(view: &View<'_>, parts: &Parts, frame: &mut Frame<'_>) {
    let styles = &view.ui.styles;
    let area = Rect {
        height: parts.frame.height - 2,
        ..parts.bar
    };
    let room = usize::from(area.width).saturating_sub(4).max(1);
    let mut rows: Vec<(String, Style)> = Vec::new();
    let say = |rows: &mut Vec<(String, Style)>, text: &str, style: Style| {
        rows.extend(wrapped(text, room).into_iter().map(|row| (row, style)));
    };
    if let Some(user) = &view.workspace.logging_in {
        say(&mut rows, &format!("{user} logs in…"), styles.strong);
    } else if let Some(label) = take_label(view) {
        say(&mut rows, "No agent is logged in.", styles.strong);
        say(&mut rows, "", styles.muted);
        let handed_over = match view.to_come {
            0 => "its conversations".to_owned(),
            1 => "its conversation".to_owned(),
            count => format!("all its conversations, {count} on the phones here,"),
        };
        let text = format!(
            "Log in, and conversations ring here: take them, answer, show cards, hand them \
             over. The automatic agent hands {handed_over} to you."
        );
        say(&mut rows, &text, styles.muted);
        say(&mut rows, "", styles.muted);
        rows.push((label, styles.button));
        if view.workspace.users.len() > 1 {
            let key = view.ui.shown(Action::LogInAnother);
            say(&mut rows, "", styles.muted);
            say(
                &mut rows,
                &format!("{key} logs another agent in"),
                styles.muted,
            );
        }
    } else {
        say(&mut rows, "No agent can log in.", styles.strong);
        say(&mut rows, &view.workspace.hint, styles.muted);
    }
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let top = area.y + area.height.saturating_sub(height) / 2;
    for ((text, style), y) in rows.iter().zip(top..area.bottom()) {
        let indent = usize::from(area.width).saturating_sub(width(text)) / 2;
        let x = area.x + u16::try_from(indent).unwrap_or(0);
        put(frame.buffer_mut(), x, y, area.right(), text, *style);
    }
}

/// A conversation that rings: how long yet, who it is, what they said.
fn draw_ring(view: &View<'_>, ring: &Ring, row: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    buffer.set_style(row, styles.raised);
    let right = targets::draw_ring_buttons(view, row, &ring.id, buffer);
    let left = format!(" ☏ {} ", times::countdown(ring, view.ui.now));
    let x = put(buffer, row.x, row.y, right, &left, styles.badge);
    let x = put(
        buffer,
        x + 1,
        row.y,
        right,
        &one_row(&ring.consumer),
        styles.strong,
    );
    let mut about = format!(" · {}", one_row(&ring.skill));
    if ring.is_transfer {
        about.push_str(" · handed over");
    }
    let x = put(buffer, x, row.y, right, &about, styles.muted);
    let preview = one_row(&ring.preview);
    if row.height > 1 {
        let full = times::share(ring, view.ui.now, BAR);
        let bar = format!("{}{}", "█".repeat(full), "░".repeat(BAR - full));
        let x = put(
            buffer,
            row.x + 1,
            row.y + 1,
            row.right(),
            &bar,
            styles.accent,
        );
        if !preview.is_empty() {
            let said = format!("“{preview}”");
            put(
                buffer,
                x + 2,
                row.y + 1,
                row.right() - 1,
                &said,
                Style::new(),
            );
        }
    } else if !preview.is_empty() {
        put(
            buffer,
            x,
            row.y,
            right,
            &format!(" “{preview}”"),
            Style::new(),
        );
    }
}

/// What waits in a conversation, in signs and words.
fn marks(view: &View<'_>, conversation: &AgentConversation) -> String {
    let state = &conversation.state;
    if !state.is_open {
        return match (state.is_surveyed, state.csat) {
            (true, None) => "survey runs".to_owned(),
            (_, Some(csat)) => names::csat(csat),
            (false, None) => "closed".to_owned(),
        };
    }
    if conversation.typing {
        return "✎ writes…".to_owned();
    }
    match state.owed_by {
        Some(by) if by <= view.ui.now => "! overdue".to_owned(),
        Some(by) => times::owed(by, view.ui.now),
        None => "answered".to_owned(),
    }
}

/// The conversations in a column, two rows each.
fn draw_list(view: &View<'_>, session: &AgentSession, area: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    if session.conversations.is_empty() {
        let room = usize::from(area.width) - 2;
        let rows = wrapped("No conversation was taken yet.", room);
        for (row, y) in rows.iter().zip(area.y..area.bottom()) {
            put(buffer, area.x + 1, y, area.right(), row, styles.muted);
        }
        return;
    }
    let top = targets::list_top(session, area);
    let rows = session
        .conversations
        .iter()
        .skip(top)
        .zip((area.y..).step_by(2));
    for (conversation, y) in rows.take_while(|(_, y)| *y < area.bottom()) {
        let here = session.at.as_ref() == Some(&conversation.state.id);
        let spot = Rect::new(area.x, y, area.width, 2).intersection(area);
        if here {
            buffer.set_style(spot, styles.selected);
            put(buffer, area.x, y, area.right(), "▸", styles.accent);
        }
        let unread = match conversation.state.unread {
            0 => String::new(),
            unread => format!("({}) ", unread.min(999)),
        };
        let right = area.right() - u16::try_from(width(&unread)).unwrap_or(0);
        let style = if conversation.state.unread > 0 || here {
            styles.strong
        } else {
            Style::new()
        };
        put(buffer, area.x + 2, y, right, &conversation.name(), style);
        put(buffer, right, y, area.right(), &unread, styles.accent);
        if spot.height > 1 {
            let skill = one_row(&conversation.state.skill.1);
            let mark = marks(view, conversation);
            let style = match conversation.state.owed_by {
                Some(by) if conversation.state.is_open && by <= view.ui.now => styles.bad,
                _ if conversation.typing => styles.accent,
                _ => styles.muted,
            };
            let x = put(buffer, area.x + 2, y + 1, area.right(), &mark, style);
            let about = format!(" · {skill}");
            put(buffer, x, y + 1, area.right() - 1, &about, styles.muted);
        }
        if here {
            even(spot, styles, buffer);
        }
    }
}

/// What is known of the consumer, beside the conversation.
fn draw_facts(view: &View<'_>, conversation: &AgentConversation, area: Rect, buffer: &mut Buffer) {
    let styles = &view.ui.styles;
    let mut y = area.y;
    for (at, fact) in facts(view.ui, conversation).iter().enumerate() {
        let Some(value) = &fact.value else {
            y += u16::from(at > 0);
            if y >= area.bottom() {
                return;
            }
            put(
                buffer,
                area.x + 1,
                y,
                area.right(),
                &fact.name,
                styles.strong,
            );
            y += 1;
            continue;
        };
        if y >= area.bottom() {
            return;
        }
        if value.is_empty() {
            let name = format!("· {}", fact.name);
            put(buffer, area.x + 1, y, area.right() - 1, &name, styles.base);
            y += 1;
            continue;
        }
        let names_end = area.x + 1 + u16::try_from(NAMES).unwrap_or(0);
        put(buffer, area.x + 1, y, names_end, &fact.name, styles.muted);
        let x = names_end + 1;
        let room = usize::from(area.right().saturating_sub(x + 1)).max(1);
        for row in wrapped(value, room).iter().take(3) {
            if y >= area.bottom() {
                return;
            }
            put(buffer, x, y, area.right(), row, styles.base);
            y += 1;
        }
    }
}

/// How the session stands with the cloud, where that is not well.
fn link_words(view: &View<'_>, session: &AgentSession) -> Option<String> {
    match session.link.as_ref().map(|link| &link.state) {
        None | Some(State::Connecting) => Some("connecting…".to_owned()),
        Some(State::Up) => None,
        Some(State::Down { why, again }) => {
            let why = crate::domain::text::SafeText::clean(why);
            let again = again.map_or_else(String::new, |at| {
                format!(" · tried again at {}", clock::seconds(at, &view.ui.zone))
            });
            Some(format!("✗ {}{again}", one_row(&why)))
        }
    }
}

/// Draws what is about to be picked, as it will look at the consumer's.
pub(crate) fn preview(
    ui: &Ui,
    workspace: &Workspace,
    pick: &Pick,
    area: Rect,
    frame: &mut Frame<'_>,
) {
    let styles = &ui.styles;
    let room = usize::from(area.width).saturating_sub(6).max(1);
    let mut block = pick::preview(workspace, pick, room);
    let most = usize::from(area.height.saturating_sub(2));
    let is_cut = block.rows.len() > most;
    block.rows.truncate(most);
    if block.rows.is_empty() {
        return;
    }
    let columns = u16::try_from(block.width)
        .unwrap_or(u16::MAX)
        .saturating_add(4);
    let outer = Rect::new(
        area.x + 1,
        area.y,
        columns.min(area.width.saturating_sub(2)),
        u16::try_from(block.rows.len() + 2).unwrap_or(u16::MAX),
    );
    over::clear(outer, styles.raised, frame.buffer_mut());
    let edge = Block::bordered()
        .border_type(ratatui::widgets::BorderType::Rounded)
        .border_style(styles.theirs)
        .style(styles.base);
    frame.render_widget(edge, outer);
    let mut brush = Brush {
        buffer: frame.buffer_mut(),
        styles,
        zone: &ui.zone,
    };
    for (pieces, y) in block.rows.iter().zip(outer.y + 1..) {
        let row = Rect::new(outer.x + 1, y, outer.width - 2, 1);
        paint::row(pieces, 1, None, &styles.open, row, &mut brush);
    }
    if is_cut {
        let more = Rect::new(outer.x + 2, outer.bottom() - 1, outer.width - 4, 1);
        brush.text(more, 0, " … ", styles.muted);
    }
}
