//! Plays the steps of a scene, one after another.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{ids::SkillId, workspace},
    report::outcome::{Failure, FailureKind, StepOutcome, StepReport},
    runner::{
        absence::{NeverText, Sighting},
        hub::{Hub, HubState},
        log::Moment,
        pace::ScenePace,
        telling::{SceneTold, StepEnd},
        values::SceneValues,
        waiting::Anchor,
        world::{AgentLibrary, EngineCommands, LogIn, SandboxControl},
    },
    scenario::script::{ScriptStep, SourcePlace, StepKind, Template},
};

/// How long may be waited for what a deed sets off.
pub(super) const DEED: Duration = Duration::from_secs(30);

/// A scene that is being played.
pub(crate) struct Performance<'a> {
    pub(super) hub: Arc<Hub>,
    pub(super) commands: EngineCommands,
    pub(super) players: BTreeMap<String, Player>,
    pub(super) log_in: LogIn,
    pub(super) sandbox: Option<Arc<dyn SandboxControl>>,
    pub(super) library: Arc<dyn AgentLibrary>,
    pub(super) skills: BTreeMap<String, SkillId>,
    pub(super) values: SceneValues,
    /// The names of the script's files.
    pub(super) files: &'a [String],
    /// Where files that the scenario names are looked for.
    pub(super) folder: PathBuf,
    pub(super) extras_fail: bool,
    /// The deadline of waits that name none, and where it is said.
    pub(super) within: (Duration, Option<SourcePlace>),
    pub(super) never: Vec<NeverText>,
    /// Up to where each log was looked through for what must never come.
    pub(super) checked: BTreeMap<String, u64>,
    /// The consumer who acted last; of no consumer is played, an agent.
    pub(super) focus: String,
    pub(super) anchor: Anchor,
    /// The line of the step that the anchor is the end of.
    pub(super) anchor_line: usize,
    /// Whether the last step did something; else it waited.
    pub(super) did: bool,
    pub(super) depth: usize,
    pub(super) steps: Vec<StepReport>,
    /// Which step matched what: its index, the log and the number there.
    pub(super) matched: Vec<(usize, String, u64)>,
    /// What was waited for when it failed, to see whether it comes late.
    pub(super) missed: Option<super::arming::Missed>,
    pub(super) told: SceneTold,
    /// The number of each step of the scene, from 1.
    pub(super) numbers: BTreeMap<SourcePlace, usize>,
    pub(super) stop: CancellationToken,
    /// How people hesitate; without it everything is done at once.
    pub(super) pace: Option<Arc<ScenePace>>,
}

/// Somebody who is played.
#[derive(Debug)]
pub(crate) enum Player {
    Consumer {
        /// The name of the log: that of the first of the cast who is this consumer.
        log: String,
        /// What was done with cards, by the bubble's number.
        cards: BTreeMap<u32, crate::domain::rich::card::CardState>,
    },
    Agent {
        commands: mpsc::Sender<workspace::command::Command>,
    },
}

/// Why a scene ends before its last step.
#[derive(Debug)]
pub(crate) enum Halt {
    Failed(Box<Failure>),
    /// It is not the scenario's fault.
    Error {
        why: String,
        is_internal: bool,
    },
    /// Somebody wants the run to end.
    Cancelled,
}

impl Halt {
    /// Something around the scene does not work.
    pub(super) fn error(why: impl Into<String>) -> Self {
        Self::Error {
            why: why.into(),
            is_internal: false,
        }
    }
}

