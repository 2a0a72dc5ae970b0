//! How conversations end: surveys, closing, and what comes after.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::conformance::{
    hooks::Hooks,
    scene::{Consumer, PROPERTIES, SERVICE, SURVEYED, Scene, batch, plain, publishing, updating},
    table::{
        Basis::{Client, Documented, Guess},
        Effect::{Opens, Speaks},
        Table, Told, Trouble, broke,
    },
    wire::text,
};

pub(crate) fn rows(table: &mut Table) {
    automatic(table);
    surveys(table);
    closings(table);
    last(table);
}

fn automatic(table: &mut Table) {
    table.of("send-api 5", Documented, Opens).row(
        "an automatic message follows the first SEND",
        "CONTROLLER, AutoMessage",
        |scene| async move {
            let hooks = scene.hooks()?;
            let one = scene.consumer("welcomed").await?;
            let id = scene.open(&one, SURVEYED, "-1").await?;
            let ask = scene.ask_as(&one, "conversation/send?v=3").await?;
            let ask = ask.header("client-properties", SURVEYED);
            let body = publishing(&id, plain("hello")).to_string();
            ask.body(body).send(&scene.http).await?.expect(200)?;
            let note = hooks.note("the automatic message", |note| {
                let change = note.change();
                change["dialogId"] == *id && change["originatorMetadata"]["role"] == "CONTROLLER"
            });
            let note = note.await?;
            let kind = note.change()["metadata"][0]["type"].as_str().unwrap_or("?");
            Ok(format!("CONTROLLER, {kind}"))
        },
    );
}

/// A conversation whose survey has begun.
struct Survey {
    one: Consumer,
    id: String,
    dialog: String,
}

impl Survey {
    async fn begin(scene: &Scene, name: &str) -> Result<Self, Trouble> {
        let hooks = scene.hooks()?;
        let one = scene.consumer(name).await?;
        let id = scene.open(&one, SURVEYED, SERVICE).await?;
        send(scene, &one, &updating(&id, close_dialog(&id))).await?;
        let state = hooks.state(&id, "the survey", |details| {
            details["dialogs"][1]["dialogType"] == "POST_SURVEY"
        });
        let dialog = state.await?["conversationDetails"]["dialogs"][1]["dialogId"].clone();
        let dialog = dialog
            .as_str()
            .ok_or_else(|| broke("the survey has no id"))?
            .to_owned();
        Ok(Self { one, id, dialog })
    }

    /// The event of this number in the survey.
    async fn said(&self, hooks: &Hooks, number: u64) -> Result<Value, Trouble> {
        Ok(hooks.event(&self.dialog, number).await?.change().clone())
    }

    /// The next question after this number.
    async fn question(&self, hooks: &Hooks, after: u64) -> Result<Value, Trouble> {
        let note = hooks.note("a question", |note| {
            let change = note.change();
            change["dialogId"] == *self.dialog
                && change["sequence"]
                    .as_u64()
                    .is_some_and(|number| number > after)
                && change["metadata"][0]["type"] == "Question"
        });
        Ok(note.await?.change().clone())
    }

    async fn publish(
        &self,
        scene: &Scene,
        event: Value,
        metadata: Option<Value>,
    ) -> Result<u64, Trouble> {
        let mut request = publishing(&self.dialog, event);
        request["body"]["conversationId"] = json!(self.id);
        if let Some(metadata) = metadata {
            request["metadata"] = metadata;
        }
        let answer = send(scene, &self.one, &request).await?;
        let number = answer["body"]["sequence"].as_u64();
        number.ok_or_else(|| broke(answer.to_string()))
    }

    /// Clicks the first quick reply: ACTION, then the text, both with its metadata.
    async fn click(&self, scene: &Scene, question: &Value) -> Result<u64, Trouble> {
        let button = &question["event"]["quickReplies"]["replies"][0];
        let metadata = button["click"]["metadata"].clone();
        let action = json!({ "type": "AcceptStatusEvent", "status": "ACTION", "sequenceList": [question["sequence"]] });
        self.publish(scene, action, Some(metadata.clone())).await?;
        let words = button["click"]["actions"][0]["text"]
            .as_str()
            .unwrap_or("?");
        self.publish(scene, plain(words), Some(metadata)).await
    }
}

async fn send(scene: &Scene, one: &Consumer, request: &Value) -> Result<Value, Trouble> {
    let ask = scene.ask_as(one, "conversation/send?v=3").await?;
    let ask = ask.header("client-properties", SURVEYED);
    let answer = ask.body(request.to_string()).send(&scene.http).await?;
    Ok(answer.expect(200)?.json())
}

