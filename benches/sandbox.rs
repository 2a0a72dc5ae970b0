//! What the sandbox's rules cost: SEND with both tokens verified, sequences
//! given and notifications queued, beside a bare axum handler in the same
//! process. Rounds are interleaved and only the ratio means anything.

#![allow(clippy::unwrap_used)]

mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode, routing::post};
use handset::sandbox::{
    Sandbox,
    settings::{Agent, Settings},
    start,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, runtime::Runtime};
use url::Url;

use crate::support::{Score, bare, load, print, rows};

const ROUNDS: usize = 3;
const CONNECTIONS: usize = 16;
const MEASURED: Duration = Duration::from_millis(600);
/// For notifications to leave between two rounds.
const PATIENCE: Duration = Duration::from_secs(5);
const SEND: &str = "/api/account/55512300/messaging/consumer/conversation/send";

/// A sandbox with a conversation for each connection.
struct Cloud {
    sandbox: Sandbox,
    requests: Vec<Arc<[u8]>>,
    score: Score,
}

fn main() {
    let servers = Runtime::new().unwrap();
    let heard = Arc::new(AtomicU64::new(0));
    let (plain_address, mut silent, mut telling) = servers.block_on(async {
        let endpoint = endpoint(&heard).await;
        (
            bare(SEND).await,
            Cloud::start(None).await,
            Cloud::start(Some(endpoint)).await,
        )
    });
    let mut plain = Score::default();
    for _ in 0..ROUNDS {
        load(plain_address, &silent.requests, MEASURED, &mut plain);
        for cloud in [&mut silent, &mut telling] {
            let address = cloud.address();
            load(address, &cloud.requests, MEASURED, &mut cloud.score);
            servers.block_on(cloud.deliver());
        }
    }
    let sent = telling.score.answered;
    let table = rows(
        CONNECTIONS,
        vec![
            ("bare axum", plain),
            ("no webhook", silent.score),
            ("webhook", telling.score),
        ],
    );
    servers.block_on(async {
        silent.sandbox.stop(PATIENCE).await;
        telling.sandbox.stop(PATIENCE).await;
    });
    let heard = heard.load(Ordering::Relaxed);
    let last = format!("{sent} sent with a webhook, {heard} notifications taken by it");
    print("sandbox", &table, &last);
}

/// An endpoint that counts notifications and answers 200.
async fn endpoint(heard: &Arc<AtomicU64>) -> Url {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", socket.local_addr().unwrap());
    let heard = Arc::clone(heard);
    let count = move || async move {
        heard.fetch_add(1, Ordering::Relaxed);
        StatusCode::OK
    };
    let app = Router::new().route("/hook", post(count));
    tokio::spawn(async move { axum::serve(socket, app).await.unwrap() });
    url.parse().unwrap()
}

impl Cloud {
    async fn start(webhook: Option<Url>) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = Settings {
            agent: Agent::None,
            webhook,
            ..Settings::default()
        };
        let sandbox = start(socket, settings).await.unwrap();
        let requests = conversations(&sandbox).await;
        Self {
            sandbox,
            requests,
            score: Score::default(),
        }
    }

    fn address(&self) -> std::net::SocketAddr {
        let csds = self.sandbox.ready().csds;
        csds.strip_prefix("http://").unwrap().parse().unwrap()
    }

    /// Waits until every notification has left, so that the next round has the machine alone.
    async fn deliver(&self) {
        let limit = Instant::now() + PATIENCE;
        while self.sandbox.standing().1 > 0 && Instant::now() < limit {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Opens a conversation for each connection; gives the SEND that says something in it.
async fn conversations(sandbox: &Sandbox) -> Vec<Arc<[u8]>> {
    let ready = sandbox.ready();
    let http = reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([])
        .timeout(PATIENCE)
        .build()
        .unwrap();
    let (base, account) = (&ready.csds, &ready.account);
    let post = async |path: &str, headers: &[(&str, &str)], body: String| -> Value {
        let mut request = http.post(format!("{base}{path}")).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap().error_for_status().unwrap();
        answer.json().await.unwrap()
    };
    let json_body = ("content-type", "application/json");
    let token = post(
        &format!("/sentinel/api/account/{account}/app/token?v=1.0&grant_type=client_credentials"),
        &[("content-type", "application/x-www-form-urlencoded")],
        format!(
            "client_id={}&client_secret={}",
            ready.client_id,
            ready.client_secret.reveal()
        ),
    )
    .await;
    let app = token["access_token"].as_str().unwrap();
    let mut requests = Vec::new();
    for number in 0..CONNECTIONS {
        let token = post(
            &format!("/api/account/{account}/consumer?v=1.0"),
            &[json_body, ("authorization", app)],
            json!({ "ext_consumer_id": format!("consumer-{number}") }).to_string(),
        )
        .await;
        let consumer = token["token"].as_str().unwrap();
        let opened = post(
            &format!("/api/account/{account}/messaging/consumer/conversation?v=3"),
            &[
                json_body,
                ("authorization", app),
                ("x-lp-on-behalf", consumer),
            ],
            json!([
                { "kind": "req", "id": "1", "type": "userprofile.SetUserProfile", "body": {} },
                { "kind": "req", "id": "2", "type": "cm.ConsumerRequestConversation",
                  "body": { "brandId": account } },
            ])
            .to_string(),
        )
        .await;
        let dialog = &opened[1]["body"]["conversationId"];
        let body = json!({ "kind": "req", "id": "3", "type": "ms.PublishEvent", "body": {
            "dialogId": dialog,
            "event": { "type": "ContentEvent", "contentType": "text/plain",
                       "message": "Is the blue one still in stock, or do I have to wait for it?" } } })
        .to_string();
        let request = format!(
            "POST {SEND}?v=3 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
             Authorization: {app}\r\nX-LP-ON-BEHALF: {consumer}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        requests.push(request.into_bytes().into());
    }
    requests
}
