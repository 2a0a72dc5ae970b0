//! The account's state, pure: consumers, agents, conversations, dialogs, files, surveys, installs.
//!
//! There is no clock, no socket and no disk in here. The time comes in with each call, chance comes
//! from a seeded generator, and what must be stored or sent goes out as a [`Changes`] value, with
//! notifications printed as they stand on the wire. The same calls therefore give the same answers.

pub(crate) mod amend;
pub(crate) mod automatic;
mod bounds;
pub(crate) mod changes;
pub(crate) mod conversation;
pub mod dialog;
pub(crate) mod directory;
pub(crate) mod engagement;
pub mod fields;
pub(crate) mod files;
pub(crate) mod history;
pub(crate) mod installs;
pub(crate) mod manifest;
pub mod notify;
mod parts;
pub(crate) mod people;
pub(crate) mod phonebook;
pub(crate) mod printed_conversation;
pub mod publication;
pub mod publish;
pub(crate) mod questions;
pub(crate) mod record;
pub mod refusal;
pub mod roster;
pub mod rules;
mod said;
pub(crate) mod snapshot;
pub(crate) mod staff;
pub(crate) mod survey;
pub(crate) mod trail;
pub(crate) mod update;
pub mod webhooks;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use serde_json::Value;

use crate::{
    domain::{
        ids::{AccountId, ClientId, ConversationId, DialogId, ParticipantId},
        secret::Secret,
        time::Timestamp,
    },
    sandbox::model::{
        changes::Changes,
        conversation::{Conversation, Opening},
        dialog::{Dialog, Participant},
        directory::Directory,
        engagement::EngagementSessions,
        files::FileStore,
        installs::Install,
        manifest::Manifest,
        people::{Consumer, ConsumerProfile},
        refusal::Refusal,
        rules::{Rules, declares},
        trail::Trail,
    },
};

/// What a connector knows about itself.
#[derive(Debug, Clone)]
pub(crate) struct App {
    /// `client_id`, which equals the record's `id` and the AppJWT's `azp`.
    pub client: ClientId,
    /// What tokens are asked for with, and notifications signed with.
    pub secret: Secret,
    /// What its AppJWTs allow; `msg.consumer` for a connector.
    pub scope: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor<'a> {
    /// The consumer named by the ConsumerJWS.
    Consumer(&'a ParticipantId),
    Agent(&'a ParticipantId),
}

impl<'a> Actor<'a> {
    /// Who it is, whatever it is.
    pub(crate) fn id(self) -> &'a ParticipantId {
        match self {
            Self::Consumer(id) | Self::Agent(id) => id,
        }
    }
}

/// One account of the emulated cloud.
#[derive(Debug)]
pub(crate) struct Cloud {
    account: AccountId,
    directory: Arc<Directory>,
    /// The one the sandbox was begun with, then the others.
    installs: Vec<Install>,
    rng: fastrand::Rng,
    consumers: HashMap<ParticipantId, Consumer>,
    conversations: HashMap<ConversationId, Conversation>,
    dialogs: HashMap<DialogId, ConversationId>,
    file_store: FileStore,
    sessions: EngagementSessions,
    rules: Rules,
    surveying: BTreeSet<ConversationId>,
}

impl Cloud {
    /// An account with its app install and no consumers.
    pub(crate) fn new(account: AccountId, app: App, rng: fastrand::Rng) -> Self {
        let manifest = Manifest::usual(&app.scope);
        Self {
            directory: Arc::new(Directory::new(&account)),
            account,
            installs: vec![Install::new(app, manifest, Timestamp(0), 0)],
            rng,
            consumers: HashMap::new(),
            conversations: HashMap::new(),
            dialogs: HashMap::new(),
            file_store: FileStore::default(),
            sessions: EngagementSessions::default(),
            rules: Rules::default(),
            surveying: BTreeSet::new(),
        }
    }

    /// The account set up otherwise than by default.
    pub(crate) fn with_rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    /// Puts back what an earlier run stored.
    pub(crate) fn restore(&mut self, consumers: Vec<Consumer>, conversations: Vec<Conversation>) {
        for consumer in consumers {
            self.consumers.insert(consumer.id.clone(), consumer);
        }
        for conversation in conversations {
            if conversation.open_survey().is_some() {
                self.surveying.insert(conversation.id.clone());
            }
            for dialog in &conversation.dialogs {
                self.dialogs
                    .insert(dialog.id.clone(), conversation.id.clone());
            }
            self.conversations
                .insert(conversation.id.clone(), conversation);
        }
    }

    pub(crate) fn account(&self) -> &AccountId {
        &self.account
    }

    /// Who is who on the account's side.
    pub(crate) fn directory(&self) -> &Arc<Directory> {
        &self.directory
    }

    /// How the account is set up.
    pub(crate) fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A dialog with the conversation it belongs to, by the dialog's id.
    pub(crate) fn dialog(&self, id: &DialogId) -> Option<(&Conversation, &Dialog)> {
        let conversation = self.conversations.get(self.dialogs.get(id)?)?;
        let dialog = conversation.dialogs.iter().find(|one| one.id == *id)?;
        Some((conversation, dialog))
    }

    /// Where the generator of ids stands, for the next run to go on from.
    pub(crate) fn chance(&self) -> u64 {
        self.rng.get_seed()
    }

    pub(crate) fn conversation(&self, id: &ConversationId) -> Option<&Conversation> {
        self.conversations.get(id)
    }

    pub(crate) fn consumer(&self, id: &ParticipantId) -> Option<&Consumer> {
        self.consumers.get(id)
    }

