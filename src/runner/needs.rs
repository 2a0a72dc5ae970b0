//! What a case needs of the cloud it is run in, as its head says and as its steps imply.

use std::collections::BTreeSet;

use crate::{
    runner::case::Case,
    scenario::script::{ScriptStep, StepKind},
};

/// The need of steps that tell the sandbox something.
const SANDBOX: &str = "sandbox";

/// Why a case is not run where there is only this; `None` when it can be. What is there is named by
/// the words of `needs`.
pub fn missing(case: &Case<'_>, has: &BTreeSet<String>) -> Option<String> {
    let needs = case.script.head.needs.iter().chain(&case.scene.head.needs);
    let mut lacking = needs.filter(|need| !has.contains(*need));
    if let Some(need) = lacking.next() {
        return Some(match need.as_str() {
            SANDBOX => "needs the sandbox".to_owned(),
            need => format!("needs {need}"),
        });
    }
    if has.contains(SANDBOX) {
        return None;
    }
    let step = telling_sandbox(&case.scene.steps)?;
    let (line, text) = (step.place.line, &step.source);
    Some(format!("needs the sandbox, for line {line}: {text}"))
}

/// The first step that only a sandbox can carry out.
fn telling_sandbox(steps: &[ScriptStep]) -> Option<&ScriptStep> {
    steps.iter().find_map(|step| match &step.kind {
        StepKind::Sandbox(_) | StepKind::Pass(_) => Some(step),
        StepKind::AnyOrder(steps) | StepKind::Use { steps, .. } => telling_sandbox(steps),
        StepKind::If {
            condition,
            then,
            otherwise,
        } => telling_sandbox(std::slice::from_ref(condition))
            .or_else(|| telling_sandbox(then))
            .or_else(|| telling_sandbox(otherwise)),
        _ => None,
    })
}
