//! A talk of many lines costs no more than one of a few, and what comes of
//! forgotten lines finds them.

use std::collections::BTreeMap;

use super::*;
use crate::domain::{
    content::Content,
    conversation::effect::Effect,
    ids::PhoneId,
    line::Delivery,
    persona::Habits,
    role::Author,
    time::Timestamp,
    wire::{inbound::Message, outbound::Outbound},
};

const KEEP: usize = 100;

/// A phone with its journal, and the numbers of the cloud.
struct Talk {
    phone: Conversation,
    journal: BTreeMap<u32, Line>,
    next: Sequence,
}

impl Talk {
    fn new() -> Self {
        let mut phone = Conversation::new(PhoneId(0), BTreeMap::new(), Habits::default());
        phone.enter("c1".into());
        Self {
            phone,
            journal: BTreeMap::new(),
            next: 0,
        }
    }

    /// One step with all around it; answers what goes out with the next number.
    fn step(&mut self, event: PhoneEvent) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let lacks = self.phone.lacks(&event);
            let found = |item: &&Line| {
                lacks.contains(&Lacking::Line(item.id.number))
                    || item.place.numbered().is_some_and(|(dialog, sequence)| {
                        lacks.contains(&Lacking::At(dialog, sequence))
                    })
            };
            if !lacks.is_empty() {
                let lines = self.journal.values().filter(found).cloned().collect();
                self.phone.reload(lines);
            }
            for effect in self.phone.step(Timestamp(0), event) {
                if let Effect::Send {
                    request, outbound, ..
                } = effect
                {
                    let takes = !matches!(outbound, Outbound::ChatState { .. });
                    let sequence = takes.then_some(self.next);
                    self.next += u64::from(takes);
                    events.push(PhoneEvent::Sent { request, sequence });
                }
            }
            for item in self.phone.take_changed() {
                self.journal.insert(item.id.number, item);
            }
            self.phone.forget(KEEP);
        }
    }

    fn apply(&mut self, role: Role, sequence: Sequence, event: inbound::Event) {
        let message = Message {
            conversation: Some("c1".into()),
            dialog: "c1".into(),
            author: Author {
                id: "somebody".into(),
                role,
            },
            sequence: Some(sequence),
            at: None,
            for_consumer: true,
            event,
        };
        self.step(PhoneEvent::Notified(Change::Message(Box::new(message))));
    }

    fn say(&mut self, role: Role, sequence: Sequence, words: &str) {
        let event = inbound::Event::Content {
            content: Content::text(words.into()),
            text: Some(words.to_owned()),
        };
        self.apply(role, sequence, event);
    }

    fn read(&mut self, sequence: Sequence) {
        let event = inbound::Event::Accept {
            status: AcceptStatus::Read,
            sequences: vec![sequence],
        };
        let next = self.next;
        self.next += 1;
        self.apply(Role::AssignedAgent, next, event);
    }

    fn numbered(&self, sequence: Sequence) -> Vec<&Line> {
        let lines = self.journal.values().rev();
        lines
            .filter(|item| item.place.stored().1 == sequence)
            .collect()
    }
}

#[test]
fn a_talk_of_any_length_is_kept_in_the_same_room() {
    let mut talk = Talk::new();
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    let mut weights = Vec::new();
    for turn in 0..3000 {
        let sequence = talk.next;
        talk.next += 1;
        theirs.push(sequence);
        talk.say(Role::AssignedAgent, sequence, "a question");
        let newest = talk.phone.newest().last().unwrap().id;
        talk.step(PhoneEvent::User(Act::Shown(vec![newest])));
        ours.push(talk.next);
        talk.step(PhoneEvent::User(Act::submit(format!("answer {turn}"))));
        let own = *ours.last().unwrap();
        assert_eq!(talk.numbered(own).len(), 1, "the text took this number");
        // The first few wait for it until the end.
        if turn >= 5 {
            talk.say(Role::Consumer, own, &format!("answer {turn}"));
            talk.read(own);
        }
        assert!(talk.phone.items().count() <= KEEP + KEEP / 8 + 8);
        if turn % 1000 == 999 {
            weights.push(serde_json::to_string(talk.phone.saved()).unwrap().len());
        }
    }
    assert!(weights[2] <= weights[0] * 5 / 4, "{weights:?}");
    assert!(weights[2] < 20_000, "{weights:?}");

    let lines = talk.journal.len();
    talk.say(Role::AssignedAgent, theirs[3], "a question");
    talk.say(Role::Consumer, ours[2], "answer 2");
    talk.read(ours[1]);
    assert_eq!(talk.journal.len(), lines, "nothing is doubled");
    let hops = |item: &Line| match &item.body {
        LineBody::Mine { delivery, hops, .. } => (delivery.clone(), hops.echoed.is_some()),
        other => panic!("{other:?}"),
    };
    let echoed = talk.numbered(ours[2])[0];
    assert!(hops(echoed).1, "{echoed:?}");
    let read = Delivery::Read { sequence: ours[1] };
    assert_eq!(hops(talk.numbered(ours[1])[0]).0, read);
}
