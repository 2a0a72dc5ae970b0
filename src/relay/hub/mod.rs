//! The hub: whose an event is, and who is to be woken for it.
//!
//! It lives in memory and learns everything from the backend's
//! [`Changes`], so that each of several relays knows the same. It never waits:
//! for a link it leaves a note that there is something to read, and the link
//! reads it when it can. A slow tester therefore slows nobody.

mod account;
mod inbox;
mod ring;

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{
        mpsc::{self, error::TrySendError},
        watch,
    },
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use self::account::Account;
pub(crate) use self::{
    account::TooMany,
    inbox::{Inbox, Notice, Signals},
    ring::Recent,
};
use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        relay::{Claim, Role, Scope},
    },
    relay::{
        backend::{Change, Changes, Device, Issued, Loss, Which},
        metrics::{Counted, Metrics},
    },
};

/// How often testers are told how many they are, at most.
const PEERS_EVERY: Duration = Duration::from_secs(1);
/// How often claims that nobody uses are forgotten.
const FORGET_EVERY: Duration = Duration::from_hours(1);
/// Claims that wait to be made or given up for devices. When it is full, one to be made is left to
/// the next event of its conversation, and one to be given up to the next start.
pub(crate) const ERRANDS: usize = 4096;

/// A device that links.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) device: Device,
    pub(crate) role: Role,
    /// The id of its ticket.
    pub(crate) ticket: String,
}

/// Something to do in the state for a device.
#[derive(Debug)]
pub(crate) struct Errand {
    pub(crate) account: AccountId,
    pub(crate) device: Device,
    pub(crate) what: What,
}

/// What to do for it.
#[derive(Debug)]
pub(crate) enum What {
    /// Claim a conversation that is clearly its own, and that nobody has claimed.
    ClaimConversation(ConversationId),
    /// Give a claim up that is one too many.
    Release(Claim),
}

#[derive(Debug)]
pub(crate) struct Hub {
    claims_per_device: usize,
    metrics: Arc<Metrics>,
    accounts: Mutex<HashMap<AccountId, Account>>,
    /// Accounts where somebody came or went.
    moved: Mutex<HashSet<AccountId>>,
    /// Counts the claims that were told.
    claimed: watch::Sender<u64>,
}

impl Hub {
    /// Devices may have so many claims.
    pub(crate) fn new(claims_per_device: usize, metrics: Arc<Metrics>) -> Self {
        Self {
            claims_per_device: claims_per_device.max(1),
            metrics,
            accounts: Mutex::default(),
            moved: Mutex::default(),
            claimed: watch::Sender::default(),
        }
    }

