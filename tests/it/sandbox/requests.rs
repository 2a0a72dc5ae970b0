//! CONVERSATION and SEND: what is answered, and what is turned down.

use handset::sandbox::settings::Settings;
use serde_json::{Value, json};

use crate::sandbox::{
    fixture::assert_like,
    hook::{Hook, Seen},
    rig::{quick, run},
};

#[tokio::test]
async fn a_conversation_is_begun_and_written_to() {
    let (_sandbox, connector) = run(quick()).await;
    let consumer = connector.consumer("crm-40417").await;
    // Ids as official examples have them: with a comma inside, and as a number.
    let answer = consumer
        .conversation(
            r#"[ { "kind": "req", "id": "1,", "type": "userprofile.SetUserProfile",
                   "body": { "authenticatedData": { "lp_sdes": [
                     { "type": "ctmrinfo", "info": { "socialId": "so-77", "ctype": "gold", "customerId": "C-9" } },
                     { "type": "personal", "personal": { "firstname": "Ada", "lastname": "Quill", "gender": "FEMALE" } } ] } } },
                 { "kind": "req", "id": 2, "type": "cm.ConsumerRequestConversation",
                   "body": { "brandId": "55512300", "channelType": "MESSAGING", "ttrDefName": "NORMAL", "skillId": "-1" } } ]"#,
        )
        .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let answer: Value = answer.json().await.unwrap();
    assert_like("conversation_answer", &answer, &[]);
    let id = answer[1]["body"]["conversationId"].as_str().unwrap();
    let answer = consumer
        .send(format!(
            r#"{{ "kind": "req", "id": "3", "type": "ms.PublishEvent", "body": {{ "dialogId": "{id}", "conversationId": "{id}",
                 "event": {{ "type": "ContentEvent", "contentType": "text/plain", "message": "Is the blue one in stock?" }} }} }}"#
        ))
        .await;
    assert_eq!(answer.status(), 200);
    assert_like("publish_answer", &answer.json().await.unwrap(), &[]);
    let answer = consumer
        .update(
            id,
            json!([{ "field": "Stage", "conversationState": "CLOSE" }]),
        )
        .await;
    assert_eq!(answer.status(), 200);
    assert_like("update_answer", &answer.json().await.unwrap(), &[]);
}

#[tokio::test]
async fn the_loose_shapes_of_real_connectors_are_taken() {
    let (_sandbox, connector) = run(quick()).await;
    let consumer = connector.consumer("crm-40417").await;
    let answer = connector
        .http
        .post(format!(
            "{}/api/account/55512300/messaging/consumer/conversation?v=3",
            connector.base
        ))
        .header("Authorization", &connector.app_jwt)
        .header("x-lp-on-behalf", &consumer.jws)
        .header("Client-Properties", "[object Object]")
        .body(
            "\u{feff}".to_owned()
                + r#"[ { "kind": "req", "id": "2,", "type": "userprofile.SetUserProfile",
                   "body": { "firstName": "Ada", "lastName": "", "avatarUrl": null, "role": "consumer", "privateData": {} } },
                 { "kind": "req", "id": "1,", "type": "cm.ConsumerRequestConversation", "skillId": "7",
                   "body": { "brandId": "55512300", "ttrDefName": null, "skillId": -1,
                     "campaignInfo": { "campaignId": "", "engagementId": null },
                     "conversationContext": { "visitorId": "", "sessionId": "", "interactionContextId": 2, "type": "CustomContext", "features": [] } } },
                 { "kind": "req", "id": 3, "type": "ms.PublishEvent",
                   "body": { "event": { "type": "ContentEvent", "contentType": "text/plain", "message": "hi" } } } ]"#,
        )
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer[0]["reqId"], "2,");
    assert_eq!(answer[1]["reqId"], "1,");
    assert_eq!(
        answer[2],
        json!({ "code": "OK", "body": { "sequence": 0 }, "reqId": "3" })
    );
    let id = answer[1]["body"]["conversationId"].as_str().unwrap();
    assert_eq!(consumer.say(id, "the second").await, 1);
}

