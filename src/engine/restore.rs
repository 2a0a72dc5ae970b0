//! The phones as the journal has them, and which of them are open.

use std::collections::BTreeMap;

use crate::{
    domain::{
        conversation::{Conversation, Saved, event::PhoneEvent},
        ids::PhoneId,
        persona::Persona,
        time::Timestamp,
    },
    engine::{
        Error, LINES_AWAY, Settings,
        phone::{Phone, PhoneOwner},
        phones::place,
    },
    rt::clock,
    store::{Counters, Journal, Restored},
};

/// Every phone in the journal, open or closed.
pub(super) async fn phones(
    journal: &Journal,
    restored: Restored,
    settings: &Settings,
) -> Result<BTreeMap<PhoneId, Phone>, Error> {
    let unreadable = |cause| Error::State {
        path: journal.path().to_path_buf(),
        cause,
    };
    let mut states: BTreeMap<PhoneId, Saved> = BTreeMap::new();
    for (id, state) in restored.states {
        let saved = if let Some(state) = state {
            serde_json::from_value(state).map_err(unreadable)?
        } else {
            let Counters {
                item,
                dialog,
                request,
            } = journal.counters(id).await?;
            Saved::anew(id, item, dialog, request)
        };
        states.insert(id, saved);
    }
    let mut owners = BTreeMap::new();
    for (id, consumer, persona, is_open) in restored.phones {
        let owner = match persona {
            Some(persona) => PhoneOwner::read(persona).map_err(unreadable)?,
            None => PhoneOwner::new(Box::new(Persona::named(
                &consumer,
                consumer.as_str().into(),
            ))),
        };
        owners.insert(id, (owner, is_open));
    }
    // A journal from before there were personas has one state without a phone.
    for id in states.keys() {
        let usual = || (PhoneOwner::new(Box::new(settings.usual.clone())), true);
        owners.entry(*id).or_insert_with(usual);
    }
    let mut phones = BTreeMap::new();
    let mut open = Vec::new();
    for (id, (owner, is_open)) in owners {
        let (names, habits) = (settings.names.clone(), owner.persona.habits);
        let conversation = match states.remove(&id) {
            Some(saved) => {
                let items = journal.items(id, None, LINES_AWAY).await?;
                let mut talk = Conversation::restored(saved, items, names, habits);
                let unfinished = talk.lacks(&PhoneEvent::Started);
                if !unfinished.is_empty() {
                    talk.reload(journal.reload(id, unfinished).await?);
                }
                talk
            }
            None => Conversation::new(id, names, habits),
        };
        phones.insert(id, Phone::new(owner, conversation));
        if is_open {
            open.push(id);
        }
    }
    lay_out(&mut phones, open, settings);
    Ok(phones)
}

/// Opens the phones that were asked for, else those that were open last time, else the usual one;
/// the others into the drawer.
fn lay_out(phones: &mut BTreeMap<PhoneId, Phone>, last_time: Vec<PhoneId>, settings: &Settings) {
    let mut wanted = settings.personas.clone();
    if wanted.is_empty() && last_time.is_empty() {
        wanted.push(settings.usual.clone());
    }
    let mut open = last_time;
    if !wanted.is_empty() {
        open.clear();
    }
    for persona in wanted {
        open.extend(place(phones, &settings.names, Box::new(persona)));
    }
    let now = Timestamp(clock::unix_millis());
    for (id, phone) in phones {
        if open.contains(id) {
            phone.reopen();
        } else {
            phone.close(now);
        }
    }
}
