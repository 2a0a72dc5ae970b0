//! What faults ask of the order: one that is overtaken, and two that go as one.

use std::time::Duration;

use crate::{
    domain::{ids::ConversationId, time::Timestamp},
    sandbox::{
        delivery::policy::{DeliveryAction, DeliveryState, HeldNotification, Policy},
        model::notify::{EventType, Notification},
    },
};

/// How long one that is to be overtaken waits for the next.
const OVERTAKEN_WITHIN: Duration = Duration::from_millis(700);

impl Policy {
    /// Takes one that was to be posted out of its conversation's order for a moment; `None` when
    /// the order matters more because the endpoint is failing.
    pub(crate) fn put_off(&mut self, now: Timestamp, id: u64) -> Option<Vec<DeliveryAction>> {
        if !matches!(self.state, DeliveryState::Up) {
            return None;
        }
        let entry = self.entries.get_mut(&id)?;
        entry.in_flight = false;
        entry.loose = true;
        entry.late = true;
        let conversation = entry.note.conversation.clone();
        self.in_flight = self.in_flight.saturating_sub(1);
        self.lanes.remove(&conversation, id);
        self.wait_until(now.after(OVERTAKEN_WITHIN), id);
        Some(self.tick(now))
    }

    /// Takes out the one behind one that is being posted, if it can go with it.
    pub(crate) fn absorb(&mut self, id: u64) -> Option<Notification> {
        let entry = self.entries.get(&id)?;
        let next = self.lanes.behind(&entry.note.conversation, id)?;
        let other = self.entries.get(&next).filter(|other| !other.in_flight)?;
        let is_change = |entry: &HeldNotification| entry.note.kind == EventType::Conversation;
        if is_change(entry) != is_change(other) {
            return None;
        }
        let note = other.note.clone();
        self.remove(next);
        Some(note)
    }

    /// Puts back what was taken out, before the outcome of the one it went with is told.
    pub(crate) fn put_back(&mut self, note: Notification) -> Vec<DeliveryAction> {
        self.bytes += note.body.len();
        self.lanes.reinsert(&note.conversation, note.id);
        self.entries.insert(note.id, HeldNotification::new(note));
        Vec::new()
    }

    /// Gives up what is held of a conversation, or of all.
    pub(crate) fn clear(&mut self, conversation: Option<&ConversationId>) -> Vec<DeliveryAction> {
        let mut actions = Vec::new();
        let ids: Vec<u64> = self
            .entries
            .values()
            .filter(|entry| conversation.is_none_or(|id| entry.note.conversation == *id))
            .map(|entry| entry.note.id)
            .collect();
        for id in ids {
            if let DeliveryState::Failed { probes, .. } = &mut self.state {
                probes.remove(&id);
            }
            self.remove(id);
            actions.push(DeliveryAction::Forget(id));
        }
        self.move_on();
        actions
    }
}
