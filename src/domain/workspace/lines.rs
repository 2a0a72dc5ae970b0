//! The lines of a conversation, in order, each once.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    ids::{ItemId, ParticipantId, Sequence},
    line::{Delivery, Line, LineBody, Place, Position},
    text::SafeText,
    time::Timestamp,
};

/// Lines kept of a conversation; the oldest are forgotten first.
pub(super) const MOST_LINES: usize = 1000;

/// The name of a line. A workspace counts the lines of all its conversations together.
pub(super) fn id(number: u32) -> ItemId {
    ItemId {
        phone: None,
        number,
    }
}

/// The lines of a conversation.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Lines {
    placed: BTreeMap<Place, Line>,
    places: BTreeMap<u32, Place>,
    /// What the screen does not know yet.
    changed: BTreeSet<u32>,
}

impl Lines {
    /// Puts a new line in its place.
    pub(super) fn put(&mut self, line: Line) {
        let (number, place) = (line.id.number, line.place);
        self.places.insert(number, place);
        self.placed.insert(place, line);
        self.changed.insert(number);
    }

    /// Changes a line; `change` says whether it did.
    pub(super) fn change(&mut self, number: u32, change: impl FnOnce(&mut Line) -> bool) -> bool {
        let place = self.places.get(&number);
        let line = place.and_then(|place| self.placed.get_mut(place));
        let changed = line.is_some_and(change);
        if changed {
            self.changed.insert(number);
        }
        changed
    }

    /// Gives a line of ours its number in a dialog.
    pub(super) fn place(
        &mut self,
        number: u32,
        dialog: u32,
        sequence: Sequence,
        at: Option<Timestamp>,
        reached: Delivery,
    ) {
        let place = self.places.get(&number);
        let Some(mut line) = place.and_then(|place| self.placed.remove(place)) else {
            return;
        };
        line.place = Place::new(line.id, (dialog, sequence));
        line.at = at.unwrap_or(line.at);
        if let LineBody::Mine { delivery, .. } = &mut line.body {
            *delivery = reached;
        }
        self.put(line);
    }

    /// Moves a quiet line of a dialog behind a number, and says whether it is of that dialog.
    pub(super) fn move_quiet(&mut self, number: u32, of: u32, after: Sequence) -> bool {
        let Some(place) = self.places.get(&number).copied() else {
            // Forgotten ones are nobody's any more.
            return true;
        };
        match place.position {
            Position::Numbered {
                dialog, follows, ..
            } if dialog == of => {
                if let Some(mut line) = self.placed.remove(&place) {
                    line.place.position = Position::Numbered {
                        dialog,
                        sequence: after,
                        follows,
                    };
                    self.put(line);
                }
                true
            }
            _ => false,
        }
    }

    /// The message of a number.
    pub(super) fn at(&self, dialog: u32, sequence: Sequence) -> Option<&Line> {
        let first = Place::new(id(0), (dialog, sequence));
        self.placed
            .range(first..)
            .take_while(|(place, _)| place.numbered() == Some((dialog, sequence)))
            .map(|(_, line)| line)
            .find(|line| line.content().is_some())
    }

    /// The last number in a dialog.
    pub(super) fn last(&self, dialog: u32) -> Sequence {
        let first = |dialog: u32| Place::new(id(0), (dialog, 0));
        let all = self
            .placed
            .range(first(dialog)..first(dialog.saturating_add(1)));
        all.filter_map(|(place, _)| place.numbered())
            .next_back()
            .map_or(0, |(_, sequence)| sequence)
    }

    /// Puts the present names of the participants on the lines they wrote.
    pub(super) fn rename(&mut self, name_of: impl Fn(&ParticipantId) -> SafeText) {
        for line in self.placed.values_mut() {
            if let LineBody::Theirs { author, name, .. } = &mut line.body {
                let fresh = name_of(&author.id);
                if *name != fresh {
                    *name = fresh;
                    self.changed.insert(line.id.number);
                }
            }
        }
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
        lines.cloned().collect()
    }

    /// Forgets the oldest lines over the bound; the dialogs and numbers of those that were
    /// events, in order. What has no number yet is never forgotten.
    pub(super) fn trim(&mut self) -> Vec<(u32, Sequence)> {
        let mut forgotten = Vec::new();
        while self.placed.len() > MOST_LINES
            && let Some(oldest) = self.placed.first_entry()
            && let Some(spot) = oldest.key().numbered()
        {
            let number = oldest.remove().id.number;
            self.places.remove(&number);
            self.changed.remove(&number);
            forgotten.push(spot);
        }
        forgotten
    }
}
