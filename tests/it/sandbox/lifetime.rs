//! Conversations that are not there, not one's own, or closed.

use reqwest::Response;
use serde_json::{Value, json};

use crate::sandbox::{
    hook::Hook,
    rig::{Consumer, quick, run},
};

async fn fault(answer: Response) -> (u16, u64) {
    let status = answer.status().as_u16();
    let answer: Value = answer.json().await.unwrap();
    (status, answer["body"]["errorCode"].as_u64().unwrap_or(0))
}

async fn say(consumer: &Consumer, dialog: &str, conversation: Option<&str>) -> (u16, u64) {
    let mut body = json!({ "dialogId": dialog,
        "event": { "type": "ContentEvent", "contentType": "text/plain", "message": "x" } });
    if let Some(conversation) = conversation {
        body["conversationId"] = json!(conversation);
    }
    let request = json!({ "kind": "req", "id": "1", "type": "ms.PublishEvent", "body": body });
    fault(consumer.send(request.to_string()).await).await
}

async fn react(consumer: &Consumer, dialog: &str, event: Value) -> (u16, u64) {
    let request = json!({ "kind": "req", "id": "1", "type": "ms.PublishEvent",
        "body": { "dialogId": dialog, "event": event } });
    fault(consumer.send(request.to_string()).await).await
}

#[tokio::test]
async fn unknown_and_foreign_conversations_are_told_apart() {
    let (_sandbox, connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    let bob = connector.consumer("bob").await;
    let id = ada.open().await;
    let other = ada.open().await;
    let close = json!({ "field": "Stage", "conversationState": "CLOSE" });
    assert_eq!(say(&ada, "nowhere", None).await, (400, 40003));
    assert_eq!(say(&ada, &id, Some("nowhere")).await, (400, 40003));
    assert_eq!(say(&ada, &id, Some(&other)).await, (400, 40003));
    assert_eq!(
        fault(ada.update("nowhere", close.clone()).await).await,
        (400, 40003)
    );
    let elsewhere = json!({ "field": "DialogChange", "type": "UPDATE",
        "dialog": { "dialogId": other, "state": "CLOSE" } });
    assert_eq!(fault(ada.update(&id, elsewhere).await).await, (400, 40003));
    assert_eq!(say(&bob, &id, Some(&id)).await, (401, 40103));
    assert_eq!(fault(bob.update(&id, close).await).await, (401, 40103));
    // Ownership is judged before the event is: a foreign dialog tells nothing.
    assert_eq!(react(&bob, &id, json!({ "type": "x" })).await, (401, 40103));
    assert_eq!(say(&ada, &id, Some(&id)).await, (200, 0));
}

#[tokio::test]
async fn a_closed_conversation_takes_receipts_and_ratings_only() {
    let hook = Hook::start().await;
    let (_sandbox, connector) = run(handset::sandbox::settings::Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    assert_eq!(ada.say(&id, "one").await, 0);
    ada.close(&id).await;
    let typing = json!({ "type": "ChatStateEvent", "chatState": "ACTIVE" });
    assert_eq!(say(&ada, &id, None).await, (400, 40004));
    assert_eq!(react(&ada, &id, typing).await, (400, 40004));
    for field in [
        json!({ "field": "Stage", "conversationState": "CLOSE" }),
        json!({ "field": "ConversationStateField", "conversationState": "CLOSE" }),
        json!({ "field": "DialogChange", "type": "UPDATE", "dialog": { "dialogId": id, "state": "CLOSE" } }),
        json!({ "field": "TTRField", "ttrType": "URGENT" }),
    ] {
        assert_eq!(fault(ada.update(&id, field).await).await, (400, 40004));
    }
    let read = json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0] });
    assert_eq!(ada.publish(&id, read).await, 1, "numbered as usual");
    for rating in [
        json!({ "field": "CSATRate", "csatRate": 5, "status": "FILLED" }),
        json!({ "field": "CSATRate", "csatRate": 0, "status": "SKIPPED" }),
        json!({ "field": "CSATRate", "status": "SKIPPED" }),
    ] {
        assert_eq!(ada.update(&id, rating).await.status(), 200);
    }
    hook.change("the last rating", |change| {
        change["result"]["conversationDetails"]["csat"]
            == json!({ "field": "CSATRate", "status": "SKIPPED" })
    })
    .await;
    let receipts = hook
        .changes()
        .iter()
        .filter(|change| change["event"]["type"] == "AcceptStatusEvent")
        .count();
    assert_eq!(receipts, 0, "nobody hears of a late receipt");
    let next = ada.open().await;
    assert_ne!(next, id);
    let second = hook
        .change("the next conversation", |change| {
            change["result"]["convId"] == next
        })
        .await;
    assert_eq!(
        second["result"]["conversationDetails"]["firstConversation"],
        false
    );
}

#[tokio::test]
async fn fields_are_changed_all_or_none() {
    let (_sandbox, connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let both = json!([
        { "field": "TTRField", "ttrType": "URGENT" },
        { "field": "DialogChange", "type": "UPDATE", "dialog": { "dialogId": "nowhere", "state": "CLOSE" } },
    ]);
    assert_eq!(fault(ada.update(&id, both).await).await, (400, 40003));
    assert_eq!(say(&ada, &id, None).await, (200, 0));
}

#[tokio::test]
async fn the_time_to_respond_runs_from_the_consumers_first_unanswered_word() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(handset::sandbox::settings::Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let mut session = sandbox.open_session("Kim").await.unwrap();
    let id = ada.open().await;
    let opened = hook
        .change("the opening", |change| change["type"] == "UPSERT")
        .await;
    let started = opened["result"]["conversationDetails"]["startTs"]
        .as_i64()
        .unwrap();
    assert_eq!(opened["result"]["effectiveTTR"], started + 1_200_000);
    let urgent = json!({ "field": "TTRField", "ttrType": "CUSTOM", "value": 60 });
    assert_eq!(ada.update(&id, urgent).await.status(), 200);
    hook.change("the new deadline", |change| {
        change["result"]["effectiveTTR"] == started + 60_000
            && change["result"]["conversationDetails"]["ttr"]
                == json!({ "ttrType": "CUSTOM", "value": 60 })
    })
    .await;
    let api = session.api();
    assert!(session.next().await.is_some());
    let conversation = handset::domain::ids::ConversationId::from(id.as_str());
    let dialog = handset::domain::ids::DialogId::from(id.as_str());
    api.accept_ring(&conversation).await.unwrap();
    let text = handset::sandbox::model::publication::Publication::text;
    api.publish(&dialog, text("hello")).await.unwrap();
    hook.change("nothing owed", |change| {
        change["result"]["effectiveTTR"] == -1
    })
    .await;
    ada.say(&id, "a question").await;
    let asked = hook
        .change("the question", |change| {
            change["event"]["message"] == "a question"
        })
        .await["serverTimestamp"]
        .as_i64()
        .unwrap();
    hook.change("owed again", |change| {
        change["result"]["effectiveTTR"] == asked + 60_000
    })
    .await;
    let before = hook.changes().len();
    ada.say(&id, "and another").await;
    hook.change("the second", |change| {
        change["event"]["message"] == "and another"
    })
    .await;
    assert_eq!(
        hook.changes().len(),
        before + 1,
        "the deadline did not move"
    );
    let marks: Vec<i64> = hook
        .changes()
        .iter()
        .filter_map(|change| {
            change["result"]["conversationDetails"]["metaDataLastUpdateTs"].as_i64()
        })
        .collect();
    assert!(marks.is_sorted_by(|a, b| a < b), "{marks:?}");
}
