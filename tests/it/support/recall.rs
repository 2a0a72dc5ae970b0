//! Fetches what a conversation has forgotten, as the engine does, out of a
//! journal in memory.

use std::collections::{BTreeMap, BTreeSet};

use handset::domain::{
    conversation::{Conversation, event::Event, recall::Lacking},
    ids::ItemId,
    item::{Body, Item},
};

/// Hands over what an event is about and the conversation has forgotten.
pub(crate) fn recall(phone: &mut Conversation, journal: &BTreeMap<ItemId, Item>, event: &Event) {
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
                Lacking::At(dialog, sequence) => {
                    (item.place.dialog, item.place.sequence) == (dialog, sequence)
                }
                Lacking::Said(until) => {
                    item.place.dialog == until.dialog
                        && item.place <= until
                        && matches!(item.body, Body::Mine { .. })
                }
            })
        });
        phone.recall(found.cloned().collect());
    }
}
