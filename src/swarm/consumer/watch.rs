//! What one consumer sees, as a swarm measures it: each hop from the moment at which it was due, and
//! messages that are lost, doubled, out of order.
//!
//! Pure: it is told what the consumer does and what the phone shows, with the moments.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use crate::{
    domain::{
        conversation::{Conversation, event::Act},
        ids::{DialogId, Sequence},
        line::{Line, LineBody},
        role::Role,
        wire::inbound::{Change, Event},
    },
    swarm::{
        measure::{Latency, SwarmCount},
        recorder::Sample,
    },
};

/// Runs of numbers remembered of a dialog, as many as the phone remembers.
const RUNS: usize = 128;

/// What was measured and not taken yet.
pub(crate) type Samples = Vec<Sample>;

#[derive(Debug)]
struct OwnMessage {
    due: Instant,
    /// What was measured of it so far.
    measured: Vec<Latency>,
}

impl OwnMessage {
    /// Whether this has come and was not measured before.
    fn comes(&mut self, latency: Latency, is_there: bool) -> bool {
        let is_first = is_there && !self.measured.contains(&latency);
        if is_first {
            self.measured.push(latency);
        }
        is_first
    }

    fn has(&self, latency: Latency) -> bool {
        self.measured.contains(&latency)
    }
}

/// The numbers that came in one dialog.
#[derive(Debug, Default)]
struct DialogNumbers {
    seen: Vec<(Sequence, Sequence)>,
}

impl DialogNumbers {
    /// Whether the number is new, and whether a higher one came before it.
    fn insert(&mut self, number: Sequence) -> (bool, bool) {
        let is_below = self.seen.last().is_some_and(|(_, last)| number < *last);
        let at = self.seen.partition_point(|(first, _)| *first <= number);
        let before = at.checked_sub(1).and_then(|at| self.seen.get(at));
        if before.is_some_and(|(_, last)| number <= *last) {
            return (false, is_below);
        }
        let joins_before = before.is_some_and(|(_, last)| last + 1 == number);
        let joins_after = self
            .seen
            .get(at)
            .is_some_and(|(first, _)| number + 1 == *first);
        match (joins_before, joins_after) {
            (true, true) => {
                let (_, last) = self.seen.remove(at);
                self.seen[at - 1].1 = last;
            }
            (true, false) => self.seen[at - 1].1 = number,
            (false, true) => self.seen[at].0 = number,
            (false, false) => self.seen.insert(at, (number, number)),
        }
        let surplus = self.seen.len().saturating_sub(RUNS);
        self.seen.drain(..surplus);
        (true, is_below)
    }
}

/// What a consumer's messages came to, when nothing more is waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Missing {
    /// Messages of the consumer's own that the cloud took, without an echo.
    pub(crate) lost: u64,
    /// Numbers that nothing came with, those of lost messages left out.
    pub(crate) gaps: u64,
}

/// What one consumer has seen so far.
#[derive(Debug)]
pub(crate) struct ConsumerWatch {
    /// An echo that takes longer is late.
    late: Duration,
    opening: Option<Instant>,
    opened: Option<Instant>,
    is_taken: bool,
    closing: Option<Instant>,
    own: BTreeMap<u32, OwnMessage>,
    dialogs: BTreeMap<DialogId, DialogNumbers>,
    waits_for_reply: Option<Instant>,
}

impl ConsumerWatch {
    /// A consumer who was to come at this moment.
    pub(crate) fn new(arrival: Instant, late: Duration) -> Self {
        Self {
            late,
            opening: Some(arrival),
            opened: None,
            is_taken: false,
            closing: None,
            own: BTreeMap::new(),
            dialogs: BTreeMap::new(),
            waits_for_reply: None,
        }
    }

    /// Whether people see what comes of an act, so that it is measured.
    pub(crate) fn measures(act: &Act) -> bool {
        matches!(
            act,
            Act::Submit { .. }
                | Act::Attach(_)
                | Act::Reply { .. }
                | Act::Click { .. }
                | Act::Close
                | Act::End(_)
                | Act::New
        )
    }

    /// The consumer does something that is measured, and was due at a moment.
    pub(crate) fn acts(&mut self, act: &Act, due: Instant, now: Instant, samples: &mut Samples) {
        samples.push(Sample::Took(
            Latency::Lag,
            now.saturating_duration_since(due),
        ));
        match act {
            Act::Close | Act::End(_) => self.closing = Some(due),
            // The opening counts from the first act that asks for it.
            _ if self.opened.is_none() && self.own.is_empty() => self.opening = Some(due),
            _ => {}
        }
    }

