//! The report of a swarm: what was planned, on which machine, what was measured; and its files.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};
use aws_lc_rs::digest;
use tokio::time::Instant;

use crate::{
    cli::{files, in_words, ingress::own_host, output},
    config::profile::Profile,
    domain::time::Timestamp,
    report::outcome::{FileReport, RunFacts, RunReport, Totals},
    rt::clock,
    runner::scene::rfc3339,
    swarm::{
        report::{
            html, human, json, junit,
            outcome::{MachineFacts, PlanFacts, ScenarioFacts, SwarmReport},
        },
        run::{KeepFailed, SwarmEnd},
        scenario::SwarmScenario,
        workers::coordinator::CoordinatedEnd,
        workload::{Workload, words::rate_words},
    },
};

/// Stands for stdout in the place of a file.
const STDOUT: &str = "-";
/// Where files go when `--keep failed` names no folder.
const FOLDER: &str = "handset-swarm";

/// Which files are written.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(super) struct SwarmFiles {
    /// Write a page for people to this file; it is complete in itself. `-` is stdout, here and below,
    /// and then nothing else is printed.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Write everything as one JSON document to this file, histograms included; `handset swarm
    /// report` reads it.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Write JUnit XML to this file: a case for each threshold.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

impl SwarmFiles {
    /// The files that are wanted, with what each is called.
    fn all(&self) -> Vec<(&'static str, &Path)> {
        let all = [
            ("HTML report", &self.html),
            ("JSON report", &self.json),
            ("JUnit report", &self.junit),
        ];
        let all = all.into_iter();
        all.filter_map(|(what, path)| Some((what, path.as_deref()?)))
            .collect()
    }

    /// Looks at the files before anything is run, and makes the folders they are to be in.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        let mut known = BTreeSet::new();
        for (what, path) in self.all() {
            let name = path.display();
            if !known.insert(path) {
                bail!("two reports are to be written to {name}; name a file for each");
            }
            if path.is_dir() {
                bail!("cannot write the {what} to {name}: it is a folder; name a file");
            }
            if let Some(folder) = path.parent() {
                let folder_name = folder.display();
                fs::create_dir_all(folder).with_context(|| {
                    format!("cannot make the folder {folder_name} for the {what}")
                })?;
            }
        }
        Ok(())
    }

    /// Whether one of them goes to stdout.
    fn have_stdout(&self) -> bool {
        self.all()
            .iter()
            .any(|(_, path)| *path == Path::new(STDOUT))
    }

    /// Tells a report to people on stdout, unless a file goes there, and writes the files.
    pub(super) fn tell(&self, report: &SwarmReport, out: &mut impl Write) -> anyhow::Result<()> {
        if !self.have_stdout() {
            output::print(out, &human::text(report), "the report")?;
        }
        self.write(report, out)
    }

    /// Writes them. Each is tried; the error names those that could not be written.
    fn write(&self, report: &SwarmReport, out: &mut impl Write) -> anyhow::Result<()> {
        let mut faults = Vec::new();
        for (what, path) in self.all() {
            let text = match what {
                "HTML report" => html::page(report),
                "JUnit report" => junit::document(report),
                _ => json::document(report).context("cannot make the JSON report")?,
            };
            let written = if path == Path::new(STDOUT) {
                output::print(out, &text, what)
            } else {
                files::replace(path, text.as_bytes(), 0o644, what)
            };
            faults.extend(written.err());
        }
        match faults.iter().map(in_words).collect::<Vec<_>>().join("; ") {
            none if none.is_empty() => Ok(()),
            all => bail!(all),
        }
    }
}

/// What is known before a run.
pub(super) struct SwarmFacts {
    run: RunFacts,
    plan: PlanFacts,
    since: Instant,
    sandbox_inside: bool,
}

impl SwarmFacts {
    /// A run begins now.
    pub(super) fn begin(
        workload: &Workload,
        scenarios: &[SwarmScenario],
        seed: u64,
        profile: Option<&Profile>,
    ) -> Self {
        let plan = workload.plan(seed);
        let stages = workload.stages.iter().map(|stage| {
            format!(
                "to {} over {} s, held {} s",
                rate_words(stage.to),
                stage.over.as_secs_f64(),
                stage.hold.as_secs_f64()
            )
        });
        let named = workload.scenarios.iter().zip(scenarios);
        Self {
            run: RunFacts {
                id: uuid::Uuid::new_v4().to_string(),
                started: rfc3339(Timestamp(clock::unix_millis())),
                seed,
                host: own_host().unwrap_or_default(),
                cloud: profile.map_or("sandbox".to_owned(), |one| one.account.to_string()),
                profile: profile.map(|one| one.name.clone()),
                time: "real".to_owned(),
                ..RunFacts::default()
            },
            plan: PlanFacts {
                name: workload.name.clone(),
                scenarios: named
                    .map(|(written, read)| ScenarioFacts {
                        path: read.path.clone(),
                        weight: written.weight,
                    })
                    .collect(),
                stages: stages.collect(),
                arrivals: workload.arrivals.word().to_owned(),
                arrivals_planned: u64::try_from(plan.arrivals().count()).unwrap_or(u64::MAX),
                duration_ms: u64::try_from(plan.curve().lasts().as_millis()).unwrap_or(u64::MAX),
                people: workload.people.words(),
                digest: digest_of(workload, scenarios),
            },
            since: Instant::now(),
            sandbox_inside: profile.is_none(),
        }
    }

