//! The survey after a conversation, as a connector goes through it.

use std::time::Duration;

use handset::{
    domain::ids::{ConversationId, DialogId, SkillId},
    sandbox::{
        Sandbox,
        model::{
            publication::Publication,
            refusal::Refusal,
            rules::{Rules, Survey},
        },
        settings::Settings,
    },
};
use serde_json::{Value, json};

use crate::sandbox::{
    fixture::assert_like,
    hook::{Hook, text},
    rig::{Consumer, Process, SERVICE, quick, run},
};

struct Scene {
    hook: Hook,
    sandbox: Sandbox,
    ada: Consumer,
    id: String,
}

impl Scene {
    /// A conversation that Kim has taken.
    async fn start(features: &[&str], settings: Settings) -> Self {
        let hook = Hook::start().await;
        let (sandbox, connector) = run(Settings {
            webhook: Some(hook.url()),
            ..settings
        })
        .await;
        let ada = connector.consumer("ada").await.with(features);
        let id = ada.open_service().await;
        let kim = sandbox.open_session("Kim").await.unwrap().api();
        kim.accept_ring(&ConversationId::from(id.as_str()))
            .await
            .unwrap();
        Self {
            hook,
            sandbox,
            ada,
            id,
        }
    }

    /// Closes the MAIN dialog as the consumer.
    async fn close_main(&self) {
        let answer = self.ada.update(&self.id, closing(&self.id)).await;
        assert_eq!(answer.status(), 200);
    }

    /// Waits for the survey, and answers its dialog.
    async fn survey(&self) -> String {
        survey_of(&self.hook, &self.id).await
    }

    /// Waits for something of the conversation.
    async fn state(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mine = |change: &Value| change["result"]["convId"] == self.id.as_str();
        self.hook
            .change(what, |change| {
                mine(change) && is_so(&change["result"]["conversationDetails"])
            })
            .await
    }

    async fn said(&self, dialog: &str, sequence: u64) -> Value {
        said(&self.hook, dialog, sequence).await
    }
}

fn closing(dialog: &str) -> Value {
    json!({ "field": "DialogChange", "type": "UPDATE",
        "dialog": { "dialogId": dialog, "state": "CLOSE", "closedCause": "Closed by consumer" } })
}

async fn survey_of(hook: &Hook, id: &str) -> String {
    let opened = hook
        .change("the survey", |change| {
            change["result"]["convId"] == id
                && change["result"]["conversationDetails"]["dialogs"][1]["dialogType"]
                    == "POST_SURVEY"
        })
        .await;
    let dialog = &opened["result"]["conversationDetails"]["dialogs"][1]["dialogId"];
    dialog.as_str().unwrap().to_owned()
}

async fn said(hook: &Hook, dialog: &str, sequence: u64) -> Value {
    hook.change("an event of the survey", |change| {
        change["dialogId"] == dialog && change["sequence"] == sequence
    })
    .await
}

/// Clicks a quick reply as a connector must: the ACTION, then the text, both with its metadata.
async fn click(ada: &Consumer, dialog: &str, question: &Value, title: &str) {
    let replies = question["event"]["quickReplies"]["replies"]
        .as_array()
        .unwrap();
    let button = replies.iter().find(|one| one["title"] == title).unwrap();
    let metadata = &button["click"]["metadata"];
    let action = json!({ "type": "AcceptStatusEvent", "status": "ACTION", "sequenceList": [question["sequence"]] });
    ada.publish_with(dialog, action, metadata.clone()).await;
    let text = json!({ "type": "ContentEvent", "contentType": "text/plain",
        "message": button["click"]["actions"][0]["text"] });
    ada.publish_with(dialog, text, metadata.clone()).await;
}

