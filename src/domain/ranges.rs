//! A set of sequence numbers, small because they come nearly in a row.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::ids::Sequence;

/// Numbers kept as ascending, disjoint, never adjacent ranges, both ends included.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "StoredRanges")]
pub(super) struct Ranges(Vec<(Sequence, Sequence)>);

/// What an earlier handset kept was sometimes the numbers one by one.
#[derive(Deserialize)]
#[serde(untagged)]
enum StoredRanges {
    Runs(Vec<(Sequence, Sequence)>),
    Numbers(Vec<Sequence>),
}

impl From<StoredRanges> for Ranges {
    fn from(kept: StoredRanges) -> Self {
        match kept {
            StoredRanges::Runs(runs) => Self(runs),
            StoredRanges::Numbers(numbers) => numbers.into_iter().collect(),
        }
    }
}

impl Extend<Sequence> for Ranges {
    fn extend<I: IntoIterator<Item = Sequence>>(&mut self, numbers: I) {
        for number in numbers {
            self.insert(number);
        }
    }
}

impl FromIterator<Sequence> for Ranges {
    fn from_iter<I: IntoIterator<Item = Sequence>>(numbers: I) -> Self {
        let mut ranges = Self::default();
        ranges.extend(numbers);
        ranges
    }
}

impl Ranges {
    /// How many numbers are in it.
    pub(super) fn len(&self) -> usize {
        let lengths = self
            .0
            .iter()
            .map(|(first, last)| (last - first).saturating_add(1));
        let length = lengths.fold(0_u64, u64::saturating_add);
        usize::try_from(length).unwrap_or(usize::MAX)
    }

    /// Whether there is no number in it.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes the lowest numbers out, at most so many.
    pub(super) fn take_first(&mut self, most: usize) -> Vec<Sequence> {
        let lowest = self.0.iter().flat_map(|(first, last)| *first..=*last);
        let taken: Vec<Sequence> = lowest.take(most).collect();
        if let Some(end) = taken.last() {
            let whole = self.0.partition_point(|(_, last)| last <= end);
            self.0.drain(..whole);
            if let Some((first, _)) = self.0.first_mut() {
                *first = (*first).max(end.saturating_add(1));
            }
        }
        taken
    }

    /// Takes a number out; false when it was not there.
    pub(super) fn remove(&mut self, number: Sequence) -> bool {
        if !self.contains(number) {
            return false;
        }
        let at = self.0.partition_point(|(first, _)| *first <= number) - 1;
        let (first, last) = self.0.remove(at);
        let right = number.checked_add(1).filter(|right| *right <= last);
        let left = number.checked_sub(1).filter(|left| *left >= first);
        let rest = left.map(|left| (first, left));
        let rest = rest.into_iter().chain(right.map(|right| (right, last)));
        self.0.splice(at..at, rest);
        true
    }

    /// Whether the number is in the set.
    pub(super) fn contains(&self, number: Sequence) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= number);
        after
            .checked_sub(1)
            .and_then(|at| self.0.get(at))
            .is_some_and(|(_, last)| number <= *last)
    }

    /// Forgets what lies wholly below a number.
    pub(super) fn forget_below(&mut self, floor: Sequence) {
        self.0.retain(|(_, last)| *last >= floor);
    }

    /// The highest number in it.
    pub(super) fn last(&self) -> Option<Sequence> {
        self.0.last().map(|(_, last)| *last)
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

    /// Drops the lowest ranges past so many.
    pub(super) fn keep_newest(&mut self, most: usize) {
        let surplus = self.0.len().saturating_sub(most);
        self.0.drain(..surplus);
    }

    /// Past so many ranges, puts in what lies in the narrowest gaps, until a quarter fewer are
    /// left. Our own messages and receipts of others make narrow gaps, what nobody has looked at
    /// a wide one.
    pub(super) fn close_gaps(&mut self, most: usize) {
        if self.0.len() <= most {
            return;
        }
        let mut gaps: Vec<(Sequence, Sequence)> = self
            .0
            .windows(2)
            .map(|pair| (pair[1].0 - pair[0].1, pair[0].1))
            .collect();
        gaps.sort_unstable();
        gaps.truncate(self.0.len() - most * 3 / 4);
        let closed: BTreeSet<Sequence> = gaps.into_iter().map(|(_, after)| after).collect();
        let mut ranges: Vec<(Sequence, Sequence)> = Vec::with_capacity(most);
        for (first, last) in std::mem::take(&mut self.0) {
            match ranges.last_mut() {
                Some(before) if closed.contains(&before.1) => before.1 = last,
                _ => ranges.push((first, last)),
            }
        }
        self.0 = ranges;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn behaves_like_a_set(
            numbers in proptest::collection::vec(0_u64..40, 0..80),
            removed in 0_u64..40,
            some in 0_usize..20,
        ) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for number in numbers {
                prop_assert_eq!(ranges.insert(number), set.insert(number));
            }
            for number in 0..41 {
                prop_assert_eq!(ranges.contains(number), set.contains(&number));
            }
            prop_assert!(ranges.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
            prop_assert_eq!(ranges.remove(removed), set.remove(&removed));
            let first: Vec<_> = set.iter().copied().take(some).collect();
            prop_assert_eq!(ranges.take_first(some), first);
            let left: Vec<_> = set.into_iter().skip(some).collect();
            let kept = serde_json::to_string(&left).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Ranges>(&kept).unwrap(), &ranges);
            let kept = serde_json::to_string(&ranges).unwrap();
            prop_assert_eq!(serde_json::from_str::<Ranges>(&kept).unwrap(), ranges);
        }
    }

    #[test]
    fn past_their_number_the_oldest_go_or_the_narrowest_gaps_are_closed() {
        let mut newest = Ranges::default();
        let mut closed = Ranges::default();
        // Every second number is somebody else's, and 100 to 199 nobody has seen.
        for number in (0..100).chain(200..300).step_by(2) {
            newest.insert(number);
            closed.insert(number);
            newest.keep_newest(8);
            closed.close_gaps(8);
        }
        assert_eq!(newest.0.len(), 8);
        assert!(newest.contains(298) && !newest.contains(282));
        assert!(closed.0.len() <= 8);
        assert!(closed.contains(0) && closed.contains(98) && closed.contains(298));
        assert!(!closed.contains(150), "{closed:?}");
    }

    #[test]
    fn the_ends_of_the_numbers_do_not_overflow() {
        let mut ranges = Ranges::default();
        assert!(ranges.insert(u64::MAX) && ranges.insert(0) && !ranges.insert(u64::MAX));
        assert!(ranges.remove(0) && ranges.insert(0));
        assert_eq!(ranges.take_first(9), [0, u64::MAX]);
        assert!(ranges.is_empty());
    }
}
