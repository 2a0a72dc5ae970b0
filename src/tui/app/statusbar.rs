//! The bottom row: what was proved of the link, the switches, and what keys do.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
};

use crate::{
    domain::text::SafeText,
    engine::agent_session::update::State,
    ingress::status::Health,
    tui::{
        app::{
            hints::hints,
            model::{Leaving, Model},
            private::SIGN,
        },
        commands::keys::Action,
        text::{clock, width::width},
    },
};

/// One piece of the row.
struct Piece {
    text: String,
    style: Style,
    action: Option<Action>,
}

/// How wordy the link part is; the first that fits is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    All,
    Some,
    Few,
    /// As few, and of the switches only their signs.
    Signs,
}

fn health(health: Health) -> &'static str {
    match health {
        Health::Proved => "●",
        Health::Waiting => "○",
        Health::Broken => "✗",
    }
}

fn seen(proved: bool) -> Health {
    if proved {
        Health::Proved
    } else {
        Health::Waiting
    }
}

fn link(model: &Model, words: Words) -> Vec<Piece> {
    if model.workspace.alone {
        return workspace_link(model);
    }
    let (styles, link, zone) = (&model.ui.styles, &model.link, &model.ui.zone);
    let mut pieces = Vec::new();
    let mut piece = |text: String, style: Style| {
        pieces.push(Piece {
            text,
            style,
            action: None,
        });
    };
    if model.is_private {
        piece(SIGN.to_owned(), styles.accent);
    }
    if model.is_production() {
        piece(" PRODUCTION ".to_owned(), styles.badge);
        piece(" ".to_owned(), Style::new());
    }
    let mut indicator = |shines: Health, text: String| {
        let style = match shines {
            Health::Proved => styles.good,
            Health::Waiting => styles.muted,
            Health::Broken => styles.bad,
        };
        piece(health(shines).to_owned(), style);
        piece(format!(" {text}  "), styles.muted);
    };
    indicator(
        seen(model.token_holds()),
        match link.token_until {
            Some(_) if !model.token_holds() => "token expired".to_owned(),
            Some(until) if matches!(words, Words::All | Words::Some) => {
                format!("token until {}", clock::minutes(until, zone))
            }
            Some(_) => "token".to_owned(),
            None => "no token".to_owned(),
        },
    );
    indicator(
        seen(link.listener.is_some()),
        match &link.listener {
            Some(place) if words == Words::All => {
                let place = SafeText::clean(place);
                format!("listener {}", place.one_line())
            }
            Some(_) => "listener".to_owned(),
            None => "no listener".to_owned(),
        },
    );
    for outer in [&link.ingress.tunnel, &link.ingress.install]
        .into_iter()
        .flatten()
    {
        let name = SafeText::clean(&outer.name);
        let mut name = name.one_line();
        if matches!(words, Words::Few | Words::Signs) {
            // What they are rather than which.
            name.truncate(name.find(' ').unwrap_or(name.len()));
        }
        indicator(outer.health, name);
    }
    indicator(
        seen(link.last_event.is_some()),
        match link.last_event {
            Some(at) if matches!(words, Words::Few | Words::Signs) => clock::seconds(at, zone),
            Some(at) => format!("last event {}", clock::seconds(at, zone)),
            None => "no event yet".to_owned(),
        },
    );
    if link.refused > 0 {
        piece(format!("✗ {} refused  ", link.refused), styles.bad);
    }
    for (on, name, action) in [
        (model.phone.switches.flight, " ✈ flight ", Action::Flight),
        (model.phone.switches.pocket, " ▾ pocket ", Action::Pocket),
    ] {
        if on {
            pieces.push(Piece {
                text: match words {
                    Words::Signs => name.chars().take(2).chain([' ']).collect(),
                    _ => name.to_owned(),
                },
                style: styles.badge,
                action: Some(action),
            });
            pieces.push(Piece {
                text: " ".to_owned(),
                style: Style::new(),
                action: None,
            });
        }
    }
    pieces.extend(recording(model, words));
    pieces.extend(leaving(model));
    pieces
}

/// That what happens on the phone is recorded.
fn recording(model: &Model, words: Words) -> Option<Piece> {
    let text = if words == Words::Signs {
        "● "
    } else {
        "● rec "
    };
    model.phone.recording.is_some().then(|| Piece {
        text: text.to_owned(),
        style: model.ui.styles.bad,
        action: None,
    })
}

/// That handset is on its way out.
fn leaving(model: &Model) -> Option<Piece> {
    let is_leaving = matches!(model.leaving, Leaving::Recording(_) | Leaving::Asked);
    is_leaving.then(|| Piece {
        text: " leaving… ".to_owned(),
        style: model.ui.styles.badge,
        action: None,
    })
}

