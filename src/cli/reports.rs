//! The reports of a run: which ones are wanted, what is printed while it goes on, and the files.

use std::{
    collections::BTreeSet,
    env,
    fs::{self, OpenOptions},
    io::{self, IsTerminal as _, Write},
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, anyhow, bail};
use clap::ValueEnum;
use url::Url;

use crate::{
    cli::{files, in_words, output, terminfo},
    domain::time::Timestamp,
    report::{
        events::{self, RunEvent},
        github, html,
        human::{self, HumanStyle, Verbosity},
        json,
        junit::{self, JunitDialect},
        outcome::{FileReport, RunFacts, RunReport},
        tap,
    },
    tui::theme::styles::Depth,
};

/// Stands for stdout in the place of a file.
const STDOUT: &str = "-";
/// GitHub takes no more for the summary of a step, in bytes.
const STEP_SUMMARY: u64 = 1024 * 1024;

/// Which reports are written, and what is printed.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(crate) struct ReportArgs {
    /// What is printed: for people, as TAP 14, as one line of JSON for each event, or nothing.
    #[arg(long, value_enum, value_name = "KIND", default_value = "human")]
    report: Printed,

    /// Write JUnit XML to this file; `-` is stdout, here and below, and then nothing else is
    /// printed.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,

    /// For which reader the JUnit XML is: `common` suits GitLab, GitHub and Jenkins' JUnit plugin,
    /// `xunit` the strict schema of Jenkins' xUnit plugin.
    #[arg(
        long,
        value_enum,
        value_name = "DIALECT",
        default_value = "common",
        requires = "junit"
    )]
    junit_dialect: DialectName,

    /// Write TAP 14 to this file.
    #[arg(long, value_name = "FILE")]
    tap: Option<PathBuf>,

    /// Write everything as one JSON document to this file; `handset report merge` reads it.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write a page for people to this file; it is complete in itself.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Annotations and the step summary of GitHub Actions; `auto` writes them where
    /// `GITHUB_ACTIONS` is `true`.
    #[arg(long, value_enum, value_name = "WHEN", default_value = "auto")]
    github: GithubWhen,

    /// List the steps of every scene.
    #[arg(short, long, conflicts_with = "quiet")]
    verbose: bool,

    /// List only scenes that went wrong.
    #[arg(short, long)]
    quiet: bool,
}

/// What `--report` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Printed {
    Human,
    Tap,
    Jsonl,
    Quiet,
}

/// What `--junit-dialect` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DialectName {
    Common,
    Xunit,
}

/// What `--github` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GithubWhen {
    Auto,
    On,
    Off,
}

