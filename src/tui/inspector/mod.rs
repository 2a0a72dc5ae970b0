//! The inspector: what went over the wire, what is known of the conversation, and
//! what the journal has of earlier ones; how the wire is filtered and copied.
//!
//! It knows no phone: whose entries are listed, and which bubble is selected, it is told. What keys
//! and clicks do here is decided in `app`, and the agent workspace in the same pane draws itself.

pub(crate) mod chips;
pub(crate) mod copy;
pub(crate) mod facts;
pub(crate) mod filter;
pub(crate) mod journal;
pub(crate) mod json;
pub(crate) mod layout;
pub(crate) mod list;
pub(crate) mod pane;
pub(crate) mod past;
pub(crate) mod state;
pub(crate) mod summary;
pub(crate) mod tree;
pub(crate) mod wire;

use std::collections::BTreeMap;

use crate::{
    domain::ids::{EntryId, PhoneId},
    engine::{
        command::Format,
        update::{Past, Token},
    },
    tui::{
        inspector::{journal::Journal, state::State, tree::EntryTree, wire::Wire},
        text::edit::Editor,
    },
};

/// Questions whose answers are awaited at once; beyond that the oldest is given up.
const WAITING: usize = 32;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Wire,
    State,
    Agent,
    Journal,
}

impl Tab {
    /// All of them, in the order of the inspector's head.
    pub(crate) const ALL: [Self; 4] = [Self::Wire, Self::State, Self::Agent, Self::Journal];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Wire => "Wire",
            Self::State => "State",
            Self::Agent => "Agent",
            Self::Journal => "Journal",
        }
    }

    /// The one beside it, round the end.
    pub(crate) fn beside(self, on: bool) -> Self {
        let at = Self::ALL.iter().position(|tab| *tab == self).unwrap_or(0);
        let step = if on { 1 } else { Self::ALL.len() - 1 };
        Self::ALL[(at + step) % Self::ALL.len()]
    }
}

/// What an answer is for.
#[derive(Debug)]
pub(crate) enum For {
    /// The list of past conversations.
    List,
    /// The lines of a past conversation that is to be shown again.
    Reopen(Box<Past>),
    /// A conversation written out in this form.
    Export(Format),
    Recording,
}

/// What makes room while a past conversation is shown.
pub(crate) struct Parked {
    /// The phone that was in view.
    pub(crate) phone: Option<PhoneId>,
    pub(crate) wire: Wire,
    pub(crate) filter: Editor,
}

#[derive(Default)]
pub(crate) struct Inspector {
    pub(crate) tab: Tab,
    pub(crate) wire: Wire,
    /// The text of the filter, and whether it is being written.
    pub(crate) filter: Editor,
    pub(crate) filtering: bool,
    /// The first row of the wire list on screen.
    pub(crate) list_top: usize,
    /// Whether the selected entry is shown below the list, and its tree.
    pub(crate) is_open: bool,
    pub(crate) tree: EntryTree,
    /// Whether the wire of all phones is listed, not only of the one in view.
    pub(crate) all_phones: bool,
    pub(crate) tokens: Vec<Token>,
    pub(crate) state: State,
    pub(crate) journal: Journal,
    /// An entry and the row of the list it stood on when last drawn.
    pub(crate) anchor: Option<(EntryId, usize)>,
    pub(crate) parked: Option<Parked>,
    waiting: BTreeMap<u64, For>,
}

impl Inspector {
    /// An inspector that shows a tab.
    pub(crate) fn showing(tab: Tab) -> Self {
        Self {
            tab,
            ..Self::default()
        }
    }

    /// Notes what the answer of a number is for.
    pub(crate) fn wait(&mut self, ask: u64, purpose: For) {
        if self.waiting.len() == WAITING {
            self.waiting.pop_first();
        }
        self.waiting.insert(ask, purpose);
    }

    /// What the answer of a number is for; `None` when nobody waits for it.
    pub(crate) fn awaited(&mut self, ask: u64) -> Option<For> {
        self.waiting.remove(&ask)
    }
}
