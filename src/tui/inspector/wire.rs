//! The wire entries held for the inspector, which of them are listed, and which
//! bubbles they belong to.
//!
//! What is held is a window on the journal: entries without a hole between
//! them, at most [`KEPT`], and besides them those somebody pinned. How the
//! window moves is told in [`history`].

pub(crate) mod history;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Outcome},
        ids::{ConversationId, EntryId, ItemId, PhoneId},
        inbound::Verdict,
    },
    tui::inspector::{
        filter::Filter,
        summary::{Summary, kinds, summary},
    },
};

/// Entries held; beyond that one end of the window lets go of them, the journal keeps them.
pub(crate) const KEPT: usize = 5_000;

/// Bytes of bodies held; beyond that the window gets shorter too.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

/// Entries that can be pinned; one more is refused.
pub(crate) const PINS: usize = 200;

/// Pairs of entry and bubble remembered, of entries held or not; beyond that those of the oldest
/// entries are forgotten.
const LINKED: usize = 4 * KEPT;

struct KeptEntry {
    entry: Entry,
    summary: Summary,
    /// In lower case, for the filter.
    kinds: String,
    bytes: usize,
    /// What a webhook that was taken has in common with its duplicates.
    twin: Option<u64>,
}

impl KeptEntry {
    fn new(entry: Entry) -> Self {
        let summary = summary(&entry);
        Self {
            kinds: kinds(&entry, &summary),
            bytes: body_bytes(&entry),
            twin: twin(&entry),
            summary,
            entry,
        }
    }
}

/// The wire as the inspector has it.
#[derive(Default)]
pub(crate) struct Wire {
    entries: BTreeMap<EntryId, KeptEntry>,
    bytes: usize,
    history: history::History,
    /// The entries that pass the filter, oldest first.
    listed: VecDeque<EntryId>,
    typed: String,
    filter: Filter,
    /// What is wrong with what was typed; what was right before still filters.
    fault: Option<String>,
    /// When set, only entries of this phone and those all phones share are listed.
    scope: Option<PhoneId>,
    /// When set, only the entries of this bubble are listed.
    only: Option<ItemId>,
    only_pinned: bool,
    pinned: BTreeSet<EntryId>,
    selected: Option<EntryId>,
    /// How many came that would be listed since the newest is no longer followed.
    missed: u64,
    links: usize,
    /// The webhooks held that are alike.
    twins: HashMap<u64, BTreeSet<EntryId>>,
    items_of: BTreeMap<EntryId, BTreeSet<ItemId>>,
    entries_of: HashMap<ItemId, BTreeSet<EntryId>>,
}

impl Wire {
    /// The wire of one conversation, all of which comes from the journal.
    pub(crate) fn of(conversation: ConversationId) -> Self {
        Self {
            history: history::History::of(conversation),
            ..Self::default()
        }
    }

    /// Puts an entry among those held, or replaces what is known of it.
    fn hold(&mut self, kept: KeptEntry) {
        let id = kept.entry.id;
        self.bytes += kept.bytes;
        if let Some(twin) = kept.twin {
            self.twins.entry(twin).or_default().insert(id);
        }
        let passes = self.passes(&kept);
        if let Some(earlier) = self.entries.insert(id, kept) {
            self.bytes -= earlier.bytes;
        }
        match self.listed.binary_search(&id) {
            Ok(at) if !passes => {
                self.listed.remove(at);
            }
            Err(at) if passes => self.listed.insert(at, id),
            _ => {}
        }
    }

    fn let_go(&mut self, id: EntryId) {
        let Some(kept) = self.entries.remove(&id) else {
            return;
        };
        self.bytes -= kept.bytes;
        if let Some(twin) = kept.twin
            && let Some(alike) = self.twins.get_mut(&twin)
        {
            alike.remove(&id);
            if alike.is_empty() {
                self.twins.remove(&twin);
            }
        }
        if let Ok(at) = self.listed.binary_search(&id) {
            self.listed.remove(at);
        }
        if self.selected == Some(id) {
            self.selected = None;
        }
    }

