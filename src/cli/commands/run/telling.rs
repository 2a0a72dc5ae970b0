//! Tells what happens in a run while it happens, and makes the report of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use tokio::time::Instant;

use crate::{
    cli::{
        commands::run::{Run, plan::Planned},
        ingress::own_host,
        output,
        reports::ReportStream,
        scenarios::files::ScenarioFile,
    },
    domain::time::Timestamp,
    report::{
        events::RunEvent,
        outcome::{FileReport, RunFacts, RunReport, SceneOutcome, SceneReport, StepReport, Totals},
        words,
    },
    rt::clock,
    runner::scene::{not_run, rfc3339},
};

/// What happens in a scene, by its place in the plan.
pub(super) enum RunNews {
    Begin(usize),
    Step(usize, StepReport),
    End(usize, Box<SceneReport>),
    /// No scene has ended for a while.
    Still,
}

/// What was told so far.
pub(super) struct Telling<'a> {
    stream: ReportStream,
    planned: &'a [Planned<'a>],
    files: &'a [ScenarioFile],
    run: RunFacts,
    since: Instant,
    scenes: Vec<Option<SceneReport>>,
    /// Some report lists what was seen in scenes that passed.
    keeps_what_was_seen: bool,
    /// The numbers of scenes in the order of their beginnings, from 1.
    begun: Vec<usize>,
    /// How many steps of each scene have ended.
    steps: BTreeMap<usize, usize>,
    files_begun: BTreeSet<usize>,
}

