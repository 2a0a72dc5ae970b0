//! When which notification is posted: a pure state machine, time in, actions out.
//!
//! Each conversation has a lane in which events wait for their turn, so its order
//! holds; different lanes move in parallel. What happens after a failure is
//! `webhooks` 7: by number, or by time to live with its four states.

mod entries;
mod failing;
mod lanes;
mod meddled;
pub(super) mod work;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;

use crate::{
    domain::time::Timestamp,
    sandbox::{
        delivery::policy::lanes::Lanes,
        model::{
            notify::{EventType, Notification},
            webhooks::{Endpoint, Webhooks},
        },
    },
};

/// Spans and limits of the policy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    /// The gap after the first failure.
    pub first_gap: Duration,
    pub longest_gap: Duration,
    /// The gap of the mechanism by number.
    pub number_gap: Duration,
    /// How long an event of a draining conversation waits for its turn.
    pub drain_wait: Duration,
    /// Notifications held at most; past it the oldest is dropped, as the cloud may lose some.
    pub capacity: usize,
    /// Bytes of them held at most; past it likewise.
    pub capacity_bytes: usize,
    /// Posts under way at most; further ones wait.
    pub parallel: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeliveryAction {
    /// Post this and report with [`Policy::answered`].
    Post(Post),
    /// This one was delivered or given up.
    Forget(u64),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Post {
    pub id: u64,
    /// The configuration this was decided under.
    pub generation: u64,
    pub endpoint: Arc<Endpoint>,
    pub body: Bytes,
    /// Whether it was put off before.
    pub late: bool,
}

/// How the app install stands; see the table of `webhooks` 7.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Notifications are delivered as soon as they are due.
    Up,
    /// Everything is stored; attempts are made from time to time.
    Failed,
    /// What was stored is sent again.
    InTransition,
    /// What was stored meanwhile is drained.
    Recovered,
}

#[derive(Debug)]
enum DeliveryState {
    Up,
    Failed {
        due: Timestamp,
        probes: BTreeSet<u64>,
        refused: bool,
    },
    /// Until everything up to this number is sent.
    InTransition(u64),
    /// Until everything up to this number is drained.
    Recovered(u64),
}

#[derive(Debug)]
struct HeldNotification {
    note: Notification,
    in_flight: bool,
    /// Out of its lane: order no longer matters for it.
    loose: bool,
    /// It was put off once, and is not again.
    late: bool,
    tries: u8,
    /// When it is posted whatever is before it; the same as in [`Policy::due`].
    due: Option<Timestamp>,
}

impl HeldNotification {
    fn new(note: Notification) -> Self {
        Self {
            note,
            in_flight: false,
            loose: false,
            late: false,
            tries: 0,
            due: None,
        }
    }
}

/// The policy of one app install.
#[derive(Debug)]
pub(crate) struct Policy {
    webhooks: Webhooks,
    timing: Timing,
    state: DeliveryState,
    generation: u64,
    entries: BTreeMap<u64, HeldNotification>,
    bytes: usize,
    lanes: Lanes,
    /// When loose entries are due, and when waiting ones are let loose.
    due: BTreeSet<(Timestamp, u64)>,
    in_flight: usize,
    /// How often the gap was doubled.
    doubled: u32,
    /// Whether anything but a probe got through since the last failure.
    progress: bool,
    dropped: u64,
}

impl Policy {
    /// A policy with nothing to deliver.
    pub(crate) fn new(webhooks: Webhooks, timing: Timing) -> Self {
        Self {
            webhooks,
            timing,
            state: DeliveryState::Up,
            generation: 0,
            entries: BTreeMap::new(),
            bytes: 0,
            lanes: Lanes::default(),
            due: BTreeSet::new(),
            in_flight: 0,
            doubled: 0,
            progress: false,
            dropped: 0,
        }
    }

    /// Whether the app install subscribes to this kind of event.
    pub(crate) fn wants(&self, kind: EventType) -> bool {
        self.webhooks.endpoints.contains_key(&kind)
    }

    pub(crate) fn webhooks(&self) -> &Webhooks {
        &self.webhooks
    }

