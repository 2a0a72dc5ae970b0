//! Every request with its exact answer, and what is answered to what is no request.

use futures_util::SinkExt as _;
use handset::sandbox::settings::{
    Settings,
    terms::{Refusals, Terms},
};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

use crate::sandbox::{
    rig::{ACCOUNT, quick, run},
    ums::client::Socket,
};

/// What an answer says but for its id.
fn answered(answer: &Value) -> (Value, Value, Value) {
    let member = |name: &str| answer[name].clone();
    (member("code"), member("type"), member("body"))
}

fn text(code: u16, words: &str) -> (Value, Value, Value) {
    (json!(code), json!(".ReqBody$StringResp"), json!(words))
}

#[tokio::test]
async fn a_type_is_known_with_and_without_what_stands_before_it() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let state = json!({ "availability": "AWAY", "channels": ["MESSAGING"] });
    for kind in [
        ".ams.routing.SetAgentState",
        "ams.routing.SetAgentState",
        ".routing.SetAgentState",
        "routing.SetAgentState",
    ] {
        let answer = kim.ask(kind, state.clone()).await;
        assert_eq!(
            answered(&answer),
            text(202, "Agent state updated successfully"),
            "{kind}"
        );
    }
    for kind in [".GetClock", "GetClock", ".ams.GetClock"] {
        assert_eq!(kim.ask(kind, json!({})).await["code"], 200, "{kind}");
    }
    let odd = json!({ "headers": [true, false], "encodedMetadata": "e30=", "metadata": null, "extra": 1 });
    assert_eq!(kim.ask_with(".GetClock", json!({}), odd).await["code"], 200);
    let unknown = kim.ask(".ams.ms.Sing", json!({})).await;
    assert_eq!(
        answered(&unknown),
        text(400, "request type \"ms.Sing\" is not known")
    );
}

