//! The lines of the phone: adding one, and where it stands among the others.

use crate::domain::{
    conversation::{Conversation, reload},
    ids::{ItemId, Sequence},
    line::{Line, LineBody, Position},
    text::SafeText,
    time::Timestamp,
};

impl Conversation {
    pub(super) fn id(&self, number: u32) -> ItemId {
        ItemId {
            phone: Some(self.saved.phone),
            number,
        }
    }

    /// Adds a line; returns its number.
    pub(super) fn add(
        &mut self,
        now: Timestamp,
        position: impl Into<Position>,
        body: LineBody,
    ) -> u32 {
        let number = self.saved.next_item;
        self.saved.next_item += 1;
        let item = Line::new(self.id(number), now, position, body);
        if reload::is_answerable(&item.body) {
            self.answerable.insert(number);
        }
        self.items.insert(number, item);
        self.changed.insert(number);
        number
    }

    /// The spot after everything that has a number by now.
    pub(super) fn latest_spot(&self) -> (u32, Sequence) {
        let dialogs = self.saved.conversations.iter().flat_map(|it| &it.dialogs);
        dialogs
            .max_by_key(|dialog| dialog.ordinal)
            .map_or((0, 0), |dialog| (dialog.ordinal, dialog.top))
    }

    /// Adds a quiet line after everything that has a number by now.
    pub(super) fn say(&mut self, now: Timestamp, text: &str) {
        let text = SafeText::clean(text);
        self.add(now, self.latest_spot(), LineBody::Quiet { text });
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::domain::{
        content::Content,
        conversation::{
            event::{Act, PhoneEvent},
            lines::*,
        },
        ids::PhoneId,
        line::Delivery,
        persona::Habits,
        role::{Author, Role},
        wire::inbound::{self, Change},
    };

    fn message(sequence: Sequence) -> PhoneEvent {
        PhoneEvent::Notified(Change::Message(Box::new(inbound::Message {
            conversation: Some("c1".into()),
            dialog: "c1".into(),
            author: Author {
                id: "riley".into(),
                role: Role::AssignedAgent,
            },
            sequence: Some(sequence),
            at: None,
            for_consumer: true,
            event: inbound::Event::Content {
                content: Content::text("hello".into()),
                text: Some("hello".into()),
            },
        })))
    }

    #[test]
    fn a_text_that_waits_stays_however_much_is_said_meanwhile() {
        let mut phone = Conversation::new(PhoneId(0), BTreeMap::new(), Habits::default());
        phone.enter("c1".into());
        let step = |phone: &mut Conversation, event| drop(phone.step(Timestamp(0), event));
        step(&mut phone, PhoneEvent::User(Act::Flight(true)));
        step(&mut phone, PhoneEvent::User(Act::submit("hi".to_owned())));
        for sequence in 0..1000 {
            step(&mut phone, message(sequence));
            phone.take_changed();
            phone.forget(100);
            assert!(phone.items().count() <= 113);
        }
        let body = &phone.items().next().unwrap().body;
        assert!(
            matches!(
                body,
                LineBody::Mine {
                    delivery: Delivery::Queued,
                    ..
                }
            ),
            "{body:?}"
        );
        let newest: Vec<_> = phone.newest().map(|item| item.place.stored().1).collect();
        let without_gap: Vec<_> = (1000 - (newest.len() as u64 - 1)..1000).collect();
        assert_eq!(newest[1..], without_gap);
    }

    #[test]
    fn a_line_is_not_forgotten_before_it_was_journalled() {
        let mut phone = Conversation::new(PhoneId(0), BTreeMap::new(), Habits::default());
        phone.enter("c1".into());
        for sequence in 0..1000 {
            phone.step(Timestamp(0), message(sequence));
            phone.forget(100);
        }
        assert_eq!(phone.take_changed().len(), 1000);
    }
}