fn surveys(table: &mut Table) {
    let mut group = table.of("webhooks 5.2", Documented, Opens);
    group.row(
        "the state when a survey begins",
        "CLOSE OPEN CONSUMER; MAIN CLOSE CONSUMER Closed by consumer, POST_SURVEY OPEN with an app; a bot as AGENT",
        |scene| async move { begun(&scene).await },
    );
    group.row(
        "a survey's first words",
        "0 AGENT null, then 1 Question with quick replies",
        |scene| async move {
            let survey = Survey::begin(&scene, "surveyed twice").await?;
            let hooks = scene.hooks()?;
            let (first, second) = (survey.said(hooks, 0).await?, survey.said(hooks, 1).await?);
            let replies = second["event"]["quickReplies"]["replies"]
                .as_array()
                .map_or(0, Vec::len);
            Ok(format!(
                "0 {} {}, then 1 {} {}",
                word(&first["originatorMetadata"]["role"]),
                first
                    .get("metadata")
                    .map_or("nothing".to_owned(), Value::to_string),
                word(&second["metadata"][0]["type"]),
                if replies > 0 {
                    "with quick replies"
                } else {
                    "without"
                },
            ))
        },
    );
    group.row(
        "a survey answered to the end",
        "CLOSE, AGENT Completed, CONSUMER, rated",
        |scene| async move { answered(&scene).await },
    );
    let mut bot = table.of("agent-side 10", Documented, Opens);
    bot.row(
        "the survey bot reads an answer and types its next question",
        "COMPOSING text text ACTIVE READ COMPOSING text ACTIVE READ",
        |scene| async move {
            let survey = Survey::begin(&scene, "surveyed by a reader").await?;
            let hooks = scene.hooks()?;
            let mut last = 0;
            for _ in 0..2 {
                let question = survey.question(hooks, last).await?;
                last = survey.click(&scene, &question).await?;
            }
            let is_bots = |change: &Value| {
                change["dialogId"] == *survey.dialog
                    && change["originatorMetadata"]["role"] == "AGENT"
            };
            let read = |change: &Value| {
                change["event"]["status"] == "READ"
                    && change["event"]["sequenceList"] == json!([last])
            };
            hooks
                .note("the second answer is read", |note| {
                    is_bots(note.change()) && read(note.change())
                })
                .await?;
            let mut done = Vec::new();
            for note in hooks.notes() {
                let change = note.change();
                let event = &change["event"];
                if is_bots(change) {
                    let status = event["status"].as_str().or(event["chatState"].as_str());
                    done.push(status.unwrap_or("text").to_owned());
                }
                if is_bots(change) && read(change) {
                    break;
                }
            }
            Ok(done.join(" "))
        },
    );
    bot.row(
        "no survey follows on a conversation without a skill",
        "CLOSE CLOSE, 1 dialog CLOSE, -1, an end, CONSUMER",
        |scene| async move {
            let field = json!({ "field": "DialogChange" });
            closed(&scene, SURVEYED, "-1", field).await
        },
    );
    table.of("send-api 5", Guess, Opens).row(
        "features in the context of a connector that sends no header",
        "told as they came, and a survey follows",
        |scene| async move {
            let one = scene.consumer("without a header").await?;
            let properties = json!({ "type": ".ClientProperties", "features": ["MULTI_DIALOG"],
                "appVersion": "1.0", "more": { "a": [1, null] } });
            let asked = json!({ "brandId": scene.base.account, "skillId": SERVICE,
                "conversationContext": { "type": "SharkContext", "clientProperties": properties } });
            let ask = scene.ask_as(&one, "conversation?v=3").await?;
            let answer = ask.body(batch(asked).to_string()).send(&scene.http).await?;
            let id = text(&answer.expect(200)?.json(), "/1/body/conversationId")?;
            let ask = scene.ask_as(&one, "conversation/send?v=3").await?;
            let close = updating(&id, close_dialog(&id)).to_string();
            ask.body(close).send(&scene.http).await?.expect(200)?;
            let state = scene.hooks()?.state(&id, "MAIN is closed", |details| {
                details["state"] == "CLOSE"
            });
            let details = state.await?["conversationDetails"].take();
            let kept = details["context"]["clientProperties"] == properties;
            let kept = if kept { "as they came" } else { "otherwise" };
            let follows = details["dialogs"][1]["dialogType"] == "POST_SURVEY";
            let follows = if follows { "a survey" } else { "no survey" };
            Ok(format!("told {kept}, and {follows} follows"))
        },
    );
    table.of("rich-content 7", Client, Opens).row(
        "plain text alone is no answer",
        "ENRICH InvalidAnswer, and the question again",
        |scene| async move {
            let survey = Survey::begin(&scene, "surveyed in words").await?;
            let hooks = scene.hooks()?;
            let question = survey.question(hooks, 0).await?;
            let number = survey.publish(&scene, plain("five"), None).await?;
            let enriched = hooks.note("ENRICH", |note| {
                let change = note.change();
                change["dialogId"] == *survey.dialog && change["event"]["status"] == "ENRICH"
            });
            let enriched = enriched.await?.change().clone();
            let again = survey.question(hooks, number).await?;
            let same = again["metadata"][0]["id"] == question["metadata"][0]["id"];
            let same = if same {
                "the question"
            } else {
                "another question"
            };
            Ok(format!(
                "ENRICH {}, and {same} again",
                word(&enriched["metadata"][0]["type"])
            ))
        },
    );
    table.of("send-api 3.4", Client, Opens).row(
        "typing in a survey",
        "400 40002",
        |scene| async move {
            let survey = Survey::begin(&scene, "surveyed typing").await?;
            let event = json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" });
            let answer = scene
                .send_as(&survey.one, &publishing(&survey.dialog, event))
                .await?;
            Ok(answer.code())
        },
    );
    let mut guessed = table.of("edge-cases 3", Guess, Opens);
    guessed.row(
        "a text to MAIN while the survey runs",
        "400 40004",
        |scene| async move {
            let survey = Survey::begin(&scene, "surveyed in MAIN").await?;
            let answer = scene
                .send_as(&survey.one, &publishing(&survey.id, plain("too late")))
                .await?;
            Ok(answer.code())
        },
    );
    guessed.row(
        "a conversation closed while its survey runs",
        "CLOSE CLOSE, POST_SURVEY CLOSE",
        |scene| async move {
            let survey = Survey::begin(&scene, "surveyed and closed").await?;
            let field = json!({ "field": "Stage", "conversationState": "CLOSE" });
            send(&scene, &survey.one, &updating(&survey.id, field)).await?;
            let state = scene
                .hooks()?
                .state(&survey.id, "the end", |details| details["stage"] == "CLOSE")
                .await?;
            let details = &state["conversationDetails"];
            let other = &details["dialogs"][1];
            Ok(format!(
                "{} {}, {} {}",
                word(&details["state"]),
                word(&details["stage"]),
                word(&other["dialogType"]),
                word(&other["state"])
            ))
        },
    );
}

