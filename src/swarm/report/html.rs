//! The report of a swarm as one page: it fetches nothing, runs no script, prints, and follows the
//! reader's light or dark.

use std::fmt::Write as _;

use crate::{
    domain::text::SafeText,
    export::html::escaped,
    report::words::{moment, span},
    swarm::{
        measure::{
            Latency,
            measures::{CountTable, ScenarioMeasures},
            timeline::{LatencySummary, SecondLine},
            words::{grouped, judged, latency},
        },
        report::{
            chart::{ChartLine, svg},
            human::{COUNT_ROWS, PERCENTILES},
            outcome::SwarmReport,
            verdict::SwarmVerdict,
        },
    },
};

const STYLE: &str = include_str!("page.css");
/// Steps and conversations left open that are on the page at most.
const MOST_LISTED: usize = 200;

/// The page.
pub fn page(report: &SwarmReport) -> String {
    let title = shown(&report.plan.name);
    let class = match report.verdict() {
        SwarmVerdict::Passed => "held",
        SwarmVerdict::Failed | SwarmVerdict::NothingRun => "broken",
        SwarmVerdict::Incomplete | SwarmVerdict::Inconclusive => "unsure",
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>\n<h1>{title}</h1>\n<p class=\"verdict {class}\">{}</p>\n",
        shown(&report.verdict_sentence())
    );
    for note in &report.notes {
        let _ = writeln!(out, "<p class=\"unsure\">{}</p>", shown(note));
    }
    thresholds(&mut out, report);
    let all = report.measured.total.in_all();
    out.push_str("<h2>Latencies</h2>\n");
    latencies(&mut out, &all);
    counts(&mut out, &all);
    charts(&mut out, &report.measured.seconds);
    failures(&mut out, report);
    count_table(&mut out, "Calls", &report.measured.total.calls);
    count_table(&mut out, "Webhooks", &report.measured.total.hooks);
    if report.measured.total.scenarios.len() > 1 {
        for (scenario, measured) in report
            .plan
            .scenarios
            .iter()
            .zip(&report.measured.total.scenarios)
        {
            let _ = writeln!(out, "<h2>{}</h2>", shown(&scenario.path));
            latencies(&mut out, measured);
            counts(&mut out, measured);
        }
    }
    workers(&mut out, report);
    facts(&mut out, report);
    out.push_str("</body></html>\n");
    out
}

/// A text of others as it stands on the page.
fn shown(text: &str) -> String {
    escaped(SafeText::clean(text).as_str())
}

fn thresholds(out: &mut String, report: &SwarmReport) {
    out.push_str("<h2>Thresholds</h2>\n<ul class=\"thresholds\">\n");
    for one in &report.thresholds {
        let (class, word) = if one.held() {
            ("held", "held")
        } else {
            ("broken", "broken")
        };
        let told = shown(&judged(one));
        let _ = writeln!(out, "<li class=\"{class}\"><b>{word}</b> {told}</li>");
    }
    out.push_str("</ul>\n");
}

fn latencies(out: &mut String, measured: &ScenarioMeasures) {
    out.push_str("<table><tr><th>latency</th><th>count</th>");
    for (name, _) in PERCENTILES {
        let _ = write!(out, "<th>{name}</th>");
    }
    out.push_str("<th>max</th><th class=\"text\">from and to</th></tr>\n");
    for (kind, histogram) in &measured.latencies {
        let _ = write!(
            out,
            "<tr><th>{}</th><td>{}</td>",
            kind.name(),
            grouped(histogram.count())
        );
        for (_, quantile) in PERCENTILES {
            let _ = write!(out, "<td>{}</td>", latency(histogram.at(quantile)));
        }
        let _ = writeln!(
            out,
            "<td>{}</td><td class=\"text\">{}</td></tr>",
            latency(histogram.max()),
            kind.meaning()
        );
    }
    out.push_str("</table>\n");
}

fn counts(out: &mut String, measured: &ScenarioMeasures) {
    out.push_str("<dl>\n");
    for (title, row) in COUNT_ROWS {
        let cells = row.iter().map(|count| {
            let number = grouped(measured.counts.get(*count));
            format!("<span>{} <b>{number}</b></span>", count.name())
        });
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(out, "<dt>{title}</dt><dd>{}</dd>", cells.join(" "));
    }
    out.push_str("</dl>\n");
}

