//! Signed webhooks that the phone does not like: what can be read is shown, and of the rest a
//! line says that it came.

use std::io::Write as _;

use handset::{
    domain::{
        conversation::event::Act,
        exchange::{Entry, EntryKind},
        ids::PhoneId,
        line::{LineBody, UNREADABLE},
        secret::Secret,
        signature::{Algorithm, sign},
    },
    engine::update::Update,
    sandbox::settings::Agent,
    store::{Journal, Start},
};
use tempfile::tempdir;

use super::rig::{PATH, Phone, cloud, text};
use crate::support::{
    hooks::{self, SECRET},
    http,
    scene::act,
    soon,
};

const ODD: [(&str, &str, &str); 5] = [
    (
        "bom",
        include_str!("../../fixtures/wire/odd/bom.json"),
        "L2 hello",
    ),
    (
        "dup-type",
        include_str!("../../fixtures/wire/odd/dup-type.json"),
        "L3 hello",
    ),
    (
        "number-1e400",
        include_str!("../../fixtures/wire/odd/number-1e400.json"),
        "L4 hello",
    ),
    (
        "sequence-string",
        include_str!("../../fixtures/wire/odd/sequence-string.json"),
        "L6 hello",
    ),
    (
        "nested-62",
        include_str!("../../fixtures/wire/odd/nested-62.json"),
        "",
    ),
];

/// Where the made-up conversation of the fixtures stands.
const MADE_UP: &str = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";

/// A phone in an open conversation, and that conversation's id.
async fn talking(cloud: &handset::sandbox::Sandbox, folder: &std::path::Path) -> (Phone, String) {
    let mut phone = Phone::start(cloud, folder).await;
    phone.say("hello").await;
    phone
        .wait("sent", |phone| {
            phone.is("hello", |far| far.sequence().is_some())
        })
        .await;
    loop {
        // The webhooks may come after the answer that says it was sent.
        let entries = phone.journal.entries(None, 100).await.unwrap();
        let conversation = entries.iter().find_map(|entry| match &entry.kind {
            EntryKind::Hook(hook) => hook.conversation.clone(),
            EntryKind::Call(_) => None,
        });
        if let Some(conversation) = conversation {
            return (phone, conversation.to_string());
        }
        phone.until("an update", |_| true).await;
    }
}

async fn post(phone: &Phone, body: &[u8]) {
    let answer = http::once(phone.hook, &hooks::signed(PATH, body))
        .await
        .unwrap();
    assert_eq!(answer.status, 200);
}

fn shows(phone: &Phone, words: &str) -> bool {
    phone.items.iter().any(|item| match &item.body {
        LineBody::Quiet { text } => text.as_str() == words,
        _ => text(item) == words,
    })
}

/// Whether a receipt for a number was sent.
async fn receipts(phone: &Phone, status: &str, number: u64) -> usize {
    let entries = phone.journal.entries(None, 1_000).await.unwrap();
    let is_it = |entry: &&Entry| match &entry.kind {
        EntryKind::Call(call) => {
            let body = String::from_utf8_lossy(&call.body);
            body.contains(&format!("\"{status}\"")) && body.contains(&number.to_string())
        }
        EntryKind::Hook(_) => false,
    };
    entries.iter().filter(is_it).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_read_of_an_odd_webhook_is_shown_and_accepted() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::None).await);
    let (mut phone, conversation) = talking(&cloud, folder.path()).await;
    for (name, body, words) in ODD {
        post(&phone, body.replace(MADE_UP, &conversation).as_bytes()).await;
        if !words.is_empty() {
            phone.wait(name, |phone| shows(phone, words)).await;
        }
    }
    let is_card = |phone: &Phone| {
        let theirs = phone
            .items
            .iter()
            .filter(|item| matches!(item.body, LineBody::Theirs { .. }));
        theirs.count() == ODD.len()
    };
    phone.wait("the card", is_card).await;
    let plain = include_str!("../../fixtures/wire/odd/bom.json").replace(MADE_UP, &conversation);
    let plain = plain.replace("1120", "1200").replace("L2", "packed");
    for (encoding, number) in [("gzip", "1200"), ("deflate", "1201")] {
        let body = plain.replace("1200", number).replace("packed", encoding);
        let packed = pack(encoding, body.as_bytes());
        let signature = sign(Algorithm::Sha1, &Secret::new(SECRET), &packed);
        let head = format!("Content-Encoding: {encoding}\r\nContent-Type:");
        let request = hooks::post(PATH, &signature, &packed);
        let end = request
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap();
        let (before, after) = request.split_at(end);
        let before = String::from_utf8_lossy(before).replace("Content-Type:", &head);
        let request = [before.as_bytes(), after].concat();
        assert_eq!(http::once(phone.hook, &request).await.unwrap().status, 200);
        phone
            .wait(encoding, |phone| shows(phone, &format!("{encoding} hello")))
            .await;
    }
    phone.quit().await;
}

