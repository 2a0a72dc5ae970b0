//! The rows of `edge-cases` that a client sees in an answer, each by its name there.
//!
//! What a row changes beyond its answer, and files, have tests of their own.

use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox::rig::{ACCOUNT, Connector, Consumer, claims, quick, run};

/// A request of which everything can be wrong.
#[derive(Clone)]
struct Ask {
    method: Method,
    path: &'static str,
    query: &'static str,
    account: &'static str,
    app: Option<String>,
    jws: Option<String>,
    body: Vec<u8>,
}

impl Ask {
    fn send(ada: &Consumer, body: &Value) -> Self {
        Self {
            method: Method::POST,
            path: "conversation/send",
            query: "?v=3",
            account: ACCOUNT,
            app: Some(ada.connector.app_jwt.clone()),
            jws: Some(ada.jws.clone()),
            body: body.to_string().into_bytes(),
        }
    }

    fn conversation(ada: &Consumer, body: &Value) -> Self {
        Self {
            path: "conversation",
            ..Self::send(ada, body)
        }
    }

    /// The status and, if there is one, the error code.
    async fn on(self, connector: &Connector) -> (u16, u64, Value) {
        let mut request = connector.http.request(
            self.method,
            format!(
                "{}/api/account/{}/messaging/consumer/{}{}",
                connector.base, self.account, self.path, self.query
            ),
        );
        for (name, value) in [("authorization", self.app), ("x-lp-on-behalf", self.jws)] {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let answer = request.body(self.body).send().await.unwrap();
        let status = answer.status().as_u16();
        let body: Value =
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        let code = body["body"]["errorCode"].as_u64().unwrap_or(0);
        (status, code, body)
    }
}

async fn check(connector: &Connector, rows: Vec<(&str, Ask, (u16, u64))>) {
    for (row, ask, expected) in rows {
        let (status, code, body) = ask.on(connector).await;
        assert_eq!((status, code), expected, "{row}: {body}");
    }
}

fn request(kind: &str, body: &Value) -> Value {
    json!({ "kind": "req", "id": "5", "type": kind, "body": body })
}

fn say(dialog: &str) -> Value {
    event(
        dialog,
        &json!({ "type": "ContentEvent", "contentType": "text/plain", "message": "x" }),
    )
}

fn event(dialog: &str, event: &Value) -> Value {
    request(
        "ms.PublishEvent",
        &json!({ "dialogId": dialog, "event": event }),
    )
}

fn field(conversation: &str, field: &Value) -> Value {
    let body = json!({ "conversationId": conversation, "conversationField": field });
    request("cm.UpdateConversationField", &body)
}

fn batch(body: &Value) -> Value {
    json!([
        request("userprofile.SetUserProfile", &json!({})),
        request("cm.ConsumerRequestConversation", body)
    ])
}

fn close() -> Value {
    json!({ "field": "ConversationStateField", "conversationState": "CLOSE" })
}

#[tokio::test]
async fn section_1_tokens_and_identity() {
    let (_sandbox, connector) = run(quick()).await;
    let (ada, bob) = (
        connector.consumer("ada").await,
        connector.consumer("bob").await,
    );
    let id = ada.open().await;
    let good = Ask::send(&ada, &say(&id));
    let with = |app: Option<&str>, jws: Option<&str>| Ask {
        app: app.map(ToOwned::to_owned),
        jws: jws.map(ToOwned::to_owned),
        ..good.clone()
    };
    let (app, jws) = (connector.app_jwt.as_str(), ada.jws.as_str());
    let bearer = format!("Bearer {app}");
    assert!(claims(jws).get("exp").is_none(), "it never expires");
    check(
        &connector,
        vec![
            ("no Authorization", with(None, Some(jws)), (401, 40105)),
            (
                "AppJWT garbage",
                with(Some("x.y.z"), Some(jws)),
                (401, 40102),
            ),
            (
                "AppJWT of another account than the path",
                Ask {
                    account: "999",
                    ..good.clone()
                },
                (401, 40102),
            ),
            (
                "mandatory claim missing",
                with(Some(jws), Some(jws)),
                (400, 40001),
            ),
            ("no X-LP-ON-BEHALF", with(Some(app), None), (401, 40104)),
            (
                "ConsumerJWS garbage",
                with(Some(app), Some("x")),
                (401, 40103),
            ),
            ("both missing", with(None, None), (401, 40105)),
            (
                "consumer A uses conversation of B",
                Ask::send(&bob, &say(&id)),
                (401, 40103),
            ),
            ("Bearer prefix", with(Some(&bearer), Some(jws)), (200, 0)),
            (
                "v missing",
                Ask {
                    query: "",
                    ..good.clone()
                },
                (404, 0),
            ),
            (
                "v not 3",
                Ask {
                    query: "?v=2",
                    ..good.clone()
                },
                (404, 0),
            ),
            (
                "wrong HTTP method",
                Ask {
                    method: Method::PUT,
                    ..good.clone()
                },
                (405, 0),
            ),
            (
                "agent bearer used on the Send API",
                with(Some("0a1b2c3d4e5f"), Some(jws)),
                (401, 40102),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn section_2_malformed_requests() {
    let (_sandbox, connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let send = |body: &Value| Ask::send(&ada, body);
    let open = |body: &Value| Ask::conversation(&ada, body);
    let raw = |body: &[u8]| Ask {
        body: body.to_vec(),
        ..send(&json!({}))
    };
    let brand = json!({ "brandId": ACCOUNT });
    let but = |name: &str, value: Option<Value>| {
        let mut body = say(&id);
        match value {
            Some(value) => body[name] = value,
            None => drop(body.as_object_mut().unwrap().remove(name)),
        }
        send(&body)
    };
    let without_kind = but("kind", None);
    let other_kind = but("kind", Some(json!("notification")));
    let without_id = but("id", None);
    let whole_id = but("id", Some(json!(5)));
    let extra = but("extra", Some(json!({ "x": 1 })));
    let rate = |rate: Value, status: &str| {
        send(&field(
            &id,
            &json!({ "field": "CSATRate", "csatRate": rate, "status": status }),
        ))
    };
    let bad = (400, 40002);
    let fine = (200, 0);
    check(
        &connector,
        vec![
            ("invalid JSON", raw(b"{"), bad),
            ("CONVERSATION body is an object", open(&json!({})), bad),
            ("CONVERSATION has 1 element", open(&json!([request("userprofile.SetUserProfile", &json!({}))])), bad),
            ("SEND body is an array", send(&json!([say(&id)])), bad),
            ("wrong element order", {
                let mut turned = batch(&brand);
                turned.as_array_mut().unwrap().reverse();
                open(&turned)
            }, bad),
            ("brandId missing", open(&batch(&json!({}))), (400, 40001)),
            ("brandId differs from path", open(&batch(&json!({ "brandId": "1" }))), bad),
            ("skillId longer than 10 digits", open(&batch(&json!({ "brandId": ACCOUNT, "skillId": "12345678901" }))), bad),
            ("unknown skill", open(&batch(&json!({ "brandId": ACCOUNT, "skillId": "4711" }))), fine),
            ("unknown campaign", open(&batch(&json!({ "brandId": ACCOUNT, "campaignInfo": { "campaignId": 1, "engagementId": "2" } }))), fine),
            ("unknown type", send(&request("no.Such", &json!({}))), bad),
            ("unknown field", send(&field(&id, &json!({ "field": "Mood" }))), bad),
            ("unknown chatState", send(&event(&id, &json!({ "type": "ChatStateEvent", "chatState": "ASLEEP" }))), bad),
            ("unknown status", send(&event(&id, &json!({ "type": "AcceptStatusEvent", "status": "SEEN", "sequenceList": [0] }))), bad),
            ("unknown contentType", send(&event(&id, &json!({ "type": "ContentEvent", "contentType": "text/html", "message": "x" }))), bad),
            ("missing dialogId in PublishEvent", send(&request("ms.PublishEvent", &json!({ "event": {} }))), bad),
            ("missing dialogId in the third element", {
                let mut three = batch(&brand);
                let event = say("x")["body"]["event"].clone();
                three.as_array_mut().unwrap().push(request("ms.PublishEvent", &json!({ "event": event })));
                open(&three)
            }, fine),
            ("kind missing", without_kind, fine),
            ("kind different", other_kind, bad),
            ("id missing", without_id.clone(), bad),
            ("id empty", but("id", Some(json!(""))), bad),
            ("id of 64 characters", but("id", Some(json!("é".repeat(64)))), fine),
            ("id of 65 characters", but("id", Some(json!("é".repeat(65)))), bad),
            ("id integer", whole_id.clone(), fine),
            ("unknown extra members", extra, fine),
            ("csatRate outside 1-5", rate(json!(6), "FILLED"), bad),
            ("csatRate 0", rate(json!(0), "FILLED"), bad),
            ("csatRate with status SKIPPED", rate(json!(0), "SKIPPED"), fine),
            ("no csatRate with status SKIPPED", rate(Value::Null, "SKIPPED"), fine),
            ("csatRate with status PARTIALLY_FILLED", rate(json!(1), "PARTIALLY_FILLED"), fine),
            ("csatRate with status FILLED", rate(json!(5), "FILLED"), fine),
            ("TTR value negative", send(&field(&id, &json!({ "field": "TTRField", "ttrType": "CUSTOM", "value": -1 }))), bad),
            ("TTR value", send(&field(&id, &json!({ "field": "TTRField", "ttrType": "CUSTOM", "value": 0 }))), fine),
            ("UTF-8 BOM", raw(&[b"\xef\xbb\xbf", say(&id).to_string().as_bytes()].concat()), fine),
            ("invalid UTF-8", raw(b"{\"id\":\"\xff\"}"), bad),
            ("lone surrogate", raw(br#"{"id":"\ud800"}"#), bad),
            ("body very large", raw(&vec![b' '; 1024 * 1024 + 1]), (413, 41301)),
            ("unknown query parameters", Ask { query: "?v=3&x=1", ..send(&say(&id)) }, fine),
        ],
    )
    .await;
    let (_, _, answer) = without_id.on(&connector).await;
    assert_eq!(answer.get("reqId"), None, "id missing: no reqId");
    let (_, _, answer) = whole_id.on(&connector).await;
    assert_eq!(answer["reqId"], "5", "id integer: reqId a string");
}

#[tokio::test]
async fn section_3_conversation_lifetime() {
    let (_sandbox, connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let again = ada.open().await;
    assert_ne!(
        id, again,
        "second CONVERSATION while one is open: a parallel one"
    );
    let ask = |body: &Value| Ask::send(&ada, body);
    let rate = json!({ "field": "CSATRate", "csatRate": 4, "status": "FILLED" });
    let status = |status: &str| json!({ "type": "AcceptStatusEvent", "status": status, "sequenceList": [0] });
    check(
        &connector,
        vec![
            (
                "SEND to an unknown dialog",
                ask(&say("nowhere")),
                (400, 40003),
            ),
            (
                "SEND to an unknown conversation",
                ask(&field("nowhere", &close())),
                (400, 40003),
            ),
            ("CSAT before close", ask(&field(&id, &rate)), (200, 0)),
            ("close", ask(&field(&id, &close())), (200, 0)),
            ("close twice", ask(&field(&id, &close())), (400, 40004)),
            (
                "SEND to a closed conversation",
                ask(&say(&id)),
                (400, 40004),
            ),
            (
                "ACCEPT to a closed dialog",
                ask(&event(&id, &status("ACCEPT"))),
                (200, 0),
            ),
            (
                "READ to a closed dialog",
                ask(&event(&id, &status("READ"))),
                (200, 0),
            ),
            (
                "typing to a closed dialog",
                ask(&event(
                    &id,
                    &json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" }),
                )),
                (400, 40004),
            ),
            ("CSAT after close", ask(&field(&id, &rate)), (200, 0)),
            (
                "TTR after close",
                ask(&field(
                    &id,
                    &json!({ "field": "TTRField", "ttrType": "URGENT" }),
                )),
                (400, 40004),
            ),
            (
                "consumer writes after close",
                Ask::conversation(&ada, &batch(&json!({ "brandId": ACCOUNT }))),
                (200, 0),
            ),
        ],
    )
    .await;
}

#[tokio::test]
async fn section_4_sequences() {
    let (_sandbox, connector) = run(quick()).await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let typing = json!({ "type": "ChatStateEvent", "chatState": "COMPOSING" });
    let read = |list: Value| json!({ "type": "AcceptStatusEvent", "status": "READ", "sequenceList": list });
    let text = say(&id)["body"]["event"].clone();
    for (row, event, sequence) in [
        ("chat state before anything", &typing, 0),
        ("first event of a dialog", &text, 0),
        (
            "READ listing several or unknown numbers",
            &read(json!([0, 7, 99])),
            1,
        ),
        ("chat state between", &typing, 0),
        ("the same text sent twice", &text, 2),
        ("a gap by a receipt", &read(json!([2])), 3),
        ("after the gap", &text, 4),
    ] {
        assert_eq!(ada.publish(&id, event.clone()).await, sequence, "{row}");
    }
}