fn charts(out: &mut String, seconds: &[SecondLine]) {
    out.push_str("<h2>Each second</h2>\n");
    let line = |name, value: fn(&SecondLine) -> u64| ChartLine {
        name,
        points: seconds
            .iter()
            .map(|line| (line.second, value(line)))
            .collect(),
    };
    let arrivals = [
        line("asked", |one| one.planned),
        line("made", |one| one.started),
    ];
    figure(out, "arrivals", &arrivals, grouped);
    let conversations = [line("made", |one| one.in_conversation)];
    figure(out, "consumers in conversation", &conversations, grouped);
    for kind in Latency::ALL {
        let of = |name, value: fn(&LatencySummary) -> u64| ChartLine {
            name,
            points: seconds
                .iter()
                .filter_map(|line| Some((line.second, value(line.latencies.get(&kind)?))))
                .collect(),
        };
        let lines = [
            of("max", |one| one.max),
            of("p99", |one| one.p99),
            of("p50", |one| one.p50),
        ];
        if lines.iter().any(|line| !line.points.is_empty()) {
            let title = format!("{}: {}", kind.name(), kind.meaning());
            figure(out, &title, &lines, latency);
        }
    }
}

fn figure(out: &mut String, title: &str, lines: &[ChartLine<'_>], write: fn(u64) -> String) {
    let names = lines
        .iter()
        .map(|line| format!("<i class=\"{0}\">{0}</i>", line.name));
    let names: Vec<String> = names.collect();
    let _ = writeln!(
        out,
        "<figure><figcaption>{} {}</figcaption>{}</figure>",
        shown(title),
        names.join(" "),
        svg(title, lines, write)
    );
}

fn failures(out: &mut String, report: &SwarmReport) {
    let by_count = report.measured.total.failures.by_count();
    if !by_count.is_empty() {
        out.push_str("<h2>Where consumers failed</h2>\n");
    }
    for (place, failed) in by_count.iter().take(MOST_LISTED) {
        let _ = writeln!(
            out,
            "<details><summary><b>{}</b> {} <code>{}</code></summary><p>{}</p><p>conversation {}</p><pre>{}</pre></details>",
            grouped(failed.count),
            shown(place),
            shown(&failed.step),
            shown(&failed.why),
            shown(&failed.conversation),
            shown(&failed.said.join("\n"))
        );
    }
    if !report.left_open.is_empty() {
        let listed = report.left_open.len().min(MOST_LISTED);
        let _ = writeln!(
            out,
            "<h2>{} conversations could not be closed</h2><pre>{}</pre>",
            report.left_open.len(),
            shown(&report.left_open[..listed].join("\n"))
        );
    }
}

fn count_table(out: &mut String, title: &str, table: &CountTable) {
    let _ = writeln!(out, "<h2>{title}</h2>\n<dl>");
    for (row, columns) in &table.0 {
        let cells = columns.iter().map(|(column, count)| {
            format!("<span>{} <b>{}</b></span>", shown(column), grouped(*count))
        });
        let cells: Vec<String> = cells.collect();
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", shown(row), cells.join(" "));
    }
    out.push_str("</dl>\n");
}

fn workers(out: &mut String, report: &SwarmReport) {
    if report.workers.is_empty() {
        return;
    }
    out.push_str("<h2>Workers</h2>\n<table><tr><th>worker</th><th class=\"text\">what became of it</th><th>started</th><th>never started</th><th>in conversation</th><th>clock ahead</th></tr>\n");
    for worker in &report.workers {
        let _ = writeln!(
            out,
            "<tr><th>{}</th><td class=\"text\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{} ms</td></tr>",
            shown(&worker.name),
            shown(&worker.fate),
            grouped(worker.started),
            grouped(worker.never_started),
            grouped(worker.in_conversation),
            worker.clock_ahead_ms
        );
    }
    out.push_str("</table>\n");
}

fn facts(out: &mut String, report: &SwarmReport) {
    let (plan, machine, run) = (&report.plan, &report.machine, &report.run);
    let scenarios = plan.scenarios.iter();
    let scenarios = scenarios.map(|one| format!("{} (weight {})", one.path, one.weight));
    let inside = if machine.sandbox_inside {
        ", the sandbox included"
    } else {
        ""
    };
    let facts = [
        (
            "plan",
            format!(
                "{} {} arrivals in {}: {}",
                grouped(plan.arrivals_planned),
                plan.arrivals,
                span(plan.duration_ms),
                plan.stages.join(", ")
            ),
        ),
        ("scenarios", scenarios.collect::<Vec<_>>().join(", ")),
        ("people", plan.people.join("; ")),
        (
            "when",
            format!("{} to {}", moment(&run.started), moment(&run.ended)),
        ),
        ("cloud", run.cloud.clone()),
        ("seed", run.seed.to_string()),
        (
            "machine",
            format!("{}, {} cores, {}", run.host, machine.cores, machine.system),
        ),
        (
            "own use",
            format!(
                "{} of processor, {} MiB at most{inside}",
                span(machine.cpu_ms),
                machine.resident_kib / 1024
            ),
        ),
        ("again", run.command.clone().unwrap_or_default()),
        ("handset", report.handset.clone()),
    ];
    out.push_str("<h2>The run</h2>\n<dl>\n");
    for (name, value) in facts {
        let _ = writeln!(out, "<dt>{name}</dt><dd>{}</dd>", shown(&value));
    }
    out.push_str("</dl>\n");
}
