//! An agent's session in this process: rings, notifications and requests.

use handset::{
    domain::{
        ids::{ConversationId, DialogId},
        role::Role,
    },
    sandbox::{
        agents::client::{AgentClient, AgentNotification},
        model::{fields::Field, publication::Publication, refusal::Refusal},
        settings::Settings,
    },
};
use serde_json::Value;
use tokio::time::{Duration, timeout};

use crate::sandbox::{
    hook::{Hook, text},
    rig::{quick, run},
};

async fn next(session: &mut AgentClient) -> AgentNotification {
    timeout(Duration::from_mins(2), session.next())
        .await
        .expect("an event comes")
        .expect("the session is not closed")
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
    // No agent was: it rings as soon as one opens a session.
    let mut session = sandbox.open_session("Kim").await.unwrap();
    let api = session.api();
    let AgentNotification::Ring {
        conversation,
        consumer,
        ..
    } = next(&mut session).await
    else {
        panic!("it rings first");
    };
    assert_eq!(
        (conversation.as_str(), consumer.as_str()),
        (id.as_str(), ada.id.as_str())
    );
    let dialog = DialogId::from(id.as_str());
    let early = api.publish(&dialog, Publication::text("too early")).await;
    assert_eq!(early, Err(Refusal::NotParticipant));
    assert_eq!(
        early.unwrap_err().to_string(),
        "Agent does not exist in conversation"
    );
    api.accept_ring(&conversation).await.unwrap();
    assert_eq!(
        api.accept_ring(&conversation).await,
        Err(Refusal::RingEnded)
    );
    let taken = AgentNotification::RingEnded {
        conversation: conversation.clone(),
        accepted: true,
    };
    let own = AgentNotification::Conversation {
        conversation: conversation.clone(),
        own: true,
    };
    let told = [next(&mut session).await, next(&mut session).await];
    assert_eq!(told, [taken, own]);
    let (history, _) = api.history(&conversation);
    assert_eq!(history[0].event["message"], "anybody there?");
    ada.say(&id, "hello?").await;
    let AgentNotification::Event { event, .. } = next(&mut session).await else {
        panic!("the consumer's words come");
    };
    assert_eq!(
        (event.sequence, &event.event["message"]),
        (1, &serde_json::json!("hello?"))
    );
    api.update(&conversation, &[Field::Leave]).await.unwrap();
    let updated = |change: &Value| {
        let details = &change["result"]["conversationDetails"];
        details["metaDataLastUpdateTs"].as_i64()
    };
    let first = updated(&hook.changes()[0]);
    let back = hook
        .change("nobody assigned", |change| {
            let people = &change["result"]["conversationDetails"]["participants"];
            people.as_array().is_some_and(|people| people.len() == 1) && updated(change) > first
        })
        .await;
    assert_eq!(back["result"]["conversationDetails"]["state"], "OPEN");
}

#[tokio::test]
async fn a_ring_turned_down_goes_to_the_next() {
    let (sandbox, connector) = run(quick()).await;
    let mut one = sandbox.open_session("Kim").await.unwrap();
    let mut other = sandbox.open_session("Lee").await.unwrap();
    let ada = connector.consumer("ada").await;
    let id = ConversationId::from(ada.open().await);
    let (first, second) = tokio::select! {
        _ = one.next() => (&mut one, &mut other),
        _ = other.next() => (&mut other, &mut one),
    };
    first.api().reject_ring(&id);
    let rejected = AgentNotification::RingEnded {
        conversation: id.clone(),
        accepted: false,
    };
    assert_eq!(next(first).await, rejected);
    assert!(
        matches!(next(second).await, AgentNotification::Ring { conversation, .. } if conversation == id)
    );
    // Whoever leaves without a word passes it on as well: the next event finds nobody there.
    second.api().accept_ring(&id).await.unwrap();
    assert_eq!(second.api().conversations().len(), 1);
}

#[tokio::test]
async fn a_manager_comes_and_goes_and_an_agent_closes() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let agent = sandbox.open_session("Kim").await.unwrap().api();
    let manager = sandbox.open_session("Morgan").await.unwrap().api();
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
    let api = sandbox.open_session("Kim").await.unwrap().api();
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let conversation = ConversationId::from(id.as_str());
    api.accept_ring(&conversation).await.unwrap();
    assert!(
        sandbox.stop(Duration::from_mins(2)).await,
        "it stops in time"
    );
    let refused = api
        .publish(&DialogId::from(id.as_str()), Publication::text("too late"))
        .await;
    assert!(matches!(refused, Err(Refusal::Store(_))), "{refused:?}");
}
