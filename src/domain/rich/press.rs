//! What happens when a part of structured content is used; see `rich-content`
//! 4 and 7.
//!
//! Some of it only turns something on the phone, some asks for a date first,
//! and in the end there is a [`Click`]: the metadata for the ACTION, and the
//! texts to send.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};

use crate::domain::{
    content::Click,
    rich::{
        card::{Card, CardState, Face, Part, within},
        element::{Action, Clickable, DatePicker, Element, Kind, Place, SlotList},
        links,
    },
    text::SafeText,
};

/// Between two texts sent as one. The schema says "comma-separated" and no more.
const COMMA: &str = ", ";

/// What comes of using a part.
#[derive(Debug, Clone, PartialEq)]
pub enum Press {
    /// Something looks different now.
    Turned,
    /// A choice is needed first, for the action of this number; call again with it.
    Wants(usize, Wanted),
    /// This is to be sent, and these places to be shown. Either may be empty, never both.
    Send(Click, Vec<Target>),
    /// Nothing, for this reason.
    Refused(&'static str),
}

/// A choice an action needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A day, or a first and a last one.
    Dates(DatePicker),
    /// One of several times.
    Slot(SlotList),
}

/// What was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// A day.
    Day(Date),
    /// A first and a last day.
    Days(Date, Date),
    /// The time of this number.
    Slot(usize),
}

/// Where a link or a map leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// What it is called; may be empty.
    pub name: SafeText,
    /// The address, or the coordinates, as they are shown.
    pub shown: SafeText,
    /// The form that can be opened and copied; `None` for addresses that are only shown.
    pub uri: Option<String>,
}

impl Target {
    /// Where an address leads.
    pub fn link(uri: &str, name: &SafeText) -> Self {
        Self {
            name: name.clone(),
            shown: SafeText::clean(uri),
            uri: links::openable(uri),
        }
    }

    /// Where a map shows a place.
    pub fn place(place: Place, name: &SafeText) -> Self {
        Self {
            name: name.clone(),
            shown: SafeText::clean(&links::coordinates(place)),
            uri: Some(links::map(place)),
        }
    }
}

impl Element {
    /// Where it leads by itself or by its click, first things first.
    pub fn targets(&self) -> Vec<Target> {
        let own = match &self.kind {
            Kind::Map(place) => Some(Target::place(*place, &self.alt)),
            Kind::LinkPreview { url, title } => Some(Target::link(url, title)),
            Kind::Image { url, caption } => Some(Target::link(url, caption)),
            _ => None,
        };
        let actions = self.click.iter().flat_map(|click| &click.actions);
        let led = actions.filter_map(|action| match action {
            Action::Link { uri, name } => Some(Target::link(uri, name)),
            Action::Navigate { place, name } => Some(Target::place(*place, name)),
            _ => None,
        });
        let led: Vec<Target> = led.collect();
        // A picture that leads elsewhere does not lead to itself.
        if led.is_empty() {
            own.into_iter().collect()
        } else {
            led
        }
    }
}

impl Card {
    /// Where everything in it leads, in the order of the document.
    pub fn links(&self) -> Vec<Target> {
        within(&self.root)
            .into_iter()
            .flat_map(Element::targets)
            .collect()
    }

    /// Uses a part. `chosen` holds the choices made so far, by the number of their action; times
    /// are told in `zone`.
    pub fn press(
        &self,
        part: Part,
        state: &mut CardState,
        chosen: &BTreeMap<usize, Choice>,
        zone: &TimeZone,
    ) -> Press {
        let Some(element) = self.element(part.element) else {
            return Press::Refused("it is not there any more");
        };
        match (&element.kind, part.face) {
            (Kind::Checkbox(_), Face::Whole) => toggle(part, state),
            (Kind::CarouselSelect { multiple, .. }, Face::Nth(_)) => {
                if !multiple && !state.is_on(part) {
                    state.on.retain(|other| other.element != part.element);
                }
                toggle(part, state)
            }
            (Kind::AccordionSelect { .. }, Face::Nth(nth)) => {
                let nth = usize::from(nth);
                if state.open(element.id) == Some(nth) {
                    state.front.remove(&element.id);
                } else {
                    state.front.insert(element.id, nth);
                }
                Press::Turned
            }
            (Kind::Tabs(_), Face::Nth(nth)) => {
                state.front.insert(element.id, usize::from(nth));
                Press::Turned
            }
            (Kind::Template { answers, .. }, Face::Nth(nth)) => {
                let Some(answer) = answers.get(usize::from(nth)) else {
                    return Press::Refused("it is not there any more");
                };
                let click = Click {
                    metadata: element
                        .click
                        .as_ref()
                        .and_then(|click| click.metadata.clone()),
                    texts: vec![answer.clone()],
                };
                state.used.insert(part);
                Press::Send(click, Vec::new())
            }
            (Kind::Submit { disabled: true, .. }, _) => {
                Press::Refused("the agent's message says that this button cannot be used")
            }
            // The vendor's devices take a list away once it was sent.
            (Kind::Submit { .. }, Face::Whole) if state.is_used(part) => {
                Press::Refused("this list was sent already, and it is asked once")
            }
            (_, Face::Whole) => {
                let press = self.click(element, state, chosen, zone);
                if matches!(press, Press::Send(..)) {
                    state.used.insert(part);
                }
                press
            }
            _ => Press::Turned,
        }
    }

