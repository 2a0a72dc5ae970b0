//! What comes in from outside: webhook requests from the journal's feed, and
//! the reports of our own calls. Both become entries of the wire, linked with
//! the bubbles they are about.

use std::sync::Arc;

use futures_util::FutureExt;

use crate::{
    domain::{
        conversation::{effect::Effect, event::Event},
        exchange::{Entry, EntryKind, Exchange},
        ids::EntryId,
        inbound::{Hook, Verdict},
        wire::inbound::{self, Change},
    },
    engine::turn::{Engine, Turn},
};

/// Webhook requests taken in one turn.
const HOOKS: usize = 64;

impl Engine {
    /// A webhook request with those that have come in behind it.
    pub(super) async fn hear(&mut self, turn: &mut Turn, first: (EntryId, Arc<Hook>)) {
        let mut next = Some(first);
        let mut taken = 0;
        while let Some((entry, hook)) = next.take() {
            taken += 1;
            self.cursor = entry;
            self.hear_one(turn, entry, &hook).await;
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

    async fn hear_one(&mut self, turn: &mut Turn, entry: EntryId, hook: &Hook) {
        let mut thread = None;
        if hook.verdict == Verdict::Valid {
            self.link.last_event = Some(hook.request.at);
            let before = turn.effects.len();
            for change in inbound::read(&hook.request.body) {
                for listener in self.listeners(&change) {
                    let event = Event::Notified(change.clone());
                    self.take(turn, listener, event).await;
                }
                thread = thread.or_else(|| self.owner(&change));
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
            thread,
            kind: EntryKind::Hook(hook.clone()),
        });
    }

    /// The phones a change is for: the one that knows its conversation, else all of them, for
    /// any may be the one that opens it right now.
    fn listeners(&self, change: &Change) -> Vec<u32> {
        match self.owner(change) {
            Some(thread) => vec![thread],
            None => self.devices.keys().copied().collect(),
        }
    }

    /// The phone that knows the conversation of a change.
    fn owner(&self, change: &Change) -> Option<u32> {
        let conversation = match change {
            Change::Conversation(conversation) => conversation.id.clone(),
            Change::Message(message) => match &message.conversation {
                Some(conversation) => conversation.clone(),
                None => message.dialog.as_str().into(),
            },
            Change::Unknown(_) => return None,
        };
        self.devices
            .iter()
            .find(|(_, device)| device.conversation.knows(&conversation))
            .map(|(thread, _)| *thread)
    }

    /// A call of ours began or ended.
    pub(super) async fn report(&mut self, turn: &mut Turn, exchange: Exchange) {
        let (thread, request) = (exchange.thread, exchange.request);
        let entry = self.journal.call(exchange.clone()).await;
        turn.wire.push(Entry {
            id: entry,
            thread,
            kind: EntryKind::Call(exchange),
        });
        let device = thread.and_then(|thread| self.devices.get(&thread));
        if let (Some(device), Some(request)) = (device, request) {
            let about = device.about(request);
            if !about.is_empty() {
                turn.linked.push((entry, about));
            }
        }
    }
}