async fn begun(scene: &Arc<Scene>) -> Told {
    let survey = Survey::begin(scene, "surveyed").await?;
    let hooks = scene.hooks()?;
    let state = hooks
        .state(&survey.id, "the survey", |details| {
            details["dialogs"][1].is_object()
        })
        .await?;
    let details = &state["conversationDetails"];
    let (main, other) = (&details["dialogs"][0], &details["dialogs"][1]);
    let app = if other["metaData"]["appInstallId"].is_string() {
        "with"
    } else {
        "without"
    };
    let who = other["participantsDetails"]
        .as_array()
        .into_iter()
        .flatten();
    let bot = who.into_iter().find(|one| one["role"] == "AGENT");
    Ok(format!(
        "{} {} {}; {} {} {} {}, {} {} {app} an app; a bot as {}",
        word(&details["state"]),
        word(&details["stage"]),
        word(&details["closeReason"]),
        word(&main["dialogType"]),
        word(&main["state"]),
        word(&main["closedBy"]),
        word(&main["closedCause"]),
        word(&other["dialogType"]),
        word(&other["state"]),
        bot.map_or("?".to_owned(), |bot| word(&bot["role"])),
    ))
}

/// Clicks through the choices, and answers a question without any in words.
async fn answered(scene: &Arc<Scene>) -> Told {
    let survey = Survey::begin(scene, "surveyed to the end").await?;
    let hooks = scene.hooks()?;
    let mut last = 0;
    for _ in 0..10 {
        let over = hooks.state(&survey.id, "the end", |details| details["stage"] == "CLOSE");
        tokio::select! {
            biased;
            question = survey.question(hooks, last) => {
                let question = question?;
                let choices = question["event"]["quickReplies"]["replies"].as_array();
                last = match choices {
                    Some(choices) if !choices.is_empty() => survey.click(scene, &question).await?,
                    _ => survey.publish(scene, plain("nothing, thank you"), None).await?,
                };
            }
            state = over => {
                let details = state?["conversationDetails"].take();
                let other = &details["dialogs"][1];
                let rated = if details["csat"]["csatRate"].is_u64() { "rated" } else { "not rated" };
                return Ok(format!(
                    "{}, {} {}, {}, {rated}",
                    word(&other["state"]),
                    word(&other["closedBy"]),
                    word(&other["closedCause"]),
                    word(&details["closeReason"]),
                ));
            }
        }
    }
    Err(broke("the survey has no end"))
}

