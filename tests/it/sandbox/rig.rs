//! A running sandbox, in this process or in one of its own, and a connector of the test's.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use handset::{
    domain::{
        ids::{AccountId, ClientId},
        secret::Secret,
    },
    sandbox::{
        Sandbox,
        settings::{Agent, Delays, Retry, Settings},
        start,
    },
};
use reqwest::{Response, redirect::Policy};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpListener,
    process::{Child, Command},
    time::timeout,
};

pub(crate) const ACCOUNT: &str = "55512300";
/// The skill whose conversations end with a survey.
pub(crate) const SERVICE: &str = "3300120015";
pub(crate) const CLIENT: &str = "7c1b2f0e-3a55-4d0c-9a87-0f6d1c2b7e41";
pub(crate) const SECRET: &str = "k4v9s0m2example7secret1";

/// Settings of a sandbox that wastes no time.
pub(crate) fn quick() -> Settings {
    Settings {
        account: Some(AccountId::from(ACCOUNT)),
        client_id: Some(ClientId::from(CLIENT)),
        client_secret: Some(Secret::new(SECRET)),
        seed: Some(7),
        agent: Agent::None,
        delays: Delays::none(),
        retry: Retry {
            first_gap: Duration::from_millis(40),
            longest_gap: Duration::from_millis(80),
            number_gap: Duration::from_millis(60),
            ..Retry::default()
        },
        ..Settings::default()
    }
}

/// The same with this agent.
pub(crate) fn quick_with(agent: Agent) -> Settings {
    Settings { agent, ..quick() }
}

/// Starts a sandbox in this process.
pub(crate) async fn run(settings: Settings) -> (Sandbox, Connector) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = start(listener, settings).await.unwrap();
    let ready = sandbox.ready();
    let connector = Connector::new(
        &ready.csds,
        ready.account.as_str(),
        ready.client_id.as_str(),
        ready.client_secret.reveal(),
    )
    .await;
    (sandbox, connector)
}

/// A connector with an AppJWT, written out in plain HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    pub(crate) http: reqwest::Client,
    pub(crate) base: String,
    pub(crate) account: String,
    pub(crate) app_jwt: String,
}

