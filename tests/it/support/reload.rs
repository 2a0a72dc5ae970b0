//! Fetches what a conversation has forgotten, as the engine does, out of a
//! journal in memory.

use std::collections::{BTreeMap, BTreeSet};

use handset::domain::{
    conversation::{Conversation, event::PhoneEvent, reload::Lacking},
    ids::ItemId,
    line::{Line, LineBody},
};

/// Hands over what an event is about and the conversation has forgotten.
pub(crate) fn reload(
    phone: &mut Conversation,
    journal: &BTreeMap<ItemId, Line>,
    event: &PhoneEvent,
) {
    let mut asked = BTreeSet::new();
    loop {
        let mut lacks = phone.lacks(event);
        lacks.retain(|lack| asked.insert(*lack));
        if lacks.is_empty() {
            return;
        }
        let found = journal.values().filter(|item| {
            lacks.iter().any(|lack| match *lack {
                Lacking::Line(number) => item.id.number == number,
                Lacking::At(dialog, sequence) => item.place.numbered() == Some((dialog, sequence)),
                Lacking::Said(until) => {
                    item.place.stored().0 == until.stored().0
                        && item.place <= until
                        && matches!(item.body, LineBody::Mine { .. })
                }
            })
        });
        phone.reload(found.cloned().collect());
    }
}