    /// Lines of the phone, new or changed by something that came at a moment. What is new of the
    /// consumer's own was due at `due`.
    pub(crate) fn lines(
        &mut self,
        lines: &[Line],
        due: Instant,
        at: Instant,
        samples: &mut Samples,
    ) {
        for line in lines {
            match &line.body {
                LineBody::Mine { hops, .. } => {
                    let own = self.own.entry(line.id.number).or_insert(OwnMessage {
                        due,
                        measured: Vec::new(),
                    });
                    let took = at.saturating_duration_since(own.due);
                    for (latency, is_there) in [
                        (Latency::Sent, hops.answered.is_some()),
                        (Latency::Echo, hops.echoed.is_some()),
                        // What is read was accepted, even if nobody said so.
                        (Latency::Accepted, hops.accepted.or(hops.read).is_some()),
                        (Latency::Read, hops.read.is_some()),
                    ] {
                        if !own.comes(latency, is_there) {
                            continue;
                        }
                        samples.push(Sample::Took(latency, took));
                        if latency == Latency::Sent {
                            self.waits_for_reply.get_or_insert(own.due);
                            samples.push(Sample::Happened(SwarmCount::Messages));
                        }
                        if latency == Latency::Echo && took > self.late {
                            samples.push(Sample::Happened(SwarmCount::Late));
                        }
                    }
                }
                LineBody::Theirs { author, .. } if author.role != Role::Controller => {
                    self.waits_for_reply = None;
                    for own in self.own.values_mut() {
                        if own.comes(Latency::Reply, true) {
                            let took = at.saturating_duration_since(own.due);
                            samples.push(Sample::Took(Latency::Reply, took));
                        }
                    }
                }
                LineBody::Theirs { .. } | LineBody::Quiet { .. } => {}
            }
        }
    }

    /// A change came; `is_again` says that its webhook came before.
    pub(crate) fn comes(&mut self, change: &Change, is_again: bool, samples: &mut Samples) {
        let Change::Message(message) = change else {
            return;
        };
        let numbered = match message.event {
            Event::ChatState(_) => None,
            _ => message.sequence,
        };
        let Some(sequence) = numbered else { return };
        let dialog = self.dialogs.entry(message.dialog.clone()).or_default();
        match dialog.insert(sequence) {
            (true, true) => samples.push(Sample::Happened(SwarmCount::Reordered)),
            (false, _) if !is_again => samples.push(Sample::Happened(SwarmCount::Doubled)),
            _ => {}
        }
    }

    /// How the conversation stands after something that came at a moment.
    pub(crate) fn stands(&mut self, talk: &Conversation, at: Instant, samples: &mut Samples) {
        if self.opened.is_none()
            && talk.is_open()
            && let Some(due) = self.opening
        {
            self.opened = Some(at);
            samples.push(Sample::Took(
                Latency::Open,
                at.saturating_duration_since(due),
            ));
        }
        if let Some(opened) = self.opened
            && !self.is_taken
            && talk.agent().is_some()
        {
            self.is_taken = true;
            let took = at.saturating_duration_since(opened);
            samples.push(Sample::Took(Latency::Taken, took));
        }
        if let Some(asked) = self.closing
            && !talk.is_open()
        {
            self.closing = None;
            let took = at.saturating_duration_since(asked);
            samples.push(Sample::Took(Latency::Closed, took));
        }
    }

    /// Since when a message of the consumer's waits for a reply.
    pub(crate) fn waits_for_reply(&self) -> Option<Instant> {
        self.waits_for_reply
    }

    /// Whether an agent has had the conversation.
    pub(crate) fn is_taken(&self) -> bool {
        self.is_taken
    }

    /// What is missing as it stands now.
    pub(crate) fn missing(&self, talk: &Conversation) -> Missing {
        let lost = self
            .own
            .values()
            .filter(|own| own.has(Latency::Sent) && !own.has(Latency::Echo));
        let lost = u64::try_from(lost.count()).unwrap_or(u64::MAX);
        let dialogs = talk
            .details()
            .map(|details| details.dialogs)
            .unwrap_or_default();
        let gaps = dialogs.iter().map(|dialog| {
            let runs = self
                .dialogs
                .get(&dialog.id)
                .map_or(&[][..], |one| &one.seen);
            if runs.is_empty() && dialog.top == 0 {
                return 0;
            }
            let top = dialog.top.max(runs.last().map_or(0, |(_, last)| *last));
            let seen: u64 = runs.iter().map(|(first, last)| last - first + 1).sum();
            // Of what lies before the runs that are remembered nothing is known.
            let begins = if runs.len() == RUNS { runs[0].0 } else { 0 };
            (top + 1).saturating_sub(begins).saturating_sub(seen)
        });
        Missing {
            lost,
            gaps: gaps.sum::<u64>().saturating_sub(lost),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_are_new_again_or_below_others() {
        let mut numbers = DialogNumbers::default();
        let mut insert = |number| numbers.insert(number);
        assert_eq!(insert(0), (true, false));
        assert_eq!(insert(2), (true, false));
        assert_eq!(insert(1), (true, true));
        assert_eq!(insert(1), (false, true));
        assert_eq!(insert(2), (false, false));
        assert_eq!(insert(9), (true, false));
        assert_eq!(numbers.seen, [(0, 2), (9, 9)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The runs say the same as a set of all numbers.
        #[test]
        fn runs_are_a_set(all in prop::collection::vec(0..60_u64, 0..120)) {
            let (mut runs, mut set) = (DialogNumbers::default(), BTreeSet::new());
            for number in all {
                let is_below = set.last().is_some_and(|last| number < *last);
                prop_assert_eq!(runs.insert(number), (set.insert(number), is_below));
            }
            let listed = runs.seen.iter().flat_map(|(first, last)| *first..=*last);
            prop_assert_eq!(listed.collect::<Vec<_>>(), set.into_iter().collect::<Vec<_>>());
        }
    }
}
