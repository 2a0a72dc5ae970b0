//! What survives a crash: the state journalled after every step beside the
//! lines that changed. Fields that came later have a default, so that what an
//! earlier handset kept can still be read.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{
    conversation::rooms::Room,
    ids::{ConversationId, DialogId, ParticipantId, Sequence},
    wire::{inbound, outbound::AcceptStatus},
};

/// What is journalled after every step that changed it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Saved {
    pub(super) thread: u32,
    pub(super) me: Option<ParticipantId>,
    pub(super) rooms: Vec<Room>,
    /// CONVERSATION has left, and what came of it is not known.
    #[serde(default)]
    pub(super) opening: bool,
    /// Messages of conversations not known to be ours yet.
    #[serde(default)]
    pub(super) orphans: VecDeque<inbound::Message>,
    /// What is to go out, first to last.
    pub(super) jobs: VecDeque<Job>,
    /// What is on its way out; after a crash nobody knows whether it left.
    pub(super) leaving: Option<Job>,
    /// What went wrong and may be sent again by hand.
    pub(super) failed: Vec<Job>,
    pub(super) owed: Vec<Owed>,
    /// Receipts on their way out.
    pub(super) acknowledging: Option<Acknowledging>,
    pub(super) next_item: u32,
    pub(super) next_dialog: u32,
    pub(super) next_request: u64,
    pub(super) next_timer: u64,
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
pub(super) enum Job {
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
    /// A click on a quick reply.
    Action {
        at: At,
        sequence: Sequence,
        item: u32,
        metadata: Value,
    },
    /// The consumer closes the conversation.
    Close,
}

/// Receipts owed to one dialog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owed {
    pub(super) at: At,
    pub(super) accept: BTreeSet<Sequence>,
    pub(super) read: BTreeSet<Sequence>,
}

/// One request's worth of receipts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acknowledging {
    pub(super) at: At,
    pub(super) status: AcceptStatus,
    pub(super) sequences: Vec<Sequence>,
}
