//! Popups that belong to one bubble: a date to pick, a time to pick, its
//! content as JSON.

pub(crate) mod content;
pub(crate) mod dates;
pub(crate) mod slots;

use std::collections::BTreeMap;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use crate::{
    domain::{ids::ItemId, rich::press::Choice},
    tui::{
        app::model::Model,
        chat::bubble::Spot,
        commands::keys::Action,
        popups::{
            Popup,
            sheet::{content::Content, dates::Dates, slots::Slots},
        },
    },
};

/// One of them.
#[derive(Debug)]
pub(crate) enum Sheet {
    Dates(Dates),
    Slots(Slots),
    Content(Content),
}

/// What a choice is for: an action of something of a bubble, with the choices made before it.
#[derive(Debug, Clone)]
pub(crate) struct For {
    pub(crate) item: ItemId,
    pub(crate) spot: Spot,
    pub(crate) action: usize,
    pub(crate) chosen: BTreeMap<usize, Choice>,
}

/// What comes of a key or a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It stays open.
    Stays,
    /// This was chosen.
    Chosen(Choice),
    /// It cannot be chosen, for this reason.
    Refused(&'static str),
}

impl Sheet {
    /// What stands on its upper edge.
    pub(crate) fn title(&self) -> String {
        match self {
            Self::Dates(dates) => dates.title(),
            Self::Slots(slots) => slots.title(),
            Self::Content(_) => " Content ".to_owned(),
        }
    }

    /// What the keys do, for its lower edge.
    pub(crate) fn keys(&self, model: &Model) -> String {
        let shown = |action| model.ui.shown(action);
        let close = shown(Action::Back);
        match self {
            Self::Dates(_) => {
                let (before, after) = (shown(Action::PageUp), shown(Action::PageDown));
                let pick = shown(Action::Choose);
                format!(" {pick} picks · {before}/{after} month ")
            }
            Self::Slots(_) => {
                let pick = shown(Action::Choose);
                format!(" {pick} picks · {close} close ")
            }
            Self::Content(content) => match &content.copied {
                Some(copied) => format!(" {copied} · {close} close "),
                None => format!(" {} copies · {close} close ", shown(Action::Copy)),
            },
        }
    }

    /// Columns and rows it wants, with its frame.
    pub(crate) fn size(&self) -> (u16, u16) {
        match self {
            Self::Dates(_) => dates::SIZE,
            Self::Slots(slots) => slots.size(),
            Self::Content(content) => content.size(),
        }
    }

    /// Draws what is inside of its frame.
    pub(crate) fn draw(&self, model: &Model, inner: Rect, frame: &mut Frame<'_>) {
        match self {
            Self::Dates(dates) => dates.draw(model, inner, frame.buffer_mut()),
            Self::Slots(slots) => slots.draw(model, inner, frame.buffer_mut()),
            Self::Content(content) => content.draw(&model.ui.styles, inner, frame.buffer_mut()),
        }
    }

    /// Does what an action means here; `None` when it means nothing.
    pub(crate) fn act(&mut self, action: Action, rows: u16) -> Option<Outcome> {
        match self {
            Self::Dates(dates) => dates.act(action),
            Self::Slots(slots) => slots.act(action),
            Self::Content(content) => content.act(action, rows),
        }
    }

    /// Takes a click inside of its frame.
    pub(crate) fn click(&mut self, at: Position, inner: Rect) -> Outcome {
        match self {
            Self::Dates(dates) => dates.click(at, inner),
            Self::Slots(slots) => slots.click(at, inner),
            Self::Content(_) => Outcome::Stays,
        }
    }

    /// Scrolls by rows, or by a month.
    pub(crate) fn wheel(&mut self, up: bool, rows: u16) {
        let action = match (&self, up) {
            (Self::Dates(_), true) => Action::PageUp,
            (Self::Dates(_), false) => Action::PageDown,
            (_, true) => Action::RowUp,
            (_, false) => Action::RowDown,
        };
        let _ = self.act(action, rows);
    }

    /// What its choice is for.
    pub(crate) fn wanted_for(&self) -> Option<&For> {
        match self {
            Self::Dates(dates) => Some(&dates.wanted_for),
            Self::Slots(slots) => Some(&slots.wanted_for),
            Self::Content(_) => None,
        }
    }
}

impl Model {
    /// The sheet on top, if the top popup is one.
    pub(crate) fn sheet(&mut self) -> Option<&mut Sheet> {
        match self.popups.last_mut() {
            Some(Popup::Sheet(sheet)) => Some(sheet),
            _ => None,
        }
    }

    /// Fits the sheet on top to the screen.
    pub(crate) fn prepare_sheet(&mut self) {
        let columns = self.layout.area.width.saturating_sub(8);
        if let Some(Sheet::Content(content)) = self.sheet() {
            content.prepare(columns);
        }
    }
}
