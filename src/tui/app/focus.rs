//! What has the keyboard, and which panes are shown.

use std::{io, sync::Arc};

/// What has the keyboard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    Composer,
    /// The inspector; of the wire, its list.
    List,
    /// The opened entry of the wire.
    Tree,
}

impl Focus {
    /// The same in the inspector, whose list has the keyboard where the composer had it.
    pub(crate) fn in_inspector(self) -> Self {
        match self {
            Self::Composer => Self::List,
            inside => inside,
        }
    }
}

/// Which panes are shown where both fit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Panes {
    /// Phone and inspector side by side.
    #[default]
    Both,
    /// One at a time, first the phone.
    Phone,
    /// One at a time, first the inspector.
    Inspector,
}

impl Panes {
    /// All of them, in the order one key goes through them.
    pub const ALL: [Self; 3] = [Self::Both, Self::Phone, Self::Inspector];

    /// The word it is kept by over restarts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Phone => "phone",
            Self::Inspector => "wire",
        }
    }
}

/// Keeps which panes are shown for the next start.
pub type KeepPanes = Arc<dyn Fn(Panes) -> io::Result<()> + Send + Sync>;
