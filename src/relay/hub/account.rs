//! What the hub knows of one account: who claimed what, who is linked, what came last.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId},
        inbound::Request,
        relay::{Claim, Role, Scope},
    },
    relay::{
        backend::{Device, Issued, Kept, Which},
        hub::{
            Member,
            inbox::{Inbox, Notice},
            ring::{Recent, Ring},
        },
    },
};

/// Unclaimed conversations that are counted; events of more are kept all the same.
const COUNTED: usize = 10_000;
/// How often ended tickets are forgotten, in seconds.
const SWEEP: i64 = 60;

/// One account.
#[derive(Debug, Default)]
pub(super) struct Account {
    ring: Ring,
    conversations: HashMap<ConversationId, Arc<Device>>,
    consumers: HashMap<ParticipantId, BTreeSet<Device>>,
    held: HashMap<Device, HashSet<ConversationId>>,
    /// How many consumers each device has claimed.
    played: HashMap<Device, usize>,
    links: HashMap<Device, Linked>,
    /// Those of the links that get everything.
    observers: HashSet<Device>,
    tickets: HashMap<String, Issued>,
    /// Second at which ended tickets were last forgotten.
    swept_at: i64,
    /// Conversations for which a claim is on its way.
    claiming: HashSet<ConversationId>,
    /// Events of conversations that nobody claimed.
    waiting: HashMap<ConversationId, u64>,
}

#[derive(Debug)]
struct Linked {
    member: Member,
    inbox: Arc<Inbox>,
}

/// Why a device cannot be linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooMany;

impl Account {
    /// An event was kept. Gives who is to claim its conversation, if that is clear and nobody has.
    pub(super) fn event(&mut self, kept: Arc<Kept>) -> Option<(ConversationId, Device)> {
        let conversation = kept.event.conversation.clone();
        let consumer = kept.event.consumer.clone();
        if !self.ring.push(kept) {
            return None;
        }
        for observer in &self.observers {
            if let Some(link) = self.links.get(observer) {
                link.inbox.all();
            }
        }
        let conversation = conversation?;
        if let Some(owner) = self.conversations.get(&conversation) {
            if let Some(link) = self.links.get(&**owner) {
                link.inbox.conversation(&conversation);
            }
            return None;
        }
        if self.waiting.len() < COUNTED || self.waiting.contains_key(&conversation) {
            *self.waiting.entry(conversation.clone()).or_default() += 1;
        }
        let device = self.heir(&conversation, &consumer?)?;
        self.claiming.insert(conversation.clone());
        Some((conversation, device))
    }

    /// The device that an unclaimed conversation of a consumer is for: the only one that plays
    /// the consumer.
    pub(super) fn heir(
        &self,
        conversation: &ConversationId,
        consumer: &ParticipantId,
    ) -> Option<Device> {
        if self.conversations.contains_key(conversation) || self.claiming.contains(conversation) {
            return None;
        }
        let mut claimants = self.consumers.get(consumer)?.iter();
        let first = claimants.next()?;
        claimants.next().is_none().then(|| first.clone())
    }

    /// A claim that was on its way came to nothing; the next event may try again.
    pub(super) fn unclaimable(&mut self, conversation: &ConversationId) {
        self.claiming.remove(conversation);
    }

    /// Events may have been missed.
    pub(super) fn gap(&mut self) {
        self.ring.empty();
        self.links.values().for_each(|link| link.inbox.all());
    }

    /// A claim stands.
    pub(super) fn claimed(&mut self, claim: Claim, device: Device) {
        let conversation = match claim {
            Claim::Consumer(consumer) => {
                let claimants = self.consumers.entry(consumer).or_default();
                if claimants.insert(device.clone()) {
                    *self.played.entry(device).or_default() += 1;
                }
                return;
            }
            Claim::Conversation(conversation) => conversation,
        };
        self.claiming.remove(&conversation);
        self.waiting.remove(&conversation);
        let owner = Arc::new(device);
        let before = self
            .conversations
            .insert(conversation.clone(), Arc::clone(&owner));
        if let Some(before) = before.filter(|before| *before != owner)
            && let Some(held) = self.held.get_mut(&*before)
        {
            held.remove(&conversation);
        }
        let held = self.held.entry((*owner).clone()).or_default();
        held.insert(conversation.clone());
        if let Some(link) = self.links.get(&*owner) {
            link.inbox.conversation(&conversation);
        }
    }

    /// A ticket was made or revoked.
    pub(super) fn ticket(&mut self, ticket: Issued) {
        if ticket.revoked {
            let of_it = |link: &&Linked| link.member.ticket == ticket.id;
            for link in self.links.values().filter(of_it) {
                link.inbox.notice(Notice::Revoked);
            }
        }
        self.tickets.insert(ticket.id.clone(), ticket);
    }

