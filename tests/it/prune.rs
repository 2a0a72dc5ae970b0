//! `handset journal`: how large it is, and what is deleted out of it and what is not, on real files.

use std::{
    fs,
    path::Path,
    process::{Output, Stdio},
};

use handset::{
    domain::{
        content::{Content, Hosted},
        ids::{ItemId, PhoneId},
        inbound::{Request, Verdict},
        line::{Delivery, Hops, Line, LineBody},
        role::{Author, Role},
        text::SafeText,
        time::Timestamp,
    },
    store::{Journal, Reader, Save, Scope, Search, Start},
};
use jiff::tz::TimeZone;
use serde_json::json;
use tempfile::{TempDir, tempdir};

const DAY: i64 = 86_400_000;

fn now() -> i64 {
    let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn handset(data: &Path, arguments: &[&str]) -> Output {
    let mut command = crate::support::program();
    command
        .args(arguments)
        .env("HANDSET_DATA_DIR", data)
        .env("HOME", data)
        .env("TZ", "UTC")
        .stdin(Stdio::null());
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    let out = String::from_utf8(output.stdout.clone()).unwrap();
    out + &String::from_utf8(output.stderr.clone()).unwrap()
}

fn line(number: u32, dialog: u32, at: i64, body: LineBody) -> Line {
    let id = ItemId {
        phone: Some(PhoneId(0)),
        number,
    };
    Line::new(id, Timestamp(at), (dialog, u64::from(number)), body)
}

fn mine(text: &str) -> LineBody {
    LineBody::Mine {
        content: Content::text(SafeText::clean(text)),
        delivery: Delivery::Queued,
        hops: Hops::default(),
    }
}

fn theirs(number: u32, content: Content) -> LineBody {
    LineBody::Theirs {
        author: Author {
            id: "agent-1".into(),
            role: Role::AssignedAgent,
        },
        name: "Zoë".into(),
        content,
        dialog: "d".into(),
        sequence: u64::from(number),
        answerable: false,
    }
}

/// Conversations of one consumer: an old one with a file and much wire, an old one that is open, an
/// old one that was closed last, a new one.
async fn fill(journal: &Journal) {
    let file = Hosted {
        caption: "receipt".into(),
        file_type: "PNG".into(),
        path: "/v1/receipt".to_owned(),
        ..Hosted::default()
    };
    let old = now() - 200 * DAY;
    let quiet = |text: &str| LineBody::Quiet { text: text.into() };
    let save = Save {
        items: vec![
            line(0, 0, old, mine("Where is my KÜHLSCHRANK?")),
            line(1, 0, old + 1, theirs(1, Content::File(file))),
            line(2, 0, old + 2, quiet("You rated 4 of 5, settled")),
            line(3, 1, old + DAY, mine("This one stays open")),
            line(4, 2, old + 2 * DAY, mine("This one was closed")),
            line(5, 3, now() - DAY, mine("This one is new")),
        ],
        phones: vec![(
            PhoneId(0),
            "ada".into(),
            json!({"name": "Ada Quill", "consumer": "ada"}),
            true,
        )],
        states: vec![(
            PhoneId(0),
            json!({"rooms": [
                {"id": "open", "open": true, "dialogs": []},
                {"id": "closed", "open": false, "dialogs": []},
                {"id": "new", "open": false, "dialogs": []},
            ]}),
            None,
        )],
        dialogs: vec![
            (PhoneId(0), 0, "old".into(), "old".into()),
            (PhoneId(0), 1, "open".into(), "open".into()),
            (PhoneId(0), 2, "closed".into(), "closed".into()),
            (PhoneId(0), 3, "new".into(), "new".into()),
        ],
        drafts: vec![
            (PhoneId(0), "old".into(), "never sent".into()),
            (PhoneId(0), "open".into(), "still to be sent".into()),
        ],
        ..Save::default()
    };
    journal.save(save).await.unwrap();
    for (id, at, count) in [
        ("old", old, 400),
        ("open", old + DAY, 2),
        ("new", now() - DAY, 2),
    ] {
        for _ in 0..count {
            let filling = "x".repeat(5000);
            let body = format!(
                "{{\"type\":\"t\",\"body\":{{\"changes\":[{{\"sequence\":1,\
                 \"conversationId\":\"{id}\",\"filling\":\"{filling}\"}}]}}}}"
            );
            let request = Request {
                at: Timestamp(at),
                headers: Vec::new(),
                body: body.into(),
            };
            journal.hook(request, Verdict::Valid, 200).await.unwrap();
        }
    }
}

async fn filled() -> TempDir {
    let data = tempdir().unwrap();
    let folder = data.path().join("sandbox");
    fs::create_dir_all(folder.join("files")).unwrap();
    let (journal, _feed) = Journal::open(&folder.join("journal.db"), Start::Cursor)
        .await
        .unwrap();
    fill(&journal).await;
    journal.close().await;
    data
}

fn conversations(data: &Path, words: &str) -> Vec<String> {
    let reader = Reader::open(&data.join("sandbox/journal.db")).unwrap();
    let search = Search {
        words: words.to_owned(),
        zone: TimeZone::UTC,
        patience: std::time::Duration::from_mins(10),
    };
    let found = reader.conversations(&search, 100).unwrap().conversations;
    found
        .iter()
        .map(|one| one.conversation.to_string())
        .collect()
}

#[tokio::test]
async fn old_conversations_go_with_all_that_is_theirs_and_the_file_shrinks() {
    let data = filled().await;
    let journal = data.path().join("sandbox/journal.db");
    // The name the phone gives a fetched file of that caption, type and path.
    let fetched = fs::read_dir(data.path().join("sandbox/files")).unwrap();
    assert_eq!(fetched.count(), 0);
    let size = said(&handset(data.path(), &["journal", "size"]));
    for row in [
        "conversations  4",
        "lines          6",
        "wire entries   404",
        "drafts         2",
    ] {
        assert!(size.contains(row), "no {row} in {size}");
    }
    let before = fs::metadata(&journal).unwrap().len();
    assert!(before > 2_000_000, "{before}");

    // Nobody is there to be asked: nothing goes.
    let asked = handset(data.path(), &["journal", "prune", "--older-than", "90d"]);
    assert!(!asked.status.success());
    let words = said(&asked);
    for part in [
        "2 conversations would go",
        "Ada Quill  3 lines",
        "1 conversation stays: it is open",
        "say --yes",
    ] {
        assert!(words.contains(part), "no {part} in {words}");
    }
    assert_eq!(conversations(data.path(), "").len(), 4);

    let pruned = handset(
        data.path(),
        &["journal", "prune", "--older-than", "90d", "--yes"],
    );
    let words = said(&pruned);
    assert!(pruned.status.success(), "{words}");
    assert!(words.contains("deleted 2 conversations"), "{words}");
    assert_eq!(conversations(data.path(), ""), ["new", "open"]);
    let after = fs::metadata(&journal).unwrap().len();
    assert!(after < before / 4, "{after} of {before}");
    let bytes = fs::read(&journal).unwrap();
    for gone in ["KÜHLSCHRANK", "never sent", "receipt", "was closed"] {
        let is_there = bytes.windows(gone.len()).any(|at| at == gone.as_bytes());
        assert!(!is_there, "{gone} is still in the file");
    }
    let reader = Reader::open(&journal).unwrap();
    assert_eq!(reader.size().unwrap().drafts, 1);
    assert_eq!(reader.entries(&Scope::All, None, 100).unwrap().len(), 4);
    drop(reader);
    let again = said(&handset(
        data.path(),
        &["journal", "prune", "--older-than", "90d"],
    ));
    assert!(again.starts_with("nothing to delete"), "{again}");
    // The phone's state has forgotten what is gone, and nothing else.
    let db = rusqlite::Connection::open(&journal).unwrap();
    let rooms: String = db
        .query_row(
            "SELECT group_concat(value ->> 'id') FROM thread, json_each(state, '$.rooms')",
            (),
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(rooms, "open,new");
}

#[tokio::test]
async fn the_oldest_go_until_the_journal_is_small_enough() {
    let data = filled().await;
    let journal = data.path().join("sandbox/journal.db");
    let kept = handset(
        data.path(),
        &["journal", "prune", "--keep", "500KiB", "--yes"],
    );
    let words = said(&kept);
    assert!(kept.status.success(), "{words}");
    assert_eq!(
        conversations(data.path(), ""),
        ["new", "closed", "open"],
        "{words}"
    );
    assert!(
        fs::metadata(&journal).unwrap().len() < 500 * 1024,
        "{words}"
    );
    for wrong in [
        vec!["journal", "prune"],
        vec!["journal", "prune", "--older-than", "soon"],
        vec!["journal", "prune", "--keep", "1 pebble"],
        vec!["journal", "prune", "--keep", "1GiB", "--older-than", "1d"],
    ] {
        assert!(!handset(data.path(), &wrong).status.success(), "{wrong:?}");
    }
}

#[tokio::test]
async fn what_a_running_phone_listens_to_stays() {
    let data = filled().await;
    let path = data.path().join("sandbox/journal.db");
    let (journal, _feed) = Journal::open(&path, Start::Newest).await.unwrap();
    let pruned = handset(
        data.path(),
        &["journal", "prune", "--older-than", "90d", "--yes"],
    );
    let words = said(&pruned);
    assert!(pruned.status.success(), "{words}");
    for part in [
        "deleted 1 conversation;",
        "1 conversation stays: it is in use by the phone that runs",
        "it is not smaller yet: a phone is using the journal",
    ] {
        assert!(words.contains(part), "no {part} in {words}");
    }
    // The one who has it open goes on, and sees what is left.
    journal.put("key", "value").await.unwrap();
    assert_eq!(conversations(data.path(), ""), ["new", "closed", "open"]);
    journal.close().await;
}

#[tokio::test]
async fn the_list_of_the_command_line_finds_what_the_screen_finds() {
    let data = filled().await;
    for (words, expected) in [
        ("kuhlschrank zoe quill", vec!["old"]),
        ("was this", vec!["closed"]),
        ("ada stays", vec!["open"]),
        // In the wire alone.
        ("filling open", vec!["open"]),
        ("nobody said this", vec![]),
    ] {
        assert_eq!(conversations(data.path(), words), expected, "{words}");
        let listed = handset(data.path(), &["export", "--list", "--search", words]);
        let listed = String::from_utf8(listed.stdout).unwrap();
        let ids: Vec<&str> = listed
            .lines()
            .filter_map(|row| row.split(' ').next())
            .collect();
        assert_eq!(ids, expected, "{words}");
    }
    let listed = said(&handset(
        data.path(),
        &["export", "--list", "--search", "kuhlschrank"],
    ));
    for part in ["closed  4/5", "Ada Quill", "Zoë"] {
        assert!(listed.contains(part), "no {part} in {listed}");
    }
}
