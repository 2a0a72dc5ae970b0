//! The lines of a conversation, in order, each once.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    ids::{ParticipantId, Sequence},
    text::SafeText,
    time::Timestamp,
    workspace::view::{Body, Delivery, Line, Place},
};

/// Lines kept of a conversation; the oldest are forgotten first.
pub(super) const MOST_LINES: usize = 1000;
/// Added to the number in the place of a quiet line, which comes after what has the same sequence;
/// lines are numbered from 0, and no workspace sees so many.
pub(super) const BEHIND: u64 = 1 << 31;
/// The dialog of what has no number yet.
pub(super) const NOWHERE: u32 = u32::MAX;

/// A line and who made it.
#[derive(Debug, Clone, PartialEq)]
struct Kept {
    line: Line,
    by: Option<ParticipantId>,
}

/// The lines of a conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Lines {
    placed: BTreeMap<Place, Kept>,
    places: BTreeMap<u64, Place>,
    /// What the screen does not know yet.
    changed: BTreeSet<u64>,
}

impl Lines {
    /// Puts a new line in its place.
    pub(super) fn put(&mut self, line: Line, by: Option<ParticipantId>) {
        let (number, place) = (line.number, line.place);
        self.places.insert(number, place);
        self.placed.insert(place, Kept { line, by });
        self.changed.insert(number);
    }

    /// Changes a line; `change` says whether it did.
    pub(super) fn change(&mut self, number: u64, change: impl FnOnce(&mut Line) -> bool) -> bool {
        let kept = self.places.get(&number);
        let kept = kept.and_then(|place| self.placed.get_mut(place));
        let changed = kept.is_some_and(|kept| change(&mut kept.line));
        if changed {
            self.changed.insert(number);
        }
        changed
    }

    /// Gives a line of ours its number in a dialog.
    pub(super) fn place(
        &mut self,
        number: u64,
        dialog: u32,
        sequence: Sequence,
        at: Option<Timestamp>,
        reached: Delivery,
    ) {
        let Some(place) = self.places.get(&number).copied() else {
            return;
        };
        let Some(mut kept) = self.placed.remove(&place) else {
            return;
        };
        kept.line.place = Place {
            dialog,
            sequence,
            number,
        };
        kept.line.at = at.unwrap_or(kept.line.at);
        if let Body::Said { delivery, .. } = &mut kept.line.body {
            *delivery = reached;
        }
        self.put(kept.line, kept.by);
    }

    /// Moves a quiet line of a dialog behind a number, and says whether it is of that dialog.
    pub(super) fn move_quiet(&mut self, number: u64, dialog: u32, sequence: Sequence) -> bool {
        let place = self.places.get(&number).copied();
        let Some(place) = place.filter(|place| place.dialog == dialog) else {
            // Forgotten ones are nobody's any more.
            return place.is_none();
        };
        if let Some(mut kept) = self.placed.remove(&place) {
            kept.line.place.sequence = sequence;
            self.put(kept.line, kept.by);
        }
        true
    }

    /// The line of an event; quiet lines, which stand beside it, do not count.
    pub(super) fn at(&self, dialog: u32, sequence: Sequence) -> Option<u64> {
        let place = |number| Place {
            dialog,
            sequence,
            number,
        };
        self.placed
            .range(place(0)..=place(u64::MAX))
            .find(|(_, kept)| !matches!(kept.line.body, Body::Quiet { .. }))
            .map(|(_, kept)| kept.line.number)
    }

    /// The last number in a dialog.
    pub(super) fn last(&self, dialog: u32) -> Sequence {
        let place = |sequence, number| Place {
            dialog,
            sequence,
            number,
        };
        let all = self.placed.range(place(0, 0)..=place(u64::MAX, u64::MAX));
        all.map(|(place, _)| place.sequence)
            .next_back()
            .unwrap_or(0)
    }

    /// Calls somebody by another name.
    pub(super) fn rename(&mut self, name: impl Fn(&ParticipantId) -> SafeText) {
        let mut renamed = Vec::new();
        for kept in self.placed.values_mut() {
            if let (Some(by), Body::Said { name: called, .. }) = (&kept.by, &mut kept.line.body) {
                let fresh = name(by);
                if *called != fresh {
                    *called = fresh;
                    renamed.push(kept.line.number);
                }
            }
        }
        self.changed.extend(renamed);
    }

    /// Every line is told again.
    pub(super) fn tell_all(&mut self) {
        self.changed.extend(self.places.keys());
    }

    /// The lines that changed, in the order of their numbers.
    pub(super) fn take_changed(&mut self) -> Vec<Line> {
        let changed = std::mem::take(&mut self.changed);
        let lines = changed
            .iter()
            .filter_map(|number| self.placed.get(self.places.get(number)?));
        lines.map(|kept| kept.line.clone()).collect()
    }

    /// Forgets the oldest lines over the bound; the dialogs and numbers of those that were
    /// events, in order. What has no number yet is never forgotten.
    pub(super) fn trim(&mut self) -> Vec<(u32, Sequence)> {
        let mut forgotten = Vec::new();
        while self.placed.len() > MOST_LINES
            && let Some(oldest) = self.placed.first_entry()
            && oldest.key().dialog != NOWHERE
        {
            let place = *oldest.key();
            let number = oldest.remove().line.number;
            self.places.remove(&number);
            self.changed.remove(&number);
            forgotten.push((place.dialog, place.sequence));
        }
        forgotten
    }
}
