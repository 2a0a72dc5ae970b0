//! What of the workspace can be clicked, laid out once for the drawing and for the
//! mouse: the bar, the buttons of a ring, the conversations.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    domain::ids::ConversationId,
    tui::{
        agent::{
            AgentSession,
            conversation::AgentConversation,
            draw::{View, link_words},
            layout::Parts,
            names,
        },
        commands::keys::Action,
        text::width::{elided, width},
    },
};

/// Columns of a name on the row of conversations.
const NAME: usize = 14;

/// What lies under a click.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WorkspaceTarget {
    Act(Action),
    Session(usize),
    /// Takes, or turns down, the ring of this id.
    Ring(String, bool),
    Conversation(ConversationId),
    Draft,
}

/// A piece of text that stands somewhere.
struct Piece {
    x: u16,
    text: String,
    style: Style,
    spot: Option<WorkspaceTarget>,
}

fn columns(text: &str) -> u16 {
    u16::try_from(width(text)).unwrap_or(u16::MAX)
}

/// Lays pieces one behind the other, as far as they fit.
fn row(pieces: Vec<(String, Style, Option<WorkspaceTarget>)>, area: Rect) -> Vec<Piece> {
    let mut x = area.x;
    let mut placed = Vec::new();
    for (text, style, spot) in pieces {
        let room = usize::from(area.right().saturating_sub(x));
        if room == 0 {
            break;
        }
        let text = elided(&text, room).into_owned();
        let taken = columns(&text);
        placed.push(Piece {
            x,
            text,
            style,
            spot,
        });
        x = x.saturating_add(taken);
    }
    placed
}

fn draw_pieces(pieces: Vec<Piece>, y: u16, buffer: &mut Buffer) {
    for piece in pieces {
        let room = width(&piece.text);
        buffer.set_stringn(piece.x, y, piece.text, room, piece.style);
    }
}

fn spot_of(pieces: Vec<Piece>, at: Position) -> Option<WorkspaceTarget> {
    pieces
        .into_iter()
        .find(|piece| (piece.x..piece.x.saturating_add(columns(&piece.text))).contains(&at.x))
        .and_then(|piece| piece.spot)
}

/// What the button says that logs the first agent in; `None` when nobody can log in.
pub(crate) fn take_label(view: &View<'_>) -> Option<String> {
    let user = view.workspace.users.first()?;
    let key = view.ui.shown(Action::OpenWorkspace);
    Some(match view.to_come {
        0 | 1 => format!("( {key} log in as {user} )"),
        count => format!("( {key} log in as {user}, take over {count} conversations )"),
    })
}

/// Who is logged in, whether conversations ring, and how many wait.
fn bar(view: &View<'_>, session: &AgentSession, parts: &Parts) -> Vec<Piece> {
    let styles = &view.ui.styles;
    let workspace = &view.workspace;
    let mut pieces = Vec::new();
    pieces.push((" ".to_owned(), Style::new(), None));
    for (at, one) in workspace.sessions.iter().enumerate() {
        let here = at == workspace.at;
        let waiting = match one.waiting() {
            waiting if waiting > 0 && !here => format!(" ({waiting})"),
            _ => String::new(),
        };
        let (text, style) = match (here, workspace.sessions.len()) {
            (true, 1) => (one.name(), styles.strong),
            (true, _) => (format!(" {} ", one.name()), styles.chosen),
            (false, _) => (format!(" {}{waiting} ", one.name()), styles.muted),
        };
        pieces.push((text, style, Some(WorkspaceTarget::Session(at))));
    }
    pieces.push((" ".to_owned(), Style::new(), None));
    if let Some(words) = link_words(view, session) {
        pieces.push((words, styles.warn, None));
        return row(pieces, parts.bar);
    }
    if let Some(link) = &session.link {
        let (sign, word) = names::availability(link.availability);
        let style = match link.availability {
            crate::domain::availability::Availability::Online => styles.good,
            _ => styles.warn,
        };
        let spot = Some(WorkspaceTarget::Act(Action::Availability));
        pieces.push((sign.to_owned(), style, spot.clone()));
        pieces.push((format!(" {word} ▾ "), styles.base, spot));
    }
    let open = session
        .conversations
        .iter()
        .filter(|conversation| conversation.takes_text())
        .count();
    let counted = format!("{} ringing · {open} open ", session.rings.len());
    let right = columns(&counted);
    let left = Rect {
        width: parts.bar.width.saturating_sub(right + 1),
        ..parts.bar
    };
    let mut placed = row(pieces, left);
    let end = placed.last().map_or(parts.bar.x, |piece| {
        piece.x.saturating_add(columns(&piece.text))
    });
    let x = parts.bar.right().saturating_sub(right);
    if x > end {
        let style = if session.rings.is_empty() {
            styles.muted
        } else {
            styles.strong
        };
        placed.push(Piece {
            x,
            text: counted,
            style,
            spot: None,
        });
    }
    placed
}

pub(crate) fn draw_bar(
    view: &View<'_>,
    session: &AgentSession,
    parts: &Parts,
    buffer: &mut Buffer,
) {
    draw_pieces(bar(view, session, parts), parts.bar.y, buffer);
}