impl Connector {
    /// Asks for an AppJWT.
    pub(crate) async fn new(base: &str, account: &str, client: &str, secret: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .tls_certs_only([])
            .timeout(Duration::from_mins(2))
            .build()
            .unwrap();
        let answer = http
            .post(format!(
                "{base}/sentinel/api/account/{account}/app/token?v=1.0&grant_type=client_credentials"
            ))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("client_id={client}&client_secret={secret}"))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200);
        let token: Value = answer.json().await.unwrap();
        Self {
            http,
            base: base.to_owned(),
            account: account.to_owned(),
            app_jwt: token["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// The same connector, going another way.
    pub(crate) fn over(mut self, http: reqwest::Client, base: &str) -> Self {
        self.http = http;
        base.clone_into(&mut self.base);
        self
    }

    /// Where the listener is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.base.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// A ConsumerJWS.
    pub(crate) async fn consumer(&self, external: &str) -> Consumer {
        let answer = self
            .http
            .post(format!(
                "{}/api/account/{}/consumer?v=1.0",
                self.base, self.account
            ))
            .header("content-type", "application/json")
            .header("authorization", &self.app_jwt)
            .body(json!({ "ext_consumer_id": external }).to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        let token: Value = answer.json().await.unwrap();
        let jws = token["token"].as_str().unwrap().to_owned();
        let id = claims(&jws)["lp_consumer_id"].as_str().unwrap().to_owned();
        Consumer {
            connector: self.clone(),
            jws,
            id,
            properties: None,
        }
    }
}

/// A consumer of the connector's.
#[derive(Debug, Clone)]
pub(crate) struct Consumer {
    pub(crate) connector: Connector,
    pub(crate) jws: String,
    pub(crate) id: String,
    /// Its client properties, sent with every request.
    pub(crate) properties: Option<String>,
}

impl Consumer {
    /// The consumer on a device that can do this.
    pub(crate) fn with(mut self, features: &[&str]) -> Self {
        let properties = json!({ "type": ".ClientProperties", "features": features });
        self.properties = Some(properties.to_string());
        self
    }

    /// The same consumer with the same tokens, at a later run of the sandbox.
    pub(crate) fn at(&self, process: &Process) -> Self {
        let mut moved = self.clone();
        process.ready["csds"]
            .as_str()
            .unwrap()
            .clone_into(&mut moved.connector.base);
        moved
    }

    /// Posts a body to CONVERSATION.
    pub(crate) async fn conversation(&self, body: impl Into<String>) -> Response {
        self.post("conversation?v=3", body.into()).await
    }

    /// Posts a body to SEND.
    pub(crate) async fn send(&self, body: impl Into<String>) -> Response {
        self.post("conversation/send?v=3", body.into()).await
    }

    /// Begins a conversation that asks for nothing.
    pub(crate) async fn open(&self) -> String {
        self.open_with(json!({ "brandId": self.connector.account }))
            .await
    }

    /// Begins a conversation of the skill that has a survey.
    pub(crate) async fn open_service(&self) -> String {
        let asked = json!({ "brandId": self.connector.account, "skillId": SERVICE });
        self.open_with(asked).await
    }

    /// Begins a conversation that asks for this.
    pub(crate) async fn open_with(&self, asked: Value) -> String {
        let profile =
            json!({ "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} });
        let open = json!({ "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
            "body": asked });
        let answer = self.conversation(json!([profile, open]).to_string()).await;
        assert_eq!(answer.status(), 200);
        let answer: Value = answer.json().await.unwrap();
        answer[1]["body"]["conversationId"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Publishes an event, and answers its sequence.
    pub(crate) async fn publish(&self, dialog: &str, event: Value) -> u64 {
        let request = json!({ "kind": "req", "id": "3", "type": "ms.PublishEvent",
            "body": { "dialogId": dialog, "event": event } });
        let answer = self.send(request.to_string()).await;
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["body"]["sequence"].as_u64().unwrap()
    }

    /// Publishes an event with metadata, and answers its sequence.
    pub(crate) async fn publish_with(&self, dialog: &str, event: Value, metadata: Value) -> u64 {
        let request = json!({ "kind": "req", "id": "3", "type": "ms.PublishEvent",
            "body": { "dialogId": dialog, "event": event }, "metadata": metadata });
        let answer = self.send(request.to_string()).await;
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{answer}");
        answer["body"]["sequence"].as_u64().unwrap()
    }

    /// Publishes text, and answers its sequence.
    pub(crate) async fn say(&self, dialog: &str, text: &str) -> u64 {
        let event = json!({ "type": "ContentEvent", "contentType": "text/plain", "message": text });
        self.publish(dialog, event).await
    }

    /// Changes a field of the conversation.
    pub(crate) async fn update(&self, conversation: &str, field: Value) -> Response {
        let request = json!({ "kind": "req", "id": "8", "type": "cm.UpdateConversationField",
            "body": { "conversationId": conversation, "conversationField": field } });
        self.send(request.to_string()).await
    }

    /// Sends one request, and answers the status and the body of the answer.
    pub(crate) async fn ask(&self, kind: &str, body: Value) -> (u16, Value) {
        let request = json!({ "kind": "req", "id": "9", "type": kind, "body": body });
        let answer = self.send(request.to_string()).await;
        (answer.status().as_u16(), answer.json().await.unwrap())
    }

    /// Closes the conversation.
    pub(crate) async fn close(&self, conversation: &str) {
        let field = json!({ "field": "ConversationStateField", "conversationState": "CLOSE" });
        assert_eq!(self.update(conversation, field).await.status(), 200);
    }

    async fn post(&self, path: &str, body: String) -> Response {
        let Connector {
            http,
            base,
            account,
            app_jwt,
        } = &self.connector;
        let request = http.post(format!(
            "{base}/api/account/{account}/messaging/consumer/{path}"
        ));
        let request = match &self.properties {
            Some(properties) => request.header("client-properties", properties),
            None => request,
        };
        request
            .header("content-type", "application/json")
            .header("authorization", app_jwt)
            .header("x-lp-on-behalf", &self.jws)
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

/// The payload of a token.
pub(crate) fn claims(token: &str) -> Value {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// `handset sandbox` as a process of its own, killed when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) ready: Value,
}

impl Process {
    /// Starts it and waits for its line.
    pub(crate) async fn start(arguments: &[&str]) -> Self {
        Self::of(command(arguments)).await
    }

    /// The same of a command.
    pub(crate) async fn of(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = timeout(Duration::from_mins(2), lines.next_line())
            .await
            .expect("the sandbox says that it is ready")
            .unwrap()
            .expect("the sandbox says something");
        Self {
            child,
            ready: serde_json::from_str(&line).unwrap(),
        }
    }

    /// A connector for it.
    pub(crate) async fn connector(&self) -> Connector {
        let text = |name: &str| self.ready[name].as_str().unwrap();
        Connector::new(
            text("csds"),
            text("account"),
            text("client_id"),
            text("client_secret"),
        )
        .await
    }

    /// Sends it a signal, by its name without SIG.
    pub(crate) fn signal(&self, name: &str) {
        crate::support::signal(self.child.id().unwrap(), name);
    }
}

/// The command with these arguments.
pub(crate) fn command(arguments: &[&str]) -> Command {
    with_arguments(crate::support::program(), arguments)
}

/// The same, with files that cannot grow past so many bytes, as on a full disk.
pub(crate) fn command_with_files_up_to(bytes: u64, arguments: &[&str]) -> Command {
    let mut shell = std::process::Command::new("sh");
    // The signal that tells of the limit would end the program; a full disk sends none.
    shell.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]);
    shell.arg((bytes / 512).to_string());
    shell.arg(crate::support::program().get_program());
    crate::support::isolate(&mut shell);
    with_arguments(shell, arguments)
}

fn with_arguments(command: std::process::Command, arguments: &[&str]) -> Command {
    let mut command = Command::from(command);
    command
        .arg("sandbox")
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}
