//! The backend for several relays: NATS JetStream.
//!
//! Each account has a stream of events in NATS' files; what is acknowledged has been written
//! there, and survives the death of NATS itself. Claims, devices, cursors and tickets are keys and
//! values that are only replaced by who has seen them, so that of two relays one wins. Relays hear
//! of each other through NATS alone; canaries, which are worth nothing later, are plain messages.

mod link;
mod log;
mod names;
mod tables;
mod watch;

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use tokio::time::timeout;

use crate::{
    domain::{
        ids::AccountId,
        inbound::Request,
        relay::{Claim, Role},
    },
    relay::{
        backend::{
            Appended, Backend, Boxed, Changes, ClaimKind, Cursor, Device, Error, Event, Identity,
            Issued, Known, Retention, StoredEvent, Which,
        },
        ticket,
    },
    rt::shutdown::Shutdown,
};

use link::{Link, unavailable};
use log::Log;
use tables::Tables;
use watch::Watch;

/// Cursors that are written at the same time.
const ABREAST: usize = 16;
/// Longest wait for tasks to end.
const CLOSING: Duration = Duration::from_secs(3);

/// Opens the state that relays share on a NATS, by a URL like `nats://user:password@host:4222` or
/// `tls://host`, and begins to tell what changes.
///
/// The retention is given to an account's stream with the first event that is appended to it. What
/// is past it NATS drops, the oldest first: it limits the bytes of a stream and the number of
/// messages of a subject, but not the bytes of a conversation or of a tester. So testers of an
/// account have no shares here, as they have in SQLite; what was dropped is counted and logged.
pub async fn open(url: &str, retention: Retention) -> Result<(Arc<dyn Backend>, Changes), Error> {
    let link = link::open(url).await?;
    let tables = Tables::open(&link).await?;
    let shutdown = Shutdown::new();
    let (watch, changes) = Watch::start(&link, &shutdown).await?;
    let nats = Nats {
        log: Log::new(link.clone(), retention),
        link,
        tables,
        watch,
        shutdown,
    };
    Ok((Arc::new(nats), changes))
}

/// The state on a NATS.
struct Nats {
    link: Link,
    log: Log,
    tables: Tables,
    watch: Arc<Watch>,
    shutdown: Shutdown,
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.shutdown.token().cancel();
    }
}

impl Nats {
    async fn advance_all(
        &self,
        account: &AccountId,
        device: &str,
        cursors: Vec<Cursor>,
    ) -> Result<(), Error> {
        let moves = cursors
            .into_iter()
            .map(|cursor| async move { self.tables.advance(account, device, &cursor).await });
        let mut moves = stream::iter(moves).buffer_unordered(ABREAST);
        let mut outcome = Ok(());
        while let Some(moved) = moves.next().await {
            outcome = outcome.and(moved);
        }
        outcome
    }

    async fn make_ticket(&self, ticket: &Issued) -> Result<(), Error> {
        if !self.watch.has_room_for(&ticket.account) {
            return Err(Error::Lasting {
                what: "make a ticket".to_owned(),
                why: "too many accounts have tickets; use another NATS".to_owned(),
            });
        }
        self.log.ensure(&ticket.account).await?;
        self.tables.keep_ticket(ticket).await
    }

    async fn tell_canary(
        &self,
        account: &AccountId,
        device: &str,
        request: Request,
    ) -> Result<(), Error> {
        let what = || "tell a canary to NATS".to_owned();
        let headers = names::canary_headers(account, device, &request);
        let headers = headers.map_err(|why| unavailable(what(), why))?;
        let client = &self.link.client;
        client
            .publish_with_headers(names::canary(account, device), headers, request.body)
            .await
            .map_err(|cause| unavailable(what(), cause))?;
        client
            .flush()
            .await
            .map_err(|cause| unavailable(what(), cause))
    }
}

