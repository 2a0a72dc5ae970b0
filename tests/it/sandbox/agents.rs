//! The desk: rings, news and actions as a person's client would use them.

use handset::{
    domain::{
        ids::{ConversationId, DialogId},
        role::Role,
    },
    sandbox::{
        agent::desk::{Desk, Event},
        model::{changes::News, fields::Field, publication::Publication, refusal::Refusal},
        settings::Settings,
    },
};
use tokio::time::{Duration, timeout};

use crate::sandbox::{
    hook::{Hook, text},
    rig::{quick, run},
};

async fn next(desk: &mut Desk) -> Event {
    timeout(Duration::from_mins(2), desk.next())
        .await
        .expect("an event comes")
        .expect("the seat is kept")
}

#[tokio::test]
async fn a_conversation_rings_is_taken_and_talked_in() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "anybody there?").await;
    // Nobody was: it rings as soon as somebody sits down.
    let mut desk = sandbox.sit("Kim");
    let hand = desk.hand();
    let Event::Ring(view) = next(&mut desk).await else {
        panic!("it rings first");
    };
    assert_eq!(
        (view.id.as_str(), view.consumer.as_str(), view.assigned),
        (id.as_str(), ada.id.as_str(), None)
    );
    let (conversation, dialog) = (
        ConversationId::from(id.as_str()),
        DialogId::from(id.as_str()),
    );
    let early = hand.publish(&dialog, Publication::text("too early")).await;
    assert_eq!(early, Err(Refusal::NotParticipant));
    assert_eq!(
        early.unwrap_err().to_string(),
        "Agent does not exist in conversation"
    );
    hand.accept_ring(&conversation).await.unwrap();
    assert_eq!(
        hand.accept_ring(&conversation).await,
        Err(Refusal::RingEnded)
    );
    let events = [next(&mut desk).await, next(&mut desk).await];
    assert!(events.contains(&Event::RingEnded(conversation.clone())));
    assert!(events.iter().any(
        |event| matches!(event, Event::News { news: News::Conversation(view), .. }
        if view.assigned.as_ref() == Some(hand.agent()))
    ));
    let (history, _) = hand.history(&conversation);
    assert_eq!(history[0].event["message"], "anybody there?");
    ada.say(&id, "hello?").await;
    let Event::News {
        news: News::Event { event, .. },
        ..
    } = next(&mut desk).await
    else {
        panic!("the consumer's words come");
    };
    assert_eq!(
        (event.sequence, &event.event["message"]),
        (1, &serde_json::json!("hello?"))
    );
    hand.update(&conversation, &[Field::Leave]).await.unwrap();
    let back = hook
        .change("nobody assigned", |change| {
            let people = &change["result"]["conversationDetails"]["participants"];
            people.as_array().is_some_and(|people| people.len() == 1)
                && change["result"]["conversationDetails"]["metaDataLastUpdateTs"].as_i64()
                    > hook.changes()[0]["result"]["conversationDetails"]["metaDataLastUpdateTs"]
                        .as_i64()
        })
        .await;
    assert_eq!(back["result"]["conversationDetails"]["state"], "OPEN");
}

#[tokio::test]
async fn a_ring_turned_down_goes_to_the_next() {
    let (sandbox, connector) = run(quick()).await;
    let mut one = sandbox.sit("Kim");
    let mut other = sandbox.sit("Lee");
    let ada = connector.consumer("ada").await;
    let id = ConversationId::from(ada.open().await);
    let (first, second) = tokio::select! {
        _ = one.next() => (&mut one, &mut other),
        _ = other.next() => (&mut other, &mut one),
    };
    first.hand().reject_ring(&id);
    assert_eq!(next(first).await, Event::RingEnded(id.clone()));
    assert!(matches!(next(second).await, Event::Ring(view) if view.id == id));
    // Whoever leaves without a word passes it on as well: the next event finds nobody there.
    second.hand().accept_ring(&id).await.unwrap();
    assert_eq!(second.hand().conversations().len(), 1);
}

#[tokio::test]
async fn a_manager_comes_and_goes_and_an_agent_closes() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let agent = sandbox.sit("Kim").hand();
    let manager = sandbox.sit("Morgan").hand();
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let (conversation, dialog) = (
        ConversationId::from(id.as_str()),
        DialogId::from(id.as_str()),
    );
    agent.accept_ring(&conversation).await.unwrap();
    manager
        .update(&conversation, &[Field::Join(Role::Manager)])
        .await
        .unwrap();
    manager
        .publish(&dialog, Publication::text("hello from above"))
        .await
        .unwrap();
    manager
        .update(&conversation, &[Field::Leave])
        .await
        .unwrap();
    assert_eq!(
        manager.update(&conversation, &[Field::Leave]).await,
        Err(Refusal::NotParticipant)
    );
    agent.update(&conversation, &[Field::Close]).await.unwrap();
    let from_above = hook
        .change("the manager", |change| {
            text(change) == Some("hello from above")
        })
        .await;
    assert_eq!(from_above["originatorMetadata"]["role"], "MANAGER");
    assert_eq!(from_above["originatorId"], manager.agent().as_str());
    let closed = hook
        .change("the close", |change| {
            change["result"]["conversationDetails"]["stage"] == "CLOSE"
        })
        .await;
    let details = &closed["result"]["conversationDetails"];
    assert_eq!(details["closeReason"], "AGENT");
    assert_eq!(details["dialogs"][0]["closedBy"], "AGENT");
    assert_eq!(details["participants"][0]["role"], "ASSIGNED_AGENT");
    assert_eq!(details["participants"].as_array().unwrap().len(), 2);
    assert_eq!(
        uuid::Uuid::parse_str(agent.agent().as_str())
            .unwrap()
            .get_version_num(),
        5
    );
}

#[tokio::test]
async fn nothing_is_done_that_the_state_file_does_not_take() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, connector) = run(Settings {
        state: Some(folder.path().join("cloud.db")),
        ..quick()
    })
    .await;
    let hand = sandbox.sit("Kim").hand();
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let conversation = ConversationId::from(id.as_str());
    hand.accept_ring(&conversation).await.unwrap();
    assert!(
        sandbox.stop(Duration::from_mins(2)).await,
        "it stops in time"
    );
    let refused = hand
        .publish(&DialogId::from(id.as_str()), Publication::text("too late"))
        .await;
    assert!(matches!(refused, Err(Refusal::Store(_))), "{refused:?}");
}
