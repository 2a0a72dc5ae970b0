//! What differed between runs of one scenario, and the changes after which it fits all of them.
//!
//! Pure: reports in, changes out. What was the same in every run stays as it is, also where every
//! run failed: then the scenario is wrong, or the cloud is.

mod patience;
mod waits;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

pub use self::patience::{observable, patient};
use self::{
    patience::deadline,
    waits::{SceneWait, waits},
};
use crate::{
    report::outcome::{SceneOutcome, SceneReport, Seen, SeenKind, StepOutcome, StepReport},
    runner::case::cases,
    scenario::{
        changes::ScriptChange,
        loosen::{fits, likeness, loosened},
        print::plain,
        script::{Payload, Script, ScriptStep, SourcePlace, StepKind, Template, TextPiece, Timing},
        syntax::span::shown,
    },
};

/// Of so many of a text's words in a message, in percent, the message is another form of it.
const ALIKE: usize = 30;
/// The name that automatic messages carry.
const AUTOMATIC: &str = "CONTROLLER";
/// New deadlines are multiples of this, in seconds.
const ROUND: u64 = 5;

/// What differed, and what did not although it is wrong.
#[derive(Debug, Default, PartialEq)]
pub struct Differences {
    /// What makes the scenario fit.
    pub changes: Vec<ScriptChange>,
    /// What failed and cannot be made to fit, in whole sentences.
    pub remarks: Vec<String>,
}

/// Compares runs of a scenario, made as [`observable`] has it. `usual` is the deadline of waits
/// where the scenario names none.
pub fn differences(script: &Script, usual: Duration, runs: &[Vec<SceneReport>]) -> Differences {
    let mut found = Differences::default();
    for scene in &script.scenes {
        let reports = runs.iter().flatten().filter(|report| {
            let was_run = matches!(
                report.outcome,
                SceneOutcome::Passed | SceneOutcome::Failed { .. }
            );
            was_run && report.line == scene.place.line
        });
        let played = cases(script, &[], &[]).into_iter();
        let played = played
            .filter(|case| case.scene.place == scene.place)
            .flat_map(|case| case.cast)
            .map(|one| one.name)
            .collect();
        let heads = [&scene.head, &script.head];
        let within = heads.iter().find_map(|head| head.within);
        let mut comparison = SceneComparison {
            waits: waits(scene, &played, within.map_or(usual, |(within, _)| within)),
            reports: reports.collect(),
            speakers: BTreeMap::from([(AUTOMATIC, "system".to_owned())]),
            forbids_extras: heads.iter().find_map(|head| head.extras_fail) == Some(true),
            found: &mut found,
        };
        comparison.know_speakers();
        if comparison.waits_differ() && comparison.forbids_extras {
            comparison.extras();
        }
    }
    found
}

struct SceneComparison<'a> {
    waits: Vec<SceneWait<'a>>,
    reports: Vec<&'a SceneReport>,
    /// Who is meant by the names that messages carry, as the scenario writes it.
    speakers: BTreeMap<&'a str, String>,
    /// Whether a message that nobody waits for is a failure.
    forbids_extras: bool,
    found: &'a mut Differences,
}

/// What became of one wait in all runs.
#[derive(Default)]
struct WaitOutcomes<'a> {
    /// How long it took where it came, and the text where it was one.
    came: Vec<(Duration, Option<&'a str>)>,
    /// The runs that failed for it.
    failed: Vec<&'a SceneReport>,
}

/// What stood in the place of what did not come.
enum Stood<'a> {
    /// The thing itself, before what this line waits for.
    Before(usize),
    /// Another form of its text.
    Text(&'a str),
    Nothing,
}

impl<'a> Stood<'a> {
    fn text(&self) -> Option<&'a str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl<'a> SceneComparison<'a> {
    fn know_speakers(&mut self) {
        for wait in &self.waits {
            let StepKind::Line { who, .. } = &wait.step.kind else {
                continue;
            };
            for report in &self.reports {
                let seen = step_of(report, wait.line()).and_then(|(_, step)| matched(report, step));
                if let Some(name) = seen.and_then(|seen| seen.who.as_deref()) {
                    self.speakers.entry(name).or_insert_with(|| plain(who));
                }
            }
        }
    }

