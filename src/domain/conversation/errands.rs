//! What the consumer does beside writing: closing, ending, rating, marking a
//! message by hand, asking for another time to respond, another profile. All
//! of it waits its turn in the queue of `sending`.

use serde_json::Value;

use crate::domain::{
    conversation::{Conversation, effect::Effect, saved::SendJob},
    ids::{ConversationId, ItemId},
    wire::{
        opening::Profile,
        outbound::{AcceptStatus, EndField, Rating, TtrType},
    },
};

impl Conversation {
    pub(super) fn close(&mut self, effects: &mut Vec<Effect>) {
        if self.is_open() {
            self.errand(SendJob::Close, effects);
        } else {
            effects.push(Effect::Remark("no conversation is open"));
        }
    }

    pub(super) fn end(&mut self, field: EndField, effects: &mut Vec<Effect>) {
        if self.is_open() {
            self.errand(SendJob::End { field }, effects);
        } else {
            effects.push(Effect::Remark("no conversation is open"));
        }
    }

    /// Marks a message of others with any status, once more even if behaviour has done so.
    pub(super) fn mark(
        &mut self,
        id: ItemId,
        status: AcceptStatus,
        metadata: Option<Value>,
        effects: &mut Vec<Effect>,
    ) {
        let Some((at, sequence)) = self.spot_of(id) else {
            effects.push(Effect::Remark("only a message of others can be marked"));
            return;
        };
        self.resolve_receipt(&at, status, sequence);
        self.errand(
            SendJob::Mark {
                at,
                sequence,
                item: id.number,
                status,
                metadata,
            },
            effects,
        );
    }

    /// Rates the latest conversation, open or closed.
    pub(super) fn rate(&mut self, rating: Rating, effects: &mut Vec<Effect>) {
        if let Some(conversation) = self.latest(effects) {
            let rate = SendJob::Rate {
                conversation,
                rating,
            };
            self.errand(rate, effects);
        }
    }

    pub(super) fn change_ttr(
        &mut self,
        ttr: TtrType,
        value: Option<u64>,
        effects: &mut Vec<Effect>,
    ) {
        if let Some(conversation) = self.latest(effects) {
            let change = SendJob::ChangeTtr {
                conversation,
                ttr,
                value,
            };
            self.errand(change, effects);
        }
    }

    pub(super) fn set_profile(&mut self, profile: Profile, effects: &mut Vec<Effect>) {
        self.errand(SendJob::SetProfile { profile }, effects);
    }

    fn latest(&self, effects: &mut Vec<Effect>) -> Option<ConversationId> {
        let latest = self.current().cloned();
        if latest.is_none() {
            effects.push(Effect::Remark("there is no conversation yet"));
        }
        latest
    }

    /// Puts a job behind what waits already. What the same job would do twice it does once.
    fn errand(&mut self, job: SendJob, effects: &mut Vec<Effect>) {
        let mut jobs = self.saved.leaving.iter().chain(&self.saved.jobs);
        let is_pointless =
            matches!(job, SendJob::Close | SendJob::End { .. }) && jobs.any(|it| *it == job);
        if is_pointless {
            return;
        }
        if self.flight {
            effects.push(Effect::Remark(if job == SendJob::Close {
                "closing waits until flight mode ends"
            } else {
                "it waits until flight mode ends"
            }));
        }
        self.saved.jobs.push_back(job);
    }
}
