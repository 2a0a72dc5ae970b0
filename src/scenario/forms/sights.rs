//! What a played person sees: on the screen, and in a card block.

use crate::scenario::{
    forms::LineForm,
    script::{CardPartKind, Sight},
};

/// Every sight of one line.
pub(crate) const SIGHTS: &[LineForm<Sight>] = &[
    LineForm {
        usage: "click \"TITLE\"|#ID",
        about: "an agent sees that the consumer clicked on this",
        example: "click \"Add\"",
        build: |slots| Sight::Click(slots.element(0)),
    },
    LineForm {
        usage: "offer \"A\"…",
        about: "quick replies with these titles",
        example: "offer \"Yes\" \"No\"",
        build: |slots| Sight::Offer(slots.texts(0)),
    },
    LineForm {
        usage: "file [MATCH]",
        about: "a file, with this in its caption or its name",
        example: "file invoice",
        build: |slots| Sight::File(slots.some_match(0)),
    },
    LineForm {
        usage: "WHO typing",
        about: "somebody types",
        example: "kim typing",
        build: |slots| Sight::Typing(slots.text(0)),
    },
];

/// A part of a card, and in which card of a carousel, from 1.
pub(crate) type InCard = (Option<usize>, CardPartKind);

/// Every line of a card block.
pub(crate) const CARD_PARTS: &[LineForm<InCard>] = &[
    LineForm {
        usage: "text MATCH",
        about: "any text of it",
        example: "text 24 EUR",
        build: |slots| (None, CardPartKind::Text(slots.a_match(0))),
    },
    LineForm {
        usage: "title MATCH",
        about: "its first text",
        example: "title \"Mug, blue\"",
        build: |slots| (None, CardPartKind::Title(slots.a_match(0))),
    },
    LineForm {
        usage: "button \"T\" [#ID]",
        about: "a button with this title, and this id",
        example: "button \"Add\" #carousel-blue-add",
        build: |slots| (None, button(slots, 0)),
    },
    LineForm {
        usage: "image",
        about: "a picture",
        example: "image",
        build: |_| (None, CardPartKind::Image),
    },
    LineForm {
        usage: "N cards",
        about: "a carousel of so many cards",
        example: "4 cards",
        build: |slots| (None, CardPartKind::Cards(slots.number(0))),
    },
    LineForm {
        usage: "card N text MATCH",
        about: "any text of the N-th card of a carousel",
        example: "card 1 text 24 EUR",
        build: |slots| (slots.some_number(0), CardPartKind::Text(slots.a_match(1))),
    },
    LineForm {
        usage: "card N title MATCH",
        about: "the first text of the N-th card",
        example: "card 1 title \"Mug, blue\"",
        build: |slots| (slots.some_number(0), CardPartKind::Title(slots.a_match(1))),
    },
    LineForm {
        usage: "card N button \"T\" [#ID]",
        about: "a button of the N-th card",
        example: "card 1 button \"Add\" #carousel-blue-add",
        build: |slots| (slots.some_number(0), button(slots, 1)),
    },
    LineForm {
        usage: "card N image",
        about: "a picture in the N-th card",
        example: "card 1 image",
        build: |slots| (slots.some_number(0), CardPartKind::Image),
    },
];

fn button(slots: &crate::scenario::forms::Slots, first: usize) -> CardPartKind {
    CardPartKind::Button {
        title: slots.text(first),
        id: slots.some_text(first + 1),
    }
}
