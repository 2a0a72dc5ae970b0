//! Taps and picks: quick replies, and the elements of cards.

use std::collections::BTreeMap;

use jiff::{civil::Date, tz::TimeZone};

use crate::{
    domain::{
        content::Content,
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        rich::{
            card::{Card, CardState, Face, Part},
            element::{Element, Kind, SlotList},
            press::{Choice, Press, Wanted, whole},
        },
    },
    runner::{
        play::{Halt, Performance, Player},
        sight::{WantedElement, elements, title},
    },
    scenario::script::ScriptStep,
};

/// Where something that can be used was found.
struct CardSpot {
    item: ItemId,
    what: Usable,
}

enum Usable {
    /// A quick reply, by its number.
    Reply(usize),
    /// A part of a card.
    Part(Box<Card>, Part),
}

impl Performance<'_> {
    /// `taps`: the newest message that has it counts.
    pub(super) async fn tap(
        &mut self,
        step: &ScriptStep,
        name: &str,
        phone: PhoneId,
        element: &WantedElement,
    ) -> Result<(), Halt> {
        let spot = self.spot(step, name, phone, element)?;
        self.use_element(step, name, phone, spot, &BTreeMap::new())
            .await
    }

    /// `picks VALUE in ELEMENT`: a choice of a select, or a day or a time behind a button.
    pub(super) async fn pick(
        &mut self,
        step: &ScriptStep,
        name: &str,
        phone: PhoneId,
        (value, element): (&str, &WantedElement),
    ) -> Result<(), Halt> {
        let spot = self.spot(step, name, phone, element)?;
        let Usable::Part(card, part) = &spot.what else {
            return Err(self.wrong(step, "a quick reply has nothing to pick from; use `taps`"));
        };
        let found = card.element(part.element);
        if let Some(choice) = found.and_then(|element| choice_of(element, value)) {
            let part = Part {
                element: part.element,
                face: Face::Nth(choice),
            };
            let spot = CardSpot {
                item: spot.item,
                what: Usable::Part(card.clone(), part),
            };
            return self
                .use_element(step, name, phone, spot, &BTreeMap::new())
                .await;
        }
        let mut state = self.card_state(name, spot.item.number);
        let wants = card.press(*part, &mut state, &BTreeMap::new(), &TimeZone::UTC);
        let Press::Wants(at, wanted) = wants else {
            let why = format!("there is no {value:?} to pick in {}", element.words());
            return Err(self.wrong(step, &why));
        };
        let choice = match &wanted {
            Wanted::Dates(picker) => days(value, picker.range),
            Wanted::Slot(slots) => slot(value, slots).map(Choice::Slot),
        };
        let choice = choice.ok_or_else(|| {
            let wanted = match wanted {
                Wanted::Dates(picker) if picker.range => "two days like `2026-12-24 - 2026-12-26`",
                Wanted::Dates(_) => "a day like `2026-12-24`",
                Wanted::Slot(_) => "the title of a time, or its number from 1",
            };
            self.wrong(step, &format!("{value:?} cannot be picked; write {wanted}"))
        })?;
        self.use_element(step, name, phone, spot, &BTreeMap::from([(at, choice)]))
            .await
    }

    /// What this consumer has done with a card so far: pages turned, days chosen.
    fn card_state(&self, name: &str, number: u32) -> CardState {
        match self.players.get(name) {
            Some(Player::Consumer { cards, .. }) => cards.get(&number).cloned().unwrap_or_default(),
            _ => CardState::default(),
        }
    }

    fn keep_card_state(&mut self, name: &str, number: u32, state: CardState) {
        if let Some(Player::Consumer { cards, .. }) = self.players.get_mut(name) {
            cards.insert(number, state);
        }
    }

    /// Where an element is: in the newest message that has it.
    fn spot(
        &self,
        step: &ScriptStep,
        name: &str,
        phone: PhoneId,
        element: &WantedElement,
    ) -> Result<CardSpot, Halt> {
        let log = self.log_of(name).unwrap_or_default();
        let known = self.hub.known();
        let log = known.logs.get(&log);
        let messages = log.into_iter().flat_map(|log| log.messages().rev());
        let mut there = Vec::new();
        for (_, message) in messages {
            if there.is_empty() {
                there = titles(&message.content);
            }
            if let Some(what) = usable(&message.content, element) {
                let item = ItemId {
                    phone: Some(phone),
                    number: message.line,
                };
                return Ok(CardSpot { item, what });
            }
        }
        drop(known);
        let why = format!("no message has {} to use", element.words());
        if there.is_empty() {
            let why = format!("{why}: no message has any button");
            return Err(self.wrong(step, &why));
        }
        let there = there.join(", ");
        let why = format!("{why}; the last one with buttons has {there}");
        Err(self.wrong(step, &why))
    }

    /// Uses a quick reply or an element of a card, and waits until the phone has sent what that says.
    async fn use_element(
        &mut self,
        step: &ScriptStep,
        name: &str,
        phone: PhoneId,
        spot: CardSpot,
        chosen: &BTreeMap<usize, Choice>,
    ) -> Result<(), Halt> {
        let log = self.log_of(name).unwrap_or_default();
        let after = self.newest_own(&log);
        let item = spot.item;
        let says = match spot.what {
            Usable::Reply(index) => {
                self.act(phone, Act::Reply { item, index }).await?;
                true
            }
            Usable::Part(card, part) => {
                let mut state = self.card_state(name, item.number);
                let press = card.press(part, &mut state, chosen, &TimeZone::UTC);
                self.keep_card_state(name, item.number, state);
                match press {
                    Press::Turned => {
                        self.end_deed();
                        return Ok(());
                    }
                    Press::Refused(why) => return Err(self.wrong(step, why)),
                    Press::Wants(..) => {
                        let why = "it asks for a day or a time; use `picks VALUE in …`";
                        return Err(self.wrong(step, why));
                    }
                    Press::Send(click, _) => {
                        let says = !click.texts.is_empty();
                        self.act(phone, Act::Click { item, click }).await?;
                        says
                    }
                }
            }
        };
        if says {
            self.sent(step, &log, after, false).await
        } else {
            self.requested(&log).await
        }
    }
}

