//! Bodies made of the fixtures: parts exchanged, taken out, doubled, blown up,
//! numbers that are none, texts that are orders to a terminal.

use std::fs;

use proptest::{prelude::*, sample::Index};
use serde_json::{Map, Value};

/// Stands in every order of ours to a terminal, so that it can be told from the program's.
pub(super) const MARK: &str = "4242";

/// The conversation and the consumer of the fixtures.
const CONVERSATION: &str = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";
const CONSUMER: &str = "9b1f6c0d2e7a48359c54d0b7e8f1a2634c5d6e7f8091a2b3c4d5e6f708192a3b";

/// Orders to a terminal, each with the mark.
pub(super) const ORDERS: [&str; 14] = [
    "\u{1b}[4242m",
    "\u{1b}[4242;1H",
    "\u{1b}]0;4242\u{7}",
    "\u{1b}]52;c;4242\u{1b}\\",
    "\u{1b}]8;id=4242;https://evil.test/\u{7}here\u{1b}]8;;\u{7}",
    "\u{1b}P4242q\u{1b}\\",
    "\u{1b}_G4242\u{1b}\\",
    "\u{9b}4242J",
    "\u{9d}0;4242\u{9c}",
    "\u{90}4242\u{9c}",
    "\u{1b}c4242\u{7}\u{8}\u{7f}\0",
    "\u{1b}[\u{1b}[4242m4242\u{1b}",
    "\u{202e}4242\u{2066}\u{202a}",
    "4242\r\n\u{b}\u{c}\u{85}\u{2028}\t",
];

/// What serde would not write: numbers out of range, and words that are none of JSON.
const NUMBERS: [&str; 8] = [
    "1e999",
    "-1e999",
    "NaN",
    "-0",
    "1E-400",
    "99999999999999999999999",
    "0x10",
    "1.5",
];

/// The fixtures, of this conversation and this consumer.
pub(super) fn fixtures(conversation: &str, consumer: &str) -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/wire/inbound");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let own = |file| {
        let body = fs::read_to_string(file).unwrap();
        let body = body.replace(CONVERSATION, conversation);
        body.replace(CONSUMER, consumer).into_bytes()
    };
    files.iter().map(own).collect()
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(ORDERS.to_vec()).prop_map(str::to_owned),
        2 => "\\PC{0,12}",
        1 => "[\\x00-\\x1f\u{7f}-\u{9f}]{1,6}",
        1 => Just("👨‍👩‍👧 العربية Z\u{301}\u{323}\u{334} 日本語".to_owned()),
    ];
    let short = prop::collection::vec(piece, 1..5).prop_map(|pieces| pieces.concat());
    let long = (prop::sample::select(ORDERS.to_vec()), 1_000..20_000_usize)
        .prop_map(|(order, times)| order.repeat(times / order.len()));
    prop_oneof![30 => short, 1 => long]
}

fn json() -> impl Strategy<Value = Value> {
    let number = prop::sample::select(vec![0, 1, -1, 3, i64::MAX, i64::MIN]);
    let word = prop::sample::select(vec![
        "OPEN", "CLOSE", "READ", "ACTION", "CONSUMER", "MANAGER", "ALL", "vertical", "button", "",
    ]);
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => number.prop_map(Value::from),
        1 => Just(Value::from(u64::MAX)),
        6 => text().prop_map(Value::from),
        2 => word.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((text(), inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// What is done to a part.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Put(Value),
    /// As it stands, whatever serde thinks of it.
    PutRaw(String),
    Remove,
}

fn change() -> impl Strategy<Value = Change> {
    let deep = (1..3_000_usize).prop_map(|depth| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        Change::PutRaw(format!("{open}{close}"))
    });
    let number = prop::sample::select(NUMBERS.to_vec());
    prop_oneof![
        // Most often only words are exchanged, so that much of it is understood and shown.
        8 => text().prop_map(|text| Change::Put(text.into())),
        4 => json().prop_map(Change::Put),
        1 => number.prop_map(|number| Change::PutRaw(number.to_owned())),
        1 => deep,
        2 => Just(Change::Remove),
    ]
}

/// One webhook body.
#[derive(Debug, Clone)]
pub(super) enum Hostile {
    /// Bytes of any kind.
    Bytes(Vec<u8>),
    /// Not of this world.
    Foreign(Value),
    /// A fixture in which some parts are others, or gone.
    Changed(Index, Vec<(Index, Change)>),
    /// A fixture with another byte somewhere, and an end too early.
    Cut(Index, Index, u8, Index),
}

pub(super) fn hostile() -> impl Strategy<Value = Hostile> {
    let parts = prop::collection::vec((any::<Index>(), change()), 1..5);
    let cut = (any::<Index>(), any::<Index>(), any::<u8>(), any::<Index>());
    prop_oneof![
        1 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Hostile::Bytes),
        1 => json().prop_map(Hostile::Foreign),
        16 => (any::<Index>(), parts).prop_map(|(which, parts)| Hostile::Changed(which, parts)),
        2 => cut.prop_map(|(which, at, byte, end)| Hostile::Cut(which, at, byte, end)),
    ]
}

impl Hostile {
    pub(super) fn body(&self, fixtures: &[Vec<u8>]) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Foreign(value) => value.to_string().into_bytes(),
            Self::Changed(which, parts) => {
                changed(&fixtures[which.index(fixtures.len())], parts).into_bytes()
            }
            Self::Cut(which, at, byte, end) => {
                let mut body = fixtures[which.index(fixtures.len())].clone();
                let index = at.index(body.len());
                body[index] = *byte;
                body.truncate(end.index(body.len()));
                body
            }
        }
    }
}

/// Stands for raw text while the rest is JSON.
fn placeholder(number: usize) -> String {
    format!("raw part {number}")
}

fn changed(fixture: &[u8], parts: &[(Index, Change)]) -> String {
    let mut body: Value = serde_json::from_slice(fixture).unwrap();
    let mut raw = Vec::new();
    for (at, part) in parts {
        let mut paths = Vec::new();
        paths_of(&body, "", &mut paths);
        let Some(path) = (!paths.is_empty()).then(|| &paths[at.index(paths.len())]) else {
            continue;
        };
        let put = match part {
            Change::Put(value) => value.clone(),
            Change::PutRaw(text) => {
                raw.push(text);
                Value::from(placeholder(raw.len()))
            }
            Change::Remove => {
                remove(&mut body, path);
                continue;
            }
        };
        if let Some(there) = body.pointer_mut(path) {
            *there = put;
        }
    }
    let mut text = body.to_string();
    for (number, raw) in (1..).zip(raw) {
        text = text.replace(&format!("\"{}\"", placeholder(number)), raw);
    }
    text
}

/// The JSON pointers of everything inside a value.
fn paths_of(value: &Value, here: &str, paths: &mut Vec<String>) {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members.iter().map(|(key, it)| (key.clone(), it)).collect(),
        Value::Array(list) => (0..)
            .zip(list)
            .map(|(at, it): (usize, _)| (at.to_string(), it))
            .collect(),
        _ => return,
    };
    for (key, value) in inside {
        let path = format!("{here}/{}", key.replace('~', "~0").replace('/', "~1"));
        paths_of(value, &path, paths);
        paths.push(path);
    }
}

fn remove(body: &mut Value, path: &str) {
    let (parent, key) = path.rsplit_once('/').unwrap();
    match body.pointer_mut(parent) {
        Some(Value::Object(members)) => {
            members.remove(&key.replace("~1", "/").replace("~0", "~"));
        }
        Some(Value::Array(list)) => {
            list.remove(key.parse().unwrap());
        }
        _ => {}
    }
}
