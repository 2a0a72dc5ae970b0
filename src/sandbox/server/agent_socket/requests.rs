//! What an agent asks for on its socket, and what is answered; see `agent-side` 3.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use serde_json::{Map, Value, json};

use crate::{
    domain::{
        ids::{DialogId, ParticipantId},
        time::Timestamp,
    },
    sandbox::{
        agent_session::{filter::Filter, session::AgentSession, shapes},
        model::{Cloud, fields::text, refusal::Refusal},
        routing::sessions::Availability,
        server::{
            agent_socket::{
                envelope::{Reply, SocketRequest, refusal},
                profile,
            },
            api::Api,
        },
    },
};

/// Answers the requests of one socket.
#[derive(Debug)]
pub(super) struct RequestHandler {
    pub(super) api: Arc<Api>,
    pub(super) session: AgentSession,
}

impl RequestHandler {
    /// Does what a frame asks for, and answers it in any case.
    pub(super) async fn answer(&self, frame: &str) -> Option<Utf8Bytes> {
        let style = self.api.terms().refusals;
        let request = match SocketRequest::read(frame) {
            Ok(request) => request,
            Err((id, why)) => return Some(refusal(&id, &why, style)),
        };
        match self.perform(&request).await {
            Ok(reply) => reply.map(|reply| reply.to(&request.id)),
            Err(why) => Some(refusal(&request.id, &why, style)),
        }
    }

    /// The answer; none where it was given already, before other news.
    async fn perform(&self, request: &SocketRequest) -> Result<Option<Reply>, Refusal> {
        let subscribed = |id: &str| Reply::subscribed(id).to(&request.id);
        let reply = match request.kind.as_str() {
            "aam.SubscribeExConversations" => {
                let filter = Filter::read(&request.object()?)?;
                let watching = self.session.watch(filter, |id| Some(subscribed(id)));
                return watching.await.map(|()| None);
            }
            "routing.SubscribeRoutingTasks" => {
                self.session.watch_tasks(|id| Some(subscribed(id)))?;
                return Ok(None);
            }
            "routing.SubscribeAgentsState" => {
                let body = request.object()?;
                let agent = match body.get("agentId").and_then(Value::as_str) {
                    Some(named) => self.agent(named)?,
                    None => self.own().clone(),
                };
                self.session.watch_state(agent, subscribed)?;
                return Ok(None);
            }
            "GetClock" | "infra.GetClock" => {
                Reply::new(".GetClock$Response", &json!({ "currentTime": self.now() }))
            }
            "aam.UnsubscribeExConversations" => {
                let body = request.object()?;
                self.session.unwatch(text(&body, "subscriptionId")?);
                Reply::text("Unsubscribed successfully")
            }
            // Nothing is known of what could be changed about it.
            "routing.UpdateRoutingTaskSubscription" => {
                Reply::text("Routing task subscription updated successfully")
            }
            "routing.SetAgentState" => self.set_state(&request.object()?)?,
            "routing.UpdateRingState" => self.answer_ring(&request.object()?).await?,
            "ms.QueryMessages" | "ms.SubscribeMessagingEvents" => {
                self.query(&request.object()?).await?
            }
            "ms.PublishEvent" => self.publish(request).await?,
            "cm.UpdateConversationField" => self.update(request).await?,
            "cm.AgentRequestConversation" => self.request_conversation(&request.object()?).await?,
            "userprofile.GetUserProfile" => self.profile(&request.body).await?,
            "ms.GenerateURLForUploadFile" => self.upload_url(&request.object()?).await?,
            "ms.GenerateURLForDownloadFile" => self.download_url(&request.object()?).await?,
            other => {
                return Err(Refusal::bad(format!("request type {other:?} is not known")));
            }
        };
        Ok(Some(reply))
    }

    fn set_state(&self, body: &Map<String, Value>) -> Result<Reply, Refusal> {
        let name = text(body, "availability")?;
        let availability = Availability::named(name)
            .ok_or_else(|| Refusal::bad(format!("availability {name:?} is not known")))?;
        if let Some(named) = body.get("agentUserId").and_then(Value::as_str)
            && self.agent(named)? != *self.own()
        {
            return Err(Refusal::bad("agentUserId is another agent's"));
        }
        self.session.set_availability(availability);
        Ok(Reply::accepted("Agent state updated successfully"))
    }

