//! A line for each second of a run, small enough to keep them all.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::swarm::measure::{Latency, LatencyHistogram, Measures, SwarmCount};

/// What one latency was within a second, in microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LatencySummary {
    /// How many were recorded.
    pub count: u64,
    /// Half of them did not exceed this.
    pub p50: u64,
    /// One in a hundred exceeded this.
    pub p99: u64,
    /// The longest.
    pub max: u64,
}

impl LatencySummary {
    fn of(histogram: &LatencyHistogram) -> Self {
        Self {
            count: histogram.count(),
            p50: histogram.at(0.5),
            p99: histogram.at(0.99),
            max: histogram.max(),
        }
    }
}

/// What happened within one second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SecondLine {
    /// The second since the start of the run, from 0.
    pub second: u32,
    /// Arrivals that the plan asked for.
    pub planned: u64,
    /// Arrivals that became a consumer.
    pub started: u64,
    /// Consumers in conversation at its end.
    pub in_conversation: u64,
    /// SENDs that the cloud accepted.
    pub messages: u64,
    /// Webhooks received.
    pub hooks: u64,
    /// Only the latencies that were measured in it.
    pub latencies: BTreeMap<Latency, LatencySummary>,
}

impl SecondLine {
    /// The line for what was measured within `second`.
    pub fn of(second: u32, in_conversation: u64, measured: &Measures) -> Self {
        let all = measured.in_all();
        let summary = |(latency, histogram): (&Latency, &LatencyHistogram)| {
            (*latency, LatencySummary::of(histogram))
        };
        Self {
            second,
            planned: all.counts.get(SwarmCount::Planned),
            started: all.counts.get(SwarmCount::Started),
            in_conversation,
            messages: all.counts.get(SwarmCount::Messages),
            hooks: all.counts.get(SwarmCount::Hooks),
            latencies: all.latencies.iter().map(summary).collect(),
        }
    }
}

/// What a run has measured so far: all of it, and a line for each second.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// All of it.
    pub total: Measures,
    /// The seconds in which something was measured, ascending.
    pub seconds: Vec<SecondLine>,
}

impl Timeline {
    /// Adds what was measured within a second; of several workers all that there is at once.
    pub fn add(&mut self, second: u32, in_conversation: u64, measured: &Measures) {
        self.total.merge(measured);
        let line = SecondLine::of(second, in_conversation, measured);
        self.seconds.push(line);
    }
}
