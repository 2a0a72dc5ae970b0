//! What a scene tells while it is played: which step begins, how one has ended, and that the scene
//! is held. A step is held before it begins.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    domain::ids::{ItemId, PhoneId},
    report::outcome::{Matched, StepOutcome, StepReport},
    runner::{
        control::HeldBy,
        log::{Moment, What},
        play::{Halt, Performance, Player, millis},
    },
    scenario::script::{Scene, ScriptStep, SourcePlace, StepKind},
};

/// Something that happens in a scene.
#[derive(Debug)]
pub enum SceneNews<'a> {
    /// A step begins to be played or waited for.
    Begins {
        /// The step; what became of it is not known yet.
        step: &'a StepReport,
        /// Its number in the scene, from 1.
        number: usize,
        /// Its deadline by the scene's clock, where it waits.
        until: Option<Moment>,
    },
    /// A step has ended.
    Ended {
        /// The step with what became of it.
        step: &'a StepReport,
        /// The line on the consumer's phone that it said or waited for.
        bubble: Option<ItemId>,
    },
    /// The scene is held before a step.
    Held {
        /// What held it just now; `None` when it was held before.
        by: Option<HeldBy>,
        /// The line of the step in its file, from 1.
        line: usize,
        /// The step as it is written.
        text: &'a str,
        /// Its number in the scene, from 1.
        number: usize,
    },
}

/// Is told what happens in a scene.
pub type SceneTold = Arc<dyn Fn(SceneNews<'_>) + Send + Sync>;

/// How many steps a scene has, those in blocks and in used files among them.
pub fn count_of_steps(scene: &Scene) -> usize {
    numbers(scene).len()
}

/// The number of each step of a scene in the order they are written, from 1. The steps of a file
/// that is used twice count once.
pub(super) fn numbers(scene: &Scene) -> BTreeMap<SourcePlace, usize> {
    fn add(steps: &[ScriptStep], numbers: &mut BTreeMap<SourcePlace, usize>) {
        for step in steps {
            let next = numbers.len() + 1;
            numbers.entry(step.place).or_insert(next);
            match &step.kind {
                StepKind::AnyOrder(steps) | StepKind::Use { steps, .. } => add(steps, numbers),
                StepKind::If {
                    condition,
                    then,
                    otherwise,
                } => {
                    add(std::slice::from_ref(condition), numbers);
                    add(then, numbers);
                    add(otherwise, numbers);
                }
                _ => {}
            }
        }
    }
    let mut all = BTreeMap::new();
    add(&scene.steps, &mut all);
    all
}

/// What a step came to.
pub(super) struct StepEnd {
    pub(super) at: Moment,
    pub(super) matched: Option<Matched>,
    /// What it said, or waited for, on a consumer's phone.
    pub(super) bubble: Option<ItemId>,
}

impl Performance<'_> {
    /// Comes to a step, or to several that are armed together up to the last one, and waits there
    /// while the scene is held.
    pub(super) async fn gate(&self, step: &ScriptStep, last: SourcePlace) -> Result<(), Halt> {
        let control = self.hub.control();
        let mut changes = control.changes();
        let own_line = (last.file == 0).then_some(last.line);
        let by = control.arrive(own_line);
        if control.stands() {
            (self.told)(SceneNews::Held {
                by,
                line: step.place.line,
                text: &step.source,
                number: self.numbers.get(&step.place).copied().unwrap_or_default(),
            });
        }
        while control.stands() {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return Err(Halt::Cancelled),
                // The sender lives as long as the hub does.
                _ = changes.changed() => {}
            }
        }
        Ok(())
    }

    /// Notes that a step begins, with its deadline; gives its index.
    pub(super) fn begin(&mut self, step: &ScriptStep, until: Option<Moment>) -> usize {
        self.steps.push(StepReport {
            file: self.other_file(step.place),
            line: step.place.line,
            text: step.source.clone(),
            kind: kind_word(&step.kind).to_owned(),
            depth: self.depth,
            ..StepReport::default()
        });
        let index = self.steps.len() - 1;
        let number = self.numbers.get(&step.place).copied().unwrap_or_default();
        (self.told)(SceneNews::Begins {
            step: &self.steps[index],
            number,
            until,
        });
        index
    }

    /// Notes how a step ended.
    pub(super) fn end(&mut self, index: usize, outcome: StepOutcome, end: StepEnd) {
        if let Some(step) = self.steps.get_mut(index) {
            step.outcome = outcome;
            step.at_ms = millis(end.at);
            step.matched = end.matched;
            (self.told)(SceneNews::Ended {
                step,
                bubble: end.bubble,
            });
        }
    }

    /// The end of a step that brought nothing.
    pub(super) fn nothing(&self) -> StepEnd {
        StepEnd {
            at: self.hub.now(),
            matched: None,
            bubble: None,
        }
    }

    /// The newest line on a consumer's phone of those that a step of this person's can bring: the
    /// consumer's own, or what an agent's sayings become there.
    pub(super) fn newest_of(&self, step: &ScriptStep) -> Option<ItemId> {
        let (StepKind::Line { who, .. } | StepKind::Deed { who, .. }) = &step.kind else {
            return None;
        };
        let name = self.values.fill(who).ok()?;
        let known = self.hub.known();
        let (log, number) = match self.players.get(&name)? {
            Player::Consumer { log, .. } => {
                let own = &known.logs.get(log)?.own;
                (log, *own.keys().next_back()?)
            }
            Player::Agent { .. } => {
                let messages = known.logs.get(&self.focus)?.messages();
                let newest = messages.map(|(_, message)| message.line).max()?;
                (&self.focus, newest)
            }
        };
        let phone = known.phones.get(log)?.phone;
        Some(item(phone, number))
    }

    /// The line on a consumer's phone that something in a log is.
    pub(super) fn bubble_of(&self, whose: &str, number: u64) -> Option<ItemId> {
        let known = self.hub.known();
        let line = match &known.logs.get(whose)?.get(number)?.what {
            What::Heard(message) => message.line,
            What::Said(line, _) => *line,
            _ => return None,
        };
        let phone = known.phones.get(whose)?.phone;
        Some(item(phone, line))
    }
}

fn item(phone: PhoneId, number: u32) -> ItemId {
    ItemId {
        phone: Some(phone),
        number,
    }
}

fn kind_word(kind: &StepKind) -> &'static str {
    match kind {
        StepKind::Line { .. } => "line",
        StepKind::Deed { .. } => "deed",
        StepKind::Sees { .. } => "sees",
        StepKind::Expect { .. } => "expect",
        StepKind::No { .. } => "no",
        StepKind::AnyOrder(_) => "any order",
        StepKind::If { .. } => "if",
        StepKind::Use { .. } => "use",
        StepKind::Sandbox(_) => "sandbox",
        StepKind::Let { .. } => "let",
        StepKind::Pause(_) => "pause",
        StepKind::Pass(_) => "pass",
        StepKind::Note(_) => "note",
    }
}
