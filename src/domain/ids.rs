//! A type for every identifier, so that no two of different meaning can be
//! exchanged by mistake.
//!
//! Identifiers of the cloud are opaque strings kept exactly as they came.
//! Identifiers of our own are numbers.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

macro_rules! cloud_id {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identifier exactly as the cloud wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id.into())
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    )+};
}

cloud_id! {
    /// The account, also called brand or site; always a string, even when it is all digits.
    AccountId
    /// The app install: `client_id`, which equals the record's `id` and the JWT's `azp`.
    ClientId
    /// The connector's own name for a consumer, `ext_consumer_id`.
    ExtConsumerId
    /// The cloud's name for anyone who takes part: 64 hex digits for a consumer, a PID for an agent.
    ParticipantId
    /// A conversation: `conversationId` in messages, `convId` in conversation changes.
    ConversationId
    /// A stream of messages with its own sequence; the MAIN dialog's equals the conversation's id.
    DialogId
    /// A routing queue; `-1` means unassigned.
    SkillId
}

/// A number the cloud gave to an event inside its dialog; the first is 0.
///
/// See `send-api` 1.3: accept-status events take numbers too, so gaps are normal.
pub type Sequence = u64;

/// A consumer's phone, which goes on through all their conversations with the brand; the first
/// is 0, and none ever changes its number.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct PhoneId(pub u32);

impl fmt::Display for PhoneId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// One line of a conversation: a bubble or a quiet line. Its phone and its number never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ItemId {
    /// Which phone; `None` for a line of the agent workspace.
    #[serde(rename = "thread")]
    pub phone: Option<PhoneId>,
    /// Which line of it, in the order the lines came into being; the first is 0.
    pub number: u32,
}

/// One entry of the wire pane, rising in the order of the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EntryId(pub u64);

/// One request the conversation asked for; an answer with a number that is no
/// longer awaited is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId(pub u64);

/// One timer the conversation asked for; a stale one is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TimerId(pub u64);
