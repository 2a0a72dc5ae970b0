//! Everything the engine tells a front end.

use crate::{
    domain::{
        exchange::Entry,
        ids::{ConversationId, EntryId, ItemId},
        item::Item,
        text::SafeText,
        time::Timestamp,
    },
    engine::notice::Notice,
};

/// One change of what the phone or the bench shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// Lines of the phone, new or changed; one of the same id replaces the earlier one,
    /// and may stand at another place than before.
    Items(Vec<Item>),
    /// The agent's name while it is typing, `None` when nobody is.
    Typing(Option<SafeText>),
    /// The head of the phone.
    Head(Head),
    /// Entries of the wire, new or changed; one of the same id replaces the earlier one.
    Wire(Vec<Entry>),
    /// A wire entry and the bubbles it belongs to. May come long after both, and more
    /// than once for one entry: the pairs add up.
    Linked {
        /// The entry.
        entry: EntryId,
        /// The bubbles.
        items: Vec<ItemId>,
    },
    /// What the link bar may claim.
    Link(Link),
    /// The switches for misbehaving on purpose.
    Switches(Switches),
    /// Something to tell the user.
    Notice(Notice),
    /// The last update: everything is flushed and closed.
    Stopped,
}

/// Who talks to whom, and how it stands between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The consumer's name.
    pub consumer: SafeText,
    /// The brand's name.
    pub brand: SafeText,
    /// True when the cloud is the sandbox that runs inside this program.
    pub sandbox: bool,
    /// The agent's name once somebody has taken the conversation.
    pub agent: Option<SafeText>,
    /// The cloud's id of the conversation once it has one.
    pub conversation: Option<ConversationId>,
    /// How the conversation stands.
    pub phase: Phase,
}

/// How the conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Being opened, or waiting to be.
    Opening,
    /// Open.
    Open,
    /// Closed; the next text opens another.
    Closed,
}

/// What the link bar may claim: only what was seen to work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// When the AppJWT in hand expires; `None` before there is one.
    pub token_until: Option<Timestamp>,
    /// Where the listener serves, without the secret part of its path; `None` when it does not.
    pub listener: Option<String>,
    /// When the last valid webhook came.
    pub last_event: Option<Timestamp>,
    /// How many webhook requests were refused so far.
    pub refused: u64,
}

/// The switches for misbehaving on purpose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Switches {
    /// Nothing goes out.
    pub flight: bool,
    /// Nothing is read.
    pub pocket: bool,
}