    async fn answer_ring(&self, body: &Map<String, Value>) -> Result<Reply, Refusal> {
        let (ring, state) = (text(body, "ringId")?, text(body, "ringState")?);
        let agent = self.session.api();
        let conversation = agent.ring(ring)?;
        match state {
            "ACCEPTED" => agent.accept_ring(&conversation).await?,
            "REJECTED" => agent.reject_ring(&conversation),
            other => return Err(Refusal::bad(format!("ringState {other:?} cannot be set"))),
        }
        Ok(Reply::accepted("Ring state updated successfully"))
    }

    /// Everything from a number on, that number with it: the first has 0, and 0 is what is asked
    /// for to get them all.
    async fn query(&self, body: &Map<String, Value>) -> Result<Reply, Refusal> {
        let number = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(number) => match number.as_i64() {
                Some(number) => Ok(Some(u64::try_from(number).unwrap_or(0))),
                None => Err(Refusal::bad(format!("{name} must be a whole number"))),
            },
        };
        let id = dialog(body)?;
        let newer = number("newerThanSequence")?.or(number("fromSeq")?);
        let older = number("olderThanSequence")?.unwrap_or(u64::MAX);
        let most = number("maxQuantity")?.and_then(|most| usize::try_from(most).ok());
        let read = self.api.transactions.read(|cloud| {
            let (conversation, dialog) = cloud.dialog(&id).ok_or(Refusal::UnknownConversation)?;
            let events = dialog.events.iter();
            let wanted = events
                .filter(|event| event.sequence >= newer.unwrap_or(0) && event.sequence <= older);
            let wanted: Vec<_> = wanted.cloned().collect();
            Ok::<_, Refusal>((conversation.id.clone(), wanted))
        });
        let (conversation, events) = read.await??;
        let directory = self.api.sockets.directory();
        let skipped = most.map_or(0, |most| events.len().saturating_sub(most));
        let mut printed = String::from("[");
        for event in events.iter().skip(skipped) {
            if printed.len() > 1 {
                printed.push(',');
            }
            printed.push_str(&shapes::event(directory, &conversation, &id, event));
        }
        printed.push(']');
        Ok(Reply::printed(".ams.ms.QueryMessages$Response", printed))
    }

    /// Of a consumer; of the agent itself when no id is given. An unknown one has an empty profile.
    async fn profile(&self, body: &Value) -> Result<Reply, Refusal> {
        let named = match body {
            Value::String(id) => Some(id.as_str()),
            Value::Object(members) => members.get("userId").and_then(Value::as_str),
            Value::Null => None,
            _ => return Err(Refusal::bad("body must be the id of a consumer")),
        };
        let directory = self.api.sockets.directory();
        let own = directory.full(self.own());
        let profile = match named {
            None => json!({ "userId": own }),
            Some(id) if id == own || id == self.own().as_str() => json!({ "userId": own }),
            Some(id) => {
                let id = ParticipantId::from(id);
                let found = move |cloud: &Cloud| cloud.consumer(&id).map(profile::of);
                let found = self.api.transactions.read(found).await?;
                found.unwrap_or_else(|| json!({}))
            }
        };
        Ok(Reply::new(
            ".ams.userprofile.GetUserProfile$Response",
            &profile,
        ))
    }

    async fn request_conversation(&self, body: &Map<String, Value>) -> Result<Reply, Refusal> {
        let consumer = ParticipantId::from(text(body, "consumerId")?);
        let context = match body.get("conversationContext") {
            None | Some(Value::Null) => None,
            Some(context @ Value::Object(_)) => Some(context.clone()),
            Some(_) => return Err(Refusal::bad("conversationContext must be an object")),
        };
        let begun = self.session.api().request_conversation(&consumer, context);
        let body = json!({ "conversationId": begun.await? });
        Ok(Reply::new(
            ".ams.cm.AgentRequestConversation$Response",
            &body,
        ))
    }

    pub(super) fn own(&self) -> &ParticipantId {
        self.session.api().agent()
    }

    /// An agent, who is named by PID or full id.
    pub(super) fn agent(&self, named: &str) -> Result<ParticipantId, Refusal> {
        let directory = self.api.sockets.directory();
        let found = directory.pid(named);
        found.ok_or_else(|| Refusal::bad(format!("there is no agent {named:?}")))
    }

    pub(super) fn now(&self) -> Timestamp {
        self.api.transactions.now()
    }
}

/// The dialog that is meant: by its own id, or the MAIN dialog of a conversation.
pub(super) fn dialog(body: &Map<String, Value>) -> Result<DialogId, Refusal> {
    let named = ["dialogId", "conversationId"]
        .into_iter()
        .find_map(|name| body.get(name).and_then(Value::as_str));
    let named = named.ok_or_else(|| Refusal::bad("dialogId is missing or not a string"))?;
    Ok(DialogId::from(named))
}
