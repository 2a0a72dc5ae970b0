//! Everything a front end can ask of the engine.

use std::{collections::BTreeMap, path::PathBuf};

use crate::domain::{
    conversation::event::Act,
    ids::{ConversationId, EntryId, ItemId, ParticipantId, PhoneId},
    inbound::Request,
    line::Place,
    persona::Persona,
    text::SafeText,
    time::Timestamp,
    workspace::view::WorkspaceDraft,
};

/// One wish of the person at the keyboard, or of a scenario.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Something done on one consumer's phone. [`Act::Quit`] is not for front ends: see
    /// [`Command::Close`] and [`Command::Quit`].
    Act {
        /// Whose phone.
        phone: PhoneId,
        /// What.
        act: Act,
    },
    /// Opens this consumer's phone, answered by
    /// [`Update::Phone`](crate::engine::update::Update::Phone); one that is there already is reported
    /// again.
    Open(Box<Persona>),
    /// Keeps how this consumer's next conversation is opened, for this run and later ones.
    Configure(Box<Persona>),
    /// Closes a consumer's phone: GONE is sent, its conversation stays as it is. Answered by
    /// [`Update::Closed`](crate::engine::update::Update::Closed).
    Close(PhoneId),
    /// The user's word on a conversation with real people, as asked for by
    /// [`Update::Consent`](crate::engine::update::Update::Consent).
    Consent {
        /// The number of the question.
        id: u64,
        /// Whether it may.
        yes: bool,
    },
    /// Keeps what is written on a phone and not sent, for the next start; an empty text forgets it.
    Draft {
        /// The phone whose composer has it.
        phone: PhoneId,
        /// For which conversation; `None` before the first.
        conversation: Option<ConversationId>,
        /// The draft as it stands; empty when nothing is written.
        text: String,
    },
    /// The same of what an agent has written in the workspace.
    WorkspaceDraft(WorkspaceDraft),
    /// Tells what to call people, who have only ids on the wire.
    Name(BTreeMap<ParticipantId, SafeText>),
    /// Tries the way in again at once: a tunnel that is down, or an app install that could not be
    /// changed.
    TryWayIn,
    /// Fetches the file of a bubble to this machine, and tells ACCESS once it is there. Told by
    /// [`Update::File`](crate::engine::update::Update::File).
    Fetch(ItemId),
    /// Fetches the picture at an address that a card names. Told by
    /// [`Update::Picture`](crate::engine::update::Update::Picture).
    Picture(String),
    /// The user's word on whether pictures are fetched from a host, for this run and later ones.
    DecideHost {
        /// The host as it stands in addresses.
        host: String,
        /// Whether its pictures are fetched from now on.
        is_wanted: bool,
    },
    /// Sends a request of the tester's own words, however wrong. What comes of it is seen in the
    /// wire. In production one that opens a conversation is asked about first, by
    /// [`Update::Consent`](crate::engine::update::Update::Consent).
    Raw {
        /// On whose behalf.
        phone: PhoneId,
        /// Where to.
        endpoint: Endpoint,
        /// The body, byte for byte.
        body: String,
    },
    /// Posts a webhook that came before to the listener once more, as it came. What comes of it is
    /// seen in the wire, and told by a notice.
    Redeliver(Box<Request>),
    /// Asks for something the journal has; answered by one
    /// [`Update::Answer`](crate::engine::update::Update::Answer) of the same number.
    Ask {
        /// Chosen by the front end.
        ask: u64,
        /// What.
        question: Question,
    },
    /// Leave: GONE is sent for every phone, the journal is flushed, and
    /// [`Update::Stopped`](crate::engine::update::Update::Stopped) comes last.
    Quit,
}

/// Where a request of the tester's own goes; see `send-api` 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Endpoint {
    /// CONVERSATION, which takes a batch.
    Conversation,
    /// SEND, which takes one request.
    Send,
}

/// Something a front end wants to know of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// Entries of the wire before one, newest first.
    Entries {
        /// Only older ones than this; `None` begins at the newest.
        before: Option<EntryId>,
        /// Only those of this conversation.
        conversation: Option<ConversationId>,
        /// At most this many.
        limit: usize,
    },
    /// The lines of a phone before a place, newest first.
    Lines {
        /// The phone whose lines are looked through.
        phone: PhoneId,
        /// Only those before this; `None` begins at the newest.
        before: Option<Place>,
        /// At most this many.
        limit: usize,
    },
    /// The lines of a phone after a place, oldest first.
    LinesAfter {
        /// The phone whose lines are looked through.
        phone: PhoneId,
        /// Only those after this; `None` begins at the oldest.
        after: Option<Place>,
        /// At most this many.
        limit: usize,
    },
    /// The conversations kept, newest first, of all consumers.
    Conversations {
        /// Only those that have each of these words somewhere; empty for all.
        words: String,
        /// At most this many.
        limit: usize,
    },
    /// The lines of one conversation, oldest first.
    Conversation(ConversationId),
    /// The next line of a phone that has all of these words.
    FindLine {
        /// The phone whose lines are looked through.
        phone: PhoneId,
        /// The words, each of which a line must have.
        words: String,
        /// Only lines before this, or after it; `None` begins at the end.
        from: Option<Place>,
        /// Whether older lines are looked through, the newest of them first.
        up: bool,
    },
    /// Writes a conversation out.
    Export {
        /// Which one.
        conversation: ConversationId,
        /// How.
        format: Format,
        /// Where to; `None` makes a name of the conversation in the data folder.
        file: Option<PathBuf>,
        /// Of a scenario only what came after this, to a name beside `file` when that one is taken.
        since: Option<Timestamp>,
    },
}

/// How a conversation is written out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// The transcript as Markdown.
    Markdown,
    /// The transcript as JSON.
    Json,
    /// The transcript as one page that looks like the phone.
    Html,
    /// The wire as HAR 1.2.
    Har,
    /// The wire as JSON lines.
    Jsonl,
    /// The conversation as a scenario, with its cards and files beside it.
    Talk,
    /// Transcript and wire with what a report of a bug needs, in one zip.
    Bundle,
}
