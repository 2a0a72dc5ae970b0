//! What changes, here or at another relay, sent to the holder of [`Changes`].

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::{
    select,
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::{
    domain::ids::AccountId,
    relay::{
        backend::{Change, Changes, Error, Issued, Loss},
        nats::{
            link::{CALL, Link, unavailable},
            names,
            tables::{self, Claimed},
        },
    },
    rt::{
        clock,
        nats::{
            follow::{Follow, From, Told},
            stream,
        },
        shutdown::Shutdown,
    },
};

/// Changes that may wait to be taken; past them nothing more is asked of NATS.
const WAITING: usize = 1024;
/// How often to look for what NATS has dropped.
const LOOK: Duration = Duration::from_secs(15);
/// Most accounts that one NATS serves; each costs a consumer.
const ACCOUNTS: usize = 1000;

pub(super) struct Watch {
    link: Link,
    changes: mpsc::Sender<Change>,
    shutdown: Shutdown,
    /// Accounts whose events are told.
    accounts: Mutex<HashSet<AccountId>>,
    /// Tables whose first values have not all come yet.
    beginning: AtomicUsize,
}

impl Watch {
    /// Begins to tell: first what is there, then what comes.
    pub(super) async fn start(
        link: &Link,
        shutdown: &Shutdown,
    ) -> Result<(Arc<Self>, Changes), Error> {
        let (changes, told) = mpsc::channel(WAITING);
        let watch = Arc::new(Self {
            link: link.clone(),
            changes,
            shutdown: shutdown.clone(),
            accounts: Mutex::default(),
            beginning: AtomicUsize::new(2),
        });
        let canaries = link.client.subscribe(names::CANARIES).await;
        let canaries =
            canaries.map_err(|cause| unavailable("hear canaries from NATS".to_owned(), cause))?;
        watch.spawn(Arc::clone(&watch).hear(canaries));
        watch.spawn(Arc::clone(&watch).claims());
        watch.spawn(Arc::clone(&watch).tickets());
        Ok((watch, told))
    }

    /// Runs a task until it ends or everything does.
    fn spawn(&self, task: impl Future<Output = Option<()>> + Send + 'static) {
        let stop = self.shutdown.token();
        self.shutdown.spawn(async move {
            select! {
                biased;
                () = stop.cancelled() => {}
                _ = task => {}
            }
        });
    }

    /// Whether an account is told of, or could be.
    pub(super) fn has_room_for(&self, account: &AccountId) -> bool {
        let accounts = self.accounts.lock();
        accounts.is_ok_and(|known| known.contains(account) || known.len() < ACCOUNTS)
    }

    /// Tells of an account's events, from now on.
    pub(super) fn account(self: &Arc<Self>, account: &AccountId) {
        if !self.has_room_for(account) {
            tracing::error!("more than {ACCOUNTS} accounts have tickets; the rest gets nothing");
            return;
        }
        let is_new = self
            .accounts
            .lock()
            .is_ok_and(|mut known| known.insert(account.clone()));
        if is_new {
            self.spawn(Arc::clone(self).events(account.clone()));
            self.spawn(Arc::clone(self).losses(account.clone()));
        }
    }

    /// Tells; ends the teller when nobody listens any more.
    async fn tell(&self, change: Change) -> Option<()> {
        self.changes.send(change).await.ok()
    }

    async fn events(self: Arc<Self>, account: AccountId) -> Option<()> {
        let mut follow = Follow::new(&self.link, names::stream(&account), From::Now);
        loop {
            match follow.next().await {
                Told::Message {
                    seq,
                    headers,
                    payload,
                } => {
                    if let Some(kept) = names::kept(seq, &headers, payload) {
                        self.tell(Change::Event(Arc::new(kept))).await?;
                    }
                }
                Told::Gap => self.tell(Change::Gap(account.clone())).await?,
                Told::Current => {}
            }
        }
    }

    /// Tells how many of an account's events NATS has dropped. It does not say of which
    /// conversation they were, nor why it dropped them.
    async fn losses(self: Arc<Self>, account: AccountId) -> Option<()> {
        let stream = names::stream(&account);
        let mut first: Option<u64> = None;
        loop {
            sleep(LOOK).await;
            let Ok(Ok(Some(info))) = timeout(CALL, stream::info(&self.link, &stream)).await else {
                continue;
            };
            let now = info.state.first_sequence;
            let events = now.saturating_sub(first.replace(now).unwrap_or(now));
            if events > 0 {
                self.tell(Change::Dropped {
                    account: account.clone(),
                    tester: None,
                    events,
                    reason: Loss::Nats,
                })
                .await?;
            }
        }
    }

    async fn claims(self: Arc<Self>) -> Option<()> {
        self.follow_bucket(tables::CLAIMS, |claimed: Claimed| {
            let Claimed {
                account,
                claim,
                device,
                released,
                ..
            } = claimed;
            if released {
                return Change::Released {
                    account,
                    claim,
                    device,
                };
            }
            Change::Claimed {
                account,
                claim,
                device,
            }
        })
        .await
    }

    async fn tickets(self: Arc<Self>) -> Option<()> {
        self.follow_bucket(tables::TICKET_BUCKET, |ticket: Issued| {
            if !ticket.revoked && ticket.until > clock::unix_millis() / 1000 {
                self.account(&ticket.account);
            }
            Change::Ticket(ticket)
        })
        .await
    }

    /// Tells what a bucket has and what is written to it.
    async fn follow_bucket<V: DeserializeOwned>(
        &self,
        bucket: &str,
        change: impl Fn(V) -> Change,
    ) -> Option<()> {
        let mut follow = Follow::new(&self.link, stream::stream_of(bucket), From::First);
        loop {
            match follow.next().await {
                // A key that was deleted leaves a message without a value; nobody waits for that.
                Told::Message { payload, .. } => {
                    if let Some(value) = read(&payload) {
                        self.tell(change(value)).await?;
                    }
                }
                Told::Current => {
                    if self.beginning.fetch_sub(1, Ordering::AcqRel) == 1 {
                        self.tell(Change::Current).await?;
                    }
                }
                // All of it comes again.
                Told::Gap => {}
            }
        }
    }

    async fn hear(self: Arc<Self>, mut canaries: async_nats::Subscriber) -> Option<()> {
        // Subscribed again by the client whenever it connects.
        while let Some(message) = canaries.next().await {
            let headers = message.headers.unwrap_or_default();
            let Some((account, device, request)) = names::canary_in(&headers, message.payload)
            else {
                continue;
            };
            self.tell(Change::Canary {
                account,
                device,
                request: Arc::new(request),
            })
            .await?;
        }
        None
    }
}

fn read<V: DeserializeOwned>(payload: &Bytes) -> Option<V> {
    serde_json::from_slice(payload).ok()
}
