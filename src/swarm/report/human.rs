//! The report of a swarm for people: the verdict and why on the first row, then thresholds,
//! latencies, counts and where consumers failed. Nothing is said by a colour.

use std::fmt::Write as _;

use crate::{
    report::words::{counted, cut, row, span},
    swarm::{
        measure::{
            LatencyHistogram, SwarmCount,
            failures::FailedStep,
            measures::{CountTable, ScenarioMeasures},
            threshold::ThresholdOutcome,
            words::{grouped, judged, latency},
        },
        report::outcome::SwarmReport,
    },
};

/// Percentiles of the table, with their names.
pub(super) const PERCENTILES: [(&str, f64); 6] = [
    ("p50", 0.5),
    ("p75", 0.75),
    ("p90", 0.9),
    ("p95", 0.95),
    ("p99", 0.99),
    ("p99.9", 0.999),
];
/// Steps that are told at most.
const MOST_STEPS: usize = 20;
/// Conversations left open that are named at most.
const MOST_LEFT: usize = 20;

/// What is counted, in rows with their titles.
pub(super) const COUNT_ROWS: [(&str, &[SwarmCount]); 4] = [
    (
        "arrivals",
        &[
            SwarmCount::Planned,
            SwarmCount::Started,
            SwarmCount::Dropped,
        ],
    ),
    (
        "consumers",
        &[
            SwarmCount::Finished,
            SwarmCount::Failed,
            SwarmCount::Abandoned,
            SwarmCount::Stuck,
            SwarmCount::LostWithWorker,
            SwarmCount::LeftOpen,
        ],
    ),
    (
        "messages",
        &[
            SwarmCount::Messages,
            SwarmCount::Lost,
            SwarmCount::Doubled,
            SwarmCount::Reordered,
            SwarmCount::Gaps,
            SwarmCount::Late,
        ],
    ),
    (
        "wire",
        &[
            SwarmCount::Hooks,
            SwarmCount::Redelivered,
            SwarmCount::BadSignature,
            SwarmCount::Strays,
            SwarmCount::Overflowed,
            SwarmCount::Retried,
            SwarmCount::RetryAfter,
            SwarmCount::Tokens,
            SwarmCount::BytesOut,
            SwarmCount::BytesIn,
        ],
    ),
];

/// The report as text of many rows.
pub fn text(report: &SwarmReport) -> String {
    let mut out = report.verdict_sentence() + "\n";
    for note in &report.notes {
        let _ = writeln!(out, "note: {}", row(note));
    }
    out.push_str("\nthresholds\n");
    for one in &report.thresholds {
        let word = match one.outcome {
            ThresholdOutcome::Held => "held    ",
            ThresholdOutcome::Broken => "broken  ",
            ThresholdOutcome::NothingMeasured => "no data ",
        };
        let _ = writeln!(out, "  {word}  {}", judged(one));
    }
    let all = report.measured.total.in_all();
    latencies(&mut out, "latencies", &all);
    counts(&mut out, &all);
    table(&mut out, "calls", &report.measured.total.calls);
    table(&mut out, "webhooks", &report.measured.total.hooks);
    if report.measured.total.scenarios.len() > 1 {
        let scenarios = report.measured.total.scenarios.iter();
        for (scenario, measured) in report.plan.scenarios.iter().zip(scenarios) {
            latencies(&mut out, &row(&scenario.path), measured);
            counts(&mut out, measured);
        }
    }
    failures(&mut out, report);
    for worker in &report.workers {
        let _ = writeln!(
            out,
            "worker {}: {}; started {}, never started {}, in conversation {}; clock ahead {} ms",
            row(&worker.name),
            row(&worker.fate),
            worker.started,
            worker.never_started,
            worker.in_conversation,
            worker.clock_ahead_ms
        );
    }
    left_open(&mut out, &report.left_open);
    plan(&mut out, report);
    out
}

fn latencies(out: &mut String, title: &str, measured: &ScenarioMeasures) {
    let _ = write!(out, "\n{title:<12}{:>9}", "count");
    for (name, _) in PERCENTILES {
        let _ = write!(out, "{name:>8}");
    }
    let _ = writeln!(out, "{:>8}", "max");
    for (kind, histogram) in &measured.latencies {
        let _ = writeln!(out, "  {:<10}{}", kind.name(), latency_cells(histogram));
    }
    if measured.latencies.is_empty() {
        out.push_str("  nothing was measured\n");
    }
}

