//! What the cloud has by its own state file, held against what the phone has
//! in its journal.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use axum::body::Bytes;
use handset::domain::{
    content::Content,
    line::{Delivery, Line, LineBody},
};
use rusqlite::Connection;
use serde_json::Value;

/// A message by its dialog and its number there.
pub(crate) type Key = (String, u64);

/// A message as either side has it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    /// The connector's name of the consumer on whose phone it stands.
    consumer: String,
    by_consumer: bool,
    /// The text, or the caption of a file; nothing for structured content.
    words: Option<String>,
}

fn rows<T>(file: &Path, query: &str, read: impl Fn(&rusqlite::Row<'_>) -> T) -> Vec<T> {
    let db = Connection::open(file).unwrap();
    let mut query = db.prepare(query).unwrap();
    let rows = query.query_map((), |row| Ok(read(row))).unwrap();
    rows.map(Result::unwrap).collect()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What the cloud has published for consumers, by its state file.
fn published(state: &Path) -> BTreeMap<Key, Said> {
    let contents = |table: &str| {
        let query = format!("SELECT content FROM {table}");
        rows(state, &query, |row| json(&row.get::<_, String>(0).unwrap()))
    };
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let names: BTreeMap<String, String> = contents("consumer")
        .iter()
        .map(|consumer| (word(&consumer["id"]), word(&consumer["external"])))
        .collect();
    let mut owners = BTreeMap::new();
    for conversation in contents("conversation") {
        for dialog in conversation["dialogs"].as_array().unwrap() {
            let consumer = word(&conversation["consumer"]);
            owners.insert(word(&dialog["id"]), names[&consumer].clone());
        }
    }
    let events = rows(
        state,
        "SELECT dialog, content FROM event ORDER BY dialog, sequence",
        |row| {
            let event = json(&row.get::<_, String>(1).unwrap());
            (row.get::<_, String>(0).unwrap(), event)
        },
    );
    let mut published = BTreeMap::new();
    for (dialog, event) in events {
        let told = &event["event"];
        let is_content =
            ["ContentEvent", "RichContentEvent"].contains(&word(&told["type"]).as_str());
        if !is_content || event["audience"] != "ALL" {
            continue;
        }
        let message = &told["message"];
        let words = message.as_str().or(message["caption"].as_str());
        let said = Said {
            consumer: owners[&dialog].clone(),
            by_consumer: event["author"]["role"] == "CONSUMER",
            words: words.map(str::to_owned),
        };
        published.insert((dialog, event["sequence"].as_u64().unwrap()), said);
    }
    published
}

/// The text of a bubble, or the caption of its file.
fn words(content: &Content) -> Option<String> {
    match content {
        Content::Text { text, .. } => Some(text.to_string()),
        Content::File(file) => Some(file.caption.to_string()),
        Content::Rich { .. } | Content::Form { .. } => None,
    }
}

/// The messages of a phone, in the order it shows them.
struct Shown {
    numbered: Vec<(Key, Said)>,
    /// What the consumer wrote that has no number.
    others: Vec<(Option<String>, Delivery)>,
}

fn shown(journal: &Path) -> Shown {
    let owners: BTreeMap<u32, String> =
        rows(journal, "SELECT thread, consumer FROM phone", |row| {
            (row.get(0).unwrap(), row.get(1).unwrap())
        })
        .into_iter()
        .collect();
    let dialogs: BTreeMap<(u32, u32), String> = rows(
        journal,
        "SELECT thread, ordinal, dialog FROM dialog",
        |row| {
            let place = (row.get(0).unwrap(), row.get(1).unwrap());
            (place, row.get(2).unwrap())
        },
    )
    .into_iter()
    .collect();
    let mut items: Vec<Line> = rows(journal, "SELECT data FROM item", |row| {
        serde_json::from_str(&row.get::<_, String>(0).unwrap()).unwrap()
    });
    items.sort_by_key(|item| item.place);
    let (mut numbered, mut others) = (Vec::new(), Vec::new());
    for item in items {
        let phone = item.id.phone.unwrap().0;
        let (by_consumer, content, key) = match item.body {
            LineBody::Mine {
                content, delivery, ..
            } => {
                let Some(sequence) = delivery.sequence() else {
                    others.push((words(&content), delivery));
                    continue;
                };
                let (dialog, _) = item.place.numbered().unwrap();
                let dialog = dialogs[&(phone, dialog)].clone();
                (true, content, (dialog, sequence))
            }
            LineBody::Theirs {
                content,
                dialog,
                sequence,
                ..
            } => (false, content, (dialog.to_string(), sequence)),
            LineBody::Quiet { .. } => continue,
        };
        let said = Said {
            consumer: owners[&phone].clone(),
            by_consumer,
            words: words(&content),
        };
        numbered.push((key, said));
    }
    Shown { numbered, others }
}

/// How often each is there.
fn counted<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    counts
}

/// Checks that everything the phone answered 200 is in its journal, byte for byte and as often.
pub(super) fn keeps_what_it_answered(journal: &Path, answered: &[Bytes]) {
    let query = "SELECT body FROM hook WHERE status = 200 AND verdict = 'valid'";
    let kept = counted(rows(journal, query, |row| {
        row.get::<_, Vec<u8>>(0).unwrap()
    }));
    for (body, times) in counted(answered.iter().map(|body| body.to_vec())) {
        let there = kept.get(&body).copied().unwrap_or(0);
        let body = String::from_utf8_lossy(&body);
        assert!(
            there >= times,
            "answered {times} times, kept {there}: {body}"
        );
    }
}

/// Checks that cloud and phone have the same messages, each once and on its own phone, and that
/// the cloud has nothing of the consumer more often than allowed; gives the number of messages.
pub(super) fn agrees(state: &Path, journal: &Path, allowed: &BTreeMap<String, usize>) -> usize {
    has(&published(state), journal, allowed)
}

/// The same for a phone that is one of several on one cloud: of what the cloud has, only the
/// dialogs of the phone's own conversations matter.
pub(crate) fn agrees_on_its_own(
    state: &Path,
    journal: &Path,
    allowed: &BTreeMap<String, usize>,
) -> usize {
    let own = dialogs(journal);
    let mut published = published(state);
    published.retain(|(dialog, _), _| own.contains(dialog));
    has(&published, journal, allowed)
}

/// The dialogs of a phone's conversations.
pub(crate) fn dialogs(journal: &Path) -> BTreeSet<String> {
    let dialogs = rows(journal, "SELECT dialog FROM dialog", |row| {
        row.get(0).unwrap()
    });
    dialogs.into_iter().collect()
}

/// Conversations that webhooks in a phone's journal are about and that are not its own.
pub(crate) fn foreign(journal: &Path) -> Vec<String> {
    let query = "SELECT DISTINCT conversation FROM hook WHERE conversation IS NOT NULL \
                 AND conversation NOT IN (SELECT conversation FROM dialog)";
    rows(journal, query, |row| row.get(0).unwrap())
}

/// Webhooks that a phone's journal has twice; one that tells who types may well come twice.
pub(crate) fn repeated(journal: &Path) -> Vec<String> {
    let query = "SELECT body FROM hook WHERE instr(body, 'ChatStateEvent') = 0 \
                 GROUP BY body HAVING count(*) > 1";
    rows(journal, query, |row| {
        String::from_utf8_lossy(&row.get::<_, Vec<u8>>(0).unwrap()).into_owned()
    })
}

/// The messages the cloud has published, by dialog and number there.
pub(crate) fn messages(state: &Path) -> BTreeSet<Key> {
    published(state).into_keys().collect()
}

/// The texts on a phone, top to bottom.
pub(crate) fn texts(journal: &Path) -> Vec<String> {
    let numbered = shown(journal).numbered.into_iter();
    numbered.filter_map(|(_, said)| said.words).collect()
}

fn has(
    published: &BTreeMap<Key, Said>,
    journal: &Path,
    allowed: &BTreeMap<String, usize>,
) -> usize {
    let Shown { numbered, others } = shown(journal);
    let once: BTreeMap<Key, Said> = numbered.iter().cloned().collect();
    assert_eq!(
        once.len(),
        numbered.len(),
        "doubled on the phone: {numbered:#?}"
    );
    for (key, said) in published {
        assert_eq!(
            once.get(key),
            Some(said),
            "{key:?} on the phone and in the cloud"
        );
    }
    for (key, said) in &once {
        assert!(
            published.contains_key(key),
            "not in the cloud: {key:?} {said:?}"
        );
    }
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for ((dialog, sequence), said) in &numbered {
        let before = last.insert(dialog, *sequence);
        assert!(
            before < Some(*sequence),
            "out of order: {sequence} {said:?}"
        );
    }
    for (words, delivery) in &others {
        assert!(
            matches!(delivery, Delivery::Failed { .. }),
            "under way: {words:?}"
        );
    }
    let of_consumers = published.values().filter(|said| said.by_consumer);
    for (words, times) in counted(of_consumers.filter_map(|said| said.words.clone())) {
        let allowed = allowed.get(&words).copied().unwrap_or(0);
        assert!(
            times <= allowed,
            "allowed {allowed} times, in the cloud {times}: {words:?}"
        );
    }
    published.len()
}

/// Everything the consumers wrote that stands on the phone, whatever became of it.
pub(super) fn written(journal: &Path) -> BTreeSet<String> {
    let Shown { numbered, others } = shown(journal);
    let mine = numbered.into_iter().filter(|(_, said)| said.by_consumer);
    let words = mine.filter_map(|(_, said)| said.words);
    words
        .chain(others.into_iter().filter_map(|(words, _)| words))
        .collect()
}
