//! The commands of the front end: opening and closing phones, and what is done on them.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::{
    domain::{
        conversation::{
            Conversation,
            event::{Act, PhoneEvent},
        },
        ids::{ConversationId, ParticipantId, PhoneId},
        notice::Severity,
        persona::Persona,
        text::SafeText,
        time::Timestamp,
        workspace::view::WorkspaceDraft,
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
    /// Notes what is written on a phone; it is kept with the turn.
    pub(super) fn note_draft(
        &mut self,
        id: PhoneId,
        conversation: Option<ConversationId>,
        text: String,
    ) {
        if self.phones.contains_key(&id) {
            let conversation = conversation.map(String::from).unwrap_or_default();
            self.drafts.insert((id, conversation), text);
        }
    }

    /// The same of what an agent has written in the workspace.
    pub(super) fn note_workspace_draft(&mut self, draft: WorkspaceDraft) {
        let key = (draft.agent, draft.conversation.into());
        self.workspace_drafts.insert(key, draft.text);
    }

    pub(super) async fn execute(&mut self, turn: &mut Turn, command: Command) {
        match command {
            Command::Act { phone: id, act } => {
                let is_open = |phone: &Phone| phone.state == PhoneState::Open;
                if act != Act::Quit && self.phones.get(&id).is_some_and(is_open) {
                    if let Act::Submit { .. } = act {
                        // Kept with the message itself, so that a crash cannot leave both.
                        let conversation = self
                            .phones
                            .get(&id)
                            .and_then(|one| one.conversation.current());
                        self.note_draft(id, conversation.cloned(), String::new());
                    }
                    self.reload_and_step(turn, id, PhoneEvent::User(act)).await;
                }
            }
            Command::Open(persona) => self.open(turn, persona).await,
            Command::Configure(persona) => self.configure(turn, persona).await,
            Command::Close(id) => {
                if let Some(phone) = self.phones.get_mut(&id)
                    && phone.state == PhoneState::Open
                {
                    phone.state = PhoneState::Leaving(Instant::now() + FAREWELL);
                    phone.is_new = true;
                    self.step(turn, id, PhoneEvent::User(Act::Quit));
                }
            }
            Command::Draft {
                phone: id,
                conversation,
                text,
            } => self.note_draft(id, conversation, text),
            Command::WorkspaceDraft(draft) => self.note_workspace_draft(draft),
            Command::Consent { id, yes } => self.consent(turn, id, yes),
            Command::Name(people) => {
                for (id, phone) in &mut self.phones {
                    phone.conversation.name_people(&people);
                    turn.touched.insert(*id);
                }
                self.settings.names.extend(people);
            }
            Command::TryWayIn => self.try_way_in().await,
            Command::Fetch(item) => {
                let Some(id) = item.phone else { return };
                let lacks = |talk: &Conversation| talk.lacks_item(item);
                self.reload(id, lacks).await;
                if let Some(phone) = self.phones.get(&id) {
                    self.performer.fetch(id, phone, item);
                }
            }
            Command::Picture(address) => self.fetch_picture(address),
            Command::DecideHost { host, is_wanted } => self.decide_host(host, is_wanted).await,
            Command::Raw {
                phone: id,
                endpoint,
                body,
            } => {
                let is_open = |phone: &Phone| phone.state == PhoneState::Open;
                if self.journal_fails {
                    let hint = "nothing is sent until the journal can be written again";
                    self.notify(Severity::Error, "the request was not sent", "", hint)
                        .await;
                } else if self.phones.get(&id).is_some_and(is_open) {
                    self.raw(id, endpoint, body).await;
                }
            }
            Command::Redeliver(request) => {
                let url = self.settings.listener_url.clone();
                self.performer.redeliver(url, *request);
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
    pub(super) fn begin(&mut self, turn: &mut Turn, id: PhoneId) {
        self.step(turn, id, PhoneEvent::Started);
        let is_open = |phone: &Phone| phone.conversation.is_open();
        if self.settings.fresh && self.phones.get(&id).is_some_and(is_open) {
            self.step(turn, id, PhoneEvent::User(Act::New));
        }
    }

    async fn open(&mut self, turn: &mut Turn, persona: Box<Persona>) {
        let Some(id) = place(&mut self.phones, &self.settings.names, persona) else {
            let hint = format!("there can be {MOST_PHONES}; go on with one of those");
            self.notify(Severity::Warning, "no room for another phone", "", &hint)
                .await;
            return;
        };
        let Some(phone) = self.phones.get_mut(&id) else {
            return;
        };
        let was = phone.state;
        if was != PhoneState::Open {
            phone.reopen();
        }
        self.show_phone(id).await;
        if was != PhoneState::Open {
            self.begin(turn, id);
        }
    }

    async fn configure(&mut self, turn: &mut Turn, persona: Box<Persona>) {
        let known = phone_of(&self.phones, &persona);
        let Some((id, phone)) = known.and_then(|id| Some((id, self.phones.get_mut(&id)?))) else {
            return;
        };
        phone.set_persona(persona.clone());
        turn.touched.insert(id);
        self.update(Update::Phone { phone: id, persona }).await;
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
    pub(super) async fn close_phones_that_left(&mut self) {
        let now = Instant::now();
        let time = Timestamp(self.clock.unix_millis());
        let mut left = Vec::new();
        for (id, phone) in &mut self.phones {
            if let PhoneState::Leaving(until) = phone.state
                && (phone.conversation.has_left() || until <= now)
            {
                phone.close(time);
                left.push(*id);
            }
        }
        for id in left {
            self.update(Update::Closed(id)).await;
        }
    }
}

/// The phone of a consumer, if there is one.
pub(super) fn phone_of(phones: &BTreeMap<PhoneId, Phone>, persona: &Persona) -> Option<PhoneId> {
    phones
        .iter()
        .find(|(_, phone)| phone.persona.consumer == persona.consumer)
        .map(|(id, _)| *id)
}

/// Hands a consumer their phone and gives its id; one that is new is closed. `None`
/// when there are too many.
pub(super) fn place(
    phones: &mut BTreeMap<PhoneId, Phone>,
    names: &BTreeMap<ParticipantId, SafeText>,
    persona: Box<Persona>,
) -> Option<PhoneId> {
    if let Some(id) = phone_of(phones, &persona) {
        if let Some(phone) = phones.get_mut(&id) {
            phone.hand(persona);
        }
        return Some(id);
    }
    if phones.len() >= MOST_PHONES {
        return None;
    }
    let id = phones
        .keys()
        .next_back()
        .map_or(PhoneId(0), |last| PhoneId(last.0 + 1));
    let conversation = Conversation::new(id, names.clone(), persona.habits);
    let mut phone = Phone::new(PhoneOwner::new(persona), conversation);
    phone.close(Timestamp(clock::unix_millis()));
    phones.insert(id, phone);
    Some(id)
}
