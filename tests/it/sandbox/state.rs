//! State files of earlier versions, and of later ones.

use rusqlite::{Connection, params};
use serde_json::{Value, json};

use crate::sandbox::{
    hook::{Hook, text},
    rig::{ACCOUNT, CLIENT, Process, SECRET, command},
};

/// The tables of the first version, as it made them.
const FIRST: &str = "
    PRAGMA application_id = 1935765092;
    CREATE TABLE account (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL, id TEXT NOT NULL,
        client_id TEXT NOT NULL, client_secret TEXT NOT NULL, chance INTEGER NOT NULL);
    CREATE TABLE key (only INTEGER PRIMARY KEY CHECK (only = 1), kid TEXT NOT NULL, pem TEXT NOT NULL);
    CREATE TABLE consumer (id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE conversation (id TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE event (dialog TEXT NOT NULL, sequence INTEGER NOT NULL, content TEXT NOT NULL,
        PRIMARY KEY (dialog, sequence)) WITHOUT ROWID;
    CREATE TABLE undelivered (id INTEGER PRIMARY KEY, conversation TEXT NOT NULL, kind TEXT NOT NULL,
        at INTEGER NOT NULL, body BLOB NOT NULL);
";

const ID: &str = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";

fn file(path: &std::path::Path, version: i64, consumer: &str) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch(FIRST).unwrap();
    connection
        .execute(
            "INSERT INTO account VALUES (1, ?1, ?2, ?3, ?4, 7)",
            params![version, ACCOUNT, CLIENT, SECRET],
        )
        .unwrap();
    let people = json!([{ "id": consumer, "role": "CONSUMER" }]);
    let ada = json!({ "id": consumer, "external": "ada", "profile": {}, "sdes": [],
        "client_properties": null, "conversations": 1 });
    let conversation = json!({
        "id": ID, "client": CLIENT, "consumer": consumer, "skill": "-1",
        "dialogs": [{ "id": ID, "participants": people, "created": 1_722_500_000_000_i64,
            "updated": 1_722_500_000_000_i64, "closing": null, "next": 1, "latest": 1_722_500_000_000_i64 }],
        "started": 1_722_500_000_000_i64, "ended": null, "updated": 1_722_500_000_000_i64, "first": true,
        "close_reason": null, "ttr": { "ttrType": "NORMAL", "value": 1200 }, "owed_since": 1_722_500_000_000_i64,
        "csat": null, "campaign": null, "context": null, "memo": null,
    });
    let event = json!({ "sequence": 0, "at": 1_722_500_000_000_i64, "author": people[0], "audience": "ALL",
        "event": { "type": "ContentEvent", "message": "what are your opening hours?", "contentType": "text/plain" } });
    let insert = |sql: &str, id: &str, content: &Value| {
        connection
            .execute(sql, params![id, content.to_string()])
            .unwrap();
    };
    insert("INSERT INTO consumer VALUES (?1, ?2)", consumer, &ada);
    insert(
        "INSERT INTO conversation VALUES (?1, ?2)",
        ID,
        &conversation,
    );
    insert("INSERT INTO event VALUES (?1, 0, ?2)", ID, &event);
}

#[tokio::test]
async fn a_state_file_of_the_first_version_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    // SHA-256 of account, NUL and "ada".
    let consumer = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, b"55512300\0ada");
    let digits = |byte: &u8| [byte >> 4, byte & 15];
    let consumer: String = consumer
        .as_ref()
        .iter()
        .flat_map(digits)
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect();
    file(&path, 1, &consumer);
    let hook = Hook::start().await;
    let url = hook.url().to_string();
    let arguments = ["--webhook", &url, "--state", path.to_str().unwrap()];
    let mut process = Process::start(&arguments).await;
    hook.change("an answer to what was asked then", |change| {
        text(change).is_some_and(|text| text.contains("from 8 to 20"))
    })
    .await;
    let ada = process.connector().await.consumer("ada").await;
    assert_eq!(ada.id, consumer);
    assert!(ada.say(ID, "thanks").await > 1);
    process.child.kill().await.unwrap();
    process.child.wait().await.unwrap();
    let version: i64 = Connection::open(&path)
        .unwrap()
        .query_row("SELECT version FROM account", [], |row| row.get(0))
        .unwrap();
    assert_eq!(
        version, 4,
        "an earlier handset would misread what is in it now"
    );
}

#[tokio::test]
async fn a_state_file_of_a_later_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    file(&path, 5, "ada");
    let ended = command(&["--state", path.to_str().unwrap()])
        .output()
        .await
        .unwrap();
    assert!(!ended.status.success());
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(
        said.contains("newer handset (version 5, known here is 4)"),
        "{said}"
    );
}
