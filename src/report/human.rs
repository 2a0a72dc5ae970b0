//! The report for people: one scene as soon as it has ended, and the totals at the end.
//!
//! No row begins with a text of others, so that no CI server takes one for a command.

use std::{borrow::Cow, fmt::Write as _};

use unicode_width::UnicodeWidthStr;

use crate::{
    domain::spoken::speakable,
    report::{
        failure::{self, SeenSince},
        outcome::{
            Failure, FailureKind, RunFacts, RunReport, SceneOutcome, SceneReport, StepOutcome,
            StepReport, Totals,
        },
        words,
    },
};

/// The column where what stands at the right begins, if there is room.
const RIGHT: usize = 72;
/// Scenes that went wrong and are named at the end, at most.
const MOST_NAMED: usize = 50;

/// How the report looks; the caller knows the terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct HumanStyle {
    /// In colours. Nothing is said by them alone.
    pub is_coloured: bool,
    /// Whether it is told in words, for plain mode: no signs, no columns.
    pub is_plain: bool,
    /// How much is told.
    pub verbosity: Verbosity,
}

/// How much is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Verbosity {
    /// Nothing of scenes that passed or were skipped.
    Quiet,
    /// Every scene, and what is about a failure.
    #[default]
    Usual,
    /// Every step of every scene too.
    Verbose,
}

#[derive(Clone, Copy)]
enum Emphasis {
    Good,
    Bad,
    Warning,
    Dim,
    Strong,
}

