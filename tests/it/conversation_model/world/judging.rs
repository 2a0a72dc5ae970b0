//! What must be so at any moment: of the lines, and of everything that goes out.

use std::collections::BTreeSet;

use handset::domain::{
    conversation::effect::Effect,
    ids::{DialogId, Sequence},
    line::{Delivery, Line, LineBody},
    wire::outbound::{AcceptStatus, ChatState, Outbound},
};

use super::{super::cloud::What, Fate, World, words};

impl World {
    pub(super) fn remember(&mut self, item: Line, is_act: bool) {
        let before = self.journal.get(&item.id).map(|item| &item.body);
        if let LineBody::Mine {
            content, delivery, ..
        } = &item.body
        {
            let words = words(content);
            let order = self.fates.len();
            let fate = self.fates.entry(words).or_insert_with(|| Fate {
                order,
                ..Fate::default()
            });
            fate.failed |= matches!(delivery, Delivery::Failed { .. });
            match before {
                // What is replayed is written by the phone itself.
                None if is_act || item.body.is_underway() => fate.submitted += 1,
                Some(LineBody::Mine {
                    delivery: Delivery::Failed { .. },
                    ..
                }) if is_act => fate.retried += 1,
                _ => {}
            }
            if let Some(LineBody::Mine {
                delivery: before, ..
            }) = before
                && let Some(number) = before.sequence()
            {
                assert_eq!(delivery.sequence(), Some(number), "a number stays");
            }
        }
        self.journal.insert(item.id, item);
    }

    /// What must be so of the lines at any moment.
    pub(super) fn judge_lines(&self) {
        for item in self.phone.items() {
            assert_eq!(Some(item), self.journal.get(&item.id), "as it was kept");
        }
        let mut newest: Vec<&Line> = self.journal.values().collect();
        newest.sort_by_key(|item| item.place);
        let mut at_hand: Vec<&Line> = self.phone.newest().collect();
        at_hand.sort_by_key(|item| item.place);
        assert!(newest.ends_with(&at_hand), "without a gap");
        let held: Vec<&Line> = self.journal.values().collect();
        let places: BTreeSet<_> = held.iter().map(|item| item.place).collect();
        assert_eq!(places.len(), held.len(), "every line has its own place");
        for item in held {
            match &item.body {
                LineBody::Mine { delivery, .. } => {
                    if let Some(sequence) = delivery.sequence() {
                        let (_, stands_at) = item.place.numbered().unwrap();
                        assert_eq!(stands_at, sequence, "in the order of the numbers");
                    }
                }
                LineBody::Theirs {
                    sequence, content, ..
                } => {
                    let (_, stands_at) = item.place.numbered().unwrap();
                    assert_eq!(stands_at, *sequence, "in the order of the numbers");
                    assert!(
                        words(content).starts_with('m'),
                        "only what is for everybody"
                    );
                }
                LineBody::Quiet { .. } => {}
            }
        }
    }

    /// What must be so of everything that goes out.
    pub(super) fn judge(&mut self, effect: &Effect) {
        let outbound = match effect {
            Effect::Send { outbound, .. } => Some(outbound),
            Effect::Upload { .. } => {
                assert!(!self.flight, "in flight mode nothing goes out: {effect:?}");
                return;
            }
            Effect::Identify { .. } | Effect::Open { .. } => None,
            _ => return,
        };
        assert!(!self.flight, "in flight mode nothing goes out: {effect:?}");
        match outbound {
            None => assert!(!self.quit, "leaving, nothing is opened: {effect:?}"),
            Some(Outbound::ChatState {
                conversation,
                dialog,
                state,
            }) => {
                assert!(
                    !self.quit || *state == ChatState::Gone,
                    "leaving: {state:?}"
                );
                let told = (conversation.clone(), *state);
                if self.by_hand.front() == Some(state) {
                    self.by_hand.pop_front();
                    self.told = Some(told);
                    return;
                }
                assert_eq!(dialog.as_str(), conversation.as_str(), "never to a survey");
                let saved = self.saved();
                let mut rooms = saved["rooms"].as_array().unwrap().iter();
                let room = rooms.find(|room| room["id"] == conversation.as_str());
                let room = room.expect("a known conversation");
                assert_eq!(room["open"], true, "never to what is closed");
                assert_eq!(room["main_open"], true, "never to what is closed");
                assert_ne!(self.told.as_ref(), Some(&told), "changes only");
                self.told = Some(told);
            }
            Some(Outbound::Accept {
                dialog,
                status,
                sequences,
                ..
            }) => {
                for sequence in sequences {
                    self.judge_receipt(dialog, *status, *sequence);
                }
            }
            Some(_) => {}
        }
    }

    fn judge_receipt(&mut self, dialog: &DialogId, status: AcceptStatus, sequence: Sequence) {
        let entry = self
            .cloud
            .log
            .iter()
            .find(|entry| entry.dialog == *dialog && entry.sequence == sequence);
        let theirs = matches!(
            entry.map(|entry| &entry.what),
            Some(What::Theirs { for_all: true, .. })
        );
        assert!(theirs, "receipts only for what others wrote to everybody");
        let at = (dialog.clone(), sequence);
        match status {
            AcceptStatus::Read => assert!(self.seen.contains(&at), "read only what was seen"),
            AcceptStatus::Accept => *self.accepts.entry(at).or_default() += 1,
            _ => {}
        }
    }
}