impl ReportArgs {
    /// Looks at the files before anything is run, and makes the folders they are to be in.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        let mut known = BTreeSet::new();
        for (kind, path) in self.files() {
            let (what, name) = (kind.words(), path.display());
            if !known.insert(path) {
                bail!("two reports are to be written to {name}; name a file for each");
            }
            if is_stdout(path) {
                if self.report != Printed::Human && self.report != Printed::Quiet {
                    bail!(
                        "stdout cannot take the {what} and what --report prints; leave one of them out"
                    );
                }
                continue;
            }
            if path.is_dir() {
                bail!("cannot write the {what} to {name}: it is a folder; name a file");
            }
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(|cause| {
                    let folder = folder.display();
                    anyhow!(
                        "cannot make the folder {folder} for the {what}: {cause}; name another file"
                    )
                })?;
            }
        }
        Ok(())
    }

    /// Whether what is printed is for people.
    pub(crate) fn is_for_people(&self) -> bool {
        let has_stdout = self.files().iter().any(|(_, path)| is_stdout(path));
        self.report == Printed::Human && !has_stdout
    }

    /// Whether the JSON goes to stdout.
    pub(crate) fn has_json_on_stdout(&self) -> bool {
        self.json.as_deref().is_some_and(is_stdout)
    }

    /// Whether a report of the whole run lists what was seen in scenes that passed.
    pub(crate) fn lists_what_was_seen(&self) -> bool {
        self.json.is_some() || self.html.is_some()
    }

    /// What is printed while the run goes on; in plain mode what people read of it is told in words.
    pub(crate) fn stream(&self, is_plain: bool) -> ReportStream {
        let has_stdout = self.files().iter().any(|(_, path)| is_stdout(path));
        let is_coloured =
            !is_plain && io::stdout().is_terminal() && terminfo::depth() != Depth::None;
        ReportStream {
            printed: if has_stdout {
                Printed::Quiet
            } else {
                self.report
            },
            style: HumanStyle {
                is_coloured,
                is_plain,
                verbosity: match (self.verbose, self.quiet) {
                    (true, _) => Verbosity::Verbose,
                    (false, true) => Verbosity::Quiet,
                    (false, false) => Verbosity::Usual,
                },
            },
            run: RunFacts::default(),
            points: None,
        }
    }

    /// Writes the files, and what GitHub Actions reads. Every report is tried; the error names those
    /// that could not be written. `out` is stdout.
    pub(crate) fn write(&self, report: &mut RunReport, out: &mut impl Write) -> anyhow::Result<()> {
        let here = env::current_dir().context("cannot tell the working folder of this program")?;
        let root = git_root(&here);
        for file in &mut report.files {
            locate(file, &here, root.as_deref());
        }
        let mut faults = Vec::new();
        for (kind, path) in self.files() {
            let text = self.text(kind, path, report, &here);
            let written = text.and_then(|text| {
                if is_stdout(path) {
                    return output::print(out, &text, kind.words());
                }
                files::replace(path, text.as_bytes(), 0o644, kind.words())
            });
            faults.extend(written.err());
        }
        let is_github = match self.github {
            GithubWhen::Auto => env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true"),
            GithubWhen::On => true,
            GithubWhen::Off => false,
        };
        if is_github {
            faults.extend(tell_github(report).err());
        }
        match faults.iter().map(in_words).collect::<Vec<_>>().join("; ") {
            none if none.is_empty() => Ok(()),
            all => bail!(all),
        }
    }

    fn files(&self) -> Vec<(FileReportKind, &Path)> {
        let files = [
            (FileReportKind::Junit, &self.junit),
            (FileReportKind::Tap, &self.tap),
            (FileReportKind::Json, &self.json),
            (FileReportKind::Html, &self.html),
        ];
        let files = files.into_iter();
        files
            .filter_map(|(kind, path)| Some((kind, path.as_deref()?)))
            .collect()
    }

    fn text(
        &self,
        kind: FileReportKind,
        path: &Path,
        report: &RunReport,
        here: &Path,
    ) -> anyhow::Result<String> {
        let dialect = match self.junit_dialect {
            DialectName::Common => JunitDialect::Common,
            DialectName::Xunit => JunitDialect::Xunit,
        };
        Ok(match kind {
            FileReportKind::Junit => junit::document(report, dialect),
            FileReportKind::Tap => tap::document(report, self.verbose),
            FileReportKind::Json => {
                json::document(report).context("cannot make the JSON report")?
            }
            FileReportKind::Html => {
                let page = absolute(here, path);
                html::page(report, &|kept| {
                    link(&page, &absolute(here, Path::new(kept)))
                })
            }
        })
    }
}

/// A report that is a file.
#[derive(Debug, Clone, Copy)]
enum FileReportKind {
    Junit,
    Tap,
    Json,
    Html,
}

impl FileReportKind {
    fn words(self) -> &'static str {
        match self {
            Self::Junit => "JUnit report",
            Self::Tap => "TAP report",
            Self::Json => "JSON report",
            Self::Html => "HTML report",
        }
    }
}

fn is_stdout(path: &Path) -> bool {
    path == Path::new(STDOUT)
}

/// What is printed while a run goes on: a text for each event, which the caller puts on stdout.
#[derive(Debug)]
pub(crate) struct ReportStream {
    printed: Printed,
    style: HumanStyle,
    run: RunFacts,
    /// Points of TAP that were written; `None` before the plan.
    points: Option<usize>,
}

impl ReportStream {
    /// What is to be printed for an event that happened at this time; often nothing. A notice is
    /// printed as JSON alone: for people it goes to stderr.
    pub(crate) fn text(&mut self, at: Timestamp, event: &RunEvent<'_>) -> anyhow::Result<String> {
        if let RunEvent::RunBegin { run, .. } = event {
            self.run = (*run).clone();
        }
        match self.printed {
            Printed::Human => Ok(self.human(event)),
            Printed::Tap => Ok(self.tap(event)),
            Printed::Jsonl => events::line(at, event).context("cannot write an event as JSON"),
            Printed::Quiet => Ok(String::new()),
        }
    }

