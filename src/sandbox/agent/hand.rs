//! What an agent can do: take rings, publish, change conversations, look back.

use std::sync::Arc;

use serde_json::Value;

use crate::{
    domain::ids::{ConversationId, DialogId, ParticipantId, Sequence},
    sandbox::{
        cloud::{
            Actor, changes::View, conversation::Event, fields::Field, publish::Message,
            refusal::Refusal,
        },
        hub::Hub,
    },
};

/// What an agent can do; cheap to clone.
#[derive(Debug, Clone)]
pub struct Hand {
    hub: Arc<Hub>,
    agent: ParticipantId,
}

impl Hand {
    /// The hand of an agent without a desk: it can act, and hears nothing.
    pub fn new(hub: &Arc<Hub>, agent: ParticipantId) -> Self {
        Self {
            hub: hub.clone(),
            agent,
        }
    }

    /// The agent's PID.
    pub fn agent(&self) -> &ParticipantId {
        &self.agent
    }

    /// Takes a conversation that rings here.
    pub async fn accept_ring(&self, conversation: &ConversationId) -> Result<(), Refusal> {
        self.hub
            .perform(|cloud, now, changes| cloud.assign(now, &self.agent, conversation, changes))
            .await
    }

    /// Turns a ring down; it goes to the next agent.
    pub fn reject_ring(&self, conversation: &ConversationId) {
        self.hub.desks().pass_on(conversation, &self.agent);
    }

    /// Publishes text, structured content, a receipt or a chat state.
    pub async fn publish(
        &self,
        dialog: &DialogId,
        message: impl Into<Message>,
    ) -> Result<Sequence, Refusal> {
        let message = message.into();
        self.hub
            .perform(|cloud, now, changes| {
                cloud.publish(now, Actor::Agent(&self.agent), dialog, message, changes)
            })
            .await
    }

    /// Publishes, and keeps something about the conversation in the same moment.
    pub async fn publish_and_remember(
        &self,
        dialog: &DialogId,
        message: impl Into<Message>,
        memo: Value,
    ) -> Result<Sequence, Refusal> {
        let message = message.into();
        self.hub
            .perform(|cloud, now, changes| {
                let actor = Actor::Agent(&self.agent);
                let sequence = cloud.publish(now, actor, dialog, message, changes)?;
                let conversation = cloud.reach_dialog(actor, dialog)?;
                cloud.remember(&conversation, memo, changes);
                Ok(sequence)
            })
            .await
    }

    /// Closes, joins, leaves, changes the time-to-respond.
    pub async fn update(
        &self,
        conversation: &ConversationId,
        fields: &[Field],
    ) -> Result<(), Refusal> {
        self.hub
            .perform(|cloud, now, changes| {
                let actor = Actor::Agent(&self.agent);
                cloud.update(now, actor, conversation, fields, changes)
            })
            .await
    }

    /// Keeps something about a conversation that a later run of this client will want.
    pub async fn remember(
        &self,
        conversation: &ConversationId,
        memo: Value,
    ) -> Result<(), Refusal> {
        self.hub
            .perform(|cloud, _, changes| {
                cloud.remember(conversation, memo, changes);
                Ok(())
            })
            .await
    }

    /// What was published in a conversation so far, and what was kept about it.
    pub fn history(&self, conversation: &ConversationId) -> (Vec<Arc<Event>>, Option<Value>) {
        self.hub.look(|cloud| {
            let memo = cloud
                .conversation(conversation)
                .and_then(|found| found.memo.clone());
            (cloud.history(conversation), memo)
        })
    }

    /// The open conversations this agent owns, in the order they were begun.
    pub fn conversations(&self) -> Vec<View> {
        self.hub.look(|cloud| {
            cloud
                .conversations()
                .into_iter()
                .filter(|one| one.is_open() && one.assigned() == Some(&self.agent))
                .map(View::of)
                .collect()
        })
    }
}
