//! The sandbox behind a proxy that can be told to lose, hold or overtake a request, and the
//! devices of a tester and a colleague.

use std::{
    collections::VecDeque,
    future::Future,
    net::SocketAddr,
    path::Path,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Request, State},
    http::{Method, StatusCode},
    response::Response,
};
use handset::{
    client::{self, Admin, Client, Login},
    domain::{
        exchange::Exchange,
        ids::{AccountId, ClientId},
        secret::Secret,
    },
    engine::borrow::Borrow,
    sandbox::{Ready, Sandbox, settings::Settings, start},
    store::{Journal, Start},
};
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc},
    task::JoinHandle,
};

use crate::sandbox::rig;

pub(crate) const URL: &str = "https://tunnel.example/hook-a1b2c3";
pub(crate) const ELSEWHERE: &str = "https://other.example/hook-d4e5f6";
pub(crate) const ORIGINAL: &str = "https://bridge.shop.test/in";
/// In a custom header of the original endpoints.
pub(crate) const HEADER_SECRET: &str = "s3cret-of-the-shop";

type Errand = Pin<Box<dyn Future<Output = ()> + Send>>;

/// What happens to a request.
pub(crate) enum Fate {
    /// It never arrives, and nobody is told.
    Lost,
    /// It arrives, and its answer does not.
    Unanswered,
    /// Something else is done first.
    Overtaken(Errand),
    /// It waits until it is let go. The first one tells that it waits.
    Held(Arc<Notify>, Arc<Notify>),
    /// It arrives, and its answer waits until it is let go.
    AnswerHeld(Arc<Notify>, Arc<Notify>),
    /// The cloud says this status.
    Refused(u16),
}

struct Proxy {
    upstream: SocketAddr,
    http: reqwest::Client,
    /// The fates of the requests to come, by method; the rest goes through.
    fates: Mutex<VecDeque<(Method, Fate)>>,
    seen: Mutex<Vec<(Method, String)>>,
    /// How many of those are over, whatever became of them.
    over: AtomicUsize,
}

/// A sandbox behind a proxy.
pub(crate) struct Cloud {
    proxy: Arc<Proxy>,
    server: JoinHandle<()>,
    pub(crate) address: SocketAddr,
    pub(crate) ready: Ready,
    _sandbox: Sandbox,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Cloud {
    /// One with an app install that goes somewhere already.
    pub(crate) async fn start() -> Self {
        Self::start_with(rig::quick()).await
    }

    /// The same with other settings.
    pub(crate) async fn start_with(settings: Settings) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let upstream = socket.local_addr().unwrap();
        let sandbox = start(socket, settings).await.unwrap();
        let ready = sandbox.ready();
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(Duration::from_mins(2))
            .build()
            .unwrap();
        let proxy = Arc::new(Proxy {
            upstream,
            http,
            fates: Mutex::default(),
            seen: Mutex::default(),
            over: AtomicUsize::new(0),
        });
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let router = Router::new().fallback(pass).with_state(Arc::clone(&proxy));
        let server = tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
        let cloud = Self {
            proxy,
            server,
            address,
            ready,
            _sandbox: sandbox,
        };
        cloud
            .change(|record| record["capabilities"]["webhooks"] = original())
            .await;
        cloud
    }

    /// The next request of this method meets this fate.
    pub(crate) fn next(&self, method: Method, fate: Fate) {
        self.proxy.fates.lock().unwrap().push_back((method, fate));
    }

    /// How many requests of a method to a path with this in it have come.
    pub(crate) fn count(&self, method: &Method, part: &str) -> usize {
        let seen = self.proxy.seen.lock().unwrap();
        seen.iter()
            .filter(|(known, path)| known == method && path.contains(part))
            .count()
    }