    /// Whether people read it in words while the run goes on.
    pub(crate) fn is_plain(&self) -> bool {
        self.style.is_plain && matches!(self.printed, Printed::Human)
    }

    fn human(&self, event: &RunEvent<'_>) -> String {
        match event {
            RunEvent::SceneEnd { path, scene, .. } => {
                human::scene(&self.run, path, scene, self.style)
            }
            RunEvent::RunEnd(report) => human::totals(report, self.style),
            _ => String::new(),
        }
    }

    fn tap(&mut self, event: &RunEvent<'_>) -> String {
        match event {
            RunEvent::RunBegin { cases, .. } => {
                self.points = Some(0);
                tap::plan(*cases)
            }
            RunEvent::SceneEnd { path, scene, .. } => {
                let number = self.points.map_or(1, |points| points + 1);
                self.points = Some(number);
                tap::point(
                    number,
                    path,
                    scene,
                    self.style.verbosity == Verbosity::Verbose,
                )
            }
            RunEvent::RunEnd(report) => match (&report.run.ended_early, self.points) {
                (Some(why), Some(_)) => tap::bail_out(why),
                (Some(why), None) => tap::nothing_but(why),
                (None, Some(_)) => String::new(),
                (None, None) => tap::plan(0),
            },
            _ => String::new(),
        }
    }
}

/// Annotations to stderr, for stdout carries the chosen report alone; the summary behind what other
/// programs of the step have written.
fn tell_github(report: &RunReport) -> anyhow::Result<()> {
    let lines = github::annotations(report);
    // With nowhere to write to, the summary has it all.
    let _ = io::stderr().write_all(lines.as_bytes());
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = PathBuf::from(path);
    let used = fs::metadata(&path).map_or(0, |facts| facts.len());
    let room = usize::try_from(STEP_SUMMARY.saturating_sub(used)).unwrap_or(usize::MAX);
    let summary = github::summary(report, room);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(summary.as_bytes()));
    written.map_err(|cause| {
        let path = path.display();
        anyhow!("cannot write the step summary {path}: {cause}; GITHUB_STEP_SUMMARY names it, and --github off leaves it out")
    })
}

/// The root of the git repository around a folder.
fn git_root(here: &Path) -> Option<PathBuf> {
    let root = here.ancestors().find(|folder| folder.join(".git").exists());
    root.map(Path::to_owned)
}

/// Notes where the files that a report names are, seen from the root of the repository.
fn locate(file: &mut FileReport, here: &Path, root: Option<&Path>) {
    let mut names: BTreeSet<&String> = BTreeSet::from([&file.path]);
    for scene in &file.scenes {
        names.extend(scene.failure().and_then(|failure| failure.file.as_ref()));
        names.extend(scene.steps.iter().filter_map(|step| step.file.as_ref()));
        names.extend(scene.artifacts.values());
    }
    let found: Vec<(String, String)> = names
        .into_iter()
        .filter(|name| !file.from_root.contains_key(*name))
        .filter_map(|name| {
            let path = absolute(here, Path::new(name));
            let path = path.strip_prefix(root.unwrap_or(here)).ok()?;
            let path = slashes(path);
            (path != *name).then(|| (name.clone(), path))
        })
        .collect();
    file.from_root.extend(found);
}

/// A path from the root of the file system, without `.` and `..`.
fn absolute(here: &Path, path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in here.join(path).components() {
        match part {
            Component::ParentDir => {
                whole.pop();
            }
            Component::CurDir => {}
            part => whole.push(part),
        }
    }
    whole
}

fn slashes(path: &Path) -> String {
    let parts = path.components();
    let parts = parts.map(|part| part.as_os_str().to_string_lossy().into_owned());
    parts.collect::<Vec<_>>().join("/")
}

/// The address of a kept file as a page names it; its path when there is none.
fn link(page: &Path, kept: &Path) -> String {
    let (page, file) = (Url::from_file_path(page), Url::from_file_path(kept));
    let address = page.ok().zip(file.ok());
    let address = address.and_then(|(page, file)| page.make_relative(&file));
    address.unwrap_or_else(|| kept.display().to_string())
}
