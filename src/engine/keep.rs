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
        device::{Device, Lies},
        perform::unjournalled,
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
                    if let Some(device) = self.devices.get_mut(&thread) {
                        device.saved = device.conversation.saved().clone();
                    }
                }
                for thread in phones {
                    if let Some(device) = self.devices.get_mut(&thread) {
                        device.is_new = false;
                    }
                }
                for (thread, ordinal) in dialogs {
                    if let Some(device) = self.devices.get_mut(&thread) {
                        device.dialogs_kept([ordinal]);
                    }
                }
                for thread in touched {
                    if let Some(device) = self.devices.get_mut(thread) {
                        let is_away = device.lies == Lies::Away;
                        let keep = if is_away { LINES_AWAY } else { LINES };
                        device.conversation.forget(keep);
                    }
                }
                Ok(())
            }
            Err(error) => {
                // The next turn tries the state again, and these lines with it.
                for item in items {
                    if let Some(device) = self.devices.get_mut(&item.id.thread) {
                        device.conversation.change_again(&[item]);
                    }
                }
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
        let all = self.devices.iter().filter(|(thread, device)| {
            self.journal_fails || device.is_new || touched.contains(thread)
        });
        for (&thread, device) in all {
            if *device.conversation.saved() != device.saved {
                let state = serde_json::to_value(device.conversation.saved())?;
                let current = device.conversation.current().cloned();
                save.threads.push((thread, state, current));
            }
            if device.is_new {
                let persona = device.kept()?;
                let consumer = device.persona.consumer.to_string();
                let is_open = device.lies == Lies::Open;
                save.phones.push((thread, consumer, persona, is_open));
            }
            for (ordinal, conversation, dialog) in device.new_dialogs() {
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
            let (Some(effect), Some(device)) = (effect, self.devices.get_mut(&thread)) else {
                continue;
            };
            if let Err(reason) = &kept
                && let Some(failed) = unjournalled(&effect, reason)
            {
                failed_threads.insert(thread);
                let more = device.conversation.step(now, failed);
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
                    self.tell(severity, &title, problem.words().as_str(), &hint)
                        .await;
                }
                Effect::Remark(text) => {
                    let title = self.about(thread, text);
                    self.tell(Severity::Info, &title, "", "").await;
                }
                Effect::Concerns(_) => {}
                call => {
                    if let Effect::Upload { request, item, .. } = &call {
                        device.remember(*request, vec![*item]);
                    }
                    if let Effect::Send { request, items, .. } = &call {
                        device.remember(*request, items.clone());
                    }
                    self.performer.perform(thread, device, call);
                }
            }
        }
        if kept.is_err() {
            // What failed just now is shown at once, and kept when the journal can be written.
            for thread in failed_threads {
                let Some(device) = self.devices.get_mut(&thread) else {
                    continue;
                };
                let items = device.conversation.take_changed();
                device.conversation.change_again(&items);
                if !items.is_empty() {
                    self.update(Update::Items(items)).await;
                }
            }
        }
    }

    /// Words about one phone; whose, when several lie on the desk.
    fn about(&self, thread: u32, words: &str) -> String {
        let open = |device: &&Device| device.lies != Lies::Away;
        match self.devices.get(&thread) {
            Some(device) if self.devices.values().filter(open).count() > 1 => {
                format!("{}: {words}", device.persona.name)
            }
            _ => words.to_owned(),
        }
    }
}
