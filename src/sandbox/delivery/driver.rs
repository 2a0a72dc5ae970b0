//! Posts what the policy decides, and tells it how that went.
//!
//! One task waits for what is due; every post is a task of its own. The policy
//! sits behind a lock that is held for moments only and never across an await.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use reqwest::{Certificate, StatusCode, header, redirect::Policy as Redirect};
use tokio::{
    sync::{Notify, Semaphore},
    time::timeout,
};

use crate::{
    domain::{
        ids::AccountId,
        inbound::{ACCOUNT_HEADER, CLIENT_HEADER, SIGNATURE_HEADER},
        signature::{self, Algorithm},
        time::Timestamp,
    },
    rt::{clock::unix_millis, shutdown::Shutdown},
    sandbox::{
        cloud::{App, notify::EventType},
        delivery::{
            endpoint::Webhooks,
            policy::{Action, Notification, Policy, Post, Standing, Timing},
        },
        error::Error,
        settings::Retry,
        store::Store,
    },
};

/// Notifications held at most; past it the oldest is dropped.
const CAPACITY: usize = 100_000;
/// Bytes of them held at most; past it likewise.
const CAPACITY_BYTES: usize = 128 * 1024 * 1024;
/// Posts under way at most, further ones wait; and as many answers read to their end.
const PARALLEL: usize = 64;
/// Pieces of an answer's body read at most, so that the connection can be used again.
const PIECES: usize = 16;
/// Between two looks while the last posts are waited for.
const LOOK: Duration = Duration::from_millis(5);
/// The longest sleep, after which the wall clock is looked at again.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// Delivery for the app install of a sandbox.
#[derive(Debug)]
pub struct Delivery {
    account: AccountId,
    app: App,
    algorithm: Algorithm,
    policy: Mutex<Policy>,
    /// When the waiting task will look again, in milliseconds.
    armed: AtomicI64,
    /// Rings when that is too late.
    sooner: Notify,
    loopback: reqwest::Client,
    public: Mutex<Option<reqwest::Client>>,
    /// Whom to believe besides the platform's roots, in DER.
    trusted: Vec<Vec<u8>>,
    /// Places for answers that are read to their end.
    finishing: Semaphore,
    retry: Retry,
    store: Option<Store>,
    tasks: Shutdown,
}

impl Delivery {
    /// Delivery with nothing to deliver yet; [`run`](Self::run) starts it.
    pub fn new(
        account: AccountId,
        app: App,
        algorithm: Algorithm,
        webhooks: Webhooks,
        retry: Retry,
        trusted: Vec<Vec<u8>>,
        store: Option<Store>,
    ) -> Result<Self, Error> {
        let timing = Timing {
            first_gap: retry.first_gap,
            longest_gap: retry.longest_gap,
            number_gap: retry.number_gap,
            drain_wait: retry.drain_wait,
            capacity: CAPACITY,
            capacity_bytes: CAPACITY_BYTES,
            parallel: PARALLEL,
        };
        let loopback = client(&retry)
            .tls_certs_only([])
            .build()
            .map_err(Error::Client)?;
        Ok(Self {
            account,
            app,
            algorithm,
            policy: Mutex::new(Policy::new(webhooks, timing)),
            armed: AtomicI64::new(i64::MAX),
            sooner: Notify::new(),
            loopback,
            public: Mutex::new(None),
            trusted,
            finishing: Semaphore::new(PARALLEL),
            retry,
            store,
            tasks: Shutdown::new(),
        })
    }

    /// Starts the task that waits for what is due, and delivers what an earlier run left.
    pub fn run(self: &Arc<Self>, left: Vec<Notification>) {
        let this = self.clone();
        self.tasks.spawn(async move { this.wait_for_due().await });
        self.decide(|policy| policy.restore(now(), left));
    }

    /// Whether the app install subscribes to this kind of event.
    pub fn wants(&self, kind: EventType) -> bool {
        self.policy().wants(kind)
    }

    /// How the app install stands, and how many notifications are held.
    pub fn standing(&self) -> (Standing, usize) {
        let policy = self.policy();
        (policy.standing(), policy.held())
    }

    /// Takes another configuration at once.
    pub fn configure(self: &Arc<Self>, webhooks: Webhooks) {
        self.decide(|policy| policy.configure(now(), webhooks));
    }

    /// Takes a notification. Must be called in the order they came into being.
    pub fn enqueue(self: &Arc<Self>, note: Notification) {
        self.decide(|policy| policy.enqueue(now(), note));
    }

    /// Ends delivery: what can be delivered now is, the rest stays where it is stored.
    pub async fn stop(&self, deadline: Duration) -> bool {
        let drained = timeout(deadline / 2, async {
            while !self.policy().is_quiet() {
                tokio::time::sleep(LOOK).await;
            }
        });
        let in_time = drained.await.is_ok();
        self.tasks.stop(deadline / 2).await && in_time
    }

