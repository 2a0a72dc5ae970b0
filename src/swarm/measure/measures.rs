//! All that is measured within one second, by one worker, or in a whole run: the three add up.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::swarm::measure::{
    Latency, LatencyHistogram, SwarmCount, count::Counts, failures::Failures,
};

/// Counts by two names: calls by purpose and status, webhooks by type and verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CountTable(pub BTreeMap<String, BTreeMap<String, u64>>);

impl CountTable {
    /// Counts one more.
    pub fn add(&mut self, row: &str, column: &str) {
        self.add_all(row, column, 1);
    }

    fn add_all(&mut self, row: &str, column: &str, more: u64) {
        // Names are looked up before they are copied: this is done for every request.
        if let Some(count) = self.0.get_mut(row).and_then(|row| row.get_mut(column)) {
            *count += more;
            return;
        }
        let row = self.0.entry(row.to_owned()).or_default();
        *row.entry(column.to_owned()).or_default() += more;
    }

    /// How many there are with this second name.
    pub fn in_column(&self, column: &str) -> u64 {
        self.0.values().filter_map(|row| row.get(column)).sum()
    }

    fn merge(&mut self, other: &Self) {
        for (row, columns) in &other.0 {
            for (column, more) in columns {
                self.add_all(row, column, *more);
            }
        }
    }
}

/// What one scenario's consumers measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScenarioMeasures {
    /// Only what was measured at least once is there.
    pub latencies: BTreeMap<Latency, LatencyHistogram>,
    /// What was counted.
    pub counts: Counts,
}

impl ScenarioMeasures {
    /// Records a latency in microseconds.
    pub fn record(&mut self, latency: Latency, micros: u64) {
        self.latencies.entry(latency).or_default().record(micros);
    }

    /// Adds all of the other.
    pub fn merge(&mut self, other: &Self) {
        for (latency, histogram) in &other.latencies {
            match self.latencies.get_mut(latency) {
                Some(known) => known.merge(histogram),
                None => {
                    self.latencies.insert(*latency, histogram.clone());
                }
            }
        }
        self.counts.merge(&other.counts);
    }
}

/// What was measured: for each scenario, and what belongs to none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// In the order of the workload file.
    pub scenarios: Vec<ScenarioMeasures>,
    /// Requests by purpose and status.
    pub calls: CountTable,
    /// Webhooks by type and verdict.
    pub hooks: CountTable,
    /// Where consumers failed.
    pub failures: Failures,
}

impl Measures {
    /// Measures of so many scenarios, all empty. What belongs to no scenario, such as a webhook
    /// that fits no consumer, is recorded with the first.
    pub fn new(scenarios: usize) -> Self {
        Self {
            scenarios: vec![ScenarioMeasures::default(); scenarios.max(1)],
            ..Self::default()
        }
    }

    /// Records a latency in microseconds.
    pub fn record(&mut self, scenario: usize, latency: Latency, micros: u64) {
        if let Some(measures) = self.scenarios.get_mut(scenario) {
            measures.record(latency, micros);
        }
    }

    /// Counts some more.
    pub fn count(&mut self, scenario: usize, counted: SwarmCount, more: u64) {
        if let Some(measures) = self.scenarios.get_mut(scenario) {
            measures.counts.add(counted, more);
        }
    }

    /// Adds all of the other, without loss.
    pub fn merge(&mut self, other: &Self) {
        if self.scenarios.len() < other.scenarios.len() {
            let fresh = ScenarioMeasures::default();
            self.scenarios.resize(other.scenarios.len(), fresh);
        }
        for (own, more) in self.scenarios.iter_mut().zip(&other.scenarios) {
            own.merge(more);
        }
        self.calls.merge(&other.calls);
        self.hooks.merge(&other.hooks);
        self.failures.merge(&other.failures);
    }

    /// All scenarios taken together.
    pub fn in_all(&self) -> ScenarioMeasures {
        let mut all = ScenarioMeasures::default();
        for scenario in &self.scenarios {
            all.merge(scenario);
        }
        all
    }

    /// How many there are in all scenarios.
    pub fn total(&self, counted: SwarmCount) -> u64 {
        let counts = self.scenarios.iter().map(|one| one.counts.get(counted));
        counts.sum()
    }
}

#[cfg(test)]
mod tests;
