//! What a relay keeps, and where: SQLite for one relay, NATS JetStream for several.
//!
//! Nothing here routes. A backend appends events to a log for each account,
//! reads them back by conversation or account, and stores four small tables:
//! claims, devices with their cursors, tickets, the relay's own key. What
//! changes in a table or a log, here or at another relay of the same state, is
//! told to [`Changes`].

use std::{future::Future, pin::Pin, sync::Arc};

use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use crate::domain::{
    ids::{AccountId, ConversationId, ParticipantId},
    inbound::Request,
    relay::{Claim, Role, Scope},
    secret::Secret,
};

/// A webhook that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Whose, by the header `x-liveperson-account-id`.
    pub account: AccountId,
    /// The conversation it is about, as far as its body says.
    pub conversation: Option<ConversationId>,
    /// The consumer of it, as far as its body says.
    pub consumer: Option<ParticipantId>,
    /// Of body and account, for what the cloud never says twice in the same words; `None` for
    /// chat states. A second one within the backend's memory of these is not kept.
    pub digest: Option<String>,
    /// What came in.
    pub request: Request,
}

/// An event with its number: they rise within an account, with gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// The number, from 1 on.
    pub seq: u64,
    /// The event.
    pub event: Event,
}

/// What came of appending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Appended {
    /// It is durable, under this number.
    New(u64),
    /// It was there already.
    Again,
}

/// Which events to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Which {
    /// Those of a conversation.
    Conversation(ConversationId),
    /// Those that name this consumer.
    Consumer(ParticipantId),
    /// All of the account.
    Account,
}

/// A device that may be sent to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Device {
    /// The name on its ticket; another device of the same name may take over its conversations.
    pub name: String,
    /// Its own id.
    pub id: String,
}

/// Why a device has a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    /// The device claimed it.
    Made,
    /// The relay made it for the device whose own it seems to be: it takes what nobody has, and
    /// gives way to a device that claims the same, for that one knows.
    Provisional,
}

impl ClaimKind {
    /// Whether a claim of this kind by `device` takes a conversation from its holder: a claim that
    /// a device made stays with it, unless another device of the same name takes over.
    pub fn replaces(self, device: &Device, holder: &Device, held: Self) -> bool {
        let gives_way = held == Self::Provisional;
        let takes_over = holder != device && holder.name == device.name;
        self == Self::Made && (gives_way || takes_over)
    }
}

/// What its table says of a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Who.
    pub device: Device,
    /// What its ticket allows.
    pub role: Role,
    /// The newest number of its account when it was first seen: an observer gets what is after.
    pub since: u64,
}

/// A ticket that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// `jti`.
    pub id: String,
    /// `sub`.
    pub name: String,
    /// The account it is for.
    pub account: AccountId,
    /// What it allows.
    pub role: Role,
    /// Seconds at which it was made.
    pub made: i64,
    /// Seconds at which it ends.
    pub until: i64,
    /// Whether it was revoked.
    pub revoked: bool,
}

/// Something changed: the initial state comes first, ending with [`Change::Current`].
///
/// All are idempotent; after a break the whole state may come again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// An event was appended, here or elsewhere. Only those after the start; they rise within an
    /// account, and after a break the same ones may come again.
    Event(Arc<StoredEvent>),
    /// Events of this account may have been missed between the last one told and the next: read
    /// the log.
    Gap(AccountId),
    /// A claim stands.
    Claimed {
        /// The account it was made in.
        account: AccountId,
        /// What the device claimed.
        claim: Claim,
        /// The device that has it now.
        device: Device,
    },
    /// A device gave its claim up; the next device that claims the same gets it.
    Released {
        /// The account it was made in.
        account: AccountId,
        /// What the device had claimed.
        claim: Claim,
        /// The device that had it.
        device: Device,
    },
    /// Events were dropped that their tester had not acknowledged.
    Dropped {
        /// The account the events were for.
        account: AccountId,
        /// The name of the tester they were for, where somebody had claimed their conversation.
        tester: Option<String>,
        /// How many events were dropped.
        events: u64,
        /// Why the relay dropped them.
        reason: Loss,
    },
    /// A ticket was made or revoked.
    Ticket(Issued),
    /// A canary for a device came in at some relay of this state.
    Canary {
        /// Whose account.
        account: AccountId,
        /// The device's id.
        device: String,
        /// What came in.
        request: Arc<Request>,
    },
    /// All that was there at the start has been told.
    Current,
}

/// Where changes come out. Bounded: a backend waits while it is full.
pub type Changes = mpsc::Receiver<Change>;

/// How much is kept for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Events older than this are dropped, read or not.
    pub time: std::time::Duration,
    /// Past so many bytes of an account events are dropped. In SQLite the oldest of the tester go
    /// who has most, and those of conversations that nobody claims before any tester's; NATS
    /// drops the oldest of the account.
    pub bytes: u64,
}

