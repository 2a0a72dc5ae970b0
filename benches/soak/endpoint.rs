//! The connector's end: takes notifications and checks that no sequence is left out.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, body::Bytes, extract::State, http::StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;
use url::Url;

/// What came, as far as it matters.
#[derive(Debug, Default)]
struct Taken {
    count: AtomicU64,
    /// The next sequence of each dialog.
    next: Mutex<HashMap<String, u64>>,
    faults: Mutex<Vec<String>>,
    /// Conversations by whether they are open, as the latest notification says.
    open: Mutex<HashMap<String, bool>>,
}

/// The endpoint; it runs as long as the program does.
pub(crate) struct Endpoint {
    taken: Arc<Taken>,
    /// Where it is.
    pub(crate) url: Url,
}

impl Endpoint {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let taken = Arc::new(Taken::default());
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let app = Router::new().fallback(take).with_state(taken.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let url = Url::parse(&format!("http://{address}/in")).expect("an address is a URL");
        Self { taken, url }
    }

    /// How many notifications came.
    pub(crate) fn taken(&self) -> u64 {
        self.taken.count.load(Ordering::SeqCst)
    }

    /// What was wrong, and what is open as far as one can tell here.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let mut faults = std::mem::take(&mut *self.taken.faults.lock().expect("nobody panics"));
        let open = self.taken.open.lock().expect("nobody panics");
        let left = open.values().filter(|open| **open).count();
        if left > 0 {
            faults.push(format!("{left} conversations are open for the connector"));
        }
        faults
    }

    /// Begins anew.
    pub(crate) fn forget(&self) {
        *self.taken.next.lock().expect("nobody panics") = HashMap::new();
        *self.taken.open.lock().expect("nobody panics") = HashMap::new();
    }
}

async fn take(State(taken): State<Arc<Taken>>, body: Bytes) -> StatusCode {
    taken.count.fetch_add(1, Ordering::SeqCst);
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let change = &body["body"]["changes"][0];
    if let Some(id) = change["result"]["convId"].as_str() {
        let open = change["result"]["conversationDetails"]["stage"] == "OPEN";
        let mut known = taken.open.lock().expect("nobody panics");
        known.insert(id.to_owned(), open);
        return StatusCode::OK;
    }
    if let (Some(dialog), Some(sequence)) =
        (change["dialogId"].as_str(), change["sequence"].as_u64())
    {
        let mut next = taken.next.lock().expect("nobody panics");
        let expected = next.entry(dialog.to_owned()).or_default();
        if *expected != sequence {
            let mut faults = taken.faults.lock().expect("nobody panics");
            if faults.len() < 10 {
                faults.push(format!("{dialog}: sequence {sequence} came for {expected}"));
            }
        }
        *expected = sequence + 1;
    }
    StatusCode::OK
}
