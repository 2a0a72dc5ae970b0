//! What a run tells while it goes on, for the dashboard and for lines in a log.

use std::time::Duration;

use crate::swarm::measure::{
    Latency, count::Counts, failures::Failures, measures::ScenarioMeasures,
    threshold::JudgedThreshold, timeline::SecondLine,
};

/// What a person, or a threshold, wants of a run.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SwarmOrder {
    /// Consumers arrive.
    #[default]
    Go,
    /// Nobody arrives until it goes on; who was to come meanwhile is dropped.
    Pause,
    /// Nobody arrives any more; who is there goes on.
    Drain,
    /// Everything is closed now.
    Close,
}

/// Failing steps that a run tells.
const FAILING: usize = 5;

/// What a run is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SwarmPhase {
    /// Tokens are fetched, the listener opens, workers are waited for.
    #[default]
    Preparing,
    /// Consumers arrive.
    Arriving,
    /// The user holds arrivals back: those that are due meanwhile are dropped.
    Paused,
    /// No more arrivals; consumers in conversation go on.
    Draining,
    /// Every conversation that is still open is being closed.
    Closing,
    /// Everything is closed, or told as left open.
    Ended,
}

impl SwarmPhase {
    /// The word for people.
    pub fn word(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::Arriving => "arriving",
            Self::Paused => "paused",
            Self::Draining => "draining",
            Self::Closing => "closing",
            Self::Ended => "ended",
        }
    }
}

/// What a latency has been so far, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencyRow {
    /// Which.
    pub latency: Latency,
    /// How many were recorded.
    pub count: u64,
    /// Half of them did not exceed this.
    pub p50: u64,
    /// One in ten exceeded this.
    pub p90: u64,
    /// One in a hundred exceeded this.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

impl LatencyRow {
    /// A row for each latency that was measured, in the order of a conversation.
    pub fn all(measured: &ScenarioMeasures) -> Vec<Self> {
        let rows = measured.latencies.iter().map(|(latency, histogram)| Self {
            latency: *latency,
            count: histogram.count(),
            p50: histogram.at(0.5),
            p90: histogram.at(0.9),
            p99: histogram.at(0.99),
            max: histogram.max(),
        });
        rows.collect()
    }
}

/// How a worker is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkerHealth {
    /// Its beats come.
    Working,
    /// No beat for 5 s.
    Suspect,
    /// No beat for 15 s: its consumers are counted as lost.
    Lost,
    /// It has told its last measures.
    Ended,
}

/// One worker of a run over NATS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerLine {
    /// Its name.
    pub name: String,
    /// How it is.
    pub health: WorkerHealth,
    /// Since when, from the start of the run.
    pub since: Duration,
    /// Its consumers in conversation, by its last beat.
    pub in_conversation: u64,
}

/// A step at which consumers failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailingStep {
    /// The file and line: `late-parcel.talk:3`.
    pub place: String,
    /// The step as the scenario has it.
    pub step: String,
    /// How many consumers failed there.
    pub count: u64,
}

impl FailingStep {
    /// The steps at which most consumers failed, most first.
    pub fn most(failures: &Failures) -> Vec<Self> {
        let by_count = failures.by_count().into_iter().take(FAILING);
        let steps = by_count.map(|(place, failed)| Self {
            place: place.to_owned(),
            step: failed.step.clone(),
            count: failed.count,
        });
        steps.collect()
    }
}

/// What a run tells, once a second.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SwarmProgress {
    /// The run's name.
    pub name: String,
    /// What it is doing.
    pub phase: SwarmPhase,
    /// The stage of the workload in words: `2/3 hold 20/s`.
    pub stage: String,
    /// Since the first arrival was due.
    pub elapsed: Duration,
    /// From the first arrival to the last, without the drain.
    pub whole: Duration,
    /// Arrivals a second that the plan asks for now.
    pub asked_per_second: f64,
    /// Consumers that were started within the last second.
    pub made_per_second: f64,
    /// Consumers in conversation.
    pub in_conversation: u64,
    /// Those of them for whom no agent is assigned.
    pub waiting_for_agent: u64,
    /// The latencies so far.
    pub latencies: Vec<LatencyRow>,
    /// The counts so far.
    pub counts: Counts,
    /// Answers 429, answers 5xx, requests without an answer in time.
    pub refused: RefusedCalls,
    /// The last seconds, oldest first.
    pub recent: Vec<SecondLine>,
    /// The thresholds, judged by what was measured so far.
    pub thresholds: Vec<JudgedThreshold>,
    /// The steps at which most consumers failed, most first.
    pub failing: Vec<FailingStep>,
    /// The workers of a run over NATS; none of a run on this machine alone.
    pub workers: Vec<WorkerLine>,
    /// handset's own use of the processor within the last second; 1.0 is one core.
    pub cpu: f64,
    /// Why the run is inconclusive by now.
    pub bottleneck: Vec<String>,
}

/// Requests that were not answered as asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RefusedCalls {
    /// Answered 429.
    pub throttled: u64,
    /// Answered 5xx.
    pub server_faults: u64,
    /// Not answered in time.
    pub timed_out: u64,
}

impl RefusedCalls {
    /// Counts them in a table of calls whose second name is the status, or `time-out`.
    pub fn of(calls: &super::measures::CountTable) -> Self {
        let mut refused = Self::default();
        for (status, count) in calls.0.values().flatten() {
            match status.as_str() {
                "429" => refused.throttled += count,
                "time-out" => refused.timed_out += count,
                status if status.starts_with('5') && status.len() == 3 => {
                    refused.server_faults += count;
                }
                _ => {}
            }
        }
        refused
    }
}