    fn click(
        &self,
        element: &Element,
        state: &CardState,
        chosen: &BTreeMap<usize, Choice>,
        zone: &TimeZone,
    ) -> Press {
        let nothing = Clickable::default();
        let clickable = element.click.as_ref().unwrap_or(&nothing);
        let mut texts = Vec::new();
        if let Kind::Button {
            select: Some(name), ..
        } = &element.kind
        {
            match self.selection(name, state) {
                Some(text) => texts.push(text),
                None => return Press::Refused("nothing is chosen yet"),
            }
        }
        for (at, action) in clickable.actions.iter().enumerate() {
            match action {
                Action::Publish(text) if !text.is_empty() => texts.push(text.clone()),
                Action::Dates(picker) => match chosen.get(&at) {
                    Some(Choice::Day(day)) => texts.push(picker.text(*day)),
                    Some(Choice::Days(first, last)) => {
                        texts.push(format!("{} - {}", picker.text(*first), picker.text(*last)));
                    }
                    _ => return Press::Wants(at, Wanted::Dates(picker.clone())),
                },
                Action::Slots(list) => {
                    let slot = match chosen.get(&at) {
                        Some(Choice::Slot(nth)) => list.slots.get(*nth),
                        _ if list.slots.is_empty() => {
                            return Press::Refused("there is no time to choose");
                        }
                        _ => None,
                    };
                    match slot {
                        Some(slot) => texts.push(slot.text(zone)),
                        None => return Press::Wants(at, Wanted::Slot(list.clone())),
                    }
                }
                Action::Submit(true) => match self.checked(element, state) {
                    Some(text) => texts.push(text),
                    None => return Press::Refused("nothing is checked yet"),
                },
                _ => {}
            }
        }
        let targets = element.targets();
        let click = Click {
            metadata: clickable.metadata.clone(),
            texts,
        };
        if click == Click::default() && targets.is_empty() {
            return Press::Refused(
                "it has neither metadata nor a text, so there is nothing to send",
            );
        }
        Press::Send(click, targets)
    }

    /// What the checked boxes of the list around a button say.
    fn checked(&self, button: &Element, state: &CardState) -> Option<String> {
        let holds = |list: &Element| within(list).iter().any(|inner| inner.id == button.id);
        let list = self
            .find(|element| matches!(element.kind, Kind::List(_)) && holds(element))
            .unwrap_or(&self.root);
        let texts: Vec<&str> = within(list)
            .into_iter()
            .filter(|element| state.is_on(whole(element)))
            .filter_map(publishes)
            .collect();
        (!texts.is_empty()).then(|| texts.join(COMMA))
    }

    /// What is chosen in the select element of a name.
    fn selection(&self, wanted: &str, state: &CardState) -> Option<String> {
        let select = self.find(|element| {
            matches!(&element.kind, Kind::CarouselSelect { name, .. } | Kind::AccordionSelect { name, .. } if name == wanted)
        })?;
        if let Kind::AccordionSelect { titles, .. } = &select.kind {
            let (name, _) = titles.get(state.open(select.id)?)?;
            return Some(name.clone());
        }
        let texts: Vec<String> = select
            .elements()
            .iter()
            .zip(0..)
            .filter(|(_, nth)| {
                state.is_on(Part {
                    element: select.id,
                    face: Face::Nth(*nth),
                })
            })
            .map(|(card, nth)| named(card).unwrap_or_else(|| (nth + 1).to_string()))
            .collect();
        (!texts.is_empty()).then(|| texts.join(COMMA))
    }
}

fn toggle(part: Part, state: &mut CardState) -> Press {
    if !state.on.remove(&part) {
        state.on.insert(part);
    }
    Press::Turned
}

/// The part that is a whole element.
pub fn whole(element: &Element) -> Part {
    Part {
        element: element.id,
        face: Face::Whole,
    }
}

/// The text of its click that is meant to be sent for it.
pub fn publishes(element: &Element) -> Option<&str> {
    let actions = element.click.iter().flat_map(|click| &click.actions);
    actions
        .filter_map(|action| match action {
            Action::Checked(text) | Action::Publish(text) => Some(text.as_str()),
            _ => None,
        })
        .find(|text| !text.is_empty())
}

/// What stands for a card that was chosen: the text one of its buttons would send, or its words.
pub fn named(card: &Element) -> Option<String> {
    let all = within(card);
    let published = all.iter().find_map(|element| publishes(element));
    let shown = || {
        all.iter().find_map(|element| {
            let (Kind::Text(text)
            | Kind::Button { title: text, .. }
            | Kind::LinkPreview { title: text, .. }
            | Kind::Image { caption: text, .. }) = &element.kind
            else {
                return None;
            };
            (!text.is_empty()).then(|| text.as_str())
        })
    };
    published.or_else(shown).map(str::to_owned)
}
