//! The session at the sandbox, over real sockets, with a consumer who speaks plain HTTP.

mod cut;

use std::time::Duration;

use handset::{
    domain::{
        availability::Availability,
        ids::{ConversationId, SkillId},
        line::{Delivery, Line, LineBody},
        role::Role,
        survey::Csat,
        workspace::command::{Command, Message},
    },
    rt::tls::Trust,
    sandbox::{
        model::{roster, rules::Survey},
        settings::{Settings, terms::Closing},
        tls::Tls,
    },
};
use serde_json::{Value, json};

use super::session::TestSession;
use crate::sandbox::{
    hook::Hook,
    rig::{Consumer, quick, run},
};

const CARD: &str = "add-blue";

fn card() -> Value {
    json!({ "type": "vertical", "elements": [
        { "type": "text", "text": "Blue mug" },
        { "type": "button", "title": "Add", "click": {
            "metadata": [{ "type": "ExternalId", "id": CARD }],
            "actions": [{ "type": "publishText", "text": "Add the blue mug" }] } } ] })
}

fn say(id: &str, text: &str, private: bool) -> Command {
    Command::say(id.into(), text, private)
}

async fn state(ada: &Consumer, id: &str, state: &str) {
    let event = json!({ "type": "ChatStateEvent", "chatState": state });
    ada.publish(id, event).await;
}

async fn receipt(ada: &Consumer, id: &str, status: &str, sequence: u64) {
    let event =
        json!({ "type": "AcceptStatusEvent", "status": status, "sequenceList": [sequence] });
    ada.publish(id, event).await;
}

/// Waits until the consumer's connector was told of an event by an agent.
async fn hears(hook: &Hook, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    hook.change(what, |change| {
        change["originatorMetadata"]["role"] != "CONSUMER" && is(&change["event"])
    })
    .await
}

fn delivery(session: &TestSession, id: &str, said: &str) -> Option<Delivery> {
    match &session.line(id, said)?.body {
        LineBody::Mine { delivery, .. } => Some(delivery.clone()),
        _ => None,
    }
}

fn is_leaving(line: &Line) -> bool {
    matches!(
        line.body,
        LineBody::Mine {
            delivery: Delivery::Leaving,
            ..
        }
    )
}

fn has_failed(line: &Line) -> bool {
    matches!(
        line.body,
        LineBody::Mine {
            delivery: Delivery::Failed { .. },
            ..
        }
    )
}

