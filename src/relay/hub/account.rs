//! What the hub knows of one account: who claimed what, who is linked, what came last.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use crate::{
    domain::{
        ids::{ConversationId, ParticipantId},
        inbound::Request,
        relay::{Claim, Role, Scope},
    },
    relay::{
        backend::{Device, Issued, StoredEvent, Which},
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
/// A claim that was neither made again nor followed by an event for so long is forgotten, as the
/// state does.
const UNUSED: Duration = Duration::from_hours(60 * 24);

#[derive(Debug, Default)]
pub(super) struct Account {
    ring: Ring,
    conversations: HashMap<ConversationId, Claimed>,
    consumers: HashMap<ParticipantId, BTreeMap<Device, Use>>,
    /// The claims of each device. Those that go first are first: conversations, and of these the
    /// one that was used longest ago.
    claims: HashMap<Device, BTreeMap<Use, Claim>>,
    /// The number of the last use of a claim; a greater number is a later use.
    uses: u64,
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

/// When a claim was last used, after whether it is one of a consumer.
type Use = (bool, u64);

/// A conversation that somebody claimed.
#[derive(Debug)]
struct Claimed {
    device: Arc<Device>,
    last: Use,
    at: Instant,
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
    pub(super) fn event(&mut self, kept: Arc<StoredEvent>) -> Option<(ConversationId, Device)> {
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
        if let Some(device) = self.use_again(&conversation) {
            if let Some(link) = self.links.get(&*device) {
                link.inbox.conversation(&conversation);
            }
            return None;
        }
        if self.waiting.len() < COUNTED || self.waiting.contains_key(&conversation) {
            *self.waiting.entry(conversation.clone()).or_default() += 1;
        }
        let device = self.sole_player(&conversation, &consumer?)?;
        self.claiming.insert(conversation.clone());
        Some((conversation, device))
    }

    /// The device that an unclaimed conversation of a consumer is for: the only one that plays
    /// the consumer.
    pub(super) fn sole_player(
        &self,
        conversation: &ConversationId,
        consumer: &ParticipantId,
    ) -> Option<Device> {
        if self.conversations.contains_key(conversation) || self.claiming.contains(conversation) {
            return None;
        }
        let mut claimants = self.consumers.get(consumer)?.keys();
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

    /// A claim stands. Past `most` claims of its device the one that was used longest ago is
    /// forgotten, and given back to be given up in the state too.
    pub(super) fn claimed(&mut self, claim: Claim, device: &Device, most: usize) -> Option<Claim> {
        self.uses += 1;
        let last = (matches!(claim, Claim::Consumer(_)), self.uses);
        match &claim {
            Claim::Consumer(consumer) => {
                let claimants = self.consumers.entry(consumer.clone()).or_default();
                let before = claimants.insert(device.clone(), last);
                self.drop_use(device, before);
            }
            Claim::Conversation(conversation) => {
                self.claiming.remove(conversation);
                self.waiting.remove(conversation);
                let claimed = Claimed {
                    device: Arc::new(device.clone()),
                    last,
                    at: Instant::now(),
                };
                let before = self.conversations.insert(conversation.clone(), claimed);
                if let Some(before) = before {
                    self.drop_use(&before.device, Some(before.last));
                }
                if let Some(link) = self.links.get(device) {
                    link.inbox.conversation(conversation);
                }
            }
        }
        let claims = self.claims.entry(device.clone()).or_default();
        claims.insert(last, claim);
        if claims.len() <= most {
            return None;
        }
        let oldest = claims.first_key_value().map(|(_, claim)| claim.clone())?;
        self.released(&oldest, device);
        Some(oldest)
    }

    /// A claim was given up.
    pub(super) fn released(&mut self, claim: &Claim, device: &Device) {
        if !self.has(claim, device) {
            return;
        }
        let last = match claim {
            Claim::Conversation(id) => self.conversations.remove(id).map(|claimed| claimed.last),
            Claim::Consumer(id) => {
                let claimants = self.consumers.get_mut(id);
                let last = claimants.and_then(|claimants| claimants.remove(device));
                if self.consumers.get(id).is_some_and(BTreeMap::is_empty) {
                    self.consumers.remove(id);
                }
                last
            }
        };
        self.drop_use(device, last);
    }

    /// Forgets conversations that nobody has used for long.
    pub(super) fn forget_unused(&mut self) {
        let is_unused = |(_, claimed): &(&ConversationId, &Claimed)| claimed.at.elapsed() > UNUSED;
        let unused = self.conversations.iter().filter(is_unused);
        let unused: Vec<_> = unused
            .map(|(id, claimed)| (id.clone(), Arc::clone(&claimed.device)))
            .collect();
        for (id, device) in unused {
            self.released(&Claim::Conversation(id), &device);
        }
    }

    /// An event of a conversation came; gives who has claimed it.
    fn use_again(&mut self, conversation: &ConversationId) -> Option<Arc<Device>> {
        let claimed = self.conversations.get_mut(conversation)?;
        self.uses += 1;
        let claims = self.claims.get_mut(&*claimed.device)?;
        let claim = claims.remove(&claimed.last)?;
        (claimed.last, claimed.at) = ((false, self.uses), Instant::now());
        claims.insert(claimed.last, claim);
        Some(Arc::clone(&claimed.device))
    }

    fn drop_use(&mut self, device: &Device, last: Option<Use>) {
        if let (Some(last), Some(claims)) = (last, self.claims.get_mut(device)) {
            claims.remove(&last);
            if claims.is_empty() {
                self.claims.remove(device);
            }
        }
    }

    /// Events of a tester were dropped.
    pub(super) fn dropped(&self, tester: &str) {
        let links = self
            .links
            .values()
            .filter(|link| link.member.device.name == tester && link.member.role == Role::Tester);
        links.for_each(|link| link.inbox.dropped());
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
        // It may have been revoked since it was let in.
        let issued = self.tickets.get(&member.ticket);
        if issued.is_some_and(|issued| issued.revoked) {
            inbox.notice(Notice::Revoked);
        }
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
        let claims = self
            .claims
            .get(device)
            .into_iter()
            .flat_map(BTreeMap::values);
        let conversation = |claim: &Claim| match claim {
            Claim::Conversation(id) => Some(id.clone()),
            Claim::Consumer(_) => None,
        };
        claims.filter_map(conversation).collect()
    }

    /// Whether a claim of a device's stands already.
    pub(super) fn has(&self, claim: &Claim, device: &Device) -> bool {
        match claim {
            Claim::Conversation(id) => self
                .conversations
                .get(id)
                .is_some_and(|claimed| *claimed.device == *device),
            Claim::Consumer(id) => self
                .consumers
                .get(id)
                .is_some_and(|all| all.contains_key(device)),
        }
    }

    /// Whether a conversation is claimed by anybody, or a consumer by a device.
    pub(super) fn is_claimed(&self, claim: &Claim, device: &Device) -> bool {
        match claim {
            Claim::Conversation(id) => self.conversations.contains_key(id),
            Claim::Consumer(_) => self.has(claim, device),
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
                let claimed = self.conversations.get(id)?;
                if *claimed.device != *device {
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

#[cfg(test)]
mod tests {
    use crate::relay::hub::account::*;

    fn device(id: &str) -> Device {
        Device {
            name: "ada".to_owned(),
            id: id.to_owned(),
        }
    }

    #[test]
    fn past_its_number_of_claims_a_device_loses_the_one_used_longest_ago() {
        let mut account = Account::default();
        let conversation = |number: usize| Claim::Conversation(format!("c{number}").into());
        let consumer = Claim::Consumer("ann".into());
        assert_eq!(account.claimed(consumer.clone(), &device("d1"), 3), None);
        assert_eq!(account.claimed(conversation(0), &device("d1"), 3), None);
        assert_eq!(account.claimed(conversation(1), &device("d1"), 3), None);
        assert!(account.use_again(&"c0".into()).is_some());
        for number in 2..10_000 {
            let forgotten = account.claimed(conversation(number), &device("d1"), 3);
            let expected = match number {
                2 => 1,
                3 => 0,
                number => number - 2,
            };
            assert_eq!(forgotten, Some(conversation(expected)));
        }
        assert!(
            account.has(&consumer, &device("d1")),
            "conversations go first"
        );
        assert_eq!(account.conversations.len(), 2);
        assert_eq!(account.claimed(conversation(9_999), &device("d2"), 3), None);
        assert_eq!(account.held(&device("d1")), ["c9998".into()]);
        account.released(&consumer, &device("d2"));
        account.released(&consumer, &device("d1"));
        account.released(&conversation(9_998), &device("d1"));
        account.released(&conversation(9_999), &device("d2"));
        assert!(account.claims.is_empty() && account.consumers.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_has_used_for_long_is_forgotten() {
        let mut account = Account::default();
        for id in ["used", "unused"] {
            let claim = Claim::Conversation(id.into());
            assert_eq!(account.claimed(claim, &device("d1"), 9), None);
        }
        tokio::time::advance(UNUSED).await;
        assert!(account.use_again(&"used".into()).is_some());
        tokio::time::advance(Duration::from_secs(1)).await;
        account.forget_unused();
        assert_eq!(account.held(&device("d1")), ["used".into()]);
        assert_eq!(account.conversations.len(), 1);
    }
}
