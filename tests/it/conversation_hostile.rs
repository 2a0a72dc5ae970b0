//! Notifications as no cloud should post them, from the reader to the state
//! machine: arbitrary JSON, the fixtures with parts exchanged, taken out or cut
//! off. Nothing may panic, what is kept must come back the same, and what came
//! for the consumer must be on the phone.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use handset::domain::{
    conversation::{
        Conversation, Saved,
        effect::Effect,
        event::{Act, PhoneEvent},
    },
    ids::PhoneId,
    line::{Line, LineBody},
    persona::Habits,
    role::Role,
    time::Timestamp,
    wire::{
        inbound::{self, Change},
        outbound::AcceptStatus,
    },
};
use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value};

/// The conversation and the consumer of the fixtures.
const CONVERSATION: &str = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";
const CONSUMER: &str = "9b1f6c0d2e7a48359c54d0b7e8f1a2634c5d6e7f8091a2b3c4d5e6f708192a3b";

fn fixtures() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wire/inbound");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![
            Just(0),
            Just(i64::MAX),
            Just(i64::MIN),
            Just(-1),
            0_i64..20,
            any::<i64>()
        ]
        .prop_map(Value::from),
        Just(Value::from(u64::MAX)),
        any::<i32>().prop_map(|n| Value::from(f64::from(n) / 2.0)),
        "(\\PC|[\u{1b}\u{9b}\u{7}\n\u{202e}\\[\\]0-9;]){0,20}".prop_map(Value::from),
        prop::sample::select(vec![
            "OPEN", "CLOSE", "READ", "ACTION", "CONSUMER", "MANAGER", "c9", ""
        ])
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-zA-Z]{1,10}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// One webhook body.
#[derive(Debug, Clone)]
enum Hostile {
    /// Not of this world.
    Foreign(Value),
    /// A fixture in which some parts are others, or gone.
    Changed(Index, Vec<(Index, Option<Value>)>),
    /// A fixture with another byte somewhere, and an end too early.
    Cut(Index, Index, u8, Index),
}

fn hostile() -> impl Strategy<Value = Hostile> {
    let part = (any::<Index>(), prop::option::weighted(0.8, json()));
    prop_oneof![
        1 => json().prop_map(Hostile::Foreign),
        8 => (any::<Index>(), prop::collection::vec(part, 0..4))
            .prop_map(|(which, parts)| Hostile::Changed(which, parts)),
        1 => (any::<Index>(), any::<Index>(), any::<u8>(), any::<Index>())
            .prop_map(|(which, at, byte, end)| Hostile::Cut(which, at, byte, end)),
    ]
}

impl Hostile {
    fn body(&self, fixtures: &[Vec<u8>]) -> Vec<u8> {
        match self {
            Self::Foreign(value) => value.to_string().into_bytes(),
            Self::Changed(which, parts) => {
                let body = &fixtures[which.index(fixtures.len())];
                let mut body: Value = serde_json::from_slice(body).unwrap();
                for (at, part) in parts {
                    let mut paths = Vec::new();
                    paths_of(&body, "", &mut paths);
                    if !paths.is_empty() {
                        let path = &paths[at.index(paths.len())];
                        change(&mut body, path, part.clone());
                    }
                }
                body.to_string().into_bytes()
            }
            Self::Cut(which, at, byte, end) => {
                let mut body = which.get(fixtures).clone();
                let index = at.index(body.len());
                body[index] = *byte;
                body.truncate(end.index(body.len()));
                body
            }
        }
    }
}

/// The JSON pointers of everything inside a value.
fn paths_of(value: &Value, here: &str, paths: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(index, it)| (index.to_string(), it))
            .collect(),
        _ => return,
    };
    for (key, value) in inside {
        let path = format!("{here}/{key}");
        paths_of(value, &path, paths);
        paths.push(path);
    }
}

/// Puts something else there, or takes it out.
fn change(body: &mut Value, path: &str, part: Option<Value>) {
    if let Some(part) = part {
        if let Some(there) = body.pointer_mut(path) {
            *there = part;
        }
        return;
    }
    let (parent, key) = path.rsplit_once('/').unwrap();
    match body.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.remove(key);
        }
        Some(Value::Array(list)) => {
            list.remove(key.parse().unwrap());
        }
        _ => {}
    }
}

/// A phone in the conversation of the fixtures, and what was journalled of it.
struct Phone {
    conversation: Conversation,
    journal: BTreeMap<u32, Line>,
    /// Numbers that came, whatever they were for.
    came: BTreeSet<(String, String, u64)>,
}

impl Phone {
    fn new() -> Self {
        let mut phone = Self {
            conversation: Conversation::new(PhoneId(0), BTreeMap::new(), Habits::default()),
            journal: BTreeMap::new(),
            came: BTreeSet::new(),
        };
        let first = phone.step(PhoneEvent::Started);
        let [Effect::Identify { request }] = first[..] else {
            panic!("{first:?}");
        };
        let me = CONSUMER.into();
        let second = phone.step(PhoneEvent::Identified { request, me });
        let [Effect::Open { request, .. }] = second[..] else {
            panic!("{second:?}");
        };
        phone.step(PhoneEvent::Opened {
            request,
            conversation: CONVERSATION.into(),
        });
        phone
    }

