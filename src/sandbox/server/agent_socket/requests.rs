//! What an agent asks for on its socket, and what is answered; see `agent-side` 3.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use serde_json::{Map, Value, json};

use crate::{
    domain::{
        ids::{ConversationId, DialogId, ParticipantId},
        time::Timestamp,
    },
    sandbox::{
        model::{
            Cloud,
            conversation::ConversationContext,
            printed_conversation::{FilterFacts, PrintedConversation},
            refusal::Refusal,
        },
        routing::sessions::Availability,
        server::{
            agent_socket::{
                envelope::{Reply, SocketRequest, refusal},
                profile,
            },
            api::Api,
            logins::{LoginSession, User},
            subscriptions::{
                filter::Filter,
                shapes,
                sockets::{CHANGES, SocketId},
            },
        },
    },
};

/// Answers the requests of one socket.
#[derive(Debug)]
pub(super) struct RequestHandler {
    pub(super) api: Arc<Api>,
    pub(super) user: Arc<User>,
    socket: SocketId,
}

/// What a request leads to: an answer, or one that was given already, before other news.
pub(super) enum RequestOutcome {
    Reply(Reply),
    Answered,
}

impl RequestHandler {
    pub(super) fn new(api: &Arc<Api>, session: &LoginSession, socket: SocketId) -> Self {
        Self {
            api: api.clone(),
            user: session.user.clone(),
            socket,
        }
    }

    /// Does what a frame asks for, and answers it in any case.
    pub(super) async fn answer(&self, frame: &str) -> Option<Utf8Bytes> {
        let style = self.api.terms().refusals;
        let request = match SocketRequest::read(frame) {
            Ok(request) => request,
            Err((id, why)) => return Some(refusal(&id, &why, style)),
        };
        match self.perform(&request).await {
            Ok(RequestOutcome::Reply(reply)) => Some(reply.to(&request.id)),
            Ok(RequestOutcome::Answered) => None,
            Err(why) => Some(refusal(&request.id, &why, style)),
        }
    }

