//! The bubbles of what we wrote: which number is whose, and how far each has
//! come.

use crate::domain::{
    conversation::{
        Conversation,
        saved::{At, Job},
        sending::Stage,
    },
    ids::Sequence,
    item::{Body, Delivery, Hops},
};

impl Conversation {
    /// How far the bubble of a text has come.
    pub(super) fn delivery(&self, job: &Job) -> Option<&Delivery> {
        let Job::Text { item, .. } = job else {
            return None;
        };
        match &self.items.get(item)?.body {
            Body::Mine { delivery, .. } => Some(delivery),
            _ => None,
        }
    }

    /// An echo with a number nobody claims yet: the message it belongs to, if it is one of ours
    /// that is leaving there, in doubt or given up in doubt.
    pub(super) fn claim(&mut self, at: &At, echo: &str) -> Option<u32> {
        let went_there = |job: &Job| matches!(job, Job::Text { text, at: Some(went), .. } if text == echo && went == at);
        if let Some(job @ Job::Text { item, .. }) = &self.saved.leaving
            && went_there(job)
            && self
                .items
                .get(item)
                .is_some_and(|item| is_unnumbered(&item.body))
        {
            let item = *item;
            if !self.sending.is_flying() {
                self.saved.leaving = None;
                self.sending = Stage::Idle;
            }
            return Some(item);
        }
        let in_doubt = |job: &Job| {
            let doubted = matches!(
                self.delivery(job),
                Some(Delivery::Failed {
                    uncertain: true,
                    ..
                })
            );
            doubted && went_there(job)
        };
        let at = self.saved.failed.iter().position(in_doubt)?;
        match self.saved.failed.remove(at) {
            Job::Text { item, .. } => Some(item),
            Job::Action { .. } | Job::Close => None,
        }
    }

    /// A message of ours has its number.
    pub(super) fn number(&mut self, item: u32, at: &At, sequence: Sequence) {
        let Some(dialog) = self.dialog_mut(at) else {
            return;
        };
        dialog.top = dialog.top.max(sequence);
        let delivery = if dialog.read.contains(sequence) {
            Delivery::Read { sequence }
        } else if dialog.accepted.contains(sequence) {
            Delivery::Accepted { sequence }
        } else {
            Delivery::Sent { sequence }
        };
        let ordinal = dialog.ordinal;
        let unnumbered = self
            .items
            .get(&item)
            .is_some_and(|item| is_unnumbered(&item.body));
        if unnumbered {
            self.deliver(item, delivery);
            self.move_to(item, (ordinal, sequence));
            self.numbered.insert((ordinal, sequence), item);
        }
    }

    pub(super) fn deliver(&mut self, number: u32, now: Delivery) {
        if let Some(item) = self.items.get_mut(&number)
            && let Body::Mine { delivery, .. } = &mut item.body
        {
            *delivery = now;
            self.changed.insert(number);
        }
    }

    pub(super) fn hops(&mut self, number: u32) -> Option<&mut Hops> {
        match self.items.get_mut(&number).map(|item| &mut item.body) {
            Some(Body::Mine { hops, .. }) => Some(hops),
            _ => None,
        }
    }

    pub(super) fn move_to(&mut self, number: u32, spot: (u32, Sequence)) {
        let place = self.place(spot, number);
        if let Some(item) = self.items.get_mut(&number) {
            item.place = place;
            self.changed.insert(number);
        }
    }
}

fn is_unnumbered(body: &Body) -> bool {
    matches!(body, Body::Mine { delivery, .. } if delivery.sequence().is_none())
}
