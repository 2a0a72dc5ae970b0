//! Taps and picks: quick replies, and the elements of cards.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use crate::{
    domain::{
        content::Content,
        conversation::event::Act,
        ids::{ItemId, PhoneId},
        rich::{
            card::{Card, CardState, Face, Part, within},
            find::{Usable, WantedElement, choice_of, days, slot, title, usable},
            press::{Choice, Press, Wanted},
        },
    },
    runner::play::{Halt, Performance, Player},
    scenario::script::ScriptStep,
};

/// Where something that can be used was found.
struct CardSpot {
    item: ItemId,
    what: Usable,
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
        for element in within(&card.root) {
            title(element).into_iter().for_each(&mut add);
        }
    }
    titles
}
