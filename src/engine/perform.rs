//! Effects to calls, and what else the front end asks of the cloud. Each call is
//! a task of its own whose outcome comes back as an event, or goes straight to
//! the front end where the conversation has no part in it.

use std::{future::Future, path::PathBuf, sync::Arc};

use tokio::sync::mpsc::{self, error::TrySendError};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    client::{Client, Tag},
    domain::{
        content::{Content, Hosted},
        conversation::{
            effect::Effect,
            event::{Act, Event},
        },
        ids::{ItemId, RequestId},
        item::{Body, Item},
        retry::Problem,
        text::SafeText,
        wire::outbound::AcceptStatus,
    },
    engine::{
        command::Endpoint,
        files::{self, Fetched, Files},
        phone::Phone,
        raw,
        update::Update,
    },
};

/// Outcomes that wait for a turn. When it is full the call's task waits.
const OUTCOMES: usize = 256;

/// Requests of conversations count from 0; fetches, which no conversation asks for, from here.
const FIRST_FETCH: u64 = 1 << 32;

const IN_FLIGHT: &str = "flight mode is on: nothing goes out";

/// Makes the calls conversations ask for.
pub(super) struct Performer {
    client: Client,
    outcomes: mpsc::Sender<(u32, Event)>,
    updates: mpsc::Sender<Update>,
    files: Files,
    next_fetch: u64,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Performer {
    /// The performer, and where the outcomes of its calls come out, with the thread of each.
    /// Files that are fetched are kept in a folder.
    pub(super) fn new(
        client: Client,
        files: PathBuf,
        updates: mpsc::Sender<Update>,
    ) -> (Self, mpsc::Receiver<(u32, Event)>) {
        let (outcomes, receiver) = mpsc::channel(OUTCOMES);
        let performer = Self {
            client,
            outcomes,
            updates,
            files: Files::new(files),
            next_fetch: FIRST_FETCH,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        };
        (performer, receiver)
    }

    /// Starts the call an effect asks for; other effects are not its business.
    pub(super) fn perform(&self, thread: u32, phone: &Phone, effect: Effect) {
        let (client, caller) = (self.client.clone(), Arc::clone(&phone.caller));
        match effect {
            Effect::Identify { request } => self.call(thread, request, async move {
                let tag = tag(thread, request, 1);
                let me = client.consumer(&caller.consumer, tag).await?;
                Ok(Event::Identified { request, me })
            }),
            Effect::Open { request, attempt } => {
                let opening = Arc::clone(&phone.opening);
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
            Effect::Upload {
                request,
                attempt,
                local,
                file_type,
                item,
            } => {
                let updates = self.updates.clone();
                self.call(thread, request, async move {
                    let tag = tag(thread, request, attempt);
                    let file = (item, local.as_str(), file_type.as_str());
                    let path = files::upload(&client, &caller, file, &updates, tag).await?;
                    Ok(Event::Uploaded { request, path })
                });
            }
            Effect::Wake { .. } | Effect::Concerns(_) | Effect::Tell { .. } | Effect::Remark(_) => {
            }
        }
    }

    /// Fetches the file of a bubble to this machine, and marks it ACCESS when it has come.
    pub(super) fn fetch(&mut self, phone: &mut Phone, item: ItemId) {
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
        let request = RequestId(self.next_fetch);
        self.next_fetch += 1;
        phone.remember(request, vec![item]);
        let tag = tag(item.thread, request, 1);
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
                let _ = outcomes.send((item.thread, Event::User(mark))).await;
            }
            let shown = file_update(item, done.map(|fetched| fetched.path));
            let _ = updates.send(shown).await;
            drop(under_way);
        });
    }

    /// Sends a request in the tester's own words.
    pub(super) fn raw(&self, thread: u32, phone: &Phone, (endpoint, body): (Endpoint, String)) {
        if phone.conversation.flight() {
            return self.notify(Update::Notice(raw::held(IN_FLIGHT)));
        }
        let (client, caller) = (self.client.clone(), Arc::clone(&phone.caller));
        let updates = self.updates.clone();
        self.spawn(async move {
            let notice = raw::send(&client, &caller, thread, (endpoint, body)).await;
            // Without a receiver there is nobody to tell.
            let _ = updates.send(Update::Notice(notice)).await;
        });
    }

    /// Tells the front end at once what needs no call.
    fn notify(&self, update: Update) {
        let updates = self.updates.clone();
        self.spawn(async move {
            let _ = updates.send(update).await;
        });
    }

    /// Runs something until it ends or the performer does.
    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.tasks.spawn(async move {
            let _ = stop.run_until_cancelled(work).await;
        });
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

/// The file in a line, and whether somebody else sent it.
fn of_file(item: &Item) -> Option<(Hosted, bool)> {
    match &item.body {
        Body::Mine {
            content: Content::File(file),
            ..
        } => Some((file.clone(), false)),
        Body::Theirs {
            content: Content::File(file),
            ..
        } => Some((file.clone(), true)),
        _ => None,
    }
}

fn file_update(item: ItemId, file: Result<PathBuf, String>) -> Update {
    Update::File { item, file }
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