impl Backend for Nats {
    fn identity(&self) -> Boxed<'_, Result<Identity, Error>> {
        let what = || "read the relay's identity from NATS".to_owned();
        Box::pin(self.link.call(what, async {
            self.tables.identity(ticket::fresh_identity()).await
        }))
    }

    fn append(&self, event: Event) -> Boxed<'_, Result<Appended, Error>> {
        Box::pin(async move {
            let what = || format!("keep an event of account {} in NATS", event.account);
            self.watch.account(&event.account);
            self.link.call(what, self.log.append(&event)).await
        })
    }

    fn read<'a>(
        &'a self,
        account: &'a AccountId,
        which: &'a Which,
        after: u64,
        limit: usize,
    ) -> Boxed<'a, Result<Vec<StoredEvent>, Error>> {
        Box::pin(async move {
            let what = || format!("read events of account {account} from NATS");
            let mut page = Vec::new();
            let reading = self.log.read(account, which, after, limit, &mut page);
            let outcome = self.link.call(what, reading).await;
            match outcome {
                Err(cause) if page.is_empty() => Err(cause),
                _ => Ok(page),
            }
        })
    }

    fn newest<'a>(&'a self, account: &'a AccountId) -> Boxed<'a, Result<u64, Error>> {
        let what = move || format!("look for the newest event of account {account} in NATS");
        Box::pin(self.link.call(what, self.log.newest(account)))
    }

    fn claim<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
        kind: ClaimKind,
    ) -> Boxed<'a, Result<Device, Error>> {
        let what = || "keep a claim in NATS".to_owned();
        Box::pin(
            self.link
                .call(what, self.tables.claim(account, claim, device, kind)),
        )
    }

    fn release<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
    ) -> Boxed<'a, Result<(), Error>> {
        let what = || "give a claim up in NATS".to_owned();
        Box::pin(
            self.link
                .call(what, self.tables.release(account, claim, device)),
        )
    }

    /// NATS drops the oldest messages of a stream by itself and knows no testers, so nothing is
    /// known of theirs.
    fn dropped<'a>(
        &'a self,
        _account: &'a AccountId,
        _tester: &'a str,
        _noted: u64,
    ) -> Boxed<'a, Result<u64, Error>> {
        Box::pin(std::future::ready(Ok(0)))
    }

    fn meet<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a Device,
        role: Role,
    ) -> Boxed<'a, Result<Known, Error>> {
        let what = || "keep a device in NATS".to_owned();
        let fresh = async move || {
            let since = self.log.newest(account).await?;
            Ok(Known {
                device: device.clone(),
                role,
                since,
            })
        };
        Box::pin(
            self.link
                .call(what, self.tables.meet(account, fresh, &device.id)),
        )
    }

    fn cursors<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
    ) -> Boxed<'a, Result<Vec<Cursor>, Error>> {
        let what = || "read the cursors of a device from NATS".to_owned();
        Box::pin(self.link.call(what, self.tables.cursors(account, device)))
    }

    fn advance<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
        cursors: Vec<Cursor>,
    ) -> Boxed<'a, Result<(), Error>> {
        let what = || "move the cursors of a device in NATS".to_owned();
        Box::pin(
            self.link
                .call(what, self.advance_all(account, device, cursors)),
        )
    }

    fn keep_ticket<'a>(&'a self, ticket: &'a Issued) -> Boxed<'a, Result<(), Error>> {
        let what = || "keep a ticket in NATS".to_owned();
        Box::pin(self.link.call(what, self.make_ticket(ticket)))
    }

    fn tickets(&self) -> Boxed<'_, Result<Vec<Issued>, Error>> {
        let what = || "read the tickets from NATS".to_owned();
        Box::pin(self.link.call(what, self.tables.tickets()))
    }

    fn canary<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
        request: Request,
    ) -> Boxed<'a, Result<(), Error>> {
        let what = || "tell a canary to NATS".to_owned();
        Box::pin(
            self.link
                .call(what, self.tell_canary(account, device, request)),
        )
    }

    fn ready(&self) -> Boxed<'_, Result<(), Error>> {
        Box::pin(async { Ok(self.link.ready().await?) })
    }

    fn close(&self) -> Boxed<'_, ()> {
        Box::pin(async {
            self.shutdown.stop(CLOSING).await;
            // What does not leave in time was never promised to anybody.
            let _ = timeout(CLOSING, self.link.client.drain()).await;
        })
    }
}
