//! A conversation goes from one agent to another, or begins with one.

use handset::{
    domain::ids::{ConversationId, DialogId, ParticipantId},
    sandbox::{
        Sandbox,
        agents::client::{AgentClient, AgentNotification},
        model::{fields::Field, publication::Publication, refusal::Refusal, roster::SALES},
        settings::{Agent, Settings},
    },
};
use serde_json::{Value, json};
use tokio::time::{Duration, timeout};

use crate::sandbox::{
    fixture::assert_like,
    hook::{Hook, text},
    rig::{Connector, quick, run},
};

async fn cloud(hook: &Hook, agent: Agent) -> (Sandbox, Connector) {
    run(Settings {
        webhook: Some(hook.url()),
        agent,
        ..quick()
    })
    .await
}

async fn next(session: &mut AgentClient) -> AgentNotification {
    timeout(Duration::from_mins(2), session.next())
        .await
        .expect("an event comes")
        .expect("the session is not closed")
}

async fn ring(session: &mut AgentClient, id: &ConversationId) {
    loop {
        match next(session).await {
            AgentNotification::Ring { conversation, .. } if conversation == *id => return,
            _ => {}
        }
    }
}

/// Agents of a conversation with role and state, as a change of it has them.
fn staff(change: &Value) -> Option<Vec<(String, String, String)>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let dialog = &change["result"]["conversationDetails"]["dialogs"][0];
    let people = dialog["participantsDetails"].as_array()?;
    Some(
        people
            .iter()
            .filter(|one| one["role"] != "CONSUMER")
            .map(|one| (text(&one["id"]), text(&one["role"]), text(&one["state"])))
            .collect(),
    )
}

#[tokio::test]
async fn a_conversation_is_handed_to_a_skill_and_sam_greets() {
    let hook = Hook::start().await;
    let (sandbox, connector) = cloud(&hook, Agent::Riley).await;
    let names: Vec<&str> = sandbox
        .agents()
        .iter()
        .map(|(_, name)| name.as_str())
        .collect();
    assert!(names.starts_with(&["Riley", "Sam", "Morgan"]), "{names:?}");
    let pid = |name: &str| {
        sandbox
            .agents()
            .iter()
            .find(|one| one.1 == name)
            .unwrap()
            .0
            .clone()
    };
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    hook.change("Riley", |change| {
        text(change).is_some_and(|text| text.contains("Riley"))
    })
    .await;
    ada.say(&id, "hello").await;
    hook.change("an answer", |change| {
        text(change).is_some_and(|text| text.starts_with("Hello!"))
    })
    .await;
    let conversation = ConversationId::from(id.as_str());
    let riley = sandbox.agent_api("Riley");
    riley
        .transfer_to_skill(&conversation, "Sales")
        .await
        .unwrap();
    let between = hook
        .change("the queue of Sales", |change| {
            change["result"]["conversationDetails"]["skillId"] == SALES.id
        })
        .await;
    assert_eq!(staff(&between), Some(vec![]));
    assert_like(
        "hook_transfer_to_skill",
        &json!({ "change": between }),
        &[("$conversation", &id), ("$consumer", &ada.id)],
    );
    let greeting = hook
        .change("Sam", |change| {
            text(change).is_some_and(|text| text.contains("Sam"))
        })
        .await;
    assert_eq!(greeting["originatorId"], pid("Sam").as_str());
    // What Riley answered is not answered again; what comes now is Sam's.
    ada.say(&id, "thanks").await;
    let answer = hook
        .change("Sam's answer", |change| {
            text(change) == Some("You are welcome!")
        })
        .await;
    assert_eq!(answer["originatorId"], pid("Sam").as_str());
    let hellos = hook
        .changes()
        .into_iter()
        .filter(|change| text(change).is_some_and(|text| text.starts_with("Hello! ")));
    assert_eq!(hellos.count(), 1);
    let refused = riley.transfer_to_skill(&conversation, "Service").await;
    assert_eq!(refused, Err(Refusal::NotParticipant), "Riley is out");
    // And back: Riley takes it without another greeting.
    sandbox
        .agent_api("Sam")
        .transfer_to_skill(&conversation, "Service")
        .await
        .unwrap();
    ada.say(&id, "what are your opening hours?").await;
    let hours = hook
        .change("Riley's answer", |change| {
            text(change).is_some_and(|text| text.contains("from 8 to 20"))
        })
        .await;
    assert_eq!(hours["originatorId"], pid("Riley").as_str());
    let greetings = hook
        .changes()
        .into_iter()
        .filter(|change| text(change).is_some_and(|text| text.contains("this is Riley")));
    assert_eq!(greetings.count(), 1);
}

