//! Transactions: a call to the model, its commit, then the notifications that follow from it.
//!
//! The model sits behind a lock that is held for the call itself and never across an await. What
//! a call changed is handed on before the lock is given back, so the order of notifications is
//! the order of the calls. When a call cannot be stored, the model is put right from the state
//! file before the caller is answered ([`Memory`]). Who is notified is not decided here.

mod reading;
mod replace;
pub(crate) mod snapshots;

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::Serialize;
use tokio::sync::oneshot;

use crate::{
    domain::{ids::ClientId, time::Timestamp},
    rt::{shutdown::Shutdown, sqlite, world_clock::FURTHEST},
    sandbox::{
        clock::{Alarm, Clock},
        delivery::{exchange::Exchange, policy::Standing},
        model::{
            Cloud,
            amend::{Stored, Touched},
            changes::{Changes, Notice, NoticeContent},
            files::FileChange,
            notify::Notification,
            printed_conversation::PrintedConversation,
            refusal::Refusal,
            webhooks::{DeliverySetup, Webhooks},
        },
        store::{Memory, Row, Store},
    },
};

/// How long it waits after something could not be ended.
const PAUSE: Duration = Duration::from_secs(5);

/// What is told, with what the connector and agents' sockets get of it.
#[derive(Debug)]
struct PreparedNotice {
    notice: Notice,
    note: Option<Notification>,
    /// Made only when a socket wants it.
    printed: Option<Arc<PrintedConversation>>,
}

/// Is notified of what calls changed, once that is committed: the router.
pub(crate) trait Observer: fmt::Debug + Send + Sync {
    /// Whether conversations are to be printed for agents' sockets.
    fn wants_conversations(&self) -> bool;

    /// Handles a notice, in the order in which the calls were made.
    fn notify(&self, notice: &Notice, printed: Option<&PrintedConversation>);
}

/// What follows a call once its rows are committed.
#[derive(Debug, Default)]
struct After {
    setups: Vec<DeliverySetup>,
    notices: Vec<PreparedNotice>,
}

#[derive(Debug)]
pub(crate) struct Transactions {
    state: Arc<SharedModel>,
    outlets: Arc<Outlets>,
    store: Option<Store>,
    private_notes: bool,
    clock: Clock,
}

/// What the state file is written from.
#[derive(Debug)]
struct SharedModel {
    inner: Mutex<ModelState>,
    /// Rung when something began that ends at a time of its own.
    timers: Alarm,
}

#[derive(Debug)]
struct ModelState {
    cloud: Cloud,
    /// The number of the next notification.
    next: u64,
    /// Where the generator stood when it was last stored; `None` when that could not be.
    chance: Option<u64>,
}

#[derive(Debug)]
struct Outlets {
    delivery: Arc<Exchange>,
    observer: Arc<dyn Observer>,
}

impl Transactions {
    /// A transactions for this cloud; `next` is the number of its next notification.
    pub(crate) fn new(
        cloud: Cloud,
        next: u64,
        delivery: Arc<Exchange>,
        observer: Arc<dyn Observer>,
        store: Option<Store>,
        private_notes: bool,
        clock: Clock,
    ) -> Self {
        let chance = Some(cloud.chance());
        let state = Arc::new(SharedModel {
            inner: Mutex::new(ModelState {
                cloud,
                next,
                chance,
            }),
            timers: clock.alarm(),
        });
        if let Some(store) = &store {
            store.serve(state.clone());
        }
        Self {
            state,
            outlets: Arc::new(Outlets { delivery, observer }),
            store,
            private_notes,
            clock,
        }
    }

