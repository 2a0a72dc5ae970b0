//! Effects to calls. Each call is a task of its own whose outcome comes back
//! as an event.

use std::{future::Future, sync::Arc};

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    api::{Client, Tag},
    domain::{
        conversation::{effect::Effect, event::Event},
        ids::RequestId,
        retry::Problem,
        text::SafeText,
    },
    engine::device::Device,
};

/// Outcomes that wait for a turn. When it is full the call's task waits.
const OUTCOMES: usize = 256;

/// Makes the calls conversations ask for.
pub(super) struct Performer {
    client: Client,
    outcomes: mpsc::Sender<(u32, Event)>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Performer {
    /// The performer, and where the outcomes of its calls come out, with the thread of each.
    pub(super) fn new(client: Client) -> (Self, mpsc::Receiver<(u32, Event)>) {
        let (outcomes, receiver) = mpsc::channel(OUTCOMES);
        let performer = Self {
            client,
            outcomes,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        (performer, receiver)
    }

    /// Starts the call an effect asks for; other effects are not its business.
    pub(super) fn perform(&self, thread: u32, device: &Device, effect: Effect) {
        let (client, caller) = (self.client.clone(), Arc::clone(&device.caller));
        match effect {
            Effect::Identify { request } => self.call(thread, request, async move {
                let me = client.consumer(&caller.consumer).await?;
                Ok(Event::Identified { request, me })
            }),
            Effect::Open { request, attempt } => {
                let opening = Arc::clone(&device.opening);
                self.call(thread, request, async move {
                    let tag = tag(thread, request, attempt);
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
            } => self.call(thread, request, async move {
                let tag = tag(thread, request, attempt);
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
        thread: u32,
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
            if let Err(TrySendError::Full(outcome)) = outcomes.try_send((thread, event)) {
                let _ = stop.run_until_cancelled(outcomes.send(outcome)).await;
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

fn tag(thread: u32, request: RequestId, attempt: u32) -> Tag {
    Tag {
        thread: Some(thread),
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
