//! An admin at the app-install API, in plain HTTP as the demo speaks it.

use handset::sandbox::Sandbox;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::sandbox::{
    hook::Hook,
    login::Agent,
    rig::{Connector, Process},
};

pub(crate) const EVENTS: [&str; 5] = [
    "ms.MessagingEventNotification.ContentEvent",
    "ms.MessagingEventNotification.RichContentEvent",
    "ms.MessagingEventNotification.AcceptStatusEvent",
    "ms.MessagingEventNotification.ChatStateEvent",
    "cqm.ExConversationChangeNotification",
];

/// Somebody with a bearer who speaks with the app-install API.
#[derive(Debug, Clone)]
pub(crate) struct Admin {
    pub(crate) connector: Connector,
    pub(crate) bearer: String,
}

/// A record with its revision.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) record: Value,
    pub(crate) revision: String,
}

impl Admin {
    pub(crate) async fn enter(sandbox: &Sandbox, connector: &Connector, name: &str) -> Self {
        let ready = sandbox.ready();
        let user = ready.agents.iter().find(|user| user.username == name);
        let agent = Agent::enter(connector, name, user.unwrap().password.reveal()).await;
        Self {
            connector: connector.clone(),
            bearer: agent.bearer,
        }
    }

    pub(crate) async fn of(process: &Process) -> Self {
        let agents = process.ready["agents"].as_array().unwrap();
        let morgan = agents.iter().find(|one| one["username"] == "morgan");
        let password = morgan.unwrap()["password"].as_str().unwrap();
        let connector = process.connector().await;
        let agent = Agent::enter(&connector, "morgan", password).await;
        Self {
            connector,
            bearer: agent.bearer,
        }
    }

    pub(crate) async fn ask(
        &self,
        method: Method,
        id: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Response {
        let Connector {
            http,
            base,
            account,
            ..
        } = &self.connector;
        let slash = if id.is_empty() { "" } else { "/" };
        let mut request = http
            .request(
                method,
                format!("{base}/api/account/{account}/configuration/app-install/installations{slash}{id}?v=1.0"),
            )
            .header("authorization", format!("Bearer {}", self.bearer));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        request.send().await.unwrap()
    }

    pub(crate) async fn list(&self) -> Vec<Value> {
        let answer = self.ask(Method::GET, "", &[], None).await;
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    pub(crate) async fn get(&self, id: &str) -> Found {
        found(self.ask(Method::GET, id, &[], None).await).await
    }

    pub(crate) async fn create(&self, manifest: &Value) -> Found {
        let answer = self.ask(Method::POST, "", &[], Some(manifest)).await;
        assert_eq!(answer.status(), 201);
        found(answer).await
    }

    pub(crate) async fn put(&self, id: &str, revision: &str, record: &Value) -> Response {
        let headers = [("if-match", revision), ("x-http-method-override", "PUT")];
        self.ask(Method::PUT, id, &headers, Some(record)).await
    }

    /// Changes a record as the demo does: reads it, and writes it whole.
    pub(crate) async fn change(&self, id: &str, change: impl FnOnce(&mut Value)) -> Found {
        let Found {
            mut record,
            revision,
        } = self.get(id).await;
        change(&mut record);
        let answer = self.put(id, &revision, &record).await;
        assert_eq!(answer.status(), 200);
        found(answer).await
    }
}

async fn found(answer: Response) -> Found {
    assert!(answer.status().is_success());
    let revision = answer.headers()["ac-revision"].to_str().unwrap().to_owned();
    Found {
        record: answer.json().await.unwrap(),
        revision,
    }
}

/// All five kinds of event at one address.
pub(crate) fn all_at(hook: &Hook) -> Value {
    let url = hook.url();
    let mut webhooks = json!({ "retry": { "retention_time": 3600 } });
    for event in EVENTS {
        webhooks[event] = json!({ "endpoint": url.as_str() });
    }
    webhooks
}

/// A record with a name, at this endpoint.
pub(crate) fn manifest(name: &str, hook: &Hook) -> Value {
    json!({
        "client_name": name, "description": "Web shop connector", "grant_types": ["client_credentials"],
        "scope": "msg.consumer", "logo_uri": "logo.png", "enabled": true,
        "capabilities": { "webhooks": all_at(hook), "broadcast": { "enabled": false } },
        "a_later_field": { "kept": [1, null] },
    })
}
