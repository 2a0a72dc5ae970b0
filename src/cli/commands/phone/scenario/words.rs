//! What the person is told of a scenario on the phone: why it was not begun, what was chosen of it,
//! how it ended.

use std::collections::BTreeMap;

use crate::{
    cli::scenarios::files::ScenarioFile,
    domain::{
        notice::{Notice, Severity},
        persona::Persona,
        text::visible,
    },
    report::{
        human,
        outcome::{RunFacts, SceneOutcome, SceneReport, StepOutcome},
        words::{counted, span},
    },
    runner::case::Case,
    scenario::fault::Fault,
};

/// Faults that are told at most; `handset check` tells all of them.
const MOST_FAULTS: usize = 20;

/// That it was not begun.
pub(super) fn refused(file: &str, why: &str) -> Notice {
    Notice {
        severity: Severity::Warning,
        title: format!("{} is not played", visible(file)),
        detail: why.to_owned(),
        ..Notice::default()
    }
}

/// The faults for which it cannot be played, the first one last: that is the one on the screen.
pub(super) fn faults(file: &ScenarioFile) -> Vec<Notice> {
    let faults = file.parsed.faults.iter();
    let faults: Vec<&Fault> = faults.filter(|fault| !fault.kind.is_warning()).collect();
    let count = faults.len();
    let mut notices: Vec<Notice> = faults
        .iter()
        .take(MOST_FAULTS)
        .map(|fault| {
            let (line, column) = (fault.place.line, fault.columns.start + 1);
            let path = visible(&file.path_of(fault.place.file));
            let code = fault.kind.code();
            Notice {
                severity: Severity::Warning,
                title: format!("{path}:{line}:{column}: {}", visible(&fault.words)),
                detail: format!("error {code}: {}", visible(&fault.label)),
                hint: visible(&fault.help),
                ..Notice::default()
            }
        })
        .collect();
    if let Some(first) = notices.first_mut() {
        let all = match count {
            1 => "the scenario is not played for this fault".to_owned(),
            _ => {
                format!("the scenario is not played for {count} faults, of which this is the first")
            }
        };
        first.hint = match first.hint.as_str() {
            "" => all,
            hint => format!("{hint}; {all}"),
        };
    }
    notices.reverse();
    notices
}

/// What was chosen where the file has more than is played on a phone.
pub(super) fn of_choice(
    case: &Case<'_>,
    all: &[Case<'_>],
    consumers: &BTreeMap<String, Persona>,
    in_view: &Persona,
) -> String {
    let mut words = Vec::new();
    let scenes = case.script.scenes.len();
    if scenes > 1 {
        let line = case.scene.place.line;
        words.push(format!(
            "of {scenes} scenes the one at line {line}; FILE:LINE chooses another"
        ));
    }
    let rows = all.iter().filter(|one| one.scene.place == case.scene.place);
    if let (rows @ 2.., Some(key)) = (rows.count(), &case.key) {
        words.push(format!("of {rows} rows the first, {key}"));
    }
    for (name, persona) in consumers {
        if persona.consumer != in_view.consumer {
            words.push(format!("{name} has a phone beside this one"));
        }
    }
    words.join("; ")
}

/// The notices that tell how a scenario ended, the failure in the words of the report.
pub(super) fn over(report: &SceneReport, path: &str) -> Vec<Notice> {
    let done = report.steps.iter();
    let done = done.filter(|step| step.outcome != StepOutcome::Failed);
    let steps = format!(
        "{} in {}",
        counted(done.count(), "step"),
        span(report.duration_ms)
    );
    let notice = match &report.outcome {
        SceneOutcome::Passed => Notice {
            severity: Severity::Success,
            title: "the scenario passed".to_owned(),
            detail: steps,
            ..Notice::default()
        },
        SceneOutcome::Skipped { .. } => Notice {
            severity: Severity::Info,
            title: "the scenario was ended".to_owned(),
            detail: format!("after {steps}; the conversation stays as it is"),
            ..Notice::default()
        },
        SceneOutcome::Failed { failure } => Notice {
            severity: Severity::Error,
            title: failure.message.clone(),
            detail: reason(report, path),
            ..Notice::default()
        },
        SceneOutcome::Error { why, .. } => Notice {
            severity: Severity::Error,
            title: "the scenario could not be judged".to_owned(),
            detail: why.clone(),
            ..Notice::default()
        },
    };
    vec![notice]
}

/// Why it failed in the words of a report, without the first line, which is the title, and without
/// what was seen, which the phone shows.
fn reason(report: &SceneReport, path: &str) -> String {
    let block = human::block(&RunFacts::default(), path, report);
    let rows = block.lines().skip(1).map(str::trim);
    let rows: Vec<&str> = rows.filter(|row| !row.is_empty()).collect();
    let seen = rows.iter().position(|row| row.starts_with("seen since"));
    let (reason, rest) = rows.split_at(seen.unwrap_or(rows.len()));
    let again = rest.iter().filter(|row| row.starts_with("run it again"));
    let told: Vec<&str> = reason.iter().chain(again).copied().collect();
    told.join("\n")
}

/// The line of a failure that no step is marked with: something that must never come.
pub(super) fn unmarked(report: &SceneReport) -> Option<usize> {
    let failure = report.failure()?;
    let mut outcomes = report.steps.iter().map(|step| step.outcome);
    let is_told = outcomes.any(|outcome| outcome == StepOutcome::Failed);
    (!is_told).then_some(failure.line)
}
