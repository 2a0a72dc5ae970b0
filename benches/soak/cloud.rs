//! The sandbox, its consumers over HTTP, and an agent with a session in it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, stream};
use handset::{
    domain::ids::{ConversationId, DialogId},
    sandbox::{
        Sandbox,
        agents::client::AgentNotification,
        model::{publication::Publication, roster, rules::Rules},
        settings::{Agent, Delays, Settings},
        start,
    },
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::endpoint::Endpoint;

/// Consumers of a day, each with several conversations.
const CONSUMERS: usize = 500;
/// Conversations under way at once.
const PARALLEL: usize = 48;
/// How long what is under way may take to settle.
const PATIENCE: Duration = Duration::from_secs(20);

/// A sandbox that lives through days.
pub(crate) struct Day {
    sandbox: Sandbox,
    session: JoinHandle<()>,
    client: Arc<Client>,
    /// How many conversations were begun.
    opened: usize,
}

struct Client {
    http: reqwest::Client,
    base: String,
    account: String,
    id: String,
    secret: String,
    token: String,
    requests: AtomicU64,
}

impl Day {
    /// Starts a sandbox with an agent who takes whatever rings and answers once.
    pub(crate) async fn begin(endpoint: &Endpoint) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let settings = Settings {
            seed: Some(7),
            agent: Agent::None,
            delays: Delays::none(),
            webhook: Some(endpoint.url.clone()),
            // Only a skill has a survey.
            rules: Rules {
                default_skill: Some(roster::SERVICE.id.into()),
                ..Rules::default()
            },
            ..Settings::default()
        };
        let sandbox = start(listener, settings).await.expect("a sandbox starts");
        let ready = sandbox.ready();
        let mut session = sandbox.open_session("Kim").await.expect("Kim logs in");
        let session = tokio::spawn(async move {
            while let Some(event) = session.next().await {
                if let AgentNotification::Ring { conversation, .. } = event {
                    // Closed meanwhile, or given to nobody: either way it is not taken.
                    let api = session.api();
                    if api.accept_ring(&conversation).await.is_ok() {
                        let hello = Publication::text("Hello, what can I do for you?");
                        let main = DialogId::from(conversation.as_str());
                        let _ = api.publish(&main, hello).await;
                    }
                }
            }
        });
        let client = Arc::new(Client {
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(PATIENCE)
                .build()
                .expect("a client can be made"),
            base: ready.csds.clone(),
            account: ready.account.to_string(),
            id: ready.client_id.to_string(),
            secret: ready.client_secret.reveal().to_owned(),
            token: ready.control.reveal().to_owned(),
            requests: AtomicU64::new(0),
        });
        Self {
            sandbox,
            session,
            client,
            opened: 0,
        }
    }

    /// Has so many conversations, then lets an hour pass.
    pub(crate) async fn hour(&mut self, conversations: usize) {
        let jwt = self.client.token().await;
        let first = self.opened;
        self.opened += conversations;
        let talks = stream::iter(first..first + conversations).map(|number| {
            let (client, jwt) = (self.client.clone(), jwt.clone());
            async move { client.talk(&jwt, number).await }
        });
        talks
            .buffer_unordered(PARALLEL)
            .for_each(|()| async {})
            .await;
        self.advance("1h").await;
    }

    /// Lets time pass.
    pub(crate) async fn advance(&self, by: &str) {
        let (status, answer) = self
            .client
            .control("POST", "/clock/advance", json!({ "by": by }))
            .await;
        assert_eq!(status, 200, "{answer}");
    }

    /// What is there that should not be, once everything has settled.
    pub(crate) async fn left_over(&self, conversations: usize) -> Vec<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (_, state) = self.client.control("GET", "/state", Value::Null).await;
            let mut faults = Vec::new();
            let mut expect = |what: &str, place: &str, wanted: usize| {
                let found = state.pointer(place).and_then(Value::as_u64);
                if found != u64::try_from(wanted).ok() {
                    faults.push(format!("{what}: {found:?} instead of {wanted}"));
                }
            };
            expect("conversations", "/conversations/all", conversations);
            expect("open conversations", "/conversations/open", 0);
            expect("running surveys", "/conversations/surveys", 0);
            expect("waiting conversations", "/waiting", 0);
            expect("undelivered notifications", "/installs/0/undelivered", 0);
            expect("consumers", "/consumers", CONSUMERS.min(conversations));
            if faults.is_empty() || Instant::now() > deadline {
                return faults;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Begins anew.
    pub(crate) async fn reset(&self) {
        let (status, answer) = self.client.control("POST", "/reset", json!({})).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// How many requests were made.
    pub(crate) fn requests(&self) -> u64 {
        self.client.requests.load(Ordering::SeqCst)
    }

    /// Stops the sandbox, and says whether that was in time.
    pub(crate) async fn end(self) -> bool {
        self.session.abort();
        self.sandbox.stop(Duration::from_secs(8)).await
    }
}

impl Client {
    async fn token(&self) -> String {
        let url = format!(
            "{}/sentinel/api/account/{}/app/token",
            self.base, self.account
        );
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}",
            self.id, self.secret
        );
        let answer = self.http.post(url).body(form).send().await;
        let answer: Value = answer.expect("it answers").json().await.expect("in JSON");
        let token = answer["access_token"].as_str();
        token.expect("there is a token").to_owned()
    }

    /// One conversation: opened, two texts, closed; every third survey is left unanswered, one is
    /// skipped, and the last is no survey at all.
    async fn talk(&self, jwt: &str, number: usize) {
        let external = format!("consumer-{}", number % CONSUMERS);
        let asked = json!({ "ext_consumer_id": external });
        let path = format!("/api/account/{}/consumer?v=1.0", self.account);
        let (_, token) = self.post(&path, jwt, None, &asked).await;
        let jws = token["token"]
            .as_str()
            .expect("there is a ConsumerJWS")
            .to_owned();
        let open = json!([
            { "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} },
            { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
              "body": { "brandId": self.account } }
        ]);
        let (_, opened) = self.messaging("", jwt, &jws, &open).await;
        let id = opened[1]["body"]["conversationId"]
            .as_str()
            .expect("it is opened")
            .to_owned();
        for text in [
            "Is the blue one in stock?",
            "And the green one? Ça serait génial 🎉",
        ] {
            let (status, answer) = self.messaging("/send", jwt, &jws, &say(&id, text)).await;
            assert_eq!(status, 200, "{answer}");
        }
        let whole = number % 3 == 2;
        let field = if whole {
            json!({ "field": "ConversationStateField", "conversationState": "CLOSE" })
        } else {
            json!({ "field": "DialogChange", "type": "UPDATE",
                "dialog": { "dialogId": id, "state": "CLOSE", "closedCause": "Closed by consumer" } })
        };
        let close = json!({ "kind": "req", "id": "4", "type": "cm.UpdateConversationField",
            "body": { "conversationId": id, "conversationField": field } });
        let (status, answer) = self.messaging("/send", jwt, &jws, &close).await;
        assert_eq!(status, 200, "{answer}");
        if number % 3 == 1 {
            let path = format!("/conversations/{}", ConversationId::from(id.as_str()));
            let (_, found) = self.control("GET", &path, Value::Null).await;
            let survey = found["dialogs"][1]["id"]
                .as_str()
                .expect("there is a survey")
                .to_owned();
            let (status, answer) = self
                .messaging("/send", jwt, &jws, &say(&survey, "skip"))
                .await;
            assert_eq!(status, 200, "{answer}");
        }
    }

    async fn messaging(&self, path: &str, jwt: &str, jws: &str, body: &Value) -> (u16, Value) {
        let account = &self.account;
        let path = format!("/api/account/{account}/messaging/consumer/conversation{path}?v=3");
        self.post(&path, jwt, Some(jws), body).await
    }

    async fn post(&self, path: &str, jwt: &str, jws: Option<&str>, body: &Value) -> (u16, Value) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let mut request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("authorization", jwt)
            .header(
                "client-properties",
                r#"{"type":".ClientProperties","features":["MULTI_DIALOG"]}"#,
            );
        if let Some(jws) = jws {
            request = request.header("x-lp-on-behalf", jws);
        }
        let answer = request
            .body(body.to_string())
            .send()
            .await
            .expect("it answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.expect("in JSON"))
    }

    async fn control(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let url = format!("{}/sandbox/v1{path}", self.base);
        let request = if method == "GET" {
            self.http.get(url)
        } else {
            let request = self.http.post(url).body(body.to_string());
            request.header("content-type", "application/json")
        };
        let request = request.bearer_auth(&self.token);
        let answer = request.send().await.expect("it answers");
        let status = answer.status().as_u16();
        (status, answer.json().await.expect("in JSON"))
    }
}

fn say(dialog: &str, text: &str) -> Value {
    json!({ "kind": "req", "id": "3", "type": "ms.PublishEvent", "body": { "dialogId": dialog,
        "event": { "type": "ContentEvent", "contentType": "text/plain", "message": text } } })
}
