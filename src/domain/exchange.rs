//! What went over the wire, as the wire pane shows it and the journal keeps it.

use std::time::Duration;

use bytes::Bytes;

use crate::domain::{
    ids::{ConversationId, EntryId, ItemId, PhoneId, RequestId},
    inbound::Hook,
    time::Timestamp,
};

/// One entry of the wire pane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number in the journal.
    pub id: EntryId,
    /// The phone it belongs to; `None` for what all share, as domains and the
    /// AppJWT, and for webhooks nobody claims.
    pub phone: Option<PhoneId>,
    /// What it is.
    pub kind: EntryKind,
}

/// Which way it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A request of ours with its answer.
    Call(Exchange),
    /// A webhook request of the cloud's with our verdict on it.
    Hook(Hook),
}

/// One HTTP request of ours, with its answer once there is one.
///
/// The client has already taken the secrets out of it: authorization
/// headers, tokens in bodies and the client secret are replaced by `…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Tells the two reports of one request apart from those of others: unique per client.
    pub serial: u64,
    /// The phone it belongs to, if it belongs to one.
    pub phone: Option<PhoneId>,
    /// What it is made for on that phone.
    pub cause: Option<Cause>,
    /// The conversation it belongs to, if it is known.
    pub conversation: Option<ConversationId>,
    /// In a word or two what it is for: `domains`, `AppJWT`, `ConsumerJWS`, `CONVERSATION`, or
    /// for SEND the request type and what it carries, as `ms.PublishEvent COMPOSING`.
    pub purpose: String,
    /// `GET`, `POST` or `PUT`.
    pub method: String,
    /// The whole address, without secrets.
    pub url: String,
    /// Header names and values as sent, secrets replaced.
    pub headers: Vec<(String, String)>,
    /// The body as sent, secrets replaced.
    pub body: Bytes,
    /// 1 for the first try.
    pub attempt: u32,
    /// When it left.
    pub started: Timestamp,
    /// How it ended; `None` while it is under way.
    pub outcome: Option<Outcome>,
}

/// What a phone makes a call for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Something its conversation asked for.
    Request(RequestId),
    /// To fetch the file of a line to this machine.
    Fetch(ItemId),
}

/// How a request of ours ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The peer answered.
    Answered {
        /// HTTP status.
        status: u16,
        /// Header names and values.
        headers: Vec<(String, String)>,
        /// The body, secrets replaced.
        body: Bytes,
        /// From the start to the answer's first byte.
        waited: Duration,
        /// From the start to the answer's last byte.
        elapsed: Duration,
    },
    /// There was no answer.
    Failed {
        /// Why, in words.
        reason: String,
        /// From the start to giving up.
        elapsed: Duration,
    },
}