    /// Compares what is waited for; whether every run came to the end of the scene.
    fn waits_differ(&mut self) -> bool {
        let mut is_whole = true;
        for at in 0..self.waits.len() {
            let outcomes = self.outcomes(&self.waits[at]);
            is_whole &= outcomes.failed.is_empty();
            let mut step = self.waits[at].step.clone();
            self.lateness(at, &outcomes, &mut step);
            self.absence(at, &outcomes, &mut step);
            if step != *self.waits[at].step {
                self.found.changes.push(ScriptChange::Anew(step));
            }
        }
        let is_wait = |line: usize| self.waits.iter().any(|wait| wait.line() == line);
        let mut others: BTreeMap<usize, (usize, String)> = BTreeMap::new();
        for failure in self.reports.iter().filter_map(|report| report.failure()) {
            if failure.file.is_some() || !is_wait(failure.line) {
                is_whole = false;
                let first = || (0, failure.message.clone());
                others.entry(failure.line).or_insert_with(first).0 += 1;
            }
        }
        for (line, (count, message)) in others {
            let of = self.times(count);
            let remark = format!("line {line} failed in {of}, and is not loosened: {message}");
            self.found.remarks.push(remark);
        }
        is_whole
    }

    /// `3 of 5 runs`.
    fn times(&self, count: usize) -> String {
        match self.reports.len() {
            all if all == count => "every run".to_owned(),
            all => format!("{count} of {all} runs"),
        }
    }

