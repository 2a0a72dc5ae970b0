//! What the connector's endpoint receives, byte for byte where it matters.

use aws_lc_rs::hmac;
use handset::{
    domain::{
        ids::{ConversationId, DialogId},
        signature::Algorithm,
    },
    sandbox::{
        model::{
            dialog::Audience,
            notify::EventType,
            publication::Publication,
            publish::Message,
            webhooks::{Endpoint, Webhooks},
        },
        settings::Settings,
    },
};
use serde_json::{Value, json};

use crate::sandbox::{
    fixture::assert_like,
    hook::{Hook, signature, text},
    rig::{ACCOUNT, CLIENT, Connector, SECRET, quick, run},
};

async fn cloud(hook: &Hook) -> (handset::sandbox::Sandbox, Connector) {
    run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await
}

#[test]
fn the_signature_of_the_vectors_is_what_the_tests_compute() {
    let plain =
        r#"{"kind":"notification","body":{"changes":[]},"type":"ms.MessagingEventNotification"}"#;
    let odd = r#"{"kind":"notification","body":{"changes":[{"event":{"type":"ContentEvent","message":"Grüße ✓","contentType":"text/plain"}}]},"type":"ms.MessagingEventNotification"}"#;
    for (algorithm, prefix, body, expected) in [
        (
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            "sha1=",
            plain,
            "sha1=wwH/68fBYQQlJGbbqtatUSnxUmE=",
        ),
        (
            hmac::HMAC_SHA256,
            "sha256=",
            plain,
            "sha256=TOGmaOVFdsQTA3Z3MwV0j768bAmNjVG6HYDipeknlP0=",
        ),
        (
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            "sha1=",
            odd,
            "sha1=uFtxcvwJAUTacO09RhV8705wRJg=",
        ),
        (
            hmac::HMAC_SHA256,
            "sha256=",
            odd,
            "sha256=Pbqbp2II4Gxl1M2YicUVER+WmP3k5y90qlwxh5+OsDg=",
        ),
    ] {
        assert_eq!(
            signature(algorithm, prefix, SECRET, body.as_bytes()),
            expected
        );
    }
}

#[tokio::test]
async fn every_request_is_signed_over_its_raw_bytes() {
    for (algorithm, expected, prefix) in [
        (
            Algorithm::Sha1,
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            "sha1=",
        ),
        (Algorithm::Sha256, hmac::HMAC_SHA256, "sha256="),
    ] {
        let hook = Hook::start().await;
        let (_sandbox, connector) = run(Settings {
            webhook: Some(hook.url()),
            signature: algorithm,
            ..quick()
        })
        .await;
        let ada = connector.consumer("ada").await;
        let id = ada.open().await;
        ada.say(&id, "Grüße ✓").await;
        hook.change("the message", |change| text(change) == Some("Grüße ✓"))
            .await;
        for seen in hook.seen() {
            assert_eq!(seen.header("x-liveperson-account-id"), ACCOUNT);
            assert_eq!(seen.header("x-liveperson-client-id"), CLIENT);
            assert_eq!(
                seen.header("content-type"),
                "application/json; charset=utf-8"
            );
            assert_eq!(
                seen.header("x-liveperson-signature"),
                signature(expected, prefix, SECRET, &seen.body)
            );
            assert_eq!(
                seen.headers
                    .get_all("x-liveperson-signature")
                    .iter()
                    .count(),
                1
            );
            // Parse and print changes nothing, and the keys come in the order of captures.
            assert_eq!(serde_json::to_vec(&seen.json()).unwrap(), seen.body);
            let keys: Vec<String> = seen.json().as_object().unwrap().keys().cloned().collect();
            assert_eq!(keys, ["kind", "body", "type"]);
        }
    }
}

#[tokio::test]
async fn a_conversation_is_told_whole() {
    let hook = Hook::start().await;
    let (_sandbox, connector) = cloud(&hook).await;
    let ada = connector.consumer("crm-40417").await;
    let answer = connector
        .http
        .post(format!("{}/api/account/{ACCOUNT}/messaging/consumer/conversation?v=3", connector.base))
        .header("authorization", &connector.app_jwt)
        .header("x-lp-on-behalf", &ada.jws)
        .header("client-properties", r#"{"type":".ClientProperties","features":["RICH_CONTENT","QUICK_REPLIES"]}"#)
        .body(
            r#"[ { "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} },
                 { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
                   "body": { "brandId": "55512300", "channelType": "MESSAGING", "ttrDefName": "PRIORITIZED", "skillId": "3300120015",
                     "campaignInfo": { "campaignId": "2100440011", "engagementId": 2100440099 },
                     "conversationContext": { "type": "SharkContext", "lang": "en-GB", "visitorId": "VjQ1ODk2MzI0NTc", "sessionId": "kQ8wZr2eT3-aB6pL0xYd5g", "interactionContextId": "1" } } } ]"#,
        )
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let answer: Value = answer.json().await.unwrap();
    let id = answer[1]["body"]["conversationId"].as_str().unwrap();
    let opened = hook
        .wait_for("the opening", |seen| seen.first().cloned())
        .await
        .json();
    assert_like(
        "hook_conversation_opened",
        &opened,
        &[("$conversation", id), ("$consumer", &ada.id)],
    );
    let result = &opened["body"]["changes"][0]["result"];
    let started = result["conversationDetails"]["startTs"].as_i64().unwrap();
    assert_eq!(result["effectiveTTR"], started + 600_000);
}

