//! JUnit's XML as CI servers read it: a suite for each file, a case for each scene and row.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::report::{
    human,
    outcome::{FileReport, RunReport, SceneOutcome, SceneReport, Totals},
    words,
    xml::{attribute, text},
};

/// What stands in one case is no longer than this, in bytes: readers bound the whole file.
const LONGEST: usize = 64 * 1024;

/// For which reader it is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum JunitDialect {
    /// GitLab, GitHub and Jenkins' JUnit plugin: cases have a file, a line and properties.
    #[default]
    Common,
    /// The strict schema of Jenkins' xUnit plugin, which refuses those.
    Xunit,
}

/// The report as one JUnit document, with a test suite for each file.
pub fn document(report: &RunReport, dialect: JunitDialect) -> String {
    let totals = report.totals;
    let mut writer = JunitWriter {
        report,
        dialect,
        names: BTreeMap::new(),
        out: String::new(),
    };
    writer.line(
        0,
        &format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"handset\" {} time=\"{}\">",
            counts(totals),
            words::seconds(report.run.duration_ms)
        ),
    );
    for file in &report.files {
        writer.suite(file);
    }
    writer.line(0, "</testsuites>");
    writer.out
}

fn counts(totals: Totals) -> String {
    format!(
        "tests=\"{}\" failures=\"{}\" errors=\"{}\"",
        totals.all(),
        totals.failed,
        totals.errors
    )
}

/// The name of a suite: the path without its ending, with dots for slashes.
pub fn suite_name(path: &str) -> String {
    let path = path.strip_suffix(".talk").unwrap_or(path);
    let parts = path.split('/');
    let parts = parts.filter(|part| !matches!(*part, "" | "." | ".."));
    parts.collect::<Vec<_>>().join(".")
}

struct JunitWriter<'a> {
    report: &'a RunReport,
    dialect: JunitDialect,
    /// Suites and names that are taken, with the last number put behind each: of two cases with the
    /// same ones a reader keeps one.
    names: BTreeMap<(String, String), usize>,
    out: String,
}

