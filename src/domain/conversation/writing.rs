//! What the consumer writes, put into the queue that `sending` works off:
//! texts, files, clicks, sending again.

use serde_json::Value;

use crate::domain::{
    content::{Click, Content, Hosted, QuickReply},
    conversation::{
        Conversation,
        cloud::CloudConversation,
        event::Attachment,
        saved::{At, SendJob},
    },
    ids::{DialogId, ItemId, Sequence},
    line::{Delivery, Hops, LineBody, Position},
    text::SafeText,
    time::Timestamp,
    wire::outbound::AcceptStatus,
};

impl Conversation {
    pub(super) fn submit(&mut self, now: Timestamp, text: String, metadata: Option<Value>) {
        self.stopped_typing();
        if !text.is_empty() {
            self.queue_text(now, text, metadata, None);
        }
    }

    /// Puts a text behind what waits already; returns its bubble.
    pub(super) fn queue_text(
        &mut self,
        now: Timestamp,
        text: String,
        metadata: Option<Value>,
        at: Option<At>,
    ) -> u32 {
        self.retire_replies();
        let body = LineBody::Mine {
            content: Content::text(SafeText::clean(&text)),
            delivery: Delivery::Queued,
            hops: Hops::default(),
        };
        let item = self.add(now, Position::Unnumbered, body);
        self.saved.jobs.push_back(SendJob::Text {
            item,
            text,
            metadata,
            at,
            moved: false,
        });
        item
    }

    /// A file takes its place among the texts; it is uploaded when its turn comes.
    pub(super) fn attach(&mut self, now: Timestamp, file: Attachment) {
        self.stopped_typing();
        self.queue_file(now, file);
    }

    pub(super) fn queue_file(&mut self, now: Timestamp, file: Attachment) -> u32 {
        self.retire_replies();
        let hosted = Hosted {
            caption: SafeText::clean(&file.caption),
            file_type: SafeText::clean(&file.file_type),
            path: String::new(),
            preview: file.preview,
            local: Some(file.local.clone()),
        };
        let body = LineBody::Mine {
            content: Content::File(hosted),
            delivery: Delivery::Queued,
            hops: Hops::default(),
        };
        let item = self.add(now, Position::Unnumbered, body);
        self.saved.jobs.push_back(SendJob::File {
            item,
            local: file.local,
            file_type: file.file_type,
            caption: file.caption,
            metadata: file.metadata,
            path: None,
            at: None,
            moved: false,
        });
        item
    }

    /// A quick reply, which can be used once.
    pub(super) fn reply(&mut self, now: Timestamp, id: ItemId, index: usize) {
        let Some(LineBody::Theirs {
            content,
            answerable: true,
            ..
        }) = self.items.get(&id.number).map(|item| &item.body)
        else {
            return;
        };
        let reply = content.replies().get(index);
        if let Some(click) = reply.and_then(QuickReply::click) {
            self.click(now, id, click);
        }
    }

    /// A click: ACTION with the metadata, then each text, both in the dialog of the message
    /// (`rich-content` 7).
    pub(super) fn click(&mut self, now: Timestamp, id: ItemId, click: Click) {
        let Some((at, sequence)) = self.spot_of(id) else {
            return;
        };
        self.retire_replies();
        if let Some(metadata) = click.metadata.clone() {
            self.saved.jobs.push_back(SendJob::Mark {
                at: at.clone(),
                sequence,
                item: id.number,
                status: AcceptStatus::Action,
                metadata: Some(metadata),
            });
        }
        for text in click.texts {
            self.queue_text(now, text, click.metadata.clone(), Some(at.clone()));
        }
    }

    /// Where a message of others was said, and its number there.
    pub(super) fn spot_of(&self, id: ItemId) -> Option<(At, Sequence)> {
        let item = self.items.get(&id.number).filter(|item| item.id == id)?;
        let LineBody::Theirs {
            dialog, sequence, ..
        } = &item.body
        else {
            return None;
        };
        let at = At {
            conversation: self.conversation_of(dialog)?,
            dialog: dialog.clone(),
        };
        Some((at, *sequence))
    }

    /// Once something was said, no quick reply of before is to be had any more.
    pub(super) fn retire_replies(&mut self) {
        self.retire(|_| true);
    }

    /// Quick replies belong to the newest message of their dialog only.
    pub(super) fn retire_replies_of(&mut self, of: &DialogId) {
        self.retire(|dialog| dialog == of);
    }

    fn retire(&mut self, is_meant: impl Fn(&DialogId) -> bool) {
        let items = &self.items;
        let is_meant = |number: &u32| match items.get(number).map(|item| &item.body) {
            Some(LineBody::Theirs { dialog, .. }) => is_meant(dialog),
            _ => true,
        };
        let meant: Vec<u32> = self.answerable.iter().copied().filter(is_meant).collect();
        for number in meant {
            self.answerable.remove(&number);
            if let Some(LineBody::Theirs { answerable, .. }) =
                self.items.get_mut(&number).map(|item| &mut item.body)
            {
                *answerable = false;
                self.changed.insert(number);
            }
        }
    }

    /// Sends a failed message again: into a new conversation where the last refusal may have meant
    /// that the present one is gone. A file the cloud had refused is uploaded again; one that may
    /// have arrived keeps its path, by which a late echo knows it.
    pub(super) fn retry(&mut self, now: Timestamp, id: ItemId) {
        let may_be_sent = |job: &SendJob| {
            job.bubble() == Some(id.number) && self.delivery(job) != Some(&Delivery::Taken)
        };
        let Some(at) = self.saved.failed.iter().position(may_be_sent) else {
            return;
        };
        let mut job = self.saved.failed.remove(at);
        let suspected = self.saved.conversations.last().filter(|it| it.refusals > 0);
        job.set_moved(suspected.is_some());
        if let Some(left) = suspected.and_then(CloudConversation::target) {
            self.lose(now, &left);
            job.set_target(None);
        }
        let was_uncertain = matches!(
            self.delivery(&job),
            Some(Delivery::Failed {
                uncertain: true,
                ..
            })
        );
        if let SendJob::File { path, .. } = &mut job
            && !was_uncertain
        {
            *path = None;
        }
        self.saved.jobs.push_back(job);
        self.deliver(id.number, Delivery::Queued);
        self.move_to(id.number, Position::Unnumbered);
    }
}