    fn step(&mut self, event: PhoneEvent) -> Vec<Effect> {
        let effects = self.conversation.step(Timestamp(0), event);
        for item in self.conversation.take_changed() {
            self.journal.insert(item.id.number, item);
        }
        effects
    }

    fn hear(&mut self, change: Change) {
        let expected = match &change {
            Change::Message(message) => self.expected(message),
            Change::Conversation(_) => None,
        };
        self.step(PhoneEvent::Notified(change));
        if let Some((dialog, sequence)) = expected {
            assert!(
                self.shows(&dialog, sequence),
                "{dialog} {sequence} is not shown"
            );
        }
    }

    /// Where a message must be shown: it is for the consumer, of a conversation of ours, and the
    /// first thing with this number.
    fn expected(&mut self, message: &inbound::Message) -> Option<(String, u64)> {
        let sequence = message.sequence?;
        let conversation = self.conversation.conversation_of_message(message)?;
        if !self.conversation.knows(&conversation)
            || matches!(message.event, inbound::Event::ChatState(_))
        {
            return None;
        }
        let dialog = message.dialog.to_string();
        let is_first = self
            .came
            .insert((conversation.to_string(), dialog.clone(), sequence));
        let is_content = matches!(message.event, inbound::Event::Content { .. });
        (is_first && is_content && message.for_consumer).then_some((dialog, sequence))
    }

    fn shows(&self, dialog: &str, sequence: u64) -> bool {
        let ordinals: BTreeSet<u32> = self
            .conversation
            .dialogs()
            .filter(|(_, _, id)| id.as_str() == dialog)
            .map(|(ordinal, ..)| ordinal)
            .collect();
        self.journal.values().any(|item| {
            let number = match &item.body {
                LineBody::Mine { delivery, .. } => delivery.sequence(),
                LineBody::Theirs { sequence, .. } => Some(*sequence),
                LineBody::Quiet { .. } => None,
            };
            let dialog = item.place.numbered().map(|(dialog, _)| dialog);
            number == Some(sequence) && dialog.is_some_and(|dialog| ordinals.contains(&dialog))
        })
    }

    /// What a person does with what is there.
    fn touch(&mut self, pick: usize) {
        let ids: Vec<_> = self.journal.values().map(|item| item.id).collect();
        let Some(item) = ids.get(pick % ids.len().max(1)).copied() else {
            return;
        };
        let act = match pick % 6 {
            0 => Act::Shown(ids),
            1 => Act::Reply { item, index: 0 },
            2 => Act::Mark {
                item,
                status: AcceptStatus::Access,
                metadata: None,
            },
            3 => Act::Replay(item),
            4 => Act::Close,
            _ => Act::submit("hi"),
        };
        self.step(PhoneEvent::User(act));
    }

    /// What was journalled gives the same phone again.
    fn judge(&self) {
        let kept = serde_json::to_string(self.conversation.saved()).unwrap();
        let saved: Saved = serde_json::from_str(&kept).unwrap();
        assert_eq!(&saved, self.conversation.saved());
        let items: Vec<&Line> = self.journal.values().collect();
        let kept = serde_json::to_string(&items).unwrap();
        let items: Vec<Line> = serde_json::from_str(&kept).unwrap();
        let again = Conversation::restored(saved, items, BTreeMap::new(), Habits::default());
        assert_eq!(again.saved(), self.conversation.saved());
        assert!(again.items().eq(self.conversation.items()));
        assert_eq!(again.details(), self.conversation.details());
        for item in self.conversation.items() {
            if let LineBody::Quiet { text } = &item.body {
                assert!(!text.as_str().contains(char::is_control), "{text:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_posted_harms_nothing_and_is_not_lost(
        posts in prop::collection::vec((hostile(), any::<u8>()), 1..25)
    ) {
        let fixtures = fixtures();
        let mut phone = Phone::new();
        for (post, touch) in posts {
            for change in inbound::read(&post.body(&fixtures)) {
                phone.hear(change);
            }
            if touch % 3 == 0 {
                phone.touch(usize::from(touch) / 3);
            }
        }
        phone.judge();
    }
}

#[test]
fn every_fixture_is_heard_as_it_is() {
    let mut phone = Phone::new();
    for body in fixtures() {
        for change in inbound::read(&body) {
            phone.hear(change);
        }
    }
    phone.judge();
    let consumers = |item: &&Line| matches!(&item.body, LineBody::Theirs { author, .. } if author.role == Role::Consumer);
    assert_eq!(phone.journal.values().filter(consumers).count(), 0);
    assert!(phone.journal.len() > 20, "{}", phone.journal.len());
}
