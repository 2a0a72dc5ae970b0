//! Writing and editing in whichever text field has the keyboard.

use crate::{
    domain::notice::Severity,
    tui::{
        app::{
            keyboard::{ChatPane, Keyboard},
            model::Model,
        },
        chat::composer::refused_for_good,
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
            Keyboard::Find(pane) => {
                let find = self.chat_mut(pane)?.find.as_mut()?;
                Some((&mut find.field, ONE_ROW))
            }
            Keyboard::Phone if self.phone.past().is_some() => None,
            at => {
                let composer = &mut self.chat_mut(at.chat_pane()?)?.composer;
                let room = composer.room();
                Some((&mut composer.field, room))
            }
        }
    }

    /// Whether the field that has the keyboard holds one row only.
    fn is_one_row(&self) -> bool {
        match self.popups.last() {
            Some(Popup::Raw(_)) => false,
            Some(_) => true,
            None => matches!(self.keyboard(), Keyboard::Filter | Keyboard::Find(_)),
        }
    }

    /// Writes a text where the keyboard writes; whether it fits into a field there.
    pub(crate) fn write(&mut self, text: &str) -> bool {
        let one_row = self.is_one_row();
        let Some((field, _)) = self.field() else {
            if let Some(popup) = self.popups.last_mut() {
                popup.layer_mut().typed(text);
            }
            return false;
        };
        let fitted = if one_row {
            field.insert(&text.replace(['\r', '\n'], " "))
        } else {
            field.insert(text)
        };
        if fitted {
            self.edited();
        } else {
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
        }
        fitted
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
            Keyboard::Find(pane) => self.find_edited(pane),
            at => self.draft_changed(at.chat_pane().unwrap_or(ChatPane::Phone)),
        }
    }

    /// Begins a draft in the composer for the person to finish.
    pub(crate) fn begin_draft(&mut self, draft: &str) {
        self.go_to_composer();
        self.phone.chat.composer.field = Editor::holding(draft);
        self.edited();
    }

    /// Puts the failed message of a pane back into its draft to be shortened, where it is too long for
    /// the cloud; whether it is. Something else that is written there stays.
    pub(crate) fn put_back_too_long(&mut self, pane: ChatPane) -> bool {
        let Some(chat) = self.chat_mut(pane) else {
            return false;
        };
        let line = chat.failed().and_then(|id| chat.lines.get(id));
        let Some(text) = line.and_then(refused_for_good).map(str::to_owned) else {
            return false;
        };
        if chat.composer.field.is_empty() {
            chat.composer.field = Editor::holding(&text);
            self.draft_changed(pane);
        } else {
            let title = "the message is too long to be sent again";
            let hint = "send or delete the draft first: then its text comes back there";
            self.tell(Severity::Info, title, "", hint);
        }
        true
    }
}