fn pack(encoding: &str, body: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::default();
    if encoding == "gzip" {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), level);
        packer.write_all(body).unwrap();
        packer.finish().unwrap()
    } else {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), level);
        packer.write_all(body).unwrap();
        packer.finish().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_a_line_with_its_entry_that_survives_a_restart() {
    let (folder, cloud) = (tempdir().unwrap(), cloud(Agent::None).await);
    let (mut phone, conversation) = talking(&cloud, folder.path()).await;
    let lost = ODD[0]
        .1
        .replace(MADE_UP, &conversation)
        .replace("\"message\"", "\"mess\"");
    let garbage = format!("\u{1}{conversation}\u{0}]]");
    let mut lines = Vec::new();
    for (count, body) in [lost.as_str(), &garbage, "no id at all"]
        .into_iter()
        .enumerate()
    {
        post(&phone, body.as_bytes()).await;
        let quiet = |phone: &Phone| -> Vec<_> {
            let quiet = phone.items.iter().filter(
                |item| matches!(&item.body, LineBody::Quiet { text } if text.as_str() == UNREADABLE),
            );
            quiet.map(|item| item.id).collect()
        };
        let linked = async {
            loop {
                if let Update::Linked { entry, items } = phone.next().await.unwrap()
                    && let Some(line) = quiet(&phone).into_iter().find(|line| items.contains(line))
                {
                    assert_eq!(quiet(&phone).len(), count + 1, "{body}");
                    break (entry, line);
                }
            }
        };
        let (entry, line) = soon("a line with its entry", linked).await;
        let kept = phone.journal.entries(None, 100).await.unwrap();
        let came = kept.iter().find(|one| one.id == entry).map(|one| &one.kind);
        let Some(EntryKind::Hook(came)) = came else {
            panic!("{entry:?} is no webhook");
        };
        assert_eq!(came.request.body.as_ref(), body.as_bytes());
        lines.push(line);
    }
    // Seen, and accepted for it is here, but nobody has read it.
    phone.tell(act(Act::Shown(lines.clone()))).await;
    phone.say("after").await;
    phone
        .wait("sent", |phone| {
            phone.is("after", |far| far.sequence().is_some())
        })
        .await;
    while receipts(&phone, "ACCEPT", 1120).await == 0 {
        phone.until("an update", |_| true).await;
    }
    assert_eq!(receipts(&phone, "READ", 1120).await, 0);
    phone.quit().await;

    let path = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&path, Start::Cursor).await.unwrap();
    let kept = journal.items(PhoneId(0), None, 100).await.unwrap();
    for line in &lines {
        assert!(kept.iter().any(|item| item.id == *line), "{line:?}");
        assert_eq!(journal.links(*line).await.unwrap().len(), 1, "{line:?}");
    }
    journal.close().await;
    let mut phone = Phone::start(&cloud, folder.path()).await;
    phone
        .wait("the lines", |phone| shows(phone, UNREADABLE))
        .await;
    phone.quit().await;
}
