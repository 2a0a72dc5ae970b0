//! Past conversations as a reader finds them, on real files beside a journal that is in use.

use std::time::Duration;

use handset::{
    domain::{
        content::Content,
        exchange::{EntryKind, Exchange},
        ids::{ConversationId, EntryId, ItemId, PhoneId},
        inbound::{Request, Verdict},
        line::{Delivery, Hops, Line, LineBody, Place, Position},
        past::PastConversation,
        text::SafeText,
        time::Timestamp,
    },
    store::{Error, Journal, Reader, Save, Scope, Search, Start},
};
use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde_json::json;
use tempfile::tempdir;

const MINUTE: i64 = 60_000;

fn line(dialog: Option<u32>, number: u32, at: i64, text: &str) -> Line {
    let position = dialog.map_or(Position::Unnumbered, |dialog| {
        (dialog, u64::from(number)).into()
    });
    let body = LineBody::Mine {
        content: Content::text(SafeText::clean(text)),
        delivery: Delivery::Queued,
        hops: Hops::default(),
    };
    Line::new(
        ItemId {
            phone: Some(PhoneId(0)),
            number,
        },
        Timestamp(at),
        position,
        body,
    )
}

fn quiet(dialog: Option<u32>, number: u32, at: i64, text: &str) -> Line {
    let text = SafeText::clean(text);
    Line {
        body: LineBody::Quiet { text },
        ..line(dialog, number, at, "")
    }
}

fn hook(at: i64, change: &str) -> Request {
    let body = format!("{{\"type\":\"t\",\"body\":{{\"changes\":[{{\"sequence\":1,{change}}}]}}}}");
    Request {
        at: Timestamp(at),
        headers: Vec::new(),
        body: body.into(),
    }
}

fn call(serial: u64, at: i64, phone: Option<u32>, conversation: Option<&str>) -> Exchange {
    Exchange {
        serial,
        phone: phone.map(PhoneId),
        cause: None,
        conversation: conversation.map(ConversationId::from),
        purpose: format!("call {serial}"),
        method: "POST".into(),
        url: "http://127.0.0.1:1/api".into(),
        headers: Vec::new(),
        body: "{\"said\":\"100% wet\"}".into(),
        attempt: 1,
        started: Timestamp(at),
        outcome: None,
    }
}

/// Two conversations of one consumer, the first with a survey that came after the second began,
/// and one of another. The numbers of the entries are returned in the order they came.
async fn fill(journal: &Journal) -> Vec<EntryId> {
    let id = ItemId {
        phone: Some(PhoneId(1)),
        number: 0,
    };
    let elsewhere = Line {
        id,
        place: Place::new(id, (0, 0)),
        ..line(Some(0), 0, 50 * MINUTE, "Bonjour \"Ben\"")
    };
    let items = vec![
        quiet(Some(0), 0, 10 * MINUTE, "Riley joined"),
        line(Some(0), 1, 11 * MINUTE, "Is the blue\none in stock? 100%"),
        line(Some(1), 2, 20 * MINUTE, "Another question, number 1002"),
        quiet(Some(0), 3, 21 * MINUTE, "The conversation is closed"),
        line(Some(2), 4, 22 * MINUTE, "Rating: 5"),
        line(None, 5, 23 * MINUTE, "Not sent yet"),
        elsewhere,
    ];
    let save = Save {
        items,
        phones: vec![(PhoneId(0), "ada".into(), json!({"name": "Ada Quill"}), true)],
        dialogs: vec![
            (PhoneId(0), 0, "first".into(), "first".into()),
            (PhoneId(0), 1, "second".into(), "second".into()),
            (PhoneId(0), 2, "first".into(), "survey".into()),
            (PhoneId(1), 0, "other".into(), "other".into()),
        ],
        ..Save::default()
    };
    journal.save(save).await.unwrap();
    let mut ids = vec![
        journal.call(call(0, MINUTE, None, None)).await,
        journal.call(call(1, 10 * MINUTE, None, None)).await,
        journal.call(call(2, 10 * MINUTE, Some(1), None)).await,
        journal.call(call(3, 10 * MINUTE, Some(0), None)).await,
    ];
    ids.push(
        journal
            .call(call(4, 10 * MINUTE + 5, Some(0), Some("first")))
            .await,
    );
    for (at, change) in [
        (11 * MINUTE, "\"conversationId\":\"first\""),
        (12 * MINUTE, "\"conversationId\":\"other\""),
        (
            20 * MINUTE,
            "\"conversationId\":\"second\",\"note\":\"Zebra\"",
        ),
        (22 * MINUTE, "\"dialogId\":\"survey\""),
    ] {
        let kept = journal.hook(hook(at, change), Verdict::Valid, 200).await;
        ids.push(kept.unwrap());
    }
    // Answered after the webhook: every call is in the file once this is.
    ids
}