#[tokio::test]
async fn garbage_is_answered_and_the_socket_stays() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    for (frame, word) in [
        ("", "not JSON"),
        ("hello?", "not JSON"),
        ("[]", "not an object"),
        ("{}", "type is missing"),
        (r#"{"kind":"resp","type":".GetClock"}"#, "kind must be"),
        (r#"{"kind":"req","type":7}"#, "type is missing"),
        (r#"{"type":".GetClock","metadata":"x"}"#, "metadata must be"),
        (
            r#"{"type":".ams.ms.PublishEvent","body":[]}"#,
            "body must be",
        ),
        (
            r#"{"type":".ams.ms.PublishEvent","body":{"dialogId":"x"}}"#,
            "event is missing",
        ),
    ] {
        kim.send(frame).await;
        let answer = kim.frame().await;
        assert_eq!(answer["code"], 400, "{frame}");
        assert!(answer["body"].as_str().unwrap().contains(word), "{answer}");
        assert!(answer.get("reqId").is_none(), "{answer}");
    }
    let deep = "[".repeat(100_000);
    kim.send(deep).await;
    assert_eq!(kim.frame().await["code"], 400);
    let clock = r#"{"id":17,"type":"GetClock"}"#;
    kim.stream.send(Message::binary(clock)).await.unwrap();
    let answer = kim.frame().await;
    assert_eq!(
        (&answer["reqId"], &answer["code"]),
        (&json!(17), &json!(200))
    );
    kim.stream
        .send(Message::binary(vec![0xff, 0xfe]))
        .await
        .unwrap();
    assert_eq!(kim.frame().await["code"], 400);
}

#[tokio::test]
async fn refusals_are_objects_when_the_account_says_so() {
    let ums = Terms {
        refusals: Refusals::Object,
        ..Terms::default()
    };
    let (sandbox, connector) = run(Settings { ums, ..quick() }).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let answer = kim.say("nowhere", "anybody?").await;
    assert_eq!(answer["type"], ".ReqBody$ErrorResp");
    assert_eq!(
        answer["body"],
        json!({ "title": "Bad request", "details": "no conversation or dialog has this id", "errorCode": 40002 })
    );
}

#[tokio::test]
async fn states_are_told_to_whoever_subscribed() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let body = json!({ "brandId": ACCOUNT, "agentId": kim.full });
    let answer = kim.ask(".ams.routing.SubscribeAgentsState", body).await;
    assert_eq!(answer["type"], ".ams.GenericSubscribe$Response");
    let subscription = answer["body"]["subscriptionId"].clone();
    let told = |availability: &str| {
        json!({ "subscriptionId": subscription, "changes": [{ "type": "UPSERT", "result": {
            "channels": ["MESSAGING"], "availability": availability, "description": "",
            "agentUserId": "55512300.1200345611" } }] })
    };
    let kind = ".ams.routing.AgentStateNotification";
    assert_eq!(kim.notified(kind, |_| true).await, told("OFFLINE"));
    for state in ["ONLINE", "OCCUPIED", "AWAY", "BACK_SOON", "OFFLINE"] {
        kim.set_state(state).await;
        assert_eq!(kim.notified(kind, |_| true).await, told(state));
    }
    let odd = kim
        .ask(
            ".ams.routing.SetAgentState",
            json!({ "availability": "ASLEEP" }),
        )
        .await;
    assert_eq!(odd["code"], 400);
    let other = json!({ "availability": "ONLINE", "agentUserId": "55512300.1200345612" });
    assert_eq!(
        kim.ask(".ams.routing.SetAgentState", other).await["code"],
        400
    );
}

#[tokio::test]
async fn a_profile_is_what_the_connector_told() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let ada = connector.consumer("ada").await;
    let sdes = json!([{ "type": "ctmrinfo", "info": { "socialId": "so-77" } }]);
    let profile = json!({ "firstName": "Ada", "lastName": "Quill",
        "privateData": { "mobileNum": "+15550100", "mail": "ada@shop.test" },
        "authenticatedData": { "lp_sdes": sdes } });
    let answer = ada
        .conversation(
            json!([{ "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": profile },
                { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
                  "body": { "brandId": ACCOUNT } }])
            .to_string(),
        )
        .await;
    assert_eq!(answer.status(), 200);
    let kind = ".ams.userprofile.GetUserProfile";
    let expected = json!({ "firstName": "Ada", "lastName": "Quill", "userId": ada.id,
        "privateData": { "mobileNum": "+15550100", "mail": "ada@shop.test", "email": "ada@shop.test" },
        "authenticatedData": { "lp_sdes": sdes } });
    for body in [json!(ada.id), json!({ "userId": ada.id })] {
        let answer = kim.ask(kind, body).await;
        assert_eq!(
            answered(&answer),
            (
                json!(200),
                json!(".ams.userprofile.GetUserProfile$Response"),
                expected.clone()
            )
        );
    }
    let full = kim.full.clone();
    assert_eq!(
        kim.ask(kind, json!({})).await["body"],
        json!({ "userId": full })
    );
    assert_eq!(kim.ask(kind, json!("nobody")).await["body"], json!({}));
}

#[tokio::test]
async fn files_come_and_go_by_temporary_urls() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    kim.take(&id).await;
    let upload = ".ams.ms.GenerateURLForUploadFile";
    let answer = kim
        .ask(upload, json!({ "fileSize": 4, "fileType": "PNG" }))
        .await;
    assert_eq!(answer["type"], "ms.BaseGenerateURLResponse");
    let address = |body: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        format!(
            "{}{}?temp_url_sig={}&temp_url_expires={}",
            connector.base,
            text(&body["relativePath"]),
            text(&body["queryParams"]["temp_url_sig"]),
            text(&body["queryParams"]["temp_url_expires"])
        )
    };
    let body = &answer["body"];
    let put = connector.http.put(address(body)).body("PNG!");
    assert_eq!(put.send().await.unwrap().status(), 201);
    let path = body["relativePath"].clone();
    let file = json!({ "type": "ContentEvent", "contentType": "hosted/file",
        "message": { "relativePath": path, "fileType": "PNG", "caption": "the blue one" } });
    assert_eq!(kim.publish(&id, file).await["code"], 200);
    let download = ".ams.ms.GenerateURLForDownloadFile";
    let answer = kim.ask(download, json!({ "relativePath": path })).await;
    assert_eq!(
        (&answer["code"], &answer["body"]["relativePath"]),
        (&json!(200), &path)
    );
    let got = connector
        .http
        .get(address(&answer["body"]))
        .send()
        .await
        .unwrap();
    assert_eq!(got.status(), 200);
    let missing = kim
        .ask(download, json!({ "relativePath": "/v1/other/file.png" }))
        .await;
    assert_eq!(
        answered(&missing),
        text(500, "relativePath names no file of this account")
    );
    for body in [
        json!({ "fileSize": 0, "fileType": "PNG" }),
        json!({ "fileType": "PNG" }),
        json!({ "fileSize": 4, "fileType": "EXE" }),
    ] {
        assert_eq!(kim.ask(upload, body).await["code"], 400);
    }
    assert_eq!(
        kim.ask(".ams.ms.token.GenerateDownloadToken", json!({}))
            .await["code"],
        400
    );
}

