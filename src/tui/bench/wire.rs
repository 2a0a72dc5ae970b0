//! The wire entries kept for the bench, which of them are listed, and which
//! bubbles they belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::{
    domain::{
        exchange::{Entry, EntryKind, Outcome},
        ids::{EntryId, ItemId},
    },
    tui::bench::summary::{Summary, mentions, summary},
};

/// Entries kept; beyond that the oldest are dropped and counted.
pub(crate) const KEPT: usize = 5_000;

/// Bytes of bodies kept; beyond that the oldest entries are dropped too.
const KEPT_BYTES: usize = 64 * 1024 * 1024;

struct Kept {
    entry: Entry,
    summary: Summary,
    bytes: usize,
}

/// The wire as the bench has it.
#[derive(Default)]
pub(crate) struct Wire {
    entries: BTreeMap<EntryId, Kept>,
    bytes: usize,
    dropped: u64,
    /// The entries that pass the filter, oldest first.
    listed: VecDeque<EntryId>,
    needle: String,
    /// When set, only the entries of this bubble are listed.
    only: Option<ItemId>,
    selected: Option<EntryId>,
    items_of: HashMap<EntryId, BTreeSet<ItemId>>,
    entries_of: HashMap<ItemId, BTreeSet<EntryId>>,
}

impl Wire {
    /// Takes an entry in, or replaces what is known of it.
    pub(crate) fn put(&mut self, entry: Entry) {
        let id = entry.id;
        let oldest = self.entries.first_key_value().map(|(id, _)| *id);
        if self.dropped > 0 && oldest.is_some_and(|oldest| id < oldest) {
            return;
        }
        let kept = Kept {
            summary: summary(&entry),
            bytes: body_bytes(&entry),
            entry,
        };
        self.bytes += kept.bytes;
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
        while self.entries.len() > KEPT || (self.bytes > KEPT_BYTES && self.entries.len() > 1) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        let Some((id, kept)) = self.entries.pop_first() else {
            return;
        };
        self.bytes -= kept.bytes;
        self.dropped += 1;
        if self.listed.front() == Some(&id) {
            self.listed.pop_front();
        }
        if self.selected == Some(id) {
            self.selected = None;
        }
        for item in self.items_of.remove(&id).unwrap_or_default() {
            if let Some(entries) = self.entries_of.get_mut(&item) {
                entries.remove(&id);
                if entries.is_empty() {
                    self.entries_of.remove(&item);
                }
            }
        }
    }

    /// Notes that an entry belongs to bubbles.
    pub(crate) fn link(&mut self, entry: EntryId, items: Vec<ItemId>) {
        let oldest = self.entries.first_key_value().map(|(id, _)| *id);
        if self.dropped > 0 && oldest.is_some_and(|oldest| entry < oldest) {
            return;
        }
        let shown = items.iter().any(|item| self.only == Some(*item));
        for item in &items {
            self.entries_of.entry(*item).or_default().insert(entry);
        }
        self.items_of.entry(entry).or_default().extend(items);
        if shown {
            self.list();
        }
    }

    fn passes(&self, kept: &Kept) -> bool {
        let linked = self.only.is_none_or(|item| {
            let entries = self.entries_of.get(&item);
            entries.is_some_and(|entries| entries.contains(&kept.entry.id))
        });
        linked && (self.needle.is_empty() || mentions(&kept.entry, &kept.summary, &self.needle))
    }

    fn list(&mut self) {
        self.listed = self
            .entries
            .iter()
            .filter(|(_, kept)| self.passes(kept))
            .map(|(id, _)| *id)
            .collect();
    }

    /// Lists only what has this text in it.
    pub(crate) fn filter(&mut self, text: &str) {
        self.needle = text.trim().to_lowercase();
        self.list();
    }

