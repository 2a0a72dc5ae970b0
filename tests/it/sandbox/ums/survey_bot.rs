//! Surveys asked by a program on an agent's socket, and what a former owner hears of them.

use std::collections::BTreeMap;

use handset::{
    domain::ids::SkillId,
    sandbox::{
        Sandbox,
        model::rules::{Bot, Rules, Survey},
        settings::Settings,
    },
};
use serde_json::{Value, json};

use crate::sandbox::{
    hook::{Hook, text},
    rig::{Connector, Consumer, SERVICE, quick, run},
    ums::client::Socket,
};

const APP: &str = "0b6c6a1e-5d0f-4a3a-9a39-survey-app";

async fn cloud(hook: &Hook, needs_cause: bool) -> (Sandbox, Connector) {
    let survey = Survey {
        app_install_id: Some(APP.to_owned()),
        enabled: true,
        bot: Bot::External,
    };
    let rules = Rules {
        surveys: BTreeMap::from([(SkillId::from(SERVICE), survey)]),
        survey_needs_cause: needs_cause,
        ..Rules::default()
    };
    run(Settings {
        webhook: Some(hook.url()),
        rules,
        ..quick()
    })
    .await
}

/// A conversation of Kim's with a consumer who can be surveyed.
async fn talk(kim: &mut Socket, connector: &Connector) -> (Consumer, String) {
    kim.go_online().await;
    let ada = connector.consumer("ada").await.with(&["MULTI_DIALOG"]);
    let id = ada.open_service().await;
    kim.take(&id).await;
    (ada, id)
}

fn close(dialog: &str, more: &Value) -> Value {
    let mut fields = json!({ "dialogId": dialog, "state": "CLOSE" });
    for (name, value) in more.as_object().unwrap() {
        fields[name] = value.clone();
    }
    json!([{ "field": "DialogChange", "type": "UPDATE", "dialog": fields }])
}

/// A question with metadata.
fn asked() -> Value {
    json!([{ "type": "Question", "id": "q-1" }])
}

/// What a bot does first: it joins, says which survey it asks, and asks.
async fn join_and_ask(bot: &mut Socket, id: &str, dialog: &str) {
    let join = json!([{ "field": "ParticipantsChange", "type": "ADD", "role": "AGENT", "dialogId": dialog }]);
    let annotate =
        json!([{ "field": "DialogChange", "type": "UPDATE", "dialog": { "dialogId": dialog } }]);
    let note = json!([{ "type": "Survey", "id": "s-1", "revision": 1, "provider": "test" }]);
    let body = json!({ "conversationId": id, "dialogId": dialog, "conversationField": annotate });
    let kind = ".ams.cm.UpdateConversationField";
    let early = bot
        .ask_with(kind, body.clone(), json!({ "metadata": note }))
        .await;
    assert_eq!(early["body"], "Agent does not exist in conversation");
    assert_eq!(
        bot.update(id, join).await["body"],
        "OK Agent added successfully"
    );
    assert_eq!(
        bot.ask_with(kind, body, json!({ "metadata": note })).await["code"],
        200
    );
    let question = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "How was it?",
        "quickReplies": { "type": "quickReplies", "replies": [] } });
    let body = json!({ "dialogId": dialog, "conversationId": id, "event": question });
    bot.ask_with("ms.PublishEvent", body, json!({ "metadata": asked() }))
        .await;
}

#[tokio::test]
async fn a_bot_from_outside_types_in_its_survey() {
    let hook = Hook::start().await;
    let (sandbox, connector) = cloud(&hook, false).await;
    let mut bot = Socket::enter(&sandbox, &connector, "sam").await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let (_ada, id) = talk(&mut kim, &connector).await;
    kim.update(&id, close(&id, &json!({}))).await;
    let gone = kim.change(&id, "DELETE").await;
    let dialog = gone["conversationDetails"]["dialogs"][0]["dialogId"].clone();
    let dialog = dialog.as_str().unwrap();
    join_and_ask(&mut bot, &id, dialog).await;
    for state in ["COMPOSING", "ACTIVE"] {
        let event = json!({ "type": "ChatStateEvent", "chatState": state });
        let body = json!({ "dialogId": dialog, "conversationId": id, "event": event });
        let answer = bot.ask("ms.PublishEvent", body).await;
        assert_eq!(answer["body"], json!({ "sequence": 0 }), "{answer}");
        let told = hook.change(state, |change| change["event"]["chatState"] == state);
        let told = told.await;
        assert_eq!(told["dialogId"], dialog);
        assert_eq!(told["originatorMetadata"]["role"], "AGENT");
    }
}

