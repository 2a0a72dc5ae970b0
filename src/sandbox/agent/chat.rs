//! One conversation of Riley's: takes it, reads along, answers one thing after the other.
//!
//! Receipts never wait for an answer in the making; what comes in meanwhile queues.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use crate::{
    domain::{
        ids::{ConversationId, DialogId, Sequence},
        role::Role,
    },
    sandbox::{
        agent::{
            brain::{Brain, Step},
            desk::Hand,
            script::{Heard, Script},
        },
        cloud::{
            changes::{News, View},
            conversation::Event,
            fields::Field,
            publication::Publication,
            refusal::Refusal,
        },
        settings::Delays,
    },
};

/// Messages waiting for an answer at most; the oldest goes unanswered past that.
const QUEUED: usize = 64;

/// What all conversations of Riley's share.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Riley.
    pub riley: Hand,
    /// Who can be called in.
    pub supervisor: Hand,
    /// What can be said.
    pub script: Arc<Script>,
    /// How long things take.
    pub delays: Delays,
}

/// Riley in one conversation.
#[derive(Debug)]
pub struct Chat {
    setup: Setup,
    id: ConversationId,
    dialog: DialogId,
    brain: Brain,
    /// Events below this number were dealt with.
    seen: Sequence,
    /// The latest message that was answered.
    answered: Option<Sequence>,
    unread: Vec<(Sequence, Heard)>,
    read_at: Option<Instant>,
    queue: VecDeque<(Sequence, Heard)>,
    steps: VecDeque<Step>,
    answering: Option<Sequence>,
    next_step: Instant,
}

impl Chat {
    /// Riley in a conversation that rings, or is Riley's already.
    pub fn new(setup: Setup, view: &View, rng: fastrand::Rng) -> Self {
        let brain = Brain::new(setup.delays, None, rng);
        Self {
            setup,
            id: view.id.clone(),
            dialog: view.main.clone(),
            brain,
            seen: 0,
            answered: None,
            unread: Vec::new(),
            read_at: None,
            queue: VecDeque::new(),
            steps: VecDeque::new(),
            answering: None,
            next_step: Instant::now(),
        }
    }

    /// Talks until the conversation closes or nobody passes news on any more.
    pub async fn run(mut self, view: View, mut news: mpsc::Receiver<News>) {
        if let Err(refusal) = self.talk(view, &mut news).await {
            // A close that overtakes an answer ends it here, and so does a lost ring.
            tracing::debug!(conversation = %self.id, %refusal, "Riley stops talking");
        }
    }

    async fn talk(&mut self, view: View, news: &mut mpsc::Receiver<News>) -> Result<(), Refusal> {
        if view.assigned.is_none() {
            tokio::time::sleep(self.setup.delays.ring).await;
            self.setup.riley.accept_ring(&self.id).await?;
        }
        self.catch_up().await?;
        loop {
            self.begin_answer();
            let reading = self.read_at;
            tokio::select! {
                // News before the next step: a close must end an answer in the making.
                // A flood of it is bounded by the channel and delays Riley only.
                biased;
                () = until(reading), if reading.is_some() => self.read().await?,
                came = news.recv() => match came {
                    Some(News::Conversation(view)) if !view.open => return Ok(()),
                    Some(News::Event { event, .. }) => self.hear(&event).await?,
                    Some(News::Conversation(_) | News::ChatState { .. }) => {}
                    None => return Ok(()),
                },
                () = sleep_until(self.next_step), if !self.steps.is_empty() => self.step().await?,
            }
        }
    }

    /// Looks at what happened before Riley came, or before Riley came back.
    async fn catch_up(&mut self) -> Result<(), Refusal> {
        let (events, memo) = self.setup.riley.history(&self.id);
        let memo = memo.unwrap_or(Value::Null);
        self.answered = memo.get("answered").and_then(Value::as_u64);
        if let Some(topic) = memo.get("topic").and_then(Value::as_str) {
            self.brain = Brain::new(
                self.setup.delays,
                Some(topic.to_owned()),
                fastrand::Rng::with_seed(self.seen),
            );
        }
        let own = self.setup.riley.agent();
        let greeted = events
            .iter()
            .any(|event| event.author.id == *own && text_of(&event.event).is_some());
        if !greeted {
            self.steps = self.brain.greet(&self.setup.script).into();
        }
        for event in events {
            self.hear(&event).await?;
        }
        Ok(())
    }

