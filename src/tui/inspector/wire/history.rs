//! How the window on the journal moves.
//!
//! Live entries come in at its newer end as long as it reaches there. Whoever
//! scrolls past its older end is given the page before from the journal, and
//! the other end lets go of as many; from then on it stands apart from the
//! newest until somebody scrolls back or jumps there. So any number of entries
//! can be paged through in the same memory.

use crate::{
    domain::{
        exchange::Entry,
        ids::{ConversationId, EntryId},
    },
    engine::command::Question,
    tui::inspector::wire::{KeptEntry, Wire},
};

/// Entries asked of the journal at once.
pub(crate) const PAGE: usize = 500;

/// Which part of the journal was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WantedPage {
    /// What is older than all that is held.
    Older,
    Newest,
    /// What is newer than all that is held. The journal tells what comes before an entry only, so
    /// this asks for what comes before one that lies `step` numbers ahead; of those the first
    /// `none` are known not to be there.
    Ahead {
        step: u64,
        none: u64,
    },
}

/// Where the window stands.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Lowest and highest of what is held without a hole.
    window: Option<(EntryId, EntryId)>,
    /// Only this conversation is shown.
    conversation: Option<ConversationId>,
    /// The highest number that was seen, held or not.
    newest: Option<EntryId>,
    /// There are newer ones that are not held.
    apart: bool,
    /// Older ones are left to the journal, so what comes late of them is not taken in.
    trimmed: bool,
    /// The journal has nothing older.
    complete: bool,
    wanted: Option<WantedPage>,
    /// The number the question was asked with.
    asked: Option<u64>,
}

impl History {
    pub(crate) fn of(conversation: ConversationId) -> Self {
        Self {
            conversation: Some(conversation),
            ..Self::default()
        }
    }

    /// Whether an entry lies in the window.
    pub(crate) fn covers(&self, id: EntryId) -> bool {
        self.window
            .is_some_and(|(low, high)| (low..=high).contains(&id))
    }

    fn widen(&mut self, id: EntryId) {
        self.window = Some(match self.window {
            Some((low, high)) => (low.min(id), high.max(id)),
            None => (id, id),
        });
        self.newest = self.newest.max(Some(id));
    }

    fn question(&self, before: Option<EntryId>) -> Question {
        Question::Entries {
            before,
            conversation: self.conversation.clone(),
            limit: PAGE,
        }
    }

    fn want(&mut self, page: WantedPage) -> Question {
        self.wanted = Some(page);
        self.asked = None;
        let (low, high) = self.window.unzip();
        match page {
            WantedPage::Older => self.question(low),
            WantedPage::Newest => self.question(None),
            WantedPage::Ahead { step, .. } => {
                let high = high.unwrap_or(EntryId(0)).0;
                self.question(Some(EntryId(high.saturating_add(step).saturating_add(1))))
            }
        }
    }
}

impl Wire {
    /// Takes in an entry as it happens, or what is news of one.
    pub(crate) fn put(&mut self, entry: Entry) {
        let id = entry.id;
        let kept = KeptEntry::new(entry);
        if self.entries.contains_key(&id) {
            return self.hold(kept);
        }
        let news = self.history.newest.is_none_or(|newest| id > newest);
        if news {
            self.history.newest = Some(id);
            if (self.selected.is_some() || self.history.apart) && self.passes(&kept) {
                self.missed += 1;
            }
        }
        if let Some((low, high)) = self.history.window {
            let late = id < low && self.history.trimmed;
            if late || (id > high && self.history.apart) {
                return;
            }
        }
        if self.entries.len() - self.pinned.len() >= super::KEPT && self.reads_old() {
            // What is read now would be let go of soon.
            self.history.apart = true;
            return;
        }
        self.hold(kept);
        self.history.widen(id);
        while self.is_overfull() {
            self.drop_oldest();
        }
    }

    /// Whether the selected entry stands in the older half of the list.
    fn reads_old(&self) -> bool {
        let row = self.selected.and_then(|id| self.row(id));
        row.is_some_and(|row| row < self.listed.len() / 2)
    }

    fn drop_oldest(&mut self) {
        let Some((low, high)) = self.history.window else {
            return;
        };
        let mut ids = self.entries.range(low..=high).map(|(id, _)| *id);
        let Some(id) = ids.find(|id| !self.pinned.contains(id)) else {
            return;
        };
        let next = ids.next();
        self.let_go(id);
        self.history.window = next.map(|next| (next, high));
        self.history.trimmed = true;
        self.history.complete = false;
    }

