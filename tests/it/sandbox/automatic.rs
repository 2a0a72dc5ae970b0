//! Automatic messages, and what becomes of metadata on every kind of event.

use handset::sandbox::{model::rules::Rules, settings::Settings};
use serde_json::{Value, json};

use crate::sandbox::{
    fixture::assert_like,
    hook::{Hook, text},
    rig::{quick, run},
};

fn is_controller(change: &Value) -> bool {
    change["originatorMetadata"]["role"] == "CONTROLLER"
}

#[tokio::test]
async fn whoever_wants_a_welcome_gets_it_with_the_first_word() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await.with(&["AUTO_MESSAGES"]);
    let id = ada.open().await;
    ada.say(&id, "hello").await;
    let welcome = hook.change("the welcome", is_controller).await;
    let controller = sandbox.agent_api("Acme").agent().to_string();
    assert_like(
        "hook_auto_message",
        &welcome,
        &[
            ("$controller", controller.as_str()),
            ("$conversation", id.as_str()),
        ],
    );
    ada.say(&id, "hello again").await;
    hook.change("the second word", |change| {
        text(change) == Some("hello again")
    })
    .await;
    let changes = hook.changes();
    let place = |is_it: &dyn Fn(&Value) -> bool| changes.iter().position(is_it).unwrap();
    let joined = place(&|change| {
        let people = &change["result"]["conversationDetails"]["participants"];
        people[0] == json!({ "id": controller, "role": "CONTROLLER" })
            && people[1]["role"] == "CONSUMER"
    });
    assert!(place(&|change| text(change) == Some("hello")) < joined);
    assert!(
        joined < place(&is_controller),
        "an UPSERT of its own comes first"
    );
    assert_eq!(
        changes
            .iter()
            .filter(|change| is_controller(change))
            .count(),
        1
    );
    let owed = changes.last().unwrap();
    assert_ne!(owed["result"]["effectiveTTR"], -1, "it answers nothing");
}

#[tokio::test]
async fn whoever_does_not_want_it_both_times_gets_none() {
    let hook = Hook::start().await;
    for (row, first, second, welcome) in [
        (
            "not with CONVERSATION",
            vec![],
            vec!["AUTO_MESSAGES"],
            Rules::default().welcome,
        ),
        (
            "not with SEND",
            vec!["AUTO_MESSAGES"],
            vec!["RICH_CONTENT"],
            Rules::default().welcome,
        ),
        (
            "none set up",
            vec!["AUTO_MESSAGES"],
            vec!["AUTO_MESSAGES"],
            Vec::new(),
        ),
    ] {
        let (_sandbox, connector) = run(Settings {
            webhook: Some(hook.url()),
            rules: Rules {
                welcome,
                ..Rules::default()
            },
            ..quick()
        })
        .await;
        let ada = connector.consumer("ada").await.with(&first);
        let id = ada.open().await;
        let ada = ada.with(&second);
        ada.say(&id, row).await;
        let ada = ada.with(&["AUTO_MESSAGES"]);
        let last = format!("{row}, at last");
        ada.say(&id, &last).await;
        hook.change(row, |change| text(change) == Some(last.as_str()))
            .await;
        assert!(!hook.changes().iter().any(is_controller), "{row}");
    }
}

#[tokio::test]
async fn metadata_comes_back_as_it_was_sent_with_every_event() {
    let hook = Hook::start().await;
    let (_sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let (_, upload) = ada
        .ask(
            "ms.GenerateURLForUploadFile",
            json!({ "fileSize": 3, "fileType": "PNG" }),
        )
        .await;
    let path = upload["body"]["relativePath"].as_str().unwrap();
    let query = format!(
        "temp_url_sig={}&temp_url_expires={}",
        upload["body"]["queryParams"]["temp_url_sig"]
            .as_str()
            .unwrap(),
        upload["body"]["queryParams"]["temp_url_expires"]
            .as_str()
            .unwrap()
    );
    let put = connector
        .http
        .put(format!("{}{path}?{query}", connector.base))
        .body("png");
    assert_eq!(put.send().await.unwrap().status(), 201);
    // Members in an order of their own and twice, types nobody knows, characters of all kinds,
    // numbers and escapes in spellings of their own, blanks.
    let odd = r#"[{"zeta":1.50,"type":"ExternalId","id":"Grüße ✓ \"\\ \u00e9\/","alpha":[null,true,-0.50,{}],"zeta":1E2},{"type": "Hologram" }]"#;
    let events = [
        json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "x" }),
        json!({ "type": "ContentEvent", "contentType": "hosted/file", "message": { "relativePath": path, "fileType": "PNG" } }),
        json!({ "type": "RichContentEvent", "content": { "type": "vertical", "elements": [] } }),
        json!({ "type": "AcceptStatusEvent", "status": "ACTION", "sequenceList": [0] }),
        json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" }),
    ];
    let mut expected = Vec::new();
    for event in &events {
        for metadata in [odd, "null", "[]", ""] {
            let metadata = match metadata {
                "" => String::new(),
                some => format!(r#","metadata":{some}"#),
            };
            let answer = ada
                .send(format!(
                    r#"{{"kind":"req","id":"1","type":"ms.PublishEvent","body":{{"dialogId":"{id}","event":{event}}}{metadata}}}"#
                ))
                .await;
            assert_eq!(answer.status(), 200, "{event} {metadata}");
            expected.push((event["type"].clone(), metadata));
        }
    }
    let came = hook
        .wait_for("all events", |seen| {
            let events: Vec<_> = seen
                .iter()
                .filter(|one| one.change()["event"].is_object())
                .cloned()
                .collect();
            (events.len() == expected.len()).then_some(events)
        })
        .await;
    for (one, (kind, metadata)) in came.iter().zip(&expected) {
        let body = String::from_utf8_lossy(&one.body);
        assert_eq!(one.change()["event"]["type"], *kind);
        assert_eq!(body.contains("metadata\":"), !metadata.is_empty(), "{body}");
        assert!(body.contains(metadata.as_str()), "{metadata} in {body}");
    }
}