    fn outcomes(&self, wait: &SceneWait<'_>) -> WaitOutcomes<'a> {
        let mut outcomes = WaitOutcomes::default();
        for &report in &self.reports {
            let Some((at, step)) = step_of(report, wait.line()) else {
                continue;
            };
            match step.outcome {
                StepOutcome::Passed => {
                    let before = report.steps.get(..at).unwrap_or_default();
                    let since = before.iter().rev().find(|one| one.line < wait.since);
                    let since = since.map_or(0, |one| one.at_ms);
                    let took = Duration::from_millis(step.at_ms.saturating_sub(since));
                    let text = matched(report, step).map(|seen| seen.text.as_str());
                    outcomes.came.push((took, text));
                }
                StepOutcome::Failed => outcomes.failed.push(report),
                StepOutcome::Skipped => {}
            }
        }
        outcomes
    }

    /// A deadline that some runs kept and others did not.
    fn lateness(&mut self, at: usize, outcomes: &WaitOutcomes<'_>, step: &mut ScriptStep) {
        let wait = &self.waits[at];
        let took = || outcomes.came.iter().map(|(took, _)| *took);
        let Some(longest) = took().max().filter(|longest| *longest > wait.within) else {
            return;
        };
        if took().all(|took| took > wait.within) {
            let (line, within) = (wait.line(), shown(wait.within));
            let remark = format!(
                "line {line} came later than {within} in every run; give it a longer `within`"
            );
            self.found.remarks.push(remark);
            return;
        }
        let seconds = (longest * 2).as_secs().div_ceil(ROUND).max(1) * ROUND;
        if let Some(within) = deadline(&mut step.kind) {
            *within = Some(Duration::from_secs(seconds));
        }
    }

    /// What did not come in some runs.
    fn absence(&mut self, at: usize, outcomes: &WaitOutcomes<'a>, step: &mut ScriptStep) {
        if outcomes.failed.is_empty() {
            return;
        }
        let stood = outcomes.failed.iter().map(|report| self.stood(at, report));
        let stood: Vec<Stood<'a>> = stood.collect();
        let absent = stood.iter().filter(|one| matches!(one, Stood::Nothing));
        let absent = absent.count();
        let texts = stood.iter().filter_map(Stood::text);
        let texts: BTreeSet<&str> = texts.collect();
        let moved = stood.iter().filter(|one| matches!(one, Stood::Before(_)));
        let moved = moved.count();
        let is_one_text = texts.len() == 1 && absent + moved == 0;
        let is_same = is_one_text || [absent, moved].contains(&stood.len());
        if outcomes.came.is_empty() && is_same {
            let line = self.waits[at].line();
            let failure = outcomes.failed.iter().find_map(|report| report.failure());
            let message = failure.map_or("", |failure| failure.message.as_str());
            let remark = format!("line {line} failed in every run in the same way: {message}");
            self.found.remarks.push(remark);
            return;
        }
        if let StepKind::Line { text, .. } = &mut step.kind {
            for heard in texts {
                if !fits(text, heard) {
                    *text = loosened(text, heard).unwrap_or_else(|| text.clone());
                }
            }
        }
        step.is_optional |= absent > 0;
        let first = stood.iter().filter_map(|one| match one {
            Stood::Before(line) => Some(*line),
            _ => None,
        });
        if let Some(first) = first.min() {
            let last = self.waits[at].line();
            self.found.changes.push(ScriptChange::AnyOrder(first, last));
        }
    }

    /// What came in the place of a wait that failed, since the consumer last did something.
    fn stood(&self, at: usize, report: &'a SceneReport) -> Stood<'a> {
        let wait = &self.waits[at];
        let StepKind::Line { who, text, .. } = &wait.step.kind else {
            return Stood::Nothing;
        };
        let segment = self.waits.iter().filter(|one| one.segment == wait.segment);
        let segment: Vec<&SceneWait<'_>> = segment.collect();
        let first = segment.first().map_or(wait.line(), |one| one.since);
        let before = report.steps.iter().rev().find(|step| step.line < first);
        let since = before.map_or(0, |step| step.at_ms);
        let who = plain(who);
        let is_of_who = |seen: &&Seen| {
            let name = seen.who.as_deref().and_then(|name| self.speakers.get(name));
            who == "anyone" || name.is_none_or(|name| *name == who)
        };
        let left = left_over(report).filter(|seen| seen.at_ms >= since);
        let left: Vec<&Seen> = left.filter(is_of_who).collect();
        let earlier = |one: &&&SceneWait<'_>| one.line() < wait.line() && !one.is_in_block;
        let same = left.iter().find(|seen| fits(text, &seen.text));
        if let Some(same) = same.filter(|_| !wait.is_in_block) {
            let overtaken = segment.iter().filter(earlier).filter(|one| {
                let step = step_of(report, one.line());
                step.is_some_and(|(_, step)| step.at_ms >= same.at_ms)
            });
            if let Some(first) = overtaken.map(|one| one.line()).min() {
                return Stood::Before(first);
            }
        }
        let later = segment.iter().filter(|one| one.line() > wait.line());
        let later: Vec<&Payload> = later.filter_map(|one| one.text()).collect();
        let is_free = |seen: &&&Seen| !later.iter().any(|text| fits(text, &seen.text));
        let free = || left.iter().filter(is_free);
        let alike = free().map(|seen| (likeness(text, &seen.text), *seen));
        let alike = alike.max_by_key(|(likeness, _)| *likeness);
        let alike = alike.filter(|(likeness, _)| *likeness >= ALIKE);
        // Else another answer altogether: in its place, or the last one where others are let pass.
        let other = if self.forbids_extras {
            free().next()
        } else {
            free().next_back()
        };
        match alike.map(|(_, seen)| seen).or(other.copied()) {
            Some(seen) => Stood::Text(&seen.text),
            None => Stood::Nothing,
        }
    }

    /// Messages that nobody waits for, which come in some runs.
    fn extras(&mut self) {
        let mut extras: BTreeMap<(usize, usize), Vec<&'a Seen>> = BTreeMap::new();
        for &report in &self.reports {
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for seen in left_over(report) {
                let passed = report
                    .steps
                    .iter()
                    .filter(|step| step.file.is_none() && step.outcome == StepOutcome::Passed);
                let before = passed.rev().find(|step| step.at_ms <= seen.at_ms);
                let line = before.map_or(0, |step| step.line);
                let nth = counts.entry(line).or_default();
                extras.entry((line, *nth)).or_default().push(seen);
                *nth += 1;
            }
        }
        for ((line, _), seen) in extras {
            let Some(first) = seen.first() else { continue };
            let who = first.who.as_deref().unwrap_or_default();
            if seen.len() == self.reports.len() || line == 0 {
                let remark = format!(
                    "after line {line} {who} says {:?} in every run, and no line waits for that",
                    first.text
                );
                self.found.remarks.push(remark);
                continue;
            }
            let who = self.speakers.get(who);
            let who = who.map_or("anyone", String::as_str);
            let mut text = Payload::Bare(template(&first.text));
            for other in &seen {
                if !fits(&text, &other.text) {
                    text = loosened(&text, &other.text).unwrap_or(text);
                }
            }
            let step = ScriptStep {
                place: SourcePlace::default(),
                source: String::new(),
                is_optional: true,
                kind: StepKind::Line {
                    who: template(who),
                    timing: Timing::default(),
                    text,
                },
            };
            self.found.changes.push(ScriptChange::Behind(line, step));
        }
    }
}

/// Messages of others that no line took.
fn left_over(report: &SceneReport) -> impl Iterator<Item = &Seen> {
    let all = report.seen.iter();
    all.filter(|seen| seen.kind == SeenKind::Heard && seen.line.is_none())
}

/// The step of a line of the scenario's own file, and where it stands.
fn step_of(report: &SceneReport, line: usize) -> Option<(usize, &StepReport)> {
    let mut steps = report.steps.iter().enumerate();
    steps.find(|(_, step)| step.line == line && step.file.is_none())
}

/// The message that a step took.
fn matched<'a>(report: &'a SceneReport, step: &StepReport) -> Option<&'a Seen> {
    let at = step.matched.as_ref()?.seen?;
    let seen = report.seen.get(at)?;
    (seen.kind == SeenKind::Heard).then_some(seen)
}

fn template(text: &str) -> Template {
    Template(vec![TextPiece::Text(text.to_owned())])
}

#[cfg(test)]
mod tests;