impl Performance<'_> {
    /// Plays steps in order.
    pub(super) async fn play(&mut self, steps: &[ScriptStep]) -> Result<(), Halt> {
        let mut at = 0;
        while let Some(step) = steps.get(at) {
            if self.stop.is_cancelled() {
                return Err(Halt::Cancelled);
            }
            self.know_agent();
            if !self.is_wait(step)? {
                self.gate(step, step.place).await?;
                self.know_agent();
                Box::pin(self.step(step, &steps[at + 1..])).await?;
                at += 1;
                continue;
            }
            // What may come is waited for no longer than until the wait after it is met.
            let mut end = at;
            while steps[end].is_optional
                && let Some(next) = steps.get(end + 1)
                && self.is_wait(next)?
            {
                end += 1;
            }
            self.gate(step, steps[end].place).await?;
            self.know_agent();
            let together: Vec<&ScriptStep> = steps[at..=end].iter().collect();
            let is_last = end + 1 == steps.len() && self.depth == 0;
            self.wait_for(&together, is_last).await?;
            at = end + 1;
        }
        Ok(())
    }

    /// `{agent.name}` is the agent that has the conversation now.
    fn know_agent(&mut self) {
        let agent = {
            let known = self.hub.known();
            let situation = known.logs.get(&self.focus).and_then(|log| log.situation());
            situation.and_then(|(_, one)| one.agent.clone())
        };
        if let Some(agent) = agent.filter(|agent| !agent.is_empty()) {
            let first = agent.as_str().split_whitespace().next().unwrap_or_default();
            self.values.set("agent.first", first);
            self.values.set("agent.name", agent.as_str());
        }
    }

    /// Whether a step waits for something; else it does something, or holds others.
    pub(super) fn is_wait(&self, step: &ScriptStep) -> Result<bool, Halt> {
        Ok(match &step.kind {
            StepKind::Line { who, .. } | StepKind::Deed { who, .. } => {
                let name = self.fill(who, step)?;
                !self.players.contains_key(&name)
            }
            StepKind::Sees { .. } | StepKind::Expect { .. } => true,
            _ => false,
        })
    }

    /// A step that is no wait. `rest` are the steps behind it.
    async fn step(&mut self, step: &ScriptStep, rest: &[ScriptStep]) -> Result<(), Halt> {
        self.hesitate(step).await?;
        let index = self.begin(step, None);
        let before = self.newest_of(step);
        let ended = match &step.kind {
            StepKind::Line { who, timing, text } => {
                let name = self.fill(who, step)?;
                let said = text.said(&self.values);
                let text = said.map_err(|why| self.wrong(step, &why.to_string()))?;
                if let Some(after) = timing.after {
                    self.rest(after).await?;
                }
                let may_fail = expects_failure(rest);
                self.say(step, &name, &text, may_fail).await
            }
            StepKind::Deed { who, deed, .. } => {
                let name = self.fill(who, step)?;
                self.deed(step, &name, deed).await
            }
            StepKind::No { event, during } => self.no(step, event, *during).await,
            StepKind::AnyOrder(steps) => self.any_order(steps).await,
            StepKind::If {
                condition,
                then,
                otherwise,
            } => {
                self.depth += 1;
                let ended = self.branch(condition, then, otherwise).await;
                self.depth -= 1;
                ended
            }
            StepKind::Use { with, steps } => {
                for (name, value) in with {
                    let value = self.fill(value, step)?;
                    self.values.set(name, value);
                }
                self.depth += 1;
                let ended = self.play(steps).await;
                self.depth -= 1;
                ended
            }
            StepKind::Let { name, value } => {
                let value = self.fill(value, step)?;
                self.values.set(name, value);
                Ok(())
            }
            StepKind::Pause(span) => self.rest(*span).await,
            StepKind::Pass(span) => self.pass(step, *span).await,
            StepKind::Sandbox(words) => self.tell_sandbox(step, words).await,
            StepKind::Note(_) | StepKind::Sees { .. } | StepKind::Expect { .. } => Ok(()),
        };
        let (outcome, done_at) = match &ended {
            Ok(()) => (StepOutcome::Passed, self.anchor.at),
            Err(_) => (StepOutcome::Failed, self.hub.now()),
        };
        let end = StepEnd {
            at: done_at,
            matched: None,
            bubble: match self.newest_of(step) {
                newest if newest != before => newest,
                _ => None,
            },
        };
        self.end(index, outcome, end);
        if ended.is_ok() && !matches!(step.kind, StepKind::Note(_) | StepKind::Let { .. }) {
            self.anchor_line = step.place.line;
        }
        ended
    }

    async fn branch(
        &mut self,
        condition: &ScriptStep,
        then: &[ScriptStep],
        otherwise: &[ScriptStep],
    ) -> Result<(), Halt> {
        if self.is_met(condition).await? {
            self.play(then).await
        } else {
            self.play(otherwise).await
        }
    }

    /// What is done in a block in any order is done first; the rest is armed together.
    async fn any_order(&mut self, steps: &[ScriptStep]) -> Result<(), Halt> {
        self.depth += 1;
        let mut waits = Vec::new();
        for step in steps {
            if self.is_wait(step)? {
                waits.push(step);
            } else {
                Box::pin(self.step(step, &[])).await?;
            }
        }
        let ended = if waits.is_empty() {
            Ok(())
        } else {
            self.wait_for(&waits, false).await
        };
        self.depth -= 1;
        ended
    }

    /// A rest of the scene, during which nothing may come that must never come.
    pub(super) async fn rest(&mut self, span: Duration) -> Result<(), Halt> {
        // At a pace everything is due by what came before it, however late that was seen to.
        let from = match self.pace {
            Some(_) => self.anchor.at,
            None => self.anchor.at.max(self.hub.now()),
        };
        let until = from + span;
        self.until(until, |_, _| None::<()>).await?;
        self.anchor.at = until.max(self.anchor.at);
        Ok(())
    }

    async fn pass(&mut self, step: &ScriptStep, span: Duration) -> Result<(), Halt> {
        let sandbox = self.sandbox.clone();
        let sandbox = sandbox.ok_or_else(|| self.no_sandbox(step))?;
        self.begin_deed();
        let passed = sandbox.advance(span).await;
        passed.map_err(|why| self.wrong(step, &why))?;
        self.end_deed();
        Ok(())
    }

    async fn tell_sandbox(&mut self, step: &ScriptStep, words: &[Template]) -> Result<(), Halt> {
        let words = self.values.fill_all(words);
        let words = words.map_err(|why| self.wrong(step, &why))?;
        let sandbox = self.sandbox.clone();
        let sandbox = sandbox.ok_or_else(|| self.no_sandbox(step))?;
        self.begin_deed();
        let told = sandbox.tell(words).await;
        told.map_err(|why| self.wrong(step, &why))?;
        self.end_deed();
        Ok(())
    }

    fn no_sandbox(&self, step: &ScriptStep) -> Halt {
        self.wrong(
            step,
            "the cloud of this run is no sandbox that takes orders; say `needs sandbox` in the head",
        )
    }

    /// Waits until this gives something, or until the moment; `None` then. What must never come
    /// ends it, and so does the token that stops the run.
    pub(super) async fn until<T>(
        &mut self,
        until: Moment,
        mut look: impl FnMut(&mut HubState, Moment) -> Option<T>,
    ) -> Result<Option<T>, Halt> {
        let (hub, stop) = (Arc::clone(&self.hub), self.stop.clone());
        let (never, checked) = (&self.never, &mut self.checked);
        let looked = hub.wait(until, |known, now| {
            // Held, a scene is not judged.
            if !hub.control().stands()
                && let Some(sighting) = seen_never(never, checked, known)
            {
                return Some(Err(sighting));
            }
            if let Some(found) = look(known, now) {
                return Some(Ok(Some(found)));
            }
            known.is_over.then_some(Ok(None))
        });
        let found = tokio::select! {
            biased;
            () = stop.cancelled() => return Err(Halt::Cancelled),
            found = looked => found,
        };
        match found {
            Some(Err((rule, sighting))) => Err(self.forbidden(rule, &sighting)),
            Some(Ok(Some(found))) => Ok(Some(found)),
            Some(Ok(None)) => Err(Halt::Error {
                why: "the engine of the phones has ended by itself; look into the log".to_owned(),
                is_internal: true,
            }),
            None => Ok(None),
        }
    }

    /// The last look for what must never come.
    pub(super) fn look_once_more(&mut self) -> Result<(), Halt> {
        let hub = Arc::clone(&self.hub);
        let seen = seen_never(&self.never, &mut self.checked, &hub.known());
        match seen {
            Some((rule, sighting)) => Err(self.forbidden(rule, &sighting)),
            None => Ok(()),
        }
    }

    /// A text came that must never come, by the number of the `never`.
    fn forbidden(&self, rule: usize, sighting: &Sighting) -> Halt {
        let words = self.values.mask(&sighting.words);
        let rule = self.never.get(rule);
        let line = rule.map_or(0, |rule| rule.line);
        let expected = rule.map(NeverText::words).unwrap_or_default();
        Halt::Failed(Box::new(Failure {
            kind: FailureKind::Forbidden,
            message: format!("forbidden: {words}, which must never come (line {line})"),
            file: None,
            line,
            deadline_line: None,
            expected: self.values.mask(&expected),
            was: vec![words],
            late_by_ms: None,
            hops: Vec::new(),
        }))
    }

    /// From now on something is done.
    pub(super) fn begin_deed(&mut self) {
        self.anchor.began = self.hub.now();
        self.did = true;
    }

    /// Notes that a deed is done: the next step's time begins now.
    pub(super) fn end_deed(&mut self) {
        self.anchor.at = self.hub.now();
    }

    /// The text of a template in a step.
    pub(super) fn fill(&self, template: &Template, step: &ScriptStep) -> Result<String, Halt> {
        let filled = self.values.fill(template);
        filled.map_err(|why| self.wrong(step, &why))
    }

    /// A step cannot be carried out, for this reason; there is nothing to compare.
    pub(super) fn wrong(&self, step: &ScriptStep, why: &str) -> Halt {
        let why = self.values.mask(why);
        let line = step.place.line;
        Halt::Failed(Box::new(Failure {
            kind: FailureKind::Assert,
            message: format!("assert: {why} (line {line})"),
            file: self.other_file(step.place),
            line,
            deadline_line: None,
            expected: String::new(),
            was: Vec::new(),
            late_by_ms: None,
            hops: Vec::new(),
        }))
    }

    /// The file of a place when it is another than the scenario's.
    pub(super) fn other_file(&self, place: SourcePlace) -> Option<String> {
        let is_other = place.file > 0;
        is_other.then(|| self.files.get(place.file).cloned().unwrap_or_default())
    }

    /// The path of a file that a step names: it lies beside the step's own file.
    pub(super) fn path_beside(&self, file: &Template, step: &ScriptStep) -> Result<PathBuf, Halt> {
        let name = self.fill(file, step)?;
        let own = self.other_file(step.place).map(PathBuf::from);
        let folder = own.as_deref().and_then(Path::parent);
        Ok(self.folder.join(folder.unwrap_or(Path::new(""))).join(name))
    }
}

