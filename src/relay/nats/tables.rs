//! The tables in NATS: claims, devices, cursors, tickets and the identity, in buckets of keys and values.
//!
//! A value is only ever replaced by somebody who has seen it: what a lost connection makes late is
//! refused by its revision.

use std::time::Duration;

use async_nats::jetstream::{
    consumer::{AckPolicy, pull},
    kv::{CreateErrorKind, Entry, Operation, Store, UpdateErrorKind},
};
use bytes::Bytes;
use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    domain::{ids::AccountId, relay::Claim},
    relay::{
        backend::{ClaimKind, Cursor, Device, Error, Identity, Issued, Known},
        nats::{
            link::{Link, unavailable},
            names,
        },
    },
    rt::{
        clock,
        nats::stream::{bucket, handle, stream_of},
    },
};

/// What no device has touched for so long is dropped; a device that comes back after it is new.
const FORGOTTEN: Duration = Duration::from_hours(60 * 24);
/// What is used is written again once it is this old, so that it is not forgotten.
const STALE: Duration = Duration::from_hours(24);
/// Tickets that ended longer ago than this are dropped.
const ENDED: i64 = 30 * 24 * 60 * 60;
/// Attempts to replace a value that others replace at the same time.
const ATTEMPTS: usize = 16;
/// A consumer that nobody asks for so long is dropped by NATS.
const ABANDONED: Duration = Duration::from_secs(30);
/// Values that are asked for at a time.
const PAGE: usize = 1000;
/// Most tickets that are listed.
const TICKETS: usize = 100_000;
/// Most cursors that are read for one device; past them events come again, which is harmless.
const CURSORS: usize = 50_000;

/// The bucket of claims.
pub(super) const CLAIMS: &str = "HANDSET_CLAIMS";
/// The bucket of tickets.
pub(super) const TICKET_BUCKET: &str = "HANDSET_TICKETS";
const DEVICES: &str = "HANDSET_DEVICES";
const CURSOR_BUCKET: &str = "HANDSET_CURSORS";
const IDENTITY: &str = "HANDSET_IDENTITY";
/// The one key in the bucket of the identity.
const RELAY: &str = "relay";

pub(super) struct Tables {
    link: Link,
    claims: Store,
    devices: Store,
    cursors: Store,
    tickets: Store,
    identity: Store,
}

/// A claim as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claimed {
    pub(super) account: AccountId,
    pub(super) claim: Claim,
    pub(super) device: Device,
    /// Nobody has said so; it only seems to be the device's.
    #[serde(default, rename = "presumed")]
    is_provisional: bool,
    /// It was given up, and is anybody's.
    #[serde(default)]
    pub(super) released: bool,
}

/// The identity as it is kept.
#[derive(Clone, Serialize, Deserialize)]
struct Own {
    relay: String,
    path: String,
    key: String,
}

/// What to do with a value that is there.
enum Next<T> {
    /// Leave it, with this outcome.
    Leave(T),
    Replace,
}

impl Tables {
    /// Opens the buckets, making those that are missing.
    pub(super) async fn open(link: &Link) -> Result<Self, Error> {
        let forever = Duration::ZERO;
        Ok(Self {
            claims: bucket(link, CLAIMS, FORGOTTEN).await?,
            devices: bucket(link, DEVICES, FORGOTTEN).await?,
            cursors: bucket(link, CURSOR_BUCKET, FORGOTTEN).await?,
            tickets: bucket(link, TICKET_BUCKET, forever).await?,
            identity: bucket(link, IDENTITY, forever).await?,
            link: link.clone(),
        })
    }

    /// The identity; `fresh` becomes it when there is none.
    pub(super) async fn identity(&self, fresh: Identity) -> Result<Identity, Error> {
        let fresh = Own {
            relay: fresh.relay,
            path: fresh.path,
            key: fresh.key.reveal().to_owned(),
        };
        let own = keep(&self.identity, RELAY, &fresh, |own: &Own, _| {
            Next::Leave(own.clone())
        });
        let own = own.await?.unwrap_or(fresh);
        Ok(Identity {
            relay: own.relay,
            path: own.path,
            key: crate::domain::secret::Secret::new(own.key),
        })
    }

