//! A scenario on a phone: what the screen and those who play it tell each other, and what the screen
//! knows of it. Who plays it is not known here.

mod strip;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use tokio::sync::mpsc;

pub(crate) use self::strip::{action_at, draw};
use crate::{
    domain::{
        ids::{ExtConsumerId, ItemId, PhoneId},
        notice::Notice,
        time::Timestamp,
    },
    tui::chat::bubble::StepMarks,
};

/// What is to be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScenarioStart {
    /// The phone of the consumer who is played.
    pub phone: PhoneId,
    /// The file as it was written, perhaps with `:LINE` behind it: up to there it is played.
    pub file: String,
}

/// What the person wants of the scenario that is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScenarioOrder {
    /// Hold it, before the next step or in the middle of a wait.
    Hold,
    /// Hold it: the person does something on the phone.
    TakeOver,
    /// Let it go on.
    GoOn,
    /// Let one step go on, and hold it then.
    Step,
    /// End it. What is open stays open.
    Stop,
}

/// Why a scenario is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldFor {
    /// The person asked for it.
    Asked,
    /// The single step that the person asked for has ended.
    Step,
    /// It has come to the line that was chosen.
    Line,
}

/// What happens in the scenario that is played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ScenarioNews {
    /// The file was read, and its scene begins.
    Begins {
        /// The title of the scene that is played.
        title: String,
        /// How many steps it has.
        steps: usize,
        /// What the person should know of it; empty for nothing.
        words: String,
        /// The consumers who are played: what they look at the scenario tells, not the screen.
        consumers: Vec<ExtConsumerId>,
    },
    /// A step begins to be played or waited for.
    Step {
        /// Its number, from 1.
        number: usize,
        /// Its line in the file.
        line: usize,
        /// The line as it is written.
        text: String,
        /// How long may be waited for it; `None` where nothing is waited for.
        left: Option<Duration>,
    },
    /// A step has ended.
    StepEnded {
        /// Its line in the file.
        line: usize,
        /// Whether it held; `None` when it was left out.
        passed: Option<bool>,
        /// The bubble it is marked at; the newest one when nobody knows.
        bubble: Option<ItemId>,
    },
    /// The scenario is held before a step.
    Held {
        /// Whether a line, a single step or the person held it.
        why: HeldFor,
        /// How long may still be waited for the step, once it goes on.
        left: Option<Duration>,
        /// The step that comes next, where none is under way.
        next: Option<NextStep>,
    },
    /// The scenario goes on after it was held.
    GoesOn {
        /// For one step only.
        one_step: bool,
        /// How long may still be waited for the step.
        left: Option<Duration>,
    },
    /// It has ended, or was not begun; the last notice says how.
    Over(Vec<Notice>),
}

/// A step before which the scenario is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextStep {
    /// Its number, from 1.
    pub number: usize,
    /// Its line in the file.
    pub line: usize,
    /// The line as it is written.
    pub text: String,
}

/// Where orders go and news come from, of one scenario.
#[derive(Debug)]
pub struct ScenarioChannels {
    /// Orders; when this is dropped the scenario ends.
    pub orders: mpsc::Sender<ScenarioOrder>,
    /// News; the last one is [`ScenarioNews::Over`].
    pub news: mpsc::Receiver<ScenarioNews>,
}

/// Begins to play a scenario.
pub type StartScenario = Arc<dyn Fn(ScenarioStart) -> ScenarioChannels + Send + Sync>;

/// Whether the scenario goes on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum ScenarioHold {
    #[default]
    Runs,
    Paused,
    /// The person does something on the phone.
    ByHand,
    /// It has come to the line that was chosen.
    AtLine,
}

/// When a step is late.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepDeadline {
    At(Timestamp),
    /// So long after it goes on.
    After(Duration),
}

/// The step that is under way, or was the last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CurrentStep {
    pub(crate) number: usize,
    pub(crate) line: usize,
    pub(crate) text: String,
    pub(crate) deadline: Option<StepDeadline>,
    pub(crate) stage: StepStage,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StepStage {
    /// The scenario is held before it.
    Next,
    UnderWay,
    Ended,
}

