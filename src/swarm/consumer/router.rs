//! Which consumer a webhook is for. A webhook may come before the answer that names its conversation,
//! so what is nobody's yet waits for a while.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::mpsc, time::Instant};

use crate::domain::{
    exchange::Exchange,
    ids::{ConversationId, ParticipantId, PhoneId},
    inbound::Hook,
    role::Role,
    wire::inbound::Change,
};

/// How long a change of a conversation that nobody knows waits for somebody who does.
const PATIENCE: Duration = Duration::from_secs(5);
/// Changes that wait at most; the oldest goes first, and counts as nobody's.
const WAITING: usize = 65_536;
/// How long a conversation is remembered whose consumer has gone.
const REMEMBERED: Duration = Duration::from_mins(1);
/// What waits for one consumer at most. When it is full, the webhook is refused and the cloud sends it
/// again; it is a fault of this machine, and the run says so.
pub(crate) const INBOX: usize = 64;

/// A change with the moment at which its webhook came in.
#[derive(Debug, Clone)]
pub(crate) struct ArrivedChange {
    pub(crate) change: Change,
    pub(crate) at: Instant,
    /// The same webhook came before.
    pub(crate) is_again: bool,
}

/// Something for one consumer.
#[derive(Debug)]
pub(crate) enum Delivery {
    Change(Box<ArrivedChange>),
    /// The webhook that changes came with, where the scenario looks at webhooks.
    Hook(Box<Hook>),
    /// A request of this consumer's has ended.
    Call(Box<Exchange>),
}

/// What became of something that was to be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivered {
    /// Its consumer has it, or it waits for one.
    Taken,
    /// Its consumer has gone.
    Late,
    /// Its consumer's inbox is full.
    Full,
}

/// The consumers who are there, and their conversations.
#[derive(Debug, Default)]
pub(crate) struct Router(Mutex<Routes>);

#[derive(Debug, Default)]
struct Routes {
    inboxes: HashMap<PhoneId, mpsc::Sender<Delivery>>,
    participants: HashMap<ParticipantId, PhoneId>,
    conversations: HashMap<ConversationId, ConversationRoute>,
    waiting: VecDeque<(ConversationId, ArrivedChange)>,
    gone: VecDeque<(Instant, ConversationId)>,
    nobodys: u64,
}

#[derive(Debug, Clone, Copy)]
enum ConversationRoute {
    To(PhoneId),
    Gone,
}

/// The conversation that a change is about.
pub(crate) fn conversation_of(change: &Change) -> ConversationId {
    match change {
        Change::Conversation(conversation) => conversation.id.clone(),
        Change::Message(message) => match &message.conversation {
            Some(conversation) => conversation.clone(),
            // The MAIN dialog has the conversation's id.
            None => message.dialog.as_str().into(),
        },
    }
}

impl Router {
    /// A consumer is there; gives what comes for it.
    pub(crate) fn enter(&self, phone: PhoneId) -> mpsc::Receiver<Delivery> {
        let (inbox, receiver) = mpsc::channel(INBOX);
        self.routes().inboxes.insert(phone, inbox);
        receiver
    }

    /// A consumer has this name in the cloud.
    pub(crate) fn name(&self, phone: PhoneId, participant: ParticipantId) {
        self.routes().participants.insert(participant, phone);
    }

    /// A conversation is this consumer's. What waited for that is delivered now; says what became of
    /// the worst of it.
    pub(crate) fn claim(&self, phone: PhoneId, conversation: &ConversationId) -> Delivered {
        let mut routes = self.routes();
        let route = ConversationRoute::To(phone);
        routes.conversations.insert(conversation.clone(), route);
        let mut became = Delivered::Taken;
        let (ours, others): (VecDeque<_>, VecDeque<_>) = std::mem::take(&mut routes.waiting)
            .into_iter()
            .partition(|(of, _)| of == conversation);
        routes.waiting = others;
        for (_, change) in ours {
            let sent = routes.send(phone, Delivery::Change(Box::new(change)));
            if sent == Delivered::Full {
                became = sent;
            }
        }
        became
    }

    /// A consumer goes, with the conversations that were claimed.
    pub(crate) fn leave(
        &self,
        phone: PhoneId,
        participant: Option<&ParticipantId>,
        conversations: Vec<ConversationId>,
    ) {
        let now = Instant::now();
        let mut routes = self.routes();
        routes.inboxes.remove(&phone);
        if let Some(participant) = participant {
            routes.participants.remove(participant);
        }
        for conversation in conversations {
            let gone = ConversationRoute::Gone;
            routes.conversations.insert(conversation.clone(), gone);
            routes.gone.push_back((now, conversation));
        }
    }

    /// Takes a change to its consumer, or keeps it until somebody claims its conversation. Gives whose
    /// it is besides, if that is known.
    pub(crate) fn deliver(&self, change: ArrivedChange) -> (Delivered, Option<PhoneId>) {
        let conversation = conversation_of(&change.change);
        let mut routes = self.routes();
        let route = routes.conversations.get(&conversation).copied();
        let phone = match route {
            Some(ConversationRoute::Gone) => return (Delivered::Late, None),
            Some(ConversationRoute::To(phone)) => Some(phone),
            None => routes.participant_of(&change.change),
        };
        let Some(phone) = phone else {
            if routes.waiting.len() >= WAITING {
                routes.waiting.pop_front();
                routes.nobodys += 1;
            }
            routes.waiting.push_back((conversation, change));
            return (Delivered::Taken, None);
        };
        let sent = routes.send(phone, Delivery::Change(Box::new(change)));
        (sent, Some(phone))
    }

