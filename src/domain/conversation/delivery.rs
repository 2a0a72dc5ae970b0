//! The bubbles of what we wrote: which number is whose, and how far each has
//! come.

use crate::domain::{
    content::Content,
    conversation::{
        Conversation,
        saved::{At, SendJob},
        sending::Stage,
    },
    ids::Sequence,
    line::{Delivery, Hops, LineBody, Place, Position},
};

/// By what a message of ours is recognised when it comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Echo {
    /// Its words, byte for byte.
    Text(String),
    /// The `relativePath` of its file.
    File(String),
    /// Nothing this phone could have sent.
    Other,
}

impl Echo {
    /// What a message is recognised by; `text` is its text exactly as it came.
    pub(super) fn of(content: &Content, text: Option<String>) -> Self {
        match (content, text) {
            (_, Some(text)) => Self::Text(text),
            (Content::File(file), _) if !file.path.is_empty() => Self::File(file.path.clone()),
            _ => Self::Other,
        }
    }

    fn is_of(&self, job: &SendJob) -> bool {
        match (self, job) {
            (Self::Text(echo), SendJob::Text { text, .. }) => echo == text,
            (
                Self::File(echo),
                SendJob::File {
                    path: Some(path), ..
                },
            ) => echo == path,
            _ => false,
        }
    }
}

impl Conversation {
    /// How far the bubble of a job has come.
    pub(super) fn delivery(&self, job: &SendJob) -> Option<&Delivery> {
        match &self.items.get(&job.bubble()?)?.body {
            LineBody::Mine { delivery, .. } => Some(delivery),
            _ => None,
        }
    }

    /// An echo with a number nobody claims yet: the message it belongs to, if it is one of ours
    /// that is leaving there, in doubt, given up in doubt, or taken without a number.
    pub(super) fn claim(&mut self, at: &At, echo: &Echo) -> Option<u32> {
        let went_there = |job: &SendJob| echo.is_of(job) && job.at() == Some(at);
        if let Some(job) = self.saved.leaving.as_ref().filter(|job| went_there(job))
            && let Some(item) = job.bubble()
            && self
                .items
                .get(&item)
                .is_some_and(|item| is_unnumbered(&item.body))
        {
            if !self.sending.is_flying() {
                self.saved.leaving = None;
                self.sending = Stage::Idle;
            }
            return Some(item);
        }
        let in_doubt = |job: &SendJob| {
            let doubted = matches!(
                self.delivery(job),
                Some(
                    Delivery::Taken
                        | Delivery::Failed {
                            uncertain: true,
                            ..
                        }
                )
            );
            doubted && went_there(job)
        };
        let at = self.saved.failed.iter().position(in_doubt)?;
        self.saved.failed.remove(at).bubble()
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
            && let LineBody::Mine { delivery, .. } = &mut item.body
        {
            *delivery = now;
            self.changed.insert(number);
        }
    }

    pub(super) fn hops(&mut self, number: u32) -> Option<&mut Hops> {
        match self.items.get_mut(&number).map(|item| &mut item.body) {
            Some(LineBody::Mine { hops, .. }) => Some(hops),
            _ => None,
        }
    }

    pub(super) fn move_to(&mut self, number: u32, position: impl Into<Position>) {
        let place = Place::new(self.id(number), position);
        if let Some(item) = self.items.get_mut(&number) {
            item.place = place;
            self.changed.insert(number);
        }
    }
}

fn is_unnumbered(body: &LineBody) -> bool {
    matches!(body, LineBody::Mine { delivery, .. } if delivery.sequence().is_none())
}
