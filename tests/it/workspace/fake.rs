//! A cloud that the test plays: logins over HTTP, and sockets that do what the test says.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{SinkExt as _, StreamExt as _};
use handset::{
    client::ums::{Settings, Times},
    domain::secret::Secret,
    rt::tls::Trust,
};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{
        Message,
        handshake::server::{ErrorResponse, Request},
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use url::Url;

use crate::support::{LIMIT, soon};

pub(super) const ACCOUNT: &str = "55512300";
pub(super) const PASSWORD: &str = "made-up-password";
pub(super) const FULL: &str = "55512300.1200345612";
pub(super) const PID: &str = "b7d1f0a2-5c3e-5f48-9a6d-3e2c1b0f9d87";

/// What happened at the login service.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) logins: usize,
    pub(super) refreshes: usize,
    pub(super) logouts: usize,
    /// Status of the next logins; 200 when there is none.
    pub(super) login_status: Option<u16>,
    /// Status of the next refreshes.
    pub(super) refresh_status: Option<u16>,
}

/// The cloud.
pub(super) struct Fake {
    pub(super) csds: Url,
    pub(super) seen: Arc<Mutex<Seen>>,
    sockets: TcpListener,
}

#[derive(Clone)]
struct Http {
    seen: Arc<Mutex<Seen>>,
    here: SocketAddr,
    sockets: SocketAddr,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sockets = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let seen = Arc::<Mutex<Seen>>::default();
        let state = Http {
            seen: Arc::clone(&seen),
            here,
            sockets: sockets.local_addr().unwrap(),
        };
        let app = Router::new()
            .route(
                "/api/account/{account}/service/{service}/baseURI.json",
                get(one),
            )
            .route("/api/account/{account}/login", post(login))
            .route("/api/account/{account}/refresh", post(refresh))
            .route("/api/account/{account}/logout", post(logout))
            .route(
                "/api/account/{account}/configuration/le-users/{what}",
                get(house),
            )
            .with_state(state);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            csds: Url::parse(&format!("http://{here}")).unwrap(),
            seen,
            sockets,
        }
    }

    /// Settings of a client that is as patient as the tests are, but for the end of a socket.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            csds: self.csds.clone(),
            account: ACCOUNT.into(),
            username: "kim".to_owned(),
            password: Secret::new(PASSWORD),
            trust: Trust::default(),
            times: Times {
                connect: LIMIT,
                shake: LIMIT,
                http: LIMIT,
                answer: LIMIT,
                ping: Duration::from_millis(200),
                silence: LIMIT,
                refresh: Duration::from_mins(1),
                healthy: Duration::ZERO,
                farewell: Duration::from_secs(2),
            },
        }
    }

    /// The next connection to the socket's port, before any handshake.
    pub(super) async fn raw(&self) -> TcpStream {
        soon("a connection", self.sockets.accept()).await.unwrap().0
    }

    /// The next agent's socket.
    pub(super) async fn accept(&self) -> Peer {
        let stream = self.raw().await;
        let mut path = String::new();
        #[expect(clippy::result_large_err, reason = "the library asks for this type")]
        let shake = |request: &Request, answer| {
            path = request.uri().to_string();
            Ok::<_, ErrorResponse>(answer)
        };
        let socket = accept_hdr_async(stream, shake).await.unwrap();
        Peer { socket, path }
    }

    pub(super) fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap()
    }
}

/// The cloud's end of a socket.
pub(super) struct Peer {
    socket: WebSocketStream<TcpStream>,
    pub(super) path: String,
}

impl Peer {
    /// The next request.
    pub(super) async fn request(&mut self) -> Value {
        loop {
            let frame = soon("a request", self.socket.next())
                .await
                .unwrap()
                .unwrap();
            if let Message::Text(text) = frame {
                return serde_json::from_str(&text).unwrap();
            }
        }
    }

    pub(super) async fn answer(&mut self, to: &Value, code: u16, body: Value) {
        self.say(
            &json!({ "kind": "resp", "reqId": to["id"], "code": code, "body": body }).to_string(),
        )
        .await;
    }

    pub(super) async fn tell(&mut self, kind: &str, body: Value) {
        self.say(&json!({ "kind": "notification", "type": kind, "body": body }).to_string())
            .await;
    }

    pub(super) async fn say(&mut self, text: &str) {
        self.socket.send(Message::Text(text.into())).await.unwrap();
    }

    pub(super) async fn close(mut self, code: u16) {
        let close = CloseFrame {
            code: CloseCode::from(code),
            reason: "the test said so".into(),
        };
        self.socket.close(Some(close)).await.unwrap();
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    /// The connection below, for whoever wants to break it.
    pub(super) fn into_raw(self) -> TcpStream {
        self.socket.into_inner()
    }

    /// The code the client closes with.
    pub(super) async fn closed(mut self) -> Option<u16> {
        loop {
            match soon("a close", self.socket.next()).await {
                Some(Ok(Message::Close(frame))) => return frame.map(|frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }
}

async fn one(State(http): State<Http>, Path((_, service)): Path<(String, String)>) -> Json<Value> {
    let base = match service.as_str() {
        "facadeMsg" => http.sockets,
        _ => http.here,
    };
    Json(json!({ "service": service, "account": ACCOUNT, "baseURI": base.to_string() }))
}

async fn login(State(http): State<Http>, Json(body): Json<Value>) -> Response {
    let mut seen = http.seen.lock().unwrap();
    seen.logins += 1;
    let wrong = json!({ "error": { "message": "Login failed", "internalCode": 0 } });
    if let Some(status) = seen.login_status {
        return (StatusCode::from_u16(status).unwrap(), Json(wrong)).into_response();
    }
    assert_eq!(body, json!({ "username": "kim", "password": PASSWORD }));
    let granted = json!({
        "csrf": "5f1c2f0a9be8",
        "bearer": format!("bearer-{}", seen.logins),
        "sessionTTl": "28800000",
        "config": { "loginName": "kim", "userId": "1200345612", "userPid": PID },
    });
    (
        [(SET_COOKIE, "session=abc; Path=/; HttpOnly")],
        Json(granted),
    )
        .into_response()
}

async fn refresh(
    State(http): State<Http>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> StatusCode {
    let mut seen = http.seen.lock().unwrap();
    seen.refreshes += 1;
    assert_eq!(headers["cookie"], "session=abc");
    assert_eq!(body, json!({ "csrf": "5f1c2f0a9be8" }));
    StatusCode::from_u16(seen.refresh_status.unwrap_or(200)).unwrap()
}

async fn logout(State(http): State<Http>, headers: HeaderMap) -> StatusCode {
    assert_eq!(headers["cookie"], "session=abc");
    http.seen.lock().unwrap().logouts += 1;
    StatusCode::OK
}

async fn house(Path((_, what)): Path<(String, String)>, headers: HeaderMap) -> Response {
    if !headers["authorization"]
        .to_str()
        .unwrap()
        .starts_with("Bearer bearer-")
    {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match what.as_str() {
        "skills" => Json(json!([
            { "id": "3300120015", "name": "Sales", "deleted": false },
            { "id": 3_300_120_016_u64, "name": "Service" },
            { "id": "3300120017", "name": "Gone", "deleted": true },
        ]))
        .into_response(),
        _ => Json(json!([
            { "id": "1200345612", "pid": PID, "nickname": "Kim" },
            { "id": "1200345613", "pid": "sam-pid", "nickname": "Sam" },
        ]))
        .into_response(),
    }
}