    /// Claims, or holds what seems to be the device's own, and gives who holds it then.
    pub(super) async fn claim(
        &self,
        account: &AccountId,
        claim: &Claim,
        device: &Device,
        kind: ClaimKind,
    ) -> Result<Device, Error> {
        let key = names::claim(account, claim, &device.id);
        let ours = Claimed {
            account: account.clone(),
            claim: claim.clone(),
            device: device.clone(),
            is_provisional: kind == ClaimKind::Provisional,
            released: false,
        };
        let holder = keep(&self.claims, &key, &ours, |theirs: &Claimed, entry| {
            let held = if theirs.is_provisional {
                ClaimKind::Provisional
            } else {
                ClaimKind::Made
            };
            let is_own = theirs.device == *device && kind == ClaimKind::Made;
            let renews = is_own && age(entry) > STALE;
            if theirs.released || renews || kind.replaces(device, &theirs.device, held) {
                Next::Replace
            } else {
                Next::Leave(theirs.device.clone())
            }
        });
        Ok(holder.await?.unwrap_or_else(|| device.clone()))
    }

    /// Gives a claim up. It is marked rather than deleted, so that all relays hear whose it was.
    pub(super) async fn release(
        &self,
        account: &AccountId,
        claim: &Claim,
        device: &Device,
    ) -> Result<(), Error> {
        let key = names::claim(account, claim, &device.id);
        let Some(entry) = found(&self.claims, &key).await? else {
            return Ok(());
        };
        let Some(mut claimed) = read::<Claimed>(&entry) else {
            return Ok(());
        };
        if claimed.device != *device || claimed.released {
            return Ok(());
        }
        claimed.released = true;
        let what = || "give a claim up in NATS".to_owned();
        let json = serde_json::to_vec(&claimed).map_err(|cause| unavailable(what(), cause))?;
        match self.claims.update(&key, json.into(), entry.revision).await {
            Ok(_) => Ok(()),
            // Somebody has claimed it meanwhile.
            Err(cause) if cause.kind() == UpdateErrorKind::WrongLastRevision => Ok(()),
            Err(cause) => Err(unavailable(what(), cause)),
        }
    }

    /// Makes a device known, or gives what is known.
    pub(super) async fn meet(
        &self,
        account: &AccountId,
        known: impl AsyncFnOnce() -> Result<Known, Error>,
        id: &str,
    ) -> Result<Known, Error> {
        let key = names::device(account, id);
        if let Some(entry) = found(&self.devices, &key).await?
            && let Some(known) = read::<Known>(&entry)
        {
            if age(&entry) > STALE {
                // Another relay that has just done so did the same.
                let _ = self
                    .devices
                    .update(&key, entry.value, entry.revision)
                    .await
                    .inspect_err(|cause| tracing::debug!(%cause, "a device stays as it is"));
            }
            return Ok(known);
        }
        let fresh = known().await?;
        let before = keep(&self.devices, &key, &fresh, |known: &Known, _| {
            Next::Leave(known.clone())
        });
        Ok(before.await?.unwrap_or(fresh))
    }

    /// Where a device has come to.
    pub(super) async fn cursors(
        &self,
        account: &AccountId,
        device: &str,
    ) -> Result<Vec<Cursor>, Error> {
        let filter = format!("{}.*", names::device(account, device));
        let mut cursors = Vec::new();
        self.each(CURSOR_BUCKET, &filter, CURSORS, |value: Cursor| {
            cursors.push(value);
        })
        .await?;
        Ok(cursors)
    }

    /// Moves one cursor forward; never back.
    pub(super) async fn advance(
        &self,
        account: &AccountId,
        device: &str,
        cursor: &Cursor,
    ) -> Result<(), Error> {
        let key = names::cursor(account, device, &cursor.0);
        let moved = keep(&self.cursors, &key, cursor, |before: &Cursor, _| {
            if before.1 >= cursor.1 {
                Next::Leave(())
            } else {
                Next::Replace
            }
        });
        moved.await.map(|_| ())
    }

    /// Keeps a ticket; one that is revoked stays so.
    pub(super) async fn keep_ticket(&self, ticket: &Issued) -> Result<(), Error> {
        let key = names::token(&ticket.id);
        let kept = keep(&self.tickets, &key, ticket, |before: &Issued, _| {
            if before == ticket || (before.revoked && !ticket.revoked) {
                Next::Leave(())
            } else {
                Next::Replace
            }
        });
        kept.await.map(|_| ())
    }

    /// All tickets but those that ended long ago, which are dropped.
    pub(super) async fn tickets(&self) -> Result<Vec<Issued>, Error> {
        let mut tickets = Vec::new();
        self.each(TICKET_BUCKET, ">", TICKETS, |ticket: Issued| {
            tickets.push(ticket);
        })
        .await?;
        let past = clock::unix_millis() / 1000 - ENDED;
        for ticket in tickets.extract_if(.., |ticket| ticket.until < past) {
            let purged = self.tickets.purge(names::token(&ticket.id)).await;
            // The next one who lists them tries again.
            let _ = purged.inspect_err(|cause| tracing::debug!(%cause, "an old ticket stays"));
        }
        tickets.sort_by(|a, b| (a.made, &a.id).cmp(&(b.made, &b.id)));
        Ok(tickets)
    }

