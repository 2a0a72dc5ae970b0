//! The connector's endpoint: remembers what came, and answers 200.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, routing::post};
use serde_json::Value;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle, time::timeout};

use crate::conformance::table::{Trouble, broke};

/// How long a notification may be on its way.
const PATIENCE: Duration = Duration::from_mins(1);
/// Notifications kept; a run brings some hundreds.
const KEPT: usize = 100_000;

/// A notification as it came.
#[derive(Debug, Clone)]
pub(crate) struct Note {
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    pub(crate) json: Value,
}

impl Note {
    /// Its first change.
    pub(crate) fn change(&self) -> &Value {
        &self.json["body"]["changes"][0]
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name);
        value.and_then(|value| value.to_str().ok()).unwrap_or("")
    }
}

#[derive(Debug)]
struct Shared {
    notes: Mutex<Vec<Note>>,
    count: watch::Sender<usize>,
}

/// The endpoint.
#[derive(Debug)]
pub(crate) struct Hooks {
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Hooks {
    pub(crate) async fn at(address: &str) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let shared = Arc::new(Shared {
            notes: Mutex::default(),
            count: watch::Sender::new(0),
        });
        let app = Router::new()
            .fallback(post(take))
            .with_state(shared.clone());
        let server = tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { shared, server }
    }

    /// Everything that came so far.
    pub(crate) fn notes(&self) -> Vec<Note> {
        self.shared.notes.lock().unwrap().clone()
    }

    /// Waits for a notification.
    pub(crate) async fn note(
        &self,
        what: &str,
        is_it: impl Fn(&Note) -> bool,
    ) -> Result<Note, Trouble> {
        let mut count = self.shared.count.subscribe();
        let found = timeout(PATIENCE, async {
            loop {
                count.borrow_and_update();
                if let Some(found) = self.notes().into_iter().find(&is_it) {
                    return found;
                }
                if count.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        });
        let found = found.await;
        found.map_err(|_| broke(format!("no notification came: {what}")))
    }

    /// Waits for an event with a number.
    pub(crate) async fn event(&self, dialog: &str, sequence: u64) -> Result<Note, Trouble> {
        let what = format!("event {sequence}");
        self.note(&what, |note| {
            let change = note.change();
            change["dialogId"] == dialog && change["sequence"] == sequence
        })
        .await
    }

    /// Waits for a state of a conversation.
    pub(crate) async fn state(
        &self,
        conversation: &str,
        what: &str,
        is_so: impl Fn(&Value) -> bool,
    ) -> Result<Value, Trouble> {
        let note = self.note(what, |note| {
            let result = &note.change()["result"];
            result["convId"] == conversation && is_so(&result["conversationDetails"])
        });
        Ok(note.await?.change()["result"].clone())
    }
}

async fn take(State(shared): State<Arc<Shared>>, headers: HeaderMap, bytes: Bytes) -> &'static str {
    let json = serde_json::from_slice(&bytes).unwrap_or_default();
    let mut notes = shared.notes.lock().unwrap();
    if notes.len() < KEPT {
        notes.push(Note {
            headers,
            bytes,
            json,
        });
    }
    shared.count.send_replace(notes.len());
    "OK"
}