    /// Whether more is held than there is room for; what is pinned does not count.
    fn is_overfull(&self) -> bool {
        let unpinned = self.entries.len() - self.pinned.len();
        unpinned > KEPT || (self.bytes > KEPT_BYTES && unpinned > 1)
    }

    /// Notes that an entry belongs to bubbles.
    pub(crate) fn link(&mut self, entry: EntryId, items: Vec<ItemId>) {
        let shown = items.iter().any(|item| self.only == Some(*item));
        for item in &items {
            if self.entries_of.entry(*item).or_default().insert(entry) {
                self.links += 1;
            }
        }
        self.items_of.entry(entry).or_default().extend(items);
        while self.links > LINKED
            && let Some((oldest, items)) = self.items_of.pop_first()
        {
            self.links -= items.len();
            for item in items {
                if let Some(entries) = self.entries_of.get_mut(&item) {
                    entries.remove(&oldest);
                    if entries.is_empty() {
                        self.entries_of.remove(&item);
                    }
                }
            }
        }
        if shown {
            self.list();
        }
    }

    fn passes(&self, kept: &KeptEntry) -> bool {
        let Entry { id, phone, .. } = kept.entry;
        let in_scope = match (self.scope, phone) {
            (Some(scope), Some(phone)) => scope == phone,
            _ => true,
        };
        in_scope
            && (!self.only_pinned || self.pinned.contains(&id))
            && self.only.is_none_or(|item| self.are_linked(id, item))
            && self.filter.passes(&kept.entry, &kept.summary, &kept.kinds)
    }

    fn list(&mut self) {
        self.listed = self
            .entries
            .iter()
            .filter(|(_, kept)| self.passes(kept))
            .map(|(id, _)| *id)
            .collect();
        self.missed = 0;
    }

    /// Lists only what passes this filter; one that is wrong changes nothing but the fault told.
    pub(crate) fn filter(&mut self, typed: &str) {
        typed.trim().clone_into(&mut self.typed);
        match Filter::read(typed) {
            Err(fault) => self.fault = Some(fault),
            Ok(filter) => {
                self.fault = None;
                if filter != self.filter {
                    self.filter = filter;
                    self.list();
                }
            }
        }
    }

    /// The filter as it was typed; empty when there is none.
    pub(crate) fn needle(&self) -> &str {
        &self.typed
    }

    /// What is wrong with the filter as it was typed.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Lists only the entries of a phone and what all share, or those of all phones.
    pub(crate) fn show_of(&mut self, scope: Option<PhoneId>) {
        if self.scope != scope {
            self.scope = scope;
            self.list();
        }
    }

    /// Lists only the entries of a bubble, or all again.
    pub(crate) fn only(&mut self, item: Option<ItemId>) {
        self.only = item;
        self.list();
    }

    /// The bubble whose entries alone are listed.
    pub(crate) fn only_of(&self) -> Option<ItemId> {
        self.only
    }

    /// Pins an entry or takes the pin out; false when there are too many pins.
    pub(crate) fn pin(&mut self, id: EntryId) -> bool {
        if self.pinned.contains(&id) {
            self.pinned.remove(&id);
            if !self.history.covers(id) {
                self.let_go(id);
            }
        } else if self.pinned.len() == PINS {
            return false;
        } else if self.entries.contains_key(&id) {
            self.pinned.insert(id);
        }
        if self.only_pinned {
            self.list();
        }
        true
    }

    pub(crate) fn is_pinned(&self, id: EntryId) -> bool {
        self.pinned.contains(&id)
    }

    pub(crate) fn pins(&self) -> usize {
        self.pinned.len()
    }

    /// Lists only what is pinned, or all again.
    pub(crate) fn list_only_pinned(&mut self, only: bool) {
        self.only_pinned = only;
        self.list();
    }