    /// Takes changes until they end or the relay does.
    pub(crate) async fn run(
        &self,
        mut changes: Changes,
        errands: mpsc::Sender<Errand>,
        current: watch::Sender<bool>,
        stop: CancellationToken,
    ) {
        let mut peers_at = Instant::now() + PEERS_EVERY;
        let mut forget_at = Instant::now() + FORGET_EVERY;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep_until(peers_at) => {
                    peers_at = Instant::now() + PEERS_EVERY;
                    self.tell_peers();
                }
                () = sleep_until(forget_at) => {
                    forget_at = Instant::now() + FORGET_EVERY;
                    self.accounts().values_mut().for_each(Account::forget_unused);
                }
                change = changes.recv() => match change {
                    Some(Change::Current) => drop(current.send_replace(true)),
                    Some(change) => if let Some(errand) = self.apply(change)
                        && let Err(TrySendError::Full(errand)) = errands.try_send(errand)
                        && let What::ClaimConversation(conversation) = &errand.what
                    {
                        self.unclaimable(&errand.account, conversation);
                    },
                    None => return,
                },
            }
        }
    }

    fn apply(&self, change: Change) -> Option<Errand> {
        match change {
            Change::Event(kept) => {
                let account = kept.event.account.clone();
                let claimant = self.of(&account, |known| known.event(kept));
                let (conversation, device) = claimant?;
                return Some(Errand {
                    account,
                    device,
                    what: What::ClaimConversation(conversation),
                });
            }
            Change::Gap(account) => self.of(&account, Account::gap),
            Change::Claimed {
                account,
                claim,
                device,
            } => {
                let most = self.claims_per_device;
                let claimed = |known: &mut Account| known.claimed(claim, &device, most);
                let forgotten = self.of(&account, claimed);
                self.claimed.send_modify(|count| *count += 1);
                let what = What::Release(forgotten?);
                return Some(Errand {
                    account,
                    device,
                    what,
                });
            }
            Change::Released {
                account,
                claim,
                device,
            } => self.of(&account, |known| known.released(&claim, &device)),
            Change::Dropped {
                account,
                tester,
                events,
                reason,
            } => {
                let word = match &tester {
                    Some(_) => reason.word(),
                    None if reason == Loss::Nats => reason.word(),
                    None => "unclaimed",
                };
                tracing::warn!(%account, tester, events, reason = word, "events were dropped");
                self.metrics.count_more(Counted::Dropped, word, events);
                if let Some(tester) = tester {
                    self.of(&account, |known| known.dropped(&tester));
                }
            }
            Change::Ticket(ticket) => self.learn(ticket),
            Change::Canary {
                account,
                device,
                request,
            } => self.of(&account, |known| known.canary(&device, &request)),
            Change::Current => {}
        }
        None
    }

    /// A ticket was made or revoked.
    pub(crate) fn learn(&self, ticket: Issued) {
        let account = ticket.account.clone();
        self.of(&account, |known| known.ticket(ticket));
    }

    /// The record of a ticket.
    pub(crate) fn issued(&self, account: &AccountId, id: &str) -> Option<Issued> {
        self.known(account, |known| known.issued(id).cloned())?
    }

    /// Whether anybody may link for an account, at a time in seconds.
    pub(crate) fn is_served(&self, account: &AccountId, now: i64) -> bool {
        self.known(account, |known| known.is_served(now)) == Some(true)
    }

    /// Links a device, unless its ticket has too many links already; gives its inbox, the
    /// conversations it holds, and how many other testers are linked.
    pub(crate) fn join(
        &self,
        account: &AccountId,
        member: Member,
        most: usize,
    ) -> Result<(Arc<Inbox>, Vec<ConversationId>, u32), TooMany> {
        let device = member.device.clone();
        let joined = self.of(account, |known| {
            let inbox = known.join(member, most)?;
            Ok((inbox, known.held(&device), known.peers(&device)))
        })?;
        self.moved().insert(account.clone());
        Ok(joined)
    }

    /// A link has ended.
    pub(crate) fn leave(&self, account: &AccountId, device: &Device, inbox: &Arc<Inbox>) {
        self.of(account, |known| known.leave(device, inbox));
        self.moved().insert(account.clone());
    }

    /// The conversations of a device.
    pub(crate) fn held(&self, account: &AccountId, device: &Device) -> Vec<ConversationId> {
        let held = self.known(account, |known| known.held(device));
        held.unwrap_or_default()
    }

    /// Whether a claim of a device's stands.
    pub(crate) fn has(&self, account: &AccountId, claim: &Claim, device: &Device) -> bool {
        self.known(account, |known| known.has(claim, device)) == Some(true)
    }

    /// Waits until a claim that was kept has been told here too. Safe to cancel.
    pub(crate) async fn until_told(&self, account: &AccountId, claim: &Claim, device: &Device) {
        let mut claimed = self.claimed.subscribe();
        while !self.has(account, claim, device) {
            // The sender lives as long as the hub.
            let _ = claimed.changed().await;
        }
    }

    /// Waits until the hub knows that a conversation is claimed, or a consumer by a device. Safe
    /// to cancel.
    pub(crate) async fn until_claimed(&self, account: &AccountId, claim: &Claim, device: &Device) {
        let mut claimed = self.claimed.subscribe();
        while self.known(account, |known| known.is_claimed(claim, device)) != Some(true) {
            // The sender lives as long as the hub.
            let _ = claimed.changed().await;
        }
    }

    /// The device that an unclaimed conversation is for.
    pub(crate) fn sole_player(
        &self,
        account: &AccountId,
        conversation: &ConversationId,
        consumer: &ParticipantId,
    ) -> Option<Device> {
        self.known(account, |known| known.sole_player(conversation, consumer))?
    }

    /// A claim that was on its way came to nothing.
    pub(crate) fn unclaimable(&self, account: &AccountId, conversation: &ConversationId) {
        self.of(account, |known| known.unclaimable(conversation));
    }

    /// Events of a scope after a number; `None` when the scope is not the device's (any more).
    pub(crate) fn recent(
        &self,
        account: &AccountId,
        scope: &Scope,
        device: &Device,
        after: u64,
        limit: usize,
    ) -> Option<(Which, Recent)> {
        self.known(account, |known| known.recent(scope, device, after, limit))?
    }

    /// The newest number that was told.
    pub(crate) fn newest(&self, account: &AccountId) -> u64 {
        self.known(account, |known| known.newest()).unwrap_or(0)
    }

    /// Events that wait for somebody to claim their conversation.
    pub(crate) fn waiting(&self) -> u64 {
        self.accounts().values().map(Account::waiting).sum()
    }

    fn tell_peers(&self) {
        let moved = std::mem::take(&mut *self.moved());
        for account in moved {
            self.known(&account, |known| known.tell_peers());
        }
    }

    /// Does something with an account, which is made if it is not known.
    fn of<T>(&self, account: &AccountId, with: impl FnOnce(&mut Account) -> T) -> T {
        let mut accounts = self.accounts();
        if let Some(known) = accounts.get_mut(account) {
            return with(known);
        }
        with(accounts.entry(account.clone()).or_default())
    }

    fn known<T>(&self, account: &AccountId, with: impl FnOnce(&mut Account) -> T) -> Option<T> {
        self.accounts().get_mut(account).map(with)
    }

    fn accounts(&self) -> MutexGuard<'_, HashMap<AccountId, Account>> {
        self.accounts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn moved(&self) -> MutexGuard<'_, HashSet<AccountId>> {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
