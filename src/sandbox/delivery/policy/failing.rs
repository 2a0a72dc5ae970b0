//! What follows a failure: the two mechanisms of `webhooks` 7, and the attempts.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::{
    domain::time::Timestamp,
    sandbox::delivery::policy::{DeliveryAction, DeliveryState, Policy, work},
};

impl Policy {
    /// Has an event wait for its turn again.
    pub(super) fn back_in_line(&mut self, id: u64) {
        if let Some(entry) = self.entries.get_mut(&id) {
            if entry.loose {
                entry.loose = false;
                self.lanes.reinsert(&entry.note.conversation, id);
            }
            self.lanes.wake(&entry.note.conversation);
        }
    }

    pub(super) fn failed_by_number(
        &mut self,
        now: Timestamp,
        id: u64,
        actions: &mut Vec<DeliveryAction>,
    ) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        entry.tries += 1;
        let allowed = self
            .webhooks
            .endpoints
            .get(&entry.note.kind)
            .and_then(|endpoint| endpoint.max_retries)
            .unwrap_or(0);
        if entry.tries > allowed {
            self.give_up(id, actions);
            return;
        }
        entry.loose = true;
        let conversation = entry.note.conversation.clone();
        self.lanes.remove(&conversation, id);
        self.wait_until(now.after(self.timing.number_gap), id);
    }

    pub(super) fn failed_by_time(
        &mut self,
        now: Timestamp,
        id: u64,
        actions: &mut Vec<DeliveryAction>,
    ) {
        let once = self.entries.get(&id).is_some_and(|entry| {
            let endpoint = self.webhooks.endpoints.get(&entry.note.kind);
            endpoint.is_some_and(|endpoint| endpoint.max_retries == Some(0))
        });
        match self.state {
            DeliveryState::Up if once => self.give_up(id, actions),
            DeliveryState::Up => {
                self.doubled = 0;
                self.fail(now, id);
            }
            DeliveryState::InTransition(_) | DeliveryState::Recovered(_) => {
                self.doubled = if self.progress { 0 } else { self.doubled + 1 };
                self.fail(now, id);
            }
            DeliveryState::Failed { .. } => self.back_in_line(id),
        }
    }

    fn fail(&mut self, now: Timestamp, id: u64) {
        self.back_in_line(id);
        // From here on everything keeps its order; nothing is let loose.
        for (_, waiting) in std::mem::take(&mut self.due) {
            work::looked();
            if let Some(entry) = self.entries.get_mut(&waiting) {
                entry.due = None;
            }
            self.back_in_line(waiting);
        }
        self.progress = false;
        self.state = DeliveryState::Failed {
            due: now.after(self.gap()),
            probes: BTreeSet::new(),
            refused: false,
        };
    }

    fn gap(&self) -> Duration {
        let factor = 1_u32.checked_shl(self.doubled).unwrap_or(u32::MAX);
        self.timing
            .first_gap
            .saturating_mul(factor)
            .min(self.timing.longest_gap)
    }

    /// Tries the oldest event at the head of a lane for each address.
    pub(super) fn probe(&mut self, now: Timestamp, actions: &mut Vec<DeliveryAction>) {
        if let DeliveryState::Failed { probes, .. } = &self.state
            && !probes.is_empty()
        {
            return;
        }
        if self.webhooks.endpoints.is_empty() {
            return;
        }
        let mut chosen: BTreeMap<String, u64> = BTreeMap::new();
        let mut unwanted = Vec::new();
        for id in self.lanes.heads() {
            work::looked();
            let Some(entry) = self.entries.get(&id).filter(|entry| !entry.in_flight) else {
                continue;
            };
            match self.webhooks.endpoints.get(&entry.note.kind) {
                Some(endpoint) => {
                    let oldest = chosen.entry(endpoint.url.to_string()).or_insert(id);
                    *oldest = id.min(*oldest);
                }
                None => unwanted.push(id),
            }
        }
        for id in unwanted {
            self.give_up(id, actions);
        }
        let chosen: BTreeSet<u64> = chosen.into_values().collect();
        let later = now.after(self.gap());
        if let DeliveryState::Failed { probes, due, .. } = &mut self.state {
            if chosen.is_empty() {
                *due = later;
            }
            probes.clone_from(&chosen);
        }
        for id in chosen {
            self.post(id, actions);
        }
    }

    pub(super) fn probes_done(&mut self, now: Timestamp) {
        let DeliveryState::Failed {
            probes, refused, ..
        } = &self.state
        else {
            return;
        };
        if !probes.is_empty() {
            return;
        }
        if *refused {
            self.doubled += 1;
            self.state = DeliveryState::Failed {
                due: now.after(self.gap()),
                probes: BTreeSet::new(),
                refused: false,
            };
        } else {
            self.state = DeliveryState::InTransition(self.last_id());
            self.wake_lanes();
        }
    }
}
