//! What a relay and the handsets behind it say to each other, as data.
//!
//! A relay takes webhooks for a whole team and hands each to the device that
//! opened its conversation. [`frame`] is the form on the wire, which is a
//! WebSocket; the words themselves are here.

pub mod frame;

use serde::{Deserialize, Serialize};

use crate::domain::{
    ids::{AccountId, ConversationId, ParticipantId},
    inbound::Request,
};

/// The WebSocket sub-protocol, with the version of everything in this module.
pub const PROTOCOL: &str = "handset-relay.v1";

/// What a ticket allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Gets the conversations it opened.
    Tester,
    /// Gets everything of the account, and claims nothing.
    Observer,
}

/// Something a device opened or plays, so that what is said about it goes there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// A conversation; it belongs to one device.
    Conversation(ConversationId),
    /// A consumer, by `lp_consumer_id`; several devices may play the same one. It decides only
    /// where exactly one does, until the conversation itself is claimed.
    Consumer(ParticipantId),
}

/// Within what the numbers of events rise and acknowledgements hold.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// A tester's: one conversation.
    Conversation(ConversationId),
    /// An observer's: the account.
    Account,
}

/// Where an event came from, so that it is kept once however often it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The relay's own name.
    pub relay: String,
    /// Whose account the ticket was for.
    pub account: AccountId,
    /// Within what the numbers rise.
    pub scope: Scope,
    /// Its number.
    pub seq: u64,
    /// The number of the one that came before it over this link, 0 for the first of the scope:
    /// without that one it must not be kept, or the one would be lost.
    pub after: u64,
}

/// What a device says to the relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Up {
    /// First of all, once.
    Hello {
        /// Made once for each journal, the same from start to start.
        device: String,
        /// Who speaks, for example `handset/0.1.0`.
        program: String,
    },
    /// This is mine.
    Claim {
        /// What.
        claim: Claim,
    },
    /// Everything in this scope up to this number is safe here and need not come again.
    Ack {
        /// Where.
        scope: Scope,
        /// The number of an event.
        seq: u64,
    },
    /// The user has been told of so many dropped events.
    Noted {
        /// Their number, as [`Down::Dropped`] gave it.
        events: u64,
    },
}

/// What the relay says to a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Down {
    /// The answer to the hello.
    Welcome(Welcome),
    /// A webhook. Within a scope the numbers rise; one that is not above the last one is a
    /// repetition.
    Event {
        /// Within what.
        scope: Scope,
        /// Its number.
        seq: u64,
        /// What came in: raw body, headers as they were.
        request: Request,
    },
    /// A canary of this device's own that came in at the public address.
    Canary {
        /// What came in.
        request: Request,
    },
    /// A claim is kept.
    Claimed {
        /// Which.
        claim: Claim,
    },
    /// A claim is not kept.
    Refused {
        /// Which.
        claim: Claim,
        /// Why, in words for people.
        reason: String,
    },
    /// How many other devices of the account's testers are linked.
    Peers {
        /// Their number.
        testers: u32,
    },
    /// Events for the ticket's holder were dropped before they were acknowledged: there was no
    /// room for more, or they had waited too long. Said again over the next link until it is
    /// noted.
    Dropped {
        /// How many events were dropped since the tester last noted a number.
        events: u64,
    },
    /// The last words before the relay closes the link.
    Goodbye {
        /// Why, in words for people.
        reason: String,
        /// Whether it makes sense to come again.
        again: bool,
    },
}

/// Who one is to the relay, and what it expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The relay's own name, the same for all that share a state; numbers of events are its.
    pub relay: String,
    /// Where the cloud is to post.
    pub public: String,
    /// The ticket's holder.
    pub name: String,
    /// The account the ticket is for.
    pub account: AccountId,
    /// What the ticket allows.
    pub role: Role,
    /// Seconds (since 1970) at which the ticket ends.
    pub until: i64,
    /// Milliseconds after which silence means that the link is dead; either side pings twice as
    /// often.
    pub silence: u64,
    /// Other devices of the account's testers that are linked.
    pub peers: u32,
}
