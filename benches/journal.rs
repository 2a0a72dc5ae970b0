//! What a search through a long journal takes: 10 000 conversations with their wire, beside the list
//! of all of them. Only the ratios mean anything.

#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::time::{Duration, Instant};

use handset::{
    domain::{
        content::Content,
        ids::{ItemId, PhoneId},
        inbound::{Request, Verdict},
        line::{Delivery, Hops, Line, LineBody},
        text::SafeText,
        time::Timestamp,
    },
    store::{Journal, Reader, Save, Search, Start},
};
use jiff::tz::TimeZone;
use serde_json::json;

const CONVERSATIONS: u32 = 10_000;
const LINES: u32 = 10;
const HOOKS: u32 = 6;
/// Bytes of a webhook besides its ids.
const FILLING: usize = 600;
/// As the screen has it.
const PATIENCE: Duration = Duration::from_secs(5);
const SHOWN: usize = 300;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(fill(&file));
    let reader = Reader::open(&file).unwrap();
    let size = reader.size().unwrap();
    println!("bench: journal");
    println!(
        "{} conversations in {} MiB",
        size.conversations,
        size.file / (1024 * 1024)
    );
    let all = took(&reader, "");
    println!("{:22} {:>6} ms", "all listed", all.0.as_millis());
    for (what, words) in [
        ("a name of all", "quill"),
        ("the oldest line", "needle"),
        ("two words, two lines", "needle question9"),
        ("the wire", "haystack"),
        ("nowhere", "nowhere"),
    ] {
        let (span, found, is_whole) = took(&reader, words);
        println!(
            "{what:22} {:>6} ms, {:.1} times the list, {found} found{}",
            span.as_millis(),
            span.as_secs_f64() / all.0.as_secs_f64().max(f64::EPSILON),
            if is_whole { "" } else { ", ended by patience" }
        );
    }
}

/// How long a search takes, how many conversations it finds, and whether it came to its end.
fn took(reader: &Reader, words: &str) -> (Duration, usize, bool) {
    let search = Search {
        words: words.to_owned(),
        zone: TimeZone::UTC,
        patience: PATIENCE,
    };
    let begun = Instant::now();
    let found = reader.conversations(&search, SHOWN).unwrap();
    (
        begun.elapsed(),
        found.conversations.len(),
        found.back_to.is_none(),
    )
}

async fn fill(file: &std::path::Path) {
    let (journal, feed) = Journal::open(file, Start::Newest).await.unwrap();
    drop(feed);
    let persona = json!({"name": "Ada Quill"});
    let phones = vec![(PhoneId(0), "ada".into(), persona, true)];
    let save = Save {
        phones,
        ..Save::default()
    };
    journal.save(save).await.unwrap();
    for number in 0..CONVERSATIONS {
        let id = format!("4f0a2b7e-91c3-4d58-8e6b-{number:012}");
        let save = Save {
            items: (0..LINES).map(|line| said(number, line)).collect(),
            dialogs: vec![(PhoneId(0), number, id.as_str().into(), id.as_str().into())],
            ..Save::default()
        };
        let hooks = (0..HOOKS).map(|_| journal.hook(hook(number, &id), Verdict::Valid, 200));
        let kept = futures_util::future::join_all(hooks).await;
        assert!(kept.iter().all(Result::is_ok));
        journal.save(save).await.unwrap();
    }
    journal.close().await;
}

fn said(conversation: u32, line: u32) -> Line {
    let text = match (conversation, line) {
        (0, 3) => "the NEEDLE".to_owned(),
        _ => format!("Question{line} of an ordinary length in conversation {conversation}, say."),
    };
    let number = conversation * LINES + line;
    let id = ItemId {
        phone: Some(PhoneId(0)),
        number,
    };
    let body = LineBody::Mine {
        content: Content::text(SafeText::clean(&text)),
        delivery: Delivery::Queued,
        hops: Hops::default(),
    };
    let at = Timestamp(i64::from(number) * 60_000);
    Line::new(id, at, (conversation, u64::from(line)), body)
}

fn hook(conversation: u32, id: &str) -> Request {
    let word = if conversation == CONVERSATIONS - 1 {
        "haystack"
    } else {
        "hay"
    };
    let filling = word.repeat(FILLING / word.len());
    let body = format!(
        "{{\"type\":\"t\",\"body\":{{\"changes\":[{{\"sequence\":1,\"conversationId\":\"{id}\",\
         \"filling\":\"{filling}\"}}]}}}}"
    );
    Request {
        at: Timestamp(i64::from(conversation) * 600_000),
        headers: Vec::new(),
        body: body.into(),
    }
}
