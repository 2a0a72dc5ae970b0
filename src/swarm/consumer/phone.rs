//! The task of one consumer's phone: what the scenario does on it, what its calls bring and what comes
//! by webhook, one after another.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{
        conversation::{Conversation, event::PhoneEvent},
        exchange::{Entry, EntryKind},
        ids::{ConversationId, EntryId, PhoneId},
        line::Line,
    },
    engine::{command::Command, unkept::UnkeptPhone, update::Update},
    runner::pace::ScenePace,
    swarm::{
        consumer::{
            play::SwarmShared,
            router::{Delivered, Delivery},
            watch::{ConsumerWatch, Samples},
        },
        measure::SwarmCount,
    },
};

/// What is left of a consumer when the phone is closed.
pub(super) struct PhoneRest {
    pub(super) watch: ConsumerWatch,
    pub(super) conversation: Conversation,
    pub(super) inbox: mpsc::Receiver<Delivery>,
    pub(super) claimed: Vec<ConversationId>,
    /// Nobody answered, and the consumer left.
    pub(super) is_abandoned: bool,
}

/// When a consumer came, and how the acts lie in time.
pub(super) struct PhoneTime {
    /// When the consumer was to come.
    pub(super) arrival: Instant,
    pub(super) pace: Arc<ScenePace>,
    /// After how long without an answer the consumer leaves.
    pub(super) gives_up: Option<Duration>,
}

/// The task, before it runs.
pub(super) struct PhoneTask {
    pub(super) shared: Arc<SwarmShared>,
    pub(super) id: PhoneId,
    pub(super) scenario: usize,
    pub(super) phone: UnkeptPhone,
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) inbox: mpsc::Receiver<Delivery>,
    pub(super) time: PhoneTime,
    /// Ends the scene.
    pub(super) stop: CancellationToken,
    pub(super) rest: oneshot::Sender<PhoneRest>,
}

/// What the task knows while it runs.
struct PhoneRun {
    task: PhoneTask,
    watch: ConsumerWatch,
    samples: Samples,
    /// When the last act that is measured was due.
    last_due: Option<Duration>,
    claimed: Vec<ConversationId>,
    is_named: bool,
    is_abandoned: bool,
    is_queued: bool,
    entries: u64,
}

impl PhoneTask {
    /// Runs until the scene has ended.
    pub(super) async fn run(self) {
        let watch = ConsumerWatch::new(self.time.arrival, self.shared.limits.late);
        let run = PhoneRun {
            task: self,
            watch,
            samples: Samples::new(),
            last_due: None,
            claimed: Vec::new(),
            is_named: false,
            is_abandoned: false,
            is_queued: false,
            entries: 0,
        };
        run.run().await;
    }
}

impl PhoneRun {
    async fn run(mut self) {
        self.task.phone.begin().await;
        loop {
            let gives_up = self.gives_up();
            let task = &mut self.task;
            tokio::select! {
                // The scenario first; webhooks, which can flood, last.
                biased;
                command = task.commands.recv() => match command {
                    Some(Command::Quit) | None => break,
                    Some(command) => self.execute(command).await,
                },
                event = task.phone.next() => {
                    let now = Instant::now();
                    self.step(event, now).await;
                }
                () = at(gives_up) => {
                    self.is_abandoned = true;
                    self.task.stop.cancel();
                }
                // The router has the sender until the consumer leaves.
                Some(delivery) = task.inbox.recv() => self.take(delivery).await,
            }
        }
        let lines = self.task.phone.leave().await;
        let now = Instant::now();
        self.after(&lines, now, now);
        if self.is_queued {
            self.task.shared.recorder.queues(false);
        }
        let PhoneTask {
            phone, inbox, rest, ..
        } = self.task;
        let conversation = phone.stop().await;
        // Without a receiver the run is being thrown away.
        let _ = rest.send(PhoneRest {
            watch: self.watch,
            conversation,
            inbox,
            claimed: self.claimed,
            is_abandoned: self.is_abandoned,
        });
    }

    /// When the consumer leaves because nobody answers.
    fn gives_up(&self) -> Option<Instant> {
        let patience = self.task.time.gives_up.filter(|_| !self.is_abandoned)?;
        Some(self.watch.waits_for_reply()? + patience)
    }

    async fn execute(&mut self, command: Command) {
        let now = Instant::now();
        let mut due = now;
        if let Command::Act { act, .. } = &command
            && ConsumerWatch::measures(act)
        {
            // What is done after the last act of the plan, to end the conversation, is due at once.
            let planned = self.task.time.pace.due();
            if self.last_due != Some(planned) {
                self.last_due = Some(planned);
                due = self.task.time.arrival + planned;
            }
            self.watch.acts(act, due, now, &mut self.samples);
        }
        let lines = self.task.phone.execute(command).await;
        self.after(&lines, due, now);
    }

    async fn take(&mut self, delivery: Delivery) {
        match delivery {
            Delivery::Change(arrived) => {
                self.watch
                    .comes(&arrived.change, arrived.is_again, &mut self.samples);
                self.step(PhoneEvent::Notified(arrived.change), arrived.at)
                    .await;
            }
            Delivery::Hook(hook) => self.tell_wire(EntryKind::Hook(*hook)).await,
            Delivery::Call(call) => self.tell_wire(EntryKind::Call(*call)).await,
        }
    }

    async fn step(&mut self, event: PhoneEvent, came: Instant) {
        let lines = self.task.phone.step(event).await;
        self.after(&lines, came, came);
    }

    async fn tell_wire(&mut self, kind: EntryKind) {
        self.entries += 1;
        let entry = Entry {
            id: EntryId(self.entries),
            phone: Some(self.task.id),
            kind,
        };
        self.task.phone.tell(Update::Wire(vec![entry])).await;
    }

    /// Measures what a step changed, and tells the router whose conversations they are.
    fn after(&mut self, lines: &[Line], due: Instant, at: Instant) {
        let (task, watch) = (&self.task, &mut self.watch);
        let own = task.phone.conversation();
        watch.lines(lines, due, at, &mut self.samples);
        watch.stands(own, at, &mut self.samples);
        let (shared, id) = (&task.shared, task.id);
        if let Some(me) = own.me().filter(|_| !self.is_named) {
            self.is_named = true;
            shared.router.name(id, me.clone());
        }
        if let Some(conversation) = own.current()
            && !self.claimed.contains(conversation)
        {
            self.claimed.push(conversation.clone());
            if shared.router.claim(id, conversation) == Delivered::Full {
                shared.recorder.count(task.scenario, SwarmCount::Overflowed);
            }
        }
        let is_queued = own.is_open() && !watch.is_taken();
        if is_queued != self.is_queued {
            self.is_queued = is_queued;
            shared.recorder.queues(is_queued);
        }
        shared.recorder.add(task.scenario, &mut self.samples);
    }
}

/// Ends at the time given; never, when there is none.
async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}
