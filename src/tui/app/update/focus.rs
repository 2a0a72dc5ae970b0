//! Which panes are shown and which of them has the keyboard. To look at something never takes the
//! keyboard away from the composer.

use std::io;

use crate::{
    domain::notice::Severity,
    tui::{
        app::{
            focus::{Focus, Panes},
            kept::Stale,
            keyboard::{ChatPane, Keyboard},
            model::Model,
        },
        commands::keys::{Action, Chord, Context, Key},
        inspector::Tab,
        text::width::SPLIT,
    },
};

impl Model {
    /// Gives the keyboard to the composer, and brings the phone into view.
    pub(crate) fn go_to_composer(&mut self) {
        (self.focus, self.peeks) = (Focus::Composer, false);
        self.inspector.filtering = false;
    }

    /// Whether the composer has the keyboard while it is the inspector that is shown.
    pub(crate) fn is_peeking(&self) -> bool {
        self.peeks && self.focus == Focus::Composer && self.layout.phone.is_none()
    }

    /// Whether both panes are on the screen.
    fn shows_both(&self) -> bool {
        self.panes == Panes::Both && self.layout.area.width >= SPLIT
    }

    /// Whether the inspector is on the screen.
    pub(crate) fn shows_inspector(&self) -> bool {
        self.shows_both() || self.peeks || self.focus != Focus::Composer
    }

    /// Whether a message is being written on the phone in view.
    pub(crate) fn is_drafting(&self) -> bool {
        self.phone.past().is_none() && !self.phone.chat.composer.field.text().trim().is_empty()
    }

    /// Shows a tab of the inspector. The keyboard stays where it is: in the inspector, or in the
    /// composer.
    pub(crate) fn show_tab(&mut self, tab: Tab) {
        self.inspector.filtering = false;
        if self.focus == Focus::Composer {
            self.peeks = !self.shows_both();
        } else {
            self.focus = Focus::List;
        }
        self.inspector.tab = tab;
        if tab == Tab::Journal {
            self.search_journal(true);
        }
    }

    /// Shows a tab of the inspector and gives it the keyboard.
    pub(crate) fn go_to_tab(&mut self, tab: Tab) {
        self.show_tab(tab);
        self.focus = Focus::List;
    }

    /// Shows a tab that was asked for by its name: it gets the keyboard unless a draft has it.
    pub(crate) fn choose_tab(&mut self, tab: Tab) {
        if self.focus == Focus::Composer && self.is_drafting() {
            self.show_tab(tab);
        } else {
            self.go_to_tab(tab);
        }
    }

    /// Goes on from both panes to the phone alone, to the inspector alone, and to both again. Where
    /// both do not fit, it goes from one to the other.
    pub(crate) fn turn_panes(&mut self) {
        if self.workspace.alone {
            return;
        }
        let both_fit = self.layout.area.width >= SPLIT;
        let next = if !self.shows_inspector() {
            Panes::Inspector
        } else if both_fit && self.panes != Panes::Both {
            Panes::Both
        } else {
            Panes::Phone
        };
        if both_fit {
            self.panes = next;
            self.errands.panes = Some(next);
        }
        match next {
            Panes::Both => self.peeks = false,
            Panes::Phone => self.go_to_composer(),
            Panes::Inspector => self.peeks = self.focus == Focus::Composer,
        }
    }

    /// What the key of [`turn_panes`](Self::turn_panes) does next, for the inspector's head.
    pub(crate) fn panes_word(&self) -> String {
        let key = self.ui.shown(Action::TurnPanes);
        let word = if self.shows_both() {
            "hide"
        } else if self.layout.area.width < SPLIT {
            "phone"
        } else {
            "both"
        };
        format!("{key} {word}")
    }

    /// Says that the panes in view are not kept for the next start.
    pub(crate) fn tell_panes_not_kept(&mut self, fault: &io::Error) {
        let title = "which panes are shown is not kept for the next start";
        let hint = "is the data folder writable?";
        self.tell(Severity::Warning, title, &fault.to_string(), hint);
    }

