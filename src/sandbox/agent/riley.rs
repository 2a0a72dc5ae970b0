//! Riley at the desk, and Sam: one task each that hands every conversation to a task of its own.

use std::{collections::HashMap, sync::Arc};

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::ids::ConversationId,
    rt::shutdown::Shutdown,
    sandbox::{
        agent::{
            act::Setup,
            chat::{Chat, Word},
            desk::{Desk, Event},
            hand::Hand,
            script::{Line, Script},
            shifts::Shifts,
        },
        hub::Hub,
        model::{
            changes::{News, View},
            people::agent_id,
            roster::{self, Takes},
        },
        settings::Delays,
    },
};

/// News waiting for one conversation; a full one makes the desk wait, and it is never full for long.
const NEWS: usize = 256;
/// What Sam, who knows all that Riley knows, says on taking a conversation.
const SAM_GREETS: &str = "Hello, this is Sam from Sales. What may I show you?";
/// What Sam says in a conversation that Sam began.
const SAM_CALLS: &str = "Hello again, it is Sam from Sales. I come back to you, as promised.";

/// Starts Riley, and Sam for the conversations that are handed to Sales.
pub fn start(
    hub: &Arc<Hub>,
    tasks: &Shutdown,
    script: &Script,
    shifts: &Shifts,
    delays: Delays,
    seed: u64,
) {
    let sams = Script {
        greeting: vec![Line::Text(SAM_GREETS.to_owned())],
        calling: vec![Line::Text(SAM_CALLS.to_owned())],
        ..script.clone()
    };
    for (name, script) in [(roster::RILEY, script.clone()), (roster::SAM, sams)] {
        if let Some(on) = shifts.watch(name) {
            employ(hub, tasks, (name, on), script, delays, seed);
        }
    }
}

/// Starts one of them, who works while the switch is on; ends with the signal of `tasks`.
fn employ(
    hub: &Arc<Hub>,
    tasks: &Shutdown,
    (name, mut on): (&'static str, watch::Receiver<bool>),
    script: Script,
    delays: Delays,
    seed: u64,
) {
    let (hub, script, tasks) = (hub.clone(), Arc::new(script), tasks.clone());
    let stop = tasks.token();
    let shifts = {
        let (tasks, stop) = (tasks.clone(), stop.clone());
        async move {
            let mut rng = fastrand::Rng::with_seed(seed);
            // A seat is lost only when far too much came at once; then its owner sits down again.
            while on.wait_for(|on| *on).await.is_ok() {
                let until = stop.child_token();
                let tasks = (&tasks, &until);
                tokio::select! {
                    () = shift(&hub, tasks, name, &script, delays, &mut rng) => {}
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
            () = shifts => {}
        }
    });
}

/// Works at a desk until the seat is lost.
async fn shift(
    hub: &Arc<Hub>,
    (tasks, until): (&Shutdown, &CancellationToken),
    name: &str,
    script: &Arc<Script>,
    delays: Delays,
    rng: &mut fastrand::Rng,
) {
    let account = hub.look(|cloud| cloud.account().clone());
    let mut desk = hub
        .desks()
        .stand_by(hub, agent_id(&account, name), Takes::of(name));
    let setup = Setup {
        account: account.clone(),
        riley: desk.hand(),
        supervisor: Hand::new(hub, agent_id(&account, &script.supervisor)),
        script: script.clone(),
        delays,
    };
    let mut chats = Chats {
        setup,
        tasks: tasks.clone(),
        until: until.clone(),
        open: HashMap::new(),
    };
    for view in desk.hand().conversations() {
        chats.begin(view, rng.fork());
    }
    chats.attend(&mut desk, rng).await;
}

/// One agent's conversations, each with the way to its task.
struct Chats {
    setup: Setup,
    tasks: Shutdown,
    /// Ends what is said in them.
    until: CancellationToken,
    open: HashMap<ConversationId, mpsc::Sender<Word>>,
}

impl Chats {
    async fn attend(&mut self, desk: &mut Desk, rng: &mut fastrand::Rng) {
        while let Some(event) = desk.next().await {
            match event {
                Event::Ring(view) | Event::Given(view) => self.begin(view, rng.fork()),
                Event::RingEnded(_) => {}
                Event::Relieved(id) => self.word(&id, Word::Relieved).await,
                // Dropping the way to it ends it, without a word.
                Event::Replaced(id) => {
                    self.open.remove(&id);
                }
                Event::News { conversation, news } => {
                    let own = self.setup.riley.agent();
                    let over = matches!(&news, News::Conversation(view)
                        if !view.main_open || view.assigned.as_ref() != Some(own));
                    self.word(&conversation, Word::News(news)).await;
                    if over {
                        self.open.remove(&conversation);
                    }
                }
            }
        }
    }

    /// Passes something on to the task of a conversation, if that still talks.
    async fn word(&mut self, id: &ConversationId, word: Word) {
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
