//! What an agent can ask for: take rings, publish, change conversations, look back.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::{
    domain::ids::{ConversationId, DialogId, ParticipantId, Sequence},
    sandbox::{
        agent_session::sockets::AgentSockets,
        model::{
            Actor, Cloud,
            changes::View,
            conversation::{ConversationContext, Csat},
            dialog::Event,
            fields::Field,
            files::{File, normal_path},
            publish::Message,
            refusal::Refusal,
            roster,
        },
        routing::router::Router,
        transaction::Transactions,
    },
};

/// What an agent can ask for; cheap to clone. Without a session the agent gets no notifications.
#[derive(Debug, Clone)]
pub struct AgentApi {
    pub(super) transactions: Arc<Transactions>,
    pub(super) router: Arc<Router>,
    pub(super) sockets: Arc<AgentSockets>,
    agent: ParticipantId,
}

impl AgentApi {
    /// What an agent of this PID can ask for.
    pub(crate) fn new(
        transactions: &Arc<Transactions>,
        router: &Arc<Router>,
        sockets: &Arc<AgentSockets>,
        agent: ParticipantId,
    ) -> Self {
        Self {
            transactions: transactions.clone(),
            router: router.clone(),
            sockets: sockets.clone(),
            agent,
        }
    }

    pub fn of(&self, agent: ParticipantId) -> Self {
        Self {
            agent,
            ..self.clone()
        }
    }

    pub fn agent(&self) -> &ParticipantId {
        &self.agent
    }

    /// Which conversation a ring is about; refused when it has ended or is another agent's.
    pub fn ring(&self, ring: &str) -> Result<ConversationId, Refusal> {
        let rings = self.router.ring_of(&self.agent, ring);
        rings.ok_or(Refusal::RingEnded)
    }

    /// Takes a conversation that rings here.
    pub async fn accept_ring(&self, conversation: &ConversationId) -> Result<(), Refusal> {
        self.transactions
            .perform(|cloud, now, changes| cloud.assign(now, &self.agent, conversation, changes))
            .await
    }

    /// Whether automatic messages are still to come with the consumer's first SEND.
    pub fn awaits_welcome(&self, conversation: &ConversationId) -> bool {
        let due = |cloud: &Cloud| cloud.conversation(conversation)?.welcome_until;
        self.transactions.look(due).is_some()
    }

    /// Turns a ring down; it goes to the next agent.
    pub fn reject_ring(&self, conversation: &ConversationId) {
        self.router.reject_ring(conversation, &self.agent);
    }

    /// Publishes text, structured content, a receipt or a chat state.
    pub async fn publish(
        &self,
        dialog: &DialogId,
        message: impl Into<Message>,
    ) -> Result<Sequence, Refusal> {
        let message = message.into();
        self.transactions
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
        scratch: Value,
    ) -> Result<Sequence, Refusal> {
        let message = message.into();
        self.transactions
            .perform(|cloud, now, changes| {
                let actor = Actor::Agent(&self.agent);
                let sequence = cloud.publish(now, actor, dialog, message, changes)?;
                let conversation = cloud.reach_dialog(actor, dialog)?;
                cloud.remember(&conversation, scratch, changes);
                Ok(sequence)
            })
            .await
    }

    /// Hands a conversation to the agents of a skill, by its name or id, and leaves it.
    pub async fn transfer_to_skill(
        &self,
        conversation: &ConversationId,
        skill: &str,
    ) -> Result<(), Refusal> {
        let skill = roster::skill(skill)
            .ok_or_else(|| Refusal::bad(format!("there is no skill {skill:?}")))?;
        self.update(conversation, &[Field::Unassign, Field::Skill(skill)])
            .await
    }

    /// Hands a conversation to an agent, who is rung, and leaves it.
    pub async fn transfer_to_agent(
        &self,
        conversation: &ConversationId,
        agent: &ParticipantId,
    ) -> Result<(), Refusal> {
        let handing = [Field::Unassign, Field::Suggest(agent.clone())];
        self.update(conversation, &handing).await
    }

    /// Gives a conversation back to the queue of its skill.
    pub async fn back_to_queue(&self, conversation: &ConversationId) -> Result<(), Refusal> {
        self.update(conversation, &[Field::Unassign]).await
    }

    /// Closes the MAIN dialog, after which a survey comes if there is one for the skill.
    pub async fn close_main(
        &self,
        conversation: &ConversationId,
        cause: Option<&str>,
    ) -> Result<(), Refusal> {
        let closing = Field::CloseDialog {
            dialog: DialogId::from(conversation.as_str()),
            cause: cause.map(ToOwned::to_owned),
            by: None,
        };
        self.update(conversation, &[closing]).await
    }

    /// Closes the whole conversation; no survey comes.
    pub async fn close_conversation(&self, conversation: &ConversationId) -> Result<(), Refusal> {
        self.update(conversation, &[Field::Close]).await
    }

    /// Begins a conversation with a consumer who is known, and owns it.
    ///
    /// The connector hears of it as it hears of any change; see `agent-side` 8.
    pub async fn request_conversation(
        &self,
        consumer: &ParticipantId,
        context: Option<Value>,
    ) -> Result<ConversationId, Refusal> {
        let context = ConversationContext(context);
        self.transactions
            .perform(|cloud, now, changes| {
                cloud.request_conversation(now, &self.agent, consumer, context, changes)
            })
            .await
    }

    /// Puts a file where it can be published from, and answers its path.
    ///
    /// `kind` is `JPG`, `JPEG`, `PNG` or `GIF`, `media` its Content-Type.
    pub async fn store_file(
        &self,
        kind: &str,
        media: &str,
        bytes: Bytes,
    ) -> Result<String, Refusal> {
        self.transactions
            .perform(|cloud, now, changes| {
                cloud.store_file(now, &self.agent, kind, media, bytes, changes)
            })
            .await
    }

    /// A published file, with its Content-Type; `None` when it is gone.
    pub fn read_file(&self, path: &str) -> Option<File> {
        let path = normal_path(path)?;
        self.transactions.look(|cloud| cloud.file(&path).cloned())
    }

    /// Closes, joins, leaves, hands on, changes skill and time-to-respond.
    pub async fn update(
        &self,
        conversation: &ConversationId,
        fields: &[Field],
    ) -> Result<(), Refusal> {
        self.transactions
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
        scratch: Value,
    ) -> Result<(), Refusal> {
        self.transactions
            .perform(|cloud, _, changes| {
                cloud.remember(conversation, scratch, changes);
                Ok(())
            })
            .await
    }

    /// What was published in a conversation so far, and what was kept about it.
    pub fn history(&self, conversation: &ConversationId) -> (Vec<Arc<Event>>, Option<Value>) {
        self.transactions.look(|cloud| {
            let scratch = cloud
                .conversation(conversation)
                .and_then(|found| found.scratch.clone());
            (cloud.history(conversation), scratch)
        })
    }

    /// How the consumer rated a conversation, if that has happened.
    pub fn rating(&self, conversation: &ConversationId) -> Option<Csat> {
        let rated = |cloud: &Cloud| cloud.conversation(conversation)?.csat.clone();
        self.transactions.look(rated)
    }

    /// The open conversations this agent owns, in the order they were begun.
    pub fn conversations(&self) -> Vec<View> {
        self.transactions.look(|cloud| {
            cloud
                .conversations()
                .into_iter()
                .filter(|one| one.main().is_open() && one.assigned() == Some(&self.agent))
                .map(View::of)
                .collect()
        })
    }
}