impl JunitWriter<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        self.out.push_str(&"  ".repeat(depth));
        self.out.push_str(line);
        self.out.push('\n');
    }

    fn suite(&mut self, file: &FileReport) {
        let path = file.path_from_root(&file.path);
        let name = suite_name(path);
        let totals = Totals::of(std::slice::from_ref(file));
        let run = &self.report.run;
        let started = file.scenes.iter().map(|scene| scene.started.as_str());
        let started = started.filter(|started| !started.is_empty()).min();
        let took: u64 = file.scenes.iter().map(|scene| scene.duration_ms).sum();
        let head = format!(
            "<testsuite name=\"{}\" file=\"{}\" timestamp=\"{}\" hostname=\"{}\" {} skipped=\"{}\" time=\"{}\">",
            attribute(&name),
            attribute(path),
            attribute(&without_offset(started.unwrap_or(&run.started))),
            attribute(&run.host),
            counts(totals),
            totals.skipped,
            words::seconds(took),
        );
        self.line(1, &head);
        let properties = [
            ("handset", self.report.handset.clone()),
            ("seed", run.seed.to_string()),
            ("cloud", run.cloud.clone()),
            ("time", run.time.clone()),
            ("profile", run.profile.clone().unwrap_or_default()),
            ("title", file.title.clone()),
        ];
        self.properties(2, &properties);
        for scene in &file.scenes {
            self.case(file, &name, scene);
        }
        self.line(1, "</testsuite>");
    }

    fn properties(&mut self, depth: usize, properties: &[(&str, String)]) {
        let there = |(_, value): &&(&str, String)| !value.is_empty();
        if !properties.iter().any(|property| there(&property)) {
            return;
        }
        self.line(depth, "<properties>");
        for (name, value) in properties.iter().filter(there) {
            let (name, value) = (attribute(name), attribute(value));
            let line = format!("<property name=\"{name}\" value=\"{value}\"/>");
            self.line(depth + 1, &line);
        }
        self.line(depth, "</properties>");
    }

    fn case(&mut self, file: &FileReport, suite: &str, scene: &SceneReport) {
        let name = self.unique(suite, &words::name(scene));
        let mut head = format!(
            "<testcase name=\"{name}\" classname=\"{}\" time=\"{}\"",
            attribute(suite),
            words::seconds(scene.duration_ms)
        );
        if self.dialect == JunitDialect::Common {
            let own = scene.failure().filter(|failure| failure.file.is_none());
            let line = own.map_or(scene.line, |failure| failure.line);
            let path = attribute(file.path_from_root(&file.path));
            // Writing to a String cannot fail.
            let _ = write!(head, " file=\"{path}\" line=\"{line}\"");
        }
        self.line(2, &format!("{head}>"));
        if self.dialect == JunitDialect::Common {
            let mut properties: Vec<(&str, String)> = Vec::new();
            properties.extend(scene.tags.iter().map(|tag| ("tag", tag.clone())));
            let seed = scene.seed.map(|seed| ("seed", seed.to_string()));
            properties.extend(seed);
            let ids = scene.conversations.values();
            properties.extend(ids.map(|id| ("conversation", id.clone())));
            self.properties(3, &properties);
        }
        self.outcome(file, scene);
        self.system_out(file, scene);
        self.line(2, "</testcase>");
    }

    fn outcome(&mut self, file: &FileReport, scene: &SceneReport) {
        let (element, kind, message) = match &scene.outcome {
            SceneOutcome::Passed => return,
            SceneOutcome::Skipped { why } => {
                let line = format!("<skipped message=\"{}\"/>", attribute(&bounded(why)));
                self.line(3, &line);
                return;
            }
            SceneOutcome::Failed { failure } => ("failure", failure.kind.word(), &failure.message),
            SceneOutcome::Error { why, is_internal } => {
                let kind = if *is_internal {
                    "internal"
                } else {
                    "environment"
                };
                ("error", kind, why)
            }
        };
        // Some readers show the message, others the content alone.
        let block = human::block(&self.report.run, &file.path, scene);
        let message = words::row(message);
        let line = format!(
            "<{element} type=\"{kind}\" message=\"{}\">{}</{element}>",
            attribute(&message),
            text(&words::cut(&block, LONGEST))
        );
        self.line(3, &line);
    }

    fn system_out(&mut self, file: &FileReport, scene: &SceneReport) {
        if scene.steps.is_empty() && scene.artifacts.is_empty() {
            return;
        }
        let steps = human::steps(&file.path, scene);
        let mut out = words::cut(&steps, LONGEST).into_owned();
        for path in scene.artifacts.values() {
            let path = words::row(file.path_from_root(path));
            let _ = writeln!(out, "[[ATTACHMENT|{path}]]");
        }
        let line = format!("<system-out>{}</system-out>", text(&out));
        self.line(3, &line);
    }

    /// The name as an attribute, with a number behind it when the suite has the name already.
    fn unique(&mut self, suite: &str, name: &str) -> String {
        let first = attribute(&bounded(name));
        let mut key = (suite.to_owned(), first.clone());
        let mut number = self.names.get(&key).copied().unwrap_or(0);
        while self.names.contains_key(&key) {
            number += 1;
            key.1 = format!("{first} ({number})");
        }
        self.names.insert((suite.to_owned(), first), number.max(1));
        let unique = key.1.clone();
        self.names.entry(key).or_insert(1);
        unique
    }
}

fn bounded(text: &str) -> String {
    words::cut(text, words::LONGEST).into_owned()
}

/// `2026-11-30T15:52:00` of `2026-11-30T15:52:00.123Z`.
fn without_offset(time: &str) -> String {
    let time = time.strip_suffix('Z').unwrap_or(time);
    time.split('.').next().unwrap_or_default().to_owned()
}