    /// Goes through the values of a bucket whose keys fit, in the order they were written. They
    /// come many at a time: one by one a long way to NATS would take more than the time of a call.
    async fn each<T: DeserializeOwned>(
        &self,
        bucket: &str,
        keys: &str,
        limit: usize,
        mut take: impl FnMut(T),
    ) -> Result<(), Error> {
        let what = |cause: String| unavailable(format!("read NATS' bucket {bucket}"), cause);
        let stream = handle(&self.link, &stream_of(bucket)).await?;
        let consumer = stream
            .create_consumer(pull::Config {
                filter_subject: format!("$KV.{bucket}.{keys}"),
                ack_policy: AckPolicy::None,
                inactive_threshold: ABANDONED,
                num_replicas: 1,
                memory_storage: true,
                ..pull::Config::default()
            })
            .await
            .map_err(|cause| what(cause.to_string()))?;
        let mut pending = consumer.cached_info().num_pending;
        let mut left = limit;
        while pending > 0 && left > 0 {
            let page = left.min(PAGE);
            let page = consumer.fetch().max_messages(page).messages().await;
            let mut page = page.map_err(|cause| what(cause.to_string()))?;
            // Those that were deleted meanwhile do not come.
            let before = left;
            while let Some(message) = page.next().await {
                let message = message.map_err(|cause| what(cause.to_string()))?;
                pending = message.info().map_or(0, |info| info.pending);
                left -= 1;
                // A key that was deleted leaves a message without a value.
                if let Ok(value) = serde_json::from_slice(&message.payload) {
                    take(value);
                }
            }
            if left == before {
                break;
            }
        }
        if pending > 0 && left == 0 {
            tracing::warn!(bucket, "only the first {limit} values are read");
        }
        let name = &consumer.cached_info().name;
        // NATS drops it by itself a little later.
        let _ = stream
            .delete_consumer(name)
            .await
            .inspect_err(|cause| tracing::debug!(%cause, "a consumer stays for a while"));
        Ok(())
    }
}

/// Puts a value under a key: at once where there is none, else as `judge` says of the one that is
/// there. Gives the outcome of leaving it, nothing when ours stands.
async fn keep<V: Serialize + DeserializeOwned, T>(
    store: &Store,
    key: &str,
    ours: &V,
    judge: impl Fn(&V, &Entry) -> Next<T>,
) -> Result<Option<T>, Error> {
    let what = || format!("write to NATS' bucket {}", store.name);
    let json = serde_json::to_vec(ours).map_err(|cause| unavailable(what(), cause))?;
    let value = Bytes::from(json);
    for _ in 0..ATTEMPTS {
        let Some(entry) = found(store, key).await? else {
            match store.create(key, value.clone()).await {
                Ok(_) => return Ok(None),
                Err(cause) if cause.kind() == CreateErrorKind::AlreadyExists => continue,
                Err(cause) => return Err(unavailable(what(), cause)),
            }
        };
        // What nobody can read is as good as nothing.
        if let Some(theirs) = read::<V>(&entry)
            && let Next::Leave(outcome) = judge(&theirs, &entry)
        {
            return Ok(Some(outcome));
        }
        match store.update(key, value.clone(), entry.revision).await {
            Ok(_) => return Ok(None),
            Err(cause) if cause.kind() == UpdateErrorKind::WrongLastRevision => {}
            Err(cause) => return Err(unavailable(what(), cause)),
        }
    }
    Err(unavailable(what(), "others write the same all the time"))
}

/// The value under a key.
async fn found(store: &Store, key: &str) -> Result<Option<Entry>, Error> {
    let entry = store.entry(key).await;
    let entry =
        entry.map_err(|cause| unavailable(format!("read NATS' bucket {}", store.name), cause))?;
    Ok(entry.filter(|entry| entry.operation == Operation::Put))
}

fn read<V: DeserializeOwned>(entry: &Entry) -> Option<V> {
    serde_json::from_slice(&entry.value).ok()
}

/// How long ago a value was written, by NATS' clock and ours.
fn age(entry: &Entry) -> Duration {
    let written =
        i128::from(clock::unix_millis()) - entry.created.unix_timestamp_nanos() / 1_000_000;
    Duration::from_millis(u64::try_from(written).unwrap_or(0))
}
