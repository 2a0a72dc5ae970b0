//! Everything the engine tells a front end.

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::Value;

use crate::{
    domain::{
        conversation::details::Details,
        exchange::Entry,
        ids::{ConversationId, EntryId, ItemId, PhoneId},
        line::{Line, Place},
        notice::Notice,
        persona::Persona,
        text::SafeText,
        time::Timestamp,
        workspace::view::WorkspaceDraft,
    },
    engine::command::Endpoint,
    ingress::status::IngressStatus,
};

pub use crate::domain::{
    past::{FoundIn, PastConversation as Past, SearchResult},
    picture::{PictureBytes, PictureRefusal},
};

/// One change of what the phone or the inspector shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// A consumer's phone is open, or what is known of the consumer changed. Comes
    /// before anything else of the phone.
    Phone {
        /// The phone that is open.
        phone: PhoneId,
        /// Who holds it.
        persona: Box<Persona>,
    },
    /// A consumer's phone was closed; nothing of it comes any more.
    Closed(PhoneId),
    /// Lines of the phones, new or changed; one of the same id replaces the earlier one,
    /// and may stand at another place than before. The id tells whose they are.
    Lines(Vec<Line>),
    /// What was written on a phone and not sent when the program ended.
    Draft {
        /// The phone it happened on.
        phone: PhoneId,
        /// For which conversation; `None` before the first.
        conversation: Option<ConversationId>,
        /// The draft as it was kept.
        text: String,
    },
    /// What agents had written in the workspace and not sent when the program ended.
    WorkspaceDrafts(Vec<WorkspaceDraft>),
    /// Who is typing.
    Typing {
        /// To whose phone.
        phone: PhoneId,
        /// The agent's name, `None` when nobody is.
        name: Option<SafeText>,
    },
    /// The head of a phone.
    Head {
        /// Whose.
        phone: PhoneId,
        /// What it shows.
        head: Head,
    },
    /// What is known of the conversation a phone talks in.
    Details {
        /// Whose phone.
        phone: PhoneId,
        /// `None` before the first conversation.
        details: Option<Box<Details>>,
    },
    /// How many messages were said again so far, and how many there are; `None` when nothing is
    /// said again any more.
    Replaying {
        /// The phone it happened on.
        phone: PhoneId,
        /// So many of so many.
        replaying: Option<(usize, usize)>,
    },
    /// How far the upload or download of a bubble's file has come.
    Progress {
        /// The bubble.
        item: ItemId,
        /// Bytes so far.
        done: u64,
        /// Bytes in all; 0 when nobody knows.
        total: u64,
    },
    /// The file of a bubble is on this machine, or could not be had.
    File {
        /// The bubble.
        item: ItemId,
        /// Where it is, or why it is not there, in words.
        file: Result<PathBuf, String>,
    },
    /// The picture at an address that a card names, or why it is not there.
    Picture {
        /// The address as it was asked for.
        address: String,
        /// The bytes of the picture, or why there are none.
        picture: Result<PictureBytes, PictureRefusal>,
    },
    /// Whether pictures are fetched from these hosts, as the user decided.
    PictureHosts(BTreeMap<String, bool>),
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
    /// The tokens in hand, without what makes them valid.
    Tokens(Vec<Token>),
    /// The switches for misbehaving on purpose.
    Switches {
        /// Whose.
        phone: PhoneId,
        /// How they stand.
        switches: Switches,
    },
    /// What was asked for.
    Answer {
        /// The number of the question.
        ask: u64,
        /// The answer.
        answer: Answer,
    },
    /// A conversation is about to be opened with real people on the other side; it waits for
    /// [`Command::Consent`](crate::engine::command::Command::Consent).
    Consent(Consent),
    /// Something to tell the user.
    Notice(Notice),
    /// The last update: everything is journalled.
    Stopped,
}

/// What the user is asked before a conversation with real people is opened. Each opening is asked
/// about by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent {
    /// The number the answer bears. Of a phone's own openings the newest alone counts.
    pub id: u64,
    /// Whose phone opens it.
    pub phone: PhoneId,
    /// Where the tester's own request goes that would open it; `None` when the phone does by
    /// itself.
    pub by_hand: Option<Endpoint>,
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
    /// True when real people are on the other side.
    pub production: bool,
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
    /// Where the sandbox inside this program answers, for `handset sandbox ctl`.
    pub sandbox: Option<String>,
    /// When the last valid webhook came.
    pub last_event: Option<Timestamp>,
    /// How many webhook requests were refused so far.
    pub refused: u64,
    /// What the listener refused before it was a webhook, in words; empty for nothing.
    pub turned_away: String,
    /// Whether webhooks can come in.
    pub ingress: IngressStatus,
}

/// The switches for misbehaving on purpose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Switches {
    /// Nothing goes out.
    pub flight: bool,
    /// Nothing is read.
    pub pocket: bool,
}

/// A token as it may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `AppJWT` or `ConsumerJWS`.
    pub kind: &'static str,
    /// The phone it speaks for; `None` for the AppJWT, which all share.
    pub phone: Option<PhoneId>,
    /// Its header and claims, `null` when it is opaque; never its signature.
    pub claims: Value,
    /// When it expires by our clock; `None` when it never does.
    pub until: Option<Timestamp>,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Entries of the wire, newest first; fewer than asked for means that there are no more.
    Entries(Vec<Entry>),
    /// Lines of a phone or of a conversation.
    Lines(Vec<Line>),
    /// Past conversations that the journal has.
    Conversations(SearchResult),
    /// Where the line stands that was looked for; `None` when there is none.
    Found(Option<Place>),
    /// Where it was written to.
    Exported(PathBuf),
    /// It could not be had, in words.
    Failed(String),
}