    /// The text that is filtered for, in lower case; empty when there is none.
    pub(crate) fn needle(&self) -> &str {
        &self.needle
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

    /// How many are listed.
    pub(crate) fn listed(&self) -> usize {
        self.listed.len()
    }

    /// How many are kept.
    pub(crate) fn kept(&self) -> usize {
        self.entries.len()
    }

    /// How many were dropped for want of room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
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

    /// An entry.
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

    /// Selects an entry, or follows the newest.
    pub(crate) fn select(&mut self, id: Option<EntryId>) {
        self.selected = id;
    }

    /// The bubbles of an entry.
    pub(crate) fn items_of(&self, entry: EntryId) -> impl Iterator<Item = ItemId> {
        self.items_of.get(&entry).into_iter().flatten().copied()
    }

    /// The entries of a bubble, oldest first.
    pub(crate) fn entries_of(&self, item: ItemId) -> impl DoubleEndedIterator<Item = EntryId> {
        self.entries_of.get(&item).into_iter().flatten().copied()
    }

    /// Whether an entry belongs to a bubble.
    pub(crate) fn are_linked(&self, entry: EntryId, item: ItemId) -> bool {
        self.items_of
            .get(&entry)
            .is_some_and(|items| items.contains(&item))
    }
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::domain::{exchange::Exchange, time::Timestamp};

    fn call(id: u64, purpose: &str, body: &'static str) -> Entry {
        Entry {
            id: EntryId(id),
            thread: None,
            kind: EntryKind::Call(Exchange {
                serial: id,
                thread: None,
                request: None,
                conversation: None,
                purpose: purpose.to_owned(),
                method: "POST".to_owned(),
                url: "http://localhost/api/send?v=3".to_owned(),
                headers: Vec::new(),
                body: Bytes::from_static(body.as_bytes()),
                attempt: 1,
                started: Timestamp(0),
                outcome: None,
            }),
        }
    }

    fn item(number: u32) -> ItemId {
        ItemId { thread: 0, number }
    }

    #[test]
    fn the_oldest_are_dropped_and_counted_with_their_links() {
        let mut wire = Wire::default();
        wire.put(call(0, "x", ""));
        wire.link(EntryId(0), vec![item(1)]);
        for id in 1..=KEPT as u64 {
            wire.put(call(id, "x", ""));
        }
        assert_eq!((wire.kept(), wire.dropped()), (KEPT, 1));
        assert_eq!(wire.listed(), KEPT);
        assert_eq!(wire.entries_of(item(1)).count(), 0);
        // Too late for one that is gone.
        wire.put(call(0, "x", ""));
        wire.link(EntryId(0), vec![item(1)]);
        assert_eq!((wire.kept(), wire.dropped()), (KEPT, 1));
        assert_eq!(wire.items_of(EntryId(0)).count(), 0);
    }

    #[test]
    fn the_filter_looks_into_bodies_and_new_entries_pass_it_too() {
        let mut wire = Wire::default();
        wire.put(call(
            1,
            "ms.PublishEvent text",
            "{\"message\":\"Blue one\"}",
        ));
        wire.put(call(2, "AppJWT", ""));
        wire.filter("blue");
        assert_eq!((wire.listed(), wire.row(EntryId(1))), (1, Some(0)));
        wire.put(call(3, "ms.PublishEvent text", "BLUE"));
        wire.put(call(4, "ms.PublishEvent text", "red"));
        assert_eq!(wire.listed(), 2);
        // A change can take an entry out of the list.
        wire.put(call(3, "ms.PublishEvent text", "green"));
        assert_eq!(wire.listed(), 1);
        wire.filter("");
        assert_eq!(wire.listed(), 4);
    }

    #[test]
    fn only_the_entries_of_one_bubble_are_listed_when_asked() {
        let mut wire = Wire::default();
        for id in 1..=3 {
            wire.put(call(id, "x", ""));
        }
        wire.link(EntryId(1), vec![item(7)]);
        wire.only(Some(item(7)));
        assert_eq!(wire.listed(), 1);
        wire.link(EntryId(3), vec![item(7), item(8)]);
        assert_eq!(wire.listed(), 2);
        assert!(wire.are_linked(EntryId(3), item(8)));
    }
}
