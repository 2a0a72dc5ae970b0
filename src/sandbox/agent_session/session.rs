//! One session of an agent: of a person behind a WebSocket, or of a built-in agent in this process.

use axum::extract::ws::Utf8Bytes;

use crate::{
    domain::ids::{ConversationId, ParticipantId},
    sandbox::{
        agent_session::{
            api::AgentApi,
            filter::Filter,
            outbox::{Outbox, OutboxReceiver, outbox},
            sockets::{CHANGES, SocketId},
        },
        model::{
            Cloud,
            printed_conversation::{FilterFacts, PrintedConversation},
            refusal::Refusal,
            roster::Takes,
        },
        routing::{
            ring::{AgentKind, RingPlace},
            sessions::Availability,
        },
        settings::terms::Closing,
    },
};

/// A session, which ends when it is dropped.
#[derive(Debug)]
pub(crate) struct AgentSession {
    api: AgentApi,
    place: RingPlace,
    id: SocketId,
    out: Outbox,
}

impl AgentSession {
    /// Opens a session with what is to be sent to the agent; `None` when there are too many.
    pub(crate) fn open(
        api: AgentApi,
        kind: AgentKind,
        takes: Takes,
    ) -> Option<(Self, OutboxReceiver)> {
        let agent = api.agent().clone();
        let place = RingPlace { agent, kind };
        // Whoever is behind a socket may be slow, and is waited for by nobody.
        let is_built_in = place.kind == AgentKind::BuiltIn;
        let clock = is_built_in.then(|| api.transactions.clock().world().clone());
        let (out, outgoing) = outbox(clock);
        let id = api.sockets.open(&place, out.clone())?;
        api.router.open_session(&place, takes);
        let session = Self {
            api,
            place,
            id,
            out,
        };
        Some((session, outgoing))
    }

    pub(crate) fn api(&self) -> &AgentApi {
        &self.api
    }

    /// Has a frame sent to the agent.
    pub(crate) fn push(&self, frame: Utf8Bytes) {
        self.out.push(frame);
    }

    /// Waits until the session is to be closed, and says how.
    pub(crate) async fn closed(&self) -> Closing {
        self.out.closed().await
    }

    /// Subscribes to conversations; `answer` makes the frame that comes first of the id.
    ///
    /// The first of them come in the same moment in which changes begin to be told; when there
    /// are very many, the rest is looked up without holding up other clients.
    pub(crate) async fn watch(
        &self,
        filter: Filter,
        answer: impl FnOnce(&str) -> Option<Utf8Bytes>,
    ) -> Result<(), Refusal> {
        let subscription = uuid::Uuid::new_v4().to_string();
        let answer = answer(&subscription);
        let AgentApi {
            transactions,
            sockets,
            ..
        } = &self.api;
        let socket = self.id;
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
        accepted(taken)?;
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
        Ok(())
    }

    pub(crate) fn unwatch(&self, subscription: &str) {
        self.api.sockets.unwatch(self.id, subscription);
    }

    /// Subscribes to routing tasks; `answer` makes the frame that comes first of the id.
    pub(crate) fn watch_tasks(
        &self,
        answer: impl FnOnce(&str) -> Option<Utf8Bytes>,
    ) -> Result<(), Refusal> {
        let subscription = uuid::Uuid::new_v4().to_string();
        let answer = answer(&subscription);
        accepted(self.api.router.subscribe(&self.place, |calls| {
            let sockets = &self.api.sockets;
            sockets.subscribe_to_tasks(self.id, &subscription, answer, calls)
        }))
    }

    /// Subscribes to an agent's state; `answer` makes the frame that comes first of the id.
    pub(crate) fn watch_state(
        &self,
        agent: ParticipantId,
        answer: impl FnOnce(&str) -> Utf8Bytes,
    ) -> Result<(), Refusal> {
        let subscription = uuid::Uuid::new_v4().to_string();
        let answer = answer(&subscription);
        let AgentApi {
            router, sockets, ..
        } = &self.api;
        let state = router.availability(&agent);
        accepted(sockets.subscribe_to_state(self.id, &subscription, agent, answer, state))
    }

    /// Says whether the agent wants conversations.
    pub(crate) fn set_availability(&self, availability: Availability) {
        let router = &self.api.router;
        router.set_availability(&self.place, availability);
    }
}

impl Drop for AgentSession {
    fn drop(&mut self) {
        let subscriptions = self.api.sockets.forget(self.id);
        self.api.router.close_session(&self.place, subscriptions);
    }
}

fn accepted(taken: bool) -> Result<(), Refusal> {
    let refused = || Refusal::bad("this socket has too many subscriptions");
    taken.then_some(()).ok_or_else(refused)
}
