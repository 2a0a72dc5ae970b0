//! The report of a swarm as JUnit: one suite, a case for each threshold, and one for the run
//! itself, so that a CI server shows what was limited and what became of it.

use std::fmt::Write as _;

use crate::{
    report::{
        words::seconds,
        xml::{attribute, text},
    },
    swarm::{
        measure::words::judged,
        report::{human, outcome::SwarmReport},
    },
};

/// The report as one JUnit document.
pub fn document(report: &SwarmReport) -> String {
    let broken = report.thresholds.iter().filter(|one| !one.held()).count();
    let unsure = report.missing.iter().chain(&report.bottlenecks);
    let unsure: Vec<&str> = unsure.map(String::as_str).collect();
    let counts = format!(
        "tests=\"{}\" failures=\"{broken}\" errors=\"{}\" time=\"{}\"",
        report.thresholds.len() + 1,
        usize::from(!unsure.is_empty()),
        seconds(report.run.duration_ms),
    );
    let name = attribute(&report.plan.name);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"handset swarm\" {counts}>\n  \
         <testsuite name=\"{name}\" timestamp=\"{}\" hostname=\"{}\" {counts} skipped=\"0\">\n",
        attribute(report.run.started.trim_end_matches('Z')),
        attribute(&report.run.host),
    );
    for one in &report.thresholds {
        let threshold = &one.threshold;
        let case = attribute(&format!("{} {}", threshold.name, threshold.condition));
        let _ = write!(
            out,
            "    <testcase classname=\"{name}\" name=\"{case}\" time=\"0.000\""
        );
        if one.held() {
            out.push_str("/>\n");
            continue;
        }
        let why = judged(one);
        let _ = writeln!(
            out,
            ">\n      <failure type=\"threshold\" message=\"{}\">{}</failure>\n    </testcase>",
            attribute(&why),
            text(&why)
        );
    }
    let _ = writeln!(
        out,
        "    <testcase classname=\"{name}\" name=\"the numbers are the cloud's and whole\" time=\"{}\">",
        seconds(report.run.duration_ms)
    );
    if !unsure.is_empty() {
        let why = unsure.join("; ");
        let _ = writeln!(
            out,
            "      <error type=\"inconclusive\" message=\"{}\">{}</error>",
            attribute(&why),
            text(&why)
        );
    }
    let whole = human::text(report);
    let _ = writeln!(out, "      <system-out>{}</system-out>", text(&whole));
    out.push_str("    </testcase>\n  </testsuite>\n</testsuites>\n");
    out
}
