//! The lines of the phone in their order, by name and by place.
//!
//! A line can change and can move; a step from one line to its neighbour costs
//! the same however many there are. Of a long conversation a part is held, see
//! [`window`].

pub(crate) mod window;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Bound,
};

use crate::domain::{
    ids::ItemId,
    line::{Delivery, Line, LineBody, Place},
};

/// Failed bubbles remembered, held or not; past that the oldest is forgotten.
const FAILED: usize = 256;

/// The lines of the phone that are held.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    by_place: BTreeMap<Place, Line>,
    places: HashMap<ItemId, Place>,
    /// Bubbles whose quick replies are still to be had.
    answerable: BTreeSet<Place>,
    /// Our own bubbles that failed.
    failed: BTreeMap<Place, ItemId>,
    /// The last of our own bubbles that was read, held or not.
    last_read: Option<Place>,
    window: window::Window,
    /// How often something of it changed.
    changes: u64,
}

impl Lines {
    /// Puts a line where it belongs; returns whether it is new.
    pub(crate) fn put(&mut self, item: Line) -> bool {
        self.changes += 1;
        let (id, place) = (item.id, item.place);
        let earlier = self.places.insert(id, place);
        if let Some(earlier) = earlier {
            self.by_place.remove(&earlier);
            self.answerable.remove(&earlier);
        }
        // Whatever stood at the new place until now stands there no longer.
        self.answerable.remove(&place);
        if let LineBody::Theirs {
            answerable: true,
            content,
            ..
        } = &item.body
            && !content.replies().is_empty()
        {
            self.answerable.insert(place);
        }
        self.mark(&item);
        let read = is_read(&item);
        if let Some(displaced) = self.by_place.insert(place, item)
            && displaced.id != id
        {
            self.places.remove(&displaced.id);
        }
        if earlier.is_some() && earlier == self.last_read && (!read || Some(place) < earlier) {
            // Read is the end of a message's way, so this look back is rare.
            self.last_read = self
                .by_place
                .iter()
                .rev()
                .find(|(_, item)| is_read(item))
                .map(|(place, _)| *place);
        }
        earlier.is_none()
    }

    /// Notes what counts of a line whether it is held or not.
    fn mark(&mut self, item: &Line) {
        self.failed.retain(|_, id| *id != item.id);
        let failed = matches!(
            item.body,
            LineBody::Mine {
                delivery: Delivery::Failed { .. },
                ..
            }
        );
        if failed {
            self.failed.insert(item.place, item.id);
            if self.failed.len() > FAILED {
                self.failed.pop_first();
            }
        }
        if is_read(item) && self.last_read.is_none_or(|last| last < item.place) {
            self.last_read = Some(item.place);
        }
    }

    /// Holds a line no longer.
    fn let_go(&mut self, id: ItemId) {
        self.changes += 1;
        if let Some(place) = self.places.remove(&id) {
            self.by_place.remove(&place);
            self.answerable.remove(&place);
        }
    }

    /// Takes a line out that is not to be shown.
    pub(crate) fn take_out(&mut self, id: ItemId) {
        self.let_go(id);
    }

    /// How often a line came, changed or went: the same number means that all are as they were.
    pub(crate) fn changes(&self) -> u64 {
        self.changes
    }

    /// The last of our own bubbles.
    pub(crate) fn last_own(&self) -> Option<Place> {
        let own = |(_, line): &(&Place, &Line)| matches!(line.body, LineBody::Mine { .. });
        self.by_place
            .iter()
            .rev()
            .find(own)
            .map(|(place, _)| *place)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_place.len()
    }

    /// All of them, from the first on.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Line> {
        self.by_place.values()
    }

    /// A line by its name.
    pub(crate) fn get(&self, id: ItemId) -> Option<&Line> {
        self.by_place.get(self.places.get(&id)?)
    }

    /// The line at a place.
    pub(crate) fn at(&self, place: Place) -> Option<&Line> {
        self.by_place.get(&place)
    }

    /// Where a line stands.
    pub(crate) fn place(&self, id: ItemId) -> Option<Place> {
        self.places.get(&id).copied()
    }

    /// The first place that is taken.
    pub(crate) fn first(&self) -> Option<Place> {
        self.by_place.first_key_value().map(|(place, _)| *place)
    }

    /// The last place that is taken.
    pub(crate) fn last(&self) -> Option<Place> {
        self.by_place.last_key_value().map(|(place, _)| *place)
    }

    /// The line before a place.
    pub(crate) fn before(&self, place: Place) -> Option<&Line> {
        let (_, item) = self.by_place.range(..place).next_back()?;
        Some(item)
    }

    /// The line after a place.
    pub(crate) fn after(&self, place: Place) -> Option<&Line> {
        let range = (Bound::Excluded(place), Bound::Unbounded);
        let (_, item) = self.by_place.range(range).next()?;
        Some(item)
    }

    /// The newest bubble whose quick replies are still to be had.
    pub(crate) fn offering(&self) -> Option<&Line> {
        self.at(*self.answerable.last()?)
    }

    /// The newest of our own bubbles that failed.
    pub(crate) fn failed(&self) -> Option<ItemId> {
        self.failed.last_key_value().map(|(_, id)| *id)
    }

    /// The last of our own bubbles that was read.
    pub(crate) fn last_read(&self) -> Option<Place> {
        self.last_read
    }
}

fn is_read(item: &Line) -> bool {
    matches!(
        item.body,
        LineBody::Mine {
            delivery: Delivery::Read { .. },
            ..
        }
    )
}

#[cfg(test)]
mod tests;
