//! The commands of the front end: opening and closing phones, and what is done on them.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::{
    domain::{
        conversation::{
            Conversation,
            event::{Act, Event},
        },
        ids::ParticipantId,
        notice::Severity,
        persona::Persona,
        text::SafeText,
        time::Timestamp,
    },
    engine::{
        ask,
        command::Command,
        phone::{Phone, PhoneOwner, PhoneState},
        turn::{Engine, FAREWELL, Turn},
        update::Update,
    },
    rt::clock,
};

/// Most phones there can be, open or closed.
const MOST_PHONES: usize = 64;

impl Engine {
    pub(super) async fn execute(&mut self, turn: &mut Turn, command: Command) {
        match command {
            Command::Act { thread, act } => {
                let is_open = |phone: &Phone| phone.state == PhoneState::Open;
                if act != Act::Quit && self.phones.get(&thread).is_some_and(is_open) {
                    self.take(turn, thread, Event::User(act)).await;
                }
            }
            Command::Open(persona) => self.open(turn, persona).await,
            Command::Configure(persona) => self.configure(turn, persona).await,
            Command::PutAway(thread) => {
                if let Some(phone) = self.phones.get_mut(&thread)
                    && phone.state == PhoneState::Open
                {
                    phone.state = PhoneState::Leaving(Instant::now() + FAREWELL);
                    phone.is_new = true;
                    self.step(turn, thread, Event::User(Act::Quit));
                }
            }
            Command::Consent { id, yes } => self.consent(turn, id, yes),
            Command::Name(people) => {
                for (thread, phone) in &mut self.phones {
                    phone.conversation.name_people(&people);
                    turn.touched.insert(*thread);
                }
                self.settings.names.extend(people);
            }
            Command::TryWayIn => self.try_way_in().await,
            Command::Fetch(item) => {
                let lacks = |talk: &Conversation| talk.lacks_item(item);
                self.recall(item.thread, lacks).await;
                if let Some(phone) = self.phones.get_mut(&item.thread) {
                    self.performer.fetch(phone, item);
                }
            }
            Command::Raw {
                thread,
                endpoint,
                body,
            } => {
                let is_open = |phone: &Phone| phone.state == PhoneState::Open;
                if self.journal_fails {
                    let hint = "nothing is sent until the journal can be written again";
                    self.notify(Severity::Error, "the request was not sent", "", hint)
                        .await;
                } else if self.phones.get(&thread).is_some_and(is_open) {
                    self.raw(thread, endpoint, body).await;
                }
            }
            Command::Ask { ask, question } => {
                let brand = &self.settings.brand;
                let (journal, updates) = (&self.journal, &self.updates);
                ask::answer(journal, updates, &self.questions, brand, ask, question);
            }
            Command::Quit => {}
        }
    }

    /// Starts a phone that is open.
    pub(super) fn begin(&mut self, turn: &mut Turn, thread: u32) {
        self.step(turn, thread, Event::Started);
        let is_open = |phone: &Phone| phone.conversation.is_open();
        if self.settings.fresh && self.phones.get(&thread).is_some_and(is_open) {
            self.step(turn, thread, Event::User(Act::New));
        }
    }

    async fn open(&mut self, turn: &mut Turn, persona: Box<Persona>) {
        let Some(thread) = place(&mut self.phones, &self.settings.names, persona) else {
            let hint = format!("there can be {MOST_PHONES}; go on with one of those");
            self.notify(Severity::Warning, "no room for another phone", "", &hint)
                .await;
            return;
        };
        let Some(phone) = self.phones.get_mut(&thread) else {
            return;
        };
        let was = phone.state;
        if was != PhoneState::Open {
            phone.take_out();
        }
        self.show_phone(thread).await;
        if was != PhoneState::Open {
            self.begin(turn, thread);
        }
    }

    async fn configure(&mut self, turn: &mut Turn, persona: Box<Persona>) {
        let known = thread_of(&self.phones, &persona);
        let Some((thread, phone)) =
            known.and_then(|thread| Some((thread, self.phones.get_mut(&thread)?)))
        else {
            return;
        };
        phone.hold(persona.clone());
        turn.touched.insert(thread);
        self.update(Update::Phone { thread, persona }).await;
    }

    /// When the next phone that says goodbye has had its time.
    pub(super) fn next_farewell(&self) -> Option<Instant> {
        let until = |phone: &Phone| match phone.state {
            PhoneState::Leaving(until) => Some(until),
            _ => None,
        };
        self.phones.values().filter_map(until).min()
    }

    /// Phones that have said goodbye, or had their time to, are in the drawer.
    pub(super) async fn put_away_those_who_left(&mut self) {
        let now = Instant::now();
        let time = Timestamp(clock::unix_millis());
        let mut left = Vec::new();
        for (thread, phone) in &mut self.phones {
            if let PhoneState::Leaving(until) = phone.state
                && (phone.conversation.has_left() || until <= now)
            {
                phone.put_away(time);
                left.push(*thread);
            }
        }
        for thread in left {
            self.update(Update::PutAway(thread)).await;
        }
    }
}

/// The phone of a consumer, if there is one.
pub(super) fn thread_of(phones: &BTreeMap<u32, Phone>, persona: &Persona) -> Option<u32> {
    phones
        .iter()
        .find(|(_, phone)| phone.persona.consumer == persona.consumer)
        .map(|(thread, _)| *thread)
}

/// Hands a consumer their phone and gives its thread; one that is new state in the drawer. `None`
/// when there are too many.
pub(super) fn place(
    phones: &mut BTreeMap<u32, Phone>,
    names: &BTreeMap<ParticipantId, SafeText>,
    persona: Box<Persona>,
) -> Option<u32> {
    if let Some(thread) = thread_of(phones, &persona) {
        if let Some(phone) = phones.get_mut(&thread) {
            phone.hand(persona);
        }
        return Some(thread);
    }
    if phones.len() >= MOST_PHONES {
        return None;
    }
    let thread = phones.keys().next_back().map_or(0, |last| last + 1);
    let conversation = Conversation::new(thread, names.clone(), persona.habits);
    let mut phone = Phone::new(PhoneOwner::new(persona), conversation);
    phone.put_away(Timestamp(clock::unix_millis()));
    phones.insert(thread, phone);
    Some(thread)
}
