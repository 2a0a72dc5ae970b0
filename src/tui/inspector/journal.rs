//! The list of past conversations: what is searched for, what was found, and
//! where in it the keyboard stands.

use crate::{engine::update::Past, tui::text::edit::Editor};

/// Conversations asked for at once; a search finds older ones.
pub(crate) const MOST: usize = 300;

/// The list with its search.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    pub(crate) field: Editor,
    pub(crate) list: Vec<Past>,
    /// The row the keyboard stands on, and the first row on screen.
    pub(crate) at: usize,
    pub(crate) top: usize,
    /// What the list was last found by; `None` before the first answer.
    pub(crate) found: Option<String>,
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
    pub(crate) fn take(&mut self, list: Vec<Past>) {
        let chosen = self.chosen().map(|past| past.conversation.clone());
        let same = self.found == self.asking;
        self.found = self.asking.take();
        self.list = list;
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

    /// Whether an answer is awaited.
    pub(crate) fn is_asking(&self) -> bool {
        self.asking.is_some()
    }

    /// The conversation the keyboard stands on.
    pub(crate) fn chosen(&self) -> Option<&Past> {
        self.list.get(self.at)
    }

    /// Brings the chosen row into view.
    pub(crate) fn prepare(&mut self, height: u16) {
        let height = usize::from(height).max(1);
        self.at = self.at.min(self.list.len().saturating_sub(1));
        self.top = self
            .top
            .clamp((self.at + 1).saturating_sub(height), self.at);
        self.top = self.top.min(self.list.len().saturating_sub(height));
    }
}