/// Why events were dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Loss {
    /// There was no room for more.
    Room,
    /// They had been kept for as long as events are.
    Age,
    /// NATS dropped them, acknowledged or not, and does not say why.
    Nats,
}

impl Loss {
    /// The reason in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Room => "room",
            Self::Age => "age",
            Self::Nats => "nats",
        }
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            time: std::time::Duration::from_hours(72),
            bytes: 1024 * 1024 * 1024,
        }
    }
}

/// Why something could not be kept or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not now; it may work later.
    #[error("cannot {what}: {why}")]
    Unavailable {
        /// What was tried, on what.
        what: String,
        /// Why it failed.
        why: String,
    },
    /// The disk is full: not before there is room.
    #[error("cannot {what}: {why}")]
    Full {
        /// What was tried, on what.
        what: String,
        /// What the disk says.
        why: String,
    },
    /// The state is closed, for the relay is ending.
    #[error("cannot {what}: the relay's state is closed")]
    Closed {
        /// What was tried.
        what: &'static str,
    },
    /// Not before somebody has done something.
    #[error("cannot {what}: {why}")]
    Lasting {
        /// What was tried, on what.
        what: String,
        /// Why it failed, and what to do.
        why: String,
    },
}

/// The relay's own name and the key its tickets are signed with; made once for each state.
#[derive(Debug, Clone)]
pub struct Identity {
    /// The name, in welcomes and cursors.
    pub relay: String,
    /// The unguessable part of the public path.
    pub path: String,
    /// The key, in base64.
    pub key: Secret,
}

/// Where a device has come to within a scope.
pub type Cursor = (Scope, u64);

/// A future behind a pointer, so that backends can be one type.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a relay keeps what it keeps. Every call has a time-out of its own.
pub trait Backend: Send + Sync + 'static {
    /// The relay's identity, made at the first start.
    fn identity(&self) -> Boxed<'_, Result<Identity, Error>>;

    /// Appends an event; comes back once it is durable.
    fn append(&self, event: Event) -> Boxed<'_, Result<Appended, Error>>;

    /// Events after a number, oldest first, at most `limit` and not many more than a megabyte
    /// of them; empty only when there are no more.
    fn read<'a>(
        &'a self,
        account: &'a AccountId,
        which: &'a Which,
        after: u64,
        limit: usize,
    ) -> Boxed<'a, Result<Vec<StoredEvent>, Error>>;

    /// The newest number of an account, 0 when there is none.
    fn newest<'a>(&'a self, account: &'a AccountId) -> Boxed<'a, Result<u64, Error>>;

    /// Has a device claim a conversation or a consumer, and gives who holds it then: a
    /// conversation stays with the one who claimed it first, unless that is a device of the same
    /// name or its claim was provisional; a consumer is held by all who claim it. Only
    /// conversations are claimed provisionally.
    fn claim<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
        kind: ClaimKind,
    ) -> Boxed<'a, Result<Device, Error>>;

    /// Gives a claim up, if it is the device's.
    fn release<'a>(
        &'a self,
        account: &'a AccountId,
        claim: &'a Claim,
        device: &'a Device,
    ) -> Boxed<'a, Result<(), Error>>;

    /// How many events of a tester, by its name, were dropped unacknowledged and without the
    /// tester knowing; `noted` of them it knows of by now.
    fn dropped<'a>(
        &'a self,
        account: &'a AccountId,
        tester: &'a str,
        noted: u64,
    ) -> Boxed<'a, Result<u64, Error>>;

    /// Makes a device known, or gives what is known of it since its first time.
    fn meet<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a Device,
        role: Role,
    ) -> Boxed<'a, Result<Known, Error>>;

    /// Where a device has come to.
    fn cursors<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
    ) -> Boxed<'a, Result<Vec<Cursor>, Error>>;

    /// Moves cursors of a device forward, all or, after a failure, some of them.
    fn advance<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
        cursors: Vec<Cursor>,
    ) -> Boxed<'a, Result<(), Error>>;

    /// Keeps a ticket, or that it is revoked.
    fn keep_ticket<'a>(&'a self, ticket: &'a Issued) -> Boxed<'a, Result<(), Error>>;

    /// All tickets that have not ended long ago.
    fn tickets(&self) -> Boxed<'_, Result<Vec<Issued>, Error>>;

    /// Tells a canary to all relays of this state, this one included.
    fn canary<'a>(
        &'a self,
        account: &'a AccountId,
        device: &'a str,
        request: Request,
    ) -> Boxed<'a, Result<(), Error>>;

    /// Whether an event could be kept right now.
    fn ready(&self) -> Boxed<'_, Result<(), Error>>;

    /// Finishes what was begun and lets go of the state.
    fn close(&self) -> Boxed<'_, ()>;
}
