//! The sandbox's own API: what its document says, and what it does.

mod document;
mod schema;
mod snapshots;

use std::time::Duration;

use handset::{domain::secret::Secret, sandbox::Sandbox, sandbox::settings::Settings};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::sandbox::{
    hook::{Hook, text},
    rig::{Connector, quick, run},
};

/// Asks the API of a sandbox.
pub(in crate::sandbox) struct Control {
    http: Client,
    base: String,
    token: Secret,
}

impl Control {
    pub(in crate::sandbox) fn of(sandbox: &Sandbox) -> Self {
        let http = Client::builder()
            .no_proxy()
            .timeout(Duration::from_mins(2))
            .build()
            .unwrap();
        Self {
            http,
            base: format!("{}/sandbox/v1", sandbox.ready().csds),
            token: sandbox.ready().control,
        }
    }

    async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Response {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        request = request.bearer_auth(self.token.reveal());
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        request.send().await.unwrap()
    }

    pub(in crate::sandbox) async fn ask(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> (u16, Value) {
        let answer = self.send(method, path, body).await;
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// What must go well.
    pub(in crate::sandbox) async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.ask(method, path, Some(&body)).await;
        let went_well = (200..300).contains(&status);
        assert!(went_well, "{method} {path}: {status} {answer}");
        answer
    }
}

async fn started() -> (Sandbox, Connector, Hook, Control) {
    let hook = Hook::start().await;
    let (sandbox, connector) = run(Settings {
        webhook: Some(hook.url()),
        ..quick()
    })
    .await;
    let control = Control::of(&sandbox);
    (sandbox, connector, hook, control)
}

#[tokio::test]
async fn an_hour_and_a_minute_are_advanced_over_http() {
    let (_sandbox, connector, _hook, control) = started().await;
    let ada = connector.consumer("ada").await;
    let before = control.done("GET", "/clock", json!({})).await;
    let after = control
        .done("POST", "/clock/advance", json!({ "by": "61m" }))
        .await;
    let passed = after["now"].as_i64().unwrap() - before["now"].as_i64().unwrap();
    assert!((3_660_000..3_720_000).contains(&passed), "{passed}");
    assert_eq!(ada.conversation("[]").await.status(), 401);
    for wrong in ["", "61", "-1m", "0s", "11000000m", "4000d"] {
        let (status, _) = control
            .ask("POST", "/clock/advance", Some(&json!({ "by": wrong })))
            .await;
        assert_eq!(status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn a_token_that_is_set_is_the_one_that_is_asked_for() {
    let (sandbox, _) = run(Settings {
        control: Some(Secret::new("a-token-of-the-test")),
        ..quick()
    })
    .await;
    let control = Control::of(&sandbox);
    for (token, status) in [
        ("a-token-of-the-test", StatusCode::OK),
        ("another-of-the-test", StatusCode::FORBIDDEN),
    ] {
        let request = control.http.get(format!("{}/state", control.base));
        let answer = request.bearer_auth(token).send().await.unwrap();
        assert_eq!(answer.status(), status);
    }
}

#[tokio::test]
async fn requests_fail_as_they_are_told_to() {
    let (sandbox, connector, hook, control) = started().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    let say = json!({ "kind": "req", "id": "3", "type": "ms.PublishEvent", "body": { "dialogId": id,
        "event": { "type": "ContentEvent", "contentType": "text/plain", "message": "hello" } } });
    let fault =
        json!({ "on": "send", "do": "status", "status": 429, "retry_after": 7, "count": 1 });
    control.done("POST", "/faults", fault).await;
    let refused = ada.send(say.to_string()).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "7");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(
        (&body["code"], &body["type"]),
        (&json!(429), &json!(".ReqBody$ErrorResp"))
    );
    // Spent: the next one goes through.
    assert_eq!(ada.send(say.to_string()).await.status(), 200);
    // Another app install's is not hit.
    let other =
        json!({ "on": "send", "do": "drop", "app": "7c1b2f0e-0000-4d0c-9a87-0f6d1c2b7e41" });
    control.done("POST", "/faults", other).await;
    assert_eq!(ada.send(say.to_string()).await.status(), 200);
    let mine = json!({ "on": "send", "do": "drop", "done": true, "count": 1,
        "app": sandbox.ready().client_id });
    control.done("POST", "/faults", mine).await;
    let url = format!(
        "{}/api/account/{}/messaging/consumer/conversation/send?v=3",
        connector.base, connector.account
    );
    let lost = connector
        .http
        .post(url)
        .header("authorization", &connector.app_jwt);
    let lost = lost
        .header("x-lp-on-behalf", &ada.jws)
        .body(say.to_string());
    assert!(lost.send().await.is_err(), "closed without an answer");
    // It was done all the same: three texts were told.
    let told = |seen: &[crate::sandbox::hook::Seen]| {
        let all = seen.iter().map(crate::sandbox::hook::Seen::change);
        (all.filter(|change| text(change) == Some("hello")).count() == 3).then_some(())
    };
    hook.wait_for("three texts", told).await;
    let faults = control.done("GET", "/faults", json!({})).await;
    let fired: Vec<u64> = faults["faults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["fired"].as_u64().unwrap())
        .collect();
    assert_eq!(fired, [1, 0, 1]);
    assert_eq!(control.ask("DELETE", "/faults", None).await.1["cleared"], 3);
}

#[tokio::test]
async fn a_token_can_be_issued_expired() {
    let (sandbox, _connector, _hook, control) = started().await;
    let fault = json!({ "on": "token", "do": "expired", "count": 1,
        "app": sandbox.ready().client_id });
    control.done("POST", "/faults", fault).await;
    let ready = sandbox.ready();
    let secret = ready.client_secret.reveal();
    let fresh = || Connector::new(&ready.csds, "55512300", ready.client_id.as_str(), secret);
    let stale = fresh().await;
    let url = format!("{}/api/account/55512300/consumer?v=1.0", stale.base);
    let ask = |jwt: String| {
        let request = stale.http.post(&url).header("authorization", jwt);
        request.body(r#"{"ext_consumer_id":"ada"}"#).send()
    };
    assert_eq!(ask(stale.app_jwt.clone()).await.unwrap().status(), 401);
    assert_eq!(ask(fresh().await.app_jwt).await.unwrap().status(), 201);
}
