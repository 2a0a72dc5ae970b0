//! What a step is about: deeds, sights, facts and events.

use std::time::Duration;

use serde_json::Value;

use crate::{
    domain::{
        availability::Availability,
        wire::outbound::{AcceptStatus, ChatState, EndField, TtrType},
    },
    scenario::script::{Payload, SourcePlace, Template},
};

/// An element of a card or a quick reply, as a scenario names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// By its title: `"Add"`.
    Title(Template),
    /// By its id: `#carousel-blue-add`.
    Id(Template),
}

/// What somebody does. Which are a consumer's and which an agent's, the reference page says.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the form of a variant names its fields")]
pub enum Deed {
    /// Consumer: begins a conversation without a word.
    Opens,
    /// Consumer or agent: writes for a while.
    Types(Duration),
    /// Consumer: sends a file, with a caption perhaps.
    Sends {
        /// The file, beside the scenario.
        file: Template,
        caption: Option<Template>,
    },
    /// Consumer: clicks on a button, or uses a quick reply.
    Taps(Element),
    /// Consumer: picks a value in a select or a picker, by the element's title or id.
    Picks { value: Template, within: Element },
    /// Consumer: `looks away` is false, `looks back` true.
    Looks(bool),
    /// Consumer: `pockets` is true, `unpockets` false.
    Pockets(bool),
    /// Consumer: `goes online` is true, `goes offline` false.
    GoesOnline(bool),
    /// Consumer: marks the last message of others.
    Marks(AcceptStatus),
    /// Consumer: sends this chat state now.
    Tells(ChatState),
    /// Consumer: rates the conversation.
    Rates {
        stars: u8,
        is_resolved: Option<bool>,
    },
    /// Consumer: asks for another time to respond; a span is CUSTOM.
    Asks {
        ttr: TtrType,
        /// The span, of CUSTOM.
        span: Option<Duration>,
    },
    /// Consumer or agent: closes; of an agent, `with survey` closes the MAIN dialog only.
    Closes { with_survey: bool },
    /// Consumer: ends the whole conversation, without a survey.
    Ends(EndField),
    /// Consumer: sends a request of the scenario's own words.
    SendsRaw {
        to_conversation: bool,
        body: Template,
    },
    /// Consumer or agent: leaves.
    Leaves,
    /// Agent: takes the conversation that rings.
    Takes,
    /// Agent: turns the ring down.
    Declines,
    /// Agent: a private note.
    Whispers(Payload),
    /// Agent: a canned reply by its key.
    Replies(Template),
    /// Agent: shows structured content of a file beside the scenario.
    ShowsCard(Template),
    /// Agent: quick replies with these titles.
    Offers(Vec<Template>),
    /// Agent: hands the conversation on.
    HandsTo(Handover),
    /// Agent: joins as manager.
    Joins,
    /// Agent: `goes online`, `occupied`, `back soon`, `away`.
    GoesTo(Availability),
}

/// To whom an agent hands a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Handover {
    /// To a skill, by name or id.
    Skill(Template),
    /// To an agent, by name.
    Agent(Template),
    /// Back to the queue of its skill.
    Queue,
}

/// What somebody who is played has on the screen.
#[derive(Debug, Clone, PartialEq)]
pub enum Sight {
    /// `WHO typing`.
    Typing(Template),
    /// `click "TITLE"|#ID`: an agent sees the consumer's click.
    Click(Element),
    /// `offer "A" "B"`: quick replies with these titles.
    Offer(Vec<Template>),
    /// `file [MATCH]`: a file, whose caption matches.
    File(Option<Payload>),
    /// A card block: every part must be in the card.
    Card(Vec<CardPart>),
}

/// A line of a card block.
#[derive(Debug, Clone, PartialEq)]
pub struct CardPart {
    /// The line it is read from.
    pub place: SourcePlace,
    /// `card N`: only in the N-th card of a carousel, from 1.
    pub card: Option<usize>,
    /// What must be there.
    pub kind: CardPartKind,
}

