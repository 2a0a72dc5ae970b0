//! Limits of a run, and whether they held.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    domain::span,
    swarm::measure::{SwarmCount, measures::ScenarioMeasures, metric::Metric},
};

/// How a value is compared with the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Comparison {
    /// The value is below the limit.
    #[serde(rename = "<")]
    Below,
    /// The value is at most the limit.
    #[serde(rename = "<=")]
    AtMost,
    /// The value is the limit.
    #[serde(rename = "==")]
    Equal,
    /// The value is at least the limit.
    #[serde(rename = ">=")]
    AtLeast,
    /// The value is above the limit.
    #[serde(rename = ">")]
    Above,
}

impl Comparison {
    /// In the order in which they are looked for: the longer signs first.
    const SIGNS: [(&str, Self); 5] = [
        ("<=", Self::AtMost),
        (">=", Self::AtLeast),
        ("==", Self::Equal),
        ("<", Self::Below),
        (">", Self::Above),
    ];

    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Below => value < limit,
            Self::AtMost => value <= limit,
            Self::Equal => (value - limit).abs() < 1e-9,
            Self::AtLeast => value >= limit,
            Self::Above => value > limit,
        }
    }
}

/// A limit of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// The name of the metric, as written: `sent.p99`.
    pub name: String,
    /// The condition, as written: `< 800ms`.
    pub condition: String,
    /// The number that is judged.
    pub metric: Metric,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what: microseconds, a count, or a share from 0 to 1.
    pub limit: f64,
    /// A run that breaks it is stopped.
    pub stops: bool,
    /// It stops no run before this much of the run has passed.
    pub after: Duration,
    /// It holds where nothing was measured.
    pub may_be_empty: bool,
}

/// What is wrong with a threshold, and in which half of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ThresholdError {
    /// There is no such metric.
    #[error("{0}")]
    Name(String),
    /// The condition is not one.
    #[error("{0}")]
    Condition(String),
}

impl Threshold {
    /// Reads a metric's name and a condition: `sent.p99` and `< 800ms`, `lost` and `== 0`,
    /// `failed.rate` and `< 1%`.
    pub fn parse(name: &str, condition: &str) -> Result<Self, ThresholdError> {
        let metric = Metric::parse(name).map_err(ThresholdError::Name)?;
        let refused = || {
            let example = match metric {
                Metric::Latency(..) => "`< 800ms`",
                Metric::Count(_) => "`== 0`",
                Metric::Rate(_) => "`< 1%`",
            };
            ThresholdError::Condition(format!(
                "`{condition}` is no condition for `{name}`: write a comparison (<, <=, ==, >=, >) and a limit, such as {example}"
            ))
        };
        let written = condition.trim();
        let split = Comparison::SIGNS
            .into_iter()
            .find_map(|(sign, comparison)| {
                let limit = written.strip_prefix(sign)?;
                Some((comparison, limit.trim()))
            });
        let (comparison, limit) = split.ok_or_else(refused)?;
        let limit = match metric {
            Metric::Latency(..) => micros(limit),
            Metric::Count(_) => limit.parse::<u32>().ok().map(f64::from),
            Metric::Rate(_) => share(limit),
        };
        Ok(Self {
            name: name.to_owned(),
            condition: written.to_owned(),
            metric,
            comparison,
            limit: limit.ok_or_else(refused)?,
            stops: false,
            after: Duration::ZERO,
            may_be_empty: false,
        })
    }

    /// The thresholds every run has, unless its workload file has one of the same name.
    pub fn built_in() -> Vec<Self> {
        let counts = [
            SwarmCount::Lost,
            SwarmCount::Dropped,
            SwarmCount::BadSignature,
        ];
        let none = counts.map(|counted| Self {
            name: counted.name().to_owned(),
            condition: "== 0".to_owned(),
            metric: Metric::Count(counted),
            comparison: Comparison::Equal,
            limit: 0.0,
            stops: false,
            after: Duration::ZERO,
            may_be_empty: false,
        });
        none.into()
    }

    /// Whether it holds for what was measured.
    pub fn judge(&self, measured: &ScenarioMeasures) -> JudgedThreshold {
        let value = self.metric.value(measured);
        let outcome = match value {
            Some(value) if self.comparison.holds(value, self.limit) => ThresholdOutcome::Held,
            Some(_) => ThresholdOutcome::Broken,
            None if self.may_be_empty => ThresholdOutcome::Held,
            None => ThresholdOutcome::NothingMeasured,
        };
        JudgedThreshold {
            threshold: self.clone(),
            value,
            outcome,
        }
    }
}

/// The thresholds that end a run for which `passed` has passed: they do not hold, and may end it. What
/// nothing was measured for yet ends nothing.
pub fn stopping(
    thresholds: &[Threshold],
    passed: Duration,
    measured: &ScenarioMeasures,
) -> Vec<JudgedThreshold> {
    let stops = thresholds.iter();
    let stops = stops.filter(|one| one.stops && passed >= one.after);
    stops
        .map(|one| one.judge(measured))
        .filter(|judged| judged.value.is_some() && !judged.held())
        .collect()
}

/// A latency as it is written in a condition, in microseconds.
fn micros(text: &str) -> Option<f64> {
    let whole = || span::parse(text).map(|span| span.as_secs_f64() * 1e6);
    whole().or_else(|| {
        // A span has whole numbers; a limit may have a point: `2.5s`, `0.5ms`, `80us`.
        let units = [("ms", 1e3), ("us", 1.0), ("µs", 1.0), ("s", 1e6)];
        let written = units.into_iter().find_map(|(unit, micros)| {
            let number = text.strip_suffix(unit)?.trim();
            Some(number.parse::<f64>().ok()? * micros)
        });
        written.filter(|micros| micros.is_finite() && *micros >= 0.0)
    })
}

/// A share as it is written in a condition: `1%` or `0.01`.
fn share(text: &str) -> Option<f64> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    (0.0..=1.0).contains(&share).then_some(share)
}

/// What became of a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ThresholdOutcome {
    /// It held.
    Held,
    /// It was broken.
    Broken,
    /// Nothing was measured that it could judge, which breaks it.
    NothingMeasured,
}

/// A threshold and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgedThreshold {
    /// The limit.
    pub threshold: Threshold,
    /// What was measured.
    pub value: Option<f64>,
    /// Whether it held.
    pub outcome: ThresholdOutcome,
}

impl JudgedThreshold {
    /// Whether it held.
    pub fn held(&self) -> bool {
        self.outcome == ThresholdOutcome::Held
    }
}