    /// The record of a ticket.
    pub(super) fn issued(&self, id: &str) -> Option<&Issued> {
        self.tickets.get(id)
    }

    /// Whether anybody may link for the account, at a time in seconds; forgets tickets that
    /// have ended, for the relay refuses those anyway.
    pub(super) fn is_served(&mut self, now: i64) -> bool {
        // Asked with every webhook, and there may be thousands of tickets.
        if now >= self.swept_at.saturating_add(SWEEP) {
            self.swept_at = now;
            self.tickets.retain(|_, ticket| ticket.until > now);
        }
        let mut tickets = self.tickets.values();
        tickets.any(|ticket| !ticket.revoked && ticket.until > now)
    }

    /// A canary came in; gives whether its device is linked here.
    pub(super) fn canary(&self, device: &str, request: &Arc<Request>) {
        // Two people may have copied one journal; each is told.
        let links = self.links.iter().filter(|(link, _)| link.id == device);
        links.for_each(|(_, link)| link.inbox.canary(request));
    }

    /// Links a device; an earlier link of it is told to end.
    pub(super) fn join(&mut self, member: Member, most: usize) -> Result<Arc<Inbox>, TooMany> {
        let earlier = self.links.get(&member.device);
        let others = self.links.values().filter(|link| {
            link.member.ticket == member.ticket && link.member.device != member.device
        });
        if others.count() >= most {
            return Err(TooMany);
        }
        if let Some(earlier) = earlier {
            earlier.inbox.notice(Notice::Replaced);
        }
        let inbox = Arc::new(Inbox::default());
        let linked = Linked {
            inbox: Arc::clone(&inbox),
            member,
        };
        let device = linked.member.device.clone();
        if linked.member.role == Role::Observer {
            self.observers.insert(device.clone());
        } else {
            self.observers.remove(&device);
        }
        self.links.insert(device, linked);
        Ok(inbox)
    }

    /// A link has ended; one that came after it stays.
    pub(super) fn leave(&mut self, device: &Device, inbox: &Arc<Inbox>) {
        let is_it = |link: &Linked| Arc::ptr_eq(&link.inbox, inbox);
        if self.links.get(device).is_some_and(is_it) {
            self.links.remove(device);
            self.observers.remove(device);
        }
    }

    /// How many other testers are linked.
    pub(super) fn peers(&self, device: &Device) -> u32 {
        let testers = self
            .links
            .iter()
            .filter(|(other, link)| link.member.role == Role::Tester && *other != device);
        u32::try_from(testers.count()).unwrap_or(u32::MAX)
    }

    /// Tells every tester how many others are linked.
    pub(super) fn tell_peers(&self) {
        let is_tester = |link: &&Linked| link.member.role == Role::Tester;
        let testers = self.links.values().filter(is_tester).count();
        for link in self.links.values() {
            let others = testers - usize::from(link.member.role == Role::Tester);
            link.inbox.peers(u32::try_from(others).unwrap_or(u32::MAX));
        }
    }

    /// The conversations of a device.
    pub(super) fn held(&self, device: &Device) -> Vec<ConversationId> {
        let held = self.held.get(device);
        held.map_or_else(Vec::new, |held| held.iter().cloned().collect())
    }

    /// How many conversations and consumers a device has claimed.
    pub(super) fn claims(&self, device: &Device) -> usize {
        let conversations = self.held.get(device).map_or(0, HashSet::len);
        conversations + self.played.get(device).copied().unwrap_or(0)
    }

    /// Whether a claim of a device's stands already.
    pub(super) fn has(&self, claim: &Claim, device: &Device) -> bool {
        match claim {
            Claim::Conversation(id) => self
                .conversations
                .get(id)
                .is_some_and(|owner| **owner == *device),
            Claim::Consumer(id) => self
                .consumers
                .get(id)
                .is_some_and(|all| all.contains(device)),
        }
    }

    /// Events of a scope after a number; `None` when the scope is not the device's.
    pub(super) fn recent(
        &self,
        scope: &Scope,
        device: &Device,
        after: u64,
        limit: usize,
    ) -> Option<(Which, Recent)> {
        let which = match scope {
            Scope::Account => Which::Account,
            Scope::Conversation(id) => {
                let owner = self.conversations.get(id)?;
                if **owner != *device {
                    return None;
                }
                Which::Conversation(id.clone())
            }
        };
        let recent = self.ring.after(&which, after, limit);
        Some((which, recent))
    }

    /// The newest number that was told.
    pub(super) fn newest(&self) -> u64 {
        self.ring.newest()
    }

    /// Events that wait for somebody to claim their conversation.
    pub(super) fn waiting(&self) -> u64 {
        self.waiting.values().sum()
    }
}
