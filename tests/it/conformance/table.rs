//! The table of checks, and the parity table it comes to.

use std::{fmt::Write as _, future::Future, pin::Pin, sync::Arc, time::Duration};

use tokio::time::timeout;

use crate::conformance::scene::Scene;

/// How long one row may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// Lines above the first row of a printed table.
pub(crate) const HEAD: usize = 2;
/// Characters of an answer shown in the table.
const WIDTH: usize = 220;

/// How far a row can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Basis {
    /// The documents say so.
    Documented,
    /// A real client sends or needs it.
    Client,
    /// No source says it, or the sources disagree: the emulator's choice.
    Guess,
}

/// What a row does to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing that stays.
    Reads,
    /// It speaks in the conversation of this run.
    Speaks,
    /// It may begin conversations of its own, or act as an agent in one; on the sandbox only.
    Opens,
    /// It changes app installs; elsewhere only when that is allowed in so many words.
    Installs,
}

/// What a check came to: what the cloud did, in the words of the expectation.
pub(crate) type Told = Result<String, Trouble>;

/// Why there is nothing to compare.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// It could not be tried here.
    NotRun(String),
    /// The exchange broke, which is a difference.
    Broke(String),
}

impl<E: std::error::Error> From<E> for Trouble {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let _ = write!(text, ": {cause}");
            source = cause.source();
        }
        Self::Broke(text)
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotRun(why) | Self::Broke(why) => f.write_str(why),
        }
    }
}

/// Something that should be there and is not.
pub(crate) fn broke(what: impl Into<String>) -> Trouble {
    Trouble::Broke(what.into())
}

type Running = Pin<Box<dyn Future<Output = Told> + Send>>;
type Run = Box<dyn FnOnce(Arc<Scene>) -> Running + Send>;

/// One check.
pub(crate) struct Check {
    pub(crate) section: &'static str,
    pub(crate) name: String,
    pub(crate) basis: Basis,
    effect: Effect,
    expected: String,
    run: Run,
}

/// All checks.
#[derive(Default)]
pub(crate) struct Table {
    checks: Vec<Check>,
}

/// Rows of one section that have the rest in common, too.
pub(crate) struct Group<'a> {
    table: &'a mut Table,
    section: &'static str,
    basis: Basis,
    effect: Effect,
}

impl Table {
    pub(crate) fn of(&mut self, section: &'static str, basis: Basis, effect: Effect) -> Group<'_> {
        Group {
            table: self,
            section,
            basis,
            effect,
        }
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        let checks = self.checks.iter();
        checks.map(|check| format!("{}: {}", check.section, check.name))
    }

    /// The sections the rows come from.
    pub(crate) fn sections(&self) -> impl Iterator<Item = &'static str> {
        self.checks.iter().map(|check| check.section)
    }

    /// Runs one row after the other; none ends the run.
    pub(crate) async fn run(self, scene: &Arc<Scene>) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for check in self.checks {
            let verdict = match scene.forbids(check.effect) {
                Some(reason) => Verdict::NotRun(reason),
                None => verdict(check.run, &check.expected, scene).await,
            };
            outcomes.push(Outcome {
                section: check.section,
                name: check.name,
                basis: check.basis,
                expected: check.expected,
                verdict,
            });
        }
        outcomes
    }
}

async fn verdict(run: Run, expected: &str, scene: &Arc<Scene>) -> Verdict {
    match timeout(PATIENCE, run(scene.clone())).await {
        Ok(Ok(got)) if got == expected => Verdict::Same,
        Ok(Ok(got)) => Verdict::Differs(got),
        Ok(Err(Trouble::NotRun(why))) => Verdict::NotRun(why),
        Ok(Err(Trouble::Broke(why))) => Verdict::Differs(format!("broke: {why}")),
        Err(_) => Verdict::Differs("no answer in time".to_owned()),
    }
}

impl Group<'_> {
    pub(crate) fn row<F, R>(
        &mut self,
        name: impl Into<String>,
        expected: impl Into<String>,
        run: F,
    ) -> &mut Self
    where
        F: FnOnce(Arc<Scene>) -> R + Send + 'static,
        R: Future<Output = Told> + Send + 'static,
    {
        self.table.checks.push(Check {
            section: self.section,
            name: name.into(),
            basis: self.basis,
            effect: self.effect,
            expected: expected.into(),
            run: Box::new(move |scene| Box::pin(run(scene))),
        });
        self
    }
}

/// How a row came out.
#[derive(Debug)]
pub(crate) struct Outcome {
    section: &'static str,
    name: String,
    basis: Basis,
    expected: String,
    verdict: Verdict,
}

#[derive(Debug)]
enum Verdict {
    Same,
    Differs(String),
    NotRun(String),
}

impl Outcome {
    pub(crate) fn differs(&self) -> bool {
        matches!(self.verdict, Verdict::Differs(_))
    }

    pub(crate) fn was_not_run(&self) -> bool {
        matches!(self.verdict, Verdict::NotRun(_))
    }
}

/// The parity table, as Markdown.
pub(crate) fn print<'a>(outcomes: impl IntoIterator<Item = &'a Outcome>) -> String {
    let mut text =
        "| section | row | basis | expected | got | verdict |\n|---|---|---|---|---|---|"
            .to_owned();
    for one in outcomes {
        let basis = match one.basis {
            Basis::Documented => "documented",
            Basis::Client => "client",
            Basis::Guess => "guess",
        };
        let (got, verdict) = match &one.verdict {
            Verdict::Same => (one.expected.as_str(), "same".to_owned()),
            Verdict::Differs(got) => (got.as_str(), "differs".to_owned()),
            Verdict::NotRun(why) => ("", format!("not run: {why}")),
        };
        let cells = [one.section, &one.name, basis, &one.expected, got, &verdict].map(cell);
        let _ = write!(text, "\n| {} |", cells.join(" | "));
    }
    text
}

/// How many rows came out how.
pub(crate) fn sum(outcomes: &[Outcome]) -> String {
    let differ = outcomes.iter().filter(|one| one.differs()).count();
    let not_run = outcomes.iter().filter(|one| one.was_not_run()).count();
    let same = outcomes.len() - differ - not_run;
    format!(
        "{} rows: {same} same, {differ} differ, {not_run} not run",
        outcomes.len()
    )
}

/// Text that cannot break out of its cell.
fn cell(text: &str) -> String {
    let mut short: String = text.chars().take(WIDTH).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.replace('|', "\\|").replace(['\n', '\r'], " ")
}
