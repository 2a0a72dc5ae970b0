//! The editor of requests: the templates to choose from, where the request goes, and its text.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    engine::command::Endpoint,
    tui::{
        commands::{
            by_hand::{Draft, RequestKind},
            keys::{Action, Context},
        },
        popups::{Layer, Outcome, Scene, filling, footer, padded},
        terminal::images::gallery::Gallery,
        text::{
            edit::{Editor, Motion},
            field,
            width::{elided, sized, width},
        },
    },
};

/// The editor with the request in it.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) draft: Box<Draft>,
}

/// Columns and rows of the editor, with its frame.
const SIZE: (u16, u16) = (110, 36);

/// Where the parts of the editor are.
struct RawParts {
    kinds: Rect,
    endpoint: Rect,
    field: Rect,
    button: Rect,
}

/// What stands on the button.
const SEND: &str = "( Send it as it stands )";

/// The parts within the frame of the popup.
fn parts(area: Rect) -> RawParts {
    let inner = padded(area);
    let rows = chips(inner.width).last().map_or(1, |(chip, _)| chip.y + 1);
    let rows = rows.min(inner.height.saturating_sub(4).max(1));
    let kinds = Rect::new(inner.x, inner.y, inner.width, rows);
    let endpoint = Rect::new(inner.x, kinds.bottom(), inner.width, 1);
    let button = Rect::new(inner.x, inner.bottom().saturating_sub(1), inner.width, 1);
    let field = Rect::new(
        inner.x,
        endpoint.bottom(),
        inner.width,
        button.y.saturating_sub(endpoint.bottom()),
    );
    RawParts {
        kinds,
        endpoint,
        field,
        button,
    }
}

/// The kinds with their places, counted from the first, as many in a row as fit.
fn chips(columns: u16) -> Vec<(Rect, RequestKind)> {
    let (mut x, mut y) = (0u16, 0u16);
    let place = |(kind, name): (RequestKind, &str)| {
        let taken = sized(width(name) + 2);
        if x > 0 && x.saturating_add(taken) > columns {
            x = 0;
            y += 1;
        }
        let chip = Rect::new(x, y, taken, 1);
        x = x.saturating_add(taken);
        (chip, kind)
    };
    RequestKind::ALL.into_iter().map(place).collect()
}

/// What a click means there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RawTarget {
    RequestKind(RequestKind),
    Send,
    /// This cell of the text, counted from its first visible row.
    Text {
        row: usize,
        column: usize,
    },
}

fn target_at(area: Rect, at: Position) -> Option<RawTarget> {
    let parts = parts(area);
    if parts.kinds.contains(at) {
        let at = Position::new(at.x - parts.kinds.x, at.y - parts.kinds.y);
        let mut chips = chips(parts.kinds.width).into_iter();
        let hit = chips.find(|(chip, _)| chip.contains(at));
        return hit.map(|(_, kind)| RawTarget::RequestKind(kind));
    }
    if parts.field.contains(at) {
        return Some(RawTarget::Text {
            row: usize::from(at.y - parts.field.y),
            column: usize::from(at.x - parts.field.x),
        });
    }
    let button = Rect {
        width: sized(width(SEND)),
        ..parts.button
    };
    button.contains(at).then_some(RawTarget::Send)
}

impl Layer for Raw {
    fn title(&self) -> String {
        " Request by hand ".to_owned()
    }

    fn contexts(&self) -> &'static [Context] {
        &[Context::Raw, Context::Edit, Context::Everywhere]
    }

    fn size(&self, _scene: &Scene<'_>) -> (u16, u16) {
        SIZE
    }

    fn fills(&self) -> bool {
        true
    }

    fn is_written_in(&self) -> bool {
        true
    }

    fn keys(&self, scene: &Scene<'_>, _area: Rect) -> String {
        footer(
            scene.ui,
            self.contexts(),
            &[
                (&[Action::RawLine], "new line"),
                (&[Action::SendRaw], "send"),
                (&[Action::NextTemplate], "template"),
                (&[Action::Back], "close"),
            ],
        )
    }

    fn prepare(&mut self, screen: Rect, _gallery: &Gallery) {
        let field = parts(filling(SIZE, screen)).field;
        self.draft.prepare(field.width, field.height);
    }

    fn draw(&self, scene: &Scene<'_>, area: Rect, frame: &mut Frame<'_>) {
        let styles = &scene.ui.styles;
        let parts = parts(area);
        let buffer = frame.buffer_mut();
        for (Rect { x, y, .. }, kind) in chips(parts.kinds.width) {
            if y < parts.kinds.height {
                let style = if kind == self.draft.kind {
                    styles.chosen
                } else {
                    styles.muted
                };
                let text = format!(" {} ", kind.name());
                let room = usize::from(parts.kinds.width.saturating_sub(x));
                buffer.set_stringn(parts.kinds.x + x, parts.kinds.y + y, text, room, style);
            }
        }
        let room = usize::from(parts.endpoint.width);
        let whither = match self.draft.kind.endpoint() {
            Endpoint::Send => "POST …/messaging/consumer/conversation/send?v=3",
            Endpoint::Conversation => "POST …/messaging/consumer/conversation?v=3",
        };
        let (x, y) = (parts.endpoint.x, parts.endpoint.y);
        buffer.set_stringn(x, y, elided(whither, room), room, styles.key);
        let key = scene.ui.shown(Action::SendRaw);
        let (x, _) = buffer.set_stringn(parts.button.x, parts.button.y, SEND, room, styles.button);
        let left = room.saturating_sub(width(SEND));
        buffer.set_stringn(x, parts.button.y, format!("  {key}"), left, styles.muted);
        field::draw_field(
            &self.draft.field,
            self.draft.top,
            parts.field,
            [styles.raised, styles.marked],
            frame,
        );
    }

    fn act(&mut self, action: Action, _scene: &Scene<'_>, _area: Rect) -> Outcome {
        match action {
            Action::SendRaw => return Outcome::SendRaw,
            Action::NextTemplate => self.draft.turn_to(self.draft.beside(true)),
            Action::PreviousTemplate => self.draft.turn_to(self.draft.beside(false)),
            _ => return Outcome::Passed,
        }
        Outcome::Stays
    }

    fn rows(&mut self, up: bool, rows: usize, _scene: &Scene<'_>, _area: Rect) {
        let motion = if up { Motion::Up } else { Motion::Down };
        let room = self.draft.room;
        for _ in 0..rows.min(self.draft.field.rows(room).len()) {
            self.draft.field.go(motion, false, room);
        }
    }

    fn click(&mut self, at: Position, _scene: &Scene<'_>, area: Rect) -> Outcome {
        match target_at(area, at) {
            Some(RawTarget::RequestKind(kind)) => self.draft.turn_to(kind),
            Some(RawTarget::Text { row, column }) => {
                let (row, room) = (self.draft.top + row, self.draft.room);
                self.draft.field.point(row, column, room);
            }
            Some(RawTarget::Send) => return Outcome::SendRaw,
            None => {}
        }
        Outcome::Stays
    }

    fn field(&mut self) -> Option<(&mut Editor, Option<usize>)> {
        let room = self.draft.room;
        Some((&mut self.draft.field, Some(room)))
    }

    /// What is written on is another request.
    fn edited(&mut self) {
        self.draft.sent = false;
    }
}