fn found(reader: &Reader, words: &str, limit: usize) -> Vec<PastConversation> {
    let search = Search {
        words: words.to_owned(),
        zone: TimeZone::UTC,
        patience: Duration::from_mins(10),
    };
    let found = reader.conversations(&search, limit).unwrap();
    assert_eq!(found.back_to, None);
    found.conversations
}

fn numbers(entries: &[handset::domain::exchange::Entry]) -> Vec<EntryId> {
    entries.iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn a_reader_finds_each_conversation_beside_a_running_journal() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    let ids = fill(&journal).await;
    let reader = Reader::open(&file).unwrap();

    let all = found(&reader, "", 10);
    let shown: Vec<_> = all
        .iter()
        .map(|kept| {
            (
                kept.conversation.as_str(),
                kept.lines,
                kept.opening.as_str(),
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("other", 1, "Bonjour \"Ben\""),
            ("second", 1, "Another question, number 1002"),
            // What has not left yet goes with the newest dialog.
            ("first", 5, "Is the blue one in stock? 100%"),
        ]
    );
    assert_eq!(all[1].consumer.as_str(), "Ada Quill");
    assert_eq!(
        (all[2].phone, all[2].began),
        (PhoneId(0), Timestamp(10 * MINUTE))
    );
    assert_eq!(all[0].consumer.as_str(), "");
    assert_eq!(found(&reader, "", 1), all[..1]);

    for (needle, expected) in [
        ("\"ben\"", vec!["other"]),
        ("BLUE", vec!["first"]),
        ("100%", vec!["first"]),
        ("blue\none", vec!["first"]),
        // Only in the wire.
        ("zebra", vec!["second"]),
        ("% wet", vec!["first"]),
        // Each word somewhere: in a line, in the wire, in a name, in an id, in a day.
        ("wet stock blue", vec!["first"]),
        ("ÁDA zebra", vec!["second"]),
        ("quill", vec!["second", "first"]),
        ("surv rating", vec!["first"]),
        ("1970-01-01 bonjour", vec!["other"]),
        ("thursday 00:20", vec!["second"]),
        ("friday", vec![]),
        ("blue zebra", vec![]),
        // Words of the journal's own.
        ("delivery", vec![]),
        ("queued", vec![]),
        ("_", vec![]),
        ("\\", vec![]),
    ] {
        let kept = found(&reader, needle, 10);
        let kept: Vec<_> = kept.iter().map(|kept| kept.conversation.as_str()).collect();
        assert_eq!(kept, expected, "{needle:?}");
    }

    let first = ConversationId::from("first");
    let lines = reader.lines(&first, None, 100).unwrap();
    let order: Vec<_> = lines.iter().map(|item| item.id.number).collect();
    assert_eq!(order, [0, 1, 3, 4, 5]);
    for size in 1..6 {
        let mut pages: Vec<Line> = Vec::new();
        loop {
            let after = pages.last().map(|item| item.place);
            let page = reader.lines(&first, after, size).unwrap();
            if page.is_empty() {
                break;
            }
            pages.extend(page);
        }
        assert_eq!(pages, lines);
        let last = reader.last_lines(&first, size).unwrap();
        assert_eq!(last, lines[lines.len() - last.len()..]);
        assert_eq!(last.len(), size.min(5));
    }

    let of = |scope: &Scope, before| numbers(&reader.entries(scope, before, 10).unwrap());
    assert_eq!(of(&Scope::All, None).len(), ids.len());
    let scope = Scope::Conversation(first.clone());
    assert_eq!(of(&scope, None), [ids[8], ids[5], ids[4]]);
    assert_eq!(of(&scope, Some(ids[8])), [ids[5], ids[4]]);
    assert_eq!(
        of(&Scope::Phone(PhoneId(0)), None),
        [ids[8], ids[7], ids[5], ids[4], ids[3]]
    );
    assert_eq!(of(&Scope::Phone(PhoneId(1)), None), [ids[6], ids[2]]);
    assert_eq!(of(&Scope::Phone(PhoneId(7)), None), []);

    // Its own, and what served it: not what was long before, nor another consumer's.
    let wire = reader.wire(&first, None, 100).unwrap();
    assert_eq!(numbers(&wire), [ids[1], ids[3], ids[4], ids[5], ids[8]]);
    let rest = reader.wire(&first, Some(ids[4]), 1).unwrap();
    assert_eq!(numbers(&rest), [ids[5]]);
    assert!(matches!(rest[0].kind, EntryKind::Hook(_)));

    let unknown = ConversationId::from("unknown");
    assert_eq!(reader.conversation(&unknown).unwrap(), None);
    assert_eq!(reader.conversation(&first).unwrap().as_ref(), Some(&all[2]));
    assert_eq!(reader.lines(&unknown, None, 10).unwrap(), []);
    assert_eq!(reader.wire(&unknown, None, 10).unwrap(), []);
}

#[tokio::test]
async fn a_reader_holds_its_moment_and_changes_nothing() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    fill(&journal).await;
    let reader = Reader::open(&file).unwrap();
    assert_eq!(reader.entries(&Scope::All, None, 100).unwrap().len(), 9);
    // Others write and leave while it looks.
    fill(&journal).await;
    journal.close().await;
    assert_eq!(reader.entries(&Scope::All, None, 100).unwrap().len(), 9);
    drop(reader);
    // What was left in the log is there for the next one, and the next journal folds it.
    let reader = Reader::open(&file).unwrap();
    assert_eq!(reader.entries(&Scope::All, None, 100).unwrap().len(), 18);
    drop(reader);
    let (journal, _feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    journal.close().await;
    let before = std::fs::read(&file).unwrap();
    let reader = Reader::open(&file).unwrap();
    assert_eq!(found(&reader, "", 10).len(), 3);
    drop(reader);
    assert_eq!(
        std::fs::read(&file).unwrap(),
        before,
        "the file was changed"
    );
}

#[tokio::test]
async fn a_reader_reads_what_a_killed_handset_left() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    fill(&journal).await;
    // As it lies on the disk in the middle of a run, moved to another machine.
    let left = folder.path().join("left");
    std::fs::create_dir(&left).unwrap();
    for name in ["journal.db", "journal.db-wal"] {
        std::fs::copy(folder.path().join(name), left.join(name)).unwrap();
    }
    let before = std::fs::read(left.join("journal.db")).unwrap();
    let reader = Reader::open(&left.join("journal.db")).unwrap();
    assert_eq!(found(&reader, "", 10).len(), 3);
    assert_eq!(reader.entries(&Scope::All, None, 100).unwrap().len(), 9);
    drop(reader);
    let after = std::fs::read(left.join("journal.db")).unwrap();
    assert_eq!(after, before, "the file was changed");
    journal.close().await;
}

