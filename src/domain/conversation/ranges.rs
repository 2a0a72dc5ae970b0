//! A set of sequence numbers, small because they come nearly in a row.

use serde::{Deserialize, Serialize};

use crate::domain::ids::Sequence;

/// Numbers kept as ascending, disjoint, never adjacent ranges, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Ranges(Vec<(Sequence, Sequence)>);

impl Ranges {
    /// Whether the number is in the set.
    pub(super) fn contains(&self, number: Sequence) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        after
            .checked_sub(1)
            .and_then(|at| self.0.get(at))
            .is_some_and(|(_, last)| number <= *last)
    }

    /// The ranges, ascending, first and last number of each.
    pub(super) fn runs(&self) -> impl Iterator<Item = (Sequence, Sequence)> {
        self.0.iter().copied()
    }

    /// Puts a number in; false when it was there already.
    pub(super) fn insert(&mut self, number: Sequence) -> bool {
        if self.contains(number) {
            return false;
        }
        let at = self.0.partition_point(|(first, _)| *first <= number);
        let joins_left = at
            .checked_sub(1)
            .and_then(|left| self.0.get(left))
            .is_some_and(|(_, last)| last.checked_add(1) == Some(number));
        let joins_right = self
            .0
            .get(at)
            .is_some_and(|(first, _)| number.checked_add(1) == Some(*first));
        match (joins_left, joins_right) {
            (true, true) => {
                let (_, last) = self.0.remove(at);
                self.0[at - 1].1 = last;
            }
            (true, false) => self.0[at - 1].1 = number,
            (false, true) => self.0[at].0 = number,
            (false, false) => self.0.insert(at, (number, number)),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_like_a_set(numbers in proptest::collection::vec(0_u64..40, 0..80)) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for number in numbers {
                prop_assert_eq!(ranges.insert(number), set.insert(number));
            }
            for number in 0..41 {
                prop_assert_eq!(ranges.contains(number), set.contains(&number));
            }
            prop_assert!(ranges.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        }
    }

    #[test]
    fn the_ends_of_the_numbers_do_not_overflow() {
        let mut ranges = Ranges::default();
        assert!(ranges.insert(u64::MAX) && ranges.insert(0) && !ranges.insert(u64::MAX));
    }
}
