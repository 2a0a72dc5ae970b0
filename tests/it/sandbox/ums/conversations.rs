//! Subscriptions to conversations: what belongs to one, and the exact shape of a change.

use futures_util::StreamExt as _;
use serde_json::{Value, json};

use crate::sandbox::{
    rig::{ACCOUNT, quick, run},
    ums::client::Socket,
};

const SUBSCRIBE: &str = ".ams.aam.SubscribeExConversations";
const CHANGED: &str = ".ams.aam.ExConversationChangeNotification";

/// Subscribes, and answers the subscription's id with what it began with.
async fn watch(socket: &mut Socket, body: Value) -> (String, Vec<Value>) {
    let answer = socket.ask(SUBSCRIBE, body).await;
    assert_eq!(answer["type"], ".ams.GenericSubscribe$Response", "{answer}");
    let id = answer["body"]["subscriptionId"]
        .as_str()
        .unwrap()
        .to_owned();
    let first = socket
        .notified(CHANGED, |body| body["subscriptionId"] == id.as_str())
        .await;
    let changes = first["changes"].as_array().unwrap().clone();
    (id, changes)
}

/// The kinds of change a subscription was told of, up to now.
fn kinds(told: &[Value], subscription: &str) -> Vec<String> {
    told.iter()
        .filter(|one| one["body"]["subscriptionId"] == subscription)
        .map(|one| {
            one["body"]["changes"][0]["type"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[tokio::test]
async fn a_change_has_everything_clients_look_into() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let ada = connector.consumer("ada").await.with(&["RICH_CONTENT"]);
    let id = ada.open().await;
    kim.take(&id).await;
    ada.say(&id, "Is the blue one in stock?").await;
    kim.rest().await;
    ada.close(&id).await;
    let kind = CHANGED;
    let told = kim
        .notified(kind, |body| body["changes"][0]["type"] == "DELETE")
        .await;
    assert!(told["sentTs"].as_i64().unwrap() > 0 && told["subscriptionId"].is_string());
    let result = &told["changes"][0]["result"];
    let details = &result["conversationDetails"];
    let main = &details["dialogs"][0];
    let maps = |agent: &str| json!({ "CONSUMER": [ada.id], "ASSIGNED_AGENT": [agent], "MANAGER": [], "READER": [] });
    let expected = json!({
        "convId": id,
        "effectiveTTR": -1,
        "conversationDetails": {
            "convId": id, "skillId": "-1",
            "participants": maps(&kim.full), "participantsPId": maps(&kim.pid),
            "dialogs": [{
                "dialogId": id,
                "participantsDetails": [
                    { "id": ada.id, "role": "CONSUMER", "state": "ACTIVE" },
                    { "id": kim.full, "role": "ASSIGNED_AGENT", "state": "ACTIVE" }],
                "dialogType": "MAIN", "channelType": "MESSAGING", "state": "CLOSE",
                "creationTs": main["creationTs"], "endTs": details["endTs"],
                "metaDataLastUpdateTs": main["metaDataLastUpdateTs"], "closedBy": "CONSUMER" }],
            "brandId": ACCOUNT, "state": "CLOSE", "stage": "CLOSE", "closeReason": "CONSUMER",
            "startTs": details["startTs"], "endTs": details["endTs"],
            "metaDataLastUpdateTs": result["lastUpdateTime"], "firstConversation": true,
            "csatRate": 0, "ttr": { "ttrType": "NORMAL", "value": 1200 }, "note": "",
            "context": { "clientProperties": { "type": ".ClientProperties", "features": ["RICH_CONTENT"] } },
            "conversationHandlerDetails": { "accountId": ACCOUNT, "skillId": "-1" } },
        "lastContentEventNotification": {
            "sequence": 0, "originatorClientProperties": {}, "originatorId": ada.id,
            "originatorPId": ada.id, "originatorMetadata": { "id": ada.id, "role": "CONSUMER" },
            "serverTimestamp": result["lastContentEventNotification"]["serverTimestamp"],
            "event": { "type": "ContentEvent", "message": "Is the blue one in stock?", "contentType": "text/plain" },
            "dialogId": id },
        "numberOfunreadMessages": { kim.full.clone(): 1 },
        "lastUpdateTime": result["lastUpdateTime"],
    });
    assert_eq!(*result, expected);
}

#[tokio::test]
async fn a_subscription_hears_of_what_enters_changes_and_leaves() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let mut sam = Socket::enter(&sandbox, &connector, "sam").await;
    let ada = connector.consumer("ada").await.with(&["MULTI_DIALOG"]);
    let id = ada.open_service().await;
    let (all, first) = watch(&mut kim, json!({})).await;
    assert_eq!(first.len(), 1);
    assert_eq!(
        (&first[0]["type"], &first[0]["result"]["convId"]),
        (&json!("UPSERT"), &json!(id))
    );
    let (open, _) = watch(&mut kim, json!({ "convState": ["OPEN"], "agentIds": null })).await;
    let (staged, _) = watch(&mut kim, json!({ "stage": ["OPEN"] })).await;
    let (closed, first) = watch(&mut kim, json!({ "convState": ["CLOSE"] })).await;
    assert!(first.is_empty());
    let own = kim.full.clone();
    let (own, first) = watch(
        &mut kim,
        json!({ "agentIds": [own], "convState": ["OPEN"] }),
    )
    .await;
    assert!(first.is_empty());
    let by_pid = json!({ "agentIds": [kim.pid] });
    let (by_pid, _) = watch(&mut kim, by_pid).await;
    let (others, _) = watch(&mut kim, json!({ "agentIds": [sam.full] })).await;
    let (past, first) = watch(&mut kim, json!({ "maxLastUpdatedTime": 1 })).await;
    assert!(first.is_empty());
    let (future, _) = watch(
        &mut kim,
        json!({ "minLastUpdatedTime": 4_000_000_000_000_i64 }),
    )
    .await;
    kim.go_online().await;
    kim.take(&id).await;
    let told = kim.rest().await;
    let kinds_of = |told: &[Value], names: &[&String]| -> Vec<Vec<String>> {
        names.iter().map(|name| kinds(told, name)).collect()
    };
    let none: Vec<String> = Vec::new();
    let some = |kind: &str| vec![kind.to_owned()];
    assert_eq!(
        kinds_of(
            &told,
            &[
                &all, &open, &staged, &closed, &own, &by_pid, &others, &past, &future
            ]
        ),
        [
            some("UPSERT"),
            some("UPSERT"),
            some("UPSERT"),
            none.clone(),
            some("UPSERT"),
            some("UPSERT"),
            none.clone(),
            none.clone(),
            none.clone()
        ]
    );
    // A manager or a controller does not make it an own one.
    let join = json!([{ "field": "ParticipantsChange", "type": "ADD", "role": "MANAGER" }]);
    assert_eq!(sam.update(&id, join).await["code"], 200);
    assert!(kinds(&kim.rest().await, &others).is_empty());
    let close = json!({ "field": "DialogChange", "type": "UPDATE",
        "dialog": { "dialogId": id, "state": "CLOSE" } });
    assert_eq!(ada.update(&id, close).await.status(), 200);
    let told = kim.rest().await;
    assert_eq!(
        kinds_of(&told, &[&open, &staged, &closed, &own]),
        [
            some("DELETE"),
            some("UPSERT"),
            some("UPSERT"),
            some("DELETE")
        ],
        "the survey runs"
    );
    ada.close(&id).await;
    let told = kim.rest().await;
    assert_eq!(
        kinds_of(&told, &[&open, &staged, &closed, &all]),
        [none.clone(), some("DELETE"), some("UPSERT"), some("UPSERT")]
    );
    let unsubscribe = ".ams.aam.UnsubscribeExConversations";
    let answer = kim.ask(unsubscribe, json!({ "subscriptionId": all })).await;
    assert_eq!(answer["code"], 200);
    connector.consumer("ben").await.open().await;
    let told = kim.rest().await;
    assert_eq!(kinds_of(&told, &[&all, &open]), [none, some("UPSERT")]);
}

#[tokio::test]
async fn what_is_no_filter_is_refused() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    for body in [
        json!({ "convState": "OPEN" }),
        json!({ "convState": ["OPENED"] }),
        json!({ "stage": [7] }),
        json!({ "agentIds": "me" }),
        json!({ "agentIds": [7] }),
        json!({ "minLastUpdatedTime": "yesterday" }),
        json!([]),
    ] {
        let answer = kim.ask(SUBSCRIBE, body.clone()).await;
        assert_eq!(
            (&answer["code"], &answer["type"]),
            (&json!(400), &json!(".ReqBody$StringResp")),
            "{body}"
        );
    }
    for _ in 0..64 {
        watch(&mut kim, json!({})).await;
    }
    let more = kim.ask(SUBSCRIBE, json!({})).await;
    assert_eq!(more["body"], "this socket has too many subscriptions");
}

#[tokio::test]
async fn very_many_come_in_several_notifications() {
    let (sandbox, connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    let opening = futures_util::stream::iter(0..2100).map(|_| ada.open());
    let mut ids: Vec<String> = opening.buffer_unordered(16).collect().await;
    ids.sort_unstable();
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let (subscription, first) = watch(&mut kim, json!({ "convState": ["OPEN"] })).await;
    assert_eq!(first.len(), 1000);
    let mut found = first;
    for count in [1000, 100] {
        let more = kim
            .notified(CHANGED, |body| {
                body["subscriptionId"] == subscription.as_str()
            })
            .await;
        let more = more["changes"].as_array().unwrap().clone();
        assert_eq!(more.len(), count);
        found.extend(more);
    }
    let mut told: Vec<_> = found
        .iter()
        .map(|one| one["result"]["convId"].as_str().unwrap().to_owned())
        .collect();
    told.sort_unstable();
    assert_eq!(told, ids);
    // They all ring at once, in as few notifications.
    kim.go_online().await;
    let mut rung = 0;
    while rung < ids.len() {
        let told = kim
            .notified(".ams.routing.RoutingTaskNotification", |_| true)
            .await;
        rung += told["changes"].as_array().unwrap().len();
    }
    assert_eq!(rung, ids.len());
}