impl<'a> Telling<'a> {
    /// Tells that the run begins.
    pub(super) fn begin(
        of: &Run<'_>,
        files: &'a [ScenarioFile],
        planned: &'a [Planned<'a>],
        seed: u64,
        out: &mut impl Write,
    ) -> anyhow::Result<Self> {
        let profile = of.profile.as_ref();
        let run = RunFacts {
            id: uuid::Uuid::new_v4().to_string(),
            started: rfc3339(Timestamp(clock::unix_millis())),
            seed,
            host: own_host().unwrap_or_default(),
            cloud: profile.map_or("sandbox".to_owned(), |one| one.account.to_string()),
            profile: profile.map(|one| one.name.clone()),
            time: of.time().word().to_owned(),
            command: Some(command(seed)),
            ..RunFacts::default()
        };
        let mut telling = Self {
            stream: of.args.reports.stream(of.plain.is_some()),
            planned,
            files,
            run,
            since: Instant::now(),
            scenes: planned.iter().map(|_| None).collect(),
            keeps_what_was_seen: of.args.reports.lists_what_was_seen(),
            begun: Vec::new(),
            steps: BTreeMap::new(),
            files_begun: BTreeSet::new(),
        };
        let run = telling.run.clone();
        let cases = planned.len();
        telling.print(&RunEvent::RunBegin { run: &run, cases }, out)?;
        Ok(telling)
    }

    /// Tells what happened in a scene.
    pub(super) fn tell(&mut self, told: RunNews, out: &mut impl Write) -> anyhow::Result<()> {
        match told {
            RunNews::Begin(number) => self.scene_begins(number, out),
            RunNews::Step(number, step) => {
                *self.steps.entry(number).or_default() += 1;
                let case = self.case(number);
                self.print(&RunEvent::StepEnd { case, step: &step }, out)
            }
            RunNews::Still if self.stream.is_plain() => {
                let text = self.still();
                output::print(out, &text, "how far the run is")
            }
            RunNews::Still => Ok(()),
            RunNews::End(number, mut scene) => {
                if !self.begun.contains(&number) {
                    self.scene_begins(number, out)?;
                }
                let Some(one) = self.planned.get(number) else {
                    return Ok(());
                };
                scene.seed = (one.seed != self.run.seed).then_some(one.seed);
                let (case, path) = (self.case(number), path_of(&one.file.parsed.script.files));
                let event = RunEvent::SceneEnd {
                    case,
                    path,
                    scene: &scene,
                };
                let text = self.stream.text(Timestamp(clock::unix_millis()), &event);
                if scene.outcome == SceneOutcome::Passed && !self.keeps_what_was_seen {
                    (scene.seen, scene.wire) = Default::default();
                }
                self.scenes[number] = Some(*scene);
                output::print(out, &text?, "a scene")
            }
        }
    }

    fn scene_begins(&mut self, number: usize, out: &mut impl Write) -> anyhow::Result<()> {
        let Some(one) = self.planned.get(number) else {
            return Ok(());
        };
        if self.files_begun.insert(one.index) {
            let file = file_report(one.file);
            self.print(&RunEvent::FileBegin(&file), out)?;
        }
        self.begun.push(number);
        let (case, path) = (self.case(number), path_of(&one.file.parsed.script.files));
        let scene = not_run(&one.case, SceneOutcome::Passed);
        let scene = &scene;
        self.print(&RunEvent::SceneBegin { case, path, scene }, out)
    }

    /// The scenes that are played just now, and how far they are, in a row each.
    fn still(&self) -> String {
        let seconds = self.since.elapsed().as_secs();
        let runs = |number: &&usize| self.scenes.get(**number).is_some_and(Option::is_none);
        let rows = self.begun.iter().filter(runs).filter_map(|number| {
            let scene = not_run(&self.planned.get(*number)?.case, SceneOutcome::Passed);
            let ended = self.steps.get(number).copied().unwrap_or(0);
            let name = words::name(&scene);
            Some(format!(
                "Still playing after {seconds} seconds: {name}, {ended} steps done.\n"
            ))
        });
        rows.collect()
    }

    /// The number of a scene in the order of beginnings.
    fn case(&self, number: usize) -> usize {
        let at = self.begun.iter().position(|one| *one == number);
        at.map_or(self.begun.len(), |at| at + 1)
    }

    /// Tells that the run has ended; gives the report, and whether that could be told.
    pub(super) fn end(
        mut self,
        ended_early: Option<String>,
        out: &mut impl Write,
    ) -> (RunReport, anyhow::Result<()>) {
        let mut files: Vec<FileReport> = self.files.iter().map(file_report).collect();
        let scenes = std::mem::take(&mut self.scenes);
        for (one, scene) in self.planned.iter().zip(scenes) {
            let missed = || {
                let why = "the run ended before it".to_owned();
                not_run(&one.case, SceneOutcome::Skipped { why })
            };
            if let Some(file) = files.get_mut(one.index) {
                file.scenes.push(scene.unwrap_or_else(missed));
            }
        }
        files.retain(|file| !file.scenes.is_empty());
        let report = RunReport {
            handset: env!("CARGO_PKG_VERSION").to_owned(),
            run: RunFacts {
                ended: rfc3339(Timestamp(clock::unix_millis())),
                duration_ms: u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX),
                ended_early,
                ..self.run.clone()
            },
            totals: Totals::of(&files),
            files,
        };
        let told = self.print(&RunEvent::RunEnd(&report), out);
        (report, told)
    }

    fn print(&mut self, event: &RunEvent<'_>, out: &mut impl Write) -> anyhow::Result<()> {
        let text = self.stream.text(Timestamp(clock::unix_millis()), event)?;
        if text.is_empty() {
            return Ok(());
        }
        output::print(out, &text, "the report")
    }
}

fn path_of(files: &[String]) -> &str {
    files.first().map_or("", String::as_str)
}

fn file_report(file: &ScenarioFile) -> FileReport {
    FileReport {
        path: path_of(&file.parsed.script.files).to_owned(),
        title: file.parsed.script.title.clone(),
        ..FileReport::default()
    }
}

/// The command line that does the run again.
fn command(seed: u64) -> String {
    let mut words = vec!["handset".to_owned()];
    let given = std::env::args().skip(1).collect::<Vec<_>>();
    let has_seed = given
        .iter()
        .any(|word| word == "--seed" || word.starts_with("--seed="));
    words.extend(given.iter().map(|word| quoted(word)));
    if !has_seed {
        words.push(format!("--seed {seed}"));
    }
    words.join(" ")
}

/// A word as a shell reads it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
