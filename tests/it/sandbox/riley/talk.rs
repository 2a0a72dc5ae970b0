//! A conversation with Riley for the tests to go on with.

use handset::sandbox::{
    Sandbox,
    settings::{Agent, Delays, Settings},
};
use serde_json::{Value, json};

use crate::sandbox::{
    hook::{Hook, text},
    rig::{Consumer, quick, run},
};

/// A conversation of Ada's with Riley, who has greeted.
pub(crate) struct Talk {
    pub(crate) hook: Hook,
    pub(crate) ada: Consumer,
    pub(crate) id: String,
    pub(crate) sandbox: Sandbox,
}

impl Talk {
    pub(crate) async fn start() -> Self {
        Self::with(quick().delays).await
    }

    pub(crate) async fn with(delays: Delays) -> Self {
        Self::of(Settings { delays, ..quick() }).await
    }

    pub(crate) async fn of(settings: Settings) -> Self {
        Self::on(&[], settings).await
    }

    /// On a device that can do this.
    pub(crate) async fn on(features: &[&str], settings: Settings) -> Self {
        let hook = Hook::start().await;
        let (sandbox, connector) = run(Settings {
            webhook: Some(hook.url()),
            agent: Agent::Riley,
            ..settings
        })
        .await;
        let ada = connector.consumer("ada").await.with(features);
        let id = ada.open().await;
        let talk = Self {
            hook,
            ada,
            id,
            sandbox,
        };
        talk.says("this is Riley").await;
        talk
    }

    pub(crate) async fn ask(&self, words: &str, answer: &str) -> Value {
        self.ada.say(&self.id, words).await;
        self.says(answer).await
    }

    pub(crate) async fn says(&self, words: &str) -> Value {
        let theirs = |change: &Value| change["originatorMetadata"]["role"] != "CONSUMER";
        self.hook
            .change(words, |change| {
                theirs(change) && text(change).is_some_and(|text| text.contains(words))
            })
            .await
    }

    /// The events of one answer, told briefly, from the consumer's message on.
    pub(crate) fn after(&self, words: &str) -> Vec<String> {
        let changes = self.hook.changes();
        let from = changes
            .iter()
            .position(|change| text(change) == Some(words))
            .unwrap();
        changes[from..].iter().map(brief).collect()
    }

    /// Tells that something with this metadata was clicked.
    pub(crate) async fn tap(&self, message: &Value, metadata: &Value) {
        let action = json!({ "kind": "req", "id": "21", "type": "ms.PublishEvent", "metadata": metadata,
            "body": { "dialogId": self.id, "event": { "type": "AcceptStatusEvent", "status": "ACTION",
                "sequenceList": [message["sequence"]] } } });
        assert_eq!(self.ada.send(action.to_string()).await.status(), 200);
    }

    /// Clicks something that writes this.
    pub(crate) async fn click(&self, message: &Value, metadata: &Value, words: &str) {
        self.tap(message, metadata).await;
        let text = json!({ "kind": "req", "id": "22", "type": "ms.PublishEvent", "metadata": metadata,
            "body": { "dialogId": self.id, "event": { "type": "ContentEvent", "contentType": "text/plain",
                "message": words } } });
        assert_eq!(self.ada.send(text.to_string()).await.status(), 200);
    }

    /// What the agents said so far.
    pub(crate) fn answers(&self) -> Vec<String> {
        self.hook
            .changes()
            .iter()
            .filter(|change| change["originatorMetadata"]["role"] == "ASSIGNED_AGENT")
            .filter_map(|change| text(change).map(ToOwned::to_owned))
            .collect()
    }

    /// The name of whoever did this.
    pub(crate) fn author(&self, change: &Value) -> &str {
        let found = self.sandbox.agents().iter();
        let mut found = found.filter(|(id, _)| change["originatorId"] == id.as_str());
        &found.next().unwrap().1
    }
}

/// A change in a word or two.
fn brief(change: &Value) -> String {
    let event = &change["event"];
    let what = match event["type"].as_str() {
        Some("AcceptStatusEvent") => format!("{} {}", event["status"], event["sequenceList"]),
        Some("ChatStateEvent") => event["chatState"].to_string(),
        Some("ContentEvent") => event["message"].to_string(),
        Some(other) => other.to_owned(),
        None => format!(
            "UPSERT {}",
            change["result"]["conversationDetails"]["stage"]
        ),
    };
    what.replace('"', "")
}
