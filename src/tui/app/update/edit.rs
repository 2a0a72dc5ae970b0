//! Writing and editing in whichever text field has the keyboard.

use crate::{
    domain::{conversation::event::Act, notice::Severity},
    tui::{
        app::model::{Focus, Model},
        commands::keys::Action,
        popups::Popup,
        text::edit::{Editor, LONGEST, Motion},
    },
};

/// Room for fields that are never wrapped.
const ONE_ROW: usize = usize::MAX;

/// What an action does in a text field.
enum Edit {
    Go(Motion, bool),
    Cut(Motion),
    MarkAll,
    Undo,
    Redo,
}

fn edit(action: Action) -> Option<Edit> {
    Some(match action {
        Action::Left => Edit::Go(Motion::Left, false),
        Action::Right => Edit::Go(Motion::Right, false),
        Action::Up => Edit::Go(Motion::Up, false),
        Action::Down => Edit::Go(Motion::Down, false),
        Action::Home => Edit::Go(Motion::Home, false),
        Action::End => Edit::Go(Motion::End, false),
        Action::WordLeft => Edit::Go(Motion::WordLeft, false),
        Action::WordRight => Edit::Go(Motion::WordRight, false),
        Action::SelectLeft => Edit::Go(Motion::Left, true),
        Action::SelectRight => Edit::Go(Motion::Right, true),
        Action::SelectUp => Edit::Go(Motion::Up, true),
        Action::SelectDown => Edit::Go(Motion::Down, true),
        Action::SelectHome => Edit::Go(Motion::Home, true),
        Action::SelectEnd => Edit::Go(Motion::End, true),
        Action::SelectWordLeft => Edit::Go(Motion::WordLeft, true),
        Action::SelectWordRight => Edit::Go(Motion::WordRight, true),
        Action::SelectAll => Edit::MarkAll,
        Action::Backspace => Edit::Cut(Motion::Left),
        Action::Delete => Edit::Cut(Motion::Right),
        Action::DeleteWordBack => Edit::Cut(Motion::WordLeft),
        Action::DeleteWordForward => Edit::Cut(Motion::WordRight),
        Action::DeleteToStart => Edit::Cut(Motion::Home),
        Action::DeleteToEnd => Edit::Cut(Motion::End),
        Action::Undo => Edit::Undo,
        Action::Redo => Edit::Redo,
        _ => return None,
    })
}

impl Model {
    /// The field that has the keyboard, with the room its rows are wrapped into.
    fn field(&mut self) -> Option<(&mut Editor, usize)> {
        if !self.popups.is_empty() {
            let (field, room) = self.popups.last_mut()?.layer_mut().field()?;
            return Some((field, room.unwrap_or(ONE_ROW)));
        }
        if self.inspector.filtering {
            return Some((self.bench_field(), ONE_ROW));
        }
        if self.is_at_desk() {
            return self.desk_field();
        }
        if self.phone.past.is_some() {
            return None;
        }
        let room = self.phone.composer.room();
        (self.focus == Focus::Composer).then_some((&mut self.phone.composer.field, room))
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

    /// Carries an editing action out; returns whether it was one.
    pub(crate) fn edit(&mut self, action: Action) -> bool {
        let Some(edit) = edit(action) else {
            return false;
        };
        let Some((field, room)) = self.field() else {
            return true;
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
        true
    }

    /// Lets follow what follows from a change in the field that has the keyboard.
    pub(crate) fn edited(&mut self) {
        if let Some(popup) = self.popups.last_mut() {
            popup.layer_mut().edited();
        } else if self.inspector.filtering {
            self.bench_edited();
        } else if self.is_at_desk() {
            self.desk_edited();
        } else {
            self.phone.button = None;
            if let Some(standing) = self.phone.composer.typed() {
                self.order(Act::Typed { standing });
            }
        }
    }
}
