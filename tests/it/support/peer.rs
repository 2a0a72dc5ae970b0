//! A fake of the cloud's Send API on loopback, written from the protocol
//! files: it records every request and answers as it is told, also with what
//! no decent server would send.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::JoinHandle,
};
use url::Url;

pub(crate) const ACCOUNT: &str = "55512300";
pub(crate) const CLIENT: &str = "7c1b2f0e-3a55-4d0c-9a87-0f6d1c2b7e41";
pub(crate) const SECRET: &str = "k4v9s0m2example7secret1";
pub(crate) const CONVERSATION: &str = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";
pub(crate) const PARTICIPANT: &str =
    "9b1f6c0d2e7a48359c54d0b7e8f1a2634c5d6e7f8091a2b3c4d5e6f708192a3b";

/// The endpoints, named as the client's exchanges name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum At {
    Domain,
    Domains,
    Token,
    Consumer,
    Open,
    Send,
    Upload,
    Download,
    Elsewhere,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) at: At,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What to answer.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// Status and JSON.
    Json(u16, Value),
    /// Status, further header lines and a body.
    Raw(u16, String, Vec<u8>),
    /// A head that promises more than the body keeps, then the end of the connection.
    Cut(u16, Vec<u8>),
    /// A head that promises so many bytes, some of them, and then nothing more, ever.
    Stuck(u16, usize, Vec<u8>),
    /// The end of the connection without a word.
    Close,
    /// Nothing, ever.
    Silence,
    /// That answer, but not before this is notified.
    Held(Arc<Notify>, Box<Reply>),
}

type Handler = Box<dyn Fn(&Seen, &Cloud) -> Reply + Send + Sync>;

/// What the fake cloud knows.
pub(crate) struct Cloud {
    pub(crate) address: SocketAddr,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seen: Vec<Seen>,
    handlers: HashMap<At, Arc<Handler>>,
    app_tokens: HashSet<String>,
    consumer_tokens: HashSet<String>,
    issued: u64,
    sequence: u64,
    lifetime: i64,
    /// Signatures of temporary addresses that hold.
    signatures: HashSet<String>,
    /// What was uploaded, by its path.
    files: HashMap<String, Vec<u8>>,
}

/// A running fake; it ends when dropped.
pub(crate) struct Peer {
    cloud: Arc<Cloud>,
    server: JoinHandle<()>,
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Peer {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let cloud = Arc::new(Cloud {
            address: listener.local_addr().unwrap(),
            state: Mutex::new(State {
                lifetime: 3600,
                ..State::default()
            }),
        });
        let server = tokio::spawn(serve(listener, Arc::clone(&cloud)));
        Self { cloud, server }
    }

    /// Its address as a client is given it.
    pub(crate) fn url(&self) -> Url {
        format!("http://{}/", self.cloud.address).parse().unwrap()
    }

    pub(crate) fn authority(&self) -> String {
        self.cloud.address.to_string()
    }

    /// From now on answers requests to `at` like this.
    pub(crate) fn on(
        &self,
        at: At,
        reply: impl Fn(&Seen, &Cloud) -> Reply + Send + Sync + 'static,
    ) {
        let handler: Handler = Box::new(reply);
        let mut state = self.cloud.state.lock().unwrap();
        state.handlers.insert(at, Arc::new(handler));
    }

    /// From now on always gives this answer.
    pub(crate) fn always(&self, at: At, reply: Reply) {
        self.on(at, move |_, _| reply.clone());
    }

    /// Back to the documented behaviour.
    pub(crate) fn usual(&self, at: At) {
        self.cloud.state.lock().unwrap().handlers.remove(&at);
    }

    /// Forgets every AppJWT it issued.
    pub(crate) fn expire_app_tokens(&self) {
        self.cloud.state.lock().unwrap().app_tokens.clear();
    }

    /// Forgets every ConsumerJWS it issued.
    pub(crate) fn expire_consumer_tokens(&self) {
        self.cloud.state.lock().unwrap().consumer_tokens.clear();
    }

    /// Keeps a file as if an agent had sent it.
    pub(crate) fn keep(&self, path: &str, bytes: &[u8]) {
        let mut state = self.cloud.state.lock().unwrap();
        state.files.insert(path.to_owned(), bytes.to_vec());
    }

    /// How long the next AppJWTs last, in seconds.
    pub(crate) fn lifetime(&self, seconds: i64) {
        self.cloud.state.lock().unwrap().lifetime = seconds;
    }

    pub(crate) fn seen(&self, at: At) -> Vec<Seen> {
        let state = self.cloud.state.lock().unwrap();
        state
            .seen
            .iter()
            .filter(|seen| seen.at == at)
            .cloned()
            .collect()
    }

    pub(crate) fn count(&self, at: At) -> usize {
        self.seen(at).len()
    }

