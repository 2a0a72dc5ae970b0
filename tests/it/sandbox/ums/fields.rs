//! UpdateConversationField: who joins, leaves, hands on and closes.

use handset::sandbox::{Sandbox, model::roster::SALES, settings::Settings};
use serde_json::{Value, json};

use crate::sandbox::{
    hook::{Hook, text},
    rig::{Connector, Consumer, quick, run},
    ums::client::Socket,
};

struct Scene {
    sandbox: Sandbox,
    connector: Connector,
    hook: Hook,
    kim: Socket,
    ada: Consumer,
    id: String,
}

/// Ada's conversation, which is Kim's.
async fn scene() -> Scene {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    kim.take(&id).await;
    kim.rest().await;
    Scene {
        sandbox,
        connector,
        hook,
        kim,
        ada,
        id,
    }
}

fn ok(answer: &Value, words: &str) {
    assert_eq!(
        (&answer["code"], &answer["type"], &answer["body"]),
        (&json!(200), &json!(".ReqBody$StringResp"), &json!(words)),
        "{answer}"
    );
}

fn refused(answer: &Value, words: &str) {
    assert_eq!(
        (&answer["code"], &answer["type"], &answer["body"]),
        (&json!(400), &json!(".ReqBody$StringResp"), &json!(words)),
        "{answer}"
    );
}

const STRANGER: &str = "Agent does not exist in conversation";

fn change(kind: &str, role: &str) -> Value {
    json!({ "field": "ParticipantsChange", "type": kind, "role": role })
}

#[tokio::test]
async fn a_manager_joins_speaks_and_leaves() {
    let Scene {
        sandbox,
        connector,
        ada,
        id,
        mut kim,
        ..
    } = scene().await;
    let mut morgan = Socket::enter(&sandbox, &connector, "morgan").await;
    refused(&morgan.say(&id, "not yet").await, STRANGER);
    let mut join = change("ADD", "MANAGER");
    join["userId"] = json!(morgan.full);
    for _ in 0..2 {
        let answer = morgan.update(&id, json!([join])).await;
        ok(&answer, "OK Agent added successfully");
    }
    let joined = kim.change(&id, "UPSERT").await;
    let details = &joined["conversationDetails"];
    assert_eq!(details["participants"]["MANAGER"], json!([morgan.full]));
    assert_eq!(details["participantsPId"]["MANAGER"], json!([morgan.pid]));
    assert!(kim.rest().await.is_empty(), "joining twice changes nothing");
    assert_eq!(morgan.say(&id, "May I help?").await["code"], 200);
    let said = kim.said("May I help?").await;
    assert_eq!(
        said["originatorMetadata"],
        json!({ "id": morgan.pid, "role": "MANAGER" })
    );
    ada.say(&id, "Please").await;
    morgan.said("Please").await;
    let answer = morgan
        .update(&id, json!([change("REMOVE", "MANAGER")]))
        .await;
    ok(&answer, "OK Agent removed successfully");
    ada.say(&id, "Gone?").await;
    kim.said("Gone?").await;
    assert!(
        !morgan
            .rest()
            .await
            .iter()
            .any(|one| one["body"]["event"]["message"] == "Gone?")
    );
    refused(
        &morgan
            .update(&id, json!([change("REMOVE", "MANAGER")]))
            .await,
        STRANGER,
    );
}

