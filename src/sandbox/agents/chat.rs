//! One conversation of Riley's: takes it, reads along, answers one thing after the other.
//!
//! Receipts never wait for an answer in the making; what comes in meanwhile queues.

use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};

use serde_json::Value;
use tokio::{sync::mpsc, time::Instant};

use crate::{
    domain::{ids::Sequence, role::Role},
    rt::world_clock::{Hold, WakeAt, WorldAlarm},
    sandbox::{
        agents::{
            act::{AgentSetup, ChatPlace},
            consumer_input::ConsumerInput,
            planner::{AnswerPlanner, AnswerStep},
            scratch::{Scratch, said_by, skip_said},
        },
        json::Metadata,
        model::{conversation::Csat, dialog::Event, publication::Publication, refusal::Refusal},
    },
};

/// Messages waiting for an answer at most; the oldest goes unanswered past that.
const QUEUED: usize = 64;

/// How many times the ring's delay Riley leaves the first word to the automatic messages that are
/// still to come.
const WELCOME_WAITS: usize = 5;

/// How long after a click the words it writes may come.
const CLICK_TEXT_WITHIN: Duration = Duration::from_millis(1500);

/// What the task of one conversation learns.
#[derive(Debug)]
pub(crate) enum ChatInput {
    Event(Event),
    /// The conversation changed, and is still this agent's.
    Changed,
    /// It is not: it was closed, or went to another agent.
    Over,
    /// Another agent is there for it.
    Relieved,
}

#[derive(Debug)]
pub(crate) struct Chat {
    setup: AgentSetup,
    at: ChatPlace,
    planner: AnswerPlanner,
    /// Events below this number were dealt with.
    seen: Sequence,
    /// The latest message that was answered.
    answered: Option<Sequence>,
    /// Receipts an earlier run gave, with their status.
    given: HashSet<(String, Sequence)>,
    /// On its way to the agent.
    arriving: Vec<(Sequence, ConsumerInput)>,
    accept_at: Option<Instant>,
    /// With the agent, not looked at.
    unread: Vec<(Sequence, ConsumerInput)>,
    read_at: Option<Instant>,
    /// Clicks whose words may still come, and how long Riley waits for them.
    clicks: VecDeque<(Instant, Sequence, ConsumerInput)>,
    queue: VecDeque<(Sequence, ConsumerInput)>,
    /// How the consumer rated the conversation, as far as Riley knows.
    rating: Option<Csat>,
    /// Ends when the consumer says something.
    silent: bool,
    /// How many messages Riley has said.
    said: usize,
    /// How many of them belong to an answer that an earlier run did not finish.
    left_off: usize,
    steps: VecDeque<AnswerStep>,
    /// The steps are Riley's first words.
    opening: bool,
    answering: Option<Sequence>,
    next_step: Instant,
    /// What this conversation's task waits by.
    alarm: WorldAlarm,
}

impl Chat {
    /// Riley in a conversation that rings, or is Riley's already.
    pub(crate) fn new(setup: AgentSetup, at: ChatPlace, rng: fastrand::Rng) -> Self {
        let planner = AnswerPlanner::new(setup.delays, None, rng);
        let alarm = setup.clock.alarm();
        alarm.begin();
        Self {
            next_step: setup.clock.now(),
            alarm,
            setup,
            at,
            planner,
            seen: 0,
            answered: None,
            given: HashSet::new(),
            arriving: Vec::new(),
            accept_at: None,
            unread: Vec::new(),
            read_at: None,
            clicks: VecDeque::new(),
            queue: VecDeque::new(),
            rating: None,
            silent: false,
            said: 0,
            left_off: 0,
            steps: VecDeque::new(),
            opening: false,
            answering: None,
        }
    }

    /// Talks until the conversation closes or its sender is gone.
    pub(crate) async fn run(mut self, mut news: mpsc::Receiver<(ChatInput, Hold)>) {
        if let Err(refusal) = self.talk(&mut news).await {
            // A close that overtakes an answer ends it here, and so does a lost ring.
            tracing::debug!(conversation = %self.at.id, %refusal, "Riley stops talking");
        }
    }

