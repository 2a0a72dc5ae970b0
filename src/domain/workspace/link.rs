//! What is asked when the connection is up, and what is made up for after a loss.

use std::collections::BTreeSet;

use crate::domain::{
    availability::Availability,
    ids::{ConversationId, ParticipantId, RequestId},
    retry::Problem,
    time::Timestamp,
    wire::ums::{frame::Answer, request::Request},
    workspace::{Workspace, effect::Effect, state::Purpose, writing::Writing},
};

/// From so many changes on, what a subscription brings first may come in several parts.
pub(super) const PART: usize = 1000;

/// What the cloud tells of by itself.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Subscriptions {
    /// Of what is open.
    open: Option<String>,
    /// Of what was closed since the agent logged in.
    closed: Option<String>,
    /// Since when that is, by the cloud's clock.
    since: Option<Timestamp>,
    /// The first tidings of each have come, or will not come.
    has_open: bool,
    has_closed: bool,
    /// Whom they told of since the connection is up.
    told: BTreeSet<ConversationId>,
    /// What has to be answered before the workspace is ready.
    settling: BTreeSet<RequestId>,
}

impl Subscriptions {
    /// Whether a subscription is the one of closed conversations.
    pub(super) fn is_of_closed(&self, subscription: &str) -> bool {
        self.closed.as_deref() == Some(subscription)
    }
}

impl Workspace {
    /// Asks for everything that a workspace needs.
    pub(super) fn up(
        &mut self,
        full: ParticipantId,
        pid: ParticipantId,
        effects: &mut Vec<Effect>,
    ) {
        self.me = Some((full, pid));
        self.is_up = true;
        self.subscriptions = Subscriptions {
            since: self.subscriptions.since,
            ..Subscriptions::default()
        };
        for conversation in self.conversations.values_mut() {
            for track in conversation.tracks.values_mut() {
                track.is_stale = true;
            }
        }
        let clock = self.ask(Request::Clock, Purpose::Clock, effects);
        let open = Request::Subscribe {
            open: true,
            since: None,
        };
        let open = self.ask(open, Purpose::Subscribe { open: true }, effects);
        self.ask(Request::SubscribeState, Purpose::SubscribeState, effects);
        let tasks = self.ask(Request::SubscribeTasks, Purpose::Tasks, effects);
        let state = Request::SetState(Some(self.wanted));
        let state = self.ask(state, Purpose::State, effects);
        self.subscriptions.settling = [clock, open, tasks, state].into();
    }

    /// What does not last longer than a connection.
    pub(super) fn down(&mut self) {
        self.is_up = false;
        self.rings.clear();
        self.alarms.clear();
        for (id, conversation) in &mut self.conversations {
            conversation.consumer_types = None;
            conversation.writing = Writing::default();
            conversation.asks_profile = false;
            self.touched.insert(id.clone());
            for track in conversation.tracks.values_mut() {
                track.is_asking = false;
            }
        }
    }

    /// The workspace is ready once all of its first requests are answered.
    pub(super) fn settle(&mut self, request: RequestId, effects: &mut Vec<Effect>) {
        let settling = &mut self.subscriptions.settling;
        if settling.remove(&request) && settling.is_empty() && self.is_up {
            effects.push(Effect::Settled);
        }
    }

    /// The cloud's clock, by which it is asked what was closed since the agent logged in.
    pub(super) fn clock(
        &mut self,
        answer: Result<Answer, Problem>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if !self.is_up {
            return;
        }
        if let Some(clock) = answer.ok().and_then(|answer| answer.clock()) {
            self.ahead = clock.0.saturating_sub(now.0);
        }
        let cloud = Timestamp(now.0.saturating_add(self.ahead));
        let since = *self.subscriptions.since.get_or_insert(cloud);
        let closed = Request::Subscribe {
            open: false,
            since: Some(since),
        };
        self.ask(closed, Purpose::Subscribe { open: false }, effects);
    }

    pub(super) fn subscribed(
        &mut self,
        open: bool,
        answer: Result<Answer, Problem>,
        effects: &mut Vec<Effect>,
    ) {
        let subscriptions = &mut self.subscriptions;
        match answer {
            Ok(answer) if open => subscriptions.open = answer.subscription(),
            Ok(answer) => subscriptions.closed = answer.subscription(),
            Err(problem) if open => self.tell("be told of conversations", problem, effects),
            // Without it ratings are not seen, and nothing else.
            Err(_) => subscriptions.has_closed = true,
        }
    }

    /// A subscription told of these. When both have told all there is, what neither told of is
    /// not there any more.
    pub(super) fn sweep(
        &mut self,
        subscription: &str,
        told: impl ExactSizeIterator<Item = ConversationId>,
    ) {
        let is_whole = told.len() < PART;
        let subscriptions = &mut self.subscriptions;
        let was_whole = subscriptions.has_open && subscriptions.has_closed;
        if was_whole {
            return;
        }
        subscriptions.told.extend(told);
        if subscriptions.is_of_closed(subscription) {
            subscriptions.has_closed |= is_whole;
        } else {
            subscriptions.has_open |= is_whole;
        }
        if subscriptions.has_open && subscriptions.has_closed {
            let told = std::mem::take(&mut subscriptions.told);
            let lost: Vec<_> = self
                .conversations
                .iter()
                .filter(|(id, conversation)| conversation.details.is_open && !told.contains(*id))
                .map(|(id, _)| id.clone())
                .collect();
            for id in lost {
                self.over(&id);
            }
        }
    }

    /// Changes whether conversations ring here, at once or when there is a connection again.
    pub(super) fn be(&mut self, availability: Availability, effects: &mut Vec<Effect>) {
        self.wanted = availability;
        if self.is_up {
            let state = Request::SetState(Some(availability));
            self.ask(state, Purpose::State, effects);
        } else {
            effects.push(Effect::Availability(availability));
        }
    }

    /// Goes home: nothing rings here any more.
    pub(super) fn quit(&mut self, effects: &mut Vec<Effect>) {
        self.is_leaving = true;
        if !self.is_up {
            effects.push(Effect::Left);
            return;
        }
        self.ask(Request::SetState(None), Purpose::Farewell, effects);
        let subscriptions = [
            self.subscriptions.open.take(),
            self.subscriptions.closed.take(),
        ];
        for subscription in subscriptions.into_iter().flatten() {
            let end = Request::Unsubscribe(subscription);
            self.ask(end, Purpose::Farewell, effects);
        }
    }
}
