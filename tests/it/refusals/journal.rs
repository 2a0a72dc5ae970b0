//! Journals and state files that are none, are damaged, or are of a newer version.

use std::{fs, path::Path, process::Stdio};

use rusqlite::Connection;
use tempfile::tempdir;

use crate::refusals::{FAILED, LISTEN, handset, output, refused, refused_undrawn};

#[test]
fn a_journal_that_is_none_is_left_alone() {
    for (make, words) in [
        (
            (|path: &Path| fs::write(path, "no database, ".repeat(500)).unwrap()) as fn(&Path),
            [
                "cannot read the journal",
                "not a database",
                "choose another folder with --data-dir",
            ],
        ),
        (
            |path| {
                Connection::open(path)
                    .unwrap()
                    .execute_batch("CREATE TABLE t (x)")
                    .unwrap();
            },
            [
                "is a database, but no journal of handset's",
                "move the file away",
                "--data-dir",
            ],
        ),
        (
            |path| fs::create_dir(path).unwrap(),
            ["cannot write the journal", "Is a directory", "--data-dir"],
        ),
        (
            made_by_a_newer_one,
            ["was written by a newer handset", "schema 99", "--data-dir"],
        ),
    ] {
        let data = tempdir().unwrap();
        let listened = data.path().join("listen-55512300.db");
        make(&listened);
        refused(&LISTEN, data.path(), FAILED, &words);
        fs::create_dir(data.path().join("sandbox")).unwrap();
        make(&data.path().join("sandbox/journal.db"));
        refused_undrawn(&[], data.path(), &[], &words);
    }
}

/// A journal in its newest schema and one step further.
fn made_by_a_newer_one(path: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (journal, _) = handset::store::Journal::open(path, handset::store::Start::Newest)
            .await
            .unwrap();
        journal.close().await;
    });
    Connection::open(path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
}

/// Makes a journal that has one conversation.
fn with_a_conversation(path: &Path) {
    use handset::{
        domain::{
            ids::{ItemId, PhoneId},
            line::{Line, LineBody},
            time::Timestamp,
        },
        store::{Journal, Save, Start},
    };
    let id = ItemId {
        phone: Some(PhoneId(0)),
        number: 0,
    };
    let text = "Riley joined".into();
    let line = Line::new(id, Timestamp(0), (0, 0), LineBody::Quiet { text });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (journal, _) = Journal::open(path, Start::Newest).await.unwrap();
        let save = Save {
            items: vec![line],
            dialogs: vec![(PhoneId(0), 0, "c1".into(), "c1".into())],
            ..Save::default()
        };
        journal.save(save).await.unwrap();
        journal.close().await;
    });
}