#[tokio::test]
async fn a_conversation_goes_to_a_skill_and_rings_there() {
    let Scene {
        sandbox,
        connector,
        mut kim,
        id,
        ada,
        hook,
        ..
    } = scene().await;
    let mut sam = Socket::enter(&sandbox, &connector, "sam").await;
    sam.go_online().await;
    let skill = json!({ "field": "Skill", "type": "UPDATE", "skill": SALES.id });
    refused(&sam.update(&id, json!([skill])).await, STRANGER);
    // The skill alone leaves the owner where it is.
    ok(
        &kim.update(&id, json!([skill])).await,
        "OK Skill updated successfully",
    );
    assert!(!sam.rest().await.iter().any(|one| {
        one["type"] == ".ams.routing.RoutingTaskNotification" && one["body"]["changes"] != json!([])
    }));
    let mut remove = change("REMOVE", "ASSIGNED_AGENT");
    remove["userId"] = json!(kim.pid);
    let answer = kim.update(&id, json!([remove, skill])).await;
    ok(&answer, "OK Agent removed successfully");
    let task = sam.ring(&id, "WAITING").await;
    assert_eq!(
        (&task["skillId"], &task["assignedAgentId"]),
        (&json!(SALES.id), &json!(sam.full))
    );
    let change = kim.change(&id, "UPSERT").await;
    assert_eq!(
        change["conversationDetails"]["participants"]["ASSIGNED_AGENT"],
        json!([kim.full])
    );
    let change = kim.change(&id, "UPSERT").await;
    assert_eq!(
        change["conversationDetails"]["participants"]["ASSIGNED_AGENT"],
        json!([])
    );
    refused(&kim.say(&id, "still here?").await, STRANGER);
    sam.answer_ring(&task, "ACCEPTED").await;
    assert_eq!(sam.say(&id, "Sam here").await["code"], 200);
    ada.say(&id, "Hello Sam").await;
    sam.said("Hello Sam").await;
    hook.change("Sam's words", |change| text(change) == Some("Sam here"))
        .await;
}

#[tokio::test]
async fn a_conversation_goes_to_an_agent_by_either_name() {
    for by_pid in [false, true] {
        let Scene {
            sandbox,
            connector,
            mut kim,
            id,
            ..
        } = scene().await;
        let mut sam = Socket::enter(&sandbox, &connector, "sam").await;
        sam.go_online().await;
        // Those who are busy hear what is handed to them.
        sam.set_state("OCCUPIED").await;
        sam.rest().await;
        let mut morgan = Socket::enter(&sandbox, &connector, "morgan").await;
        morgan.go_online().await;
        let mut suggest = change("SUGGEST", "ASSIGNED_AGENT");
        suggest["userId"] = json!(if by_pid { &sam.pid } else { &sam.full });
        let mut remove = change("REMOVE", "ASSIGNED_AGENT");
        remove["userId"] = json!(kim.full);
        let both = if by_pid {
            json!([suggest, remove])
        } else {
            json!([remove, suggest])
        };
        ok(
            &kim.update(&id, both).await,
            "OK Agent removed successfully",
        );
        let change = kim.change(&id, "UPSERT").await;
        let details = &change["conversationDetails"];
        assert_eq!(details["participants"]["ASSIGNED_AGENT"], json!([]));
        assert_eq!(
            details["dialogs"][0]["participantsDetails"][1],
            json!({ "id": sam.full, "role": "ASSIGNED_AGENT", "state": "SUGGESTED" })
        );
        let task = sam.ring(&id, "WAITING").await;
        sam.answer_ring(&task, "ACCEPTED").await;
        let change = sam.change(&id, "UPSERT").await;
        assert_eq!(
            change["conversationDetails"]["participants"]["ASSIGNED_AGENT"],
            json!([])
        );
        let change = sam.change(&id, "UPSERT").await;
        assert_eq!(
            change["conversationDetails"]["participants"]["ASSIGNED_AGENT"],
            json!([sam.full])
        );
        let told = morgan.rest().await;
        let rings = |one: &&Value| {
            one["type"] == ".ams.routing.RoutingTaskNotification"
                && !one["body"]["changes"].as_array().unwrap().is_empty()
        };
        assert_eq!(told.iter().filter(rings).count(), 0, "it is for Sam only");
    }
}

