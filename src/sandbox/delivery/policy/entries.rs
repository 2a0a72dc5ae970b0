//! What is held: put in, taken out, made room for. Each costs the same however much is held.

use crate::{
    domain::time::Timestamp,
    sandbox::{
        delivery::policy::{DeliveryAction, HeldNotification, Policy, work},
        model::notify::Notification,
    },
};

impl Policy {
    /// The oldest that is not under way; at most as many are as may be posted at once.
    pub(super) fn oldest_waiting(&self) -> Option<&HeldNotification> {
        let mut all = self.entries.values().inspect(|_| work::looked());
        all.find(|entry| !entry.in_flight)
    }

    /// Drops the oldest that are not under way until another fits.
    pub(super) fn make_room(&mut self, note: &Notification, actions: &mut Vec<DeliveryAction>) {
        while self.entries.len() >= self.timing.capacity
            || self.bytes + note.body.len() > self.timing.capacity_bytes
        {
            let Some(id) = self.oldest_waiting().map(|entry| entry.note.id) else {
                return;
            };
            self.give_up(id, actions);
        }
    }

    pub(super) fn insert(&mut self, note: Notification) {
        self.bytes += note.body.len();
        self.lanes.push(&note.conversation, note.id);
        self.entries.insert(note.id, HeldNotification::new(note));
    }

    pub(super) fn remove(&mut self, id: u64) {
        let Some(entry) = self.entries.remove(&id) else {
            return;
        };
        self.lanes.remove(&entry.note.conversation, id);
        self.bytes -= entry.note.body.len();
        if let Some(at) = entry.due {
            self.due.remove(&(at, id));
        }
    }

    pub(super) fn give_up(&mut self, id: u64, actions: &mut Vec<DeliveryAction>) {
        self.remove(id);
        self.dropped += 1;
        actions.push(DeliveryAction::Forget(id));
    }

    /// Has one posted at this time, whatever is before it then.
    pub(super) fn wait_until(&mut self, at: Timestamp, id: u64) {
        if let Some(entry) = self.entries.get_mut(&id) {
            if let Some(earlier) = entry.due.replace(at) {
                self.due.remove(&(earlier, id));
            }
            self.due.insert((at, id));
        }
    }
}
