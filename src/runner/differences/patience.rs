//! Scenarios as they are run to be compared: with more patience, and forgiving.

use std::time::Duration;

use crate::scenario::script::{Script, ScriptHead, ScriptStep, StepKind};

/// How much longer than in the scenario it is waited.
const PATIENCE: u32 = 2;

/// The scenario as it is run to be compared: messages that nobody waits for are let pass, and waits
/// take longer than they may, so that more is seen.
pub fn observable(script: &Script) -> Script {
    let mut script = script.clone();
    patient_head(&mut script.head);
    for scene in &mut script.scenes {
        patient_head(&mut scene.head);
        patient_steps(&mut scene.steps);
    }
    script
}

/// The deadline, in a run to be compared, of what may take so long.
pub fn patient(within: Duration) -> Duration {
    within * PATIENCE
}

fn patient_head(head: &mut ScriptHead) {
    head.extras_fail = head.extras_fail.map(|_| false);
    if let Some((within, _)) = &mut head.within {
        *within = patient(*within);
    }
}

fn patient_steps(steps: &mut [ScriptStep]) {
    for step in steps {
        match &mut step.kind {
            StepKind::AnyOrder(steps) | StepKind::Use { steps, .. } => patient_steps(steps),
            StepKind::If {
                then, otherwise, ..
            } => {
                patient_steps(then);
                patient_steps(otherwise);
            }
            kind => {
                if let Some(within) = deadline(kind) {
                    *within = within.map(patient);
                }
            }
        }
    }
}

/// The deadline that a step may name.
pub(super) fn deadline(kind: &mut StepKind) -> Option<&mut Option<Duration>> {
    match kind {
        StepKind::Line { timing, .. } => Some(&mut timing.within),
        StepKind::Deed { within, .. }
        | StepKind::Sees { within, .. }
        | StepKind::Expect { within, .. } => Some(within),
        _ => None,
    }
}
