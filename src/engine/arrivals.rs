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
        wire::inbound,
    },
    engine::turn::{Engine, Turn},
};

/// Webhook requests taken in one turn.
const HOOKS: usize = 64;

impl Engine {
    /// A webhook request with those that have come in behind it.
    pub(super) fn hear(&mut self, turn: &mut Turn, first: (EntryId, Arc<Hook>)) {
        let mut next = Some(first);
        let mut taken = 0;
        while let Some((entry, hook)) = next.take() {
            taken += 1;
            self.cursor = entry;
            self.hear_one(turn, entry, &hook);
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

    fn hear_one(&mut self, turn: &mut Turn, entry: EntryId, hook: &Hook) {
        turn.wire.push(Entry {
            id: entry,
            thread: None,
            kind: EntryKind::Hook(hook.clone()),
        });
        if hook.verdict != Verdict::Valid {
            self.link.refused += 1;
            return;
        }
        self.link.last_event = Some(hook.request.at);
        let before = turn.effects.len();
        for change in inbound::read(&hook.request.body) {
            self.step(turn, Event::Notified(change));
        }
        let mut about = Vec::new();
        let mut index = before;
        while let Some(effect) = turn.effects.get_mut(index) {
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
    }

    /// A call of ours began or ended.
    pub(super) async fn report(&mut self, turn: &mut Turn, exchange: Exchange) {
        let ended = exchange.outcome.is_some();
        let request = exchange.request;
        let entry = self.journal.call(exchange.clone()).await;
        turn.wire.push(Entry {
            id: entry,
            thread: exchange.thread,
            kind: EntryKind::Call(exchange),
        });
        let Some(request) = request else { return };
        if let Some(items) = self
            .requests
            .get(&request)
            .filter(|items| !items.is_empty())
        {
            turn.linked.push((entry, items.clone()));
        }
        if ended {
            self.requests.remove(&request);
        }
    }
}