#[tokio::test]
async fn a_survey_is_gone_through_step_by_step() {
    let scene = Scene::start(&["MULTI_DIALOG"], quick()).await;
    let kim = scene.sandbox.agent_api("Kim").agent().to_string();
    let bot = scene.sandbox.agent_api("Acme survey").agent().to_string();
    let names = scene.sandbox.agents();
    assert!(
        names
            .iter()
            .any(|(id, name)| id.as_str() == bot && name == "Acme survey")
    );
    scene.ada.say(&scene.id, "goodbye").await;
    scene.close_main().await;
    let survey = scene.survey().await;
    let known = [
        ("$conversation", scene.id.as_str()),
        ("$consumer", scene.ada.id.as_str()),
        ("$agent", kim.as_str()),
        ("$bot", bot.as_str()),
        ("$survey", survey.as_str()),
    ];
    let all = |what: &str| {
        let all = scene.hook.taken();
        let found = all
            .iter()
            .find(|one| String::from_utf8_lossy(&one.body).contains(what));
        found.unwrap().json()
    };
    assert_like("hook_survey_opened", &all("POST_SURVEY"), &known);
    assert_like("hook_survey_welcome", &scene.said(&survey, 0).await, &known);
    let rating = scene.said(&survey, 1).await;
    let replies = rating["event"]["quickReplies"]["replies"]
        .as_array()
        .unwrap();
    assert_eq!(replies.len(), 5);
    click(&scene.ada, &survey, &rating, "4").await;
    let echo = scene.said(&survey, 2).await;
    assert_eq!(
        echo["metadata"][0]["id"], "a-csat-4",
        "an ACTION comes back with it"
    );
    assert_eq!(
        scene.said(&survey, 3).await["metadata"][0]["type"],
        "Answer"
    );
    // The bot reads an answer, as an agent does, and types.
    let read = scene.said(&survey, 4).await;
    assert_eq!(
        (&read["event"], &read["originatorMetadata"]["role"]),
        (
            &json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [3] }),
            &json!("AGENT")
        )
    );
    // The consumer's receipt takes a number too.
    let read = json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [5] });
    let resolved = scene.said(&survey, 5).await;
    assert_eq!(scene.ada.publish(&survey, read).await, 6);
    assert_like("hook_survey_question", &resolved, &known);
    click(&scene.ada, &survey, &resolved, "Yes").await;
    let words = scene.said(&survey, 10).await;
    assert_eq!(words["event"].get("quickReplies"), None);
    assert_eq!(words["metadata"][0]["replies"], json!([]));
    scene.ada.say(&survey, "shorter surveys").await;
    let goodbye = scene.said(&survey, 13).await;
    assert_eq!(text(&goodbye), Some("Thank you for your time. Goodbye!"));
    scene
        .state("the end", |details| details["stage"] == "CLOSE")
        .await;
    assert_like("hook_survey_closed", &all(r#""stage":"CLOSE""#), &known);
    let typed: Vec<Value> = scene
        .hook
        .taken()
        .iter()
        .map(|one| one.json()["body"]["changes"][0].take())
        .filter(|change| change["dialogId"] == survey.as_str())
        .filter_map(|change| change["event"].get("chatState").cloned())
        .collect();
    assert_eq!(typed, ["COMPOSING", "ACTIVE"].repeat(4));
    let (status, late) = scene
        .ada
        .ask(
            "ms.PublishEvent",
            json!({ "dialogId": survey,
        "event": { "type": "ContentEvent", "contentType": "text/plain", "message": "late" } }),
        )
        .await;
    assert_eq!((status, &late["body"]["errorCode"]), (400, &json!(40004)));
}

#[tokio::test]
async fn while_it_runs_nothing_else_is_taken() {
    let scene = Scene::start(&["MULTI_DIALOG"], quick()).await;
    scene.close_main().await;
    let survey = scene.survey().await;
    let text = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "hm" });
    let typing = json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" });
    for (row, dialog, event, code) in [
        (
            "text to the MAIN dialog while the survey runs",
            &scene.id,
            &text,
            40004,
        ),
        ("typing to a survey dialog", &survey, &typing, 40002),
        ("typing to a closed dialog", &scene.id, &typing, 40004),
    ] {
        let body = json!({ "dialogId": dialog, "conversationId": scene.id, "event": event });
        let (status, answer) = scene.ada.ask("ms.PublishEvent", body).await;
        assert_eq!(
            (status, &answer["body"]["errorCode"]),
            (400, &json!(code)),
            "{row}"
        );
    }
    let answer = scene.ada.update(&scene.id, closing(&scene.id)).await;
    assert_eq!(answer.status(), 400, "MAIN is closed already");
    let kim = scene.sandbox.agent_api("Kim");
    let words = Publication::text("may I?");
    let refused = kim.publish(&DialogId::from(survey.as_str()), words).await;
    assert_eq!(refused, Err(Refusal::NotParticipant), "a READER only looks");
    assert!(kim.conversations().is_empty());
    // Closing the conversation ends it, whoever closed the MAIN dialog.
    scene.ada.close(&scene.id).await;
    let closed = scene
        .state("the end", |details| details["stage"] == "CLOSE")
        .await;
    let details = &closed["result"]["conversationDetails"];
    assert_eq!(details["dialogs"][1]["closedBy"], "CONSUMER");
    assert_eq!(details.get("csat"), None);
}

