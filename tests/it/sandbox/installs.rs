//! App installs: made, changed, switched off and taken away over HTTP, with what follows for
//! tokens and notifications.

use aws_lc_rs::hmac;
use handset::sandbox::{Sandbox, Standing, settings::Settings};
use reqwest::Method;
use serde_json::{Value, json};

use crate::sandbox::{
    admin::{Admin, EVENTS, Found, manifest},
    hook::{Hook, signature, text, until},
    rig::{CLIENT, Connector, SECRET, quick, run},
};

async fn connector_of(sandbox: &Sandbox, record: &Value) -> Connector {
    let ready = sandbox.ready();
    let text = |name: &str| record[name].as_str().unwrap().to_owned();
    let (client, secret) = (text("client_id"), text("client_secret"));
    Connector::new(&ready.csds, ready.account.as_str(), &client, &secret).await
}

/// Asks for an AppJWT, and answers the status and the body.
pub(crate) async fn token(connector: &Connector, client: &str, secret: &str) -> (u16, Value) {
    let Connector {
        http,
        base,
        account,
        ..
    } = connector;
    let url = format!(
        "{base}/sentinel/api/account/{account}/app/token?v=1.0&grant_type=client_credentials\
         &client_id={client}&client_secret={secret}"
    );
    let answer = http.post(url).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

fn said(hook: &Hook) -> Vec<String> {
    let texts = hook.changes();
    texts.iter().filter_map(text).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_first_app_install_is_there_and_points_where_it_was_asked_to() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let admin = Admin::enter(&sandbox, &connector, "morgan").await;
    let all = admin.list().await;
    assert_eq!(all.len(), 1);
    let Found { record, .. } = admin.get(CLIENT).await;
    assert_eq!(all[0], record);
    assert_eq!(record["client_name"], "handset sandbox");
    assert_eq!(
        (&record["id"], &record["client_id"]),
        (&json!(CLIENT), &json!(CLIENT))
    );
    assert_eq!(record["client_secret"], SECRET);
    assert_eq!(
        (&record["enabled"], &record["deleted"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(record["scope"], "msg.consumer");
    assert!(record["client_id_issued_at"].as_i64().unwrap() > 1_700_000_000);
    let webhooks = &record["capabilities"]["webhooks"];
    assert_eq!(webhooks["retry"]["retention_time"], 86400);
    for event in EVENTS {
        assert_eq!(webhooks[event]["endpoint"], hook.url().as_str());
    }
    let other = Hook::start().await;
    sandbox.set_webhook(&other.url());
    let moved = admin.get(CLIENT).await.record;
    assert_eq!(
        moved["capabilities"]["webhooks"][EVENTS[0]]["endpoint"],
        other.url().as_str()
    );
}

#[tokio::test]
async fn only_an_admin_with_a_session_sees_or_changes_anything() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(quick()).await;
    let mut nobody = Admin {
        connector: connector.clone(),
        bearer: "0".repeat(32),
    };
    let sam = Admin::enter(&sandbox, &connector, "sam").await;
    let body = manifest("x", &hook);
    for (who, status) in [(&nobody, 401), (&sam, 403)] {
        for (method, id) in [
            (Method::GET, ""),
            (Method::POST, ""),
            (Method::GET, CLIENT),
            (Method::PUT, CLIENT),
            (Method::DELETE, CLIENT),
        ] {
            let answer = who.ask(method, id, &[("if-match", "1")], Some(&body)).await;
            assert_eq!(answer.status(), status);
            let answer = answer.text().await.unwrap();
            assert!(
                answer.contains("\"error\"") && !answer.contains(SECRET),
                "{answer}"
            );
        }
    }
    let morgan = Admin::enter(&sandbox, &connector, "morgan").await;
    assert_eq!(morgan.list().await.len(), 1);
    nobody.bearer.clone_from(&morgan.bearer);
    nobody.connector.account = "999".to_owned();
    assert_eq!(nobody.ask(Method::GET, "", &[], None).await.status(), 401);
    sandbox.log_out_all();
    assert_eq!(morgan.ask(Method::GET, "", &[], None).await.status(), 401);
}

#[tokio::test]
async fn each_app_install_is_told_of_its_own_conversations_with_its_own_signature() {
    let (first, second) = (Hook::start().await, Hook::start().await);
    let (sandbox, mine) = run(Settings {
        webhook: Some(first.url()),
        ..quick()
    })
    .await;
    let admin = Admin::enter(&sandbox, &mine, "morgan").await;
    let made = admin.create(&manifest("Shop bridge", &second)).await.record;
    assert_eq!(
        (&made["id"], &made["a_later_field"]),
        (&made["client_id"], &json!({ "kept": [1, null] }))
    );
    assert_eq!(admin.list().await.len(), 2);
    let theirs = connector_of(&sandbox, &made).await;
    // The same person, by two connectors.
    let (ada, eda) = (mine.consumer("ada").await, theirs.consumer("ada").await);
    assert_eq!(ada.id, eda.id);
    let (one, other) = (ada.open().await, eda.open().await);
    ada.say(&one, "to mine").await;
    eda.say(&other, "to theirs").await;
    first
        .change("mine", |change| text(change) == Some("to mine"))
        .await;
    second
        .change("theirs", |change| text(change) == Some("to theirs"))
        .await;
    until("all are taken", || sandbox.standing() == (Standing::Up, 0)).await;
    assert_eq!(
        (said(&first), said(&second)),
        (vec!["to mine".to_owned()], vec!["to theirs".to_owned()])
    );
    for (hook, record) in [(&first, &admin.get(CLIENT).await.record), (&second, &made)] {
        let secret = record["client_secret"].as_str().unwrap();
        for seen in hook.seen() {
            assert_eq!(seen.header("x-liveperson-client-id"), record["id"]);
            let algorithm = hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY;
            let expected = signature(algorithm, "sha1=", secret, &seen.body);
            assert_eq!(seen.header("x-liveperson-signature"), expected);
        }
    }
    // One that fails holds up nobody else.
    second.answer_with(503);
    eda.say(&other, "later").await;
    ada.say(&one, "now").await;
    first
        .change("what does not wait", |change| text(change) == Some("now"))
        .await;
    second.answer_with(200);
    second
        .change("what waited", |change| text(change) == Some("later"))
        .await;
}

#[tokio::test]
async fn a_write_takes_effect_at_once_and_only_on_what_was_read() {
    let (old, new, rest) = (
        Hook::start().await,
        Hook::start().await,
        Hook::start().await,
    );
    let (sandbox, connector) = run(Settings {
        webhook: Some(old.url()),
        ..quick()
    })
    .await;
    let admin = Admin::enter(&sandbox, &connector, "morgan").await;
    let before = admin.get(CLIENT).await;
    let after = admin
        .change(CLIENT, |record| {
            record["capabilities"]["webhooks"] = json!({
                "retry": { "retention_time": 60, "a_later_field": true },
                EVENTS[0]: { "endpoint": new.url().as_str(), "max_retries": 3,
                    "headers": [{ "header_name": "X-Shop", "header_value": "eu" }] },
                "ms.MessagingEventNotification.ExConversationChangeNotification": { "endpoint": rest.url().as_str() },
                "later.Event": { "endpoint": 7 },
            });
            record["client_secret"] = json!("mine now");
            record["deleted"] = json!(true);
        })
        .await;
    assert_ne!(after.revision, before.revision);
    assert_eq!(
        after.record["capabilities"]["webhooks"]["later.Event"]["endpoint"],
        7
    );
    assert_eq!(
        after.record["client_secret"], SECRET,
        "that is not the owner's to write"
    );
    assert_eq!(after.record["deleted"], false);
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "hello").await;
    let seen = new.wait_for("the text", |seen| seen.first().cloned()).await;
    assert_eq!(seen.header("x-shop"), "eu");
    rest.change("the conversation", |change| {
        change["result"]["convId"] == id.as_str()
    })
    .await;
    assert!(old.seen().is_empty());

    for revision in [
        Some(before.revision.as_str()),
        Some("99"),
        Some("*"),
        Some("x"),
        None,
    ] {
        for method in [Method::PUT, Method::DELETE] {
            let headers: Vec<_> = revision
                .map(|revision| ("if-match", revision))
                .into_iter()
                .collect();
            let answer = admin
                .ask(method, CLIENT, &headers, Some(&before.record))
                .await;
            assert_eq!(answer.status(), 412, "{revision:?}");
        }
    }
    assert_eq!(admin.get(CLIENT).await.record, after.record);
    // A POST that says it is a PUT, and a revision in quotes.
    let quoted = format!("\"{}\"", after.revision);
    let headers = [
        ("if-match", quoted.as_str()),
        ("x-http-method-override", "put"),
    ];
    let answer = admin
        .ask(Method::POST, CLIENT, &headers, Some(&before.record))
        .await;
    assert_eq!(answer.status(), 200);
    assert_eq!(admin.get(CLIENT).await.record, before.record);
}

#[tokio::test]
async fn what_is_not_a_manifest_is_refused() {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(quick()).await;
    let admin = Admin::enter(&sandbox, &connector, "morgan").await;
    let good = manifest("Shop bridge", &hook);
    let kept = admin.create(&good).await;
    let with = |pointer: &str, value: Value| {
        let mut record = manifest("Another", &hook);
        match record.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => record[pointer.trim_start_matches('/')] = value,
        }
        record
    };
    let hooks = |value: Value| with("/capabilities/webhooks", value);
    let endpoint = |value: Value| hooks(json!({ EVENTS[0]: value }));
    let url = "https://shop.test/in";
    let header = |name: &str, value: &str| {
        let headers = json!([{ "header_name": name, "header_value": value }]);
        endpoint(json!({ "endpoint": url, "headers": headers }))
    };
    let bad = [
        json!([]),
        good.clone(),
        with("/client_name", json!("")),
        with("/client_name", json!("x".repeat(129))),
        with("/description", json!("x".repeat(257))),
        with("/logo_uri", json!("x".repeat(1025))),
        with("/scope", json!(["msg.consumer"])),
        with("/enabled", json!("yes")),
        with("/grant_types", json!(["password"])),
        with("/capabilities", json!([])),
        hooks(json!({ "retry": { "retention_time": 1 } })),
        hooks(json!({ "retry": { "retention_time": 259_201 } })),
        hooks(json!({ "retry": { "retention_time": "60" } })),
        endpoint(json!({ "endpoint": "http://shop.test/in" })),
        endpoint(json!({ "endpoint": "shop.test" })),
        endpoint(json!({})),
        endpoint(json!({ "endpoint": url, "max_retries": 6 })),
        endpoint(json!({ "endpoint": url, "max_retries": -1 })),
        header("X Shop", "eu"),
        header("X-Shop", "e\nu"),
        header("Content-Length", "1"),
    ];
    for record in &bad {
        let answer = admin.ask(Method::POST, "", &[], Some(record)).await;
        assert_eq!(answer.status(), 400, "{record}");
        let answer: Value = answer.json().await.unwrap();
        assert!(!answer["error"]["message"].as_str().unwrap().is_empty());
    }
    let answer = admin.put(CLIENT, "1", &good).await;
    assert_eq!(answer.status(), 400, "the name is another's");
    let answer = admin.put(CLIENT, "1", &kept.record).await;
    assert_eq!(answer.status(), 400, "the id is another's");
    assert_eq!(admin.put("nobody", "1", &good).await.status(), 404);
    for method in [Method::GET, Method::DELETE] {
        let answer = admin
            .ask(method, "nobody", &[("if-match", "1")], None)
            .await;
        assert_eq!(answer.status(), 404);
    }
    let answer = admin.ask(Method::PATCH, CLIENT, &[], None).await;
    assert_eq!(answer.status(), 405);
    let long = with("/later", json!("x".repeat(300 * 1024)));
    assert_eq!(
        admin.ask(Method::POST, "", &[], Some(&long)).await.status(),
        413
    );
    assert_eq!(admin.list().await.len(), 2, "nothing of that was made");
    let same = admin
        .put(
            kept.record["id"].as_str().unwrap(),
            &kept.revision,
            &kept.record,
        )
        .await;
    assert_eq!(same.status(), 200, "its own name is not taken");
}

#[tokio::test]
async fn one_switched_off_or_gone_gets_no_token_and_no_notification() {
    let (first, second) = (Hook::start().await, Hook::start().await);
    let (sandbox, connector) = run(Settings {
        webhook: Some(first.url()),
        ..quick()
    })
    .await;
    let admin = Admin::enter(&sandbox, &connector, "morgan").await;
    let made = admin.create(&manifest("Shop bridge", &second)).await.record;
    let theirs = connector_of(&sandbox, &made).await;
    let eda = theirs.consumer("eda").await;
    let other = eda.open().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    first
        .change("the opening", |change| {
            change["result"]["convId"] == id.as_str()
        })
        .await;

    admin
        .change(CLIENT, |record| record["enabled"] = json!(false))
        .await;
    let refused = (401, json!({ "error": "invalid_client" }));
    assert_eq!(token(&connector, CLIENT, SECRET).await, refused);
    ada.say(&id, "unheard").await;
    admin
        .change(CLIENT, |record| record["enabled"] = json!(true))
        .await;
    assert_eq!(token(&connector, CLIENT, SECRET).await.0, 200);
    ada.say(&id, "heard").await;
    first
        .change("what comes again", |change| text(change) == Some("heard"))
        .await;
    assert_eq!(said(&first), ["heard"]);

    second.answer_with(503);
    eda.say(&other, "never").await;
    let client = made["id"].as_str().unwrap();
    let Found { revision, .. } = admin.get(client).await;
    let answer = admin
        .ask(Method::DELETE, client, &[("if-match", &revision)], None)
        .await;
    assert!(answer.status().is_success());
    let secret = made["client_secret"].as_str().unwrap();
    assert_eq!(token(&connector, client, secret).await, refused);
    second.answer_with(200);
    eda.say(&other, "after the end").await;
    ada.say(&id, "still here").await;
    first
        .change("the other's", |change| text(change) == Some("still here"))
        .await;
    assert!(
        second
            .seen()
            .iter()
            .all(|seen| seen.status == 503 || seen.change().get("result").is_some())
    );
    assert_eq!(admin.list().await.len(), 1);
    assert_eq!(
        admin.ask(Method::GET, client, &[], None).await.status(),
        404
    );
    // Its name is free again.
    admin.create(&manifest("Shop bridge", &second)).await;
}