#[tokio::test]
async fn a_conversation_is_handed_to_an_agent_who_takes_it() {
    let hook = Hook::start().await;
    let (sandbox, connector) = cloud(&hook, Agent::None).await;
    let (mut kim, mut lee) = (
        sandbox.open_session("Kim").await.unwrap(),
        sandbox.open_session("Lee").await.unwrap(),
    );
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let conversation = ConversationId::from(id.as_str());
    kim.api().accept_ring(&conversation).await.unwrap();
    let lees = lee.api().agent().clone();
    kim.api()
        .transfer_to_agent(&conversation, &lees)
        .await
        .unwrap();
    ring(&mut lee, &conversation).await;
    let early = lee
        .api()
        .publish(&DialogId::from(id.as_str()), Publication::text("early"))
        .await;
    assert_eq!(early, Err(Refusal::NotParticipant), "asked is not joined");
    assert_eq!(
        kim.api().accept_ring(&conversation).await,
        Err(Refusal::RingEnded),
        "it is for Lee"
    );
    let suggested = hook
        .change("the suggestion", |change| {
            staff(change)
                == Some(vec![(
                    lees.to_string(),
                    "ASSIGNED_AGENT".into(),
                    "SUGGESTED".into(),
                )])
        })
        .await;
    let people = suggested["result"]["conversationDetails"]["participants"]
        .as_array()
        .unwrap();
    assert_eq!(people.len(), 1, "not one of the conversation yet");
    lee.api().accept_ring(&conversation).await.unwrap();
    hook.change("Lee has it", |change| {
        staff(change)
            == Some(vec![(
                lees.to_string(),
                "ASSIGNED_AGENT".into(),
                String::new(),
            )])
    })
    .await;
    // Who handed it on is told that it is hers no more.
    let handed_on = AgentNotification::Conversation {
        conversation,
        own: false,
    };
    while next(&mut kim).await != handed_on {}
}

#[tokio::test]
async fn a_suggestion_turned_down_goes_to_the_queue() {
    let hook = Hook::start().await;
    let (sandbox, connector) = cloud(&hook, Agent::None).await;
    let (kim, mut lee) = (
        sandbox.open_session("Kim").await.unwrap(),
        sandbox.open_session("Lee").await.unwrap(),
    );
    let ada = connector.consumer("ada").await;
    let id = ConversationId::from(ada.open().await);
    kim.api().accept_ring(&id).await.unwrap();
    let lees = lee.api().agent().clone();
    kim.api().transfer_to_agent(&id, &lees).await.unwrap();
    ring(&mut lee, &id).await;
    lee.api().reject_ring(&id);
    // Nobody owns it and nobody is asked, as at the beginning.
    hook.wait_for("the queue", |seen| {
        let empty = seen
            .iter()
            .filter(|one| staff(&one.change()) == Some(vec![]));
        (empty.count() == 2).then_some(())
    })
    .await;
    // Handed to somebody who is away it waits, and rings when that one comes.
    let away = ParticipantId::from("b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87");
    lee.api().accept_ring(&id).await.unwrap();
    assert!(lee.api().update(&id, &[Field::Suggest(away)]).await.is_ok());
    lee.api().back_to_queue(&id).await.unwrap();
    assert_eq!(
        lee.api().back_to_queue(&id).await,
        Err(Refusal::NotParticipant)
    );
}

#[tokio::test]
async fn an_agent_begins_a_conversation_with_a_consumer() {
    let hook = Hook::start().await;
    let (sandbox, connector) = cloud(&hook, Agent::Riley).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.close(&id).await;
    let riley = sandbox.agent_api("Riley");
    let begun = riley
        .request_conversation(
            &ParticipantId::from(ada.id.as_str()),
            Some(json!({ "type": "ProactiveContext" })),
        )
        .await
        .unwrap();
    assert_ne!(begun.as_str(), id);
    let told = hook
        .change("the new conversation", |change| {
            change["result"]["convId"] == begun.as_str()
        })
        .await;
    assert_like(
        "hook_agent_conversation",
        &json!({ "change": told }),
        &[
            ("$conversation", begun.as_str()),
            ("$consumer", &ada.id),
            ("$agent", riley.agent().as_str()),
        ],
    );
    // Riley does not wait for a ring that never comes.
    hook.change("Riley's greeting", |change| {
        change["conversationId"] == begun.as_str() && text(change).is_some()
    })
    .await;
    ada.say(begun.as_str(), "hello").await;
    hook.change("Riley's answer", |change| {
        change["conversationId"] == begun.as_str()
            && text(change).is_some_and(|text| text.starts_with("Hello!"))
    })
    .await;
    let stranger = riley
        .request_conversation(&ParticipantId::from("nobody"), None)
        .await;
    assert!(matches!(stranger, Err(Refusal::Bad(_))), "{stranger:?}");
}
