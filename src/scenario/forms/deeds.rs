//! What consumers and agents do.

use crate::{
    domain::{
        availability::Availability,
        wire::outbound::{AcceptStatus, ChatState, EndField, TtrType},
    },
    scenario::{
        forms::LineForm,
        script::{Deed, Handover},
    },
};

/// Who can do a deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoneBy {
    Consumer,
    Agent,
    Either,
}

impl DoneBy {
    /// Who can do it.
    pub fn of(deed: &Deed) -> Self {
        match deed {
            Deed::Opens
            | Deed::Sends { .. }
            | Deed::Taps(_)
            | Deed::Picks { .. }
            | Deed::Looks(_)
            | Deed::Pockets(_)
            | Deed::GoesOnline(_)
            | Deed::Marks(_)
            | Deed::Tells(_)
            | Deed::Rates { .. }
            | Deed::Asks { .. }
            | Deed::Ends(_)
            | Deed::SendsRaw { .. } => Self::Consumer,
            Deed::Takes
            | Deed::Declines
            | Deed::Whispers(_)
            | Deed::Replies(_)
            | Deed::ShowsCard(_)
            | Deed::Offers(_)
            | Deed::HandsTo(_)
            | Deed::Joins
            | Deed::GoesTo(_)
            | Deed::Closes { with_survey: true } => Self::Agent,
            Deed::Types(_) | Deed::Leaves | Deed::Closes { with_survey: false } => Self::Either,
        }
    }
}

