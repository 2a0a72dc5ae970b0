//! What a swarm does: the workload file, and the plan of arrivals that follows from it.
//!
//! `file` reads the TOML, `words` what stands in its texts; `curve` has the rate over time, [`plan`]
//! the arrivals, [`people`] how consumers hesitate. All of it is
//! pure but for reading the one file; scenarios themselves are read by `cli`.

pub mod curve;
mod file;
pub mod people;
pub mod plan;
pub mod words;

use std::{path::PathBuf, time::Duration};

use serde::Deserialize;

pub use self::{
    curve::RateCurve,
    file::{WorkloadError, parse, read},
};
use crate::swarm::{measure::threshold::Threshold, workload::people::People};

/// How arrivals lie in time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArrivalKind {
    /// At even distances.
    Even,
    /// As people come who know nothing of one another.
    #[default]
    Poisson,
}

impl ArrivalKind {
    /// As files write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Even => "even",
            Self::Poisson => "poisson",
        }
    }
}

/// A scenario of a workload, by its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkloadScenario {
    /// Where the file is, from the folder of the workload on.
    pub file: PathBuf,
    /// Its share of the arrivals, among the weights of all.
    pub weight: u32,
}

/// A stage: the rate goes to another one, and stays there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RateStage {
    /// Arrivals a second.
    pub to: f64,
    /// How long the change takes.
    pub over: Duration,
    /// How long the rate stays there.
    pub hold: Duration,
}

/// What a run may take, and when it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkloadLimits {
    /// Consumers at a time; an arrival above is dropped and counted.
    pub consumers: usize,
    /// How long consumers may go on after the last arrival; what is open then is closed.
    pub drain: Duration,
    /// An echo that takes longer is counted late.
    pub late: Duration,
}

impl Default for WorkloadLimits {
    fn default() -> Self {
        Self {
            consumers: 3000,
            drain: Duration::from_mins(1),
            late: Duration::from_secs(5),
        }
    }
}

/// A workload.
#[derive(Debug, Clone, PartialEq)]
pub struct Workload {
    /// What reports call it.
    pub name: String,
    /// Makes plan and people the same every time; drawn when nothing is said.
    pub seed: Option<u64>,
    /// How arrivals lie in time.
    pub arrivals: ArrivalKind,
    /// What consumers play; at least one.
    pub scenarios: Vec<WorkloadScenario>,
    /// The rate over time; at least one.
    pub stages: Vec<RateStage>,
    /// How consumers behave.
    pub people: People,
    /// What the run may take.
    pub limits: WorkloadLimits,
    /// What must hold.
    pub thresholds: Vec<Threshold>,
}

impl Workload {
    /// One scenario at a flat rate, arriving evenly.
    pub fn flat(file: PathBuf, rate: f64, lasts: Duration) -> Self {
        let name = file.file_stem().unwrap_or_default();
        Self {
            name: name.to_string_lossy().into_owned(),
            seed: None,
            arrivals: ArrivalKind::Even,
            scenarios: vec![WorkloadScenario { file, weight: 1 }],
            stages: vec![RateStage {
                to: rate,
                over: Duration::ZERO,
                hold: lasts,
            }],
            people: People::default(),
            limits: WorkloadLimits::default(),
            thresholds: Threshold::built_in(),
        }
    }

    /// The stage at a moment in words: `2/3 hold 20/s`.
    pub fn stage_words(&self, moment: Duration) -> String {
        let (count, mut begins) = (self.stages.len(), Duration::ZERO);
        for (index, stage) in self.stages.iter().enumerate() {
            let (ramps, ends) = (begins + stage.over, begins + stage.over + stage.hold);
            if moment < ends || index + 1 == count {
                let how = if moment < ramps { "to" } else { "hold" };
                let rate = words::rate_words(stage.to);
                return format!("{}/{count} {how} {rate}", index + 1);
            }
            begins = ends;
        }
        String::new()
    }

    /// The plan of arrivals with a seed.
    pub fn plan(&self, seed: u64) -> plan::ArrivalPlan {
        let weights = self.scenarios.iter().map(|one| one.weight).collect();
        plan::ArrivalPlan::new(&self.stages, self.arrivals, weights, seed)
    }
}
