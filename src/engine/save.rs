//! The second half of a turn: the outcome is journalled, and only then are the
//! effects performed. While the journal cannot be written nothing is sent: each
//! call counts as one that never arrived, and is tried again as those are.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use crate::{
    domain::{
        conversation::effect::Effect,
        ids::PhoneId,
        line::Line,
        notice::{Notice, Severity, Topic},
        retry::Problem,
        text::SafeText,
        time::Timestamp,
        workspace::view::WorkspaceDraft,
    },
    engine::{
        LINES, LINES_AWAY,
        perform::unjournalled,
        phone::{Phone, PhoneState},
        turn::Engine,
        update::Update,
    },
    store::Save,
};

/// The notice that something did not work on a phone, and when it is tried again by itself.
pub(super) fn failed(
    id: PhoneId,
    title: String,
    problem: &Problem,
    again: Option<Duration>,
) -> Notice {
    Notice {
        severity: match (problem, again) {
            (Problem::Declined, _) => Severity::Info,
            (_, Some(_)) => Severity::Warning,
            (_, None) => Severity::Error,
        },
        title,
        detail: problem.words().as_str().to_owned(),
        hint: match again {
            Some(after) => format!("trying again in {} s", after.as_secs().max(1)),
            None => problem.hint().to_string(),
        },
        topic: Some(Topic::Phone(id)),
        ..Notice::default()
    }
}

impl Engine {
    /// Journals what changed since the last time, whole or not at all.
    pub(super) async fn save(
        &mut self,
        items: Vec<Line>,
        touched: &BTreeSet<PhoneId>,
    ) -> Result<(), SafeText> {
        let save = self
            .what_to_save(&items, touched)
            .map_err(|error| SafeText::clean(&error.to_string()))?;
        if save == Save::default() {
            return Ok(());
        }
        let states: Vec<PhoneId> = save.states.iter().map(|(id, ..)| *id).collect();
        let phones: Vec<PhoneId> = save.phones.iter().map(|(id, ..)| *id).collect();
        let dialogs: Vec<(PhoneId, u32)> = save
            .dialogs
            .iter()
            .map(|(id, ordinal, ..)| (*id, *ordinal))
            .collect();
        match self.journal.save(save).await {
            Ok(()) => {
                self.links.clear();
                self.drafts.clear();
                self.workspace_drafts.clear();
                self.saved_cursor = self.cursor;
                if std::mem::take(&mut self.journal_fails) {
                    let title = "the conversation is kept again";
                    self.notify_about(Topic::Journal, Severity::Success, (title, "", ""))
                        .await;
                }
                for id in states {
                    if let Some(phone) = self.phones.get_mut(&id) {
                        phone.saved = phone.conversation.saved().clone();
                    }
                }
                for id in phones {
                    if let Some(phone) = self.phones.get_mut(&id) {
                        phone.is_new = false;
                    }
                }
                for (id, ordinal) in dialogs {
                    if let Some(phone) = self.phones.get_mut(&id) {
                        phone.dialogs_kept([ordinal]);
                    }
                }
                for id in touched {
                    if let Some(phone) = self.phones.get_mut(id) {
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
                    let phone = item.id.phone.and_then(|id| self.phones.get_mut(&id));
                    if let Some(phone) = phone {
                        phone.conversation.change_again(&[item]);
                    }
                }
                let words = error.to_string();
                if !std::mem::replace(&mut self.journal_fails, true) {
                    let hint = "nothing is sent until the journal can be written again";
                    let told = ("keeping the conversation", words.as_str(), hint);
                    self.notify_about(Topic::Journal, Severity::Error, told)
                        .await;
                }
                Err(SafeText::clean(&words))
            }
        }
    }

    fn what_to_save(
        &self,
        items: &[Line],
        touched: &BTreeSet<PhoneId>,
    ) -> Result<Save, serde_json::Error> {
        let mut save = Save {
            items: items.to_vec(),
            links: self.links.clone(),
            drafts: self
                .drafts
                .iter()
                .map(|((phone, conversation), text)| (*phone, conversation.clone(), text.clone()))
                .collect(),
            workspace_drafts: self
                .workspace_drafts
                .iter()
                .map(|((agent, conversation), text)| WorkspaceDraft {
                    agent: agent.clone(),
                    conversation: conversation.as_str().into(),
                    text: text.clone(),
                })
                .collect(),
            cursor: (self.cursor != self.saved_cursor).then_some(self.cursor),
            ..Save::default()
        };
        // After a failure every phone may have something left to keep.
        let all = self
            .phones
            .iter()
            .filter(|(id, phone)| self.journal_fails || phone.is_new || touched.contains(id));
        for (&id, phone) in all {
            if *phone.conversation.saved() != phone.saved {
                let state = serde_json::to_value(phone.conversation.saved())?;
                let current = phone.conversation.current().cloned();
                save.states.push((id, state, current));
            }
            if phone.is_new {
                let persona = phone.kept()?;
                let consumer = phone.persona.consumer.to_string();
                let is_open = phone.state == PhoneState::Open;
                save.phones.push((id, consumer, persona, is_open));
            }
            for (ordinal, conversation, dialog) in phone.new_dialogs() {
                save.dialogs.push((id, ordinal, conversation, dialog));
            }
        }
        Ok(save)
    }

    /// Performs the effects, or has them fail when their state could not be kept.
    pub(super) async fn perform(
        &mut self,
        effects: Vec<(PhoneId, Effect)>,
        kept: Result<(), SafeText>,
    ) {
        let now = Timestamp(self.clock.unix_millis());
        let mut effects = VecDeque::from(effects);
        let mut failed_phones = BTreeSet::new();
        while let Some((id, effect)) = effects.pop_front() {
            let effect = match kept {
                Ok(()) => self.defer_opening(id, effect).await,
                Err(_) => Some(effect),
            };
            let (Some(effect), Some(phone)) = (effect, self.phones.get_mut(&id)) else {
                continue;
            };
            if let Err(reason) = &kept
                && let Some(failed) = unjournalled(&effect, reason)
            {
                failed_phones.insert(id);
                let more = phone.conversation.step(now, failed);
                effects.extend(more.into_iter().map(|effect| (id, effect)));
                continue;
            }
            match effect {
                Effect::Wake { timer, after } => self.timers.set((id, timer), after),
                Effect::Tell {
                    tried,
                    problem,
                    again,
                } => {
                    let title = self.about(id, tried);
                    self.tell(failed(id, title, &problem, again)).await;
                }
                Effect::Remark(text) => {
                    let title = self.about(id, text);
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
                    self.performer.perform(id, phone, call);
                }
            }
        }
        if kept.is_err() {
            // What failed just now is shown at once, and kept when the journal can be written.
            for id in failed_phones {
                let Some(phone) = self.phones.get_mut(&id) else {
                    continue;
                };
                let items = phone.conversation.take_changed();
                phone.conversation.change_again(&items);
                if !items.is_empty() {
                    self.update(Update::Lines(items)).await;
                }
            }
        }
    }

    /// Words about one phone, with the consumer's name when several phones are open.
    fn about(&self, id: PhoneId, words: &str) -> String {
        let open = |phone: &&Phone| phone.state != PhoneState::Away;
        match self.phones.get(&id) {
            Some(phone) if self.phones.values().filter(open).count() > 1 => {
                format!("{}: {words}", phone.persona.name)
            }
            _ => words.to_owned(),
        }
    }
}