#[tokio::test]
async fn what_a_reader_cannot_read_it_says() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let refused = || Reader::open(&file).map(drop).unwrap_err();
    assert!(matches!(refused(), Error::Missing { .. }));
    assert!(!file.exists());
    std::fs::write(&file, "a letter to my aunt ".repeat(200)).unwrap();
    assert!(matches!(refused(), Error::Unreadable { .. }));
    std::fs::remove_file(&file).unwrap();
    let (journal, _feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    journal.close().await;
    let set = |version: i64| {
        let other = Connection::open(&file).unwrap();
        other.pragma_update(None, "user_version", version).unwrap();
    };
    set(2);
    assert!(matches!(refused(), Error::Older { found: 2, .. }));
    set(99);
    assert!(matches!(refused(), Error::Newer { found: 99, .. }));
}

#[tokio::test]
async fn what_an_earlier_handset_kept_is_found_by_the_states_of_its_threads() {
    let folder = tempdir().unwrap();
    let file = folder.path().join("journal.db");
    let (journal, _feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    let dialog = |id: &str, ordinal: u32| json!({"id": id, "ordinal": ordinal});
    let rooms = json!([
        {"id": "first", "dialogs": [dialog("first", 0), dialog("survey", 2)]},
        {"id": "second", "dialogs": [dialog("second", 1)]},
    ]);
    let save = Save {
        items: vec![
            line(Some(0), 0, MINUTE, "One"),
            line(Some(2), 1, MINUTE, "Two"),
        ],
        states: vec![
            (PhoneId(0), json!({"rooms": rooms}), None),
            (PhoneId(1), json!(null), None),
        ],
        ..Save::default()
    };
    journal.save(save).await.unwrap();
    journal.close().await;
    let db = Connection::open(&file).unwrap();
    db.execute_batch(
        "DROP INDEX hook_conversation; DROP INDEX call_conversation; DROP INDEX call_thread;
         DROP TABLE arrived; DROP TABLE draft;
         DROP TABLE workspace_draft;
         PRAGMA user_version = 4;",
    )
    .unwrap();
    drop(db);
    let (journal, _feed) = Journal::open(&file, Start::Cursor).await.unwrap();
    let reader = Reader::open(&file).unwrap();
    let lines = reader.lines(&"first".into(), None, 10).unwrap();
    let numbers: Vec<_> = lines.iter().map(|item| item.id.number).collect();
    assert_eq!(numbers, [0, 1]);
    assert!(reader.conversation(&"second".into()).unwrap().is_some());
    journal.close().await;
}