    /// Gives something to a consumer.
    pub(crate) fn send(&self, phone: PhoneId, delivery: Delivery) -> Delivered {
        self.routes().send(phone, delivery)
    }

    /// Forgets what has waited for too long, and who has gone long ago. Gives how many changes were
    /// nobody's since this was last asked.
    pub(crate) fn sweep(&self) -> u64 {
        let now = Instant::now();
        let mut routes = self.routes();
        let is_old = |at: &Instant, patience| now.saturating_duration_since(*at) > patience;
        while routes
            .waiting
            .front()
            .is_some_and(|(_, change)| is_old(&change.at, PATIENCE))
        {
            routes.waiting.pop_front();
            routes.nobodys += 1;
        }
        while routes
            .gone
            .front()
            .is_some_and(|(at, _)| is_old(at, REMEMBERED))
        {
            if let Some((_, conversation)) = routes.gone.pop_front() {
                routes.conversations.remove(&conversation);
            }
        }
        std::mem::take(&mut routes.nobodys)
    }

    /// The conversations of consumers who are still there.
    pub(crate) fn claimed(&self) -> Vec<ConversationId> {
        let routes = self.routes();
        let claimed = routes.conversations.iter();
        let claimed = claimed.filter(|(_, route)| matches!(route, ConversationRoute::To(_)));
        claimed
            .map(|(conversation, _)| conversation.clone())
            .collect()
    }

    fn routes(&self) -> MutexGuard<'_, Routes> {
        // Nothing is left half done when a holder panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Routes {
    /// The consumer who takes part in a conversation that nobody has claimed yet.
    fn participant_of(&self, change: &Change) -> Option<PhoneId> {
        let Change::Conversation(conversation) = change else {
            return None;
        };
        let mut people = conversation.participants.iter();
        people.find_map(|one| match one.role {
            Role::Consumer => self.participants.get(&one.id).copied(),
            _ => None,
        })
    }

    fn send(&self, phone: PhoneId, delivery: Delivery) -> Delivered {
        let Some(inbox) = self.inboxes.get(&phone) else {
            return Delivered::Late;
        };
        match inbox.try_send(delivery) {
            Ok(()) => Delivered::Taken,
            Err(mpsc::error::TrySendError::Full(_)) => Delivered::Full,
            Err(mpsc::error::TrySendError::Closed(_)) => Delivered::Late,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::wire::inbound;

    fn change(conversation: &str, sequence: u64) -> ArrivedChange {
        let body = serde_json::json!({
            "type": "ms.MessagingEventNotification",
            "body": {"changes": [{
                "sequence": sequence, "dialogId": conversation, "conversationId": conversation,
                "originatorId": "riley", "originatorMetadata": {"id": "riley", "role": "ASSIGNED_AGENT"},
                "messageAudience": "ALL",
                "event": {"type": "ContentEvent", "message": "Hello", "contentType": "text/plain"},
            }]},
        });
        let mut changes = inbound::read(body.to_string().as_bytes());
        ArrivedChange {
            change: changes.remove(0),
            at: Instant::now(),
            is_again: false,
        }
    }

    fn sequences(inbox: &mut mpsc::Receiver<Delivery>) -> Vec<u64> {
        let mut all = Vec::new();
        while let Ok(Delivery::Change(arrived)) = inbox.try_recv() {
            let Change::Message(message) = arrived.change else {
                panic!("a message was delivered");
            };
            all.extend(message.sequence);
        }
        all
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_before_its_conversation_is_known_waits_for_it() {
        let router = Router::default();
        let mut inbox = router.enter(PhoneId(1));
        let mut other = router.enter(PhoneId(2));
        for sequence in 0..3 {
            assert_eq!(router.deliver(change("c1", sequence)).0, Delivered::Taken);
        }
        assert_eq!(sequences(&mut inbox), Vec::<u64>::new());
        assert_eq!(router.claim(PhoneId(1), &"c1".into()), Delivered::Taken);
        router.deliver(change("c1", 3));
        assert_eq!(sequences(&mut inbox), [0, 1, 2, 3]);
        assert_eq!(sequences(&mut other), Vec::<u64>::new());
        router.deliver(change("c9", 0));
        tokio::time::advance(PATIENCE + Duration::from_secs(1)).await;
        assert_eq!(router.sweep(), 1);
        router.claim(PhoneId(2), &"c9".into());
        assert_eq!(sequences(&mut other), Vec::<u64>::new());
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_inbox_is_told_and_who_has_gone_gets_nothing() {
        let router = Router::default();
        let mut inbox = router.enter(PhoneId(1));
        router.claim(PhoneId(1), &"c1".into());
        for sequence in 0..INBOX as u64 {
            router.deliver(change("c1", sequence));
        }
        assert_eq!(router.deliver(change("c1", 64)).0, Delivered::Full);
        assert_eq!(sequences(&mut inbox).len(), INBOX);
        router.leave(PhoneId(1), None, vec!["c1".into()]);
        assert_eq!(router.deliver(change("c1", 65)).0, Delivered::Late);
        tokio::time::advance(REMEMBERED + Duration::from_secs(1)).await;
        assert_eq!(router.sweep(), 0);
        assert_eq!(router.deliver(change("c1", 66)).0, Delivered::Taken);
    }
}
