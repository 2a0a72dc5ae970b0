//! Riley and Sam: one task each that hands every conversation to a task of its own.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::ids::{AccountId, ConversationId, DialogId},
    rt::{
        shutdown::Shutdown,
        world_clock::{Hold, WorldClock},
    },
    sandbox::{
        agent_session::api::AgentApi,
        agents::{
            act::{AgentSetup, ChatPlace},
            built_in::BuiltInAgents,
            chat::{Chat, ChatInput},
            client::{AgentClient, AgentNotification},
            script::{Line, Script},
        },
        model::{
            changes::View,
            people::agent_id,
            roster::{self, Takes},
        },
        routing::ring::{AgentKind, Handover, HandoverCause},
        settings::Delays,
    },
};

/// News waiting for one conversation; a full one makes the session wait, and it is never full for long.
const INPUTS: usize = 256;
/// How long it waits after a session could not be opened.
const PAUSE: Duration = Duration::from_secs(1);
/// What Sam, who knows all that Riley knows, says on taking a conversation.
const SAM_GREETS: &str = "Hello, this is Sam from Sales. What may I show you?";
/// What Sam says in a conversation that Sam began.
const SAM_CALLS: &str = "Hello again, it is Sam from Sales. I come back to you, as promised.";

/// Starts Riley, and Sam for the conversations that are handed to Sales.
pub(crate) fn start(
    api: &AgentApi,
    account: &AccountId,
    tasks: &Shutdown,
    script: &Script,
    built_in: &BuiltInAgents,
    (delays, clock): (Delays, &WorldClock),
    seed: u64,
) {
    let sams = Script {
        greeting: vec![Line::Text(SAM_GREETS.to_owned())],
        calling: vec![Line::Text(SAM_CALLS.to_owned())],
        ..script.clone()
    };
    for (name, script) in [(roster::RILEY, script.clone()), (roster::SAM, sams)] {
        if let Some(on) = built_in.watch(name) {
            let supervisor = api.of(agent_id(account, &script.supervisor));
            let setup = AgentSetup {
                account: account.clone(),
                riley: api.of(agent_id(account, name)),
                supervisor,
                script: Arc::new(script),
                delays,
                clock: clock.clone(),
            };
            start_agent(tasks, on, setup, Takes::of(name), seed);
        }
    }
}

/// Starts one of them, who works while the switch is on; ends with the signal of `tasks`.
fn start_agent(
    tasks: &Shutdown,
    mut on: watch::Receiver<bool>,
    setup: AgentSetup,
    takes: Takes,
    seed: u64,
) {
    let stop = tasks.token();
    let built_in = {
        let (tasks, stop) = (tasks.clone(), stop.clone());
        async move {
            let mut rng = fastrand::Rng::with_seed(seed);
            // The session is closed only when far too much came at once; then another is opened.
            while on.wait_for(|on| *on).await.is_ok() {
                let until = stop.child_token();
                let mut chats = Chats {
                    setup: setup.clone(),
                    tasks: tasks.clone(),
                    until: until.clone(),
                    open: HashMap::new(),
                };
                tokio::select! {
                    () = chats.attend(takes.clone(), &mut rng) => {}
                    // What is being said ends with the session; the conversations stay.
                    _ = on.wait_for(|on| !*on) => {}
                }
                until.cancel();
            }
        }
    };
    tasks.spawn(async move {
        tokio::select! {
            () = stop.cancelled() => {}
            () = built_in => {}
        }
    });
}

impl ChatPlace {
    fn owned(view: View) -> Self {
        Self {
            id: view.id,
            main: view.main,
            consumer: view.consumer,
            ring: None,
        }
    }
}

/// One agent's conversations, each with the way to its task.
struct Chats {
    setup: AgentSetup,
    tasks: Shutdown,
    /// Ends what is said in them.
    until: CancellationToken,
    /// With each input goes a hold, until it is dealt with.
    open: HashMap<ConversationId, mpsc::Sender<(ChatInput, Hold)>>,
}

impl Chats {
    /// Works in a session until that is closed.
    async fn attend(&mut self, takes: Takes, rng: &mut fastrand::Rng) {
        let riley = self.setup.riley.clone();
        let opened = AgentClient::open(riley.clone(), AgentKind::BuiltIn, takes).await;
        let mut client = match opened {
            Ok(client) => client,
            Err(refusal) => {
                tracing::warn!(%refusal, "a built-in agent cannot open a session");
                tokio::time::sleep(PAUSE).await;
                return;
            }
        };
        for view in riley.conversations() {
            self.begin(ChatPlace::owned(view), rng.fork());
        }
        while let Some(notification) = client.next().await {
            match notification {
                AgentNotification::Ring {
                    ring,
                    conversation,
                    consumer,
                } => {
                    let place = ChatPlace {
                        main: DialogId::from(conversation.as_str()),
                        id: conversation,
                        consumer,
                        ring: Some(ring),
                    };
                    self.begin(place, rng.fork());
                }
                AgentNotification::RingEnded {
                    conversation,
                    accepted: false,
                } => {
                    self.open.remove(&conversation);
                }
                AgentNotification::RingEnded { .. } => {}
                AgentNotification::Event {
                    conversation,
                    event,
                } => self.pass_on(&conversation, ChatInput::Event(event)).await,
                AgentNotification::Conversation {
                    conversation,
                    own: true,
                } => self.pass_on(&conversation, ChatInput::Changed).await,
                AgentNotification::Conversation { conversation, .. } => {
                    self.pass_on(&conversation, ChatInput::Over).await;
                    self.open.remove(&conversation);
                }
                AgentNotification::Handover(Handover {
                    conversation_id: id,
                    cause,
                }) => match cause {
                    HandoverCause::Given => {
                        let mut own = riley.conversations().into_iter();
                        if let Some(view) = own.find(|view| view.id == id) {
                            self.begin(ChatPlace::owned(view), rng.fork());
                        }
                    }
                    HandoverCause::Relieved => self.pass_on(&id, ChatInput::Relieved).await,
                    // Dropping the way to it ends it, without a word.
                    HandoverCause::Replaced => {
                        self.open.remove(&id);
                    }
                },
            }
        }
    }

    /// Passes something on to the task of a conversation, if that still talks.
    async fn pass_on(&mut self, id: &ConversationId, input: ChatInput) {
        let talking = match self.open.get(id) {
            Some(chat) => chat.send((input, self.setup.clock.hold())).await.is_ok(),
            None => false,
        };
        if !talking {
            self.open.remove(id);
        }
    }

    fn begin(&mut self, place: ChatPlace, rng: fastrand::Rng) {
        let (sender, news) = mpsc::channel(INPUTS);
        self.open.insert(place.id.clone(), sender);
        let chat = Chat::new(self.setup.clone(), place, rng);
        let stop = self.until.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = chat.run(news) => {}
            }
        });
    }
}