    /// Waits until so many requests to `at` have come.
    pub(crate) async fn until_seen(&self, at: At, count: usize) {
        let arrived = async {
            while self.count(at) < count {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_mins(2), arrived)
            .await
            .unwrap();
    }
}

impl Cloud {
    /// The documented behaviour.
    pub(crate) fn usual(&self, seen: &Seen) -> Reply {
        match seen.at {
            At::Domain => {
                let service = seen.target.split('/').nth(5).unwrap();
                Reply::Json(200, self.domain(service))
            }
            At::Domains => {
                let services = ["sentinel", "idp", "asyncMessagingEnt", "swift"];
                let all = services.map(|service| self.domain(service));
                Reply::Json(200, json!({ "baseURIs": all }))
            }
            At::Token => self.issue_app_token(seen),
            At::Consumer => match self.check_app(seen) {
                Some(fault) => fault,
                None => self.issue_consumer_token(seen),
            },
            At::Open => self.check(seen).unwrap_or_else(|| {
                Reply::Json(
                    200,
                    json!([
                        { "code": "OK", "body": { "msg": "OK User Profile set successfully" }, "reqId": "1" },
                        { "code": "OK", "body": { "conversationId": CONVERSATION }, "reqId": "2" },
                    ]),
                )
            }),
            At::Send => self.check(seen).unwrap_or_else(|| {
                let asked: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
                match asked["type"].as_str() {
                    Some("ms.GenerateURLForUploadFile") => return self.address(None, &asked),
                    Some("ms.GenerateURLForDownloadFile") => {
                        return self.address(asked["body"]["relativePath"].as_str(), &asked);
                    }
                    _ => {}
                }
                let mut state = self.state.lock().unwrap();
                let sequence = state.sequence;
                state.sequence += 1;
                let body = json!({ "code": "OK", "body": { "sequence": sequence }, "reqId": asked["id"] });
                Reply::Json(200, body)
            }),
            At::Upload => self.check_address(seen).unwrap_or_else(|path| {
                let mut state = self.state.lock().unwrap();
                state.files.insert(path, seen.body.clone());
                Reply::Raw(201, String::new(), Vec::new())
            }),
            At::Download => self.check_address(seen).unwrap_or_else(|path| {
                let state = self.state.lock().unwrap();
                match state.files.get(&path) {
                    Some(bytes) => Reply::Raw(200, String::new(), bytes.clone()),
                    None => Reply::Raw(404, String::new(), Vec::new()),
                }
            }),
            At::Elsewhere => Reply::Raw(404, String::new(), Vec::new()),
        }
    }

    pub(crate) fn domain(&self, service: &str) -> Value {
        json!({ "service": service, "account": ACCOUNT, "baseURI": self.address.to_string() })
    }

    /// A temporary address, of a new file unless one is named.
    pub(crate) fn address(&self, path: Option<&str>, asked: &Value) -> Reply {
        let mut state = self.state.lock().unwrap();
        state.issued += 1;
        let signature = format!("{:040x}", 0xfeed_0000 + state.issued);
        state.signatures.insert(signature.clone());
        let new = format!(
            "/v1/AUTH_async-images/{ACCOUNT}/9b1f_uuid_{}.PNG",
            state.issued
        );
        Reply::Json(
            200,
            json!({
                "code": "OK",
                "body": {
                    "relativePath": path.unwrap_or(&new),
                    "queryParams": { "temp_url_sig": signature, "temp_url_expires": "1722500491" },
                },
                "reqId": asked["id"],
            }),
        )
    }

    /// The path of a valid temporary address, or what is answered to another.
    fn check_address(&self, seen: &Seen) -> Result<Reply, String> {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        let parameters: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        let state = self.state.lock().unwrap();
        match parameters.as_slice() {
            [(sig, signature), (expires, _)]
                if sig == "temp_url_sig"
                    && expires == "temp_url_expires"
                    && state.signatures.contains(signature) =>
            {
                Err(path.to_owned())
            }
            _ => {
                let body = format!("temp URL invalid: {query}").into_bytes();
                Ok(Reply::Raw(401, String::new(), body))
            }
        }
    }

    fn issue_app_token(&self, seen: &Seen) -> Reply {
        let form: HashMap<String, String> = url::form_urlencoded::parse(&seen.body)
            .into_owned()
            .collect();
        let query = seen.target.split('?').nth(1).unwrap_or_default();
        if form.get("client_id").map(String::as_str) != Some(CLIENT)
            || form.get("client_secret").map(String::as_str) != Some(SECRET)
            || query != "v=1.0&grant_type=client_credentials"
        {
            return Reply::Json(401, json!({ "error": "invalid_client" }));
        }
        let mut state = self.state.lock().unwrap();
        state.issued += 1;
        let (iat, n) = (1_722_500_000, state.issued);
        let token = jwt(&json!({
            "aud": ACCOUNT, "azp": CLIENT, "scope": "msg.consumer", "iss": "Sentinel",
            "exp": iat + state.lifetime, "iat": iat, "n": n,
        }));
        state.app_tokens.insert(token.clone());
        Reply::Json(
            200,
            json!({ "access_token": token, "token_type": "Bearer" }),
        )
    }

