//! What is expected to hold, and what must not come.

use crate::scenario::{
    forms::{LineForm, Slots},
    script::{Comparison, ConversationStage, Fact, Hop, Reached, Signed, UnwantedEvent, WireKind},
};

/// Every fact, in the order of the reference page.
pub(crate) const FACTS: &[LineForm<Fact>] = &[
    LineForm {
        usage: "agent NAME",
        about: "this agent has the conversation",
        example: "agent Sam",
        build: |slots| Fact::Agent(slots.text(0)),
    },
    LineForm {
        usage: "skill NAME",
        about: "the conversation is with this skill, by name or id",
        example: "skill \"Sales\"",
        build: |slots| Fact::Skill(slots.text(0)),
    },
    LineForm {
        usage: "conversation open|queued|closed",
        about: "how the conversation stands; `queued`: open, and nobody has it",
        example: "conversation closed",
        build: |slots| {
            Fact::Conversation(match slots.word(0) {
                "open" => ConversationStage::Open,
                "queued" => ConversationStage::Queued,
                _ => ConversationStage::Closed,
            })
        },
    },
    LineForm {
        usage: "survey open|closed",
        about: "whether a survey asks",
        example: "survey open",
        build: |slots| Fact::Survey(slots.word(0) == "open"),
    },
    LineForm {
        usage: "csat 1-5 [resolved|unresolved]",
        about: "the rating, and whether the matter is settled",
        example: "csat 4 resolved",
        build: |slots| Fact::Csat {
            stars: slots.stars(0),
            is_resolved: slots.has(1).then(|| slots.word(1) == "resolved"),
        },
    },
    LineForm {
        usage: "last sent|accepted|read|failed",
        about: "how far the last message of the consumer who did something last has come, at least",
        example: "last read",
        build: |slots| {
            Fact::Last(match slots.word(0) {
                "sent" => Reached::Sent,
                "accepted" => Reached::Accepted,
                "read" => Reached::Read,
                _ => Reached::Failed,
            })
        },
    },
    LineForm {
        usage: "sent|echo|accepted|read|reply under|over SPAN",
        about: "how long a hop of that message took, from its sending",
        example: "echo under 800ms",
        build: |slots| Fact::Hop {
            hop: match slots.word(0) {
                "sent" => Hop::Sent,
                "echo" => Hop::Echo,
                "accepted" => Hop::Accepted,
                "read" => Hop::Read,
                _ => Hop::Reply,
            },
            is_under: slots.word(1) == "under",
            span: slots.span(2),
        },
    },
    LineForm {
        usage: "call \"PURPOSE\" status N",
        about: "a request for this purpose was answered with this HTTP status",
        example: "call \"send\" status 503",
        build: |slots| Fact::Call {
            purpose: slots.text(0),
            status: u16::try_from(slots.number(1)).unwrap_or(u16::MAX),
        },
    },
    LineForm {
        usage: "hook \"TYPE\" badly signed",
        about: "a webhook of this type came with a wrong signature",
        example: "hook \"ms.MessagingEventNotification\" badly signed",
        build: |slots| Fact::Hook {
            hook: slots.text(0),
            signature: Some(Signed::Badly),
        },
    },
    LineForm {
        usage: "hook \"TYPE\" [signed|unsigned]",
        about: "a webhook of this type came, signed or not",
        example: "hook \"ms.MessagingEventNotification\" signed",
        build: |slots| Fact::Hook {
            hook: slots.text(0),
            signature: slots.has(1).then(|| match slots.word(1) {
                "signed" => Signed::Well,
                _ => Signed::Not,
            }),
        },
    },
    LineForm {
        usage: "json \"POINTER\" ==|!=|<|<=|>|>= JSON in call|hook \"TYPE\"",
        about: "a value of a request's or a webhook's JSON, by its JSON pointer",
        example: "json \"/body/changes/0/serverTimestamp\" > 0 in hook \"ms.MessagingEventNotification\"",
        build: |slots| {
            let value = slots.json(2);
            let comparison = match slots.word(1) {
                "==" => Comparison::Equal(value),
                "!=" => Comparison::Unequal(value),
                "<" => Comparison::Less(value),
                "<=" => Comparison::AtMost(value),
                ">" => Comparison::More(value),
                _ => Comparison::AtLeast(value),
            };
            json(slots, comparison, 3)
        },
    },
    LineForm {
        usage: "json \"POINTER\" matches /RE/ in call|hook \"TYPE\"",
        about: "that value as text, by a regular expression",
        example: "json \"/kind\" matches /notif/ in hook \"ms.MessagingEventNotification\"",
        build: |slots| json(slots, Comparison::Matches(slots.a_match(1)), 2),
    },
    LineForm {
        usage: "json \"POINTER\" exists|absent in call|hook \"TYPE\"",
        about: "whether there is such a value",
        example: "json \"/body\" exists in call \"send\"",
        build: |slots| {
            let comparison = match slots.word(1) {
                "exists" => Comparison::Exists,
                _ => Comparison::Absent,
            };
            json(slots, comparison, 2)
        },
    },
    LineForm {
        usage: "N messages from WHO",
        about: "so many messages of somebody, in the conversation so far",
        example: "3 messages from agent",
        build: |slots| Fact::Messages {
            count: slots.number(0),
            who: slots.text(1),
        },
    },
];

fn json(slots: &Slots, comparison: Comparison, next: usize) -> Fact {
    Fact::Json {
        pointer: slots.text(0),
        comparison,
        within: match slots.word(next) {
            "call" => WireKind::Call,
            _ => WireKind::Hook,
        },
        name: slots.text(next + 1),
    }
}

/// Every event that can be forbidden.
pub(crate) const EVENTS: &[LineForm<UnwantedEvent>] = &[
    LineForm {
        usage: "message [from WHO] [: MATCH]",
        about: "a message, of somebody, with this in it",
        example: "message from agent: sorry",
        build: |slots| UnwantedEvent::Message {
            from: slots.some_text(0),
            text: slots.some_match(1),
        },
    },
    LineForm {
        usage: "typing",
        about: "that somebody types",
        example: "typing",
        build: |_| UnwantedEvent::Typing,
    },
    LineForm {
        usage: "read",
        about: "that the last message of a played person is read",
        example: "read",
        build: |_| UnwantedEvent::Read,
    },
    LineForm {
        usage: "transfer",
        about: "another agent or skill",
        example: "transfer",
        build: |_| UnwantedEvent::Transfer,
    },
    LineForm {
        usage: "hook \"TYPE\"",
        about: "a webhook of this type",
        example: "hook \"ms.MessagingEventNotification\"",
        build: |slots| UnwantedEvent::Hook(slots.text(0)),
    },
];
