//! What an agent's step does to the cloud: publish, call in a supervisor, hand over, end.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use crate::{
    domain::{
        ids::{AccountId, ConversationId, DialogId, ParticipantId},
        role::Role,
    },
    rt::world_clock::{WorldAlarm, WorldClock},
    sandbox::{
        agent_session::api::AgentApi,
        agents::{planner::AnswerStep, script::Script},
        model::{
            fields::Field,
            people::agent_id,
            publication::{HostedFile, Publication},
            refusal::Refusal,
        },
        settings::Delays,
    },
};

#[derive(Debug, Clone)]
pub(crate) struct ChatPlace {
    pub id: ConversationId,
    pub main: DialogId,
    pub consumer: ParticipantId,
    /// The ring by which the agent takes it; `None` when the agent owns it already.
    pub ring: Option<String>,
}

/// What all conversations of one agent's share.
#[derive(Debug, Clone)]
pub(crate) struct AgentSetup {
    /// The account, which makes PIDs of names.
    pub account: AccountId,
    /// Riley, or the other agent who says what the script has.
    pub riley: AgentApi,
    pub supervisor: AgentApi,
    pub script: Arc<Script>,
    pub delays: Delays,
    /// The time by which they wait.
    pub clock: WorldClock,
}

impl AgentSetup {
    /// Takes a step in a conversation. Of those that let time pass only
    /// [`AnswerStep::CallLater`] does it here, by the caller's alarm, when there is nothing left
    /// to wait for.
    pub(crate) async fn perform(
        &self,
        at: &ChatPlace,
        step: AnswerStep,
        alarm: &WorldAlarm,
    ) -> Result<(), Refusal> {
        let Self {
            riley, supervisor, ..
        } = self;
        match step {
            AnswerStep::Wait(_) | AnswerStep::Silence(_) => {}
            AnswerStep::Publish(message) => {
                riley.publish(&at.main, message).await?;
            }
            AnswerStep::Picture { picture, caption } => {
                let bytes = Bytes::from_static(picture.bytes);
                let path = riley.store_file(picture.kind, picture.media, bytes).await?;
                let file = HostedFile {
                    path,
                    kind: picture.kind.to_owned(),
                    caption,
                    preview: Some(picture.preview()),
                };
                riley.publish(&at.main, Publication::File(file)).await?;
            }
            AnswerStep::Join => {
                let joining = [Field::Join(Role::Manager)];
                supervisor.update(&at.id, &joining).await?;
            }
            AnswerStep::Supervise(message) => {
                supervisor.publish(&at.main, message).await?;
            }
            AnswerStep::Leave => supervisor.update(&at.id, &[Field::Leave]).await?,
            AnswerStep::Transfer(skill) => riley.transfer_to_skill(&at.id, &skill).await?,
            AnswerStep::HandTo(name) => {
                let colleague = agent_id(&self.account, &name);
                riley.transfer_to_agent(&at.id, &colleague).await?;
            }
            AnswerStep::Queue => riley.back_to_queue(&at.id).await?,
            AnswerStep::CallLater(span) => {
                riley.close_conversation(&at.id).await?;
                alarm.pause(span).await;
                let context = json!({ "type": "ProactiveContext" });
                riley
                    .request_conversation(&at.consumer, Some(context))
                    .await?;
            }
            AnswerStep::Close => riley.close_main(&at.id, Some("Closed by agent")).await?,
        }
        Ok(())
    }
}
