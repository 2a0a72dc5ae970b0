//! What each job asks of the cloud, and whether it can be asked now.

use crate::domain::{
    content::Content,
    conversation::{
        Conversation,
        saved::{At, SendJob},
    },
    line::LineBody,
    wire::outbound::Outbound,
};

/// The next request of a job.
pub(super) enum Request {
    /// Its file has to be uploaded first.
    Upload,
    /// It can be said, and where that is for what belongs to a dialog.
    Say(Box<Outbound>, Option<At>),
}

/// Why a job cannot go out now.
pub(super) enum Undeliverable {
    /// There is no open conversation for it yet.
    Later,
    /// The cloud is about to tell what follows the dialog that was closed.
    Soon,
    /// It has become pointless.
    Never,
}

impl Conversation {
    /// The next request for a job.
    pub(super) fn request_of(&self, job: &SendJob) -> Result<Request, Undeliverable> {
        let say = |outbound, at| Ok(Request::Say(Box::new(outbound), at));
        match job {
            SendJob::Text { text, metadata, .. } => {
                let at = self.destination(job)?;
                let text = Outbound::Text {
                    conversation: at.conversation.clone(),
                    dialog: at.dialog.clone(),
                    text: text.clone(),
                    metadata: metadata.clone(),
                };
                say(text, Some(at))
            }
            SendJob::File {
                item,
                path,
                file_type,
                caption,
                metadata,
                ..
            } => {
                let at = self.destination(job)?;
                let Some(path) = path else {
                    return Ok(Request::Upload);
                };
                let file = Outbound::File {
                    conversation: at.conversation.clone(),
                    dialog: at.dialog.clone(),
                    path: path.clone(),
                    file_type: file_type.clone(),
                    caption: caption.clone(),
                    preview: self.preview(*item),
                    metadata: metadata.clone(),
                };
                say(file, Some(at))
            }
            SendJob::Mark {
                at,
                sequence,
                status,
                metadata,
                ..
            } => {
                let mark = Outbound::Accept {
                    conversation: at.conversation.clone(),
                    dialog: at.dialog.clone(),
                    status: *status,
                    sequences: vec![*sequence],
                    metadata: metadata.clone(),
                };
                say(mark, Some(at.clone()))
            }
            SendJob::Close => {
                let at = self.target().ok_or(Undeliverable::Never)?;
                let close = Outbound::Close {
                    conversation: at.conversation.clone(),
                    dialog: at.dialog.clone(),
                };
                say(close, Some(at))
            }
            SendJob::End { field } => {
                let conversation = self.open_conversation().ok_or(Undeliverable::Never)?;
                let end = Outbound::EndConversation {
                    conversation: conversation.id.clone(),
                    field: *field,
                };
                say(end, conversation.target())
            }
            SendJob::Rate {
                conversation,
                rating,
            } => {
                let rate = Outbound::Rate {
                    conversation: conversation.clone(),
                    rating: *rating,
                };
                say(rate, None)
            }
            SendJob::ChangeTtr {
                conversation,
                ttr,
                value,
            } => {
                let change = Outbound::ChangeTtr {
                    conversation: conversation.clone(),
                    ttr: *ttr,
                    value: *value,
                };
                say(change, None)
            }
            SendJob::SetProfile { profile } => {
                let profile = profile.clone();
                say(Outbound::SetUserProfile { profile }, None)
            }
        }
    }

    /// Where a message goes: the answer to a click where the click was, while that is open, and
    /// everything else wherever the talk is.
    fn destination(&self, job: &SendJob) -> Result<At, Undeliverable> {
        if self.setup.is_wanted() {
            // A new conversation is on its way; the message belongs there.
            return Err(Undeliverable::Later);
        }
        if self.is_between() {
            return Err(Undeliverable::Soon);
        }
        let fixed = job.at().filter(|at| {
            self.open_conversation()
                .is_some_and(|it| it.id == at.conversation)
                && self.dialog(at).is_some_and(|dialog| dialog.open)
        });
        fixed
            .cloned()
            .or_else(|| self.target())
            .ok_or(Undeliverable::Later)
    }

    /// The small picture of a file, which the bubble alone keeps: it is large.
    fn preview(&self, item: u32) -> Option<String> {
        match &self.items.get(&item)?.body {
            LineBody::Mine {
                content: Content::File(file),
                ..
            } => file.preview.clone(),
            _ => None,
        }
    }
}
