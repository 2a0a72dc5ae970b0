//! What survives a crash: the state journalled after every step beside the
//! lines that changed. Fields that came later have a default, so that what an
//! earlier handset kept can still be read.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{
    conversation::cloud::CloudConversation,
    ids::{ConversationId, DialogId, ParticipantId, PhoneId, Sequence},
    ranges::Ranges,
    wire::{
        inbound,
        opening::Profile,
        outbound::{AcceptStatus, EndField, Rating, TtrType},
    },
};

/// What is journalled after every step that changed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    #[serde(rename = "thread")]
    pub(super) phone: PhoneId,
    pub(super) me: Option<ParticipantId>,
    #[serde(rename = "rooms")]
    pub(super) conversations: Vec<CloudConversation>,
    /// CONVERSATION has left, and what came of it is not known.
    #[serde(default)]
    pub(super) opening: bool,
    /// Messages of conversations not known to be ours yet.
    #[serde(default)]
    pub(super) orphans: VecDeque<inbound::Message>,
    /// What is to go out, first to last.
    pub(super) jobs: VecDeque<SendJob>,
    /// What is on its way out; after a crash nobody knows whether it left.
    pub(super) leaving: Option<SendJob>,
    /// What went wrong and may be sent again by hand, and what was taken without a number.
    pub(super) failed: Vec<SendJob>,
    pub(super) owed: Vec<Owed>,
    /// Receipts on their way out.
    pub(super) acknowledging: Option<Acknowledging>,
    /// How many conversations there were on the phone.
    #[serde(default)]
    pub(super) entered: u32,
    pub(super) next_item: u32,
    pub(super) next_dialog: u32,
    pub(super) next_request: u64,
    pub(super) next_timer: u64,
}

impl Saved {
    /// What a phone begins anew with whose state is lost: none of its earlier numbers comes
    /// again.
    pub fn anew(phone: PhoneId, next_item: u32, next_dialog: u32, next_request: u64) -> Self {
        Self {
            phone,
            next_item,
            next_dialog,
            next_request,
            ..Self::default()
        }
    }
}

/// Where something is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct At {
    pub(super) conversation: ConversationId,
    pub(super) dialog: DialogId,
}

/// Something to go out in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "job", rename_all = "snake_case")]
pub(super) enum SendJob {
    /// A text; exactly these bytes.
    Text {
        item: u32,
        text: String,
        metadata: Option<Value>,
        /// Fixed for the answer to a quick reply; else wherever the talk is.
        at: Option<At>,
        /// True once it was carried over from a conversation that had closed.
        moved: bool,
    },
    /// A file: brought to the cloud first, then said.
    File {
        item: u32,
        local: String,
        file_type: String,
        caption: String,
        metadata: Option<Value>,
        /// `relativePath` once it is uploaded.
        path: Option<String>,
        at: Option<At>,
        moved: bool,
    },
    /// A status for a message of others, as a click on it or by hand.
    #[serde(alias = "action")]
    Mark {
        at: At,
        sequence: Sequence,
        item: u32,
        #[serde(default = "clicked")]
        status: AcceptStatus,
        #[serde(default)]
        metadata: Option<Value>,
    },
    /// The consumer closes the dialog the talk is in.
    Close,
    /// The consumer closes the conversation with all its dialogs.
    End { field: EndField },
    /// The consumer rates a conversation.
    Rate {
        conversation: ConversationId,
        rating: Rating,
    },
    /// The consumer asks for another time to respond.
    ChangeTtr {
        conversation: ConversationId,
        ttr: TtrType,
        value: Option<u64>,
    },
    /// The consumer tells something else about themselves.
    SetProfile { profile: Profile },
}

/// A mark kept before there were others was a click.
fn clicked() -> AcceptStatus {
    AcceptStatus::Action
}

impl SendJob {
    /// The bubble of ours it brings to the cloud.
    pub(super) fn bubble(&self) -> Option<u32> {
        match self {
            Self::Text { item, .. } | Self::File { item, .. } => Some(*item),
            _ => None,
        }
    }

    /// Where its message belongs; `None` while that is wherever the talk is.
    pub(super) fn at(&self) -> Option<&At> {
        match self {
            Self::Text { at, .. } | Self::File { at, .. } => at.as_ref(),
            _ => None,
        }
    }

    /// Its message goes there.
    pub(super) fn set_target(&mut self, place: Option<At>) {
        if let Self::Text { at, .. } | Self::File { at, .. } = self {
            *at = place;
        }
    }

    /// Whether its message was carried over from a conversation that had closed.
    pub(super) fn is_moved(&self) -> bool {
        matches!(
            self,
            Self::Text { moved: true, .. } | Self::File { moved: true, .. }
        )
    }

    pub(super) fn set_moved(&mut self, now: bool) {
        if let Self::Text { moved, .. } | Self::File { moved, .. } = self {
            *moved = now;
        }
    }

    /// What it tries, in a few words.
    pub(super) fn tried(&self) -> &'static str {
        match self {
            Self::Text { .. } => "sending",
            Self::File { path: None, .. } => "uploading a file",
            Self::File { .. } => "sending a file",
            Self::Mark {
                status: AcceptStatus::Action,
                ..
            } => "telling of a click",
            Self::Mark { .. } => "marking a message",
            Self::Close => "closing the conversation",
            Self::End { .. } => "ending the conversation",
            Self::Rate { .. } => "rating the conversation",
            Self::ChangeTtr { .. } => "changing the time to respond",
            Self::SetProfile { .. } => "changing the profile",
        }
    }
}

/// Receipts owed to one dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owed {
    pub(super) at: At,
    pub(super) accept: Ranges,
    pub(super) read: Ranges,
}

/// One request's worth of receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acknowledging {
    pub(super) at: At,
    pub(super) status: AcceptStatus,
    pub(super) sequences: Vec<Sequence>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn jobs_an_earlier_handset_kept_are_still_read() {
        let at = json!({"conversation": "c1", "dialog": "c1"});
        let metadata = json!([{"type": "ExternalId", "id": "x"}]);
        let kept = json!([
            {"job": "text", "item": 3, "text": "hi", "metadata": null, "at": null, "moved": false},
            {"job": "action", "at": at, "sequence": 4, "item": 2, "metadata": metadata},
            {"job": "close"},
        ]);
        let jobs: Vec<SendJob> = serde_json::from_value(kept).unwrap();
        let at = At {
            conversation: "c1".into(),
            dialog: "c1".into(),
        };
        let expected = [
            SendJob::Text {
                item: 3,
                text: "hi".to_owned(),
                metadata: None,
                at: None,
                moved: false,
            },
            SendJob::Mark {
                at,
                sequence: 4,
                item: 2,
                status: AcceptStatus::Action,
                metadata: Some(metadata),
            },
            SendJob::Close,
        ];
        assert_eq!(jobs, expected);
        let again = serde_json::to_value(&jobs).unwrap();
        assert_eq!(
            serde_json::from_value::<Vec<SendJob>>(again).unwrap(),
            expected
        );
    }
}