/// What is known of the link of a workspace without a phone.
fn workspace_link(model: &Model) -> Vec<Piece> {
    let styles = &model.ui.styles;
    let mut pieces = Vec::new();
    for session in &model.workspace.sessions {
        let (shines, word) = match session.link.as_ref().map(|link| &link.state) {
            Some(State::Up) => (Health::Proved, "connected"),
            Some(State::Down { .. }) => (Health::Broken, "not connected"),
            Some(State::Connecting) | None => (Health::Waiting, "connecting"),
        };
        let style = match shines {
            Health::Proved => styles.good,
            Health::Waiting => styles.muted,
            Health::Broken => styles.bad,
        };
        for (text, style) in [
            (health(shines).to_owned(), style),
            (format!(" {} {word}  ", session.name()), styles.muted),
        ] {
            pieces.push(Piece {
                text,
                style,
                action: None,
            });
        }
    }
    pieces.extend(leaving(model));
    pieces
}

/// The pieces of the row with the column each begins at.
fn pieces(model: &Model) -> Vec<(u16, Piece)> {
    let bar = model.layout.bar;
    let styles = &model.ui.styles;
    let columns =
        |pieces: &[Piece]| -> usize { pieces.iter().map(|piece| width(&piece.text)).sum() };
    let hint = |(action, word): (Action, &str)| {
        let key = model.ui.keymap.shown_in(model.contexts(), action);
        (!key.is_empty()).then(|| {
            [
                Piece {
                    text: format!(" {key}"),
                    style: styles.strong,
                    action: Some(action),
                },
                Piece {
                    text: format!(" {word} "),
                    style: styles.muted,
                    action: Some(action),
                },
            ]
        })
    };
    let hints: Vec<[Piece; 2]> = hints(model).into_iter().filter_map(hint).collect();
    let room = usize::from(bar.width).saturating_sub(1);
    // The most useful hints keep their place before the link gets wordy.
    let fitting = |count, wordings: &[Words]| {
        let least: usize = hints.iter().take(count).map(|hint| columns(hint)).sum();
        wordings
            .iter()
            .map(|words| link(model, *words))
            .find(|left| columns(left) + least <= room)
    };
    let wordings = [Words::All, Words::Some, Words::Few, Words::Signs];
    let in_words = &wordings[..3];
    // What can be done with a bubble is told in full before that.
    let is_on_bubble = model.phone.chat.selected.is_some() && model.is_composing();
    let all = fitting(hints.len(), in_words).filter(|_| is_on_bubble);
    let left = all
        .or_else(|| fitting(4, in_words))
        .or_else(|| fitting(2, in_words))
        .or_else(|| fitting(1, &wordings))
        .unwrap_or_else(|| link(model, Words::Signs));
    let mut free = room.saturating_sub(columns(&left));
    let right: Vec<[Piece; 2]> = hints
        .into_iter()
        .filter_map(|hint| {
            free = free.checked_sub(columns(&hint))?;
            Some(hint)
        })
        .collect();
    let mut x = bar.x + 1;
    let mut placed = Vec::new();
    for piece in left {
        let taken = u16::try_from(width(&piece.text)).unwrap_or(u16::MAX);
        placed.push((x, piece));
        x = x.saturating_add(taken);
    }
    let taken: usize = right.iter().map(|hint| columns(hint)).sum();
    x = bar
        .right()
        .saturating_sub(u16::try_from(taken).unwrap_or(u16::MAX));
    // The most useful hint stands at the far right.
    for piece in right.into_iter().rev().flatten() {
        let taken = u16::try_from(width(&piece.text)).unwrap_or(u16::MAX);
        placed.push((x, piece));
        x = x.saturating_add(taken);
    }
    placed
}

/// The action under a click.
pub(crate) fn action_at(model: &Model, at: Position) -> Option<Action> {
    pieces(model).into_iter().find_map(|(x, piece)| {
        let columns = u16::try_from(width(&piece.text)).unwrap_or(u16::MAX);
        let spot = Rect::new(x, model.layout.bar.y, columns, 1);
        piece.action.filter(|_| spot.contains(at))
    })
}

/// Draws the row.
pub(crate) fn draw(model: &Model, buffer: &mut Buffer) {
    let bar = model.layout.bar;
    for (x, piece) in pieces(model) {
        let room = usize::from(bar.right().saturating_sub(x));
        if room > 0 {
            buffer.set_stringn(x, bar.y, &piece.text, room, piece.style);
        }
    }
}