    /// Starts the task that gives up surveys that no consumer goes on with.
    pub(crate) fn run(self: &Arc<Self>, tasks: &Shutdown) {
        let this = self.clone();
        let stop = tasks.token();
        tasks.spawn(async move {
            loop {
                let next = this.look(Cloud::next_expiry);
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = this.state.timers.wait(next) => {}
                }
                let next = this.look(Cloud::next_expiry);
                if next.is_none_or(|at| at > this.now()) {
                    continue;
                }
                let expired = this.perform(|cloud, now, changes| {
                    cloud.expire(now, changes);
                    Ok(())
                });
                if let Err(refusal) = expired.await {
                    tracing::warn!(%refusal, "a survey that was given up stays");
                    // The state file may be full; it is tried again, not at once.
                    tokio::select! {
                        () = stop.cancelled() => return,
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
            }
        });
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// What time it is in the sandbox.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Lets time pass at once, and returns when what fell due in it was dealt with.
    pub(crate) async fn advance(&self, span: Duration) -> Result<(), Refusal> {
        // Stored first: a kill on the way finds the next run where this one was going.
        let ahead = self.clock.ahead().saturating_add(span).min(FURTHEST);
        self.store_rows(vec![Row::Ahead(ahead)]).await?;
        self.clock.advance(span).await;
        Ok(())
    }

    /// Writes rows of no call, and waits until they are there; nothing without a state file.
    async fn store_rows(&self, rows: Vec<Row>) -> Result<(), Refusal> {
        let Some(store) = &self.store else {
            return Ok(());
        };
        let stored = store.persist(rows).await;
        stored.map_err(|error| unstored(&error))
    }

    /// How an app install stands with its endpoints, and how much is held for it.
    pub(crate) fn standing(&self, client: &ClientId) -> Option<(Standing, usize)> {
        self.outlets.delivery.standing(client)
    }

    /// Looks at the cloud without changing it, at what is not committed yet too: a client is
    /// answered from [`Self::read`].
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Cloud) -> T) -> T {
        look(&self.lock().cloud)
    }

