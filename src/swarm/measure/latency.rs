//! The kinds of latency, each from the instant an act was intended to what people see of it.

use serde::{Deserialize, Serialize};

/// A kind of latency. Every one begins at an intended instant: that of the plan, or that of the
/// message that is answered plus the time the consumer thinks. Where handset itself was late, its
/// lateness is in the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Latency {
    /// From the instant an act was intended to its real start: handset's own lateness.
    Lag,
    /// From the intended arrival to the answer that a conversation is open.
    Open,
    /// From the open conversation to the agent who is assigned.
    Taken,
    /// From the intended send to its answer, all tries included.
    Sent,
    /// From the intended send to the verified webhook with the same message.
    Echo,
    /// From the intended send to the first ACCEPT of somebody else.
    Accepted,
    /// From the intended send to the first READ of somebody else.
    Read,
    /// From the intended send to the first message of somebody else after it.
    Reply,
    /// From a webhook's first byte read to handset's answer written.
    Hook,
    /// From the asked close to the webhook that tells it.
    Closed,
}

impl Latency {
    /// All of them, in the order of a conversation.
    pub const ALL: [Self; 10] = [
        Self::Lag,
        Self::Open,
        Self::Taken,
        Self::Sent,
        Self::Echo,
        Self::Accepted,
        Self::Read,
        Self::Reply,
        Self::Hook,
        Self::Closed,
    ];

    /// Its name in a workload file and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lag => "lag",
            Self::Open => "open",
            Self::Taken => "taken",
            Self::Sent => "sent",
            Self::Echo => "echo",
            Self::Accepted => "accepted",
            Self::Read => "read",
            Self::Reply => "reply",
            Self::Hook => "hook",
            Self::Closed => "closed",
        }
    }

    /// From what to what it is, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Lag => "an act's intended start to its real start: handset's own lateness",
            Self::Open => "intended arrival to conversation open",
            Self::Taken => "conversation open to agent assigned",
            Self::Sent => "intended send to SEND answered, all tries included",
            Self::Echo => "intended send to own message back by webhook",
            Self::Accepted => "intended send to first ACCEPT of somebody else",
            Self::Read => "intended send to first READ of somebody else",
            Self::Reply => "intended send to first message of somebody else",
            Self::Hook => "webhook read to handset's answer written",
            Self::Closed => "close asked to close told by webhook",
        }
    }
}