    /// It is a run with this id, whose workers run it elsewhere.
    pub(super) fn of_run(&mut self, id: String) {
        self.run.id = id;
        self.sandbox_inside = false;
    }

    /// The report of a run over NATS, which may lose so many workers.
    pub(super) fn end_of_workers(
        &mut self,
        end: CoordinatedEnd,
        may_lose: usize,
        stopped: Option<u8>,
    ) -> SwarmReport {
        let ledger = end.ledger;
        let mut report = self.end(
            SwarmEnd {
                timeline: ledger.timeline,
                thresholds: end.thresholds,
                bottlenecks: ledger.bottlenecks,
                left_open: ledger.left_open,
                ended_early: ledger.ended_early,
            },
            stopped,
        );
        report.missing = ledger.missing;
        if ledger.lost.len() > may_lose {
            report.missing.extend(ledger.lost);
        } else {
            report.notes.extend(ledger.lost);
        }
        report.workers = ledger.workers;
        report.machine.cpu_ms = ledger.cpu_ms;
        report
    }

    /// The report of the run, which has ended; a signal may have ended it.
    pub(super) fn end(&mut self, end: SwarmEnd, stopped: Option<u8>) -> SwarmReport {
        let mut run = std::mem::take(&mut self.run);
        run.ended = rfc3339(Timestamp(clock::unix_millis()));
        run.duration_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        let by_signal = stopped.map(|_| "the run was stopped by a signal".to_owned());
        run.ended_early = end.ended_early.or(by_signal);
        let cpu = clock::processor_time().unwrap_or_default();
        SwarmReport {
            handset: env!("CARGO_PKG_VERSION").to_owned(),
            run,
            plan: std::mem::take(&mut self.plan),
            machine: MachineFacts {
                cores: std::thread::available_parallelism().map_or(1, usize::from),
                system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
                cpu_ms: u64::try_from(cpu.as_millis()).unwrap_or(u64::MAX),
                resident_kib: most_resident().unwrap_or(0),
                sandbox_inside: self.sandbox_inside,
            },
            measured: end.timeline,
            thresholds: end.thresholds,
            bottlenecks: end.bottlenecks,
            left_open: end.left_open,
            ..SwarmReport::default()
        }
    }
}

/// The same for the same plan.
fn digest_of(workload: &Workload, scenarios: &[SwarmScenario]) -> String {
    let scripts: Vec<_> = scenarios.iter().map(|one| &one.script).collect();
    let plan = (
        &workload.stages,
        workload.arrivals,
        &workload.people,
        &workload.limits,
    );
    let text = format!("{plan:?} {scripts:?}");
    let hash = digest::digest(&digest::SHA256, text.as_bytes());
    let mut hex = String::new();
    for byte in hash.as_ref().iter().take(16) {
        let _ = write!(hex, "{byte:02x}"); // Writing to a String cannot fail.
    }
    hex
}

/// The most memory that this program had, in KiB.
fn most_resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

/// What keeps consumers who failed as reports in a folder; `failed` is the usual one.
pub(super) fn keep(word: &str) -> anyhow::Result<KeepFailed> {
    let folder = PathBuf::from(if word == "failed" { FOLDER } else { word });
    fs::create_dir_all(&folder).with_context(|| {
        format!(
            "cannot make the folder {}, given with --keep",
            folder.display()
        )
    })?;
    Ok(Arc::new(move |path, name, scene| {
        let mut report = RunReport {
            handset: env!("CARGO_PKG_VERSION").to_owned(),
            files: vec![FileReport {
                path: path.to_owned(),
                scenes: vec![scene],
                ..FileReport::default()
            }],
            ..RunReport::default()
        };
        report.totals = Totals::of(&report.files);
        let path = folder.join(format!("{name}.json"));
        let written = serde_json::to_vec_pretty(&report)
            .context("cannot make the report of a consumer")
            .and_then(|text| files::replace(&path, &text, 0o600, "report of a consumer"));
        if let Err(error) = written {
            tracing::warn!("{error:#}");
        }
    }))
}