    /// Makes a call to the cloud. When this returns, what it changed is stored and on its way.
    pub(crate) async fn perform<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Cloud, Timestamp, &mut Changes) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let Some(store) = &self.store else {
            let mut inner = self.lock();
            let (answer, changes) = self.make(&mut inner.cloud, call);
            let after = self.after(&mut inner, &changes.installs, changes.notices);
            self.outlets.perform(after);
            return answer;
        };
        let permit = store
            .permit()
            .await
            .ok_or_else(|| unstored(&sqlite::Error::Closed))?;
        let committed = {
            let mut inner = self.lock();
            let (answer, changes) = self.make(&mut inner.cloud, call);
            let (rows, after) = self.rows(&mut inner, changes);
            // With nothing to write it still waits for what it may rest on.
            if rows.is_empty() && after.notices.is_empty() && store.is_settled() {
                return answer;
            }
            let (done, committed) = oneshot::channel();
            let outlets = self.outlets.clone();
            store.submit(permit, rows, move |outcome| {
                if outcome.is_ok() {
                    outlets.perform(after);
                }
                // The asker may have gone; what it asked for is done all the same.
                let _ = done.send(outcome.map(|()| answer));
            });
            committed
        };
        let outcome = committed.await.unwrap_or(Err(sqlite::Error::Closed));
        outcome.unwrap_or_else(|error| Err(unstored(&error)))
    }

    /// Points the first app install elsewhere, at once; the state file learns of it with its next
    /// change.
    pub(crate) fn point(&self, webhooks: Webhooks) {
        let mut inner = self.lock();
        let main = inner.cloud.main_mut();
        main.point(webhooks);
        self.outlets.delivery.set_up(main.setup());
    }

    /// Looks up how app installs stand now, and what is to be told.
    fn after(
        &self,
        inner: &mut ModelState,
        installs: &BTreeSet<ClientId>,
        notices: Vec<Notice>,
    ) -> After {
        let setups = installs.iter().map(|id| inner.cloud.setup(id)).collect();
        let notices = self.numbered(inner, notices);
        After { setups, notices }
    }

    /// Numbers notices and picks out what the connector is to get.
    fn numbered(&self, inner: &mut ModelState, notices: Vec<Notice>) -> Vec<PreparedNotice> {
        let wanted = self.outlets.observer.wants_conversations();
        let mut latest: Option<Arc<PrintedConversation>> = None;
        notices
            .into_iter()
            .map(|notice| {
                let hidden = notice.private && !self.private_notes;
                let note = (!hidden && self.outlets.delivery.wants(&notice.client, notice.kind))
                    .then(|| {
                        inner.next += 1;
                        Notification {
                            id: inner.next,
                            conversation: notice.conversation.clone(),
                            kind: notice.kind,
                            at: notice.at,
                            body: notice.body.clone(),
                        }
                    });
                let printed = match &notice.content {
                    NoticeContent::Conversation(view) if wanted => {
                        // Several notices of one call are about the same state.
                        if latest.as_ref().is_none_or(|made| made.id != view.id) {
                            latest = inner.cloud.conversation(&view.id).map(|conversation| {
                                Arc::new(PrintedConversation::of(
                                    inner.cloud.directory(),
                                    conversation,
                                ))
                            });
                        }
                        latest.clone()
                    }
                    _ => None,
                };
                PreparedNotice {
                    notice,
                    note,
                    printed,
                }
            })
            .collect()
    }

    /// The rows a call changed, and what follows.
    fn rows(&self, inner: &mut ModelState, changes: Changes) -> (Vec<Row>, After) {
        let mut rows = Vec::new();
        let cloud = &inner.cloud;
        if !changes.gone.is_empty() {
            rows.push(Row::ConversationsGone(changes.gone));
        }
        for id in changes.consumers {
            if let Some(consumer) = cloud.consumer(&id) {
                rows.push(Row::Consumer(id, printed(consumer)));
            }
        }
        for id in changes.conversations {
            if let Some(conversation) = cloud.conversation(&id) {
                rows.push(Row::Conversation(id, printed(conversation)));
            }
        }
        for (dialog, event) in changes.events {
            rows.push(Row::Event(dialog, event));
        }
        for change in changes.files {
            let file = |path: &str| cloud.file(path).cloned();
            rows.extend(match change {
                FileChange::Stored(path) => file(&path).map(|file| Row::File(path, file)),
                FileChange::Shared(path) => {
                    file(&path).map(|file| Row::FileReaders(path, file.readers))
                }
                FileChange::Gone(path) => Some(Row::FileGone(path)),
            });
        }
        let chance = cloud.chance();
        if inner.chance != Some(chance) {
            inner.chance = Some(chance);
            rows.push(Row::Chance(chance));
        }
        for id in &changes.installs {
            rows.push(match inner.cloud.remembered_install(id) {
                Some(install) => Row::Install(install.clone()),
                None => Row::InstallGone(id.clone()),
            });
        }
        let after = self.after(inner, &changes.installs, changes.notices);
        for PreparedNotice { note, .. } in &after.notices {
            rows.extend(note.clone().map(Row::Notification));
        }
        (rows, after)
    }

    fn make<T>(
        &self,
        cloud: &mut Cloud,
        call: impl FnOnce(&mut Cloud, Timestamp, &mut Changes) -> Result<T, Refusal>,
    ) -> (Result<T, Refusal>, Changes) {
        let mut changes = Changes::default();
        let answer = call(cloud, self.now(), &mut changes);
        if changes.timers {
            self.state.timers.ring();
        }
        (answer, changes)
    }

    fn lock(&self) -> MutexGuard<'_, ModelState> {
        self.state.lock()
    }
}

impl SharedModel {
    fn lock(&self) -> MutexGuard<'_, ModelState> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory for SharedModel {
    fn amend(&self, read: &mut dyn FnMut() -> Option<(Touched, Stored)>) {
        let mut inner = self.lock();
        if let Some((touched, stored)) = read() {
            inner.cloud.amend(&touched, stored);
        }
        inner.chance = None;
        // A survey that was to be over may run again.
        self.timers.ring();
    }
}

/// What a caller is told when its call is not stored.
fn unstored(error: &sqlite::Error) -> Refusal {
    Refusal::Store(error.to_string())
}

/// A part of the state as its row has it.
fn printed(part: &impl Serialize) -> String {
    serde_json::to_string(part).expect("every map in the state has texts for keys")
}

impl Outlets {
    fn perform(&self, after: After) {
        for setup in after.setups {
            self.delivery.set_up(setup);
        }
        for prepared in after.notices {
            self.notify(prepared);
        }
    }

    fn notify(&self, prepared: PreparedNotice) {
        if let Some(note) = prepared.note {
            self.delivery.enqueue(&prepared.notice.client, note);
        }
        self.observer
            .notify(&prepared.notice, prepared.printed.as_deref());
    }
}