fn closings(table: &mut Table) {
    for (name, section, field) in [
        (
            "ConversationStateField",
            "send-api 3.5",
            json!({ "field": "ConversationStateField", "conversationState": "CLOSE" }),
        ),
        (
            "Stage",
            "send-api 3.5",
            json!({ "field": "Stage", "conversationState": "CLOSE" }),
        ),
    ] {
        let mut group = table.of(section, Documented, Opens);
        group.row(
            format!("closing by {name} brings no survey"),
            "CLOSE CLOSE, 1 dialog CLOSE, -1, an end, CONSUMER",
            move |scene| async move { closed(&scene, SURVEYED, SERVICE, field).await },
        );
    }
    table.of("webhooks 5.2", Documented, Opens).row(
        "closing MAIN without MULTI_DIALOG closes all",
        "CLOSE CLOSE, 1 dialog CLOSE, -1, an end, CONSUMER",
        |scene| async move {
            let field = json!({ "field": "DialogChange" });
            closed(&scene, PROPERTIES, SERVICE, field).await
        },
    );
}

/// Closes a conversation of its own, and says how it is told.
async fn closed(scene: &Scene, properties: &str, skill: &str, mut field: Value) -> Told {
    let one = scene.consumer("closing").await?;
    let id = scene.open(&one, properties, skill).await?;
    if field["field"] == "DialogChange" {
        field = close_dialog(&id);
    }
    let ask = scene.ask_as(&one, "conversation/send?v=3").await?;
    let ask = ask.header("client-properties", properties);
    ask.body(updating(&id, field).to_string())
        .send(&scene.http)
        .await?
        .expect(200)?;
    let state = scene
        .hooks()?
        .state(&id, "the end", |details| details["stage"] == "CLOSE")
        .await?;
    let details = &state["conversationDetails"];
    let dialogs = details["dialogs"].as_array().map_or(0, Vec::len);
    Ok(format!(
        "{} {}, {dialogs} dialog {}, {}, {}, {}",
        word(&details["state"]),
        word(&details["stage"]),
        word(&details["dialogs"][0]["state"]),
        state["effectiveTTR"],
        if details["endTs"].is_i64() {
            "an end"
        } else {
            "no end"
        },
        word(&details["closeReason"]),
    ))
}

/// The conversation of this run is closed, and what is said to it afterwards.
fn last(table: &mut Table) {
    table.of("send-api 3.5", Documented, Speaks).row(
        "the conversation of this run is closed",
        "200",
        |scene| async move {
            let field = json!({ "field": "ConversationStateField", "conversationState": "CLOSE" });
            let id = scene.conversation().await?;
            let answer = scene.send(&updating(&id, field)).await?;
            if answer.status == 200 {
                scene.note_closed();
            }
            Ok(answer.status())
        },
    );
    let mut after = table.of("edge-cases 3", Guess, Speaks);
    after.row("closed again", "400 40004", |scene| async move {
        let field = json!({ "field": "ConversationStateField", "conversationState": "CLOSE" });
        let id = scene.conversation().await?;
        Ok(scene.send(&updating(&id, field)).await?.code())
    });
    for (name, event, expected) in [
        ("a text", plain("anybody?"), "400 40004"),
        (
            "a receipt",
            json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0] }),
            "200",
        ),
        (
            "typing",
            json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" }),
            "400 40004",
        ),
    ] {
        after.row(
            format!("{name} to what is closed"),
            expected,
            move |scene| async move { Ok(scene.publish(event).await?.code()) },
        );
    }
    after.row(
        "a rating after the end is told",
        "200, CSATRate 2",
        |scene| async move {
            let id = scene.conversation().await?;
            let field = json!({ "field": "CSATRate", "csatRate": 2, "status": "FILLED" });
            let answer = scene.send(&updating(&id, field)).await?;
            let state = scene
                .hooks()?
                .state(&id, "the rating", |details| {
                    details["csat"]["csatRate"] == 2
                })
                .await?;
            let csat = &state["conversationDetails"]["csat"];
            Ok(format!(
                "{}, {} {}",
                answer.status,
                word(&csat["field"]),
                csat["csatRate"]
            ))
        },
    );
}

fn close_dialog(dialog: &str) -> Value {
    json!({ "field": "DialogChange", "type": "UPDATE",
        "dialog": { "dialogId": dialog, "state": "CLOSE", "closedCause": "Closed by consumer" } })
}

fn word(value: &Value) -> String {
    value.as_str().unwrap_or("?").to_owned()
}
