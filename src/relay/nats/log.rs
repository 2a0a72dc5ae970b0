//! The events: one stream for each account.

use std::{collections::HashSet, sync::Mutex, time::Duration};

use async_nats::jetstream::{
    context::PublishErrorKind,
    stream::{Config, DirectGetErrorKind, DiscardPolicy, StorageType},
};
use tokio::select;

use crate::{
    domain::ids::AccountId,
    relay::{
        backend::{Appended, Error, Event, Retention, StoredEvent, Which},
        nats::{
            link::{Link, unavailable},
            names,
        },
    },
    rt::nats::stream::{handle, info, make},
};

/// How long a second event of the same body is known as such: well past the cloud's tries.
const MEMORY: Duration = Duration::from_mins(10);
/// The shortest retention NATS takes.
const SHORTEST: Duration = Duration::from_millis(100);
/// A page of events ends when it has this many bytes.
const PAGE: usize = 1024 * 1024;

/// The streams with events.
pub(super) struct Log {
    link: Link,
    retention: Retention,
    /// Accounts whose stream was found or made as the retention says, in this run: as many as
    /// accounts have tickets.
    settled: Mutex<HashSet<AccountId>>,
}

impl Log {
    pub(super) fn new(link: Link, retention: Retention) -> Self {
        Self {
            link,
            retention,
            settled: Mutex::default(),
        }
    }

    /// Makes an account's stream if there is none.
    pub(super) async fn ensure(&self, account: &AccountId) -> Result<(), Error> {
        match info(&self.link, &names::stream(account)).await? {
            Some(_) => Ok(()),
            None => Ok(make(&self.link, self.config(account)).await?),
        }
    }

    /// Makes an account's stream, or gives the one there is the present retention.
    async fn settle(&self, account: &AccountId) -> Result<(), Error> {
        let name = names::stream(account);
        let wanted = self.config(account);
        let Some(found) = info(&self.link, &name).await? else {
            return Ok(make(&self.link, wanted).await?);
        };
        let mut config = found.config;
        let same = config.max_age == wanted.max_age && config.max_bytes == wanted.max_bytes;
        if same {
            return Ok(());
        }
        config.max_age = wanted.max_age;
        config.max_bytes = wanted.max_bytes;
        config.duplicate_window = wanted.duplicate_window;
        let updated = self.link.jetstream.update_stream(config).await;
        updated.map_err(|cause| unavailable(format!("change NATS' stream {name}"), cause))?;
        Ok(())
    }

    fn config(&self, account: &AccountId) -> Config {
        let max_age = self.retention.time.max(SHORTEST);
        Config {
            name: names::stream(account),
            description: Some("handset relay: events of an account".to_owned()),
            subjects: vec![names::subjects(account)],
            storage: StorageType::File,
            discard: DiscardPolicy::Old,
            max_age,
            max_bytes: i64::try_from(self.retention.bytes).unwrap_or(i64::MAX),
            duplicate_window: MEMORY.min(max_age),
            allow_direct: true,
            num_replicas: 1,
            ..Config::default()
        }
    }

    /// Appends an event; comes back once NATS has it in its file.
    pub(super) async fn append(&self, event: &Event) -> Result<Appended, Error> {
        let what = || format!("keep an event of account {} in NATS", event.account);
        let known = |settled: &Mutex<HashSet<_>>| {
            settled
                .lock()
                .is_ok_and(|settled| settled.contains(&event.account))
        };
        if !known(&self.settled) {
            self.settle(&event.account).await?;
            if let Ok(mut settled) = self.settled.lock() {
                settled.insert(event.account.clone());
            }
        }
        let headers = names::headers(event).map_err(|why| unavailable(what(), why))?;
        let (mut state, mut again) = (self.link.state(), true);
        loop {
            state.mark_unchanged();
            self.link.connected().await?;
            let publishing = async {
                let sent = self.link.jetstream.publish_with_headers(
                    names::subject(event),
                    headers.clone(),
                    event.request.body.clone(),
                );
                sent.await?.await
            };
            let acked = select! {
                biased;
                acked = publishing => acked,
                // No answer comes over a lost connection. Nothing is doubled by saying it again:
                // NATS knows the digest, and what has none may come twice.
                Ok(()) = state.changed() => continue,
            };
            let cause = match acked {
                Ok(ack) if ack.duplicate => return Ok(Appended::Again),
                Ok(ack) => return Ok(Appended::New(ack.sequence)),
                Err(cause) => cause,
            };
            match cause.kind() {
                // Somebody has deleted it.
                PublishErrorKind::StreamNotFound if again => {
                    again = false;
                    self.settle(&event.account).await?;
                }
                PublishErrorKind::MaxPayloadExceeded => {
                    return Err(Error::Lasting {
                        what: what(),
                        why: format!(
                            "NATS takes {} bytes at most; set max_payload: 2MB in its configuration",
                            self.link.client.max_payload()
                        ),
                    });
                }
                _ => return Err(unavailable(what(), cause)),
            }
        }
    }

    /// Reads a page; what came before a failure is a page too.
    pub(super) async fn read(
        &self,
        account: &AccountId,
        which: &Which,
        after: u64,
        limit: usize,
        page: &mut Vec<StoredEvent>,
    ) -> Result<(), Error> {
        let name = names::stream(account);
        let filter = names::filter(account, which);
        let stream = handle(&self.link, &name).await?;
        let (mut next, mut bytes) = (after.saturating_add(1), 0);
        while page.len() < limit && bytes < PAGE {
            let found = stream.direct_get_next_for_subject(filter.as_str(), Some(next));
            let message = match found.await {
                Ok(message) => message,
                Err(cause) if cause.kind() == DirectGetErrorKind::NotFound => return Ok(()),
                // Without the stream nobody answers; that is no failure.
                Err(cause) => {
                    return match info(&self.link, &name).await {
                        Ok(None) => Ok(()),
                        _ => Err(unavailable(format!("read NATS' stream {name}"), cause)),
                    };
                }
            };
            next = message.sequence.saturating_add(1);
            bytes += message.payload.len();
            let seq = message.sequence;
            if let Some(kept) = names::kept(seq, &message.headers, message.payload) {
                page.push(kept);
            } else {
                tracing::warn!(
                    stream = name,
                    seq,
                    "passed over a message that no relay of this version wrote"
                );
            }
        }
        Ok(())
    }

    /// The newest number of an account.
    pub(super) async fn newest(&self, account: &AccountId) -> Result<u64, Error> {
        let found = info(&self.link, &names::stream(account)).await?;
        Ok(found.map_or(0, |info| info.state.last_sequence))
    }
}
