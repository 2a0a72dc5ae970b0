//! One line of the phone: a bubble of ours, a bubble of theirs, a quiet line.

use serde::{Deserialize, Serialize};

use crate::domain::{
    content::Content,
    ids::{DialogId, ItemId, Sequence},
    role::Author,
    text::SafeText,
    time::Timestamp,
};

/// What a line says of a message that cannot be read.
pub const UNREADABLE: &str = "A message came that this phone cannot read: F7 shows it";

/// The same where an agent reads it.
pub const UNREADABLE_FOR_AGENTS: &str = "A message came that cannot be read";

/// A line of the phone with its place among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name; never changes.
    pub id: ItemId,
    /// Where it stands; moves when the cloud numbers the message differently than expected.
    pub place: Place,
    /// When it was written, by our clock for our own, by the cloud's for theirs.
    pub at: Timestamp,
    /// What it is.
    pub body: Body,
}

/// The order of lines on the phone, top to bottom.
///
/// Numbered messages come in the order of their sequence; our own that have no
/// number yet come last, in the order they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Which consumer's thread.
    pub thread: u32,
    /// Which dialog of the thread, in the order they were seen; `u32::MAX` for what has
    /// not left yet.
    pub dialog: u32,
    /// The sequence, or `Sequence::MAX` while there is none.
    pub sequence: Sequence,
    /// The line's number, which settles ties.
    pub number: u32,
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Body {
    /// Something this consumer wrote.
    Mine {
        /// What.
        content: Content,
        /// How far it has come.
        delivery: Delivery,
        /// When each hop was seen.
        hops: Hops,
    },
    /// Something anyone else wrote.
    Theirs {
        /// Who.
        author: Author,
        /// What they are called; empty when nobody has said.
        #[serde(default)]
        name: SafeText,
        /// What.
        content: Content,
        /// The dialog it belongs to.
        dialog: DialogId,
        /// Its number there.
        sequence: Sequence,
        /// Whether its quick replies are still to be had.
        answerable: bool,
    },
    /// A quiet line of the phone itself: joined, left, closed.
    Quiet {
        /// What it says.
        text: SafeText,
    },
}

impl Body {
    /// Whether it is ours and it is not decided yet whether it arrives.
    pub fn is_underway(&self) -> bool {
        matches!(
            self,
            Self::Mine {
                delivery: Delivery::Queued | Delivery::Leaving,
                ..
            }
        )
    }
}

/// How far a message of ours has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Delivery {
    /// Journalled, not yet sent; `◷`.
    Queued,
    /// On its way; whether it arrived is not known. Drawn as `◷` too.
    Leaving,
    /// The cloud took it and named no sequence, which its echo will bring; `✓`.
    Taken,
    /// The cloud gave it a sequence; `✓`.
    Sent {
        /// That number.
        sequence: Sequence,
    },
    /// Somebody on the other side has it; `✓✓`.
    Accepted {
        /// Its number.
        sequence: Sequence,
    },
    /// Somebody on the other side has seen it; `✓✓` and the word Read.
    Read {
        /// Its number.
        sequence: Sequence,
    },
    /// It did not go out, or nobody knows whether it did; `✗`.
    Failed {
        /// What happened, in words.
        reason: SafeText,
        /// True when it may have arrived after all: sending again could double it.
        uncertain: bool,
    },
}

impl Delivery {
    /// The number the cloud gave it, if it has one.
    pub fn sequence(&self) -> Option<Sequence> {
        match self {
            Self::Sent { sequence } | Self::Accepted { sequence } | Self::Read { sequence } => {
                Some(*sequence)
            }
            Self::Queued | Self::Leaving | Self::Taken | Self::Failed { .. } => None,
        }
    }
}

/// When each hop of a message of ours was seen, by our clock.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hops {
    /// The request left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Timestamp>,
    /// SEND was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<Timestamp>,
    /// The webhook with our own message came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub echoed: Option<Timestamp>,
    /// The first ACCEPT of another came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Timestamp>,
    /// The first READ of another came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Timestamp>,
}
