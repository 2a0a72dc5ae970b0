//! What an agent's step does to the cloud: publish, call in a supervisor, hand over, end.

use std::sync::Arc;

use bytes::Bytes;
use tokio::time::sleep;

use crate::{
    domain::{ids::AccountId, role::Role},
    sandbox::{
        agents::{api::AgentApi, brain::AnswerStep, script::Script},
        model::{
            changes::View,
            fields::Field,
            people::agent_id,
            publication::{HostedFile, Publication},
            refusal::Refusal,
        },
        settings::Delays,
    },
};

/// What all conversations of one agent's share.
#[derive(Debug, Clone)]
pub struct AgentSetup {
    /// The account, which makes PIDs of names.
    pub account: AccountId,
    /// Riley, or the other agent who says what the script has.
    pub riley: AgentApi,
    /// Who can be called in.
    pub supervisor: AgentApi,
    /// What can be said.
    pub script: Arc<Script>,
    /// How long things take.
    pub delays: Delays,
}

impl AgentSetup {
    /// Takes a step in a conversation. Of those that let time pass only
    /// [`AnswerStep::CallLater`] does it here, when there is nothing left to wait for.
    pub async fn perform(&self, at: &View, step: AnswerStep) -> Result<(), Refusal> {
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
                sleep(span).await;
                riley.request_conversation(&at.consumer).await?;
            }
            AnswerStep::Close => riley.close_main(&at.id, Some("Closed by agent")).await?,
        }
        Ok(())
    }
}
