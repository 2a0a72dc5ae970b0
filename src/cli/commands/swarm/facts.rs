//! The report of a swarm: what was planned, on which machine, what was measured; and its files.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context as _;
use aws_lc_rs::digest;
use tokio::time::Instant;

use crate::{
    cli::{files, ingress::own_host, output},
    domain::time::Timestamp,
    report::outcome::{FileReport, RunFacts, RunReport, Totals},
    rt::clock,
    runner::scene::rfc3339,
    swarm::{
        measure::SwarmCount,
        report::outcome::{MachineFacts, PlanFacts, ScenarioFacts, SwarmReport},
        run::{KeepFailed, SwarmEnd},
        scenario::SwarmScenario,
        workload::{Workload, words::rate_words},
    },
};

/// Where files go when `--keep failed` names no folder.
const FOLDER: &str = "handset-swarm";

/// Which files are written.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reports")]
pub(super) struct SwarmFiles {
    /// Write everything as one JSON document to this file, histograms included; `-` is stdout.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl SwarmFiles {
    /// Looks at the files before anything is run.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if let Some(folder) = self.json.as_deref().and_then(Path::parent) {
            fs::create_dir_all(folder).with_context(|| {
                format!("cannot make the folder {} of a report", folder.display())
            })?;
        }
        Ok(())
    }

    /// Writes them.
    pub(super) fn write(&self, report: &SwarmReport, out: &mut impl Write) -> anyhow::Result<()> {
        let Some(path) = &self.json else {
            return Ok(());
        };
        let text = serde_json::to_string_pretty(report).context("cannot make the JSON report")?;
        if path == Path::new("-") {
            return output::print(out, &format!("{text}\n"), "the report");
        }
        files::replace(path, text.as_bytes(), 0o644, "JSON report")
    }
}

/// What is known before a run.
pub(super) struct Facts {
    run: RunFacts,
    plan: PlanFacts,
    since: Instant,
}

impl Facts {
    /// A run begins now.
    pub(super) fn begin(workload: &Workload, scenarios: &[SwarmScenario], seed: u64) -> Self {
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
                cloud: "sandbox".to_owned(),
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
        }
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
                sandbox_inside: true,
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
    hash.as_ref()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
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

/// The report for people.
pub(super) fn human(report: &SwarmReport) -> String {
    let total = |counted| report.measured.total.total(counted);
    let mut text = format!("{:?}\n", report.verdict());
    for reason in &report.bottlenecks {
        text.push_str(&format!("  {reason}\n"));
    }
    for judged in &report.thresholds {
        text.push_str(&format!(
            "  {} {}  {:?}  {:?}\n",
            judged.threshold.name, judged.threshold.condition, judged.value, judged.outcome
        ));
    }
    for (latency, histogram) in &report.measured.total.in_all().latencies {
        text.push_str(&format!(
            "  {:9} {:>8}  p50 {:>8} p90 {:>8} p99 {:>8} max {:>8} us\n",
            latency.name(),
            histogram.count(),
            histogram.at(0.5),
            histogram.at(0.9),
            histogram.at(0.99),
            histogram.max()
        ));
    }
    let counts = SwarmCount::ALL
        .iter()
        .filter(|counted| total(**counted) > 0);
    let counts: Vec<String> = counts
        .map(|one| format!("{} {}", one.name(), total(*one)))
        .collect();
    text.push_str(&format!("  {}\n", counts.join("  ")));
    for (place, failed) in report.measured.total.failures.by_count() {
        text.push_str(&format!(
            "  {place} {}  {}: {}\n",
            failed.count, failed.step, failed.why
        ));
    }
    text
}