#[tokio::test]
async fn what_is_no_answer_is_asked_again_twice() {
    let scene = Scene::start(&["MULTI_DIALOG"], quick()).await;
    scene.close_main().await;
    let survey = scene.survey().await;
    let question = scene.said(&survey, 1).await;
    // Plain text, as a connector sends it that knows no clicks.
    scene.ada.say(&survey, "5").await;
    assert_eq!(scene.said(&survey, 3).await["event"]["status"], "READ");
    let enriched = scene.said(&survey, 4).await;
    assert_eq!(
        enriched["event"],
        json!({ "type": "AcceptStatusEvent", "status": "ENRICH", "sequenceList": [2] })
    );
    assert_eq!(
        enriched["metadata"],
        json!([{ "type": "InvalidAnswer", "questionId": "q-csat", "surveyId": "survey-acme-1", "provider": "AC" }])
    );
    assert!(
        text(&scene.said(&survey, 5).await)
            .unwrap()
            .starts_with("Sorry")
    );
    assert_eq!(scene.said(&survey, 6).await["event"], question["event"]);
    // The metadata without the click that must come first.
    let answer = question["event"]["quickReplies"]["replies"][4]["click"]["metadata"].clone();
    let five = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "5" });
    assert_eq!(scene.ada.publish_with(&survey, five, answer).await, 7);
    assert_eq!(scene.said(&survey, 11).await["event"], question["event"]);
    scene.ada.say(&survey, "five!").await;
    let next = scene.said(&survey, 15).await;
    assert_eq!(next["metadata"][0]["id"], "q-fcr", "it moves on");
    click(&scene.ada, &survey, &next, "No").await;
    scene.said(&survey, 19).await;
    scene.ada.say(&survey, "nothing").await;
    let closed = scene
        .state("the end", |details| details["stage"] == "CLOSE")
        .await;
    assert_eq!(
        closed["result"]["conversationDetails"]["csat"],
        json!({ "field": "CSATRate", "csatResolutionConfirmation": false, "status": "PARTIALLY_FILLED" })
    );
}

#[tokio::test]
async fn a_survey_is_skipped_or_closed_by_the_consumer() {
    let scene = Scene::start(&["MULTI_DIALOG"], quick()).await;
    let kim = scene.sandbox.agent_api("Kim");
    kim.close_main(&ConversationId::from(scene.id.as_str()), None)
        .await
        .unwrap();
    let survey = scene.survey().await;
    scene.ada.say(&survey, " Skip ").await;
    let closed = scene
        .state("the end", |details| details["stage"] == "CLOSE")
        .await;
    let details = &closed["result"]["conversationDetails"];
    assert_eq!(details["closeReason"], "AGENT", "an agent closed it");
    assert_eq!(details["dialogs"][1]["closedCause"], "Skipped");
    let next = scene.ada.open_service().await;
    let answer = scene.ada.update(&next, closing(&next)).await;
    assert_eq!(answer.status(), 200);
    let second = survey_of(&scene.hook, &next).await;
    assert_ne!(second, survey);
    let answer = scene.ada.update(&next, closing(&second)).await;
    assert_eq!(answer.status(), 200);
    let ended = scene
        .hook
        .change("the end", |change| {
            change["result"]["convId"] == next.as_str()
                && change["result"]["conversationDetails"]["stage"] == "CLOSE"
        })
        .await;
    let details = &ended["result"]["conversationDetails"];
    assert_eq!(details["dialogs"][1]["closedBy"], "CONSUMER");
    assert_eq!(details["closeReason"], "CONSUMER");
    let people = details["dialogs"][1]["participantsDetails"]
        .as_array()
        .unwrap();
    assert_eq!(people.len(), 2, "nobody had it, so nobody reads it");
}

#[tokio::test]
async fn no_survey_comes_where_none_is_due() {
    let off = Rules {
        surveys: std::collections::BTreeMap::new(),
        ..Rules::default()
    };
    for (row, features, rules, field) in [
        (
            "no MULTI_DIALOG",
            vec!["RICH_CONTENT"],
            Rules::default(),
            "DialogChange",
        ),
        (
            "no survey for the skill",
            vec!["MULTI_DIALOG"],
            off,
            "DialogChange",
        ),
        (
            "closed by state",
            vec!["MULTI_DIALOG"],
            Rules::default(),
            "ConversationStateField",
        ),
        (
            "closed by stage",
            vec!["MULTI_DIALOG"],
            Rules::default(),
            "Stage",
        ),
    ] {
        let scene = Scene::start(&features, Settings { rules, ..quick() }).await;
        let mut change = closing(&scene.id);
        change["field"] = json!(field);
        change["conversationState"] = json!("CLOSE");
        assert_eq!(scene.ada.update(&scene.id, change).await.status(), 200);
        let closed = scene
            .state(row, |details| details["state"] == "CLOSE")
            .await;
        let details = &closed["result"]["conversationDetails"];
        assert_eq!(details["stage"], "CLOSE", "{row}");
        assert_eq!(details["dialogs"].as_array().unwrap().len(), 1, "{row}");
    }
}

