//! The verdict of a swarm, and the sentence that tells it.

use serde::{Deserialize, Serialize};

use crate::{
    report::words::span,
    swarm::{
        measure::{
            SwarmCount,
            words::{grouped, judged},
        },
        report::outcome::SwarmReport,
    },
};

/// The verdict of a swarm, in the order in which one hides another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwarmVerdict {
    /// Nobody was started.
    NothingRun,
    /// A threshold did not hold.
    Failed,
    /// Something is missing from the numbers: a worker was lost.
    Incomplete,
    /// handset itself was the bottleneck.
    Inconclusive,
    /// Every threshold held.
    Passed,
}

impl SwarmReport {
    /// The verdict.
    pub fn verdict(&self) -> SwarmVerdict {
        if self.measured.total.total(SwarmCount::Started) == 0 {
            SwarmVerdict::NothingRun
        } else if self.thresholds.iter().any(|judged| !judged.held()) {
            SwarmVerdict::Failed
        } else if !self.missing.is_empty() {
            SwarmVerdict::Incomplete
        } else if !self.bottlenecks.is_empty() {
            SwarmVerdict::Inconclusive
        } else {
            SwarmVerdict::Passed
        }
    }

    /// The verdict and why, in one sentence.
    pub fn verdict_sentence(&self) -> String {
        let broken: Vec<String> = self
            .thresholds
            .iter()
            .filter(|one| !one.held())
            .map(judged)
            .collect();
        let mut reasons = Vec::new();
        if self.measured.total.total(SwarmCount::Started) == 0 {
            reasons.push("no consumer was started".to_owned());
        }
        if !broken.is_empty() {
            let all = self.thresholds.len();
            reasons.push(format!(
                "{} of {all} thresholds did not hold ({})",
                broken.len(),
                broken.join("; ")
            ));
        }
        if !self.missing.is_empty() {
            reasons.push(format!("incomplete: {}", self.missing.join("; ")));
        }
        if !self.bottlenecks.is_empty() {
            let why = self.bottlenecks.join("; ");
            reasons.push(format!(
                "handset itself was the bottleneck, so the numbers are not the cloud's: {why}"
            ));
        }
        let word = match self.verdict() {
            SwarmVerdict::NothingRun => "nothing run",
            SwarmVerdict::Failed => "failed",
            SwarmVerdict::Incomplete => "incomplete",
            SwarmVerdict::Inconclusive => "inconclusive",
            SwarmVerdict::Passed => "passed",
        };
        let started = grouped(self.measured.total.total(SwarmCount::Started));
        if reasons.is_empty() {
            reasons.push("every threshold held".to_owned());
        }
        format!(
            "{word}: {}: {} ({started} consumers in {})",
            self.plan.name,
            reasons.join("; "),
            span(self.run.duration_ms)
        )
    }
}
