//! The second half of a turn: the outcome is journalled, and only then are the
//! effects performed. While the journal cannot be written nothing is sent: each
//! call counts as one that never arrived, and is tried again as those are.

use std::collections::{BTreeSet, VecDeque};

use crate::{
    domain::{
        conversation::effect::Effect, item::Item, notice::Severity, retry::Problem, text::SafeText,
        time::Timestamp,
    },
    engine::{
        LINES, LINES_AWAY,
        perform::unjournalled,
        phone::{Phone, PhoneState},
        turn::Engine,
        update::Update,
    },
    rt::clock,
    store::Save,
};

impl Engine {
    /// Journals what changed since the last time, whole or not at all.
    pub(super) async fn save(
        &mut self,
        items: Vec<Item>,
        touched: &BTreeSet<u32>,
    ) -> Result<(), SafeText> {
        let save = self
            .what_to_save(&items, touched)
            .map_err(|error| SafeText::clean(&error.to_string()))?;
        if save == Save::default() {
            return Ok(());
        }
        let threads: Vec<u32> = save.threads.iter().map(|(thread, ..)| *thread).collect();
        let phones: Vec<u32> = save.phones.iter().map(|(thread, ..)| *thread).collect();
        let dialogs: Vec<(u32, u32)> = save
            .dialogs
            .iter()
            .map(|(thread, ordinal, ..)| (*thread, *ordinal))
            .collect();
        match self.journal.save(save).await {
            Ok(()) => {
                self.links.clear();
                self.saved_cursor = self.cursor;
                self.journal_fails = false;
                for thread in threads {
                    if let Some(phone) = self.phones.get_mut(&thread) {
                        phone.saved = phone.conversation.saved().clone();
                    }
                }
                for thread in phones {
                    if let Some(phone) = self.phones.get_mut(&thread) {
                        phone.is_new = false;
                    }
                }
                for (thread, ordinal) in dialogs {
                    if let Some(phone) = self.phones.get_mut(&thread) {
                        phone.dialogs_kept([ordinal]);
                    }
                }
                for thread in touched {
                    if let Some(phone) = self.phones.get_mut(thread) {
                        let is_away = phone.state == PhoneState::Away;
                        let keep = if is_away { LINES_AWAY } else { LINES };
                        phone.conversation.forget(keep);
                    }
                }
                Ok(())
            }
            Err(error) => {
                // The next turn tries the state again, and these lines with it.
                for item in items {
                    if let Some(phone) = self.phones.get_mut(&item.id.thread) {
                        phone.conversation.change_again(&[item]);
                    }
                }
                let words = error.to_string();
                if !std::mem::replace(&mut self.journal_fails, true) {
                    let hint = "nothing is sent until the journal can be written again";
                    self.notify(Severity::Error, "keeping the conversation", &words, hint)
                        .await;
                }
                Err(SafeText::clean(&words))
            }
        }
    }

    fn what_to_save(
        &self,
        items: &[Item],
        touched: &BTreeSet<u32>,
    ) -> Result<Save, serde_json::Error> {
        let mut save = Save {
            items: items.to_vec(),
            links: self.links.clone(),
            cursor: (self.cursor != self.saved_cursor).then_some(self.cursor),
            ..Save::default()
        };
        // After a failure every phone may have something left to keep.
        let all = self.phones.iter().filter(|(thread, phone)| {
            self.journal_fails || phone.is_new || touched.contains(thread)
        });
        for (&thread, phone) in all {
            if *phone.conversation.saved() != phone.saved {
                let state = serde_json::to_value(phone.conversation.saved())?;
                let current = phone.conversation.current().cloned();
                save.threads.push((thread, state, current));
            }
            if phone.is_new {
                let persona = phone.kept()?;
                let consumer = phone.persona.consumer.to_string();
                let is_open = phone.state == PhoneState::Open;
                save.phones.push((thread, consumer, persona, is_open));
            }
            for (ordinal, conversation, dialog) in phone.new_dialogs() {
                save.dialogs.push((thread, ordinal, conversation, dialog));
            }
        }
        Ok(save)
    }

    /// Lets the effects out, or has them fail when their state could not be kept.
    pub(super) async fn perform(
        &mut self,
        effects: Vec<(u32, Effect)>,
        kept: Result<(), SafeText>,
    ) {
        let now = Timestamp(clock::unix_millis());
        let mut effects = VecDeque::from(effects);
        let mut failed_threads = BTreeSet::new();
        while let Some((thread, effect)) = effects.pop_front() {
            let effect = match kept {
                Ok(()) => self.hold_back(thread, effect).await,
                Err(_) => Some(effect),
            };
            let (Some(effect), Some(phone)) = (effect, self.phones.get_mut(&thread)) else {
                continue;
            };
            if let Err(reason) = &kept
                && let Some(failed) = unjournalled(&effect, reason)
            {
                failed_threads.insert(thread);
                let more = phone.conversation.step(now, failed);
                effects.extend(more.into_iter().map(|effect| (thread, effect)));
                continue;
            }
            match effect {
                Effect::Wake { timer, after } => self.timers.set(thread, timer, after),
                Effect::Tell {
                    tried,
                    problem,
                    again,
                } => {
                    let severity = match (&problem, again) {
                        (Problem::Declined, _) => Severity::Info,
                        (_, Some(_)) => Severity::Warning,
                        (_, None) => Severity::Error,
                    };
                    let hint = match again {
                        Some(after) => format!("trying again in {} s", after.as_secs().max(1)),
                        None => problem.hint().to_string(),
                    };
                    let title = self.about(thread, tried);
                    self.notify(severity, &title, problem.words().as_str(), &hint)
                        .await;
                }
                Effect::Remark(text) => {
                    let title = self.about(thread, text);
                    self.notify(Severity::Info, &title, "", "").await;
                }
                Effect::Concerns(_) => {}
                call => {
                    if let Effect::Upload { request, item, .. } = &call {
                        phone.remember(*request, vec![*item]);
                    }
                    if let Effect::Send { request, items, .. } = &call {
                        phone.remember(*request, items.clone());
                    }
                    self.performer.perform(thread, phone, call);
                }
            }
        }
        if kept.is_err() {
            // What failed just now is shown at once, and kept when the journal can be written.
            for thread in failed_threads {
                let Some(phone) = self.phones.get_mut(&thread) else {
                    continue;
                };
                let items = phone.conversation.take_changed();
                phone.conversation.change_again(&items);
                if !items.is_empty() {
                    self.update(Update::Items(items)).await;
                }
            }
        }
    }

    /// Words about one phone, with the consumer's name when several phones are open.
    fn about(&self, thread: u32, words: &str) -> String {
        let open = |phone: &&Phone| phone.state != PhoneState::Away;
        match self.phones.get(&thread) {
            Some(phone) if self.phones.values().filter(open).count() > 1 => {
                format!("{}: {words}", phone.persona.name)
            }
            _ => words.to_owned(),
        }
    }
}