    fn issue_consumer_token(&self, seen: &Seen) -> Reply {
        let mut state = self.state.lock().unwrap();
        state.issued += 1;
        let token = jwt(&json!({
            "account_id": ACCOUNT, "ext_consumer_id": seen.json()["ext_consumer_id"],
            "lp_consumer_id": PARTICIPANT, "n": state.issued,
        }));
        state.consumer_tokens.insert(token.clone());
        Reply::Json(201, json!({ "token": token }))
    }

    fn check(&self, seen: &Seen) -> Option<Reply> {
        if !seen.target.ends_with("?v=3") {
            return Some(Reply::Raw(404, String::new(), Vec::new()));
        }
        self.check_app(seen).or_else(|| {
            let state = self.state.lock().unwrap();
            match seen.header("x-lp-on-behalf") {
                None => Some(fault(40104, "ConsumerJWS is missing")),
                Some(jws) if !state.consumer_tokens.contains(jws) => {
                    Some(fault(40103, "Invalid ConsumerJWS"))
                }
                Some(_) => None,
            }
        })
    }

    fn check_app(&self, seen: &Seen) -> Option<Reply> {
        let state = self.state.lock().unwrap();
        match seen.header("authorization") {
            None => Some(fault(40105, "AppJWT is missing")),
            Some(jwt) if !state.app_tokens.contains(jwt) => Some(fault(40102, "Invalid AppJWT")),
            Some(_) => None,
        }
    }
}

/// An error of the Send API.
pub(crate) fn fault(code: u32, title: &str) -> Reply {
    let status = u16::try_from(code / 100).unwrap();
    Reply::Json(
        status,
        json!({
            "kind": "resp",
            "code": status,
            "body": { "title": title, "details": "as told", "errorCode": code },
            "type": ".ReqBody$ErrorResp",
        }),
    )
}

/// A token in the shape of a JWT; nobody checks its signature here.
pub(crate) fn jwt(claims: &Value) -> String {
    let header = json!({ "kid": "appjwt-20-01-24", "typ": "JWT", "alg": "RS256" });
    format!(
        "{}.{}.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg",
        URL_SAFE_NO_PAD.encode(header.to_string()),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    )
}

async fn serve(listener: TcpListener, cloud: Arc<Cloud>) {
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            return;
        };
        let cloud = Arc::clone(&cloud);
        connections.spawn(async move {
            // A client that goes away is none of the fake's business.
            let _ = converse(stream, &cloud).await;
        });
    }
}

/// One connection: requests and answers until either side has enough.
async fn converse(stream: TcpStream, cloud: &Cloud) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    while let Some(seen) = receive(&mut stream).await? {
        let handler = {
            let mut state = cloud.state.lock().unwrap();
            state.seen.push(seen.clone());
            state.handlers.get(&seen.at).cloned()
        };
        let mut reply = match handler {
            Some(handler) => handler(&seen, cloud),
            None => cloud.usual(&seen),
        };
        while let Reply::Held(release, held) = reply {
            release.notified().await;
            reply = *held;
        }
        let (status, lines, body, promised) = match reply {
            Reply::Json(status, body) => {
                let body = body.to_string().into_bytes();
                let promised = body.len();
                let lines = "content-type: application/json\r\n".to_owned();
                (status, lines, body, promised)
            }
            Reply::Raw(status, lines, body) => {
                let promised = body.len();
                (status, lines, body, promised)
            }
            Reply::Cut(status, body) => {
                let promised = body.len() + 100;
                (status, String::new(), body, promised)
            }
            Reply::Stuck(status, promised, body) => {
                let head = format!("HTTP/1.1 {status} Told\r\ncontent-length: {promised}\r\n\r\n");
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(&body).await?;
                stream.flush().await?;
                return std::future::pending().await;
            }
            Reply::Close => return Ok(()),
            Reply::Silence | Reply::Held(..) => return std::future::pending().await,
        };
        let head = format!("HTTP/1.1 {status} Told\r\n{lines}content-length: {promised}\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(&body).await?;
        stream.flush().await?;
        if promised != body.len() {
            return Ok(());
        }
    }
    Ok(())
}

async fn receive(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Seen>> {
    let mut line = String::new();
    if stream.read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(Some(Seen {
        at: place(&method, &target),
        method,
        target,
        headers,
        body,
    }))
}

fn place(method: &str, target: &str) -> At {
    let path = target.split('?').next().unwrap();
    let conversation = format!("/api/account/{ACCOUNT}/messaging/consumer/conversation");
    match method {
        "GET" if path == format!("/api/account/{ACCOUNT}/service/baseURI.json") => At::Domains,
        "GET" if path.ends_with("/baseURI.json") => At::Domain,
        "PUT" => At::Upload,
        "GET" if path.starts_with("/v1/") => At::Download,
        "POST" if path == format!("/sentinel/api/account/{ACCOUNT}/app/token") => At::Token,
        "POST" if path == format!("/api/account/{ACCOUNT}/consumer") => At::Consumer,
        "POST" if path == conversation => At::Open,
        "POST" if path == format!("{conversation}/send") => At::Send,
        _ => At::Elsewhere,
    }
}
