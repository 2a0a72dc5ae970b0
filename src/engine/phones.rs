//! What the front end asks for: putting phones on the desk and away, and what
//! is done on them.

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
        device::{Device, Holder, Lies},
        turn::{Engine, FAREWELL, Turn},
        update::Update,
    },
    rt::clock,
};

/// Most phones there can be, on the desk or off it.
const MOST_PHONES: usize = 64;

impl Engine {
    pub(super) async fn obey(&mut self, turn: &mut Turn, command: Command) {
        match command {
            Command::Act { thread, act } => {
                let is_open = |device: &Device| device.lies == Lies::Open;
                if act != Act::Quit && self.devices.get(&thread).is_some_and(is_open) {
                    self.take(turn, thread, Event::User(act)).await;
                }
            }
            Command::Open(persona) => self.open(turn, persona).await,
            Command::Configure(persona) => self.configure(turn, persona).await,
            Command::PutAway(thread) => {
                if let Some(device) = self.devices.get_mut(&thread)
                    && device.lies == Lies::Open
                {
                    device.lies = Lies::Leaving(Instant::now() + FAREWELL);
                    device.is_new = true;
                    self.step(turn, thread, Event::User(Act::Quit));
                }
            }
            Command::Consent { id, yes } => self.consent(turn, id, yes),
            Command::Name(people) => {
                for (thread, device) in &mut self.devices {
                    device.conversation.name_people(&people);
                    turn.touched.insert(*thread);
                }
                self.settings.names.extend(people);
            }
            Command::TryWayIn => self.try_way_in().await,
            Command::Fetch(item) => {
                let lacks = |talk: &Conversation| talk.lacks_item(item);
                self.recall(item.thread, lacks).await;
                if let Some(device) = self.devices.get_mut(&item.thread) {
                    self.performer.fetch(device, item);
                }
            }
            Command::Raw {
                thread,
                endpoint,
                body,
            } => {
                let is_open = |device: &Device| device.lies == Lies::Open;
                if self.journal_fails {
                    let hint = "nothing is sent until the journal can be written again";
                    self.tell(Severity::Error, "the request was not sent", "", hint)
                        .await;
                } else if self.devices.get(&thread).is_some_and(is_open) {
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

    /// Starts a phone that lies on the desk.
    pub(super) fn begin(&mut self, turn: &mut Turn, thread: u32) {
        self.step(turn, thread, Event::Started);
        let is_open = |device: &Device| device.conversation.is_open();
        if self.settings.fresh && self.devices.get(&thread).is_some_and(is_open) {
            self.step(turn, thread, Event::User(Act::New));
        }
    }

    async fn open(&mut self, turn: &mut Turn, persona: Box<Persona>) {
        let Some(thread) = place(&mut self.devices, &self.settings.names, persona) else {
            let hint = format!("there can be {MOST_PHONES}; go on with one of those");
            self.tell(Severity::Warning, "no room for another phone", "", &hint)
                .await;
            return;
        };
        let Some(device) = self.devices.get_mut(&thread) else {
            return;
        };
        let was = device.lies;
        if was != Lies::Open {
            device.take_out();
        }
        self.show_phone(thread).await;
        if was != Lies::Open {
            self.begin(turn, thread);
        }
    }

    async fn configure(&mut self, turn: &mut Turn, persona: Box<Persona>) {
        let known = thread_of(&self.devices, &persona);
        let Some((thread, device)) =
            known.and_then(|thread| Some((thread, self.devices.get_mut(&thread)?)))
        else {
            return;
        };
        device.hold(persona.clone());
        turn.touched.insert(thread);
        self.update(Update::Phone { thread, persona }).await;
    }

    /// When the next phone that says goodbye has had its time.
    pub(super) fn next_farewell(&self) -> Option<Instant> {
        let until = |device: &Device| match device.lies {
            Lies::Leaving(until) => Some(until),
            _ => None,
        };
        self.devices.values().filter_map(until).min()
    }

    /// Phones that have said goodbye, or had their time to, are in the drawer.
    pub(super) async fn put_away_those_who_left(&mut self) {
        let now = Instant::now();
        let time = Timestamp(clock::unix_millis());
        let mut left = Vec::new();
        for (thread, device) in &mut self.devices {
            if let Lies::Leaving(until) = device.lies
                && (device.conversation.has_left() || until <= now)
            {
                device.put_away(time);
                left.push(*thread);
            }
        }
        for thread in left {
            self.update(Update::PutAway(thread)).await;
        }
    }
}

/// The phone of a consumer, if there is one.
pub(super) fn thread_of(devices: &BTreeMap<u32, Device>, persona: &Persona) -> Option<u32> {
    devices
        .iter()
        .find(|(_, device)| device.persona.consumer == persona.consumer)
        .map(|(thread, _)| *thread)
}

/// Hands a consumer their phone and gives its thread; one that is new lies in the drawer. `None`
/// when there are too many.
pub(super) fn place(
    devices: &mut BTreeMap<u32, Device>,
    names: &BTreeMap<ParticipantId, SafeText>,
    persona: Box<Persona>,
) -> Option<u32> {
    if let Some(thread) = thread_of(devices, &persona) {
        if let Some(device) = devices.get_mut(&thread) {
            device.hand(persona);
        }
        return Some(thread);
    }
    if devices.len() >= MOST_PHONES {
        return None;
    }
    let thread = devices.keys().next_back().map_or(0, |last| last + 1);
    let conversation = Conversation::new(thread, names.clone(), persona.habits);
    let mut device = Device::new(Holder::new(persona), conversation);
    device.put_away(Timestamp(clock::unix_millis()));
    devices.insert(thread, device);
    Some(thread)
}