/// What stands on the buttons of a message, each once and in quotes.
fn titles(content: &Content) -> Vec<String> {
    let mut titles: Vec<String> = Vec::new();
    let mut add = |title: &str| {
        let quoted = format!("{title:?}");
        if !titles.contains(&quoted) {
            titles.push(quoted);
        }
    };
    for reply in content.replies() {
        add(reply.title().as_str());
    }
    if let Content::Rich { content, .. } = content {
        let card = Card::read(content);
        for element in elements(&card.root) {
            title(element).into_iter().for_each(&mut add);
        }
    }
    titles
}

/// The part of a message that is meant.
fn usable(content: &Content, wanted: &WantedElement) -> Option<Usable> {
    let mut replies = content.replies().iter();
    let reply = replies.position(|reply| wanted.is(&reply.button()));
    if let Some(index) = reply {
        return Some(Usable::Reply(index));
    }
    let Content::Rich { content, .. } = content else {
        return None;
    };
    let card = Card::read(content);
    let part = elements(&card.root)
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
fn choice_of(element: &Element, value: &str) -> Option<u16> {
    let number = value
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let at = match &element.kind {
        Kind::CarouselSelect {
            elements: cards, ..
        } => {
            let says = |card: &Element| {
                elements(card).iter().any(|inner| match &inner.kind {
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

fn days(value: &str, is_range: bool) -> Option<Choice> {
    if !is_range {
        return value.trim().parse::<Date>().ok().map(Choice::Day);
    }
    let (first, last) = value.split_once(" - ")?;
    let day = |text: &str| text.trim().parse::<Date>().ok();
    Some(Choice::Days(day(first)?, day(last)?))
}

fn slot(value: &str, slots: &SlotList) -> Option<usize> {
    let mut all = slots.slots.iter();
    let by_title = all.position(|slot| slot.title == value);
    let number = value
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    by_title.or_else(|| number.filter(|at| *at < slots.slots.len()))
}
