//! Which numbers of a dialog are known, and what is missing.

use crate::domain::{ids::Sequence, line::Delivery, ranges::Ranges};

/// How often the same hole is asked about before it is taken for one of the cloud's own: not
/// every number is an event agents get to see.
const TRIES: u8 = 2;

/// What is known of a dialog.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Track {
    /// Its place among the dialogs of its conversation.
    pub(super) index: u32,
    /// Numbers whose events came.
    seen: Ranges,
    /// Everything below was seen, or does not exist as far as the cloud says.
    settled: Sequence,
    /// Below this lines were forgotten.
    floor: Sequence,
    /// A query is under way.
    pub(super) is_asking: bool,
    pub(super) is_answered: bool,
    /// Something may have happened that was not told.
    pub(super) is_stale: bool,
    /// How often the cloud was asked from `settled` on.
    tries: u8,
    /// Messages of the consumer's that nobody has acknowledged.
    pub(super) to_accept: Ranges,
    /// Those nobody has read here.
    pub(super) to_read: Ranges,
    /// What the agents' side has acknowledged and read.
    ours: Receipts,
    /// What the consumer has.
    theirs: Receipts,
}

/// Numbers of messages that were acknowledged and read.
#[derive(Debug, Clone, Default, PartialEq)]
struct Receipts {
    accepted: Ranges,
    read: Ranges,
}

impl Receipts {
    fn take(&mut self, read: bool, sequences: &[Sequence]) {
        let numbers = if read {
            &mut self.read
        } else {
            &mut self.accepted
        };
        numbers.extend(sequences.iter().copied());
    }

    fn forget_below(&mut self, floor: Sequence) {
        self.accepted.forget_below(floor);
        self.read.forget_below(floor);
    }
}

impl Track {
    pub(super) fn new(index: u32) -> Self {
        Self {
            index,
            is_stale: true,
            ..Self::default()
        }
    }

    /// Whether the event of this number is news; from now on it is none.
    pub(super) fn take(&mut self, sequence: Sequence) -> bool {
        let is_news = sequence >= self.floor && self.seen.insert(sequence);
        if is_news {
            self.settle();
        }
        is_news
    }

    fn settle(&mut self) {
        let before = self.settled;
        let run = self.seen.runs().find(|(_, last)| *last >= before);
        if let Some((first, last)) = run
            && first <= before
        {
            self.settled = last.saturating_add(1);
            self.tries = 0;
        }
    }

    /// Whether something is missing below what came.
    pub(super) fn has_hole(&self) -> bool {
        self.seen.last().is_some_and(|last| last >= self.settled)
    }

    /// After which number to ask; one earlier than the first missing, for it is nowhere said
    /// whether the number named is included. `None` when there is nothing to ask, or somebody
    /// asks already.
    pub(super) fn ask(&mut self) -> Option<Sequence> {
        if self.is_asking || !(self.is_stale || self.has_hole()) {
            return None;
        }
        self.is_asking = true;
        self.is_stale = false;
        Some(self.settled.saturating_sub(1))
    }

    /// An answer has come, and all its events were taken; its highest number is this.
    pub(super) fn answered(&mut self, last: Option<Sequence>) {
        self.is_asking = false;
        self.is_answered = true;
        self.tries = self.tries.saturating_add(1);
        let told = last.map_or(self.settled, |last| last.saturating_add(1));
        let mut settled = self.settled.max(told);
        if self.tries >= TRIES
            && let Some(last) = self.seen.last()
        {
            settled = settled.max(last.saturating_add(1));
        }
        if settled > self.settled {
            self.settled = settled;
            self.tries = 0;
        }
        self.settle();
    }

    /// No answer has come.
    pub(super) fn unanswered(&mut self) {
        self.is_asking = false;
        self.is_stale = true;
    }

    /// The consumer wrote a message; whether the agents' side knows it may be told before it.
    pub(super) fn owe(&mut self, sequence: Sequence) {
        let is_read = self.ours.read.contains(sequence);
        if !is_read {
            self.to_read.insert(sequence);
            if !self.ours.accepted.contains(sequence) {
                self.to_accept.insert(sequence);
            }
        }
    }

    /// Somebody of the agents' side acknowledged or read these.
    pub(super) fn acknowledged(&mut self, read: bool, sequences: &[Sequence]) {
        self.ours.take(read, sequences);
        for sequence in sequences {
            self.to_accept.remove(*sequence);
            if read {
                self.to_read.remove(*sequence);
            }
        }
    }

    /// The agents' side may have failed to acknowledge or read these: what nobody has told of is
    /// owed again.
    pub(super) fn owe_again(&mut self, read: bool, sequences: &[Sequence]) {
        let (told, owed) = if read {
            (&self.ours.read, &mut self.to_read)
        } else {
            (&self.ours.accepted, &mut self.to_accept)
        };
        let untold = sequences.iter().filter(|it| !told.contains(**it));
        owed.extend(untold.copied());
    }

    /// The consumer acknowledged or read these.
    pub(super) fn received(&mut self, read: bool, sequences: &[Sequence]) {
        self.theirs.take(read, sequences);
    }

    /// How far a line of ours has come.
    pub(super) fn delivery(&self, sequence: Sequence) -> Delivery {
        if self.theirs.read.contains(sequence) {
            Delivery::Read { sequence }
        } else if self.theirs.accepted.contains(sequence) {
            Delivery::Accepted { sequence }
        } else {
            Delivery::Sent { sequence }
        }
    }

    /// Lines up to this number were forgotten.
    pub(super) fn forget(&mut self, through: Sequence) {
        self.floor = self.floor.max(through.saturating_add(1));
        self.settled = self.settled.max(self.floor);
        for numbers in [&mut self.seen, &mut self.to_accept, &mut self.to_read] {
            numbers.forget_below(self.floor);
        }
        self.ours.forget_below(self.floor);
        self.theirs.forget_below(self.floor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_is_asked_about_and_then_taken_for_one() {
        let mut track = Track::new(0);
        assert_eq!(track.ask(), Some(0));
        assert_eq!(track.ask(), None);
        assert!(track.take(0) && track.take(1) && !track.take(1));
        track.answered(Some(1));
        assert_eq!(track.ask(), None);
        assert!(track.take(5));
        assert!(track.has_hole());
        assert_eq!(track.ask(), Some(1));
        // It came by itself meanwhile; the rest does not exist.
        assert!(track.take(3));
        track.answered(Some(5));
        assert!(!track.has_hole());
        assert_eq!(track.ask(), None);
        // What was taken for a hole is news all the same.
        assert!(track.take(2) && !track.take(2));
        track.forget(5);
        assert!(!track.take(4));
    }

    #[test]
    fn a_cloud_that_never_fills_a_hole_is_not_asked_for_ever() {
        let mut track = Track::new(0);
        assert!(track.take(7));
        let mut asked = 0;
        while track.ask().is_some() {
            asked += 1;
            track.answered(None);
        }
        assert_eq!(asked, u32::from(TRIES));
    }
}
