//! Effects to calls. Each call is a task of its own whose outcome comes back
//! as an event.

use std::{future::Future, sync::Arc};

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    api::{Caller, Client, Tag},
    domain::{
        conversation::{effect::Effect, event::Event},
        ids::RequestId,
        retry::Problem,
        text::SafeText,
        wire::opening::Opening,
    },
};

/// Outcomes that wait for a turn. When it is full the call's task waits.
const OUTCOMES: usize = 256;

/// Makes the calls a conversation asks for.
pub(super) struct Performer {
    client: Client,
    caller: Arc<Caller>,
    opening: Arc<Opening>,
    outcomes: mpsc::Sender<Event>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Performer {
    /// The performer, and where the outcomes of its calls come out.
    pub(super) fn new(
        client: Client,
        caller: Caller,
        opening: Opening,
    ) -> (Self, mpsc::Receiver<Event>) {
        let (outcomes, receiver) = mpsc::channel(OUTCOMES);
        let performer = Self {
            client,
            caller: Arc::new(caller),
            opening: Arc::new(opening),
            outcomes,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        (performer, receiver)
    }

    /// Starts the call an effect asks for; other effects are not its business.
    pub(super) fn perform(&self, effect: Effect) {
        let (client, caller) = (self.client.clone(), Arc::clone(&self.caller));
        match effect {
            Effect::Identify { request } => self.call(request, async move {
                let me = client.consumer(&caller.consumer).await?;
                Ok(Event::Identified { request, me })
            }),
            Effect::Open { request, attempt } => {
                let opening = Arc::clone(&self.opening);
                self.call(request, async move {
                    let tag = tag(request, attempt);
                    let conversation = client.open(&caller, &opening, tag).await?;
                    Ok(Event::Opened {
                        request,
                        conversation,
                    })
                });
            }
            Effect::Send {
                request,
                attempt,
                outbound,
                ..
            } => self.call(request, async move {
                let tag = tag(request, attempt);
                let answer = client.send(&caller, &outbound, tag).await?;
                Ok(Event::Sent {
                    request,
                    sequence: answer.sequence,
                })
            }),
            Effect::Upload { .. }
            | Effect::Wake { .. }
            | Effect::Concerns(_)
            | Effect::Tell { .. }
            | Effect::Remark(_) => {}
        }
    }

    fn call(
        &self,
        request: RequestId,
        call: impl Future<Output = Result<Event, Problem>> + Send + 'static,
    ) {
        let (outcomes, stop) = (self.outcomes.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            let Some(outcome) = stop.run_until_cancelled(call).await else {
                return;
            };
            let event = outcome.unwrap_or_else(|problem| Event::Failed { request, problem });
            // Without a receiver the engine has ended, and nobody waits for this.
            if let Err(TrySendError::Full(event)) = outcomes.try_send(event) {
                let _ = stop.run_until_cancelled(outcomes.send(event)).await;
            }
        });
    }

    /// Abandons the calls under way.
    pub(super) async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

fn tag(request: RequestId, attempt: u32) -> Tag {
    Tag {
        thread: Some(crate::engine::THREAD),
        request: Some(request),
        attempt,
        ..Tag::default()
    }
}

/// What becomes of a call that may not be made because its state could not be journalled.
pub(super) fn unjournalled(effect: &Effect, reason: &SafeText) -> Option<Event> {
    match effect {
        Effect::Identify { request }
        | Effect::Open { request, .. }
        | Effect::Upload { request, .. }
        | Effect::Send { request, .. } => Some(Event::Failed {
            request: *request,
            problem: Problem::Unreachable {
                reason: reason.clone(),
            },
        }),
        _ => None,
    }
}
