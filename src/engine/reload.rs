//! Lines a conversation has forgotten, fetched from the journal before a step
//! that is about them.

use std::collections::BTreeSet;

use crate::{
    domain::{
        conversation::{Conversation, event::PhoneEvent, reload::Lacking},
        ids::PhoneId,
        notice::Severity,
    },
    engine::turn::{Engine, Turn},
};

impl Engine {
    /// Steps one phone by an event, once it has the old lines the event is about.
    pub(super) async fn reload_and_step(
        &mut self,
        turn: &mut Turn,
        id: PhoneId,
        event: PhoneEvent,
    ) {
        self.reload(id, |talk| talk.lacks(&event)).await;
        self.step(turn, id, event);
    }

    /// Fetches what a phone lacks of its old lines.
    pub(super) async fn reload(
        &mut self,
        id: PhoneId,
        lacks: impl Fn(&Conversation) -> Vec<Lacking>,
    ) {
        let Some(phone) = self.phones.get_mut(&id) else {
            return;
        };
        // Some of it shows only when the rest is there; none of it is fetched twice.
        let mut asked = BTreeSet::new();
        loop {
            let mut wanted = lacks(&phone.conversation);
            wanted.retain(|lack| asked.insert(*lack));
            if wanted.is_empty() {
                return;
            }
            match self.journal.reload(id, wanted).await {
                Ok(lines) => phone.conversation.reload(lines),
                Err(error) => {
                    let words = error.to_string();
                    let hint = "what was just done or heard may be missing at old lines";
                    return self
                        .notify(Severity::Error, "reading old lines", &words, hint)
                        .await;
                }
            }
        }
    }
}
