//! What the consumer writes and does, put into the queue that `sending` works
//! off: texts, quick replies, closing, sending again.

use serde_json::Value;

use crate::domain::{
    content::{Click, Content},
    conversation::{
        Conversation,
        effect::Effect,
        saved::{At, Job},
    },
    ids::{ItemId, Sequence},
    item::{Body, Delivery, Hops},
    text::SafeText,
    time::Timestamp,
};

impl Conversation {
    pub(super) fn submit(&mut self, now: Timestamp, text: String, metadata: Option<Value>) {
        self.stopped_typing();
        if text.is_empty() {
            return;
        }
        self.retire_replies();
        self.queue_text(now, text, metadata, None);
    }

    fn queue_text(
        &mut self,
        now: Timestamp,
        text: String,
        metadata: Option<Value>,
        at: Option<At>,
    ) {
        let body = Body::Mine {
            content: Content::text(SafeText::clean(&text)),
            delivery: Delivery::Queued,
            hops: Hops::default(),
        };
        let item = self.add(now, (u32::MAX, Sequence::MAX), body);
        self.saved.jobs.push_back(Job::Text {
            item,
            text,
            metadata,
            at,
            moved: false,
        });
    }

    /// A quick reply, which can be used once.
    pub(super) fn reply(&mut self, now: Timestamp, id: ItemId, index: usize) {
        let Some(Body::Theirs {
            content,
            answerable: true,
            ..
        }) = self.items.get(&id.number).map(|item| &item.body)
        else {
            return;
        };
        if let Some(reply) = content.replies().get(index).cloned() {
            let click = Click {
                metadata: reply.metadata,
                texts: reply.text,
            };
            self.click(now, id, click);
        }
    }

    /// A click: ACTION with the metadata, then each text, both in the dialog of the message
    /// (`rich-content` 7).
    pub(super) fn click(&mut self, now: Timestamp, id: ItemId, click: Click) {
        let Some(Body::Theirs {
            dialog, sequence, ..
        }) = self.items.get(&id.number).map(|item| &item.body)
        else {
            return;
        };
        let (dialog, sequence) = (dialog.clone(), *sequence);
        let Some(conversation) = self.conversation_of(&dialog) else {
            return;
        };
        let at = At {
            conversation,
            dialog,
        };
        self.retire_replies();
        if let Some(metadata) = click.metadata.clone() {
            self.saved.jobs.push_back(Job::Action {
                at: at.clone(),
                sequence,
                item: id.number,
                metadata,
            });
        }
        for text in click.texts {
            self.queue_text(now, text, click.metadata.clone(), Some(at.clone()));
        }
    }

    /// Quick replies belong to the newest message only.
    pub(super) fn retire_replies(&mut self) {
        for (number, item) in &mut self.items {
            if let Body::Theirs { answerable, .. } = &mut item.body
                && *answerable
            {
                *answerable = false;
                self.changed.insert(*number);
            }
        }
    }

    pub(super) fn close(&mut self, effects: &mut Vec<Effect>) {
        let mut jobs = self.saved.leaving.iter().chain(&self.saved.jobs);
        if !self.is_open() {
            effects.push(Effect::Remark("no conversation is open"));
        } else if !jobs.any(|job| *job == Job::Close) {
            self.saved.jobs.push_back(Job::Close);
            if self.flight {
                effects.push(Effect::Remark("closing waits until flight mode ends"));
            }
        }
    }

    pub(super) fn retry(&mut self, id: ItemId) {
        let of_item = |job: &Job| matches!(job, Job::Text { item, .. } if *item == id.number);
        let Some(at) = self.saved.failed.iter().position(of_item) else {
            return;
        };
        let mut job = self.saved.failed.remove(at);
        if let Job::Text { moved, .. } = &mut job {
            *moved = false;
        }
        self.saved.jobs.push_back(job);
        self.deliver(id.number, Delivery::Queued);
        self.move_to(id.number, (u32::MAX, Sequence::MAX));
    }
}
