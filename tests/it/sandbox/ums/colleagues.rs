//! People and bots at sockets beside those who stand by: Riley, and Sam of the script.

use handset::sandbox::{
    model::roster::SALES,
    settings::{Agent, Settings},
};
use serde_json::{Value, json};

use crate::sandbox::{
    hook::{Hook, text},
    rig::{ACCOUNT, Consumer, quick, run},
    ums::client::Socket,
};

async fn cloud(hook: &Hook) -> (handset::sandbox::Sandbox, crate::sandbox::rig::Connector) {
    run(Settings {
        webhook: Some(hook.url()),
        agent: Agent::Riley,
        ..quick()
    })
    .await
}

/// Begins a conversation for Sales.
async fn open_for_sales(consumer: &Consumer) -> String {
    let body = json!([{ "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} },
        { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
          "body": { "brandId": ACCOUNT, "skillId": SALES.id } }]);
    let answer = consumer.conversation(body.to_string()).await;
    let answer: Value = answer.json().await.unwrap();
    answer[1]["body"]["conversationId"]
        .as_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn riley_steps_aside_for_whoever_serves_the_skill() {
    let hook = Hook::start().await;
    let (sandbox, connector) = cloud(&hook).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    hook.change("the greeting", |change| {
        text(change).is_some_and(|text| text.contains("this is Riley"))
    })
    .await;
    // Sam sells: what has no skill stays with Riley while she is there.
    let mut sam = Socket::enter(&sandbox, &connector, "sam").await;
    sam.go_online().await;
    ada.say(&id, "hello").await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    hook.change("the hand-over", |change| {
        text(change) == Some("One moment, I hand you over to a colleague.")
    })
    .await;
    kim.take(&id).await;
    assert_eq!(kim.say(&id, "Kim here").await["code"], 200);
    hook.change("Kim", |change| text(change) == Some("Kim here"))
        .await;
    let told = sam.rest().await;
    let rings = told
        .iter()
        .filter(|one| one["type"] == ".ams.routing.RoutingTaskNotification");
    assert_eq!(rings.count(), 1, "the empty one at the beginning");
    // New ones ring at Kim, not at Riley; gone away, Riley takes the next.
    let second = connector.consumer("ben").await.open().await;
    kim.take(&second).await;
    drop(kim);
    drop(sam);
    crate::sandbox::hook::until("they are gone", || sandbox.sockets() == 0).await;
    let third = connector.consumer("cem").await.open().await;
    hook.change("Riley is back", |change| {
        change["conversationId"] == third.as_str()
            && text(change).is_some_and(|text| text.contains("this is Riley"))
    })
    .await;
}

#[tokio::test]
async fn the_person_takes_over_from_the_script_of_the_same_name() {
    let hook = Hook::start().await;
    let (sandbox, connector) = cloud(&hook).await;
    let ada = connector.consumer("ada").await;
    let id = open_for_sales(&ada).await;
    hook.change("the greeting", |change| {
        text(change).is_some_and(|text| text.contains("Sam from Sales"))
    })
    .await;
    let mut sam = Socket::enter(&sandbox, &connector, "sam").await;
    ada.say(&id, "help").await;
    // It is Sam's already: no ring, no word of the script's.
    sam.said("help").await;
    assert_eq!(sam.say(&id, "It is me now").await["code"], 200);
    ada.say(&id, "joke").await;
    sam.said("joke").await;
    // Not online, Sam gets no new ones, and nobody else sells.
    let other = connector.consumer("ben").await;
    let waiting = open_for_sales(&other).await;
    sam.go_online().await;
    sam.take(&waiting).await;
    let texts: Vec<String> = hook
        .changes()
        .iter()
        .filter_map(|change| text(change).map(ToOwned::to_owned))
        .collect();
    let by_script = texts
        .iter()
        .filter(|text| text.contains("Sam from Sales"))
        .count();
    assert_eq!(by_script, 1, "{texts:?}");
}