#[expect(clippy::too_many_lines, reason = "one story, told in its order")]
#[tokio::test]
async fn a_conversation_goes_through_two_sessions_from_its_ring_to_its_rating() {
    let hook = Hook::start().await;
    let mut rules = quick().rules;
    rules
        .surveys
        .insert(SkillId::from(roster::SALES.id), Survey::default());
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        rules,
        ..quick()
    })
    .await;
    let mut kim = TestSession::take(&sandbox, "kim").await;
    let mut sam = TestSession::take(&sandbox, "sam").await;
    let features = ["MULTI_DIALOG", "RICH_CONTENT", "QUICK_REPLIES"];
    let ada = connector.consumer("ada").await.with(&features);
    let id = ada.open().await;
    ada.say(&id, "Is the blue one in stock?").await;
    kim.until("a ring", |session| {
        let ring = session.rings.first();
        ring.is_some_and(|ring| ring.until > ring.since && !ring.is_transfer)
    })
    .await;
    kim.accept(&id).await;
    assert_eq!(kim.room(&id).role, Some(Role::AssignedAgent));
    hears(&hook, "ACCEPT", |event| event["status"] == "ACCEPT").await;
    kim.until("the consumer's first line", |session| {
        session.texts(&id) == ["Is the blue one in stock?"] && session.room(&id).unread == 1
    })
    .await;
    let features = kim.room(&id).consumer.features.clone();
    assert!(features.iter().any(|one| one.as_str() == "RICH_CONTENT"));
    let look = Command::Look(Some(id.as_str().into()));
    kim.does(look).await;
    hears(&hook, "READ", |event| event["status"] == "READ").await;
    kim.until("nothing is unread", |session| session.room(&id).unread == 0)
        .await;

    // Typing, both ways.
    state(&ada, &id, "COMPOSING").await;
    kim.until("typing", |session| session.typing == Some(true))
        .await;
    state(&ada, &id, "ACTIVE").await;
    kim.until("no typing", |session| session.typing == Some(false))
        .await;
    let writing = |any| Command::Writing {
        conversation: id.as_str().into(),
        any,
    };
    kim.does(writing(true)).await;
    hears(&hook, "typing", |event| event["chatState"] == "COMPOSING").await;
    kim.does(say(&id, "Yes, two left.", false)).await;
    let told = hears(&hook, "the text", |event| {
        event["message"] == "Yes, two left."
    })
    .await;
    hears(&hook, "done typing", |event| event["chatState"] == "ACTIVE").await;
    let sequence = told["sequence"].as_u64().unwrap();
    let reached = async |kim: &mut TestSession, want: Delivery| {
        kim.until("a receipt", |session| {
            delivery(session, &id, "Yes, two left.") == Some(want.clone())
        })
        .await;
    };
    reached(&mut kim, Delivery::Sent { sequence }).await;
    receipt(&ada, &id, "ACCEPT", sequence).await;
    reached(&mut kim, Delivery::Accepted { sequence }).await;
    receipt(&ada, &id, "READ", sequence).await;
    reached(&mut kim, Delivery::Read { sequence }).await;

    // A card, and a click on it.
    kim.does(Command::Say {
        conversation: id.as_str().into(),
        message: Message::Rich {
            content: card(),
            replies: None,
        },
        private: false,
        metadata: Some(json!([{ "type": "ExternalId", "id": "card-1" }])),
    })
    .await;
    let shown = hears(&hook, "the card", |event| event["content"] == card()).await;
    let sequence = shown["sequence"].as_u64().unwrap();
    let metadata = json!([{ "type": "ExternalId", "id": CARD }]);
    let action =
        json!({ "type": "AcceptStatusEvent", "status": "ACTION", "sequenceList": [sequence] });
    ada.publish_with(&id, action, metadata.clone()).await;
    kim.until("the click", |session| {
        session.lines(&id).iter().any(|line| {
            let used = format!("used the card #{sequence} · ExternalId {CARD}");
            let is_click =
                matches!(&line.body, LineBody::Quiet { text } if text.as_str().ends_with(&used));
            is_click && line.metadata.as_ref() == Some(&metadata)
        })
    })
    .await;

    // A note stays here.
    kim.does(say(&id, "seems in a hurry", true)).await;
    kim.until("the note", |session| {
        let delivery = delivery(session, &id, "seems in a hurry");
        matches!(delivery, Some(Delivery::Sent { .. }))
    })
    .await;

    // To another skill.
    kim.until("the house", |session| !session.skills.is_empty())
        .await;
    assert!(
        kim.agents.iter().all(|(name, _)| name != "Kim"),
        "{:?}",
        kim.agents
    );
    let sales = kim.skills.iter().find(|(_, name)| name == "Sales").unwrap();
    let skill = SkillId::from(sales.0.as_str());
    kim.does(Command::TransferToSkill {
        conversation: id.as_str().into(),
        skill,
    })
    .await;
    sam.accept(&id).await;
    kim.until("it is handed on", |session| {
        session.room(&id).role.is_none()
    })
    .await;
    sam.until("what was said before", |session| {
        session.texts(&id)
            == [
                "Is the blue one in stock?",
                "Yes, two left.",
                "seems in a hurry",
            ]
    })
    .await;
    sam.does(say(&id, "Sam here", false)).await;
    hears(&hook, "Sam", |event| event["message"] == "Sam here").await;
    // A connector may be told of a note, and then that it is none of the consumer's.
    let changes = hook.changes();
    let note = |change: &&Value| change["event"]["message"] == "seems in a hurry";
    let mut notes = changes.iter().filter(note);
    assert!(notes.all(|change| change["messageAudience"] == "AGENTS_AND_MANAGERS"));

    // The end, with a survey and a rating.
    sam.does(Command::Close {
        conversation: id.as_str().into(),
        survey: true,
    })
    .await;
    sam.until("the survey", |session| session.room(&id).is_surveyed)
        .await;
    assert!(!sam.room(&id).is_open);
    sam.until("that it was closed", |session| {
        session
            .quiet(&id)
            .iter()
            .any(|line| line.starts_with("closed"))
    })
    .await;
    ada.close(&id).await;
    sam.until("the survey is over", |session| {
        !session.room(&id).is_surveyed
    })
    .await;
    let rating = json!({ "field": "CSATRate", "csatRate": 4,
        "csatResolutionConfirmation": true, "status": "FILLED" });
    assert_eq!(ada.update(&id, rating).await.status(), 200);
    let csat = Csat {
        rate: Some(4),
        resolved: Some(true),
    };
    sam.until("the rating", |session| session.room(&id).csat == Some(csat))
        .await;
    sam.does(Command::Leave(id.as_str().into())).await;
    sam.until("it is cleared away", |session| session.gone.len() == 1)
        .await;
    assert_eq!((&kim.notices, &sam.notices), (&vec![], &vec![]));
    kim.leave().await;
    sam.leave().await;
}

