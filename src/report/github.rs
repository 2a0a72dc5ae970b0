//! Annotations and the step summary of GitHub Actions.

use std::fmt::Write as _;

use crate::{
    domain::text::SafeText,
    export::html::escaped,
    report::{
        human,
        outcome::{FileReport, RunReport, SceneOutcome, SceneReport},
        words,
    },
};

/// GitHub shows ten annotations of a kind for each step and drops the rest without a word; the last
/// one says how many more there are.
const ANNOTATIONS: usize = 9;
/// GitHub takes 1 MiB for each step.
pub const LONGEST_SUMMARY: usize = 900_000;
/// One scene in the summary is no longer than this.
const LONGEST_BLOCK: usize = 32 * 1024;

/// Workflow commands, one on each line: an error for each scene that went wrong, as far as GitHub
/// shows them.
pub fn annotations(report: &RunReport) -> String {
    let wrong: Vec<_> = wrong(report).collect();
    let mut lines = String::new();
    for (file, scene, why) in wrong.iter().take(ANNOTATIONS) {
        let (path, line) = words::place(&file.path, scene);
        let mut message = words::row(why);
        if let Some(failure) = scene.failure() {
            let rows = crate::report::failure::rows(failure);
            let rows = rows
                .iter()
                .map(|(label, text)| format!("{label:11} {text}"));
            message = format!("{message}\n{}", rows.collect::<Vec<_>>().join("\n"));
        }
        // Writing to a String cannot fail.
        let _ = writeln!(
            lines,
            "::error file={},line={line},title={}::{}",
            property(file.path_from_root(path)),
            property(&words::name(scene)),
            data(&message)
        );
    }
    let more = wrong.len().saturating_sub(ANNOTATIONS);
    if more > 0 {
        let _ = writeln!(
            lines,
            "::error title=handset::and {more} more, see the summary"
        );
    }
    lines
}

/// The step summary, in Markdown, no longer than `most` bytes.
pub fn summary(report: &RunReport, most: usize) -> String {
    let most = most.min(LONGEST_SUMMARY);
    let totals = report.totals;
    let verdict = if report.is_ok() { "✅" } else { "❌" };
    let mut text = format!(
        "### {verdict} handset run: {}\n\n\
         | passed | failed | could not be judged | skipped | took | seed |\n|--:|--:|--:|--:|--:|--:|\n\
         | {} | {} | {} | {} | {} | {} |\n\n",
        human::in_words(totals),
        totals.passed,
        totals.failed,
        totals.errors,
        totals.skipped,
        words::span(report.run.duration_ms),
        report.run.seed,
    );
    if let Some(why) = &report.run.ended_early {
        let _ = writeln!(text, "<p>Ended early: {}</p>\n", html(why));
    }
    let mut left_out = 0;
    for (file, scene, _) in wrong(report) {
        let part = details(report, file, scene);
        // Some room stays for the last sentence.
        if left_out > 0 || text.len() + part.len() + 200 > most {
            left_out += 1;
        } else {
            text.push_str(&part);
        }
    }
    if left_out > 0 {
        let scenes = words::counted(left_out, "scene");
        let _ = writeln!(
            text,
            "There is no room here for {scenes} that went wrong; see the other reports.\n"
        );
    }
    if text.len() > most {
        String::new()
    } else {
        text
    }
}

fn details(report: &RunReport, file: &FileReport, scene: &SceneReport) -> String {
    let (path, line) = words::place(&file.path, scene);
    let path = file.path_from_root(path);
    let block = human::block(&report.run, &file.path, scene);
    format!(
        "<details><summary><b>{}</b> <code>{}:{line}</code></summary>\n\n<pre>{}</pre>\n\n</details>\n\n",
        html(&words::name(scene)),
        html(path),
        escaped(&words::cut(&block, LONGEST_BLOCK))
    )
}

/// Scenes that failed or could not be judged, each with the reason in one sentence.
fn wrong(report: &RunReport) -> impl Iterator<Item = (&FileReport, &SceneReport, String)> {
    let scenes = report
        .files
        .iter()
        .flat_map(|file| file.scenes.iter().map(move |scene| (file, scene)));
    scenes.filter_map(|(file, scene)| {
        let why = match &scene.outcome {
            SceneOutcome::Failed { failure } => failure.message.clone(),
            SceneOutcome::Error { why, is_internal } => words::error(why, *is_internal),
            SceneOutcome::Passed | SceneOutcome::Skipped { .. } => return None,
        };
        Some((file, scene, why))
    })
}

fn html(text: &str) -> String {
    escaped(&SafeText::clean(&words::cut(text, words::LONGEST)).one_line())
}

/// The text of a workflow command.
fn data(text: &str) -> String {
    let text = SafeText::clean(text);
    text.as_str().replace('%', "%25").replace('\n', "%0A")
}

/// The value of one of its properties.
fn property(text: &str) -> String {
    let text = words::cut(text, words::LONGEST);
    data(&text).replace(':', "%3A").replace(',', "%2C")
}
