//! What to call whom, and who a consumer is.

use std::collections::BTreeMap;

use crate::domain::{
    ids::{ConversationId, ParticipantId, SkillId},
    retry::Problem,
    text::SafeText,
    wire::ums::{frame::Answer, profile, request::Request},
    workspace::{
        Workspace, conversations::KnownConversation, effect::Effect, state::Purpose, view::Consumer,
    },
};

/// Characters of an id that stand for a name.
const SHORT: usize = 8;

#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct People {
    given: BTreeMap<ParticipantId, SafeText>,
    /// What the account's configuration says; it replaces what it said before.
    told: BTreeMap<ParticipantId, SafeText>,
    skills: BTreeMap<SkillId, SafeText>,
}

impl People {
    pub(super) fn new(given: BTreeMap<ParticipantId, SafeText>) -> Self {
        Self {
            given,
            ..Self::default()
        }
    }

    /// A name, or a short form of the id.
    pub(super) fn name(&self, id: &ParticipantId) -> SafeText {
        let known = self.given.get(id).or_else(|| self.told.get(id));
        known.cloned().unwrap_or_else(|| {
            // Of a full id the latter half tells people apart.
            let id = id.as_str();
            let own = id.rsplit('.').next().unwrap_or(id);
            let short: String = own.chars().take(SHORT).collect();
            SafeText::clean(&short)
        })
    }

    /// A skill's name, or its id.
    pub(super) fn skill(&self, id: &SkillId) -> SafeText {
        match self.skills.get(id) {
            Some(name) => name.clone(),
            // Not "unassigned": somebody may have the conversation all the same.
            None if id.as_str() == "-1" => SafeText::from("no skill"),
            None => SafeText::clean(id.as_str()),
        }
    }
}

impl Workspace {
    /// It became known what people and skills are called.
    pub(super) fn named(
        &mut self,
        people: Vec<(ParticipantId, SafeText)>,
        skills: Vec<(SkillId, SafeText)>,
    ) {
        self.people.told = people.into_iter().collect();
        self.people.skills = skills.into_iter().collect();
        self.touched.extend(self.conversations.keys().cloned());
        let ids: Vec<_> = self.conversations.keys().cloned().collect();
        for id in ids {
            self.rename(&id);
        }
    }

    /// The lines of a conversation with the names that are known now.
    fn rename(&mut self, id: &ConversationId) {
        let Some(mut conversation) = self.conversations.remove(id) else {
            return;
        };
        let consumer = self.consumer_name(&conversation);
        let who = conversation.consumer().map(|one| one.full.clone());
        let people = &self.people;
        conversation.lines.rename(|by| {
            if Some(by) == who.as_ref() {
                consumer.clone()
            } else {
                people.name(by)
            }
        });
        self.conversations.insert(id.clone(), conversation);
        self.touched.insert(id.clone());
    }

    /// Asks who the consumer of a conversation is, once.
    pub(super) fn ask_profile(&mut self, id: &ConversationId, effects: &mut Vec<Effect>) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        let Some(consumer) = conversation.consumer().map(|one| one.full.clone()) else {
            return;
        };
        if conversation.profile.is_none() && !conversation.asks_profile && self.is_up {
            conversation.asks_profile = true;
            let what = Request::Profile(consumer);
            self.ask(what, Purpose::Profile(id.clone()), effects);
        }
    }

    pub(super) fn profiled(&mut self, id: &ConversationId, answer: Result<Answer, Problem>) {
        let Some(conversation) = self.conversations.get_mut(id) else {
            return;
        };
        conversation.asks_profile = false;
        conversation.profile = match answer {
            Ok(answer) => Some(profile::read(answer.body())),
            // A consumer the cloud does not know is not asked about again and again.
            Err(problem) if problem.fault().is_some() => Some(profile::Profile::default()),
            Err(_) => None,
        };
        self.rename(id);
    }

    /// What the consumer of a conversation is called.
    pub(super) fn consumer_name(&self, conversation: &KnownConversation) -> SafeText {
        let told = conversation.profile.as_ref().map(|profile| &profile.name);
        match (
            told.filter(|name| !name.is_empty()),
            conversation.consumer(),
        ) {
            (Some(name), _) => name.clone(),
            (None, Some(consumer)) => self.people.name(&consumer.full),
            (None, None) => SafeText::from("somebody"),
        }
    }

    /// What is known of the consumer of a conversation.
    pub(super) fn consumer_view(&self, conversation: &KnownConversation) -> Consumer {
        let profile = conversation.profile.clone().unwrap_or_default();
        Consumer {
            id: conversation
                .consumer()
                .map_or_else(|| "".into(), |consumer| consumer.full.clone()),
            name: self.consumer_name(conversation),
            facts: profile.facts,
            features: conversation.details.features.clone(),
            sdes: profile.sdes,
        }
    }
}
