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

use axum::http::StatusCode;
use bytes::Bytes;
use tokio::{task::coop::consume_budget, time::timeout};

use crate::{
    domain::{ids::ConversationId, time::Timestamp},
    rt::{shutdown::Shutdown, world_clock::Hold},
    sandbox::{
        clock::Alarm,
        delivery::{
            outgoing::{Outgoing, PARALLEL, innermost},
            policy::{DeliveryAction, Policy, Post, Standing, Timing},
            tampering::{Fate, Tampering, escaped, joined},
        },
        model::{
            App,
            notify::{EventType, Notification},
            webhooks::Webhooks,
        },
    },
};

/// Notifications held at most; past it the oldest is dropped.
const CAPACITY: usize = 100_000;
/// Bytes of them held at most; past it likewise.
const CAPACITY_BYTES: usize = 128 * 1024 * 1024;
/// Between two looks while the last posts are waited for.
const LOOK: Duration = Duration::from_millis(5);

/// How long one that is to have two changes waits for the second.
const COMPANY_WITHIN: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(crate) struct Delivery {
    app: App,
    policy: Mutex<Policy>,
    /// When the waiting task will look again, in milliseconds.
    armed: AtomicI64,
    /// Rung when that is too late.
    sooner: Alarm,
    outgoing: Arc<Outgoing>,
    tasks: Shutdown,
}

impl Delivery {
    /// Delivery with nothing to deliver yet; [`run`](Self::run) starts it.
    pub(crate) fn new(app: App, webhooks: Webhooks, outgoing: Arc<Outgoing>) -> Self {
        let retry = outgoing.retry();
        let timing = Timing {
            first_gap: retry.first_gap,
            longest_gap: retry.longest_gap,
            number_gap: retry.number_gap,
            drain_wait: retry.drain_wait,
            capacity: CAPACITY,
            capacity_bytes: CAPACITY_BYTES,
            parallel: PARALLEL,
        };
        Self {
            app,
            policy: Mutex::new(Policy::new(webhooks, timing)),
            armed: AtomicI64::new(i64::MAX),
            sooner: outgoing.clock().alarm(),
            outgoing,
            tasks: Shutdown::new(),
        }
    }

    /// Starts the task that waits for what is due, and delivers what an earlier run left.
    pub(crate) fn run(self: &Arc<Self>, left: Vec<Notification>) {
        let this = self.clone();
        self.tasks.spawn(async move { this.wait_for_due().await });
        self.decide(|policy| policy.restore(self.now(), left));
    }

    /// Whether the app install subscribes to this kind of event.
    pub(crate) fn wants(&self, kind: EventType) -> bool {
        self.policy().wants(kind)
    }

    /// How the app install stands, and how many notifications are held.
    pub(crate) fn standing(&self) -> (Standing, usize) {
        let policy = self.policy();
        (policy.standing(), policy.held())
    }

    /// Takes another configuration at once; the same one changes nothing.
    pub(crate) fn configure(self: &Arc<Self>, webhooks: Webhooks) {
        self.decide(|policy| {
            if *policy.webhooks() == webhooks {
                return Vec::new();
            }
            policy.configure(self.now(), webhooks)
        });
    }

    /// Gives up what is held of a conversation, or of all.
    pub(crate) fn clear(self: &Arc<Self>, conversation: Option<&ConversationId>) {
        self.decide(|policy| policy.clear(conversation));
    }

    /// Gives up everything there is to deliver.
    pub(crate) fn abandon(self: &Arc<Self>) {
        self.decide(Policy::abandon);
    }

    /// Takes a notification. Must be called in the order they came into being.
    pub(crate) fn enqueue(self: &Arc<Self>, note: Notification) {
        self.decide(|policy| policy.enqueue(self.now(), note));
    }