    async fn perform(&self, request: &SocketRequest) -> Result<RequestOutcome, Refusal> {
        let reply = match request.kind.as_str() {
            "aam.SubscribeExConversations" => return self.watch(request).await,
            "routing.SubscribeRoutingTasks" => return self.subscribe_to_tasks(request),
            "routing.SubscribeAgentsState" => return self.subscribe_to_state(request),
            "GetClock" | "infra.GetClock" => {
                Reply::new(".GetClock$Response", &json!({ "currentTime": self.now() }))
            }
            "aam.UnsubscribeExConversations" => {
                let body = request.object()?;
                let sockets = &self.api.sockets;
                sockets.unwatch(self.socket, text(&body, "subscriptionId")?);
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
        Ok(RequestOutcome::Reply(reply))
    }

    /// The first of them come in the same moment in which changes begin to be told; when there
    /// are very many, the rest is looked up without holding up other clients.
    async fn watch(&self, request: &SocketRequest) -> Result<RequestOutcome, Refusal> {
        let filter = Filter::read(&request.object()?)?;
        let subscription = uuid::Uuid::new_v4().to_string();
        let answer = Reply::subscribed(&subscription).to(&request.id);
        let (transactions, sockets) = (&self.api.transactions, &self.api.sockets);
        let socket = self.socket;
        let directory = sockets.directory();
        // What is changed after the first look and committed after the subscription is told.
        let _watcher = sockets.expect_watcher();
        let look = |cloud: &Cloud| {
            let all = cloud.conversations();
            let inside: Vec<_> = all
                .into_iter()
                .filter(|one| filter.matches(&FilterFacts::of(directory, one)))
                .collect();
            let ids: Vec<ConversationId> = inside.iter().map(|one| one.id.clone()).collect();
            let first = inside.iter().take(CHANGES);
            let first: Vec<_> = first
                .map(|one| PrintedConversation::of(directory, one))
                .collect();
            (ids, first)
        };
        let (at, id, sieve) = (sockets.clone(), subscription.clone(), filter.clone());
        let begin = move |(ids, first): (Vec<_>, Vec<_>)| {
            let taken = at.watch(socket, &id, sieve, answer, &ids, &first);
            (taken, ids)
        };
        let (taken, rest) = transactions.read_then(look, begin).await?;
        if !taken {
            return Err(Refusal::bad("this socket has too many subscriptions"));
        }
        for ids in rest.get(CHANGES..).unwrap_or_default().chunks(CHANGES) {
            let look = |cloud: &Cloud| -> Vec<_> {
                let found = ids.iter().filter_map(|id| cloud.conversation(id));
                found
                    .map(|one| PrintedConversation::of(directory, one))
                    .filter(|one| filter.matches(&one.facts))
                    .collect()
            };
            let (at, id) = (sockets.clone(), subscription.clone());
            let more = move |more: Vec<_>| at.watch_more(socket, &id, &more);
            transactions.read_then(look, more).await?;
        }
        Ok(RequestOutcome::Answered)
    }

    fn subscribe_to_tasks(&self, request: &SocketRequest) -> Result<RequestOutcome, Refusal> {
        let subscription = uuid::Uuid::new_v4().to_string();
        let answer = Reply::subscribed(&subscription).to(&request.id);
        let router = &self.api.router;
        let taken = router.subscribe(&self.user.pid, |calls| {
            let sockets = &self.api.sockets;
            sockets.subscribe_to_tasks(self.socket, &subscription, answer, calls)
        });
        if taken {
            Ok(RequestOutcome::Answered)
        } else {
            Err(Refusal::bad("this socket has too many subscriptions"))
        }
    }

    fn subscribe_to_state(&self, request: &SocketRequest) -> Result<RequestOutcome, Refusal> {
        let body = request.object()?;
        let router = &self.api.router;
        let agent = match body.get("agentId").and_then(Value::as_str) {
            Some(named) => self.agent(named)?,
            None => self.user.pid.clone(),
        };
        let subscription = uuid::Uuid::new_v4().to_string();
        let answer = Reply::subscribed(&subscription).to(&request.id);
        let availability = router.availability(&agent);
        if self.api.sockets.subscribe_to_state(
            self.socket,
            &subscription,
            agent,
            answer,
            availability,
        ) {
            Ok(RequestOutcome::Answered)
        } else {
            Err(Refusal::bad("this socket has too many subscriptions"))
        }
    }

    fn set_state(&self, body: &Map<String, Value>) -> Result<Reply, Refusal> {
        let name = text(body, "availability")?;
        let availability = Availability::named(name)
            .ok_or_else(|| Refusal::bad(format!("availability {name:?} is not known")))?;
        if let Some(named) = body.get("agentUserId").and_then(Value::as_str)
            && self.agent(named)? != self.user.pid
        {
            return Err(Refusal::bad("agentUserId is another agent's"));
        }
        let router = &self.api.router;
        router.set_availability(&self.user.pid, availability);
        Ok(Reply::accepted("Agent state updated successfully"))
    }

    async fn answer_ring(&self, body: &Map<String, Value>) -> Result<Reply, Refusal> {
        let (ring, state) = (text(body, "ringId")?, text(body, "ringState")?);
        let router = &self.api.router;
        let conversation = router
            .ring_of(&self.user.pid, ring)
            .ok_or(Refusal::RingEnded)?;
        match state {
            "ACCEPTED" => {
                let agent = self.user.pid.clone();
                let assigned = self.api.transactions.perform(move |cloud, now, changes| {
                    cloud.assign(now, &agent, &conversation, changes)
                });
                assigned.await?;
            }
            "REJECTED" => router.reject_ring(&conversation, &self.user.pid),
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
        let own = directory.full(&self.user.pid);
        let profile = match named {
            None => json!({ "userId": own }),
            Some(id) if id == own || id == self.user.pid.as_str() => json!({ "userId": own }),
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
        let agent = self.user.pid.clone();
        let begun = self.api.transactions.perform(move |cloud, now, changes| {
            let context = ConversationContext(context);
            cloud.request_conversation(now, &agent, &consumer, context, changes)
        });
        let body = json!({ "conversationId": begun.await? });
        Ok(Reply::new(
            ".ams.cm.AgentRequestConversation$Response",
            &body,
        ))
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

pub(super) fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Result<&'a str, Refusal> {
    members
        .get(name)
        .and_then(Value::as_str)
        .ok_or_else(|| Refusal::bad(format!("{name} is missing or not a string")))
}