#[tokio::test]
async fn what_was_written_while_it_rang_is_accepted_and_read_by_who_takes_it() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let mut kim = TestSession::take(&sandbox, "kim").await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "hello").await;
    ada.say(&id, "is anybody there?").await;
    kim.until("it is known", |session| {
        session.conversations.contains_key(&id.as_str().into())
    })
    .await;
    kim.does(Command::Look(Some(id.as_str().into()))).await;
    kim.until("what was said", |session| session.texts(&id).len() == 2)
        .await;
    kim.accept(&id).await;
    for status in ["ACCEPT", "READ"] {
        let told = hears(&hook, status, |event| event["status"] == status).await;
        assert_eq!(told["event"]["sequenceList"], json!([0, 1]));
    }
    kim.leave().await;
}

#[tokio::test]
async fn what_rings_is_turned_down_or_ends_by_itself() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = TestSession::take(&sandbox, "kim").await;
    let id = connector.consumer("ada").await.open().await;
    kim.until("a ring", |session| session.rings.len() == 1)
        .await;
    let first = kim.rings[0].id.clone();
    kim.does(Command::Reject(first.clone())).await;
    kim.until("no ring", |session| session.rings.is_empty())
        .await;
    sandbox.advance(Duration::from_secs(10)).await.unwrap();
    kim.until("it rings again", |session| session.rings.len() == 1)
        .await;
    let second = kim.rings[0].id.clone();
    assert_ne!(first, second);
    sandbox.advance(Duration::from_secs(73)).await.unwrap();
    kim.until("another ring, or none", |session| {
        session.rings.iter().all(|ring| ring.id != second)
    })
    .await;
    // An answer that comes too late is said to be.
    kim.does(Command::Accept(second)).await;
    kim.until("a word", |session| !session.notices.is_empty())
        .await;
    kim.does(Command::Availability(Availability::Away)).await;
    sandbox.advance(Duration::from_secs(200)).await.unwrap();
    kim.until("nothing rings at who is away", |session| {
        session.rings.is_empty()
    })
    .await;
    assert_eq!(kim.room(&id).role, None);
    kim.leave().await;
}