    /// Ends delivery: what can be delivered now is, the rest stays where it is stored.
    pub(crate) async fn stop(&self, deadline: Duration) -> bool {
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
            let wake = {
                // Stored under the lock under which it is compared: no change slips between.
                let policy = self.policy();
                let wake = policy.next_wake();
                self.armed
                    .store(wake.map_or(i64::MAX, |at| at.0), Ordering::SeqCst);
                wake
            };
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.sooner.wait(wake) => {}
            }
            // However soon it is woken again, the other tasks of this thread have their turn.
            consume_budget().await;
            self.decide(|policy| policy.tick(self.now()));
        }
    }

    /// Has the policy decide, and does what it decided.
    fn decide(self: &Arc<Self>, decide: impl FnOnce(&mut Policy) -> Vec<DeliveryAction>) {
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
            self.sooner.ring();
        }
        let mut forgotten = Vec::new();
        for action in actions {
            match action {
                DeliveryAction::Forget(id) => forgotten.push(id),
                DeliveryAction::Post(post) => {
                    let this = self.clone();
                    let hold = self.outgoing.clock().hold();
                    self.tasks.spawn(async move { this.post(post, hold).await });
                }
            }
        }
        if let Some(store) = self.outgoing.store()
            && !forgotten.is_empty()
        {
            let store = store.clone();
            self.tasks
                .spawn(async move { store.forget(forgotten).await });
        }
    }

    async fn post(self: Arc<Self>, post: Post, hold: Hold) {
        let stop = self.tasks.token();
        let tampering = self.outgoing.tampering(&self.app, post.late);
        if tampering.fate == Fate::Overtaken && self.put_off(post.id) {
            return;
        }
        if tampering.fate == Fate::Lost {
            self.decide(|policy| policy.answered(self.now(), post.id, post.generation, true));
            return;
        }
        let send = async {
            if !tampering.delay.is_zero() {
                tokio::time::sleep(tampering.delay).await;
            }
            let (body, second) = self.written(&post, &tampering).await;
            let way = (&*post.endpoint, tampering.seal);
            if tampering.twice {
                // What the endpoint says to the first of two does not matter.
                let _ = self.outgoing.request(&self.app, way, body.clone()).await;
            }
            (self.outgoing.request(&self.app, way, body).await, second)
        };
        let (answer, second) = tokio::select! {
            (answer, second) = send => (answer, second),
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
        if let Some(second) = second {
            self.decide(|policy| {
                if ok {
                    vec![DeliveryAction::Forget(second.id)]
                } else {
                    policy.put_back(second)
                }
            });
        }
        self.decide(|policy| policy.answered(self.now(), post.id, post.generation, ok));
        drop(hold);
        // The next post does not wait for this.
        if let Ok(answer) = answer {
            tokio::select! {
                () = self.outgoing.finish(answer) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Whether one is to be overtaken, and its place was given up.
    fn put_off(self: &Arc<Self>, id: u64) -> bool {
        let mut done = false;
        self.decide(|policy| {
            let actions = policy.put_off(self.now(), id);
            done = actions.is_some();
            actions.unwrap_or_default()
        });
        done
    }

    /// The bytes to post, and the other notification that stands in them too.
    async fn written(&self, post: &Post, tampering: &Tampering) -> (Bytes, Option<Notification>) {
        let mut body = post.body.clone();
        let mut second = None;
        if tampering.paired {
            let company = timeout(COMPANY_WITHIN, async {
                loop {
                    let found = self.policy().absorb(post.id);
                    if let Some(found) = found {
                        return found;
                    }
                    tokio::time::sleep(LOOK).await;
                }
            });
            second = company.await.ok();
            if let Some(both) = second.as_ref().and_then(|one| joined(&body, &one.body)) {
                body = both;
            }
        }
        if tampering.ascii {
            body = escaped(&body);
        }
        (body, second)
    }

    fn now(&self) -> Timestamp {
        self.outgoing.clock().now()
    }

    fn policy(&self) -> MutexGuard<'_, Policy> {
        self.policy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
