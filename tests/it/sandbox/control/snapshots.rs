//! Snapshots, going back to them and beginning anew, also under load and over a restart.

use handset::{domain::ids::ConversationId, sandbox::settings::Settings};
use serde_json::{Value, json};
use tempfile::tempdir;

use super::{Control, started};
use crate::{
    sandbox::rig::{Process, quick, run},
    support::LIMIT,
};

async fn conversation(control: &Control, id: &str) -> (u16, Value) {
    control
        .ask("GET", &format!("/conversations/{id}"), None)
        .await
}

#[tokio::test]
async fn what_was_there_is_there_again_and_the_rest_is_gone() {
    let (sandbox, connector, hook, control) = started().await;
    let ada = connector.consumer("ada").await;
    let kept = ada.open().await;
    ada.say(&kept, "before").await;
    let kim = sandbox.open_session("Kim").await.unwrap().api();
    kim.accept_ring(&ConversationId::from(kept.as_str()))
        .await
        .unwrap();
    control
        .done("POST", "/snapshots", json!({ "name": "then" }))
        .await;
    ada.say(&kept, "after").await;
    let late = connector.consumer("bob").await.open().await;
    let count = control
        .done("POST", "/snapshots/then/restore", json!({}))
        .await;
    assert_eq!(
        (&count["conversations"], &count["open"], &count["consumers"]),
        (&json!(1), &json!(1), &json!(1))
    );
    // The one that is gone was closed first, the one that is there was told of again.
    hook.change("the end of what is gone", |change| {
        let details = &change["result"]["conversationDetails"];
        change["result"]["convId"] == late.as_str() && details["stage"] == "CLOSE"
    })
    .await;
    assert_eq!(conversation(&control, &late).await.0, 404);
    let (_, found) = conversation(&control, &kept).await;
    assert_eq!(found["dialogs"][0]["events"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&found["open"], &found["assigned"]),
        (&json!(true), &json!(kim.agent()))
    );
    // Sequences go on from there, and whoever is known no more is known again.
    assert_eq!(ada.say(&kept, "again").await, 1);
    connector.consumer("bob").await.open().await;
}

#[tokio::test]
async fn one_conversation_is_taken_out_and_the_others_stay() {
    let (_sandbox, connector, hook, control) = started().await;
    let ada = connector.consumer("ada").await;
    let (one, other) = (ada.open().await, ada.open().await);
    let path = json!({ "conversation": one });
    let count = control.done("POST", "/reset", path).await;
    assert_eq!(count["conversations"], 1);
    hook.change("its end", |change| {
        let details = &change["result"]["conversationDetails"];
        change["result"]["convId"] == one.as_str() && details["stage"] == "CLOSE"
    })
    .await;
    assert_eq!(conversation(&control, &one).await.0, 404);
    ada.say(&other, "still here").await;
}

#[tokio::test]
async fn going_back_under_load_leaves_a_whole_state() {
    let (sandbox, connector, _hook, control) = started().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    control
        .done("POST", "/snapshots", json!({ "name": "then" }))
        .await;
    let mut talkers = Vec::new();
    for number in 0..4 {
        let (connector, ada, id) = (connector.clone(), ada.clone(), id.clone());
        talkers.push(tokio::spawn(async move {
            for _ in 0..20 {
                // Whatever becomes of it: the conversation may be gone by then.
                let own = connector.consumer(&format!("load-{number}")).await.open().await;
                let text = json!({ "kind": "req", "type": "ms.PublishEvent", "body": { "dialogId": own,
                    "event": { "type": "ContentEvent", "contentType": "text/plain", "message": "x" } } });
                ada.send(text.to_string()).await;
                ada.say(&id, "load").await;
            }
        }));
    }
    for _ in 0..10 {
        control
            .done("POST", "/snapshots/then/restore", json!({}))
            .await;
    }
    for talker in talkers {
        talker.await.unwrap();
    }
    control
        .done("POST", "/snapshots/then/restore", json!({}))
        .await;
    let (_, found) = conversation(&control, &id).await;
    assert_eq!(found["dialogs"][0]["events"], json!([]));
    assert_eq!(ada.say(&id, "first").await, 0);
    let state = control.done("GET", "/state", json!({})).await;
    assert_eq!(state["conversations"]["all"], 1, "{state}");
    assert!(sandbox.stop(LIMIT).await);
}

#[tokio::test]
async fn a_state_file_goes_back_too_and_a_snapshot_of_it_can_be_started_from() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let settings = || Settings {
        state: Some(path.clone()),
        ..quick()
    };
    let (sandbox, connector) = run(settings()).await;
    let control = Control::of(&sandbox);
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "before").await;
    let taken = control
        .done("POST", "/snapshots", json!({ "name": "then" }))
        .await;
    let file = taken["file"].as_str().unwrap().to_owned();
    ada.say(&id, "after").await;
    connector.consumer("bob").await.open().await;
    assert!(sandbox.stop(LIMIT).await);
    // Another run knows it by its file, and what it went back to is in the state file.
    let (sandbox, _) = run(settings()).await;
    let control = Control::of(&sandbox);
    let count = control
        .done("POST", "/snapshots/then/restore", json!({}))
        .await;
    assert_eq!(count["conversations"], 1);
    assert!(sandbox.stop(LIMIT).await);
    for (what, file) in [
        ("the state file", path.to_str().unwrap()),
        ("the snapshot", &file),
    ] {
        let process = Process::start(&["--agent", "none", "--state", file]).await;
        let base = process.ready["csds"].as_str().unwrap();
        let url = format!("{base}/sandbox/v1/conversations/{id}");
        let bearer = process.ready["control_token"].as_str().unwrap();
        let asked = reqwest::Client::new().get(url).bearer_auth(bearer).send();
        let found: Value = asked.await.unwrap().json().await.unwrap();
        let events = found["dialogs"][0]["events"].as_array().unwrap();
        assert_eq!(events.len(), 1, "{what}");
    }
}

#[tokio::test]
async fn everything_is_taken_out() {
    let (_sandbox, connector, _hook, control) = started().await;
    let ada = connector.consumer("ada").await;
    ada.open().await;
    let count = control.done("POST", "/reset", json!({})).await;
    let nothing = json!({ "consumers": 0, "conversations": 0, "open": 0, "files": 0 });
    assert_eq!(count, nothing);
    // Tokens stay good.
    ada.open().await;
}