#[tokio::test]
async fn a_survey_is_asked_by_a_bot_from_outside() {
    let hook = Hook::start().await;
    let (sandbox, connector) = cloud(&hook, false).await;
    let mut bot = Socket::enter(&sandbox, &connector, "sam").await;
    bot.ask(
        ".ams.aam.SubscribeExConversations",
        json!({ "stage": ["OPEN"] }),
    )
    .await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let (ada, id) = talk(&mut kim, &connector).await;
    let answer = kim.update(&id, close(&id, &json!({}))).await;
    assert_eq!(answer["body"], "OK Conversation resolved successfully");
    let gone = kim.change(&id, "DELETE").await;
    // The survey stands first, names its app, and has nobody who asks yet.
    let details = &gone["conversationDetails"];
    assert_eq!(
        (&details["state"], &details["stage"]),
        (&json!("CLOSE"), &json!("OPEN"))
    );
    let (survey, main) = (&details["dialogs"][0], &details["dialogs"][1]);
    assert_eq!(main["dialogType"], "MAIN");
    assert_eq!(main["closedBy"], "AGENT");
    assert_eq!(survey["dialogType"], "POST_SURVEY");
    assert_eq!(survey["metaData"], json!({ "appInstallId": APP }));
    assert_eq!(
        survey["participantsDetails"],
        json!([{ "id": ada.id, "role": "CONSUMER", "state": "ACTIVE" },
            { "id": kim.full, "role": "READER", "state": "ACTIVE" }])
    );
    assert_eq!(details["participants"]["READER"], json!([kim.full]));
    let dialog = survey["dialogId"].as_str().unwrap().to_owned();

    let query = json!({ "dialogId": dialog, "newerThanSequence": 0 });
    assert_eq!(bot.ask("ms.QueryMessages", query).await["body"], json!([]));
    join_and_ask(&mut bot, &id, &dialog).await;
    let told = hook
        .change("the question", |change| text(change) == Some("How was it?"))
        .await;
    assert_eq!(
        (&told["dialogId"], &told["metadata"]),
        (&json!(dialog), &asked())
    );
    assert_eq!(told["originatorMetadata"]["role"], "AGENT");

    let answer = json!([{ "type": "Answer", "id": "a-5" }]);
    let click = json!({ "type": "AcceptStatusEvent", "status": "ACTION", "sequenceList": [0] });
    ada.publish_with(&dialog, click, answer.clone()).await;
    let words = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "5" });
    ada.publish_with(&dialog, words, answer.clone()).await;
    let heard = bot.said("5").await;
    assert_eq!(
        (&heard["metadata"], &heard["conversationId"]),
        (&answer, &json!(id))
    );
    let enrich = json!({ "dialogId": dialog, "event": { "type": "AcceptStatusEvent", "status": "ENRICH", "sequenceList": [2] } });
    let invalid = json!([{ "type": "InvalidAnswer", "id": "q-1" }]);
    assert_eq!(
        bot.ask_with("ms.PublishEvent", enrich, json!({ "metadata": invalid }))
            .await["code"],
        200
    );
    hook.change("the enrichment", |change| {
        change["event"]["status"] == "ENRICH"
    })
    .await;

    // Whoever only reads hears nothing of it and does nothing in it.
    assert_eq!(kim.say(&dialog, "May I?").await["code"], 400);
    assert_eq!(
        kim.update(&id, close(&dialog, &json!({}))).await["code"],
        400
    );
    for one in kim.rest().await {
        assert_ne!(one["body"]["dialogId"], dialog.as_str(), "{one}");
    }
    let over = close(
        &dialog,
        &json!({ "closedBy": "AGENT", "closedCause": "Completed" }),
    );
    assert_eq!(bot.update(&id, over).await["code"], 200);
    let gone = bot.change(&id, "DELETE").await;
    let details = &gone["conversationDetails"];
    assert_eq!(details["stage"], "CLOSE");
    assert_eq!(details["dialogs"][0]["closedCause"], "Completed");
    let told = hook.change("the end", |change| {
        change["result"]["conversationDetails"]["stage"] == "CLOSE"
    });
    assert_eq!(
        told.await["result"]["conversationDetails"]["closeReason"],
        "AGENT"
    );
}

#[tokio::test]
async fn a_survey_may_need_a_cause_and_never_comes_with_the_conversation() {
    let hook = Hook::start().await;
    let (sandbox, connector) = cloud(&hook, true).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    for (fields, surveyed) in [
        (None, false),
        (Some(json!({})), false),
        (Some(json!({ "closedCause": "AGENT" })), true),
    ] {
        let (_, id) = talk(&mut kim, &connector).await;
        let fields = match &fields {
            Some(more) => close(&id, more),
            None => json!([{ "field": "ConversationStateField", "conversationState": "CLOSE" }]),
        };
        assert_eq!(kim.update(&id, fields).await["code"], 200);
        let gone = kim.change(&id, "DELETE").await;
        let dialogs = gone["conversationDetails"]["dialogs"].as_array().unwrap();
        assert_eq!(dialogs.len(), 1 + usize::from(surveyed));
    }
}
