//! Finds what can be used in a message: a quick reply, or an element of its card, by its title or
//! by the id in its metadata; and what can be picked in it.

use jiff::civil::Date;
use serde_json::Value;

use crate::domain::{
    content::Content,
    rich::{
        card::{Card, Face, Part, within},
        element::{Element, Kind, SlotList},
        press::{Choice, whole},
    },
};

/// An element by its title or its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum WantedElement {
    Title(String),
    Id(String),
}

/// What of a message can be used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Usable {
    /// A quick reply, by its number.
    Reply(usize),
    /// A part of a card.
    Part(Box<Card>, Part),
}

impl WantedElement {
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Title(title) => format!("{title:?}"),
            Self::Id(id) => format!("#{id}"),
        }
    }

    /// Whether an element of a card is meant.
    pub(crate) fn is(&self, element: &Element) -> bool {
        match self {
            Self::Title(wanted) => title(element).is_some_and(|title| title == *wanted),
            Self::Id(id) => {
                let metadata = element
                    .click
                    .as_ref()
                    .and_then(|click| click.metadata.as_ref());
                metadata.is_some_and(|metadata| has_id(metadata, id))
            }
        }
    }
}

/// What stands on an element that can be used.
pub(crate) fn title(element: &Element) -> Option<&str> {
    match &element.kind {
        Kind::Button { title, .. }
        | Kind::Submit { title, .. }
        | Kind::Checkbox(title)
        | Kind::LinkPreview { title, .. } => Some(title.as_str()),
        _ if element.click.is_none() => None,
        // Whatever else can be clicked goes by its words, else by what stands for it.
        Kind::Text(text) | Kind::Image { caption: text, .. } if !text.is_empty() => {
            Some(text.as_str())
        }
        _ if element.alt.is_empty() => None,
        _ => Some(element.alt.as_str()),
    }
}

/// Whether metadata names this id.
pub(crate) fn has_id(metadata: &Value, wanted: &str) -> bool {
    match metadata {
        Value::String(text) => text == wanted,
        Value::Number(number) => number.to_string() == wanted,
        Value::Array(values) => values.iter().any(|value| has_id(value, wanted)),
        Value::Object(members) => members.values().any(|value| has_id(value, wanted)),
        Value::Null | Value::Bool(_) => false,
    }
}

/// The part of a message that is meant.
pub(crate) fn usable(content: &Content, wanted: &WantedElement) -> Option<Usable> {
    let mut replies = content.replies().iter();
    let reply = replies.position(|reply| wanted.is(&reply.button()));
    if let Some(index) = reply {
        return Some(Usable::Reply(index));
    }
    let Content::Rich { content, .. } = content else {
        return None;
    };
    let card = Card::read(content);
    let part = within(&card.root)
        .into_iter()
        .find_map(|element| part(element, wanted));
    part.map(|part| Usable::Part(Box::new(card), part))
}

/// The part of an element that is meant, if one is.
fn part(element: &Element, wanted: &WantedElement) -> Option<Part> {
    let nth = |at: usize| Part {
        element: element.id,
        face: Face::Nth(u16::try_from(at).unwrap_or(u16::MAX)),
    };
    match (&element.kind, wanted) {
        (Kind::Template { answers, .. }, WantedElement::Title(title)) => {
            answers.iter().position(|answer| answer == title).map(nth)
        }
        (
            Kind::CarouselSelect { name, .. } | Kind::AccordionSelect { name, .. },
            WantedElement::Id(id),
        ) => (name == id).then(|| whole(element)),
        (Kind::AccordionSelect { titles, .. }, WantedElement::Title(title)) => {
            titles.iter().position(|(name, _)| name == title).map(nth)
        }
        (Kind::Tabs(cards), WantedElement::Title(title)) => cards
            .iter()
            .position(|card| card.tag.as_str() == title)
            .map(nth),
        _ => wanted.is(element).then(|| whole(element)),
    }
}

/// Which choice of a select element is meant: by its words, or its number from 1.
pub(crate) fn choice_of(element: &Element, value: &str) -> Option<u16> {
    let number = value
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let at = match &element.kind {
        Kind::CarouselSelect {
            elements: cards, ..
        } => {
            let says = |card: &Element| {
                within(card).iter().any(|inner| match &inner.kind {
                    Kind::Text(text)
                    | Kind::Button { title: text, .. }
                    | Kind::Image { caption: text, .. } => text.as_str() == value,
                    _ => false,
                })
            };
            let by_number = number.filter(|at| *at < cards.len());
            cards.iter().position(says).or(by_number)
        }
        Kind::AccordionSelect { titles, .. } => {
            let by_number = number.filter(|at| *at < titles.len());
            titles
                .iter()
                .position(|(name, _)| name == value)
                .or(by_number)
        }
        _ => None,
    };
    at.and_then(|at| u16::try_from(at).ok())
}

/// The day, or the two days of a range as `2026-12-24 - 2026-12-26`.
pub(crate) fn days(value: &str, is_range: bool) -> Option<Choice> {
    if !is_range {
        return value.trim().parse::<Date>().ok().map(Choice::Day);
    }
    let (first, last) = value.split_once(" - ")?;
    let day = |text: &str| text.trim().parse::<Date>().ok();
    Some(Choice::Days(day(first)?, day(last)?))
}

/// The time of this title, or of this number from 1.
pub(crate) fn slot(value: &str, slots: &SlotList) -> Option<usize> {
    let mut all = slots.slots.iter();
    let by_title = all.position(|slot| slot.title == value);
    let number = value
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    by_title.or_else(|| number.filter(|at| *at < slots.slots.len()))
}
