//! The list of past conversations: what is searched for, what was found, and
//! where in it the keyboard stands.

use crate::{
    domain::time::Timestamp,
    engine::update::{Past, SearchResult},
    tui::text::{edit::Editor, width::top_with},
};

/// Conversations asked for at once; a search finds older ones.
pub(crate) const MOST: usize = 300;

/// Rows of the screen that a conversation takes.
pub(crate) const ROWS: u16 = 2;

#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) field: Editor,
    pub(crate) list: Vec<Past>,
    /// The conversation the keyboard stands on, and the first on screen.
    pub(crate) at: usize,
    pub(crate) top: usize,
    /// What the list was last found by; `None` before the first answer.
    pub(crate) found: Option<String>,
    /// Where the search ended that took too long: earlier conversations may have the words.
    pub(crate) back_to: Option<Timestamp>,
    /// What is being searched for. One search at a time: whatever is typed meanwhile is searched
    /// for when the answer is there.
    asking: Option<String>,
}

impl Journal {
    /// What to search for now, if anything; `anew` also when it is what the list was found by.
    pub(crate) fn want(&mut self, anew: bool) -> Option<String> {
        let needle = self.field.text().trim();
        let stale = anew || self.found.as_deref() != Some(needle);
        if self.asking.is_some() || !stale {
            return None;
        }
        self.asking = Some(needle.to_owned());
        self.asking.clone()
    }

    /// Takes in what was found.
    pub(crate) fn take(&mut self, result: SearchResult) {
        let chosen = self.chosen().map(|past| past.conversation.clone());
        let same = self.found == self.asking;
        self.found = self.asking.take();
        self.list = result.conversations;
        self.back_to = result.back_to;
        let kept = chosen.filter(|_| same).and_then(|chosen| {
            let mut ids = self.list.iter().map(|past| &past.conversation);
            ids.position(|id| *id == chosen)
        });
        self.at = kept.unwrap_or(0);
    }

    /// Gives the search up.
    pub(crate) fn give_up(&mut self) {
        self.found = self.asking.take();
    }

    pub(crate) fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    /// The conversation the keyboard stands on.
    pub(crate) fn chosen(&self) -> Option<&Past> {
        self.list.get(self.at)
    }

    /// Brings the chosen row into view.
    pub(crate) fn prepare(&mut self, height: u16) {
        self.at = self.at.min(self.list.len().saturating_sub(1));
        self.top = top_with(self.top, self.at, self.list.len(), height / ROWS);
    }

    /// The conversation on a row of the list as it is drawn.
    pub(crate) fn at_row(&self, row: u16) -> Option<usize> {
        let at = self.top + usize::from(row / ROWS);
        (at < self.list.len()).then_some(at)
    }
}
