//! A connector's webhook endpoint that remembers what came and answers as told.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, AtomicU64, Ordering},
    },
    time::Duration,
};

use aws_lc_rs::hmac;
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    routing::post,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
    time::timeout,
};
use url::Url;

use crate::support::{LIMIT, free_address};

/// How long a test waits for what must come.
const PATIENCE: Duration = LIMIT;

/// One request that came in.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its path.
    pub(crate) path: String,
    /// Its bytes.
    pub(crate) body: Bytes,
    /// The status it was answered with.
    pub(crate) status: u16,
}

#[derive(Debug)]
struct Shared {
    seen: Mutex<Vec<Seen>>,
    count: watch::Sender<usize>,
    status: AtomicU16,
    delay: AtomicU64,
}

/// The endpoint.
#[derive(Debug)]
pub(crate) struct Hook {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Hook {
    /// An endpoint that takes everything.
    pub(crate) async fn start() -> Self {
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            count: watch::Sender::new(0),
            status: AtomicU16::new(200),
            delay: AtomicU64::new(0),
        });
        let mut hook = Self {
            shared,
            address: free_address(),
            server: None,
        };
        hook.open().await;
        hook
    }

    /// Begins to listen, at the same address as before.
    pub(crate) async fn open(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        let app = Router::new()
            .route("/{*path}", post(take))
            .with_state(self.shared.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            let serve = axum::serve(listener, app);
            tokio::select! {
                served = async { serve.await } => served.unwrap(),
                _ = stopped => {}
            }
        });
        self.server = Some((stop, server));
    }

    /// Stops listening: connections are refused.
    pub(crate) async fn close(&mut self) {
        let (stop, server) = self.server.take().unwrap();
        stop.send(()).unwrap();
        server.await.unwrap();
        // Connections that are open already still get through, so these fail too.
        self.answer_with(503);
    }

    /// Answers everything with this status from now on.
    pub(crate) fn answer_with(&self, status: u16) {
        self.shared.status.store(status, Ordering::SeqCst);
    }

    /// Takes this long for every answer from now on.
    pub(crate) fn answer_after(&self, delay: Duration) {
        let millis = u64::try_from(delay.as_millis()).unwrap();
        self.shared.delay.store(millis, Ordering::SeqCst);
    }

    /// The address of a path of this endpoint.
    pub(crate) fn url(&self) -> Url {
        Url::parse(&format!("http://{}/in", self.address)).unwrap()
    }

    /// Everything that came so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.shared.seen.lock().unwrap().clone()
    }

    /// Everything that came and was taken.
    pub(crate) fn taken(&self) -> Vec<Seen> {
        let taken = |one: &Seen| matches!(one.status, 200 | 201);
        self.seen().into_iter().filter(taken).collect()
    }

    /// The change of every notification that was taken.
    pub(crate) fn changes(&self) -> Vec<Value> {
        self.taken().iter().map(Seen::change).collect()
    }

    /// Waits until `look` finds what it wants among all that came. `look` must not ask the hook
    /// itself, which is locked meanwhile.
    pub(crate) async fn wait_for<T>(
        &self,
        what: &str,
        mut look: impl FnMut(&[Seen]) -> Option<T>,
    ) -> T {
        let mut count = self.shared.count.subscribe();
        let found = timeout(PATIENCE, async {
            loop {
                count.borrow_and_update();
                if let Some(found) = look(&self.shared.seen.lock().unwrap()) {
                    return found;
                }
                count.changed().await.unwrap();
            }
        });
        match found.await {
            Ok(found) => found,
            Err(late) => panic!("{late} for {what}; came: {:#?}", self.changes()),
        }
    }

    /// Waits for a change that was taken.
    pub(crate) async fn change(&self, what: &str, look: impl Fn(&Value) -> bool) -> Value {
        // A flood is read once, not again with each message of it.
        let mut read = 0;
        self.wait_for(what, |seen| {
            let new = seen[read..].iter();
            read = seen.len();
            let taken = new.filter(|one| matches!(one.status, 200 | 201));
            taken.map(Seen::change).find(|change| look(change))
        })
        .await
    }
}

impl Seen {
    /// The notification.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Its one change.
    pub(crate) fn change(&self) -> Value {
        let json = self.json();
        let changes = json["body"]["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 1, "always one change");
        changes[0].clone()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

/// Waits until something is so.
pub(crate) async fn until(what: &str, is_so: impl Fn() -> bool) {
    let waited = timeout(PATIENCE, async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert!(waited.await.is_ok(), "waited in vain for {what}");
}

/// The value of the signature header, computed here and not by handset.
pub(crate) fn signature(
    algorithm: hmac::Algorithm,
    prefix: &str,
    secret: &str,
    body: &[u8],
) -> String {
    let tag = hmac::sign(&hmac::Key::new(algorithm, secret.as_bytes()), body);
    format!("{prefix}{}", STANDARD.encode(tag))
}

/// The text of a change, if it has one.
pub(crate) fn text(change: &Value) -> Option<&str> {
    change["event"]["message"].as_str()
}

async fn take(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let status = shared.status.load(Ordering::SeqCst);
    let delay = shared.delay.load(Ordering::SeqCst);
    {
        let mut seen = shared.seen.lock().unwrap();
        seen.push(Seen {
            headers,
            path: uri.path().to_owned(),
            body,
            status,
        });
        shared.count.send_replace(seen.len());
    }
    // A poster that gives up ends this here; that it came is noted already.
    tokio::time::sleep(Duration::from_millis(delay)).await;
    (StatusCode::from_u16(status).unwrap(), "OK")
}