/// The scenario that is played.
#[derive(Debug)]
pub(crate) struct RunningScenario {
    pub(crate) phone: PhoneId,
    pub(crate) title: String,
    /// How many steps it has; 0 until it was read.
    pub(crate) steps: usize,
    /// The consumers who are played; none until it was read.
    pub(crate) consumers: Vec<ExtConsumerId>,
    pub(crate) step: Option<CurrentStep>,
    pub(crate) hold: ScenarioHold,
}

impl RunningScenario {
    /// One that is being read.
    pub(crate) fn new(start: &ScenarioStart) -> Self {
        let name = start.file.rsplit('/').next().unwrap_or(&start.file);
        Self {
            phone: start.phone,
            title: name.to_owned(),
            steps: 0,
            consumers: Vec::new(),
            step: None,
            hold: ScenarioHold::Runs,
        }
    }

    /// Notes how long may still be waited; the clock goes on unless it is held.
    pub(crate) fn set_left(&mut self, left: Option<Duration>, goes: bool, now: Timestamp) {
        if let Some(step) = &mut self.step {
            step.deadline = left.map(|left| {
                if goes {
                    StepDeadline::At(now.after(left))
                } else {
                    StepDeadline::After(left)
                }
            });
        }
    }

    /// The step that is under way.
    fn under_way(&self) -> Option<&CurrentStep> {
        let step = self.step.as_ref();
        step.filter(|step| step.stage == StepStage::UnderWay)
    }

    /// Whole seconds that may still be waited for the step.
    pub(crate) fn seconds_left(&self, now: Timestamp) -> Option<u64> {
        let left = match self.under_way()?.deadline? {
            StepDeadline::At(until) => until.since(now),
            StepDeadline::After(left) => left,
        };
        Some(left.as_secs() + u64::from(left.subsec_nanos() > 0))
    }

    /// When those seconds are fewer.
    pub(crate) fn next_second(&self, now: Timestamp) -> Option<Timestamp> {
        let StepDeadline::At(until) = self.under_way()?.deadline? else {
            return None;
        };
        let left = until.since(now);
        let part = Duration::from_nanos(u64::from(left.subsec_nanos()));
        let part = if part.is_zero() {
            Duration::from_secs(1)
        } else {
            part
        };
        (!left.is_zero()).then(|| now.after(part))
    }
}

/// The steps that are marked beside bubbles.
#[derive(Debug, Default)]
pub(crate) struct MarkedSteps {
    by_bubble: BTreeMap<ItemId, StepMarks>,
    under_way: BTreeSet<ItemId>,
}

impl MarkedSteps {
    /// Bubbles that are marked at a time; past that all marks are forgotten.
    const MOST: usize = 4096;

    /// The marks of a bubble.
    pub(crate) fn of(&self, bubble: ItemId) -> StepMarks {
        self.by_bubble.get(&bubble).copied().unwrap_or_default()
    }

    /// A step begins, and this is the newest bubble.
    pub(crate) fn begins(&mut self, line: usize, bubble: ItemId) {
        self.change(bubble, |marks| marks.under_way = Some(line));
        self.under_way.insert(bubble);
    }

    /// No step is under way any more.
    pub(crate) fn nothing_under_way(&mut self) {
        for bubble in std::mem::take(&mut self.under_way) {
            self.change(bubble, |marks| marks.under_way = None);
        }
    }

    /// A step held, or did not.
    pub(crate) fn ended(&mut self, line: usize, passed: bool, bubble: ItemId) {
        self.change(bubble, |marks| {
            if passed {
                let (first, last) = marks.passed.unwrap_or((line, line));
                marks.passed = Some((first.min(line), last.max(line)));
            } else {
                marks.failed = Some(line);
            }
        });
    }

    fn change(&mut self, bubble: ItemId, how: impl FnOnce(&mut StepMarks)) {
        if self.by_bubble.len() >= Self::MOST {
            self.by_bubble.clear();
        }
        how(self.by_bubble.entry(bubble).or_default());
    }
}
