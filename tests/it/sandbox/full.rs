//! A disk that becomes full while the sandbox runs: what was answered with an error is nowhere,
//! what was answered 200 is there, and a new start reads from the state file what memory held.

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::sandbox::{
    admin::Admin,
    rig::{Consumer, Process, command, command_with_files_up_to},
};

/// How many bytes a file may have: the log of the state file reaches that soon.
const LARGEST: u64 = 1024 * 1024;
/// Consumers that write at the same time.
const CONSUMERS: usize = 6;
/// Messages of one consumer at most; the disk is full long before.
const MESSAGES: usize = 400;
/// So many short messages are refused one after the other before the disk counts as full: what
/// is short finds room longer than what is long.
const REFUSED: usize = 5;

/// What became of what one consumer wrote.
#[derive(Debug, Default)]
struct TriedTexts {
    accepted: Vec<String>,
    refused: Vec<String>,
}

/// Writes until the disk is full, and a little on.
async fn write(consumer: Consumer, conversation: String, number: usize) -> TriedTexts {
    let mut written = TriedTexts::default();
    let mut refused = 0;
    for message in 0..MESSAGES {
        let length = if written.refused.is_empty() { 1500 } else { 1 };
        let text = format!("{number}/{message} {}", "x".repeat(length));
        let event = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": text });
        let body = json!({ "dialogId": conversation, "event": event });
        match consumer.ask("ms.PublishEvent", body).await {
            (200, _) => {
                written.accepted.push(text);
                refused = 0;
            }
            (status, _) => {
                assert!(status >= 500, "{status}");
                written.refused.push(text);
                refused += 1;
            }
        }
        if refused == REFUSED {
            return written;
        }
    }
    panic!("the disk is never full");
}

/// Every conversation as the history tells it, by its id.
async fn history(process: &Process) -> Vec<Value> {
    let Admin { connector, bearer } = Admin::of(process).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = u64::try_from(now.as_millis()).unwrap();
    let body = json!({ "start": { "from": now - 3_600_000, "to": now + 3_600_000 } });
    let answer = connector
        .http
        .request(
            Method::POST,
            format!(
                "{}/messaging_history/api/account/{}/conversations/search?limit=100",
                connector.base, connector.account
            ),
        )
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {bearer}"))
        .body(body.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    let mut records = answer["conversationHistoryRecords"]
        .as_array()
        .unwrap()
        .clone();
    records.sort_by_key(|record| record["info"]["conversationId"].to_string());
    records
}

/// The texts of a conversation.
fn texts(record: &Value) -> Vec<&str> {
    let messages = record["messageRecords"].as_array().unwrap();
    let text = |message: &Value| message["messageData"]["msg"]["text"].as_str().is_some();
    let with_text = messages.iter().filter(|message| text(message));
    with_text
        .map(|message| message["messageData"]["msg"]["text"].as_str().unwrap())
        .collect()
}

fn arguments(state: &Path) -> [&str; 6] {
    let state = state.to_str().unwrap();
    ["--state", state, "--agent", "none", "--survey", "off"]
}

#[tokio::test]
async fn what_was_refused_on_a_full_disk_is_neither_in_memory_nor_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let limited = command_with_files_up_to(LARGEST, &arguments(&state));
    let mut process = Process::of(limited).await;
    let connector = process.connector().await;
    let mut writers = JoinSet::new();
    let mut ids = Vec::new();
    for number in 0..CONSUMERS {
        let consumer = connector.consumer(&format!("consumer-{number}")).await;
        let conversation = consumer.open().await;
        ids.push((consumer.clone(), conversation.clone()));
        writers.spawn(async move {
            let written = write(consumer, conversation.clone(), number).await;
            (conversation, written)
        });
    }
    let written = writers.join_all().await;

    // Other changes, which may find room or not: a close, a new conversation.
    let (consumer, conversation) = &ids[0];
    let close = json!({ "field": "ConversationStateField", "conversationState": "CLOSE" });
    let closed = consumer.update(conversation, close).await.status() == 200;
    let opened = consumer
        .conversation(
            json!([{ "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
                "body": { "brandId": connector.account } }])
            .to_string(),
        )
        .await;
    let opened = usize::from(opened.status() == 200);

    let held = history(&process).await;
    assert_eq!(held.len(), CONSUMERS + opened);
    for (conversation, written) in &written {
        let record = held
            .iter()
            .find(|record| record["info"]["conversationId"] == **conversation)
            .unwrap();
        assert_eq!(texts(record), written.accepted);
        let is_closed = closed && **conversation == *ids[0].1;
        let status = if is_closed { "CLOSE" } else { "OPEN" };
        assert_eq!(record["info"]["fullDialogStatus"], status);
    }
    process.signal("KILL");
    process.child.wait().await.unwrap();

    let again = Process::of(command(&arguments(&state))).await;
    assert_eq!(history(&again).await, held);
    let ada = ids[1].0.at(&again);
    let next = ada.say(&ids[1].1, "there is room again").await;
    let said = written.iter().find(|(id, _)| *id == ids[1].1).unwrap();
    assert_eq!(next, u64::try_from(said.1.accepted.len()).unwrap());
}
