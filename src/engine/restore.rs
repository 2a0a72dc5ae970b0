//! The phones as the journal has them, and which of them lie on the desk.

use std::collections::BTreeMap;

use crate::{
    domain::{
        conversation::{Conversation, Saved, event::Event},
        persona::Persona,
        time::Timestamp,
    },
    engine::{
        Error, LINES_AWAY, Settings,
        desk::place,
        device::{Device, Holder},
    },
    rt::clock,
    store::{Counters, Journal, Restored},
};

/// Every phone that was kept, those on the desk in use and the others in the drawer.
pub(super) async fn devices(
    journal: &Journal,
    restored: Restored,
    settings: &Settings,
) -> Result<BTreeMap<u32, Device>, Error> {
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
    let mut phones = BTreeMap::new();
    for (thread, consumer, persona, is_open) in restored.phones {
        let holder = match persona {
            Some(persona) => Holder::read(persona).map_err(unreadable)?,
            None => Holder::new(Box::new(Persona::named(
                &consumer,
                consumer.as_str().into(),
            ))),
        };
        phones.insert(thread, (holder, is_open));
    }
    // A journal from before there were personas has one thread without a phone.
    for thread in states.keys() {
        let usual = || (Holder::new(Box::new(settings.usual.clone())), true);
        phones.entry(*thread).or_insert_with(usual);
    }
    let mut devices = BTreeMap::new();
    let mut on_desk = Vec::new();
    for (thread, (holder, is_open)) in phones {
        let (names, habits) = (settings.names.clone(), holder.persona.habits);
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
        devices.insert(thread, Device::new(holder, conversation));
        if is_open {
            on_desk.push(thread);
        }
    }
    lay_out(&mut devices, on_desk, settings);
    Ok(devices)
}

/// Puts the phones that were asked for on the desk, else those of last time, else the usual one;
/// the others into the drawer.
fn lay_out(devices: &mut BTreeMap<u32, Device>, last_time: Vec<u32>, settings: &Settings) {
    let mut wanted = settings.personas.clone();
    if wanted.is_empty() && last_time.is_empty() {
        wanted.push(settings.usual.clone());
    }
    let mut on_desk = last_time;
    if !wanted.is_empty() {
        on_desk.clear();
    }
    for persona in wanted {
        on_desk.extend(place(devices, &settings.names, Box::new(persona)));
    }
    let now = Timestamp(clock::unix_millis());
    for (thread, device) in devices {
        if on_desk.contains(thread) {
            device.take_out();
        } else {
            device.put_away(now);
        }
    }
}