fn latency_cells(histogram: &LatencyHistogram) -> String {
    let mut cells = format!("{:>9}", grouped(histogram.count()));
    for (_, quantile) in PERCENTILES {
        let _ = write!(cells, "{:>8}", latency(histogram.at(quantile)));
    }
    let _ = write!(cells, "{:>8}", latency(histogram.max()));
    cells
}

fn counts(out: &mut String, measured: &ScenarioMeasures) {
    out.push('\n');
    for (title, row) in COUNT_ROWS {
        let cells = row.iter().map(|count| {
            let name = count.name();
            let name = name.rsplit_once('.').filter(|_| title == "arrivals");
            let name = name.map_or(count.name(), |(_, name)| name);
            format!("{name} {}", grouped(measured.counts.get(*count)))
        });
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(out, "{title:<12}{}", cells.join("   "));
    }
}

fn table(out: &mut String, title: &str, table: &CountTable) {
    for (index, (name, columns)) in table.0.iter().enumerate() {
        let title = if index == 0 { title } else { "" };
        let cells = columns.iter();
        let cells = cells.map(|(column, count)| format!("{}: {}", row(column), grouped(*count)));
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(out, "{title:<12}{} {}", row(name), cells.join(", "));
    }
}

fn failures(out: &mut String, report: &SwarmReport) {
    let by_count = report.measured.total.failures.by_count();
    if by_count.is_empty() {
        return;
    }
    out.push_str("\nconsumers failed at\n");
    for (place, failed) in by_count.iter().take(MOST_STEPS) {
        failed_step(out, place, failed);
    }
    if by_count.len() > MOST_STEPS {
        let _ = writeln!(out, "  and at {} other steps", by_count.len() - MOST_STEPS);
    }
}

fn failed_step(out: &mut String, place: &str, failed: &FailedStep) {
    let _ = writeln!(
        out,
        "  {}  {}: {}; the first: {}",
        row(place),
        row(&failed.step),
        counted(
            usize::try_from(failed.count).unwrap_or(usize::MAX),
            "consumer"
        ),
        row(&failed.why)
    );
    if !failed.conversation.is_empty() {
        let _ = writeln!(out, "    conversation {}", row(&failed.conversation));
    }
    for said in &failed.said {
        let _ = writeln!(out, "    | {}", row(&cut(said, 300)));
    }
}

fn left_open(out: &mut String, left_open: &[String]) {
    if left_open.is_empty() {
        return;
    }
    let _ = writeln!(
        out,
        "\n{} conversations could not be closed; close them in the agent workspace:",
        left_open.len()
    );
    for conversation in left_open.iter().take(MOST_LEFT) {
        let _ = writeln!(out, "  {}", row(conversation));
    }
    if left_open.len() > MOST_LEFT {
        let _ = writeln!(
            out,
            "  and {} others: see --json",
            left_open.len() - MOST_LEFT
        );
    }
}

fn plan(out: &mut String, report: &SwarmReport) {
    let (plan, machine, run) = (&report.plan, &report.machine, &report.run);
    let _ = writeln!(
        out,
        "\nplan        {} {} arrivals in {}: {}",
        grouped(plan.arrivals_planned),
        plan.arrivals,
        span(plan.duration_ms),
        plan.stages.join(", ")
    );
    for scenario in &plan.scenarios {
        let _ = writeln!(
            out,
            "            {} of weight {}",
            row(&scenario.path),
            scenario.weight
        );
    }
    for people in &plan.people {
        let _ = writeln!(out, "            {}", row(people));
    }
    let _ = writeln!(
        out,
        "run         {} on {} ({} cores, {}), seed {}, cloud {}, handset {}",
        run.id,
        row(&run.host),
        machine.cores,
        machine.system,
        run.seed,
        row(&run.cloud),
        report.handset
    );
    let inside = if machine.sandbox_inside {
        ", the sandbox included"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "own use     {} of processor, {} MiB at most{inside}",
        span(machine.cpu_ms),
        machine.resident_kib / 1024
    );
}