#[tokio::test]
async fn a_suggestion_that_is_turned_down_goes_to_the_queue() {
    let Scene {
        sandbox,
        connector,
        mut kim,
        id,
        ..
    } = scene().await;
    let mut sam = Socket::enter(&sandbox, &connector, "sam").await;
    sam.go_online().await;
    let mut suggest = change("SUGGEST", "ASSIGNED_AGENT");
    suggest["userId"] = json!(sam.full);
    let both = json!([change("REMOVE", "ASSIGNED_AGENT"), suggest]);
    ok(
        &kim.update(&id, both).await,
        "OK Agent removed successfully",
    );
    let task = sam.ring(&id, "WAITING").await;
    assert_eq!(sam.answer_ring(&task, "REJECTED").await["code"], 202);
    sam.ring(&id, "REJECTED").await;
    // Kim serves what has no skill, and gets it back.
    kim.take(&id).await;
    let nobody = json!({ "field": "ParticipantsChange", "type": "SUGGEST", "role": "ASSIGNED_AGENT", "userId": "55512300.1" });
    let answer = kim
        .update(&id, json!([change("REMOVE", "ASSIGNED_AGENT"), nobody]))
        .await;
    refused(&answer, "there is no agent \"55512300.1\"");
}

#[tokio::test]
async fn back_to_the_queue_needs_an_owner() {
    let Scene { mut kim, id, .. } = scene().await;
    kim.set_state("AWAY").await;
    let back = json!([change("REMOVE", "ASSIGNED_AGENT")]);
    ok(
        &kim.update(&id, back.clone()).await,
        "OK Agent removed successfully",
    );
    refused(&kim.update(&id, back.clone()).await, STRANGER);
    ok(
        &kim.update(&id, json!([change("ADD", "MANAGER")])).await,
        "OK Agent added successfully",
    );
    refused(
        &kim.update(&id, back).await,
        "nobody is assigned to the conversation",
    );
    // A supervisor can make it an own one.
    ok(
        &kim.update(&id, json!([change("ADD", "ASSIGNED_AGENT")]))
            .await,
        "OK Agent added successfully",
    );
    kim.change(&id, "UPSERT").await;
    let mine = json!({ "field": "TTRField", "ttrType": "URGENT" });
    ok(
        &kim.update(&id, json!([mine])).await,
        "OK TTR updated successfully",
    );
    let told = kim.notified(".ams.aam.ExConversationChangeNotification", |body| {
        body["changes"][0]["result"]["conversationDetails"]["ttr"]["ttrType"] == "URGENT"
    });
    let told = told.await;
    let details = &told["changes"][0]["result"]["conversationDetails"];
    assert_eq!(details["participants"]["ASSIGNED_AGENT"], json!([kim.full]));
    assert_eq!(details["ttr"], json!({ "ttrType": "URGENT", "value": 300 }));
}

#[tokio::test]
async fn an_agent_closes_what_it_sees() {
    let Scene {
        sandbox,
        connector,
        mut kim,
        id,
        hook,
        ..
    } = scene().await;
    let mut sam = Socket::enter(&sandbox, &connector, "sam").await;
    // Programs that close do not join before.
    let close = json!([{ "field": "ConversationStateField", "conversationState": "CLOSE" }]);
    ok(
        &sam.update(&id, close.clone()).await,
        "OK Conversation resolved successfully",
    );
    let gone = kim.change(&id, "DELETE").await;
    let details = &gone["conversationDetails"];
    assert_eq!(
        (&details["stage"], &details["closeReason"]),
        (&json!("CLOSE"), &json!("AGENT"))
    );
    hook.change("the close", |change| {
        change["result"]["conversationDetails"]["stage"] == "CLOSE"
    })
    .await;
    refused(
        &kim.update(&id, close).await,
        "the conversation or dialog is closed; open a new one",
    );
    refused(
        &kim.say(&id, "too late").await,
        "the conversation or dialog is closed; open a new one",
    );
}

#[tokio::test]
async fn what_is_no_field_is_refused_and_nothing_half_done() {
    let Scene { mut kim, id, .. } = scene().await;
    let mut other = change("ADD", "MANAGER");
    other["userId"] = json!("55512300.1200345612");
    for fields in [
        json!([]),
        json!("close"),
        json!([7]),
        json!([{ "field": "Mood", "type": "UPDATE" }]),
        json!([{ "field": "ParticipantsChange", "type": "ADD", "role": "CONSUMER" }]),
        json!([{ "field": "ConversationStateField", "conversationState": "OPEN" }]),
        json!([{ "field": "Skill", "skill": "Gardening" }]),
        json!([{ "field": "DialogChange", "type": "UPDATE", "dialog": {} }]),
        json!([other]),
        // The second of them is wrong, so the first is not done either.
        json!([change("REMOVE", "ASSIGNED_AGENT"), { "field": "TTRField", "ttrType": "SOON" }]),
    ] {
        let answer = kim.update(&id, fields.clone()).await;
        assert_eq!(answer["code"], 400, "{fields}: {answer}");
    }
    assert!(kim.rest().await.is_empty());
    assert_eq!(kim.say(&id, "still here").await["code"], 200);
}