    async fn wait_for_due(self: Arc<Self>) {
        let stop = self.tasks.token();
        loop {
            let sooner = self.sooner.notified();
            let wake = {
                // Stored under the lock under which it is compared: no change slips between.
                let policy = self.policy();
                let wake = policy.next_wake();
                self.armed
                    .store(wake.map_or(i64::MAX, |at| at.0), Ordering::SeqCst);
                wake
            };
            let sleep = wake.map_or(LONGEST_SLEEP, |at| at.since(now()).min(LONGEST_SLEEP));
            tokio::select! {
                () = stop.cancelled() => return,
                () = sooner => {}
                () = tokio::time::sleep(sleep) => self.decide(|policy| policy.tick(now())),
            }
        }
    }

    /// Has the policy decide, and does what it decided.
    fn decide(self: &Arc<Self>, decide: impl FnOnce(&mut Policy) -> Vec<Action>) {
        let (actions, too_late) = {
            let mut policy = self.policy();
            let actions = decide(&mut policy);
            let armed = self.armed.load(Ordering::SeqCst);
            (
                actions,
                policy.next_wake().is_some_and(|wake| wake.0 < armed),
            )
        };
        if too_late {
            self.sooner.notify_waiters();
        }
        let mut forgotten = Vec::new();
        for action in actions {
            match action {
                Action::Forget(id) => forgotten.push(id),
                Action::Post(post) => {
                    let this = self.clone();
                    self.tasks.spawn(async move { this.post(post).await });
                }
            }
        }
        if let Some(store) = &self.store
            && !forgotten.is_empty()
        {
            let store = store.clone();
            self.tasks
                .spawn(async move { store.forget(forgotten).await });
        }
    }

    async fn post(self: Arc<Self>, post: Post) {
        let stop = self.tasks.token();
        let answer = tokio::select! {
            answer = self.request(&post) => answer.map_err(reqwest::Error::without_url),
            () = stop.cancelled() => return,
        };
        let ok = answer
            .as_ref()
            .is_ok_and(|answer| matches!(answer.status(), StatusCode::OK | StatusCode::CREATED));
        if !ok {
            let why = match &answer {
                Ok(answer) => format!("answered {}", answer.status()),
                Err(error) => innermost(error),
            };
            tracing::warn!(notification = post.id, %why, "the endpoint did not take a notification");
        }
        self.decide(|policy| policy.answered(now(), post.id, post.generation, ok));
        // The next post does not wait for this; past the bound the connection is given up.
        if let Ok(answer) = answer
            && let Ok(_place) = self.finishing.try_acquire()
        {
            tokio::select! {
                () = finish(answer, self.retry.read_timeout) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    async fn request(&self, post: &Post) -> reqwest::Result<reqwest::Response> {
        let signature = signature::sign(self.algorithm, &self.app.secret, &post.body);
        let mut request = self
            .client_for(&post.endpoint.url)?
            .post(post.endpoint.url.clone())
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(ACCOUNT_HEADER, self.account.as_str())
            .header(CLIENT_HEADER, self.app.client.as_str())
            .header(SIGNATURE_HEADER, signature);
        for (name, value) in &post.endpoint.headers {
            request = request.header(name, value);
        }
        request.body(post.body.clone()).send().await
    }

    /// The client for an address: certificates are read only once TLS is asked for.
    fn client_for(&self, url: &url::Url) -> reqwest::Result<reqwest::Client> {
        if url.scheme() != "https" {
            return Ok(self.loopback.clone());
        }
        let mut public = self.public.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = public.as_ref() {
            return Ok(client.clone());
        }
        let trusted = self.trusted.iter().map(|der| Certificate::from_der(der));
        let trusted = trusted.collect::<reqwest::Result<Vec<_>>>()?;
        let made = client(&self.retry)
            .https_only(true)
            .tls_certs_merge(trusted)
            .build()?;
        Ok(public.insert(made).clone())
    }

    fn policy(&self) -> MutexGuard<'_, Policy> {
        self.policy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads what is left of an answer. The body means nothing, and neither does how it ends:
/// only a connection that was read empty can be used again.
async fn finish(mut answer: reqwest::Response, within: Duration) {
    let rest = async {
        for _ in 0..PIECES {
            if !matches!(answer.chunk().await, Ok(Some(_))) {
                break;
            }
        }
    };
    let _ = timeout(within, rest).await;
}

/// What really went wrong: the outer layers only say that sending did not work.
fn innermost(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .last()
        .map_or_else(String::new, ToString::to_string)
}

fn client(retry: &Retry) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .no_proxy()
        .redirect(Redirect::none())
        .connect_timeout(retry.connect_timeout)
        .read_timeout(retry.read_timeout)
}

fn now() -> Timestamp {
    Timestamp(unix_millis())
}