    /// Gives up everything, and wants nothing from now on.
    pub(crate) fn abandon(&mut self) -> Vec<DeliveryAction> {
        self.webhooks = Webhooks::default();
        let mut actions = Vec::new();
        let all: Vec<u64> = self.entries.keys().copied().collect();
        for id in all {
            self.give_up(id, &mut actions);
        }
        self.state = DeliveryState::Up;
        actions
    }

    pub(crate) fn standing(&self) -> Standing {
        match self.state {
            DeliveryState::Up => Standing::Up,
            DeliveryState::Failed { .. } => Standing::Failed,
            DeliveryState::InTransition(_) => Standing::InTransition,
            DeliveryState::Recovered(_) => Standing::Recovered,
        }
    }

    /// How many notifications wait or are under way.
    pub(crate) fn held(&self) -> usize {
        self.entries.len()
    }

    /// How many were dropped for age, for want of room or for having no retry.
    #[cfg(test)]
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Whether nothing is under way and nothing could be right now.
    pub(crate) fn is_quiet(&self) -> bool {
        self.in_flight == 0
            && (self.lanes.is_quiet()
                || matches!(self.state, DeliveryState::Failed { .. })
                || self.webhooks.endpoints.is_empty())
    }

    /// Takes another configuration at once; attempts start over.
    pub(crate) fn configure(&mut self, now: Timestamp, webhooks: Webhooks) -> Vec<DeliveryAction> {
        self.generation += 1;
        self.webhooks = webhooks;
        self.doubled = 0;
        if self.webhooks.retention.is_none() {
            self.state = DeliveryState::Up;
        } else if let DeliveryState::Failed {
            due,
            probes,
            refused,
        } = &mut self.state
        {
            *due = now;
            probes.clear();
            *refused = false;
        }
        self.wake_lanes();
        self.tick(now)
    }

    /// Puts back what an earlier run could not deliver.
    pub(crate) fn restore(
        &mut self,
        now: Timestamp,
        notes: Vec<Notification>,
    ) -> Vec<DeliveryAction> {
        let mut actions = Vec::new();
        for note in notes {
            self.make_room(&note, &mut actions);
            self.insert(note);
        }
        actions.extend(self.tick(now));
        actions
    }

    /// Takes a new notification; one that the app install does not subscribe to is forgotten.
    pub(crate) fn enqueue(&mut self, now: Timestamp, note: Notification) -> Vec<DeliveryAction> {
        let mut actions = Vec::new();
        if !self.wants(note.kind) {
            return vec![DeliveryAction::Forget(note.id)];
        }
        self.make_room(&note, &mut actions);
        let id = note.id;
        let head = self.lanes.head(&note.conversation);
        self.insert(note);
        if let DeliveryState::Recovered(last) = self.state
            && head.is_some_and(|head| head <= last)
        {
            self.wait_until(now.after(self.timing.drain_wait), id);
        }
        actions.extend(self.tick(now));
        actions
    }

    /// Takes the outcome of a post.
    pub(crate) fn answered(
        &mut self,
        now: Timestamp,
        id: u64,
        generation: u64,
        ok: bool,
    ) -> Vec<DeliveryAction> {
        let mut actions = Vec::new();
        self.in_flight = self.in_flight.saturating_sub(1);
        let current = generation == self.generation;
        let Some(entry) = self.entries.get_mut(&id) else {
            return self.tick(now);
        };
        entry.in_flight = false;
        let mut probe = false;
        if let DeliveryState::Failed {
            probes, refused, ..
        } = &mut self.state
        {
            probe = probes.remove(&id);
            *refused |= probe && !ok;
        }
        if ok {
            self.progress |= !probe;
            self.remove(id);
            actions.push(DeliveryAction::Forget(id));
        } else if !current {
            self.back_in_line(id);
        } else if self.webhooks.retention.is_none() {
            self.failed_by_number(now, id, &mut actions);
        } else {
            self.failed_by_time(now, id, &mut actions);
        }
        if probe {
            self.probes_done(now);
        }
        actions.extend(self.tick(now));
        actions
    }

    pub(crate) fn tick(&mut self, now: Timestamp) -> Vec<DeliveryAction> {
        let mut actions = Vec::new();
        self.expire(now, &mut actions);
        self.move_on();
        if let DeliveryState::Failed { due, .. } = self.state {
            if due <= now {
                self.probe(now, &mut actions);
            }
            return actions;
        }
        self.post_due(now, &mut actions);
        self.post_ready(&mut actions);
        actions
    }