    /// Waits until every request that came is over, those of programs that were killed included.
    pub(crate) async fn settled(&self) {
        let is_over = || {
            let seen = self.proxy.seen.lock().unwrap().len();
            self.proxy.over.load(Ordering::Acquire) == seen
        };
        crate::support::soon("the last request", async {
            while !is_over() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// An admin's access past the proxy, as a colleague has it.
    pub(crate) fn colleague(&self) -> Admin {
        let csds = self.ready.csds.parse().unwrap();
        self.admin_at(csds, mpsc::channel(256).0)
    }

    /// An admin's access through the proxy.
    pub(crate) fn admin(&self, exchanges: mpsc::Sender<Exchange>) -> Admin {
        let csds = format!("http://{}/", self.address).parse().unwrap();
        self.admin_at(csds, exchanges)
    }

    fn admin_at(&self, csds: url::Url, exchanges: mpsc::Sender<Exchange>) -> Admin {
        let settings = client::Settings {
            timeout: Duration::from_secs(5),
            patience: Duration::ZERO,
            ..client::Settings::new(
                csds,
                self.ready.account.clone(),
                ClientId::from(""),
                Secret::new(""),
            )
        };
        let client = Client::new(settings, exchanges).unwrap();
        client.admin(self.login())
    }

    pub(crate) fn login(&self) -> Login {
        let agents = &self.ready.agents;
        let morgan = agents.iter().find(|one| one.username == "morgan").unwrap();
        Login {
            username: morgan.username.clone(),
            password: morgan.password.clone(),
        }
    }

    pub(crate) fn client(&self) -> ClientId {
        self.ready.client_id.clone()
    }

    pub(crate) fn account(&self) -> AccountId {
        self.ready.account.clone()
    }

    /// The record as it stands.
    pub(crate) async fn record(&self) -> Value {
        let admin = self.colleague();
        admin.install(&self.client()).await.unwrap().record
    }

    /// Somebody else changes the record.
    pub(crate) async fn change(&self, change: impl FnOnce(&mut Value)) {
        let admin = self.colleague();
        let mut install = admin.install(&self.client()).await.unwrap();
        change(&mut install.record);
        admin.put(&self.client(), &install).await.unwrap();
    }

    /// Somebody else renames it, later.
    pub(crate) fn renaming(&self, name: &str) -> Errand {
        let (admin, client, name) = (self.colleague(), self.client(), name.to_owned());
        Box::pin(async move {
            let mut install = admin.install(&client).await.unwrap();
            install.record["client_name"] = json!(name);
            admin.put(&client, &install).await.unwrap();
        })
    }

    /// A device with a journal in this folder.
    pub(crate) async fn device(&self, folder: &Path, name: &str) -> Borrow {
        let journal = journal(folder).await;
        let (exchanges, reports) = mpsc::channel(256);
        drop(reports);
        let admin = self.admin(exchanges);
        Borrow::new(admin, journal, self.client(), name)
            .await
            .unwrap()
    }
}

pub(crate) async fn journal(folder: &Path) -> Journal {
    let path = folder.join("journal.db");
    // The one before may still be on its way out.
    let opened = async {
        loop {
            match Journal::open(&path, Start::Newest).await {
                Ok((journal, _)) => break journal,
                Err(handset::store::Error::Locked { .. }) => tokio::task::yield_now().await,
                Err(error) => panic!("{error}"),
            }
        }
    };
    crate::support::soon("the journal", opened).await
}

/// Where the webhooks go before anybody borrows them: not all of them, and with much beside.
pub(crate) fn original() -> Value {
    json!({
        "retry": { "retention_time": 86400 },
        "ms.MessagingEventNotification.ContentEvent": {
            "endpoint": ORIGINAL, "max_retries": 3,
            "headers": [{ "header_name": "X-Shop", "header_value": HEADER_SECRET }] },
        "ms.MessagingEventNotification.RichContentEvent": { "endpoint": ORIGINAL },
        "ms.MessagingEventNotification.AcceptStatusEvent": { "endpoint": ORIGINAL },
        "cqm.ExConversationChangeNotification": { "endpoint": ORIGINAL, "of_old": [1, null] },
    })
}

/// Goes on also when whoever asked has gone, as a network does.
async fn pass(State(proxy): State<Arc<Proxy>>, request: Request) -> Response {
    let passing = async move {
        let response = meet(&proxy, request).await;
        proxy.over.fetch_add(1, Ordering::Release);
        response
    };
    tokio::spawn(passing).await.unwrap()
}

async fn meet(proxy: &Proxy, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().unwrap().to_string();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    proxy
        .seen
        .lock()
        .unwrap()
        .push((head.method.clone(), path.clone()));
    let is_about_installs = path.contains("installations");
    let fate = {
        let mut fates = proxy.fates.lock().unwrap();
        let next = fates
            .front()
            .is_some_and(|(method, _)| *method == head.method);
        if is_about_installs && next {
            fates.pop_front().map(|(_, fate)| fate)
        } else {
            None
        }
    };
    let forward = async {
        let mut request = proxy
            .http
            .request(
                head.method.clone(),
                format!("http://{}{path}", proxy.upstream),
            )
            .body(body.clone());
        for (name, value) in &head.headers {
            if name != "content-length" {
                request = request.header(name, value);
            }
        }
        let answer = request.send().await.unwrap();
        let mut response = Response::builder().status(answer.status());
        for (name, value) in answer.headers() {
            if name != "transfer-encoding" && name != "content-length" {
                response = response.header(name, value);
            }
        }
        let mut body = answer.bytes().await.unwrap();
        if path.contains("/service/") {
            // Whoever looks a service up is to come this way again.
            let here = head.headers["host"].to_str().unwrap();
            let told = String::from_utf8(body.to_vec()).unwrap();
            body = told.replace(&proxy.upstream.to_string(), here).into();
        }
        response.body(Body::from(body)).unwrap()
    };
    match fate {
        None => forward.await,
        Some(Fate::Lost) => broken(),
        Some(Fate::Unanswered) => {
            forward.await;
            broken()
        }
        Some(Fate::Overtaken(errand)) => {
            errand.await;
            forward.await
        }
        Some(Fate::Held(reached, release)) => {
            reached.notify_one();
            release.notified().await;
            forward.await
        }
        Some(Fate::AnswerHeld(reached, release)) => {
            let answer = forward.await;
            reached.notify_one();
            release.notified().await;
            answer
        }
        Some(Fate::Refused(status)) => Response::builder()
            .status(StatusCode::from_u16(status).unwrap())
            .body(Body::empty())
            .unwrap(),
    }
}

/// An answer that breaks off.
fn broken() -> Response {
    let cut = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("cut")) });
    Response::builder()
        .header("content-length", "10")
        .body(Body::from_stream(cut))
        .unwrap()
}