#[tokio::test]
async fn a_manager_joins_notes_and_leaves_and_a_colleague_is_asked() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = TestSession::take(&sandbox, "kim").await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "hello").await;
    kim.accept(&id).await;
    let mut morgan = TestSession::take(&sandbox, "morgan").await;
    morgan.does(Command::Join(id.as_str().into())).await;
    morgan
        .until("joined", |session| {
            session.conversations.contains_key(&id.as_str().into())
                && session.room(&id).role == Some(Role::Manager)
        })
        .await;
    morgan
        .until("what was said", |session| session.texts(&id) == ["hello"])
        .await;
    morgan.does(say(&id, "I listen", true)).await;
    kim.until("the note", |session| {
        session.texts(&id) == ["hello", "I listen"]
    })
    .await;
    morgan.does(Command::Leave(id.as_str().into())).await;
    morgan
        .until("left", |session| session.room(&id).role.is_none())
        .await;
    kim.until("told so", |session| {
        session.quiet(&id).iter().any(|line| line == "Morgan left")
    })
    .await;
    kim.until("the house", |session| !session.agents.is_empty())
        .await;
    let agent = kim
        .agents
        .iter()
        .find(|(name, _)| name == "Morgan")
        .unwrap()
        .1
        .as_str()
        .into();
    kim.does(Command::TransferToAgent {
        conversation: id.as_str().into(),
        agent,
    })
    .await;
    morgan
        .until("a ring", |session| {
            session.rings.iter().any(|ring| ring.is_transfer)
        })
        .await;
    morgan.accept(&id).await;
    morgan.does(Command::Availability(Availability::Away)).await;
    morgan.does(Command::BackToQueue(id.as_str().into())).await;
    kim.accept(&id).await;
    kim.leave().await;
    morgan.leave().await;
}

#[tokio::test]
async fn what_was_given_back_is_said_once_and_can_be_cleared_away() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = TestSession::take(&sandbox, "kim").await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    kim.accept(&id).await;
    assert_eq!(kim.room(&id).skill.1.as_str(), "no skill");
    kim.until("the house", |session| !session.agents.is_empty())
        .await;
    let mut takers: Vec<&str> = kim.agents.iter().map(|(name, _)| name.as_str()).collect();
    takers.sort_unstable();
    // Neither the bot that asks after a conversation nor the one that greets.
    assert_eq!(takers, ["Morgan", "Riley", "Sam"]);
    let room = || ConversationId::from(id.as_str());
    kim.does(Command::Availability(Availability::Away)).await;
    kim.does(Command::BackToQueue(room())).await;
    kim.until("it is nobody's", |session| session.room(&id).role.is_none())
        .await;
    kim.until("a word", |session| !session.notices.is_empty())
        .await;
    kim.does(Command::Leave(room())).await;
    kim.until("it is cleared away", |session| session.gone == [room()])
        .await;
    assert_eq!(kim.notices.len(), 1, "{:?}", kim.notices);
    assert!(kim.notices[0].contains("given back"), "{:?}", kim.notices);
    // It goes on elsewhere, and comes back when it rings here.
    ada.say(&id, "still there").await;
    kim.does(Command::Availability(Availability::Online)).await;
    kim.accept(&id).await;
    kim.until("what was said", |session| {
        session.texts(&id) == ["still there"]
    })
    .await;
    kim.leave().await;
}

#[tokio::test]
async fn an_expired_login_is_made_anew_over_tls_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let (sandbox, connector) = run(Settings {
        tls: Some(Tls::default()),
        ..quick()
    })
    .await;
    let ready = sandbox.ready();
    let ca = folder.path().join("ca.pem");
    std::fs::write(&ca, ready.ca.unwrap()).unwrap();
    let trust = Trust::with_file(&ca).unwrap();
    let https = ready.https.unwrap();
    let mut kim = TestSession::take_by(&sandbox, "kim", &https, trust).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    kim.accept(&id).await;
    let mut said = Vec::new();
    for round in 0..3 {
        said.push(format!("before {round}"));
        ada.say(&id, &said[said.len() - 1]).await;
        match round {
            // 4401.
            0 => sandbox.log_out_all(),
            1 => assert_eq!(sandbox.close_sockets(None, Closing::Code(1011)), 1),
            _ => assert_eq!(sandbox.close_sockets(None, Closing::Abrupt), 1),
        }
        said.push(format!("while away {round}"));
        ada.say(&id, &said[said.len() - 1]).await;
        kim.until("a loss, and the session again", |session| {
            session.losses > round
                && session.state == Some(handset::engine::agent_session::update::State::Up)
        })
        .await;
        kim.until("all of it", |session| session.texts(&id) == said)
            .await;
    }
    kim.leave().await;
}
