//! A number that a threshold judges: a percentile of a latency, a count, or a count as a share.

use serde::{Deserialize, Serialize};

use crate::{
    domain::similar::did_you_mean,
    swarm::measure::{Latency, SwarmCount, measures::ScenarioMeasures},
};

/// Which number of a latency.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LatencyNumber {
    /// The shortest.
    Min,
    /// The mean.
    Mean,
    /// The longest.
    Max,
    /// A percentile, 0 to 100.
    Percentile(f64),
}

/// A number that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// A number of a latency, in microseconds.
    Latency(Latency, LatencyNumber),
    /// How many there were.
    Count(SwarmCount),
    /// How many there were, as a share of [`SwarmCount::base`].
    Rate(SwarmCount),
}

impl Metric {
    /// Reads `sent.p99`, `lost` or `failed.rate`; an error says what there is instead.
    pub fn parse(name: &str) -> Result<Self, String> {
        let count = |name: &str| SwarmCount::ALL.into_iter().find(|one| one.name() == name);
        if let Some(counted) = count(name) {
            return Ok(Self::Count(counted));
        }
        if let Some(counted) = name.strip_suffix(".rate").and_then(count) {
            return Ok(Self::Rate(counted));
        }
        let (latency, number) = name.split_once('.').unwrap_or((name, ""));
        let kind = Latency::ALL.into_iter().find(|one| one.name() == latency);
        let Some(latency) = kind else {
            // Of `sned.p99` the first half is what is misspelt.
            let meant = did_you_mean(name, SwarmCount::ALL.map(SwarmCount::name));
            let meant = match meant.as_str() {
                "" => did_you_mean(latency, Latency::ALL.map(Latency::name)),
                _ => meant,
            };
            return Err(format!("nothing is measured as `{name}`{meant}"));
        };
        match number {
            "min" => Ok(Self::Latency(latency, LatencyNumber::Min)),
            "mean" => Ok(Self::Latency(latency, LatencyNumber::Mean)),
            "max" => Ok(Self::Latency(latency, LatencyNumber::Max)),
            _ => {
                let percentile = number.strip_prefix('p').and_then(|text| text.parse().ok());
                let percentile = percentile.filter(|percentile| (0.0..=100.0).contains(percentile));
                let percentile = percentile.ok_or_else(|| {
                    let latency = latency.name();
                    format!("`{name}` is no number of the latency `{latency}`: write `{latency}.p99`, `{latency}.mean`, `{latency}.min` or `{latency}.max`")
                })?;
                Ok(Self::Latency(
                    latency,
                    LatencyNumber::Percentile(percentile),
                ))
            }
        }
    }

    /// Its value in `measured`; microseconds of a latency, a share from 0 to 1 of a rate. Nothing
    /// when nothing was measured.
    pub fn value(self, measured: &ScenarioMeasures) -> Option<f64> {
        #[expect(
            clippy::cast_precision_loss,
            reason = "no run makes 2^53 of anything, and three digits are told"
        )]
        let float = |number: u64| number as f64;
        match self {
            Self::Latency(latency, number) => {
                let histogram = measured.latencies.get(&latency)?;
                Some(match number {
                    LatencyNumber::Min => float(histogram.min()),
                    LatencyNumber::Mean => histogram.mean(),
                    LatencyNumber::Max => float(histogram.max()),
                    LatencyNumber::Percentile(percentile) => {
                        float(histogram.at(percentile / 100.0))
                    }
                })
            }
            Self::Count(counted) => {
                let base = measured.counts.get(counted.base());
                (base > 0).then(|| float(measured.counts.get(counted)))
            }
            Self::Rate(counted) => {
                let base = measured.counts.get(counted.base());
                (base > 0).then(|| float(measured.counts.get(counted)) / float(base))
            }
        }
    }
}
