//! The draft: a text field, the slash commands it may become, and what the
//! engine was told of it.

use ratatui::layout::{Position, Rect};
use serde_json::Value;

use crate::{
    domain::{
        content::Content,
        line::{Delivery, Line, LineBody},
    },
    tui::{
        commands::slash::{self, Completion},
        text::edit::Editor,
    },
};

/// The most characters of one message; the cloud refuses more.
const MOST: usize = 8_000;
/// From here on the draft is counted.
const NEAR: usize = 7_500;

fn is_too_long(text: &str) -> bool {
    text.len() > MOST && text.chars().count() > MOST
}

/// The text of a message that the cloud has refused and will refuse again, because it is longer than
/// one message may be. A private note is none: its text must not become a message's.
pub(crate) fn refused_for_good(line: &Line) -> Option<&str> {
    match &line.body {
        LineBody::Mine {
            content: Content::Text { text, .. },
            delivery: Delivery::Failed {
                uncertain: false, ..
            },
            ..
        } if !line.private && is_too_long(text.as_str()) => Some(text.as_str()),
        _ => None,
    }
}

#[derive(Debug, Default)]
pub(crate) struct Composer {
    pub(crate) field: Editor,
    /// What goes along with the next message, at its top level.
    pub(crate) metadata: Option<Value>,
    /// The completion the keyboard stands on.
    pub(crate) chosen: Option<usize>,
    /// Whether somebody put the completions away; the next change brings them back.
    pub(crate) put_away: bool,
    /// The first row shown when the draft is longer than the composer is high.
    pub(crate) top: usize,
    /// Columns of the text, as last laid out.
    pub(crate) columns: u16,
    /// Whether the engine was last told that text stands.
    told: bool,
}

impl Composer {
    /// The room rows are wrapped into: one column less, for the cursor behind a full row.
    pub(crate) fn room(&self) -> usize {
        usize::from(self.columns).saturating_sub(1).max(2)
    }

    /// How long the draft is, once it comes near to what one message may have.
    pub(crate) fn counted(&self) -> Option<String> {
        let text = self.field.text();
        if !self.may_be_counted() || text.chars().count() < NEAR {
            return None;
        }
        Some(format!(" {} of {MOST} ", text.chars().count()))
    }

    /// Whether it is longer than one message may be.
    pub(crate) fn is_too_long(&self) -> bool {
        is_too_long(self.field.text())
    }

    /// Whether a key may change the count that is shown.
    pub(crate) fn may_be_counted(&self) -> bool {
        self.field.text().len() >= NEAR
    }

    /// The rows the draft takes in some columns.
    pub(crate) fn rows(&self, columns: u16) -> usize {
        let room = usize::from(columns).saturating_sub(1).max(2);
        self.field.rows(room).len()
    }

    /// Brings the cursor's row into view.
    pub(crate) fn prepare(&mut self, columns: u16, height: u16) {
        self.columns = columns;
        let height = usize::from(height).max(1);
        let (row, _) = self.field.cursor_cell(self.room());
        let rows = self.field.rows(self.room()).len();
        self.top = self.top.clamp((row + 1).saturating_sub(height), row);
        self.top = self.top.min(rows.saturating_sub(height));
    }

    /// What to tell the engine after a change: whether text stands, if that is news or still so.
    ///
    /// A slash command is nobody's business, so it does not count as text.
    pub(crate) fn typed(&mut self) -> Option<bool> {
        self.chosen = None;
        self.put_away = false;
        let standing = !self.field.is_empty() && !slash::is_command(self.field.text());
        let news = standing || self.told;
        self.told = standing;
        news.then_some(standing)
    }

    /// Empties the composer after the draft was sent or carried out.
    pub(crate) fn clear(&mut self) {
        self.field.take();
        self.chosen = None;
        self.put_away = false;
        self.told = false;
        self.top = 0;
    }

    /// Puts a completion into the draft when it stands for one; true when Enter did no more.
    /// `is_bare` is a command without its argument, which is whole as it stands.
    pub(crate) fn take_completion(&mut self, completions: &[Completion], is_bare: bool) -> bool {
        let draft = self.field.text();
        let is_exact = completions
            .iter()
            .any(|completion| completion.draft == draft);
        let taken = match self.chosen {
            Some(chosen) => completions.get(chosen),
            None if is_exact || is_bare => None,
            None => completions.first(),
        };
        let Some(taken) = taken else {
            return false;
        };
        self.field = Editor::holding(&taken.draft);
        self.chosen = None;
        !taken.whole
    }

    /// Puts the chosen completion, or the first, into the draft.
    pub(crate) fn complete(&mut self, completions: &[Completion]) {
        if let Some(completion) = completions.get(self.chosen.unwrap_or(0)) {
            self.field = Editor::holding(&completion.draft);
            self.chosen = None;
        }
    }

    /// Goes to the completion above or below, round and round.
    pub(crate) fn step_completion(&mut self, up: bool, count: usize) {
        let last = count.saturating_sub(1);
        self.chosen = Some(match (self.chosen, up) {
            (None, true) => last,
            (None, false) => 0,
            (Some(at), true) => at.checked_sub(1).unwrap_or(last),
            (Some(at), false) => (at + 1) % count.max(1),
        });
    }

    /// Puts the cursor where a click is; the text stands in this area.
    pub(crate) fn point(&mut self, at: Position, area: Rect) {
        let row = self.top + usize::from(at.y.saturating_sub(area.y));
        let column = usize::from(at.x.saturating_sub(area.x));
        let room = self.room();
        self.field.point(row, column, room);
    }

    /// Puts the completions away until the draft changes.
    pub(crate) fn hide_completions(&mut self) {
        self.put_away = true;
        self.chosen = None;
    }
}