/// Every deed, in the order of the reference page.
pub(crate) const DEEDS: &[LineForm<Deed>] = &[
    LineForm {
        usage: "opens",
        about: "begins a conversation without a word",
        example: "opens",
        build: |_| Deed::Opens,
    },
    LineForm {
        usage: "types SPAN",
        about: "shows that somebody is typing, for this long",
        example: "types 2s",
        build: |slots| Deed::Types(slots.span(0)),
    },
    LineForm {
        usage: "sends raw conversation|send \"\"\"JSON\"\"\"",
        about: "sends a request with a body of the scenario's own, to `conversation` or to `send`",
        example: "sends raw send \"\"\"{\"kind\": \"req\"}\"\"\"",
        build: |slots| Deed::SendsRaw {
            to_conversation: slots.word(0) == "conversation",
            body: slots.text(1),
        },
    },
    LineForm {
        usage: "sends FILE [\"CAPTION\"]",
        about: "sends a file, named from the scenario's folder on or by its whole path, with a caption perhaps",
        example: "sends mug.png \"Like this one\"",
        build: |slots| Deed::Sends {
            file: slots.text(0),
            caption: slots.some_text(1),
        },
    },
    LineForm {
        usage: "taps \"TITLE\"|#ID",
        about: "taps a button of a card, or a quick reply",
        example: "taps \"Add\"",
        build: |slots| Deed::Taps(slots.element(0)),
    },
    LineForm {
        usage: "picks VALUE in \"TITLE\"|#ID",
        about: "picks a value in a list or a date picker of a card",
        example: "picks \"Blue\" in \"Colour\"",
        build: |slots| Deed::Picks {
            value: slots.text(0),
            within: slots.element(1),
        },
    },
    LineForm {
        usage: "looks away|back",
        about: "leaves the chat while the app stays open, and comes back to it",
        example: "looks away",
        build: |slots| Deed::Looks(slots.word(0) == "back"),
    },
    LineForm {
        usage: "pockets",
        about: "puts the phone away: messages arrive and are not read",
        example: "pockets",
        build: |_| Deed::Pockets(true),
    },
    LineForm {
        usage: "unpockets",
        about: "takes the phone out again",
        example: "unpockets",
        build: |_| Deed::Pockets(false),
    },
    LineForm {
        usage: "goes offline",
        about: "loses the network: nothing arrives and nothing goes out",
        example: "goes offline",
        build: |_| Deed::GoesOnline(false),
    },
    LineForm {
        usage: "goes online",
        about: "has the network again; of an agent: new conversations ring",
        example: "goes online",
        build: |_| Deed::GoesOnline(true),
    },
    LineForm {
        usage: "goes back soon",
        about: "new conversations do not ring; the agent is away and comes back",
        example: "goes back soon",
        build: |_| Deed::GoesTo(Availability::BackSoon),
    },
    LineForm {
        usage: "goes occupied|away",
        about: "`occupied`: only transfers ring; `away`: nothing rings",
        example: "goes away",
        build: |slots| {
            Deed::GoesTo(match slots.word(0) {
                "occupied" => Availability::Occupied,
                _ => Availability::Away,
            })
        },
    },
    LineForm {
        usage: "marks last accept|read|nack|access|action",
        about: "sends this receipt for the last message of others",
        example: "marks last read",
        build: |slots| {
            Deed::Marks(match slots.word(0) {
                "read" => AcceptStatus::Read,
                "nack" => AcceptStatus::Nack,
                "access" => AcceptStatus::Access,
                "action" => AcceptStatus::Action,
                _ => AcceptStatus::Accept,
            })
        },
    },
    LineForm {
        usage: "tells active|inactive|gone|composing|pause|background",
        about: "sends this chat state now",
        example: "tells composing",
        build: |slots| {
            Deed::Tells(match slots.word(0) {
                "inactive" => ChatState::Inactive,
                "gone" => ChatState::Gone,
                "composing" => ChatState::Composing,
                "pause" => ChatState::Pause,
                "background" => ChatState::Background,
                _ => ChatState::Active,
            })
        },
    },
    LineForm {
        usage: "rates 1-5 [resolved|unresolved]",
        about: "rates the conversation, and says whether the matter is settled",
        example: "rates 4 resolved",
        build: |slots| Deed::Rates {
            stars: slots.stars(0),
            is_resolved: slots.has(1).then(|| slots.word(1) == "resolved"),
        },
    },
    LineForm {
        usage: "asks urgent|prioritized|normal",
        about: "asks for another time to respond",
        example: "asks urgent",
        build: |slots| Deed::Asks {
            ttr: match slots.word(0) {
                "urgent" => TtrType::Urgent,
                "prioritized" => TtrType::Prioritized,
                _ => TtrType::Normal,
            },
            span: None,
        },
    },
    LineForm {
        usage: "asks SPAN",
        about: "asks for this time to respond (`CUSTOM`)",
        example: "asks 30m",
        build: |slots| Deed::Asks {
            ttr: TtrType::Custom,
            span: Some(slots.span(0)),
        },
    },
    LineForm {
        usage: "closes",
        about: "closes the conversation",
        example: "closes",
        build: |_| Deed::Closes { with_survey: false },
    },
    LineForm {
        usage: "closes with survey",
        about: "closes its main dialog, and the survey begins",
        example: "closes with survey",
        build: |_| Deed::Closes { with_survey: true },
    },
    LineForm {
        usage: "ends",
        about: "ends the whole conversation without a survey",
        example: "ends",
        build: |_| Deed::Ends(EndField::State),
    },
    LineForm {
        usage: "ends stage",
        about: "ends the whole conversation without a survey, by the field `Stage`",
        example: "ends stage",
        build: |_| Deed::Ends(EndField::Stage),
    },
    LineForm {
        usage: "leaves",
        about: "leaves the conversation, which stays open",
        example: "leaves",
        build: |_| Deed::Leaves,
    },
    LineForm {
        usage: "takes",
        about: "takes the conversation that rings",
        example: "takes",
        build: |_| Deed::Takes,
    },
    LineForm {
        usage: "declines",
        about: "turns down the conversation that rings",
        example: "declines",
        build: |_| Deed::Declines,
    },
    LineForm {
        usage: "whispers : MATCH",
        about: "writes a private note that the consumer does not see",
        example: "whispers: wants the blue mug",
        build: |slots| Deed::Whispers(slots.a_match(0)),
    },
    LineForm {
        usage: "replies KEY",
        about: "sends a canned reply by its key",
        example: "replies greeting",
        build: |slots| Deed::Replies(slots.text(0)),
    },
    LineForm {
        usage: "shows card FILE",
        about: "shows a card: structured content of a file beside the scenario",
        example: "shows card \"cards/mugs.json\"",
        build: |slots| Deed::ShowsCard(slots.text(0)),
    },
    LineForm {
        usage: "offers \"A\"…",
        about: "offers quick replies with these titles",
        example: "offers \"Yes\" \"No\"",
        build: |slots| Deed::Offers(slots.texts(0)),
    },
    LineForm {
        usage: "hands to skill \"X\"",
        about: "hands the conversation to a skill",
        example: "hands to skill \"Sales\"",
        build: |slots| Deed::HandsTo(Handover::Skill(slots.text(0))),
    },
    LineForm {
        usage: "hands to agent \"X\"",
        about: "hands the conversation to another agent",
        example: "hands to agent \"Sam\"",
        build: |slots| Deed::HandsTo(Handover::Agent(slots.text(0))),
    },
    LineForm {
        usage: "hands to queue",
        about: "gives the conversation back to the queue of its skill",
        example: "hands to queue",
        build: |_| Deed::HandsTo(Handover::Queue),
    },
    LineForm {
        usage: "joins",
        about: "joins as manager",
        example: "joins",
        build: |_| Deed::Joins,
    },
];
