//! Everything a conversation can ask for.

use std::time::Duration;

use crate::domain::{
    ids::{ItemId, RequestId, TimerId},
    retry::Problem,
    wire::outbound::Outbound,
};

/// One thing to do. Effects are performed after the state they come from is journalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Find out the consumer's own id, by way of a ConsumerJWS.
    Identify {
        /// Answered by `Identified` or `Failed`.
        request: RequestId,
    },
    /// Open a conversation.
    Open {
        /// Answered by `Opened` or `Failed`.
        request: RequestId,
        /// 1 for the first try.
        attempt: u32,
    },
    /// Say something through SEND.
    Send {
        /// Answered by `Sent` or `Failed`.
        request: RequestId,
        /// 1 for the first try.
        attempt: u32,
        /// What.
        outbound: Outbound,
        /// The bubbles it is about.
        items: Vec<ItemId>,
    },
    /// Bring a file to the cloud: ask where to, and put it there.
    Upload {
        /// Answered by `Uploaded` or `Failed`.
        request: RequestId,
        /// 1 for the first try.
        attempt: u32,
        /// Where its bytes are on this machine.
        local: String,
        /// `fileType`, for example `PNG`.
        file_type: String,
        /// The bubble it is for.
        item: ItemId,
    },
    /// Report back after a while with `Woke`.
    Wake {
        /// Which timer.
        timer: TimerId,
        /// How long from now.
        after: Duration,
    },
    /// What just happened concerns these bubbles.
    Concerns(Vec<ItemId>),
    /// Tell the user that something did not work.
    Tell {
        /// What was tried, in a few words.
        tried: &'static str,
        /// Why it failed.
        problem: Problem,
        /// When it is tried again by itself.
        again: Option<Duration>,
    },
    /// Remind the user of something that is not an error.
    Remark(&'static str),
}
