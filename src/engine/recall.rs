//! Lines a conversation has forgotten, fetched from the journal before a step
//! that is about them.

use std::collections::BTreeSet;

use crate::{
    domain::{
        conversation::{Conversation, event::Event, recall::Lacking},
        notice::Severity,
    },
    engine::turn::{Engine, Turn},
};

impl Engine {
    /// Takes one event to one phone, with the old lines it is about.
    pub(super) async fn take(&mut self, turn: &mut Turn, thread: u32, event: Event) {
        self.recall(thread, |talk| talk.lacks(&event)).await;
        self.step(turn, thread, event);
    }

    /// Fetches what a phone lacks of its old lines.
    pub(super) async fn recall(
        &mut self,
        thread: u32,
        lacks: impl Fn(&Conversation) -> Vec<Lacking>,
    ) {
        let Some(phone) = self.phones.get_mut(&thread) else {
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
            match self.journal.reload(thread, wanted).await {
                Ok(lines) => phone.conversation.recall(lines),
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