    fn drop_newest(&mut self) {
        let Some((low, high)) = self.history.window else {
            return;
        };
        let mut ids = self.entries.range(low..=high).rev().map(|(id, _)| *id);
        let Some(id) = ids.find(|id| !self.pinned.contains(id)) else {
            return;
        };
        let next = ids.next();
        self.let_go(id);
        self.history.window = next.map(|next| (low, next));
        self.history.apart = true;
    }

    /// What to ask the journal for when somebody scrolls past the oldest.
    pub(crate) fn want_older(&mut self) -> Option<Question> {
        let idle = self.history.wanted.is_none() && !self.history.complete;
        idle.then(|| self.history.want(WantedPage::Older))
    }

    /// What to ask the journal for when somebody scrolls past the newest of those held.
    pub(crate) fn want_newer(&mut self) -> Option<Question> {
        let idle = self.history.wanted.is_none() && self.history.apart;
        let page = WantedPage::Ahead {
            step: PAGE as u64,
            none: 0,
        };
        idle.then(|| self.history.want(page))
    }

    /// Follows the newest; what to ask the journal for when it is not held.
    pub(crate) fn follow(&mut self) -> Option<Question> {
        self.select(None);
        if !self.history.apart {
            return None;
        }
        for id in self.entries.keys().copied().collect::<Vec<_>>() {
            if !self.pinned.contains(&id) {
                self.let_go(id);
            }
        }
        self.history.window = None;
        self.history.apart = false;
        self.history.complete = false;
        Some(self.history.want(WantedPage::Newest))
    }

    /// What to ask the journal for first, when nothing comes by itself.
    pub(crate) fn want_newest(&mut self) -> Question {
        self.history.want(WantedPage::Newest)
    }

    /// Notes the number the last question was asked with.
    pub(crate) fn asked_as(&mut self, ask: u64) {
        self.history.asked = Some(ask);
    }

    /// Whether the answer of this number is awaited.
    pub(crate) fn awaits(&self, ask: u64) -> bool {
        self.history.asked == Some(ask)
    }

    /// Whether any answer of the journal is awaited.
    pub(crate) fn is_asking(&self) -> bool {
        self.history.wanted.is_some()
    }

    /// Gives up what was asked for.
    pub(crate) fn give_up(&mut self) {
        self.history.wanted = None;
        self.history.asked = None;
    }

    /// Whether the newest there is are held.
    pub(crate) fn reaches_newest(&self) -> bool {
        !self.history.apart
    }

    /// Whether the journal is known to have nothing older.
    pub(crate) fn is_complete(&self) -> bool {
        self.history.complete
    }

    /// Takes in what the journal answered, newest first; gives what to ask next, if anything.
    pub(crate) fn take(&mut self, entries: Vec<Entry>) -> Option<Question> {
        self.history.asked = None;
        match self.history.wanted.take()? {
            WantedPage::Older | WantedPage::Newest if entries.is_empty() => {
                self.history.complete = true;
                None
            }
            page @ (WantedPage::Older | WantedPage::Newest) => {
                for entry in entries {
                    let id = entry.id;
                    self.history.widen(id);
                    self.hold(KeptEntry::new(entry));
                }
                while self.is_overfull() {
                    if page == WantedPage::Older {
                        self.drop_newest();
                    } else {
                        self.drop_oldest();
                    }
                }
                self.history.trimmed = true;
                None
            }
            WantedPage::Ahead { step, none } => self.take_ahead(entries, step, none),
        }
    }

    fn take_ahead(&mut self, entries: Vec<Entry>, step: u64, none: u64) -> Option<Question> {
        let (_, high) = self.history.window?;
        let seen = self.history.newest.unwrap_or(high);
        // A page that does not reach down to what is held may have a hole below it.
        let joins = entries.iter().any(|entry| entry.id <= high) || step - none <= 1;
        if !joins && !entries.is_empty() {
            let step = none + (step - none) / 2;
            return Some(self.history.want(WantedPage::Ahead { step, none }));
        }
        let fresh: Vec<Entry> = entries
            .into_iter()
            .filter(|entry| entry.id > high)
            .collect();
        if fresh.is_empty() {
            if high.0.saturating_add(step) >= seen.0 {
                self.history.apart = false;
                return None;
            }
            let page = WantedPage::Ahead {
                step: step.saturating_mul(2),
                none: step,
            };
            return Some(self.history.want(page));
        }
        for entry in fresh {
            self.history.widen(entry.id);
            self.hold(KeptEntry::new(entry));
        }
        while self.is_overfull() {
            self.drop_oldest();
        }
        self.history.apart = self.history.window.is_some_and(|(_, high)| high < seen);
        None
    }
}
