//! TAP 14: the Test Anything Protocol, see <https://testanything.org/tap-version-14-specification.html>.
//!
//! One point for each case. Every text in the blocks is written as JSON is, which is YAML too.

use std::fmt::Write as _;

use serde::Serialize;

use crate::{
    domain::text::SafeText,
    export::json_line::json_line,
    report::{
        outcome::{RunReport, SceneOutcome, SceneReport, StepOutcome, StepReport},
        words,
    },
};

/// The version and the plan, which come before every point. `cases` is how many there will be.
pub fn plan(cases: usize) -> String {
    let reason = if cases == 0 {
        " # SKIP nothing to run"
    } else {
        ""
    };
    format!("TAP version 14\n1..{cases}{reason}\n")
}

/// Ends the run for a reason that no scene is to blame for. Before the plan, the version comes
/// first: [`nothing_but`].
pub fn bail_out(why: &str) -> String {
    format!("Bail out! {}\n", SafeText::clean(why).one_line().trim())
}

/// A whole document for a run that never began.
pub fn nothing_but(why: &str) -> String {
    format!("TAP version 14\n{}", bail_out(why))
}

/// One case, with its steps below it when asked for.
pub fn point(number: usize, path: &str, scene: &SceneReport, is_verbose: bool) -> String {
    let mut text = String::new();
    let what = escaped(&format!("{path} - {}", words::name(scene)));
    if is_verbose && !scene.steps.is_empty() {
        // Writing to a String cannot fail.
        let _ = write!(text, "# Subtest: {what}\n    1..{}\n", scene.steps.len());
        for (at, step) in scene.steps.iter().enumerate() {
            text.push_str(&step_point(at + 1, path, step));
        }
    }
    let _ = match &scene.outcome {
        SceneOutcome::Passed => {
            let ms = scene.duration_ms;
            writeln!(text, "ok {number} - {what} # time={ms}ms")
        }
        SceneOutcome::Skipped { why } => {
            let why = SafeText::clean(why).one_line();
            writeln!(text, "ok {number} - {what} # SKIP {}", why.trim())
        }
        SceneOutcome::Failed { failure } => {
            let (file, line) = words::place(path, scene);
            let mut block = PointBlock::new(scene, "fail", &failure.message, file, line);
            block.member("expected", &words::cut(&failure.expected, words::LONGEST));
            let was = failure.was.iter().take(MOST_WAS);
            let was = was.map(|text| words::cut(text, words::LONGEST));
            block.member("was", &was.collect::<Vec<_>>());
            write!(text, "not ok {number} - {what}\n{}", block.ended(scene))
        }
        SceneOutcome::Error { why, .. } => {
            let block = PointBlock::new(scene, "error", why, path, scene.line);
            write!(text, "not ok {number} - {what}\n{}", block.ended(scene))
        }
    };
    text
}

/// The whole of a run.
pub fn document(report: &RunReport, is_verbose: bool) -> String {
    let cases = report.files.iter().flat_map(|file| {
        let path = file.path.as_str();
        file.scenes.iter().map(move |scene| (path, scene))
    });
    let cases: Vec<_> = cases.collect();
    if let (Some(why), true) = (&report.run.ended_early, cases.is_empty()) {
        return nothing_but(why);
    }
    let mut text = plan(cases.len());
    for (at, (path, scene)) in cases.into_iter().enumerate() {
        text.push_str(&point(at + 1, path, scene, is_verbose));
    }
    if let Some(why) = &report.run.ended_early {
        text.push_str(&bail_out(why));
    }
    text
}

/// Things that were there instead, listed at most.
const MOST_WAS: usize = 20;

/// The block behind a point that did not hold.
struct PointBlock(String);

impl PointBlock {
    fn new(scene: &SceneReport, severity: &str, message: &str, file: &str, line: usize) -> Self {
        let mut block = Self("  ---\n".to_owned());
        block.member("message", &words::cut(message, words::LONGEST));
        let (file, ms) = (scalar(&file), scene.duration_ms);
        let _ = write!(
            block.0,
            "  severity: {severity}\n  at: {{ file: {file}, line: {line} }}\n  duration_ms: {ms}\n"
        );
        block
    }

    fn member(&mut self, name: &str, value: &impl Serialize) {
        let _ = writeln!(self.0, "  {name}: {}", scalar(value));
    }

    fn ended(mut self, scene: &SceneReport) -> String {
        let mut ids = scene.conversations.values();
        match (ids.next(), ids.len()) {
            (Some(id), 0) => self.member("conversation", id),
            (Some(_), _) => self.member("conversation", &scene.conversations),
            (None, _) => {}
        }
        self.0.push_str("  ...\n");
        self.0
    }
}

fn scalar(value: &impl Serialize) -> String {
    // A text or a list of texts always can be written.
    json_line(value).unwrap_or_default()
}

fn step_point(number: usize, path: &str, step: &StepReport) -> String {
    let file = step.file.as_deref().filter(|file| *file != path);
    let file = file.map(|file| format!("{file} "));
    let file = file.unwrap_or_default();
    let what = escaped(&format!("{file}line {} {}", step.line, step.text));
    match step.outcome {
        StepOutcome::Passed => format!("    ok {number} - {what}\n"),
        StepOutcome::Failed => format!("    not ok {number} - {what}\n"),
        StepOutcome::Skipped => format!("    ok {number} - {what} # SKIP left out\n"),
    }
}

/// A description: on one line, and no directive begins in it.
fn escaped(text: &str) -> String {
    let text = words::cut(text, words::LONGEST);
    let text = SafeText::clean(&text).one_line();
    text.trim().replace('\\', r"\\").replace('#', r"\#")
}