#[tokio::test]
async fn a_conversation_is_begun_with_a_consumer_who_is_known() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    kim.go_online().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.close(&id).await;
    kim.change(&id, "DELETE").await;
    let body = json!({ "channelType": "MESSAGING", "consumerId": ada.id,
        "conversationContext": { "type": "ProactiveContext", "originConversationId": id } });
    let answer = kim.ask(".ams.cm.AgentRequestConversation", body).await;
    assert_eq!(answer["type"], ".ams.cm.AgentRequestConversation$Response");
    let new = answer["body"]["conversationId"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_ne!(new, id);
    let change = kim.change(&new, "UPSERT").await;
    let details = &change["conversationDetails"];
    assert_eq!(details["participants"]["ASSIGNED_AGENT"], json!([kim.full]));
    assert_eq!(details["context"]["originConversationId"], id);
    assert_eq!(kim.say(&new, "It is back in stock.").await["code"], 200);
    let stranger = json!({ "consumerId": "nobody" });
    assert_eq!(
        kim.ask(".ams.cm.AgentRequestConversation", stranger).await["code"],
        400
    );
}

#[tokio::test]
async fn what_was_said_is_looked_up_by_whoever_asks() {
    let (sandbox, connector) = run(quick()).await;
    let mut kim = Socket::enter(&sandbox, &connector, "kim").await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let query = ".ams.ms.QueryMessages";
    let empty = kim
        .ask(query, json!({ "dialogId": id, "newerThanSequence": 0 }))
        .await;
    assert_eq!(
        answered(&empty),
        (
            json!(200),
            json!(".ams.ms.QueryMessages$Response"),
            json!([])
        )
    );
    for words in ["one", "two", "three"] {
        ada.say(&id, words).await;
    }
    let metadata = json!([{ "type": "ExternalId", "id": "x" }]);
    let event = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "four" });
    ada.publish_with(&id, event.clone(), metadata.clone()).await;
    let all = kim
        .ask(
            query,
            json!({ "dialogId": id, "newerThanSequence": 0, "fromSeq": 0 }),
        )
        .await;
    let all = all["body"].as_array().unwrap();
    let sequences: Vec<_> = all
        .iter()
        .map(|one| one["sequence"].as_u64().unwrap())
        .collect();
    assert_eq!(sequences, [0, 1, 2, 3], "ascending, and the first is there");
    assert_eq!(
        all[3],
        json!({ "sequence": 3, "originatorClientProperties": { "type": ".ClientProperties" },
            "originatorId": ada.id, "originatorPId": ada.id,
            "originatorMetadata": { "id": ada.id, "role": "CONSUMER" },
            "serverTimestamp": all[3]["serverTimestamp"], "event": event,
            "dialogId": id, "conversationId": id, "messageAudience": "ALL", "metadata": metadata })
    );
    assert_eq!(all[0]["metadata"], json!([]));
    let later = kim
        .ask(
            "ms.SubscribeMessagingEvents",
            json!({ "dialogId": id, "fromSeq": 2 }),
        )
        .await;
    assert_eq!(later["body"].as_array().unwrap().len(), 2);
    let last = json!({ "conversationId": id, "maxQuantity": 1 });
    assert_eq!(
        kim.ask(query, last).await["body"][0]["event"]["message"],
        "four"
    );
    let unknown = kim.ask(query, json!({ "dialogId": "nowhere" })).await;
    assert_eq!(
        answered(&unknown),
        text(400, "no conversation or dialog has this id")
    );
}