/// The first sighting of what must never come, with the number of the `never` that says so.
fn seen_never(
    never: &[NeverText],
    checked: &mut BTreeMap<String, u64>,
    known: &HubState,
) -> Option<(usize, Sighting)> {
    if never.is_empty() {
        return None;
    }
    for (name, log) in &known.logs {
        let from = checked.entry(name.clone()).or_default();
        let next = log.all().next_back().map_or(0, |last| last.number + 1);
        if next == *from {
            continue;
        }
        for (rule, one) in never.iter().enumerate() {
            if let Some(sighting) = one.find(log, *from) {
                return Some((rule, sighting));
            }
        }
        *from = next;
    }
    None
}

/// Whether `expect last failed` follows before anything else is done.
fn expects_failure(rest: &[ScriptStep]) -> bool {
    use crate::scenario::script::{Fact, Reached};
    let waits = rest.iter().take_while(|step| {
        matches!(
            step.kind,
            StepKind::Expect { .. } | StepKind::Sees { .. } | StepKind::Note(_)
        )
    });
    let mut facts = waits.filter_map(|step| match &step.kind {
        StepKind::Expect { fact, .. } => Some(fact),
        _ => None,
    });
    facts.any(|fact| *fact == Fact::Last(Reached::Failed))
}

/// Whole milliseconds.
pub(super) fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
