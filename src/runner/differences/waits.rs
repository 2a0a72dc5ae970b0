//! What a scene waits for: its waits in a row, each with what it belongs to.

use std::{collections::BTreeSet, time::Duration};

use crate::scenario::{
    print::plain,
    script::{Payload, Scene, ScriptStep, StepKind},
};

/// Something that a scene waits for.
#[derive(Debug, Clone)]
pub(super) struct SceneWait<'a> {
    pub(super) step: &'a ScriptStep,
    /// Its deadline: of the step, of the scene, of the file, or the usual one.
    pub(super) within: Duration,
    /// The number of the row of waits that it is in; whatever is done ends a row.
    pub(super) segment: usize,
    /// Its time begins at the end of the last step before this line: its own, or that of its block.
    pub(super) since: usize,
    /// Whether it is in an `any order`.
    pub(super) is_in_block: bool,
}

impl SceneWait<'_> {
    pub(super) fn line(&self) -> usize {
        self.step.place.line
    }

    /// The text, where it waits for one.
    pub(super) fn text(&self) -> Option<&Payload> {
        match &self.step.kind {
            StepKind::Line { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// The waits of a scene in the scenario's own file, in their order. `played` do what their lines
/// say; `usual` is the deadline where a line names none.
pub(super) fn waits<'a>(
    scene: &'a Scene,
    played: &BTreeSet<String>,
    usual: Duration,
) -> Vec<SceneWait<'a>> {
    let mut list = WaitList {
        played,
        usual,
        segment: 0,
        waits: Vec::new(),
    };
    list.steps(&scene.steps, None);
    list.waits
}

struct WaitList<'a, 'p> {
    played: &'p BTreeSet<String>,
    usual: Duration,
    segment: usize,
    waits: Vec<SceneWait<'a>>,
}

impl<'a> WaitList<'a, '_> {
    /// `block` is the line of the `any order` around the steps.
    fn steps(&mut self, steps: &'a [ScriptStep], block: Option<usize>) {
        for step in steps {
            match &step.kind {
                StepKind::Line { who, timing, .. } if !self.plays(&plain(who)) => {
                    self.wait(step, timing.within, block);
                }
                StepKind::Deed { who, within, .. } if !self.plays(&plain(who)) => {
                    self.wait(step, *within, block);
                }
                StepKind::Sees { within, .. } | StepKind::Expect { within, .. } => {
                    self.wait(step, *within, block);
                }
                StepKind::AnyOrder(steps) => self.steps(steps, Some(step.place.line)),
                StepKind::If {
                    then, otherwise, ..
                } => {
                    for steps in [then, otherwise] {
                        self.segment += 1;
                        self.steps(steps, None);
                    }
                    self.segment += 1;
                }
                StepKind::Note(_) | StepKind::Let { .. } => {}
                // What is said and done; and the steps of another file, which stay as they are.
                _ => self.segment += 1,
            }
        }
    }

    /// Whether a name is, or may be, that of somebody who is played.
    fn plays(&self, name: &str) -> bool {
        self.played.contains(name) || name.contains('{')
    }

    fn wait(&mut self, step: &'a ScriptStep, within: Option<Duration>, block: Option<usize>) {
        self.waits.push(SceneWait {
            step,
            within: within.unwrap_or(self.usual),
            segment: self.segment,
            since: block.unwrap_or(step.place.line),
            is_in_block: block.is_some(),
        });
    }
}
