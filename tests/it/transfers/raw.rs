//! Raw requests, and what tokens tell.

use handset::{
    client::Endpoint,
    domain::{
        exchange::{Exchange, Outcome},
        ids::{ConversationId, ExtConsumerId},
        retry::Problem,
    },
};
use serde_json::{Value, json};

use super::{Bench, caller, tag};
use crate::support::peer::{At, Reply};

#[tokio::test]
async fn a_raw_request_goes_out_byte_for_byte_and_once() {
    let mut bench = Bench::new().await;
    let wrong = "{ \"kind\":\"req\",, \"ü\r\n\u{0}";
    assert_eq!(bench.raw(wrong).await, Ok(200));
    let sent = &bench.peer.seen(At::Send)[0];
    assert_eq!(sent.body, wrong.as_bytes());
    assert!(sent.header("authorization").unwrap().starts_with("ey"));
    assert!(sent.header("x-lp-on-behalf").unwrap().starts_with("ey"));
    bench
        .client
        .raw(&caller(), Endpoint::Conversation, "".into(), tag())
        .await
        .unwrap();
    assert_eq!(bench.peer.seen(At::Open)[0].body, b"");

    // Nothing is repeated, not even after a 401.
    bench.peer.expire_app_tokens();
    let problem = bench.raw("{}").await.unwrap_err();
    assert!(
        matches!(&problem, Problem::Unauthorized { .. }),
        "{problem}"
    );
    assert_eq!(bench.peer.count(At::Send), 2);
    let purposes: Vec<String> = bench
        .reports()
        .into_iter()
        .filter(|report| report.purpose.starts_with("raw") && report.outcome.is_some())
        .map(|report| report.purpose)
        .collect();
    assert_eq!(purposes, ["raw SEND", "raw CONVERSATION", "raw SEND"]);
}

#[tokio::test]
async fn what_a_raw_request_brings_is_only_reported() {
    let mut bench = Bench::new().await;
    let ask = json!({
        "kind": "req", "id": 7, "type": "ms.GenerateURLForUploadFile",
        "body": { "fileSize": 5, "fileType": "PNG", "conversationId": "c-1" },
    });
    bench.raw(&ask.to_string()).await.unwrap();
    bench.peer.always(
        At::Send,
        Reply::Raw(500, String::new(), b"<h1>no</h1>".to_vec()),
    );
    bench.raw("{}").await.unwrap_err();
    let reports: Vec<Exchange> = bench
        .reports()
        .into_iter()
        .filter(|report| report.purpose.starts_with("raw") && report.outcome.is_some())
        .collect();
    assert_eq!(reports[0].purpose, "raw ms.GenerateURLForUploadFile");
    assert_eq!(reports[0].conversation, Some(ConversationId::from("c-1")));
    let body = |report: &Exchange| match &report.outcome {
        Some(Outcome::Answered { body, .. }) => body.clone(),
        other => panic!("{other:?}"),
    };
    let answer: Value = serde_json::from_slice(&body(&reports[0])).unwrap();
    assert_eq!(answer["body"]["queryParams"]["temp_url_sig"], "…");
    assert_eq!(
        answer["body"]["queryParams"]["temp_url_expires"],
        "1722500491"
    );
    // What is no JSON is what the tester wants to see.
    assert_eq!(body(&reports[1]), "<h1>no</h1>");
}

#[tokio::test]
async fn tokens_tell_what_they_say_and_not_what_makes_them_valid() {
    let bench = Bench::new().await;
    let mut tokens = bench.client.tokens();
    assert!(tokens.borrow().is_empty());
    bench.upload(b"bytes").await.unwrap();
    let known = tokens.borrow_and_update().clone();
    assert_eq!(known.len(), 2);
    assert_eq!(known[0].consumer, None);
    assert_eq!(known[0].content["header"]["alg"], "RS256");
    assert_eq!(known[0].content["claims"]["iss"], "Sentinel");
    assert!(known[0].until.is_some());
    assert_eq!(known[1].consumer, Some(ExtConsumerId::from("crm-40417")));
    assert_eq!(known[1].content["claims"]["ext_consumer_id"], "crm-40417");
    assert_eq!(known[1].until, None);
    assert!(!format!("{known:?}").contains("c2lnbmF0dXJl"));

    // A new one takes the place of the old one, and an opaque one says nothing.
    bench
        .peer
        .always(At::Consumer, Reply::Json(201, json!({ "token": "opaque" })));
    bench.peer.expire_consumer_tokens();
    bench.upload(b"bytes").await.unwrap_err();
    let known = tokens.borrow_and_update().clone();
    assert_eq!(known.len(), 2);
    let consumer = known.iter().find(|token| token.consumer.is_some()).unwrap();
    assert_eq!(consumer.content, Value::Null);
}