impl HumanStyle {
    fn paint(self, ink: Emphasis, text: &str) -> String {
        if !self.is_coloured || text.is_empty() {
            return text.to_owned();
        }
        let code = match ink {
            Emphasis::Good => "32",
            Emphasis::Bad => "31",
            Emphasis::Warning => "33",
            Emphasis::Dim => "2",
            Emphasis::Strong => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    fn finished(self, text: String) -> String {
        if self.is_plain { plain(&text) } else { text }
    }
}

/// One scene, with a line end behind it; empty when the style leaves it out. `path` is that of its
/// file.
pub fn scene(run: &RunFacts, path: &str, scene: &SceneReport, style: HumanStyle) -> String {
    let (word, ink, why) = match &scene.outcome {
        SceneOutcome::Passed => ("PASS ", Emphasis::Good, None),
        SceneOutcome::Failed { .. } => ("FAIL ", Emphasis::Bad, None),
        SceneOutcome::Error { why, is_internal } => (
            "ERROR",
            Emphasis::Bad,
            Some(words::error(why, *is_internal)),
        ),
        SceneOutcome::Skipped { why } => ("SKIP ", Emphasis::Warning, Some(why.clone())),
    };
    let went_wrong = matches!(
        scene.outcome,
        SceneOutcome::Failed { .. } | SceneOutcome::Error { .. }
    );
    if style.verbosity == Verbosity::Quiet && !went_wrong {
        return String::new();
    }
    let (file, line) = words::place(path, scene);
    let place = format!("{}:{line}", words::row(file));
    let name = words::name(scene);
    let left = format!("{word} {place}  {name}");
    let mut text = if style.is_plain {
        format!("{}: {name}, {place}", spoken_outcome(&scene.outcome))
    } else {
        let name = style.paint(Emphasis::Strong, &name);
        format!("{} {place}  {name}", style.paint(ink, word))
    };
    if !matches!(scene.outcome, SceneOutcome::Skipped { .. }) {
        let took = words::span(scene.duration_ms);
        let right = match &scene.outcome {
            SceneOutcome::Failed { .. } => {
                format!("{took}   seed {}", scene.seed.unwrap_or(run.seed))
            }
            _ => took,
        };
        text = beside(&text, &left, &right, style);
    }
    text.push('\n');
    let mut rows = ReportRows {
        text,
        style,
        path: Cow::Borrowed(path),
    };
    if let Some(why) = why {
        rows.put(&format!("        {}", words::row(&why)));
    }
    rows.steps(scene);
    if let Some(failure) = scene.failure() {
        rows.step(scene, failure);
        let message = style.paint(Emphasis::Bad, &words::row(&failure.message));
        rows.put(&format!("        {message}"));
        rows.reason(scene, failure);
    }
    if went_wrong {
        rows.ending(run, scene);
    }
    style.finished(rows.text)
}

/// Why a scene went wrong, as plain text with the reason first, for reports that have a place of
/// their own for its name.
pub fn block(run: &RunFacts, path: &str, scene: &SceneReport) -> String {
    let mut rows = ReportRows {
        text: String::new(),
        style: HumanStyle::default(),
        path: Cow::Borrowed(path),
    };
    match &scene.outcome {
        SceneOutcome::Failed { failure } => {
            rows.put(&words::row(&failure.message));
            rows.step(scene, failure);
            rows.reason(scene, failure);
        }
        SceneOutcome::Error { why, is_internal } => {
            rows.put(&words::row(&words::error(why, *is_internal)));
        }
        SceneOutcome::Passed | SceneOutcome::Skipped { .. } => {}
    }
    rows.ending(run, scene);
    rows.text
}

/// Steps with their numbers and times, as plain text.
pub fn steps(path: &str, scene: &SceneReport) -> String {
    let mut text = String::new();
    for (at, step) in scene.steps.iter().enumerate() {
        let time = words::seconds(step.at_ms);
        let (mark, row) = (mark(step.outcome), step_row(path, step));
        let _ = writeln!(text, "{:3}  +{time}  {mark} {row}", at + 1);
    }
    text
}

/// How many scenes ended how, and which of them went wrong.
pub fn totals(report: &RunReport, style: HumanStyle) -> String {
    let totals = report.totals;
    let mut text = String::new();
    let wrong = report.files.iter().flat_map(|file| {
        let is_wrong = |scene: &&SceneReport| {
            matches!(
                scene.outcome,
                SceneOutcome::Failed { .. } | SceneOutcome::Error { .. }
            )
        };
        file.scenes
            .iter()
            .filter(is_wrong)
            .map(move |scene| (file, scene))
    });
    let wrong: Vec<_> = wrong.collect();
    // Where there is just one, it stands right above.
    if wrong.len() > 1 {
        text.push_str("went wrong:\n");
        for (file, scene) in wrong.iter().take(MOST_NAMED) {
            let (path, line) = words::place(&file.path, scene);
            let name = words::name(scene);
            let _ = writeln!(text, "  {}:{line}  {name}", words::row(path));
        }
        if wrong.len() > MOST_NAMED {
            let _ = writeln!(text, "  and {} more", wrong.len() - MOST_NAMED);
        }
    }
    let scenes = words::counted(totals.all(), "scene");
    let files = words::counted(report.files.len(), "file");
    let ink = match (totals.is_ok(), totals.failed + totals.errors) {
        (true, _) => Emphasis::Good,
        (false, 0) => Emphasis::Warning,
        _ => Emphasis::Bad,
    };
    let left = format!("{scenes} in {files}: {}", in_words(totals));
    let took = words::span(report.run.duration_ms);
    let fast = match report.run.time.as_str() {
        "fast" => "   times of the sandbox",
        _ => "",
    };
    let right = format!("{took}   seed {}{fast}", report.run.seed);
    text.push_str(&beside(&style.paint(ink, &left), &left, &right, style));
    text.push('\n');
    if let Some(why) = &report.run.ended_early {
        let _ = writeln!(text, "ended early: {}", words::row(why));
    }
    style.finished(text)
}

/// How many ended how, in words.
pub fn in_words(totals: Totals) -> String {
    let parts = [
        (totals.failed, "failed"),
        (totals.errors, "could not be judged"),
        (totals.passed, "passed"),
        (totals.skipped, "skipped"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    if parts.is_empty() {
        return "nothing was run".to_owned();
    }
    parts.join(", ")
}

/// The rows below the first.
struct ReportRows<'a> {
    text: String,
    style: HumanStyle,
    path: Cow<'a, str>,
}

impl ReportRows<'_> {
    fn put(&mut self, row: &str) {
        let row = row.trim_end();
        if !row.is_empty() {
            self.text.push_str(row);
            self.text.push('\n');
        }
    }

    fn steps(&mut self, scene: &SceneReport) {
        if self.style.verbosity == Verbosity::Verbose {
            // The one that failed is told right below.
            let is_told = |step: &&StepReport| {
                step.outcome == StepOutcome::Failed && scene.failure().is_some()
            };
            for step in scene.steps.iter().filter(|step| !is_told(step)) {
                let ink = match step.outcome {
                    StepOutcome::Passed => Emphasis::Good,
                    StepOutcome::Failed => Emphasis::Bad,
                    StepOutcome::Skipped => Emphasis::Dim,
                };
                let mark = self.style.paint(ink, mark(step.outcome));
                let time = format!("+{}", words::seconds(step.at_ms));
                let time = self.style.paint(Emphasis::Dim, &time);
                let row = step_row(&self.path, step);
                self.put(&format!("  {mark} {row}  {time}"));
                let seen = step.matched.as_ref().and_then(|matched| matched.seen);
                if let Some(seen) = seen.and_then(|at| scene.seen.get(at)) {
                    let taken = failure::seen_row(seen, false);
                    self.put(&format!(
                        "        {}",
                        self.style.paint(Emphasis::Dim, &taken)
                    ));
                }
            }
            return;
        }
        let held = |step: &&StepReport| step.outcome != StepOutcome::Failed;
        let count = scene.steps.iter().filter(held).count();
        if scene.failure().is_some() && count > 0 {
            let left = format!("  ✓ {}", words::counted(count, "step"));
            let row = beside(&left, &left, "(-v lists them)", self.style);
            self.put(&row);
        }
    }

    /// The step that failed.
    fn step(&mut self, scene: &SceneReport, failure: &Failure) {
        let is_failed = |step: &&StepReport| step.outcome == StepOutcome::Failed;
        let step = scene.steps.iter().rev().find(is_failed);
        let text = step.map(|step| words::row(&step.text)).unwrap_or_default();
        // What must never come is told at its own line, and came during a step on another one.
        let (file, line) = match step.filter(|_| failure.kind == FailureKind::Forbidden) {
            Some(step) => (&step.file, step.line),
            None => (&failure.file, failure.line),
        };
        let place = match file {
            Some(file) => format!("{}:{line}", words::row(file)),
            None => format!("line {line}"),
        };
        let mark = self.style.paint(Emphasis::Bad, "✗");
        self.put(&format!("  {mark} {place}   {text}"));
    }

    fn reason(&mut self, scene: &SceneReport, failure: &Failure) {
        let style = self.style;
        for (label, text) in failure::rows(failure) {
            let label = style.paint(Emphasis::Dim, &format!("{label:11}"));
            self.put(&format!("        {label}{text}"));
        }
        let since = failure::seen_since(scene);
        self.seen(scene, &since);
    }

    fn seen(&mut self, scene: &SceneReport, since: &SeenSince<'_>) {
        if since.seen.is_empty() {
            return;
        }
        self.put(&match since.line {
            Some(line) => format!("  seen since line {line}"),
            None => "  seen since the beginning".to_owned(),
        });
        if since.left_out > 0 {
            let count = since.left_out;
            self.put(&format!("        … {count} more are left out"));
        }
        let is_whose_told = failure::has_several_logs(since.seen.iter().copied());
        for seen in &since.seen {
            let after = seen.at_ms.saturating_sub(since.from_ms);
            let time = self
                .style
                .paint(Emphasis::Dim, &format!("+{}", words::seconds(after)));
            let mut row = format!("        {time}  {}", failure::seen_row(seen, is_whose_told));
            if failure::is_unasked(seen) {
                row.push_str("   not waited for");
            }
            self.put(&row);
        }
        if scene.unseen > 0 {
            let count = scene.unseen;
            self.put(&format!(
                "        … {count} more were seen and are not kept"
            ));
        }
    }

    fn ending(&mut self, run: &RunFacts, scene: &SceneReport) {
        for (who, id) in &scene.conversations {
            let of = if scene.conversations.len() > 1 {
                format!(" of {}", words::row(who))
            } else {
                String::new()
            };
            self.put(&format!("  conversation{of} {}", words::row(id)));
        }
        let again = words::again(run, &self.path, scene);
        let again = self.style.paint(Emphasis::Strong, &again);
        self.put(&format!("  run it again:  {again}"));
        if !scene.artifacts.is_empty() {
            // The page first: of all kinds its name is the last.
            let kept = scene.artifacts.iter().rev();
            let kept = kept.map(|(kind, path)| match kind.as_str() {
                "html" => format!("the whole conversation: {}", words::row(path)),
                "har" => format!("wire: {}", words::row(path)),
                kind => format!("{}: {}", words::row(kind), words::row(path)),
            });
            let kept: Vec<String> = kept.collect();
            self.put(&format!("  {}", kept.join(" · ")));
        }
    }
}

fn mark(outcome: StepOutcome) -> &'static str {
    match outcome {
        StepOutcome::Passed => "✓",
        StepOutcome::Failed => "✗",
        StepOutcome::Skipped => "–",
    }
}

/// One step: where it stands, how it is written, how it ended unless it held.
fn step_row(path: &str, step: &StepReport) -> String {
    let place = match &step.file {
        Some(file) if file != path => format!("{}:{}", words::row(file), step.line),
        _ => format!("line {}", step.line),
    };
    let indent = "  ".repeat(step.depth.min(16));
    let ending = match step.outcome {
        StepOutcome::Passed => "",
        StepOutcome::Failed => "  (failed)",
        StepOutcome::Skipped => "  (left out)",
    };
    format!("{place}   {indent}{}{ending}", words::row(&step.text))
}

/// A row with something at its right. `plain` is how wide the left part is without its colours.
fn beside(left: &str, plain: &str, right: &str, style: HumanStyle) -> String {
    if style.is_plain {
        return format!("{left}, {right}");
    }
    let gap = RIGHT.saturating_sub(plain.width()).max(3);
    let right = style.paint(Emphasis::Dim, right);
    format!("{left}{}{right}", " ".repeat(gap))
}

/// How a scene ended, as the first word of its row.
fn spoken_outcome(outcome: &SceneOutcome) -> &'static str {
    match outcome {
        SceneOutcome::Passed => "Passed",
        SceneOutcome::Failed { .. } => "Failed",
        SceneOutcome::Error { .. } => "Not judged",
        SceneOutcome::Skipped { .. } => "Skipped",
    }
}

/// The same in words: signs are said, and what stands apart in a row is set apart by a comma.
fn plain(text: &str) -> String {
    let mut told = String::with_capacity(text.len());
    for row in text.lines() {
        let indent = row.len() - row.trim_start().len();
        let parts = row
            .split("  ")
            .map(str::trim)
            .filter(|part| !part.is_empty());
        let parts: Vec<&str> = parts.collect();
        let said = parts.join(", ");
        let said = ["✓,", "✗,", "–,"].into_iter().fold(said, |said, mark| {
            said.replace(mark, mark.trim_end_matches(','))
        });
        let signs = [
            ("✓", "ok:"),
            ("✗", "failed:"),
            ("–", "left out:"),
            ("→", "to"),
            ("←", "from"),
            ("…", "..."),
            (" ·", ","),
            ("⏎", "new line"),
        ];
        let said = signs
            .iter()
            .fold(said, |said, (sign, word)| said.replace(sign, word));
        let said = said.replace(":,", ":").replace(",,", ",");
        told.push_str(if indent == 0 { "" } else { "  " });
        told.push_str(&speakable(&said));
        told.push('\n');
    }
    told
}