    /// Opens the selected entry of the wire, and goes on in it.
    pub(crate) fn open_entry(&mut self) {
        if self.inspector.wire.selected().is_none() {
            return self.tell(Severity::Info, "there is no entry to open", "", "");
        }
        self.inspector.is_open = true;
        self.focus = Focus::Tree;
        // The next key may come before the next frame, and be about a row of it.
        let entry = self.inspector.wire.selected();
        let entry = entry.and_then(|id| self.inspector.wire.get(id));
        self.inspector.tree.prepare(entry, 0, 0);
    }

    /// Goes from the opened entry back to the list; from the list, closes the entry.
    pub(crate) fn leave_entry(&mut self) {
        if self.focus == Focus::Tree {
            self.focus = Focus::List;
        } else {
            self.inspector.is_open = false;
        }
    }

    /// Closes the opened entry; the list has the keyboard.
    pub(crate) fn close_entry(&mut self) {
        self.inspector.is_open = false;
        self.focus = Focus::List;
    }

    /// Shows the selected entry byte for byte, or as a tree again.
    pub(crate) fn turn_raw_bytes(&mut self) {
        if !self.inspector.is_open {
            self.open_entry();
        }
        self.inspector.tree.turn_raw();
    }

    /// Whether the keyboard came to the selected bubble from its entry in the wire.
    pub(crate) fn is_jumped_to(&self) -> bool {
        self.jumped_to.is_some() && self.jumped_to == self.phone.chat.selected
    }

    /// Goes back to the entry the keyboard came from; it stays selected.
    pub(crate) fn back_to_entry(&mut self) {
        let entry = self.inspector.wire.picked();
        self.select(ChatPane::Phone, None);
        self.inspector.wire.select(entry);
        self.jumped_to = None;
        self.go_to_tab(Tab::Wire);
    }

    /// What a key does before its meaning is looked up where the keyboard is. On the inspector a key
    /// that writes goes on with the draft, or begins one where it has no meaning there. Where the
    /// inspector is but looked at, what moves gives it the keyboard.
    pub(crate) fn redirect(&mut self, chord: Chord) -> Option<Stale> {
        match self.keyboard() {
            Keyboard::Wire | Keyboard::State | Keyboard::Journal | Keyboard::EmptyWorkspace => {
                let Key::Char(c) = chord.key else {
                    return None;
                };
                let has_meaning = self.inspector_action(chord).is_some();
                let goes_on = chord.writes() && (self.is_drafting() || !has_meaning);
                if !goes_on || self.workspace.alone || self.phone.past().is_some() {
                    return None;
                }
                self.go_to_composer();
                self.write(c.encode_utf8(&mut [0; 4]));
                Some(Stale::All)
            }
            Keyboard::Phone if self.is_peeking() => {
                let browses = [Context::Browse, Context::Wire];
                let moves = self.ui.keymap.action(&browses, chord);
                let pages = matches!(chord.key, Key::PageUp | Key::PageDown);
                let plain = !chord.ctrl && !chord.alt;
                if chord.key == Key::Enter && self.is_drafting() {
                    // Nobody sends what is not in view.
                    self.peeks = false;
                    return Some(Stale::All);
                }
                if !chord.writes() && (moves.is_some() || (pages && plain)) {
                    self.focus = Focus::List;
                }
                None
            }
            Keyboard::Phone
            | Keyboard::Find(_)
            | Keyboard::Popup
            | Keyboard::Filter
            | Keyboard::Agent => None,
        }
    }

    /// What a key that writes means where the keyboard is; a capital letter means what the small
    /// one does.
    pub(crate) fn inspector_action(&self, chord: Chord) -> Option<Action> {
        let find = |chord| self.ui.keymap.action(self.contexts(), chord);
        let small = match chord.key {
            Key::Char(c) if c.is_ascii_uppercase() && chord.writes() => {
                Chord::plain(Key::Char(c.to_ascii_lowercase()))
            }
            _ => chord,
        };
        find(chord).or_else(|| find(small))
    }
}
