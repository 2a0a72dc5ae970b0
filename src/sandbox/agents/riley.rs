//! Riley and Sam: one task each that hands every conversation to a task of its own.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::ids::ConversationId,
    rt::shutdown::Shutdown,
    sandbox::{
        agents::{
            act::AgentSetup,
            api::AgentApi,
            built_in::BuiltInAgents,
            chat::{Chat, ChatInput},
            script::{Line, Script},
            session::AgentSession,
        },
        model::{
            changes::{News, View},
            people::agent_id,
            roster::{self, Takes},
        },
        routing::{event::AgentEvent, router::Router},
        settings::Delays,
        transaction::Transactions,
    },
};

/// News waiting for one conversation; a full one makes the session wait, and it is never full for long.
const NEWS: usize = 256;
/// What Sam, who knows all that Riley knows, says on taking a conversation.
const SAM_GREETS: &str = "Hello, this is Sam from Sales. What may I show you?";
/// What Sam says in a conversation that Sam began.
const SAM_CALLS: &str = "Hello again, it is Sam from Sales. I come back to you, as promised.";

/// Starts Riley, and Sam for the conversations that are handed to Sales.
pub fn start(
    transactions: &Arc<Transactions>,
    router: &Arc<Router>,
    tasks: &Shutdown,
    script: &Script,
    built_in: &BuiltInAgents,
    delays: Delays,
    seed: u64,
) {
    let sams = Script {
        greeting: vec![Line::Text(SAM_GREETS.to_owned())],
        calling: vec![Line::Text(SAM_CALLS.to_owned())],
        ..script.clone()
    };
    for (name, script) in [(roster::RILEY, script.clone()), (roster::SAM, sams)] {
        if let Some(on) = built_in.watch(name) {
            employ(
                transactions,
                router,
                tasks,
                (name, on),
                script,
                delays,
                seed,
            );
        }
    }
}

/// Starts one of them, who works while the switch is on; ends with the signal of `tasks`.
fn employ(
    transactions: &Arc<Transactions>,
    router: &Arc<Router>,
    tasks: &Shutdown,
    (name, mut on): (&'static str, watch::Receiver<bool>),
    script: Script,
    delays: Delays,
    seed: u64,
) {
    let (transactions, router) = (transactions.clone(), router.clone());
    let (script, tasks) = (Arc::new(script), tasks.clone());
    let stop = tasks.token();
    let built_in = {
        let (tasks, stop) = (tasks.clone(), stop.clone());
        async move {
            let mut rng = fastrand::Rng::with_seed(seed);
            // The router closes a session only when far too much came at once; then another is opened.
            while on.wait_for(|on| *on).await.is_ok() {
                let until = stop.child_token();
                let tasks = (&tasks, &until);
                tokio::select! {
                    () = shift(&transactions, &router, tasks, name, &script, delays, &mut rng) => {}
                    // What is being said ends with the shift; the conversations stay.
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

/// Works in a session until the router closes it.
async fn shift(
    transactions: &Arc<Transactions>,
    router: &Arc<Router>,
    (tasks, until): (&Shutdown, &CancellationToken),
    name: &str,
    script: &Arc<Script>,
    delays: Delays,
    rng: &mut fastrand::Rng,
) {
    let account = transactions.look(|cloud| cloud.account().clone());
    let (own, supervisor) = (
        agent_id(&account, name),
        agent_id(&account, &script.supervisor),
    );
    let mut session = AgentSession::open(transactions, router, own, Takes::of(name), true);
    let setup = AgentSetup {
        account: account.clone(),
        riley: session.api(),
        supervisor: AgentApi::new(transactions, router, supervisor),
        script: script.clone(),
        delays,
    };
    let mut chats = Chats {
        setup,
        tasks: tasks.clone(),
        until: until.clone(),
        open: HashMap::new(),
    };
    for view in session.api().conversations() {
        chats.begin(view, rng.fork());
    }
    chats.attend(&mut session, rng).await;
}

/// One agent's conversations, each with the way to its task.
struct Chats {
    setup: AgentSetup,
    tasks: Shutdown,
    /// Ends what is said in them.
    until: CancellationToken,
    open: HashMap<ConversationId, mpsc::Sender<ChatInput>>,
}

impl Chats {
    async fn attend(&mut self, session: &mut AgentSession, rng: &mut fastrand::Rng) {
        while let Some(event) = session.next().await {
            match event {
                AgentEvent::Ring(view) | AgentEvent::Given(view) => self.begin(view, rng.fork()),
                AgentEvent::RingEnded(_) => {}
                AgentEvent::Relieved(id) => self.word(&id, ChatInput::Relieved).await,
                // Dropping the way to it ends it, without a word.
                AgentEvent::Replaced(id) => {
                    self.open.remove(&id);
                }
                AgentEvent::News { conversation, news } => {
                    let own = self.setup.riley.agent();
                    let over = matches!(&news, News::Conversation(view)
                        if !view.main_open || view.assigned.as_ref() != Some(own));
                    self.word(&conversation, ChatInput::News(news)).await;
                    if over {
                        self.open.remove(&conversation);
                    }
                }
            }
        }
    }

    /// Passes something on to the task of a conversation, if that still talks.
    async fn word(&mut self, id: &ConversationId, word: ChatInput) {
        let talking = match self.open.get(id) {
            Some(chat) => chat.send(word).await.is_ok(),
            None => false,
        };
        if !talking {
            self.open.remove(id);
        }
    }

    fn begin(&mut self, view: View, rng: fastrand::Rng) {
        let (sender, news) = mpsc::channel(NEWS);
        self.open.insert(view.id.clone(), sender);
        let chat = Chat::new(self.setup.clone(), view, rng);
        let stop = self.until.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = chat.run(news) => {}
            }
        });
    }
}