    /// When [`tick`](Self::tick) must be called next, if nothing else happens before. Right after
    /// a tick this is never a moment that has passed: the task that waits for it would run for
    /// ever.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        if self.webhooks.endpoints.is_empty() {
            return None;
        }
        let attempt = match &self.state {
            DeliveryState::Failed { due, probes, .. } if probes.is_empty() => Some(*due),
            DeliveryState::Failed { .. } => None,
            // What is due then waits for an answer, which brings a tick.
            _ if self.in_flight >= self.timing.parallel => None,
            _ => self.due.first().map(|(at, _)| *at),
        };
        let expiry = self.webhooks.retention.and_then(|retention| {
            let oldest = self.oldest_waiting()?;
            // One past it: an event exactly as old as the retention is still sent.
            Some(Timestamp(
                oldest.note.at.after(retention).0.saturating_add(1),
            ))
        });
        attempt.into_iter().chain(expiry).min()
    }

    /// Changes the state when what it waited for has come.
    fn move_on(&mut self) {
        let oldest = self.entries.first_key_value().map(|(id, _)| *id);
        if oldest.is_none() {
            self.state = DeliveryState::Up;
            return;
        }
        if let DeliveryState::InTransition(last) = self.state
            && oldest > Some(last)
        {
            self.state = DeliveryState::Recovered(self.last_id());
        }
        if let DeliveryState::Recovered(last) = self.state
            && oldest > Some(last)
        {
            self.state = DeliveryState::Up;
        }
    }

    fn last_id(&self) -> u64 {
        self.entries.last_key_value().map_or(0, |(id, _)| *id)
    }

    fn expire(&mut self, now: Timestamp, actions: &mut Vec<DeliveryAction>) {
        let Some(retention) = self.webhooks.retention else {
            return;
        };
        let expired: Vec<u64> = self
            .entries
            .values()
            .inspect(|_| work::looked())
            .take_while(|entry| entry.note.at.after(retention) < now)
            .filter(|entry| !entry.in_flight)
            .map(|entry| entry.note.id)
            .collect();
        for id in expired {
            self.give_up(id, actions);
        }
    }

    /// Posts what is due by number, and what waited long enough for a drain.
    fn post_due(&mut self, now: Timestamp, actions: &mut Vec<DeliveryAction>) {
        while self.in_flight < self.timing.parallel
            && let Some((at, id)) = self.due.first().copied()
            && at <= now
        {
            work::looked();
            self.due.remove(&(at, id));
            let Some(entry) = self.entries.get_mut(&id) else {
                continue;
            };
            entry.due = None;
            if entry.in_flight {
                continue;
            }
            entry.loose = true;
            let conversation = entry.note.conversation.clone();
            self.lanes.remove(&conversation, id);
            self.post(id, actions);
        }
    }

    /// Posts the heads of lanes whose turn it is.
    fn post_ready(&mut self, actions: &mut Vec<DeliveryAction>) {
        if self.webhooks.endpoints.is_empty() {
            return;
        }
        while self.in_flight < self.timing.parallel
            && let Some(id) = self.lanes.next_ready()
        {
            work::looked();
            let Some(entry) = self.entries.get(&id) else {
                continue;
            };
            if entry.in_flight {
                continue;
            }
            if self.wants(entry.note.kind) {
                self.post(id, actions);
            } else {
                self.give_up(id, actions);
            }
        }
    }

    fn post(&mut self, id: u64, actions: &mut Vec<DeliveryAction>) {
        let Some(entry) = self.entries.get_mut(&id) else {
            return;
        };
        let Some(endpoint) = self.webhooks.endpoints.get(&entry.note.kind) else {
            return;
        };
        entry.in_flight = true;
        self.in_flight += 1;
        actions.push(DeliveryAction::Post(Post {
            id,
            generation: self.generation,
            endpoint: endpoint.clone(),
            body: entry.note.body.clone(),
            late: entry.late,
        }));
    }

    fn wake_lanes(&mut self) {
        self.lanes.wake_all();
    }
}