/// The buttons of a ring, at its right; with their keys on the one that the keys mean.
fn ring_buttons(view: &View<'_>, row: Rect, id: &str) -> Vec<Piece> {
    let styles = &view.ui.styles;
    let (take, leave) = (view.ui.shown(Action::Accept), view.ui.shown(Action::Reject));
    let mut take = format!("( {take} accept )");
    let mut leave = format!("( {leave} reject )");
    let session = view.workspace.session();
    let is_next = session
        .and_then(AgentSession::next_ring)
        .is_some_and(|ring| ring.id == id);
    if row.width < 70 || !is_next {
        // Where columns are few, the keys are missed least: the lower edge tells them too.
        (take, leave) = ("( accept )".to_owned(), "( reject )".to_owned());
    }
    let taken = columns(&take) + columns(&leave) + 2;
    let x = row.right().saturating_sub(taken);
    let after = x + columns(&take) + 1;
    vec![
        Piece {
            x,
            text: take,
            style: styles.button,
            spot: Some(WorkspaceTarget::Ring(id.to_owned(), true)),
        },
        Piece {
            x: after,
            text: leave,
            style: styles.button,
            spot: Some(WorkspaceTarget::Ring(id.to_owned(), false)),
        },
    ]
}

/// Draws the buttons of the ring of an id; the column they begin at.
pub(crate) fn draw_ring_buttons(view: &View<'_>, row: Rect, id: &str, buffer: &mut Buffer) -> u16 {
    let pieces = ring_buttons(view, row, id);
    let left = pieces.first().map_or(row.right(), |piece| piece.x);
    draw_pieces(pieces, row.y, buffer);
    left.saturating_sub(1)
}

/// What stands on the tab of a conversation.
fn tab_label(view: &View<'_>, conversation: &AgentConversation) -> String {
    let state = &conversation.state;
    let mut text = format!(" {}", elided(&conversation.name(), NAME));
    if state.unread > 0 {
        text = format!("{text} ({})", state.unread.min(999));
    }
    let overdue = state.owed_by.is_some_and(|by| by <= view.ui.now) && state.is_open;
    for (on, mark) in [
        (conversation.typing, " ✎"),
        (overdue, " !"),
        (!state.is_open, " ×"),
    ] {
        if on {
            text.push_str(mark);
        }
    }
    text.push(' ');
    text
}

/// The conversations on one row, those around the one in view.
fn tabs(view: &View<'_>, session: &AgentSession, area: Rect) -> Vec<Piece> {
    let styles = &view.ui.styles;
    let labels: Vec<String> = session
        .conversations
        .iter()
        .map(|conversation| tab_label(view, conversation))
        .collect();
    let at = session
        .conversations
        .iter()
        .position(|conversation| session.at.as_ref() == Some(&conversation.state.id))
        .unwrap_or(0);
    let room = usize::from(area.width).saturating_sub(4);
    let mut first = 0;
    let up_to = |first: usize| -> usize {
        labels
            .iter()
            .take(at + 1)
            .skip(first)
            .map(|label| width(label) + 1)
            .sum()
    };
    while first < at && up_to(first) > room {
        first += 1;
    }
    let mut pieces = Vec::new();
    if first > 0 {
        pieces.push((
            "‹ ".to_owned(),
            styles.muted,
            Some(WorkspaceTarget::Act(Action::PreviousConversation)),
        ));
    }
    for (index, (label, conversation)) in labels
        .iter()
        .zip(&session.conversations)
        .enumerate()
        .skip(first)
    {
        let style = if index == at {
            styles.chosen
        } else if conversation.state.unread > 0 {
            styles.strong
        } else {
            styles.muted
        };
        pieces.push((
            label.clone(),
            style,
            Some(WorkspaceTarget::Conversation(conversation.state.id.clone())),
        ));
        pieces.push((" ".to_owned(), Style::new(), None));
    }
    row(pieces, area)
}

pub(crate) fn draw_tabs(
    view: &View<'_>,
    session: &AgentSession,
    parts: &Parts,
    buffer: &mut Buffer,
) {
    if !parts.tabs.is_empty() {
        draw_pieces(tabs(view, session, parts.tabs), parts.tabs.y, buffer);
    }
}

/// The first conversation of the list that is in view.
pub(crate) fn list_top(session: &AgentSession, area: Rect) -> usize {
    let at = session
        .conversations
        .iter()
        .position(|conversation| session.at.as_ref() == Some(&conversation.state.id))
        .unwrap_or(0);
    (at + 1).saturating_sub(usize::from(area.height / 2).max(1))
}

/// What lies under a click.
pub(crate) fn target_at(view: &View<'_>, parts: &Parts, at: Position) -> Option<WorkspaceTarget> {
    let Some(session) = view.workspace.session() else {
        // The button is the only thing there.
        take_label(view)?;
        return Some(WorkspaceTarget::Act(Action::OpenWorkspace));
    };
    if parts.bar.contains(at) {
        return spot_of(bar(view, session, parts), at);
    }
    for (index, ring) in session.rings.iter().enumerate() {
        if let Some(area) = parts.ring(index).filter(|area| area.contains(at)) {
            if at.y != area.y {
                return None;
            }
            return spot_of(ring_buttons(view, area, &ring.id), at);
        }
    }
    if parts.tabs.contains(at) {
        return spot_of(tabs(view, session, parts.tabs), at);
    }
    if parts.list.contains(at) {
        let index = list_top(session, parts.list) + usize::from((at.y - parts.list.y) / 2);
        let conversation = session.conversations.get(index)?;
        return Some(WorkspaceTarget::Conversation(conversation.state.id.clone()));
    }
    if parts.composer.contains(at) {
        return Some(WorkspaceTarget::Draft);
    }
    None
}