#[tokio::test]
async fn agents_publish_more_than_consumers_and_notes_stay_among_them() {
    let Scene {
        sandbox,
        connector,
        mut kim,
        id,
        hook,
        ada,
        ..
    } = scene().await;
    let mut morgan = Socket::enter(&sandbox, &connector, "morgan").await;
    morgan.update(&id, json!([change("ADD", "MANAGER")])).await;
    let note = json!({ "dialogId": id, "conversationId": id, "messageAudience": "AGENTS_AND_MANAGERS",
        "event": { "type": "ContentEvent", "contentType": "text/plain", "message": "a regular" } });
    assert_eq!(
        kim.ask("ms.PublishEvent", note).await["body"],
        json!({ "sequence": 0 })
    );
    let told = morgan.said("a regular").await;
    assert_eq!(told["messageAudience"], "AGENTS_AND_MANAGERS");
    let replies = json!({ "type": "quickReplies", "itemsPerRow": 8, "replies": [] });
    let event = json!({ "type": "ContentEvent", "message": "Which?", "contentType": "text/plain", "quickReplies": replies });
    let body = json!({ "dialogId": id, "event": event });
    let metadata = json!([{ "type": "ExternalId", "id": "which" }]);
    let answer = kim
        .ask_with("ms.PublishEvent", body, json!({ "metadata": metadata }))
        .await;
    assert_eq!(answer["type"], ".ams.ms.PublishEvent$Response");
    let told = morgan.said("Which?").await;
    assert_eq!((&told["event"], &told["metadata"]), (&event, &metadata));
    let told = hook
        .change("the question", |change| text(change) == Some("Which?"))
        .await;
    assert_eq!(told["metadata"], metadata);
    let card = json!({ "type": "vertical", "elements": [] });
    for event in [
        json!({ "type": "RichContentEvent", "content": card }),
        json!({ "type": "RichContentEvent", "message": card }),
    ] {
        kim.publish(&id, event).await;
        let told = morgan
            .distributed(|body| body["event"]["type"] == "RichContentEvent")
            .await;
        assert_eq!(told["event"]["content"], card);
    }
    let secure = json!({ "type": "ContentEvent", "contentType": "forms/secure-invitation", "message": { "formId": "7" } });
    assert_eq!(kim.publish(&id, secure).await["code"], 200);
    ada.say(&id, "hello?").await;
    let enrich = json!({ "type": "AcceptStatusEvent", "status": "ENRICH", "sequenceList": [5] });
    assert_eq!(kim.publish(&id, enrich).await["code"], 200);
    let typing = kim
        .publish(
            &id,
            json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" }),
        )
        .await;
    assert_eq!(typing["body"], json!({ "sequence": 0 }));
    let told = morgan
        .distributed(|body| body["event"]["type"] == "ChatStateEvent")
        .await;
    assert!(
        told.get("sequence").is_none() && told.get("serverTimestamp").is_none(),
        "{told}"
    );
    assert_eq!(
        (&told["originatorId"], &told["conversationId"]),
        (&json!(kim.full), &json!(id))
    );
    for event in [
        json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "" }),
        json!({ "type": "ContentEvent", "message": "untyped" }),
        json!({ "type": "AcceptStatusEvent", "status": "EATEN", "sequenceList": [0] }),
        json!({ "type": "DanceEvent" }),
    ] {
        assert_eq!(kim.publish(&id, event).await["code"], 400);
    }
    let odd = json!({ "dialogId": id, "messageAudience": "FRIENDS",
        "event": { "type": "ContentEvent", "contentType": "text/plain", "message": "x" } });
    assert_eq!(kim.ask("ms.PublishEvent", odd).await["code"], 400);
}