    async fn talk(&mut self, news: &mut mpsc::Receiver<(ChatInput, Hold)>) -> Result<(), Refusal> {
        if let Some(ring) = &self.at.ring {
            self.alarm.pause(self.setup.delays.ring).await;
            for _ in 0..WELCOME_WAITS {
                if !self.setup.riley.awaits_welcome(&self.at.id) {
                    break;
                }
                self.alarm.pause(self.setup.delays.ring).await;
            }
            // Another agent may have come meanwhile, where it rings now; or it rang a second time.
            if news.is_closed() {
                return Ok(());
            }
            let conversation = self.setup.riley.ring(ring)?;
            self.setup.riley.accept_ring(&conversation).await?;
        }
        self.catch_up();
        loop {
            self.begin_answer();
            if self.do_what_is_due().await? {
                continue;
            }
            let tapped = self.clicks.front().map(|(until, ..)| *until);
            let step = (!self.steps.is_empty()).then_some(self.next_step);
            let next = [self.accept_at, self.read_at, tapped, step];
            let next = next.into_iter().flatten().min().map(WakeAt::Steady);
            tokio::select! {
                // News before the next step: a close must end an answer in the making.
                // A flood of it is bounded by the channel and delays Riley only.
                biased;
                came = news.recv() => match came.as_ref().map(|(input, _)| input) {
                    Some(ChatInput::Event(event)) => self.handle_event(event),
                    Some(ChatInput::Changed) => self.check_rating(),
                    Some(ChatInput::Relieved) => return self.give_back().await,
                    Some(ChatInput::Over) | None => return Ok(()),
                },
                () = self.alarm.wait(next) => {
                    if step.is_some_and(|at| at <= self.setup.clock.now()) {
                        self.step().await?;
                    }
                }
            }
        }
    }

