//! What became of a swarm: what was planned, and what was measured.

use serde::{Deserialize, Serialize};

use crate::{
    report::outcome::RunFacts,
    swarm::measure::{threshold::JudgedThreshold, timeline::Timeline},
};

/// What became of a swarm.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SwarmReport {
    /// The version of handset that ran it.
    pub handset: String,
    /// When, where and with what seed.
    pub run: RunFacts,
    /// What was planned.
    pub plan: PlanFacts,
    /// What it ran on.
    pub machine: MachineFacts,
    /// What was measured.
    pub measured: Timeline,
    /// The thresholds and what became of them.
    pub thresholds: Vec<JudgedThreshold>,
    /// Why handset itself was the bottleneck; the numbers are then not the cloud's.
    #[serde(default)]
    pub bottlenecks: Vec<String>,
    /// What is missing from the numbers: lost workers, measures that never came.
    #[serde(default)]
    pub missing: Vec<String>,
    /// The conversations that could not be closed, by conversationId.
    #[serde(default)]
    pub left_open: Vec<String>,
    /// The workers of a run over NATS.
    #[serde(default)]
    pub workers: Vec<WorkerFacts>,
    /// What else a reader must know: webhooks through a relay, clocks that differ.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What was planned.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanFacts {
    /// The workload's name.
    pub name: String,
    /// The scenarios, by the path that was named, with their weights.
    pub scenarios: Vec<ScenarioFacts>,
    /// The stages in words: `to 20/s over 1m, held 3m`.
    pub stages: Vec<String>,
    /// `poisson` or `even`.
    pub arrivals: String,
    /// How many consumers were to arrive.
    pub arrivals_planned: u64,
    /// From the first arrival to the last, in milliseconds.
    pub duration_ms: u64,
    /// How people behave, in words: typing, thinking, giving up.
    pub people: Vec<String>,
    /// A digest of workload and scenarios: two runs of one plan have the same.
    pub digest: String,
}

/// A scenario of the plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScenarioFacts {
    /// The file, as named.
    pub path: String,
    /// Its weight among the others.
    pub weight: u32,
}

/// What the swarm ran on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MachineFacts {
    /// Cores.
    pub cores: usize,
    /// Operating system and architecture: `linux x86_64`.
    pub system: String,
    /// The processor time of handset, in milliseconds.
    pub cpu_ms: u64,
    /// The most memory handset had, in KiB; 0 where that is not known.
    pub resident_kib: u64,
    /// Whether the sandbox ran in the same process, and shares these numbers.
    pub sandbox_inside: bool,
}

/// A worker and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkerFacts {
    /// Its name.
    pub name: String,
    /// What became of it, in words: `ended`, `lost at 130 s`.
    pub fate: String,
    /// Consumers that it started, by its last measures.
    pub started: u64,
    /// Consumers that it was to start and did not, as far as is known.
    pub never_started: u64,
    /// Consumers that were in conversation when it was lost.
    pub in_conversation: u64,
    /// By how much its clock was ahead of the coordinator's, in milliseconds.
    pub clock_ahead_ms: i64,
}