    /// Takes in an event: the consumer's words are accepted at once and read in a moment.
    async fn hear(&mut self, event: &Event) -> Result<(), Refusal> {
        if event.sequence < self.seen {
            return Ok(());
        }
        self.seen = event.sequence + 1;
        if event.author.role != Role::Consumer || Some(event.sequence) <= self.answered {
            return Ok(());
        }
        let Some(text) = text_of(&event.event) else {
            return Ok(());
        };
        let heard = Heard {
            text: text.to_owned(),
            click: click_of(event.metadata.as_ref()),
        };
        self.receipt("ACCEPT", vec![event.sequence]).await?;
        self.unread.push((event.sequence, heard));
        self.read_at
            .get_or_insert(Instant::now() + self.setup.delays.read);
        Ok(())
    }

    async fn read(&mut self) -> Result<(), Refusal> {
        self.read_at = None;
        let read = std::mem::take(&mut self.unread);
        let sequences = read.iter().map(|(sequence, _)| *sequence).collect();
        self.receipt("READ", sequences).await?;
        for one in read {
            if self.queue.len() == QUEUED {
                self.queue.pop_front();
            }
            self.queue.push_back(one);
        }
        Ok(())
    }

    async fn receipt(&self, status: &str, sequences: Vec<Sequence>) -> Result<(), Refusal> {
        let receipt = Publication::Accept {
            status: status.to_owned(),
            sequences,
        };
        self.setup.riley.publish(&self.dialog, receipt).await?;
        Ok(())
    }

    /// Takes the next message when the last one is answered.
    fn begin_answer(&mut self) {
        if self.steps.is_empty()
            && self.answering.is_none()
            && let Some((sequence, heard)) = self.queue.pop_front()
        {
            self.steps = self.brain.answer(&self.setup.script, &heard).into();
            self.answering = Some(sequence);
            self.next_step = Instant::now();
        }
    }

    async fn step(&mut self) -> Result<(), Refusal> {
        let riley = &self.setup.riley;
        let supervisor = &self.setup.supervisor;
        match self.steps.pop_front() {
            Some(Step::Wait(span)) => self.next_step = Instant::now() + span,
            Some(Step::Publish(message)) => {
                riley.publish(&self.dialog, message).await?;
            }
            Some(Step::Join) => {
                let joining = [Field::Join(Role::Manager)];
                supervisor.update(&self.id, &joining).await?;
            }
            Some(Step::Supervise(message)) => {
                supervisor.publish(&self.dialog, message).await?;
            }
            Some(Step::Leave) => supervisor.update(&self.id, &[Field::Leave]).await?,
            Some(Step::Close) => {
                let closing = [Field::CloseDialog {
                    dialog: self.dialog.clone(),
                    cause: Some("Closed by agent".to_owned()),
                }];
                riley.update(&self.id, &closing).await?;
            }
            None => {}
        }
        if self.steps.is_empty()
            && let Some(sequence) = self.answering.take()
        {
            self.answered = Some(sequence);
            let memo = json!({ "answered": sequence, "topic": self.brain.topic() });
            self.setup.riley.remember(&self.id, memo).await?;
        }
        Ok(())
    }
}

async fn until(at: Option<Instant>) {
    let at = at.unwrap_or_else(|| Instant::now() + Duration::from_hours(1));
    sleep_until(at).await;
}

fn text_of(event: &Value) -> Option<&str> {
    event.get("message").and_then(Value::as_str)
}

/// The `ExternalId` a click puts into the message it writes; see `rich-content` 7.
fn click_of(metadata: Option<&Value>) -> Option<String> {
    let entries = metadata?.as_array()?;
    let id = entries
        .iter()
        .find(|entry| entry.get("type").and_then(Value::as_str) == Some("ExternalId"))?;
    Some(id.get("id")?.as_str()?.to_owned())
}
