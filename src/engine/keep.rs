//! The second half of a turn: the outcome is journalled, and only then are the
//! effects performed. While the journal cannot be written nothing is sent: each
//! call counts as one that never arrived, and is tried again as those are.

use std::collections::VecDeque;

use crate::{
    domain::{conversation::effect::Effect, item::Item, text::SafeText, time::Timestamp},
    engine::{THREAD, notice::Severity, perform::unjournalled, turn::Engine, update::Update},
    rt::clock,
    store::Save,
};

/// Requests whose bubbles are remembered until their exchange is reported.
const REMEMBERED_REQUESTS: usize = 1024;

impl Engine {
    /// Journals what changed since the last time, whole or not at all.
    pub(super) async fn save(&mut self, items: Vec<Item>) -> Result<(), SafeText> {
        let state_changed = *self.conversation.saved() != self.saved;
        if items.is_empty()
            && self.links.is_empty()
            && !state_changed
            && self.cursor == self.saved_cursor
        {
            return Ok(());
        }
        let state = serde_json::to_value(self.conversation.saved())
            .map_err(|error| SafeText::clean(&error.to_string()))?;
        let conversation = self.conversation.current().cloned();
        let save = Save {
            items: items.clone(),
            threads: vec![(THREAD, state, conversation)],
            links: self.links.clone(),
            cursor: Some(self.cursor),
            ..Save::default()
        };
        match self.journal.save(save).await {
            Ok(()) => {
                self.links.clear();
                self.saved = self.conversation.saved().clone();
                self.saved_cursor = self.cursor;
                self.journal_fails = false;
                Ok(())
            }
            Err(error) => {
                // The next turn tries the state again, and these lines with it.
                self.conversation.change_again(&items);
                let words = error.to_string();
                if !std::mem::replace(&mut self.journal_fails, true) {
                    let hint = "nothing is sent until the journal can be written again";
                    self.tell(Severity::Error, "keeping the conversation", &words, hint)
                        .await;
                }
                Err(SafeText::clean(&words))
            }
        }
    }

    /// Lets the effects out, or has them fail when their state could not be kept.
    pub(super) async fn perform(&mut self, effects: Vec<Effect>, kept: Result<(), SafeText>) {
        let now = Timestamp(clock::unix_millis());
        let mut effects = VecDeque::from(effects);
        while let Some(effect) = effects.pop_front() {
            if let Err(reason) = &kept
                && let Some(failed) = unjournalled(&effect, reason)
            {
                effects.extend(self.conversation.step(now, failed));
                continue;
            }
            match effect {
                Effect::Wake { timer, after } => self.timers.set(timer, after),
                Effect::Tell {
                    tried,
                    problem,
                    again,
                } => {
                    let severity = if again.is_some() {
                        Severity::Warning
                    } else {
                        Severity::Error
                    };
                    let hint = match again {
                        Some(after) => format!("trying again in {} s", after.as_secs().max(1)),
                        None => problem.hint().to_string(),
                    };
                    self.tell(severity, tried, problem.words().as_str(), &hint)
                        .await;
                }
                Effect::Remark(text) => self.tell(Severity::Info, text, "", "").await,
                Effect::Concerns(_) => {}
                call => {
                    if let Effect::Send { request, items, .. } = &call {
                        if self.requests.len() >= REMEMBERED_REQUESTS {
                            self.requests.clear();
                        }
                        self.requests.insert(*request, items.clone());
                    }
                    self.performer.perform(call);
                }
            }
        }
        if kept.is_err() {
            // What failed just now is shown at once, and kept when the journal can be written.
            let items = self.conversation.take_changed();
            self.conversation.change_again(&items);
            if !items.is_empty() {
                self.update(Update::Items(items)).await;
            }
        }
    }
}