#[tokio::test]
async fn closing_and_rating_are_told() {
    let hook = Hook::start().await;
    let (_sandbox, connector) = cloud(&hook).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let closing = json!({ "field": "DialogChange", "type": "UPDATE",
        "dialog": { "dialogId": id, "state": "CLOSE", "closedCause": "Closed by consumer" } });
    assert_eq!(ada.update(&id, closing).await.status(), 200);
    let closed = hook
        .wait_for("the close", |seen| seen.get(1).cloned())
        .await
        .json();
    assert_like(
        "hook_conversation_closed",
        &closed,
        &[("$conversation", &id), ("$consumer", &ada.id)],
    );
    let bob = connector.consumer("bob").await;
    let id = bob.open().await;
    bob.close(&id).await;
    let rating = json!({ "field": "CSATRate", "csatRate": 4, "csatResolutionConfirmation": true, "status": "FILLED" });
    assert_eq!(bob.update(&id, rating).await.status(), 200);
    let rated = hook
        .wait_for("the rating", |seen| seen.get(4).cloned())
        .await
        .json();
    assert_like(
        "hook_conversation_rated",
        &rated,
        &[("$conversation", &id), ("$consumer", &bob.id)],
    );
}

#[tokio::test]
async fn the_consumers_own_events_come_back() {
    let hook = Hook::start().await;
    let (_sandbox, connector) = cloud(&hook).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let publish = async |event: Value| {
        let request = json!({ "kind": "req", "id": "21", "type": "ms.PublishEvent",
            "body": { "dialogId": id, "conversationId": id, "event": event },
            "metadata": [{ "type": "ExternalId", "id": "add-blue" }] });
        assert_eq!(ada.send(request.to_string()).await.status(), 200);
    };
    publish(json!({ "type": "ContentEvent", "contentType": "text/plain",
        "message": "Grüße ✓\n  “two” \\ lines 👍🏽 " }))
    .await;
    publish(json!({ "type": "AcceptStatusEvent", "status": "ACTION", "sequenceList": [0] })).await;
    publish(json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" })).await;
    let known = [
        ("$conversation", id.as_str()),
        ("$consumer", ada.id.as_str()),
    ];
    let seen = hook
        .wait_for("all of it", |seen| (seen.len() == 4).then(|| seen.to_vec()))
        .await;
    assert_like("hook_content", &seen[1].json(), &known);
    assert_like("hook_accept_status", &seen[2].json(), &known);
    assert_like("hook_chat_state", &seen[3].json(), &known);
}

#[tokio::test]
async fn a_consumers_structured_content_comes_back_as_it_was() {
    let hook = Hook::start().await;
    let (_sandbox, connector) = cloud(&hook).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let replies = json!({ "type": "quickReplies", "itemsPerRow": 1, "replies": [] });
    for event in [
        json!({ "type": "RichContentEvent", "content": { "type": "text", "text": "a card" }, "quickReplies": replies }),
        json!({ "type": "ContentEvent", "message": "a text", "contentType": "text/plain", "quickReplies": replies }),
    ] {
        ada.publish(&id, event.clone()).await;
        let told = hook
            .change("the content", |change| {
                change["event"]["type"] == event["type"]
            })
            .await;
        assert_eq!(told["event"], event);
    }
}

#[tokio::test]
async fn metadata_comes_back_as_it_was_with_every_kind_of_event() {
    let hook = Hook::start().await;
    let (_sandbox, connector) = cloud(&hook).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let metadata =
        r#"[{"type":"Odd","n":1234567890123,"f":0.75,"u":"é\n","deep":{"z":null,"a":[]}}]"#;
    for event in [
        r#"{"type":"ContentEvent","contentType":"text/plain","message":"x"}"#,
        r#"{"type":"RichContentEvent","content":{"type":"text","text":"x"}}"#,
        r#"{"type":"AcceptStatusEvent","status":"ACTION","sequenceList":[0]}"#,
        r#"{"type":"ChatStateEvent","chatState":"PAUSE"}"#,
    ] {
        let request = format!(
            r#"{{"kind":"req","id":"1","type":"ms.PublishEvent","body":{{"dialogId":"{id}","event":{event}}},"metadata": {metadata} }}"#
        );
        assert_eq!(ada.send(request).await.status(), 200);
    }
    let seen = hook
        .wait_for("all of it", |seen| (seen.len() == 5).then(|| seen.to_vec()))
        .await;
    for one in &seen[1..] {
        let body = std::str::from_utf8(&one.body).unwrap();
        assert!(
            body.contains(&format!(r#""metadata":{metadata},"#)),
            "{body}"
        );
    }
}

#[tokio::test]
async fn the_last_client_properties_are_told() {
    let hook = Hook::start().await;
    let (_sandbox, connector) = cloud(&hook).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let request = json!({ "kind": "req", "id": "8", "type": "cm.UpdateConversationField",
        "body": { "conversationId": id, "conversationField": { "field": "TTRField", "ttrType": "URGENT" } } });
    let answer = connector
        .http
        .post(format!(
            "{}/api/account/{ACCOUNT}/messaging/consumer/conversation/send?v=3",
            connector.base
        ))
        .header("authorization", &connector.app_jwt)
        .header("x-lp-on-behalf", &ada.jws)
        .header(
            "client-properties",
            r#"{"type":".ClientProperties","features":["MULTI_DIALOG"]}"#,
        )
        .body(request.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
    let told = hook
        .change("the change", |change| {
            change["result"]["conversationDetails"]["ttr"]["ttrType"] == "URGENT"
        })
        .await;
    assert_eq!(
        told["result"]["conversationDetails"]["context"]["clientProperties"]["features"],
        json!(["MULTI_DIALOG"])
    );
}

#[tokio::test]
async fn an_agents_events_are_told_and_private_ones_can_be_kept() {
    for private_notes in [true, false] {
        let hook = Hook::start().await;
        let (sandbox, connector) = run(Settings {
            webhook: Some(hook.url()),
            private_notes,
            ..quick()
        })
        .await;
        let session = sandbox.open_session("Kim").await.unwrap();
        let api = session.api();
        let ada = connector.consumer("ada").await;
        let id = ada.open().await;
        let (conversation, dialog) = (
            ConversationId::from(id.as_str()),
            DialogId::from(id.as_str()),
        );
        api.accept_ring(&conversation).await.unwrap();
        api.publish(&dialog, Publication::text("Yes, two left."))
            .await
            .unwrap();
        let rich = Publication::Rich {
            content: json!({"type":"vertical","elements":[{"type":"text","text":"Pick one"},{"type":"button","title":"Blue","click":{"metadata":[{"type":"ExternalId","id":"btn-blue"}],"actions":[{"type":"publishText","text":"Blue"}]}}]}),
            quick_replies: Some(json!({"type":"quickReplies","itemsPerRow":4,"replies":[]})),
        };
        let message = Message {
            metadata: Some(json!([{"type":"ExternalId","id":"card-31"}]).into()),
            ..rich.into()
        };
        assert_eq!(api.publish(&dialog, message).await.unwrap(), 1);
        let note = Message {
            audience: Audience::AgentsAndManagers,
            ..Publication::text("between us").into()
        };
        assert_eq!(api.publish(&dialog, note).await.unwrap(), 2);
        assert_eq!(
            api.publish(&dialog, Publication::text("done"))
                .await
                .unwrap(),
            3
        );
        hook.change("the end", |change| text(change) == Some("done"))
            .await;
        let known = [
            ("$conversation", id.as_str()),
            ("$consumer", ada.id.as_str()),
            ("$agent", api.agent().as_str()),
        ];
        let numbered = |number: u64| {
            hook.seen()
                .into_iter()
                .find(|seen| seen.change()["sequence"] == number)
                .map(|seen| seen.json())
        };
        assert_like("hook_agent_content", &numbered(0).unwrap(), &known);
        assert_like("hook_rich_content", &numbered(1).unwrap(), &known);
        let note = numbered(2).map(|note| note["body"]["changes"][0]["messageAudience"].clone());
        let expected = private_notes.then(|| json!("AGENTS_AND_MANAGERS"));
        assert_eq!(note, expected);
    }
}

#[tokio::test]
async fn each_kind_goes_where_it_was_asked_for_with_the_headers_asked_for() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    let lost = ada.open().await;
    ada.say(&lost, "nobody listens yet").await;
    let endpoint = |path: &str| {
        let mut url = hook.url();
        url.set_path(path);
        std::sync::Arc::new(Endpoint {
            url,
            headers: vec![("X-Shop".to_owned(), "eu".to_owned())],
            max_retries: None,
        })
    };
    sandbox.set_webhooks(Webhooks {
        retention: None,
        endpoints: [
            (EventType::Content, endpoint("/text")),
            (EventType::ChatState, endpoint("/typing")),
        ]
        .into(),
    });
    let id = ada.open().await;
    ada.publish(
        &id,
        json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" }),
    )
    .await;
    ada.say(&id, "one").await;
    ada.publish(
        &id,
        json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": [7] }),
    )
    .await;
    ada.say(&id, "two").await;
    hook.change("the last", |change| text(change) == Some("two"))
        .await;
    let paths: Vec<_> = hook.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/typing", "/text", "/text"]);
    assert!(hook.seen().iter().all(|seen| seen.header("x-shop") == "eu"));
    sandbox.set_webhook(&hook.url());
    ada.close(&id).await;
    hook.change("the close", |change| change["type"] == "UPSERT")
        .await;
}
