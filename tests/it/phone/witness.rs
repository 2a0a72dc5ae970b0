//! Stands between the cloud and the phone's listener, passes every webhook
//! on and remembers it: what the phone has answered 200 it must never lose.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use tokio::{net::TcpListener, runtime::Runtime};

use super::cloud::HOOK_PATH;

/// How long a webhook waits for a phone that is not there.
const PATIENCE: Duration = Duration::from_secs(4);
/// Between two tries to reach it.
const PAUSE: Duration = Duration::from_millis(20);

/// The witness; it ends when this is dropped.
pub(super) struct Witness {
    /// Where the cloud is to post.
    pub(super) address: SocketAddr,
    answered: Arc<Mutex<Vec<Bytes>>>,
    _runtime: Runtime,
}

#[derive(Clone)]
struct Seen {
    phone: String,
    client: reqwest::Client,
    answered: Arc<Mutex<Vec<Bytes>>>,
}

impl Witness {
    /// A witness in front of the phone at this address.
    pub(super) fn of(phone: SocketAddr) -> Self {
        let runtime = Runtime::new().unwrap();
        let answered: Arc<Mutex<Vec<Bytes>>> = Arc::default();
        let seen = Seen {
            phone: format!("http://{phone}{HOOK_PATH}"),
            // A connection of a phone that was killed must not be used for the next one.
            client: reqwest::Client::builder()
                .pool_max_idle_per_host(0)
                .timeout(PATIENCE)
                .build()
                .unwrap(),
            answered: Arc::clone(&answered),
        };
        let address = runtime.block_on(async {
            let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = socket.local_addr().unwrap();
            let app = Router::new().fallback(pass_on).with_state(seen);
            tokio::spawn(async move { axum::serve(socket, app).await.unwrap() });
            address
        });
        Self {
            address,
            answered,
            _runtime: runtime,
        }
    }

    /// The bodies the phone answered 200, in the order of the answers.
    pub(super) fn answered(&self) -> Vec<Bytes> {
        self.answered.lock().unwrap().clone()
    }
}

/// Waits for a phone that is just being started; one that dies over it gives 503, and the cloud
/// posts the webhook again.
async fn pass_on(State(seen): State<Seen>, mut headers: HeaderMap, body: Bytes) -> StatusCode {
    for own in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH] {
        headers.remove(own);
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let request = seen.client.post(&seen.phone).headers(headers.clone());
        match request.body(body.clone()).send().await {
            Ok(answer) => {
                if answer.status() == StatusCode::OK {
                    seen.answered.lock().unwrap().push(body);
                }
                return answer.status();
            }
            Err(error) if error.is_connect() && Instant::now() < deadline => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(_) => return StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
