//! What was done with structured content on one phone, bubble by bubble.

use std::collections::HashMap;

use crate::domain::{ids::ItemId, rich::card::CardState};

/// Bubbles remembered; past that the one touched longest ago is as it came again.
const MOST: usize = 256;

/// The states of the bubbles that were touched.
#[derive(Debug, Default)]
pub(crate) struct Cards {
    states: HashMap<ItemId, (CardState, u64)>,
    touches: u64,
}

impl Cards {
    /// What was done with a bubble; `None` when nothing was.
    pub(crate) fn get(&self, id: ItemId) -> Option<&CardState> {
        self.states.get(&id).map(|(state, _)| state)
    }

    /// The same to be changed, and the bubble whose state had to go for it.
    pub(crate) fn touch(&mut self, id: ItemId) -> (&mut CardState, Option<ItemId>) {
        self.touches += 1;
        let mut dropped = None;
        if self.states.len() >= MOST && !self.states.contains_key(&id) {
            let oldest = self.states.iter().min_by_key(|(_, (_, touched))| *touched);
            dropped = oldest.map(|(id, _)| *id);
            if let Some(oldest) = dropped {
                self.states.remove(&oldest);
            }
        }
        let (state, touched) = self.states.entry(id).or_default();
        *touched = self.touches;
        (state, dropped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::testkit::id;

    #[test]
    fn the_bubble_touched_longest_ago_is_forgotten() {
        let mut cards = Cards::default();
        let most = u32::try_from(MOST).unwrap();
        for number in 0..most {
            let (state, dropped) = cards.touch(id(number));
            state.bring(0, 1);
            assert_eq!(dropped, None);
        }
        cards.touch(id(0));
        let (_, dropped) = cards.touch(id(most));
        assert_eq!(dropped, Some(id(1)));
        assert!(cards.get(id(1)).is_none());
        assert_eq!(cards.get(id(0)).map(|state| state.front(0)), Some(1));
    }
}