#[test]
fn an_export_that_cannot_be_is_told_and_leaves_everything_as_it_was() {
    let data = tempdir().unwrap();
    let export = |more: &[&'static str]| [&["export"], more].concat();
    let last = export(&["--conversation", "last", "--format", "md"]);
    let none = ["there is no journal", "open the phone first", "--data-dir"];
    refused(&last, data.path(), FAILED, &none);
    refused(&export(&["--list"]), data.path(), FAILED, &none);
    let other = [&last[..], &["--account", "1"]].concat();
    refused(&other, data.path(), FAILED, &["account-1", "no journal"]);
    assert_eq!(
        fs::read_dir(data.path()).unwrap().count(),
        0,
        "nothing was made"
    );

    fs::create_dir(data.path().join("sandbox")).unwrap();
    let journal = data.path().join("sandbox/journal.db");
    fs::write(&journal, "no database, ".repeat(500)).unwrap();
    let damaged = ["cannot read the journal", "not a database", "--data-dir"];
    refused(&last, data.path(), FAILED, &damaged);
    fs::remove_file(&journal).unwrap();
    made_by_a_newer_one(&journal);
    let newer = ["was written by a newer handset", "schema 99"];
    refused(&last, data.path(), FAILED, &newer);
    let set = |version: i64| {
        let db = Connection::open(&journal).unwrap();
        db.pragma_update(None, "user_version", version).unwrap();
    };
    set(2);
    let older = [
        "was written by an earlier handset",
        "schema 2",
        "open the phone once",
    ];
    refused(&last, data.path(), FAILED, &older);
    fs::remove_file(&journal).unwrap();
    made_by_a_newer_one(&journal);
    fs::remove_file(&journal).unwrap();

    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let opened = handset::store::Journal::open(&journal, handset::store::Start::Newest).await;
        opened.unwrap().0.close().await;
    });
    let empty = ["there is no conversation in", "talk on the phone first"];
    refused(&last, data.path(), FAILED, &empty);
    with_a_conversation(&journal);
    let unknown = export(&["--conversation", "c9", "--format", "md"]);
    let words = ["there is no conversation c9", "handset export --list"];
    refused(&unknown, data.path(), FAILED, &words);

    let file = data.path().join("there.md");
    fs::write(&file, "mine").unwrap();
    let folder = data.path().to_str().unwrap();
    let inside = format!("{}/in/it.md", file.display());
    let file = file.to_str().unwrap();
    for (more, words) in [
        (vec![file], vec![file, "is there already", "--force"]),
        (vec![folder], vec![folder, "is no regular file"]),
        (vec![folder, "--force"], vec![folder, "is no regular file"]),
        (
            vec!["/dev/null", "--force"],
            vec!["/dev/null", "is no regular file"],
        ),
        (
            vec![&inside],
            vec![&inside, "Not a directory", "another place"],
        ),
        (
            vec!["/proc/no/file.md"],
            vec!["/proc/no/file.md", "another place"],
        ),
    ] {
        let arguments: Vec<&str> = last.iter().copied().chain(["--out"]).chain(more).collect();
        refused(&arguments, data.path(), FAILED, &words);
    }
    assert_eq!(fs::read_to_string(file).unwrap(), "mine");
    assert_eq!(
        fs::read_dir(data.path()).unwrap().count(),
        2,
        "nothing is left over"
    );

    let forced: Vec<&str> = last
        .iter()
        .copied()
        .chain(["--out", file, "--force"])
        .collect();
    let done = output(&forced, data.path());
    assert!(done.status.success() && done.stdout.is_empty(), "{done:?}");
    let written = fs::read_to_string(file).unwrap();
    assert!(written.contains("*Riley joined*"), "{written}");
    // The same to stdout, but for the minute.
    let shown = String::from_utf8(output(&last, data.path()).stdout).unwrap();
    assert_eq!(shown.lines().count(), written.lines().count());
    let listed = String::from_utf8(output(&export(&["--list"]), data.path()).stdout).unwrap();
    assert!(
        listed.starts_with("c1 ") && listed.contains("1970-01-01"),
        "{listed}"
    );
}

#[test]
fn a_newer_state_file_is_left_alone() {
    let data = tempdir().unwrap();
    let state = data.path().join("cloud.db");
    let state = state.to_str().unwrap();
    let mut first = handset(&["sandbox", "--state", state], data.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(first.stdout.take().unwrap()),
        &mut line,
    )
    .unwrap();
    assert!(line.contains("\"ready\":true"), "{line}");
    refused(
        &["sandbox", "--state", state],
        data.path(),
        FAILED,
        &["in use by another sandbox", state, "choose another file"],
    );
    first.kill().unwrap();
    first.wait().unwrap();
    let belongs = ["belongs to account 55512300", "leave out --account"];
    refused(
        &["sandbox", "--state", state, "--account", "1"],
        data.path(),
        FAILED,
        &belongs,
    );
    Connection::open(state)
        .unwrap()
        .execute("UPDATE account SET version = 99", ())
        .unwrap();
    refused(
        &["sandbox", "--state", state],
        data.path(),
        FAILED,
        &["written by a newer handset", "version 99"],
    );
}
