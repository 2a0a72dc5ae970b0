//! Effects to calls, and what else the front end asks of the cloud. Each call is
//! a task of its own whose outcome comes back as an event, or goes straight to
//! the front end where the conversation has no part in it.

use std::{future::Future, path::PathBuf, sync::Arc};

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    client::{Client, PictureFetcher, Tag},
    domain::{
        content::{Content, Hosted},
        conversation::{
            effect::Effect,
            event::{Act, PhoneEvent},
        },
        exchange::Cause,
        ids::{ItemId, PhoneId, RequestId},
        inbound::Request,
        line::{Line, LineBody},
        retry::Problem,
        secret::Secret,
        text::SafeText,
        wire::outbound::AcceptStatus,
    },
    engine::{
        command::Endpoint,
        files::{self, Fetched, Files},
        phone::Phone,
        raw, redeliver,
        update::Update,
    },
    rt::world_clock::{WorldAlarm, WorldClock},
};

/// Outcomes that wait for a turn. When it is full the call's task waits.
const OUTCOMES: usize = 256;

const IN_FLIGHT: &str = "flight mode is on: nothing goes out";

/// Makes the calls conversations ask for.
pub(super) struct Performer {
    client: Client,
    outcomes: mpsc::Sender<(PhoneId, PhoneEvent)>,
    updates: mpsc::Sender<Update>,
    files: Files,
    /// The time that waits for calls, and what tells the engine that something has come.
    world: (WorldClock, Arc<WorldAlarm>),
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Performer {
    /// The performer, and where the outcomes of its calls come out, with the phone of each.
    /// Files that are fetched are kept in a folder.
    pub(super) fn new(
        client: Client,
        files: PathBuf,
        updates: mpsc::Sender<Update>,
        world: (WorldClock, Arc<WorldAlarm>),
    ) -> (Self, mpsc::Receiver<(PhoneId, PhoneEvent)>) {
        let (outcomes, receiver) = mpsc::channel(OUTCOMES);
        let performer = Self {
            client,
            outcomes,
            updates,
            files: Files::new(files),
            world,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        (performer, receiver)
    }

    /// Starts the call an effect asks for; other effects are not its business.
    pub(super) fn perform(&self, id: PhoneId, phone: &Phone, effect: Effect) {
        let (client, caller) = (self.client.clone(), Arc::clone(&phone.caller));
        match effect {
            Effect::Identify { request } => self.call(id, request, async move {
                let tag = tag(id, request, 1);
                let me = client.consumer(&caller.consumer, tag).await?;
                Ok(PhoneEvent::Identified { request, me })
            }),
            Effect::Open { request, attempt } => {
                let opening = Arc::clone(&phone.opening);
                self.call(id, request, async move {
                    let tag = tag(id, request, attempt);
                    let conversation = client.open(&caller, &opening, tag).await?;
                    Ok(PhoneEvent::Opened {
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
            } => self.call(id, request, async move {
                let tag = tag(id, request, attempt);
                let answer = client.send(&caller, &outbound, tag).await?;
                Ok(PhoneEvent::Sent {
                    request,
                    sequence: answer.sequence,
                })
            }),
            Effect::Upload {
                request,
                attempt,
                local,
                file_type,
                item,
            } => {
                let updates = self.updates.clone();
                self.call(id, request, async move {
                    let tag = tag(id, request, attempt);
                    let file = (item, local.as_str(), file_type.as_str());
                    let path = files::upload(&client, &caller, file, &updates, tag).await?;
                    Ok(PhoneEvent::Uploaded { request, path })
                });
            }
            Effect::Wake { .. } | Effect::Concerns(_) | Effect::Tell { .. } | Effect::Remark(_) => {
            }
        }
    }

    /// Fetches the file of a bubble to this machine, and marks it ACCESS when it has come.
    pub(super) fn fetch(&self, id: PhoneId, phone: &Phone, item: ItemId) {
        let file = phone.conversation.item(item).and_then(of_file);
        let Some((file, theirs)) = file else {
            return self.notify(file_update(item, Err("there is no file in it".to_owned())));
        };
        if phone.conversation.flight() {
            return self.notify(file_update(item, Err(IN_FLIGHT.to_owned())));
        }
        let Some(under_way) = self.files.begin(item) else {
            return;
        };
        let tag = Tag {
            phone: Some(id),
            cause: Some(Cause::Fetch(item)),
            ..Tag::default()
        };
        let (client, caller) = (self.client.clone(), Arc::clone(&phone.caller));
        let (outcomes, updates) = (self.outcomes.clone(), self.updates.clone());
        let files = self.files.clone();
        self.spawn(async move {
            let done = files
                .fetch(&client, &caller, (item, &file), &updates, tag)
                .await;
            if theirs && let Ok(Fetched { new: true, .. }) = done {
                let mark = Act::Mark {
                    item,
                    status: AcceptStatus::Access,
                    metadata: None,
                };
                // Without a receiver the engine has ended.
                let _ = outcomes.send((id, PhoneEvent::User(mark))).await;
            }
            let shown = file_update(item, done.map(|fetched| fetched.path));
            let _ = updates.send(shown).await;
            drop(under_way);
        });
    }

    /// Fetches a picture of a card; it has no part in any conversation.
    pub(super) fn picture(&self, fetcher: PictureFetcher, address: String) {
        let updates = self.updates.clone();
        self.spawn(async move {
            let picture = fetcher.fetch(&address).await;
            // Without a receiver there is nobody to show it to.
            let _ = updates.send(Update::Picture { address, picture }).await;
        });
    }

    /// Sends a request in the tester's own words.
    pub(super) fn raw(&self, id: PhoneId, phone: &Phone, (endpoint, body): (Endpoint, String)) {
        if phone.conversation.flight() {
            return self.notify(Update::Notice(raw::held(IN_FLIGHT)));
        }
        let (client, caller) = (self.client.clone(), Arc::clone(&phone.caller));
        let updates = self.updates.clone();
        self.spawn(async move {
            let notice = raw::send(&client, &caller, id, (endpoint, body)).await;
            // Without a receiver there is nobody to tell.
            let _ = updates.send(Update::Notice(notice)).await;
        });
    }

    /// Posts a webhook that came before to the listener once more.
    pub(super) fn redeliver(&self, url: Option<Secret>, request: Request) {
        let updates = self.updates.clone();
        self.spawn(async move {
            let notice = redeliver::post(url, request).await;
            // Without a receiver there is nobody to tell.
            let _ = updates.send(Update::Notice(notice)).await;
        });
    }

    /// Tells the front end at once what needs no call.
    pub(super) fn notify(&self, update: Update) {
        let updates = self.updates.clone();
        self.spawn(async move {
            let _ = updates.send(update).await;
        });
    }

    /// Runs something until it ends or the performer does.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.track(async move {
            let _ = stop.run_until_cancelled(work).await;
        });
    }

    /// Runs something during which time does not jump, and has the engine look what came of it.
    fn track(&self, work: impl Future<Output = ()> + Send + 'static) {
        let (clock, alarm) = &self.world;
        let (hold, alarm) = (clock.hold(), Arc::clone(alarm));
        self.tasks.spawn(async move {
            work.await;
            alarm.ring();
            drop(hold);
        });
    }

    fn call(
        &self,
        id: PhoneId,
        request: RequestId,
        call: impl Future<Output = Result<PhoneEvent, Problem>> + Send + 'static,
    ) {
        let (outcomes, stop) = (self.outcomes.clone(), self.stop.clone());
        self.track(async move {
            let Some(outcome) = stop.run_until_cancelled(call).await else {
                return;
            };
            let event = outcome.unwrap_or_else(|problem| PhoneEvent::Failed { request, problem });
            // Without a receiver the engine has ended, and nobody waits for this.
            if let Err(TrySendError::Full(outcome)) = outcomes.try_send((id, event)) {
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

/// The file in a line, and whether somebody else sent it.
fn of_file(item: &Line) -> Option<(Hosted, bool)> {
    match &item.body {
        LineBody::Mine {
            content: Content::File(file),
            ..
        } => Some((file.clone(), false)),
        LineBody::Theirs {
            content: Content::File(file),
            ..
        } => Some((file.clone(), true)),
        _ => None,
    }
}

fn file_update(item: ItemId, file: Result<PathBuf, String>) -> Update {
    Update::File { item, file }
}

fn tag(id: PhoneId, request: RequestId, attempt: u32) -> Tag {
    Tag {
        phone: Some(id),
        cause: Some(Cause::Request(request)),
        attempt,
        ..Tag::default()
    }
}

/// What becomes of a call that may not be made because its state could not be journalled.
pub(super) fn unjournalled(effect: &Effect, reason: &SafeText) -> Option<PhoneEvent> {
    match effect {
        Effect::Identify { request }
        | Effect::Open { request, .. }
        | Effect::Upload { request, .. }
        | Effect::Send { request, .. } => Some(PhoneEvent::Failed {
            request: *request,
            problem: Problem::Unreachable {
                reason: reason.clone(),
            },
        }),
        _ => None,
    }
}
