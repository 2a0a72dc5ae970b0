//! What comes in from outside: webhook requests from the journal's feed, and
//! the reports of our own calls. Both become entries of the wire, linked with
//! the bubbles they are about.

use std::sync::Arc;

use futures_util::FutureExt;

use crate::{
    domain::{
        conversation::{effect::Effect, event::PhoneEvent},
        exchange::{Cause, Entry, EntryKind, Exchange},
        ids::{EntryId, PhoneId},
        inbound::{Hook, Verdict},
        wire::inbound::{self, Change},
    },
    engine::{
        phone::{Phone, PhoneState},
        turn::{Engine, Turn},
    },
};

/// Webhook requests taken in one turn.
const HOOKS: usize = 64;

/// How much of a body that cannot be read is searched for the id of a conversation.
const SEARCHED: usize = 64 * 1024;

impl Engine {
    /// A webhook request with those that have come in behind it.
    pub(super) async fn handle_webhooks(&mut self, turn: &mut Turn, first: (EntryId, Arc<Hook>)) {
        let mut next = Some(first);
        let mut taken = 0;
        while let Some((entry, hook)) = next.take() {
            taken += 1;
            self.cursor = entry;
            self.handle_webhook(turn, entry, &hook).await;
            if taken < HOOKS {
                next = self
                    .feed
                    .recv()
                    .now_or_never()
                    .and_then(Result::ok)
                    .flatten();
            }
        }
    }

    async fn handle_webhook(&mut self, turn: &mut Turn, entry: EntryId, hook: &Hook) {
        let mut id = None;
        if hook.verdict == Verdict::Valid {
            self.link.last_event = Some(hook.request.at);
            let before = turn.effects.len();
            let body = hook.request.content();
            for change in inbound::read(&body) {
                let (change, owner) = self.placed(change, &body);
                let listeners = match owner {
                    Some(owner) => vec![owner],
                    // Any may be the one that opens its conversation right now.
                    None => self.phones.keys().copied().collect(),
                };
                for listener in listeners {
                    let event = PhoneEvent::Notified(change.clone());
                    self.reload_and_step(turn, listener, event).await;
                }
                id = id.or(owner);
            }
            let mut about = Vec::new();
            let mut index = before;
            while let Some((_, effect)) = turn.effects.get_mut(index) {
                if let Effect::Concerns(items) = effect {
                    about.append(items);
                    turn.effects.remove(index);
                } else {
                    index += 1;
                }
            }
            if !about.is_empty() {
                turn.linked.push((entry, about));
            }
        } else {
            self.link.refused += 1;
        }
        turn.wire.push(Entry {
            id: entry,
            phone: id,
            kind: EntryKind::Hook(hook.clone()),
        });
    }

    /// A change with the phone it is for: the one that knows its conversation. What cannot be
    /// read is for the phone whose conversation is named in it somehow, and what names none at all
    /// for the one in front.
    fn placed(&self, change: Change, body: &[u8]) -> (Change, Option<PhoneId>) {
        let owner = self.owner(&change);
        let Change::Message(message) = &change else {
            return (change, owner);
        };
        let is_odd = message.event == inbound::Event::Unreadable || !inbound::is_whole(body);
        if owner.is_some() || !is_odd {
            return (change, owner);
        }
        let beginning = body.get(..SEARCHED).unwrap_or(body);
        let text = String::from_utf8_lossy(beginning);
        let mut phones = self.phones.iter();
        let traced =
            phones.find_map(|(id, phone)| Some((*id, phone.conversation.trace(message, &text)?)));
        match traced {
            Some((id, message)) => (Change::Message(Box::new(message)), Some(id)),
            None if message.dialog.as_str().is_empty() => (change, self.in_front()),
            None => (change, None),
        }
    }

    /// The phone that somebody looks at, else one that is in use.
    fn in_front(&self) -> Option<PhoneId> {
        let phones = self.phones.iter();
        let in_front = phones.min_by_key(|(_, phone)| {
            let conversation = &phone.conversation;
            let is_off = phone.state != PhoneState::Open;
            (
                is_off,
                !conversation.is_looked_at(),
                !conversation.is_open(),
            )
        });
        in_front.map(|(id, _)| *id)
    }

    /// The phone that knows the conversation of a change.
    fn owner(&self, change: &Change) -> Option<PhoneId> {
        let knows = |phone: &Phone| match change {
            Change::Conversation(change) => phone.conversation.knows(&change.id),
            Change::Message(message) => phone.conversation.knows_message(message),
        };
        let mut phones = self.phones.iter();
        let owner = phones.find(|(_, phone)| knows(phone));
        owner.map(|(id, _)| *id)
    }

    /// A call of ours began or ended.
    pub(super) async fn report(&mut self, turn: &mut Turn, exchange: Exchange) {
        let (id, cause) = (exchange.phone, exchange.cause);
        let entry = self.journal.call(exchange.clone()).await;
        turn.wire.push(Entry {
            id: entry,
            phone: id,
            kind: EntryKind::Call(exchange),
        });
        let phone = id.and_then(|id| self.phones.get(&id));
        let about = match (phone, cause) {
            (Some(phone), Some(Cause::Request(request))) => phone.about(request),
            (_, Some(Cause::Fetch(item))) => vec![item],
            _ => Vec::new(),
        };
        if !about.is_empty() {
            turn.linked.push((entry, about));
        }
    }
}
