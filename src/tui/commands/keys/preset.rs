//! Sets of keys to begin with.

use crate::tui::commands::keys::{Action, Context, Keymap};

/// A set of keys to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preset {
    /// A plain text box.
    Plain,
    /// Cursor and lists as in emacs and in shells.
    Emacs,
    /// Lists and the inspector as in vim; the composer stays a text box.
    Vim,
}

/// The keys of an action in a context, in place of those of the table.
type Bound = (Context, Action, &'static [&'static str]);

const EMACS: &[Bound] = &[
    (Context::Edit, Action::Home, &["home", "ctrl+a"]),
    (Context::Edit, Action::End, &["end", "ctrl+e"]),
    (Context::Edit, Action::Left, &["left", "ctrl+b"]),
    (Context::Edit, Action::Right, &["right", "ctrl+f"]),
    (Context::Edit, Action::Up, &["up", "ctrl+p"]),
    (Context::Edit, Action::Down, &["down", "ctrl+n"]),
    (
        Context::Edit,
        Action::WordLeft,
        &["ctrl+left", "alt+left", "alt+b"],
    ),
    (
        Context::Edit,
        Action::WordRight,
        &["ctrl+right", "alt+right", "alt+f"],
    ),
    (Context::Edit, Action::Delete, &["delete", "ctrl+d"]),
    (
        Context::Edit,
        Action::DeleteWordForward,
        &["ctrl+delete", "alt+delete", "alt+d"],
    ),
    // Ctrl+/ arrives as Ctrl+7.
    (Context::Edit, Action::Undo, &["ctrl+z", "ctrl+7"]),
    (Context::Edit, Action::SelectAll, &["alt+h"]),
    (Context::Browse, Action::RowUp, &["up", "ctrl+p"]),
    (Context::Browse, Action::RowDown, &["down", "ctrl+n"]),
    (Context::Browse, Action::RowFirst, &["home", "alt+<"]),
    (Context::Browse, Action::RowLast, &["end", "alt+>"]),
    (Context::Everywhere, Action::Palette, &["alt+z", "ctrl+p"]),
    (Context::Everywhere, Action::Find, &["ctrl+s", "ctrl+f"]),
    (
        Context::Everywhere,
        Action::PageDown,
        &["pagedown", "ctrl+v"],
    ),
    (Context::Everywhere, Action::Fetch, &["alt+j"]),
    (Context::Everywhere, Action::First, &["ctrl+home", "alt+<"]),
    (Context::Everywhere, Action::Last, &["ctrl+end", "alt+>"]),
    (Context::Form, Action::SaveAndBegin, &["alt+enter"]),
    (Context::Workspace, Action::BackToQueue, &["alt+q"]),
];

const VIM: &[Bound] = &[
    (Context::Browse, Action::RowUp, &["up", "k"]),
    (Context::Browse, Action::RowDown, &["down", "j"]),
    (Context::Browse, Action::RowFirst, &["home", "g"]),
    (Context::Browse, Action::RowLast, &["end", "G"]),
    // Not in every list: where one types to find, Ctrl+U deletes.
    (
        Context::Inspector,
        Action::PageUp,
        &["pageup", "ctrl+b", "ctrl+u"],
    ),
    (
        Context::Inspector,
        Action::PageDown,
        &["pagedown", "ctrl+f", "ctrl+d"],
    ),
    (Context::Wire, Action::OpenEntry, &["right", "l"]),
    (Context::Wire, Action::LeaveEntry, &["left", "h"]),
    // `j` and `g` move there as everywhere.
    (Context::Wire, Action::CopyJson, &["J"]),
    (Context::Wire, Action::JumpToBubble, &["t"]),
    (Context::State, Action::CopyValue, &["c", "y"]),
];

impl Preset {
    pub(crate) const ALL: [(&'static str, Self); 3] = [
        ("plain", Self::Plain),
        ("emacs", Self::Emacs),
        ("vim", Self::Vim),
    ];

    /// The keys of the table with those of the preset in their places.
    pub(crate) fn keymap(self) -> Keymap {
        let mut map = Keymap::plain();
        let bound = match self {
            Self::Plain => &[],
            Self::Emacs => EMACS,
            Self::Vim => VIM,
        };
        for (context, action, keys) in bound {
            let chords = keys.iter().map(|key| {
                key.parse()
                    .expect("every key of a preset can be read, as a test checks")
            });
            map.bind(*context, *action, chords.collect());
        }
        map
    }
}
