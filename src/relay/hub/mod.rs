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
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use self::account::Account;
pub(crate) use self::{
    account::TooMany,
    inbox::{Inbox, News, Notice},
    ring::Recent,
};
use crate::{
    domain::{
        ids::{AccountId, ConversationId, ParticipantId},
        relay::{Claim, Role, Scope},
    },
    relay::backend::{Change, Changes, Device, Issued, Which},
};

/// How often testers are told how many they are, at most.
const PEERS_EVERY: Duration = Duration::from_secs(1);
/// Claims that wait to be made for devices. When it is full a claim is left to the next event of
/// its conversation.
pub(crate) const HEIRS: usize = 4096;

/// A device that links.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) device: Device,
    pub(crate) role: Role,
    /// The id of its ticket.
    pub(crate) ticket: String,
}

/// A conversation that is clearly a device's, and that nobody has claimed.
#[derive(Debug)]
pub(crate) struct Heir {
    pub(crate) account: AccountId,
    pub(crate) conversation: ConversationId,
    pub(crate) device: Device,
}

/// All accounts.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    accounts: Mutex<HashMap<AccountId, Account>>,
    /// Accounts where somebody came or went.
    moved: Mutex<HashSet<AccountId>>,
    /// Counts the claims that were told.
    claimed: watch::Sender<u64>,
}

impl Hub {
    /// Takes changes until they end or the relay does.
    pub(crate) async fn run(
        &self,
        mut changes: Changes,
        heirs: mpsc::Sender<Heir>,
        current: watch::Sender<bool>,
        stop: CancellationToken,
    ) {
        let mut peers_at = Instant::now() + PEERS_EVERY;
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                () = sleep_until(peers_at) => {
                    peers_at = Instant::now() + PEERS_EVERY;
                    self.tell_peers();
                }
                change = changes.recv() => match change {
                    Some(Change::Current) => drop(current.send_replace(true)),
                    Some(change) => if let Some(heir) = self.apply(change) {
                        let (account, conversation) =
                            (heir.account.clone(), heir.conversation.clone());
                        if heirs.try_send(heir).is_err() {
                            self.unclaimable(&account, &conversation);
                        }
                    },
                    None => return,
                },
            }
        }
    }

    fn apply(&self, change: Change) -> Option<Heir> {
        match change {
            Change::Event(kept) => {
                let account = kept.event.account.clone();
                let heir = self.of(&account, |known| known.event(kept));
                let (conversation, device) = heir?;
                return Some(Heir {
                    account,
                    conversation,
                    device,
                });
            }
            Change::Gap(account) => self.of(&account, Account::gap),
            Change::Claimed {
                account,
                claim,
                device,
            } => {
                self.of(&account, |known| known.claimed(claim, device));
                self.claimed.send_modify(|count| *count += 1);
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

    /// Whether a claim stands already, and how many a device has.
    pub(crate) fn claims(
        &self,
        account: &AccountId,
        claim: &Claim,
        device: &Device,
    ) -> (bool, usize) {
        let asked = |known: &mut Account| (known.has(claim, device), known.claims(device));
        self.known(account, asked).unwrap_or_default()
    }

    /// Waits until a claim that was kept has been told here too. Safe to cancel.
    pub(crate) async fn until_told(&self, account: &AccountId, claim: &Claim, device: &Device) {
        let mut claimed = self.claimed.subscribe();
        while !self.claims(account, claim, device).0 {
            // The sender lives as long as the hub.
            let _ = claimed.changed().await;
        }
    }

    /// The device that an unclaimed conversation is for.
    pub(crate) fn heir(
        &self,
        account: &AccountId,
        conversation: &ConversationId,
        consumer: &ParticipantId,
    ) -> Option<Device> {
        self.known(account, |known| known.heir(conversation, consumer))?
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