    /// Every conversation, in the order they were begun.
    pub(crate) fn conversations(&self) -> Vec<&Conversation> {
        let mut all: Vec<_> = self.conversations.values().collect();
        all.sort_by(|a, b| (a.started, &a.id).cmp(&(b.started, &b.id)));
        all
    }

    /// The consumer with this external name, made known if it is new.
    pub(crate) fn sign_up(&mut self, external: &str, changes: &mut Changes) -> ParticipantId {
        let id = people::consumer_id(&self.account, external);
        if !self.consumers.contains_key(&id) {
            let consumer = Consumer::new(id.clone(), external);
            changes.consumers.insert(id.clone());
            self.consumers.insert(id.clone(), consumer);
        }
        id
    }

    /// Keeps what the connector tells about a consumer; see `send-api` 2.2.
    pub(crate) fn set_profile(
        &mut self,
        id: &ParticipantId,
        profile: ConsumerProfile,
        changes: &mut Changes,
    ) {
        if let Some(consumer) = self.consumers.get_mut(id) {
            consumer.take(profile);
            changes.consumers.insert(id.clone());
        }
    }

    /// Keeps the client properties of a request; the last header wins (`send-api` 5).
    ///
    /// The conversation it was about is told with them when it next changes.
    pub(crate) fn set_client_properties(
        &mut self,
        id: &ParticipantId,
        conversation: Option<&ConversationId>,
        properties: Value,
        changes: &mut Changes,
    ) {
        if let Some(conversation) = conversation.and_then(|id| self.conversations.get_mut(id))
            && !conversation.keeps_properties
            && conversation.context.note(&properties)
        {
            changes.conversations.insert(conversation.id.clone());
        }
        if let Some(consumer) = self.consumers.get_mut(id)
            && consumer.client_properties.as_ref() != Some(&properties)
        {
            consumer.client_properties = Some(properties);
            changes.consumers.insert(id.clone());
        }
    }

    /// Whether a request declares a feature: by its header, or, where it has none, by what the
    /// conversation's context says of the device.
    pub(crate) fn is_declared(
        &self,
        id: &ConversationId,
        header: Option<&Value>,
        feature: &str,
    ) -> bool {
        let context = || {
            let found = self.conversations.get(id)?;
            found
                .context
                .given_properties()
                .filter(|_| found.keeps_properties)
        };
        declares(header.or_else(context), feature)
    }

    /// Begins a conversation with its MAIN dialog; see `send-api` 2.
    pub(crate) fn open(
        &mut self,
        now: Timestamp,
        consumer: &ParticipantId,
        client: &ClientId,
        opening: Opening,
        changes: &mut Changes,
    ) -> Result<ConversationId, Refusal> {
        let conversation = self.begin(now, consumer, client, opening, changes)?;
        changes.notify_conversation(&self.account, &conversation);
        let id = conversation.id.clone();
        self.conversations.insert(id.clone(), conversation);
        Ok(id)
    }

    /// A conversation without a notification yet.
    fn begin(
        &mut self,
        now: Timestamp,
        consumer: &ParticipantId,
        client: &ClientId,
        opening: Opening,
        changes: &mut Changes,
    ) -> Result<Conversation, Refusal> {
        self.make_room(changes);
        let id = ConversationId::from(self.uuid());
        let record = self
            .consumers
            .get_mut(consumer)
            .ok_or_else(|| Refusal::bad("the consumer is not known"))?;
        let first = record.conversations == 0;
        record.conversations += 1;
        changes.consumers.insert(consumer.clone());
        let skill = match &self.rules.default_skill {
            Some(default) if opening.skill.as_str() == roster::UNASSIGNED => default.clone(),
            _ => opening.skill,
        };
        let dialog = Dialog::main(&id, now, Participant::consumer(consumer.clone()));
        self.dialogs.insert(dialog.id.clone(), id.clone());
        let mut conversation = Conversation {
            id,
            client: client.clone(),
            consumer: consumer.clone(),
            skill,
            dialogs: vec![dialog],
            started: now,
            ended: None,
            updated: now,
            first,
            close_reason: None,
            ttr: opening.ttr,
            owed_since: Some(now),
            csat: None,
            campaign: opening.campaign,
            keeps_properties: opening.context.has_properties(),
            context: opening
                .context
                .joined_with(record.client_properties.as_ref()),
            scratch: None,
            welcome_until: None,
            trail: Trail::default(),
        };
        conversation.watch();
        Ok(conversation)
    }

    /// The conversation a dialog belongs to, if the actor may use it.
    ///
    /// Not known comes before not owned; see `domains-and-auth` 5 for the order.
    pub(crate) fn reach_dialog(
        &self,
        actor: Actor<'_>,
        dialog: &DialogId,
    ) -> Result<ConversationId, Refusal> {
        let id = self
            .dialogs
            .get(dialog)
            .ok_or(Refusal::UnknownConversation)?;
        self.reach(actor, id).map(|found| found.id.clone())
    }

    /// A conversation, if the actor may use it.
    pub(crate) fn reach(
        &self,
        actor: Actor<'_>,
        id: &ConversationId,
    ) -> Result<&Conversation, Refusal> {
        let found = self
            .conversations
            .get(id)
            .ok_or(Refusal::UnknownConversation)?;
        match actor {
            Actor::Consumer(consumer) if found.consumer != *consumer => Err(Refusal::NotOwner),
            Actor::Consumer(_) | Actor::Agent(_) => Ok(found),
        }
    }

    /// A UUID in the shape of version 4, from the seed.
    fn uuid(&mut self) -> String {
        let bytes = self.rng.u128(..).to_be_bytes();
        uuid::Builder::from_random_bytes(bytes)
            .into_uuid()
            .to_string()
    }
}
