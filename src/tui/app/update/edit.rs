//! Writing and editing in whichever text field has the keyboard.

use crate::{
    domain::{conversation::event::Act, notice::Severity},
    tui::{
        app::{keyboard::Keyboard, model::Model},
        popups::Popup,
        text::edit::{Editor, LONGEST, Motion},
    },
};

/// Room for fields that are never wrapped.
const ONE_ROW: usize = usize::MAX;

/// What an action does in a text field.
#[derive(Clone, Copy)]
pub(crate) enum Edit {
    Go(Motion, bool),
    Cut(Motion),
    MarkAll,
    Undo,
    Redo,
}

impl Model {
    /// The field that has the keyboard, with the room its rows are wrapped into.
    fn field(&mut self) -> Option<(&mut Editor, usize)> {
        match self.keyboard() {
            Keyboard::Popup => {
                let (field, room) = self.popups.last_mut()?.layer_mut().field()?;
                Some((field, room.unwrap_or(ONE_ROW)))
            }
            Keyboard::Filter => Some((self.inspector_field(), ONE_ROW)),
            Keyboard::Agent => self.workspace_field(),
            Keyboard::Phone if self.phone.past.is_none() => {
                let composer = &mut self.phone.chat.composer;
                let room = composer.room();
                Some((&mut composer.field, room))
            }
            _ => None,
        }
    }

    /// Whether the field that has the keyboard holds one row only.
    fn is_one_row(&self) -> bool {
        match self.popups.last() {
            Some(Popup::Raw(_)) => false,
            Some(_) => true,
            None => self.inspector.filtering,
        }
    }

    /// Writes a text where the keyboard writes.
    pub(crate) fn write(&mut self, text: &str) {
        let one_row = self.is_one_row();
        let Some((field, _)) = self.field() else {
            if let Some(popup) = self.popups.last_mut() {
                popup.layer_mut().typed(text);
            }
            return;
        };
        let fitted = if one_row {
            field.insert(&text.replace(['\r', '\n'], " "))
        } else {
            field.insert(text)
        };
        if !fitted {
            self.tell(
                Severity::Warning,
                "nothing was inserted",
                &format!(
                    "{} more bytes would make the draft longer than {} KiB",
                    text.len(),
                    LONGEST / 1024
                ),
                "insert less, or send what stands first",
            );
            return;
        }
        self.edited();
    }

    /// Edits the field that has the keyboard, if one has.
    pub(crate) fn edit(&mut self, edit: Edit) {
        let Some((field, room)) = self.field() else {
            return;
        };
        let changes = !matches!(edit, Edit::Go(..) | Edit::MarkAll);
        match edit {
            Edit::Go(motion, marking) => field.go(motion, marking, room),
            Edit::Cut(motion) => field.delete(motion, room),
            Edit::MarkAll => field.mark_all(),
            Edit::Undo => field.undo(),
            Edit::Redo => field.redo(),
        }
        if changes {
            self.edited();
        }
    }

    /// Lets follow what follows from a change in the field that has the keyboard.
    pub(crate) fn edited(&mut self) {
        match self.keyboard() {
            Keyboard::Popup => {
                if let Some(popup) = self.popups.last_mut() {
                    popup.layer_mut().edited();
                }
            }
            Keyboard::Filter => self.inspector_edited(),
            Keyboard::Agent => self.workspace_edited(),
            _ => {
                self.phone.button = None;
                if let Some(standing) = self.phone.chat.composer.typed() {
                    self.order(Act::Typed { standing });
                }
            }
        }
    }
}