#[tokio::test]
async fn one_counter_numbers_content_and_receipts_and_not_typing() {
    let (_sandbox, connector) = run(quick()).await;
    let consumer = connector.consumer("crm-40417").await;
    let id = consumer.open().await;
    assert_eq!(consumer.say(&id, "zero").await, 0);
    let typing = json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" });
    assert_eq!(consumer.publish(&id, typing.clone()).await, 0);
    let read = json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [0, 99] });
    assert_eq!(consumer.publish(&id, read).await, 1);
    assert_eq!(consumer.publish(&id, typing).await, 0);
    assert_eq!(consumer.say(&id, "zero").await, 2);
    let other = consumer.open().await;
    assert_eq!(consumer.say(&other, "another dialog").await, 0);
}

#[tokio::test]
async fn a_malformed_conversation_is_turned_down_as_a_whole() {
    let (_sandbox, connector) = run(quick()).await;
    let consumer = connector.consumer("crm-40417").await;
    let profile =
        json!({ "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} });
    let open = |body: Value| json!({ "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation", "body": body });
    let brand = json!({ "brandId": "55512300" });
    let with = |name: &str, value: Value| {
        let mut body = brand.clone();
        body[name] = value;
        json!([profile, open(body)])
    };
    for (what, body, code, id) in [
        ("an object", json!({}), 40002, None),
        ("one element", json!([profile]), 40002, None),
        (
            "the wrong order",
            json!([open(brand.clone()), profile]),
            40002,
            Some("2"),
        ),
        (
            "four elements",
            json!([profile, open(brand.clone()), profile, profile]),
            40002,
            Some("1"),
        ),
        (
            "no brand",
            json!([profile, open(json!({}))]),
            40001,
            Some("2"),
        ),
        (
            "another brand",
            json!([profile, open(json!({ "brandId": "999" }))]),
            40002,
            Some("2"),
        ),
        (
            "a skill of eleven digits",
            with("skillId", json!("12345678901")),
            40002,
            Some("2"),
        ),
        (
            "a skill in letters",
            with("skillId", json!("sales")),
            40002,
            Some("2"),
        ),
        (
            "an unknown time to respond",
            with("ttrDefName", json!("SOON")),
            40002,
            Some("2"),
        ),
        (
            "another channel",
            with("channelType", json!("COBROWSE")),
            40002,
            Some("2"),
        ),
        (
            "a campaign in words",
            with("campaignInfo", json!("x")),
            40002,
            Some("2"),
        ),
        (
            "a context in words",
            with("conversationContext", json!(1)),
            40002,
            Some("2"),
        ),
        (
            "a first message without an event",
            json!([profile, open(brand.clone()), { "id": "3", "type": "ms.PublishEvent", "body": {} }]),
            40002,
            Some("3"),
        ),
        (
            "SDEs that are none",
            json!([{ "id": "1", "type": "userprofile.SetUserProfile", "body": { "authenticatedData": { "lp_sdes": [1] } } }, open(brand.clone())]),
            40002,
            Some("1"),
        ),
    ] {
        let answer = consumer.conversation(body.to_string()).await;
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(status, 400, "{what}: {answer}");
        assert_eq!(answer["body"]["errorCode"], code, "{what}: {answer}");
        assert_eq!(answer["code"], 400);
        assert_eq!(
            answer.get("reqId").and_then(Value::as_str),
            id,
            "{what}: {answer}"
        );
    }
}

#[tokio::test]
async fn an_odd_send_is_taken_and_comes_back() {
    let hook = Hook::start().await;
    let (_sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let deep = format!(
        r#"{}{{"type":"text","text":"deep","n":1e400}}{}"#,
        r#"{"type":"vertical","elements":["#.repeat(62),
        "]}".repeat(62)
    );
    let card = format!(r#"{{"type":"RichContentEvent","content":{deep}}}"#);
    for event in [
        r#"{"type":"x","type":"ContentEvent","contentType":"text/plain","message":"odd"}"#,
        r#"{"type":"AcceptStatusEvent","status":"READ","sequenceList":["0",0]}"#,
        card.as_str(),
    ] {
        let request = format!(
            "\u{feff}{{\"kind\":\"x\",\"kind\":\"req\",\"id\":\"1\",\"type\":\"ms.PublishEvent\",\"n\":-1E999,\"body\":{{\"dialogId\":\"{id}\",\"event\":{event}}}}}"
        );
        assert_eq!(ada.send(request).await.status(), 200, "{event}");
    }
    let come = |words: &'static str| {
        hook.wait_for(words, move |seen| {
            let body = |one: &Seen| String::from_utf8_lossy(&one.body).contains(words);
            seen.iter().any(body).then_some(())
        })
    };
    let metadata = r#"[{ "type":"ExternalId","n":1e400,"n":1.50 }]"#;
    let request = format!(
        r#"{{"id":"1","type":"ms.PublishEvent","metadata":{metadata},"body":{{"dialogId":"{id}","event":{{"type":"ContentEvent","contentType":"text/plain","message":"told"}}}}}}"#
    );
    assert_eq!(ada.send(request).await.status(), 200);
    come(r#""metadata":[{ "type":"ExternalId","n":1e400,"n":1.50 }],"#).await;
    come(r#""message":"odd""#).await;
    come(r#""sequenceList":[0,0]"#).await;
    come(r#""text":"deep","n":1.797693134862315"#).await;
    let request = format!(
        r#"{{"id":"1","type":"ms.PublishEvent","body":{}"#,
        "[".repeat(1_000_000)
    );
    assert_eq!(ada.send(request).await.status(), 400);
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a table of cases")]
async fn a_malformed_send_is_turned_down() {
    let (_sandbox, connector) = run(quick()).await;
    let consumer = connector.consumer("crm-40417").await;
    let id = consumer.open().await;
    let request =
        |kind: &str, body: Value| json!({ "kind": "req", "id": "5", "type": kind, "body": body });
    let event =
        |event: Value| request("ms.PublishEvent", json!({ "dialogId": id, "event": event }));
    let field = |field: Value| {
        request(
            "cm.UpdateConversationField",
            json!({ "conversationId": id, "conversationField": field }),
        )
    };
    let text = |text: String| {
        event(json!({ "type": "ContentEvent", "contentType": "text/plain", "message": text }))
    };
    let file = |message: Value| {
        event(json!({ "type": "ContentEvent", "contentType": "hosted/file", "message": message }))
    };
    let good = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "x" });
    for (what, body) in [
        ("an array", json!([event(good.clone())])),
        (
            "another kind",
            json!({ "kind": "notification", "id": "5", "type": "ms.PublishEvent", "body": { "dialogId": id, "event": good } }),
        ),
        ("no type", json!({ "kind": "req", "id": "5", "body": {} })),
        (
            "no body",
            json!({ "kind": "req", "id": "5", "type": "ms.PublishEvent" }),
        ),
        (
            "an id in an array",
            json!({ "id": [1], "type": "ms.PublishEvent", "body": {} }),
        ),
        (
            "an unknown type",
            request(
                "cm.ConsumerRequestConversation",
                json!({ "brandId": "55512300" }),
            ),
        ),
        (
            "metadata in words",
            json!({ "id": "5", "type": "ms.PublishEvent", "metadata": "x", "body": { "dialogId": id, "event": good } }),
        ),
        (
            "no dialog",
            request("ms.PublishEvent", json!({ "event": good })),
        ),
        (
            "no event",
            request("ms.PublishEvent", json!({ "dialogId": id })),
        ),
        (
            "an unknown event",
            event(json!({ "type": "SpeechEvent", "content": {} })),
        ),
        (
            "structured content that is none",
            event(json!({ "type": "RichContentEvent", "content": "x" })),
        ),
        (
            "an unknown content type",
            event(json!({ "type": "ContentEvent", "contentType": "text/html", "message": "x" })),
        ),
        ("an empty text", text(String::new())),
        ("a text too long", text("é".repeat(8001))),
        (
            "a text that is none",
            event(json!({ "type": "ContentEvent", "contentType": "text/plain", "message": {} })),
        ),
        ("a file without a path", file(json!({ "fileType": "PNG" }))),
        (
            "a file without a type",
            file(json!({ "relativePath": "/x" })),
        ),
        (
            "a preview too large",
            file(
                json!({ "relativePath": "/x", "fileType": "PNG", "preview": "x".repeat(30 * 1024 + 1) }),
            ),
        ),
        (
            "a file nobody uploaded",
            file(json!({ "relativePath": "/x", "fileType": "PNG" })),
        ),
        (
            "an unknown status",
            event(json!({ "type": "AcceptStatusEvent", "status": "ENRICH", "sequenceList": [0] })),
        ),
        (
            "no sequences",
            event(json!({ "type": "AcceptStatusEvent", "status": "READ" })),
        ),
        (
            "sequences that are none",
            event(
                json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": ["0", -1] }),
            ),
        ),
        (
            "an unknown chat state",
            event(json!({ "type": "ChatStateEvent", "chatState": "DREAMING" })),
        ),
        ("no field", field(Value::Null)),
        ("an empty list of fields", field(json!([]))),
        ("an unknown field", field(json!({ "field": "Mood" }))),
        (
            "a field of agents",
            field(json!({ "field": "ParticipantsChange", "type": "ADD", "role": "MANAGER" })),
        ),
        (
            "a state to open",
            field(json!({ "field": "ConversationStateField", "conversationState": "OPEN" })),
        ),
        (
            "a dialog change to add",
            field(
                json!({ "field": "DialogChange", "type": "ADD", "dialog": { "dialogId": id, "state": "CLOSE" } }),
            ),
        ),
        (
            "a rating of six",
            field(json!({ "field": "CSATRate", "csatRate": 6, "status": "FILLED" })),
        ),
        (
            "a rating of none",
            field(json!({ "field": "CSATRate", "csatRate": 0, "status": "FILLED" })),
        ),
        (
            "a rating in halves",
            field(json!({ "field": "CSATRate", "csatRate": 4.5, "status": "FILLED" })),
        ),
        (
            "an unknown rating",
            field(json!({ "field": "CSATRate", "csatRate": 4, "status": "MAYBE" })),
        ),
        (
            "a negative time to respond",
            field(json!({ "field": "TTRField", "ttrType": "CUSTOM", "value": -1 })),
        ),
        (
            "an unknown time to respond",
            field(json!({ "field": "TTRField", "ttrType": "SOON", "value": 1 })),
        ),
    ] {
        let answer = consumer.send(body.to_string()).await;
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            (status.as_u16(), &answer["body"]["errorCode"]),
            (400, &json!(40002)),
            "{what}: {answer}"
        );
        assert_eq!(answer["type"], ".ReqBody$ErrorResp");
    }
    for (what, body) in [
        ("no JSON", b"{".to_vec()),
        ("invalid UTF-8", b"{\"id\":\"\xff\"}".to_vec()),
        (
            "a lone surrogate",
            br#"{"id":"1","type":"ms.PublishEvent","body":{"dialogId":"\ud800"}}"#.to_vec(),
        ),
        ("deep nesting", b"[".repeat(5000)),
        ("nothing", Vec::new()),
    ] {
        let answer = connector
            .http
            .post(format!(
                "{}/api/account/55512300/messaging/consumer/conversation/send?v=3",
                connector.base
            ))
            .header("authorization", &connector.app_jwt)
            .header("x-lp-on-behalf", &consumer.jws)
            .body(body)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(
            (status.as_u16(), &answer["body"]["errorCode"]),
            (400, &json!(40002)),
            "{what}: {answer}"
        );
    }
    assert_eq!(
        consumer.say(&id, &"é".repeat(8000)).await,
        0,
        "nothing before was numbered"
    );
}

#[tokio::test]
async fn a_fault_has_the_members_of_the_documents_in_their_order() {
    let (_sandbox, connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    let answer = ada
        .send(r#"{"kind":"req","id":7,"type":"no.Such","body":{}}"#)
        .await;
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(
        answer.text().await.unwrap(),
        r#"{"kind":"resp","code":400,"reqId":"7","body":{"title":"Bad request","details":"type \"no.Such\" is not known","errorCode":40002},"type":".ReqBody$ErrorResp"}"#
    );
}

#[tokio::test]
async fn a_profile_can_be_told_later() {
    let (_sandbox, connector) = run(quick()).await;
    let consumer = connector.consumer("crm-40417").await;
    let answer = consumer
        .send(r#"{"kind":"req","id":"4","type":"userprofile.SetUserProfile","body":{"authenticatedData":{"lp_sdes":[{"type":"ctmrinfo","info":{"ctype":""}}]}}}"#)
        .await;
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(
        answer,
        json!({ "code": "OK", "body": { "msg": "OK User Profile set successfully" }, "reqId": "4" })
    );
}
