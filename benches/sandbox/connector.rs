//! A connector as the benches need one: an AppJWT, consumers, and their conversations.

use std::time::Duration;

use serde_json::{Value, json};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
const WORDS: &str = "Is the blue one still in stock, or do I have to wait for it?";

/// One that holds an AppJWT.
pub(crate) struct Connector {
    http: reqwest::Client,
    base: String,
    account: String,
    app: String,
}

/// A consumer with a conversation.
pub(crate) struct Talk {
    /// The ConsumerJWS.
    pub(crate) token: String,
    /// The conversation and its dialog.
    pub(crate) id: String,
}

impl Connector {
    /// Gets an AppJWT from the sandbox at this address.
    pub(crate) async fn new(base: &str, account: &str, client: &str, secret: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let mut connector = Self {
            http,
            base: base.to_owned(),
            account: account.to_owned(),
            app: String::new(),
        };
        let path = format!(
            "/sentinel/api/account/{account}/app/token?v=1.0&grant_type=client_credentials"
        );
        let form = ("content-type", "application/x-www-form-urlencoded");
        let asked = format!("client_id={client}&client_secret={secret}");
        let token = connector.post(&path, &[form], asked).await;
        let app = token["access_token"].as_str().unwrap();
        app.clone_into(&mut connector.app);
        connector
    }

    /// The AppJWT.
    pub(crate) fn app(&self) -> &str {
        &self.app
    }

    /// Opens a conversation for a consumer of its own.
    pub(crate) async fn open(&self, consumer: usize) -> Talk {
        let account = &self.account;
        let json_body = ("content-type", "application/json");
        let app = ("authorization", self.app.as_str());
        let token = self
            .post(
                &format!("/api/account/{account}/consumer?v=1.0"),
                &[json_body, app],
                json!({ "ext_consumer_id": format!("consumer-{consumer}") }).to_string(),
            )
            .await;
        let token = token["token"].as_str().unwrap().to_owned();
        let opened = self
            .post(
                &format!("/api/account/{account}/messaging/consumer/conversation?v=3"),
                &[json_body, app, ("x-lp-on-behalf", &token)],
                json!([
                    { "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} },
                    { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
                      "body": { "brandId": account } },
                ])
                .to_string(),
            )
            .await;
        let id = opened[1]["body"]["conversationId"].as_str().unwrap();
        Talk {
            token,
            id: id.to_owned(),
        }
    }

    /// Says something in a conversation.
    pub(crate) async fn say(&self, talk: &Talk) {
        let account = &self.account;
        self.post(
            &format!("/api/account/{account}/messaging/consumer/conversation/send?v=3"),
            &[
                ("content-type", "application/json"),
                ("authorization", &self.app),
                ("x-lp-on-behalf", &talk.token),
            ],
            talk.saying(),
        )
        .await;
    }

    async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> Value {
        let mut request = self.http.post(format!("{}{path}", self.base)).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.json().await.unwrap()
    }
}

impl Talk {
    /// The body of a SEND that says something.
    pub(crate) fn saying(&self) -> String {
        json!({ "kind": "req", "id": "3", "type": "ms.PublishEvent", "body": {
            "dialogId": self.id,
            "event": { "type": "ContentEvent", "contentType": "text/plain", "message": WORDS },
        } })
        .to_string()
    }
}
