//! The phones as the journal has them, and which of them are open.

use std::collections::BTreeMap;

use crate::{
    domain::{
        conversation::{Conversation, Saved, event::Event},
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
) -> Result<BTreeMap<u32, Phone>, Error> {
    let unreadable = |cause| Error::State {
        path: journal.path().to_path_buf(),
        cause,
    };
    let mut states: BTreeMap<u32, Saved> = BTreeMap::new();
    for (thread, state) in restored.threads {
        let saved = if let Some(state) = state {
            serde_json::from_value(state).map_err(unreadable)?
        } else {
            let Counters {
                item,
                dialog,
                request,
            } = journal.counters(thread).await?;
            Saved::anew(thread, item, dialog, request)
        };
        states.insert(thread, saved);
    }
    let mut owners = BTreeMap::new();
    for (thread, consumer, persona, is_open) in restored.phones {
        let owner = match persona {
            Some(persona) => PhoneOwner::read(persona).map_err(unreadable)?,
            None => PhoneOwner::new(Box::new(Persona::named(
                &consumer,
                consumer.as_str().into(),
            ))),
        };
        owners.insert(thread, (owner, is_open));
    }
    // A journal from before there were personas has one thread without a phone.
    for thread in states.keys() {
        let usual = || (PhoneOwner::new(Box::new(settings.usual.clone())), true);
        owners.entry(*thread).or_insert_with(usual);
    }
    let mut phones = BTreeMap::new();
    let mut open = Vec::new();
    for (thread, (owner, is_open)) in owners {
        let (names, habits) = (settings.names.clone(), owner.persona.habits);
        let conversation = match states.remove(&thread) {
            Some(saved) => {
                let items = journal.items(thread..=thread, None, LINES_AWAY).await?;
                let mut talk = Conversation::restored(saved, items, names, habits);
                let unfinished = talk.lacks(&Event::Started);
                if !unfinished.is_empty() {
                    talk.recall(journal.reload(thread, unfinished).await?);
                }
                talk
            }
            None => Conversation::new(thread, names, habits),
        };
        phones.insert(thread, Phone::new(owner, conversation));
        if is_open {
            open.push(thread);
        }
    }
    lay_out(&mut phones, open, settings);
    Ok(phones)
}

/// Opens the phones that were asked for, else those that were open last time, else the usual one;
/// the others into the drawer.
fn lay_out(phones: &mut BTreeMap<u32, Phone>, last_time: Vec<u32>, settings: &Settings) {
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
    for (thread, phone) in phones {
        if open.contains(thread) {
            phone.take_out();
        } else {
            phone.put_away(now);
        }
    }
}