    /// Whether only what is pinned is listed.
    pub(crate) fn lists_only_pinned(&self) -> bool {
        self.only_pinned
    }

    /// Whether something keeps entries that are held out of the list.
    pub(crate) fn is_narrowed(&self) -> bool {
        !self.filter.is_empty() || self.only.is_some() || self.only_pinned
    }

    pub(crate) fn listed(&self) -> usize {
        self.listed.len()
    }

    /// How many are held.
    pub(crate) fn kept(&self) -> usize {
        self.entries.len()
    }

    /// How many came since the newest is no longer followed.
    pub(crate) fn missed(&self) -> u64 {
        self.missed
    }

    /// The entry on a row of the list.
    pub(crate) fn at(&self, row: usize) -> Option<(EntryId, &Summary)> {
        let id = self.listed.get(row)?;
        Some((*id, &self.entries.get(id)?.summary))
    }

    /// The row of the list an entry stands on.
    pub(crate) fn row(&self, id: EntryId) -> Option<usize> {
        self.listed.binary_search(&id).ok()
    }

    pub(crate) fn get(&self, id: EntryId) -> Option<&Entry> {
        self.entries.get(&id).map(|kept| &kept.entry)
    }

    /// The selected entry; the newest listed when none was selected.
    pub(crate) fn selected(&self) -> Option<EntryId> {
        self.selected.or_else(|| self.listed.back().copied())
    }

    /// The entry somebody selected, if it was not left to follow the newest.
    pub(crate) fn picked(&self) -> Option<EntryId> {
        self.selected
    }

    /// Selects an entry, or follows the newest of those held.
    pub(crate) fn select(&mut self, id: Option<EntryId>) {
        self.selected = id;
        if id.is_none() {
            self.missed = 0;
        }
    }

    /// The bubbles of an entry.
    pub(crate) fn items_of(&self, entry: EntryId) -> impl Iterator<Item = ItemId> {
        self.items_of.get(&entry).into_iter().flatten().copied()
    }

    /// The entries of a bubble that are held, oldest first.
    pub(crate) fn entries_of(&self, item: ItemId) -> impl DoubleEndedIterator<Item = EntryId> {
        let entries = self.entries_of.get(&item).into_iter().flatten().copied();
        entries.filter(|id| self.entries.contains_key(id))
    }

    /// Whether an entry is a webhook that came before, of which the phone took each number once.
    pub(crate) fn is_duplicate(&self, id: EntryId) -> bool {
        let twin = self.entries.get(&id).and_then(|kept| kept.twin);
        let alike = twin.and_then(|twin| self.twins.get(&twin));
        alike.is_some_and(|alike| alike.first().is_some_and(|first| *first < id))
    }

    /// Whether an entry belongs to a bubble.
    pub(crate) fn are_linked(&self, entry: EntryId, item: ItemId) -> bool {
        self.items_of
            .get(&entry)
            .is_some_and(|items| items.contains(&item))
    }
}

/// The same for webhooks that were taken and tell the same numbered event in the same bytes. What has
/// no number, as somebody typing, may well come twice.
fn twin(entry: &Entry) -> Option<u64> {
    let EntryKind::Hook(hook) = &entry.kind else {
        return None;
    };
    let is_taken = hook.verdict == Verdict::Valid && (200..300).contains(&hook.status);
    let sequence = hook.sequence.filter(|_| is_taken)?;
    let mut hasher = DefaultHasher::new();
    (hook.conversation.as_ref(), sequence, &hook.request.body).hash(&mut hasher);
    Some(hasher.finish())
}

fn body_bytes(entry: &Entry) -> usize {
    match &entry.kind {
        EntryKind::Call(call) => {
            let answer = match &call.outcome {
                Some(Outcome::Answered { body, .. }) => body.len(),
                _ => 0,
            };
            call.body.len() + answer
        }
        EntryKind::Hook(hook) => hook.request.body.len(),
    }
}
