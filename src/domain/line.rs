//! One line of a transcript, the consumer's or the agent's: a message of ours, a message of
//! theirs, a quiet line.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::{
    content::Content,
    ids::{DialogId, ItemId, PhoneId, Sequence},
    role::Author,
    text::SafeText,
    time::Timestamp,
};

/// What a line says of a message that cannot be read.
pub const UNREADABLE: &str =
    "A message came that this phone cannot read; select it to see what came";

/// The same where an agent reads it.
pub const UNREADABLE_FOR_AGENTS: &str = "A message came that cannot be read";

/// How the quiet line begins that tells the consumer's stars.
pub const RATED: &str = "You rated ";

/// A line with its place among the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its name; never changes.
    pub id: ItemId,
    /// Where it stands; moves when the cloud numbers the message differently than expected.
    pub place: Place,
    /// When it was written, by our clock for our own, by the cloud's for theirs.
    pub at: Timestamp,
    /// A message with its author, or the words of a quiet line.
    pub body: LineBody,
    /// Whether only agents and managers see it. No consumer's phone has such a line.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
    /// The top-level `metadata` it was sent with, where an agent sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

impl Line {
    /// A line that everybody sees, without metadata.
    pub fn new(id: ItemId, at: Timestamp, position: impl Into<Position>, body: LineBody) -> Self {
        Self {
            id,
            place: Place::new(id, position),
            at,
            body,
            private: false,
            metadata: None,
        }
    }

    /// Its message; `None` of a quiet line.
    pub fn content(&self) -> Option<&Content> {
        match &self.body {
            LineBody::Mine { content, .. } | LineBody::Theirs { content, .. } => Some(content),
            LineBody::Quiet { .. } => None,
        }
    }
}

/// The order of lines in a transcript, top to bottom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "StoredPlace", into = "StoredPlace")]
pub struct Place {
    /// Which phone; `None` for a line of the agent workspace.
    pub phone: Option<PhoneId>,
    /// Where on the phone.
    pub position: Position,
    /// The line's number, which settles ties.
    pub number: u32,
}

/// Where a line stands: by its dialog and sequence, or after all that have these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Position {
    /// The cloud has numbered it.
    Numbered {
        /// Which dialog of the phone, in the order they were seen.
        dialog: u32,
        /// Its sequence in that dialog.
        sequence: Sequence,
        /// Whether it follows everything of that number, as an agent's quiet lines do.
        follows: bool,
    },
    /// The cloud has not numbered it yet.
    Unnumbered,
}

impl From<(u32, Sequence)> for Position {
    fn from((dialog, sequence): (u32, Sequence)) -> Self {
        Self::Numbered {
            dialog,
            sequence,
            follows: false,
        }
    }
}

impl Place {
    /// The dialog in which journals keep what has no number yet; its sequence is `Sequence::MAX`.
    pub const UNNUMBERED: u32 = u32::MAX;

    /// The place of a line at a position.
    pub fn new(id: ItemId, position: impl Into<Position>) -> Self {
        Self {
            phone: id.phone,
            position: position.into(),
            number: id.number,
        }
    }

    /// The dialog and the sequence, if the cloud has numbered it.
    pub fn numbered(&self) -> Option<(u32, Sequence)> {
        match self.position {
            Position::Numbered {
                dialog, sequence, ..
            } => Some((dialog, sequence)),
            Position::Unnumbered => None,
        }
    }

    /// The dialog and the sequence as journals keep them.
    pub fn stored(&self) -> (u32, Sequence) {
        self.numbered().unwrap_or((Self::UNNUMBERED, Sequence::MAX))
    }
}

/// A place as journals and exports have it.
#[derive(Serialize, Deserialize)]
struct StoredPlace {
    #[serde(rename = "thread")]
    phone: Option<PhoneId>,
    dialog: u32,
    sequence: Sequence,
    number: u32,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    follows: bool,
}

impl From<StoredPlace> for Place {
    fn from(stored: StoredPlace) -> Self {
        let position = match stored.dialog {
            Self::UNNUMBERED => Position::Unnumbered,
            dialog => Position::Numbered {
                dialog,
                sequence: stored.sequence,
                follows: stored.follows,
            },
        };
        Self {
            phone: stored.phone,
            position,
            number: stored.number,
        }
    }
}

impl From<Place> for StoredPlace {
    fn from(place: Place) -> Self {
        let (dialog, sequence) = place.stored();
        Self {
            phone: place.phone,
            dialog,
            sequence,
            number: place.number,
            follows: matches!(place.position, Position::Numbered { follows: true, .. }),
        }
    }
}

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum LineBody {
    /// Something the person whose transcript it is wrote.
    Mine {
        /// The text, file or structured content that was written.
        content: Content,
        /// How far it has come.
        delivery: Delivery,
        /// When each hop was seen.
        hops: Hops,
    },
    /// Something anyone else wrote.
    Theirs {
        /// The participant who wrote it, with the role they had.
        author: Author,
        /// What they are called; empty when nobody has said.
        #[serde(default)]
        name: SafeText,
        /// The text, file or structured content that was written.
        content: Content,
        /// The dialog it belongs to.
        dialog: DialogId,
        /// Its sequence in that dialog.
        sequence: Sequence,
        /// Whether its quick replies are still to be had.
        answerable: bool,
    },
    /// A quiet line: joined, left, closed.
    Quiet {
        /// The words of the line, in English.
        text: SafeText,
    },
}

impl LineBody {
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
        /// The sequence that the cloud gave the message.
        sequence: Sequence,
    },
    /// Somebody on the other side has it; `✓✓`.
    Accepted {
        /// The sequence that the cloud gave the message.
        sequence: Sequence,
    },
    /// Somebody on the other side has seen it; `✓✓` and the word Read.
    Read {
        /// The sequence that the cloud gave the message.
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
    /// The phone sent the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<Timestamp>,
    /// The cloud answered SEND.
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
