//! Steps at which consumers failed, each with one conversation as an example.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// No more steps are told apart than this; the rest is counted as one.
const MOST_STEPS: usize = 200;

/// Where consumers failed: `late-parcel.talk:3`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Failures(BTreeMap<String, FailedStep>);

/// One step at which consumers failed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FailedStep {
    /// The step as the scenario has it.
    pub step: String,
    /// How many consumers failed here.
    pub count: u64,
    /// Why the first of them did.
    pub why: String,
    /// The conversationId of the first; empty when none was open.
    pub conversation: String,
    /// What was said in it, a line each.
    pub said: Vec<String>,
}

impl Failures {
    /// Counts a failure at `place`; the first there stays as the example.
    pub fn add(&mut self, place: &str, failed: FailedStep) {
        let place = if self.0.contains_key(place) || self.0.len() < MOST_STEPS {
            place
        } else {
            "elsewhere"
        };
        match self.0.get_mut(place) {
            Some(known) => known.count += failed.count,
            None => {
                self.0.insert(place.to_owned(), failed);
            }
        }
    }

    /// Adds all of the other.
    pub fn merge(&mut self, other: &Self) {
        for (place, failed) in &other.0 {
            self.add(place, failed.clone());
        }
    }

    /// The steps, those where most failed first.
    pub fn by_count(&self) -> Vec<(&str, &FailedStep)> {
        let mut all: Vec<_> = self
            .0
            .iter()
            .map(|(at, step)| (at.as_str(), step))
            .collect();
        all.sort_by_key(|(_, step)| std::cmp::Reverse(step.count));
        all
    }

    /// The same without what was said in the examples.
    #[must_use]
    pub fn without_examples(mut self) -> Self {
        for failed in self.0.values_mut() {
            failed.said.clear();
        }
        self
    }

    /// Whether nobody failed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
