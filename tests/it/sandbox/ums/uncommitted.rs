//! What is changed in memory and not in the state file yet is shown to nobody.

use std::sync::{Arc, Mutex};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::sandbox::{
    control::Control,
    rig::{ACCOUNT, quick, run},
    ums::client::{PATIENCE, Socket, log_in},
};

/// Has the state file refuse a message with this text, after some time.
const REFUSED: &str = "this is not stored";
const TRIGGER: &str = "
    CREATE VIEW slow AS
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
        SELECT count(*) AS count FROM n;
    CREATE TRIGGER refused BEFORE INSERT ON event WHEN NEW.content LIKE '%this is not stored%'
    BEGIN
        SELECT CASE WHEN (SELECT count FROM slow) > 0 THEN RAISE(ABORT, 'no room') END;
    END;
";

#[tokio::test]
async fn a_change_that_is_not_committed_is_shown_by_no_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cloud.db");
    let mut settings = quick();
    settings.state = Some(path.clone());
    let (sandbox, _) = run(settings.clone()).await;
    assert!(sandbox.stop(PATIENCE).await);
    let file = Connection::open(&path).unwrap();
    file.execute_batch(TRIGGER).unwrap();
    drop(file);

    let (sandbox, connector) = run(settings).await;
    let control = Control::of(&sandbox);
    let agent = log_in(&sandbox, &connector, "kim").await;
    let mut kim = Socket::of(&connector, &agent).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "this is stored").await;

    let event = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": REFUSED });
    let body = json!({ "dialogId": id, "event": event });
    let saying = tokio::spawn(async move { ada.ask("ms.PublishEvent", body).await });
    let history = async || {
        let url = format!(
            "{}/messaging_history/api/account/{ACCOUNT}/conversations/conversation/search",
            connector.base
        );
        let request = connector.http.post(url).bearer_auth(&agent.bearer);
        let request = request.header("content-type", "application/json");
        let asked = request.body(json!({ "conversationId": id }).to_string());
        asked.send().await.unwrap().text().await.unwrap()
    };
    let shown = format!("/conversations/{id}");
    loop {
        let is_last = saying.is_finished();
        let filter = json!({ "stage": ["OPEN"] });
        let socket = async {
            let query = json!({ "dialogId": id });
            let queried = kim.ask("ms.QueryMessages", query).await;
            let began = kim.ask("aam.SubscribeExConversations", filter).await;
            let ended = json!({ "subscriptionId": began["body"]["subscriptionId"] });
            kim.ask("aam.UnsubscribeExConversations", ended).await;
            json!([queried, kim.inbox.drain(..).collect::<Vec<Value>>()]).to_string()
        };
        let control = async { control.ask("GET", &shown, None).await.1.to_string() };
        let (socket, control, history) = tokio::join!(socket, control, history());
        for (what, answer) in [
            ("socket", socket),
            ("control", control),
            ("history", history),
        ] {
            assert!(!answer.contains(REFUSED), "{what}: {answer}");
            assert!(answer.contains("this is stored"), "{what}: {answer}");
        }
        if is_last {
            break;
        }
    }
    assert_eq!(saying.await.unwrap().0, 502);
}

#[tokio::test]
async fn a_subscription_misses_no_change_that_is_committed_after_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = quick();
    settings.state = Some(folder.path().join("cloud.db"));
    let (sandbox, connector) = run(settings).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let ada = connector.consumer("ada").await;
    let opened = Arc::new(Mutex::new(Vec::new()));
    let list = opened.clone();
    let opening = tokio::spawn(async move {
        loop {
            let id = ada.open().await;
            list.lock().unwrap().push(id);
        }
    });
    let kind = ".ams.aam.ExConversationChangeNotification";
    for _ in 0..30 {
        let filter = json!({ "stage": ["OPEN"] });
        let began = kim.ask("aam.SubscribeExConversations", filter).await;
        let subscription = began["body"]["subscriptionId"].clone();
        let ids = |told: &Value| -> Vec<String> {
            let changes = told["changes"].as_array().unwrap();
            let id = |one: &Value| one["result"]["convId"].as_str().unwrap().to_owned();
            changes.iter().map(id).collect()
        };
        let own = |body: &Value| body["subscriptionId"] == subscription;
        let first = ids(&kim.notified(kind, own).await);
        let new = |body: &Value| own(body) && !first.contains(&ids(body)[0]);
        let next = ids(&kim.notified(kind, new).await).remove(0);
        let ended = json!({ "subscriptionId": subscription });
        kim.ask("aam.UnsubscribeExConversations", ended).await;
        kim.inbox.clear();
        let is_there = async || {
            while opened.lock().unwrap().len() <= first.len() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, is_there()).await.unwrap();
        assert_eq!(opened.lock().unwrap()[first.len()], next);
    }
    opening.abort();
}