    /// The first of a receipt or a click that is due; whether there was one.
    async fn do_what_is_due(&mut self) -> Result<bool, Refusal> {
        let now = self.setup.clock.now();
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.accept_at) {
            self.accept().await?;
        } else if is_due(self.read_at) {
            self.read().await?;
        } else if is_due(self.clicks.front().map(|(until, ..)| *until)) {
            self.answer_click_alone();
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// Says so and gives the conversation back to its queue, where a better agent is.
    async fn give_back(&mut self) -> Result<(), Refusal> {
        self.drop_answer();
        let scratch = self.finished();
        self.setup.riley.remember(&self.at.id, scratch).await?;
        let script = self.setup.script.clone();
        for step in self.planner.open(&script, &script.relieved) {
            if let AnswerStep::Publish(message) = step {
                self.setup.riley.publish(&self.at.main, message).await?;
            }
        }
        self.setup.riley.back_to_queue(&self.at.id).await
    }

    /// Looks at what happened before Riley came, or before Riley came back.
    fn catch_up(&mut self) {
        let (events, scratch) = self.setup.riley.history(&self.at.id);
        let scratch = Scratch::read(scratch);
        self.answered = scratch.answered;
        self.said = said_by(self.setup.riley.agent(), &events);
        self.left_off = scratch.left_off(self.setup.riley.agent(), self.said);
        if scratch.topic.is_some() {
            let rng = fastrand::Rng::with_seed(self.seen);
            self.planner = AnswerPlanner::new(self.setup.delays, scratch.topic, rng);
        }
        self.rating = self.setup.riley.rating(&self.at.id);
        let own = self.setup.riley.agent();
        let greeted = events
            .iter()
            .any(|event| event.author.id == *own && event.is_content());
        // What rings although Riley has been in it comes back; what does not ring
        // although nobody has said anything was begun by Riley.
        let script = &self.setup.script;
        let opening = match (&self.at.ring, greeted) {
            (Some(_), true) => &script.returned,
            (None, false) if events.is_empty() => &script.calling,
            (_, false) => &script.greeting,
            (None, true) => &Vec::new(),
        };
        self.steps = self.planner.open(script, opening).into();
        self.opening = !self.steps.is_empty();
        // What a colleague dealt with before is answered, whichever colleague noted it.
        let colleagues = events.iter().filter(|event| {
            event.author.role == Role::AssignedAgent
                && event.author.id != *own
                && event.is_content()
        });
        self.answered = self
            .answered
            .max(colleagues.map(|event| event.sequence).max());
        for event in &events {
            if event.author.id == *own {
                self.given.extend(receipts_of(&event.event));
            }
        }
        for event in events {
            self.handle_event(&event);
        }
    }

    /// Takes in an event: the consumer's words are accepted on arrival and read a moment later.
    fn handle_event(&mut self, event: &Event) {
        if event.sequence < self.seen {
            return;
        }
        self.seen = event.sequence + 1;
        if event.author.role != Role::Consumer || Some(event.sequence) <= self.answered {
            return;
        }
        let Some(mut input) = ConsumerInput::of(
            &event.event,
            event.metadata.as_ref().map(Metadata::value).as_ref(),
        ) else {
            return;
        };
        if let ConsumerInput::File { path, bytes, .. } = &mut input {
            let file = self.setup.riley.read_file(path);
            *bytes = file.and_then(|file| u64::try_from(file.bytes.len()).ok());
        }
        if let ConsumerInput::Tap { .. } = input {
            if self.clicks.len() == QUEUED {
                self.clicks.pop_front();
            }
            let until = self.setup.clock.now() + CLICK_TEXT_WITHIN;
            self.clicks.push_back((until, event.sequence, input));
            return;
        }
        if let ConsumerInput::Text { click, .. } = &input
            && click.is_some()
        {
            // These are the words a click announced.
            self.clicks.retain(
                |(_, _, tap)| !matches!(tap, ConsumerInput::Tap { click: tapped } if tapped == click),
            );
        }
        self.arriving.push((event.sequence, input));
        self.accept_at
            .get_or_insert(self.setup.clock.now() + self.setup.delays.arrival);
    }

    /// A rating has no number, so it stands behind what was answered so far.
    fn check_rating(&mut self) {
        let rating = self.setup.riley.rating(&self.at.id);
        if self.rating != rating {
            self.rating = rating;
            let rate = self.rating.as_ref().and_then(|rating| rating.csat_rate);
            let stars = rate.filter(|rate| *rate > 0);
            self.enqueue(
                self.answered.unwrap_or_default(),
                ConsumerInput::Rating(stars),
            );
        }
    }

    /// A click for which no words came is answered by itself.
    fn answer_click_alone(&mut self) {
        if let Some((_, sequence, tap)) = self.clicks.pop_front() {
            self.enqueue(sequence, tap);
        }
    }

    fn enqueue(&mut self, sequence: Sequence, input: ConsumerInput) {
        if self.silent || self.planner.is_interrupted_by(&self.setup.script, &input) {
            self.drop_answer();
        }
        if self.queue.len() == QUEUED {
            self.queue.pop_front();
        }
        self.queue.push_back((sequence, input));
    }

    /// Drops the rest of the answer in the making.
    fn drop_answer(&mut self) {
        self.silent = false;
        self.steps.clear();
        self.next_step = self.setup.clock.now();
        self.answered = self.answered.max(self.answering.take());
    }

    async fn accept(&mut self) -> Result<(), Refusal> {
        self.accept_at = None;
        let arrived = std::mem::take(&mut self.arriving);
        let sequences = arrived.iter().map(|(sequence, _)| *sequence).collect();
        self.receipt("ACCEPT", sequences).await?;
        self.unread.extend(arrived);
        self.read_at
            .get_or_insert(self.setup.clock.now() + self.setup.delays.read);
        Ok(())
    }

    async fn read(&mut self) -> Result<(), Refusal> {
        self.read_at = None;
        let read = std::mem::take(&mut self.unread);
        let sequences = read.iter().map(|(sequence, _)| *sequence).collect();
        self.receipt("READ", sequences).await?;
        for (sequence, input) in read {
            self.enqueue(sequence, input);
        }
        Ok(())
    }

    async fn receipt(&self, status: &str, mut sequences: Vec<Sequence>) -> Result<(), Refusal> {
        sequences.retain(|sequence| !self.given.contains(&(status.to_owned(), *sequence)));
        if sequences.is_empty() {
            return Ok(());
        }
        let receipt = Publication::Accept {
            status: status.to_owned(),
            sequences,
        };
        self.setup.riley.publish(&self.at.main, receipt).await?;
        Ok(())
    }

    /// Takes the next message when the last one is answered.
    fn begin_answer(&mut self) {
        while self.steps.is_empty()
            && self.answering.is_none()
            && let Some((sequence, input)) = self.queue.pop_front()
        {
            self.steps = self.planner.answer(&self.setup.script, &input).into();
            skip_said(&mut self.steps, std::mem::take(&mut self.left_off));
            if self.steps.is_empty() {
                self.answered = self.answered.max(Some(sequence));
            } else {
                self.answering = Some(sequence);
            }
            self.next_step = self.setup.clock.now();
        }
    }

    async fn step(&mut self) -> Result<(), Refusal> {
        let Some(step) = self.steps.pop_front() else {
            return Ok(());
        };
        self.silent = false;
        // With the last word of an answer goes the note that it was given, so
        // that a kill right after it does not have it given again.
        self.said += usize::from(step.says());
        let is_last = self.steps.is_empty() && (self.answering.is_some() || self.opening);
        let scratch = is_last.then(|| self.finished());
        match (step, scratch) {
            (AnswerStep::Publish(message), Some(scratch)) => {
                let riley = &self.setup.riley;
                riley
                    .publish_and_remember(&self.at.main, message, scratch)
                    .await?;
            }
            (step, None) => self.act(step).await?,
            // Noted before it is done: the agent who takes the conversation next looks at once.
            (step, Some(scratch)) if step.gives_away() => {
                self.setup.riley.remember(&self.at.id, scratch).await?;
                self.act(step).await?;
            }
            (step, Some(scratch)) => {
                self.act(step).await?;
                self.setup.riley.remember(&self.at.id, scratch).await?;
            }
        }
        Ok(())
    }

    /// Notes that an answer is at its end.
    fn finished(&mut self) -> Value {
        self.opening = false;
        self.answered = self.answered.max(self.answering.take());
        let scratch = Scratch {
            answered: self.answered,
            topic: self.planner.topic().map(ToOwned::to_owned),
            by: Some(self.setup.riley.agent().clone()),
            said: self.said,
        };
        scratch.written()
    }

    /// What takes time is begun here; the rest is done.
    async fn act(&mut self, step: AnswerStep) -> Result<(), Refusal> {
        match step {
            AnswerStep::Wait(span) => self.next_step = self.setup.clock.now() + span,
            AnswerStep::Silence(_) if !self.queue.is_empty() => self.drop_answer(),
            AnswerStep::Silence(span) => {
                self.silent = true;
                self.next_step = self.setup.clock.now() + span;
            }
            step => self.setup.perform(&self.at, step, &self.alarm).await?,
        }
        Ok(())
    }
}

fn receipts_of(event: &Value) -> Vec<(String, Sequence)> {
    let status = event.get("status").and_then(Value::as_str);
    let sequences = event.get("sequenceList").and_then(Value::as_array);
    match (status, sequences) {
        (Some(status), Some(sequences)) => sequences
            .iter()
            .filter_map(|sequence| Some((status.to_owned(), sequence.as_u64()?)))
            .collect(),
        _ => Vec::new(),
    }
}