/// What must be in a card.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the form of a variant names its fields")]
pub enum CardPartKind {
    /// `text MATCH`: any text of it.
    Text(Payload),
    /// `title MATCH`: the first text of it.
    Title(Payload),
    /// `button "T" [#ID]`.
    Button {
        title: Template,
        id: Option<Template>,
    },
    /// `image`.
    Image,
    /// `N cards`.
    Cards(usize),
}

/// What `expect` waits for until it holds.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the form of a variant names its fields")]
pub enum Fact {
    /// `agent NAME`: who has the conversation.
    Agent(Template),
    /// `skill NAME`: by name or id.
    Skill(Template),
    /// `conversation open|queued|closed`.
    Conversation(ConversationStage),
    /// `survey open|closed`: `open` is true.
    Survey(bool),
    /// `csat N [resolved|unresolved]`.
    Csat {
        stars: u8,
        /// Whether the matter is settled.
        is_resolved: Option<bool>,
    },
    /// `last sent|accepted|read|failed`: how far our last message has come, at least.
    Last(Reached),
    /// `sent|echo|accepted|read|reply under|over SPAN`: a hop of our last message.
    Hop {
        hop: Hop,
        is_under: bool,
        span: Duration,
    },
    /// `N messages from WHO`.
    Messages {
        /// How many, exactly, in the conversation so far.
        count: usize,
        who: Template,
    },
    /// `call "PURPOSE" status N`.
    Call {
        /// What the call is for, as the wire pane names it.
        purpose: Template,
        status: u16,
    },
    /// `hook "TYPE" [signed|unsigned|badly signed]`.
    Hook {
        /// `type` of the webhook.
        hook: Template,
        /// What its signature is to be.
        signature: Option<Signed>,
    },
    /// `json "POINTER" OP VALUE in call|hook "TYPE"`.
    Json {
        pointer: Template,
        /// How it is compared.
        comparison: Comparison,
        /// Looked for in calls of this purpose, or in webhooks of this type.
        within: WireKind,
        /// The purpose or the type.
        name: Template,
    },
}

/// How a conversation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConversationStage {
    /// The conversation is open, whether or not an agent has it.
    Open,
    /// Open, and nobody has it.
    Queued,
    /// The conversation was closed, by anybody.
    Closed,
}

/// How far a message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reached {
    /// The cloud has it.
    Sent,
    /// Somebody has it.
    Accepted,
    /// Somebody has read it.
    Read,
    /// It did not go out.
    Failed,
}

/// A hop of a message, measured from its sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    /// SEND was answered with a sequence.
    Sent,
    /// The webhook with our own message.
    Echo,
    /// The first ACCEPT of it came.
    Accepted,
    /// The first READ of it came.
    Read,
    /// The next message of others.
    Reply,
}

/// What a webhook's signature is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The signature is there and valid.
    Well,
    /// There is no signature.
    Not,
    /// The signature is there and wrong.
    Badly,
}

/// How a value of JSON is compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    /// `==`.
    Equal(Value),
    /// `!=`.
    Unequal(Value),
    /// `<`.
    Less(Value),
    /// `<=`.
    AtMost(Value),
    /// `>`.
    More(Value),
    /// `>=`.
    AtLeast(Value),
    /// `matches /re/`.
    Matches(Payload),
    /// `exists`.
    Exists,
    /// `absent`.
    Absent,
}

/// Which way something went over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WireKind {
    /// A call of ours.
    Call,
    /// The body of a webhook.
    Hook,
}

/// What must not come.
#[derive(Debug, Clone, PartialEq)]
pub enum UnwantedEvent {
    /// `message [from WHO] [: MATCH]`.
    Message {
        /// From whom; from anyone when nobody is named.
        from: Option<Template>,
        /// What is in it; anything when nothing is said.
        text: Option<Payload>,
    },
    /// `typing`.
    Typing,
    /// `read`: that our last message was read.
    Read,
    /// `transfer`: another agent or skill.
    Transfer,
    /// `hook "TYPE"`.
    Hook(Template),
}