#[tokio::test]
async fn a_conversation_without_a_skill_has_no_survey_and_a_default_skill_is_one() {
    for default_skill in [None, Some(SkillId::from(SERVICE))] {
        let hook = Hook::start().await;
        let rules = Rules {
            // Not even where one is configured for it.
            surveys: [SERVICE, "-1"]
                .map(|skill| (SkillId::from(skill), Survey::default()))
                .into(),
            default_skill: default_skill.clone(),
            ..Rules::default()
        };
        let (_sandbox, connector) = run(Settings {
            webhook: Some(hook.url()),
            rules,
            ..quick()
        })
        .await;
        let ada = connector.consumer("ada").await.with(&["MULTI_DIALOG"]);
        let id = ada.open().await;
        assert_eq!(ada.update(&id, closing(&id)).await.status(), 200);
        let closed = hook.change("the close", |change| {
            change["result"]["conversationDetails"]["state"] == "CLOSE"
        });
        let details = closed.await["result"]["conversationDetails"].take();
        let (skill, stage) = match default_skill {
            None => ("-1", "CLOSE"),
            Some(_) => (SERVICE, "OPEN"),
        };
        assert_eq!(
            (&details["skillId"], &details["stage"]),
            (&json!(skill), &json!(stage))
        );
    }
}

#[tokio::test]
async fn a_survey_nobody_answers_is_given_up() {
    let scene = Scene::start(
        &["MULTI_DIALOG"],
        Settings {
            rules: Rules {
                abandoned_after: Duration::from_millis(50),
                ..Rules::default()
            },
            ..quick()
        },
    )
    .await;
    scene.close_main().await;
    let closed = scene
        .state("the end", |details| details["stage"] == "CLOSE")
        .await;
    let survey = &closed["result"]["conversationDetails"]["dialogs"][1];
    assert_eq!(
        (&survey["closedBy"], &survey["closedCause"]),
        (&json!("AGENT"), &json!("Timeout"))
    );
}

#[tokio::test]
async fn a_survey_goes_on_after_a_kill() {
    let hook = Hook::start().await;
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let url = hook.url().to_string();
    let arguments = [
        "--agent",
        "none",
        "--webhook",
        &url,
        "--state",
        state.to_str().unwrap(),
    ];
    let mut process = Process::start(&arguments).await;
    let ada = process
        .connector()
        .await
        .consumer("ada")
        .await
        .with(&["MULTI_DIALOG"]);
    let id = ada.open_service().await;
    assert_eq!(ada.update(&id, closing(&id)).await.status(), 200);
    let dialog = survey_of(&hook, &id).await;
    let rating = said(&hook, &dialog, 1).await;
    click(&ada, &dialog, &rating, "2").await;
    process.child.kill().await.unwrap();
    let process = Process::start(&arguments).await;
    let ada = ada.at(&process);
    let resolved = said(&hook, &dialog, 5).await;
    click(&ada, &dialog, &resolved, "Yes").await;
    assert_eq!(ada.say(&dialog, "nothing").await, 10);
    let closed = hook
        .change("the end", |change| {
            change["result"]["conversationDetails"]["stage"] == "CLOSE"
        })
        .await;
    assert_eq!(closed["result"]["conversationDetails"]["csatRate"], 2);
}

#[tokio::test]
async fn the_program_is_told_to_ask_nothing() {
    let hook = Hook::start().await;
    let url = hook.url().to_string();
    let process = Process::start(&["--agent", "none", "--webhook", &url, "--survey", "off"]).await;
    let ada = process
        .connector()
        .await
        .consumer("ada")
        .await
        .with(&["MULTI_DIALOG"]);
    let id = ada.open_service().await;
    assert_eq!(ada.update(&id, closing(&id)).await.status(), 200);
    let closed = hook
        .change("the close", |change| {
            change["result"]["conversationDetails"]["state"] == "CLOSE"
        })
        .await;
    assert_eq!(closed["result"]["conversationDetails"]["stage"], "CLOSE");
}
