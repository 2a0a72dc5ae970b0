//! The plan of arrivals: who comes when, the same on every machine for the same workload and seed.
//!
//! The arrival with the number k has an instant, a scenario and a case that depend on the workload,
//! the seed and k alone. Machines that share a run take slices: slice n of S has the arrivals with
//! k mod S = n.

use std::time::Duration;

use crate::swarm::workload::{ArrivalKind, RateStage, curve::RateCurve};

/// One arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// Its number, from 0.
    pub number: u64,
    /// When it is due, from the begin of the run on.
    pub at: Duration,
    /// The index of its scenario in the workload.
    pub scenario: usize,
    /// How many arrivals of the same scenario came before.
    pub turn: u64,
}

/// Which arrivals a machine starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slices {
    /// How many slices there are, at least one.
    pub count: u64,
    /// Those that are meant, in rising order.
    pub own: Vec<u64>,
}

impl Slices {
    /// All arrivals.
    pub fn all() -> Self {
        Self {
            count: 1,
            own: vec![0],
        }
    }

    /// Whether an arrival is of one of these.
    pub fn have(&self, number: u64) -> bool {
        self.own
            .binary_search(&(number % self.count.max(1)))
            .is_ok()
    }
}

/// The arrivals of a workload.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrivalPlan {
    curve: RateCurve,
    kind: ArrivalKind,
    /// The weights of the scenarios.
    weights: Vec<u32>,
    seed: u64,
}

impl ArrivalPlan {
    /// A plan of scenarios with these weights.
    pub fn new(stages: &[RateStage], kind: ArrivalKind, weights: Vec<u32>, seed: u64) -> Self {
        Self {
            curve: RateCurve::new(stages),
            kind,
            weights,
            seed,
        }
    }

    /// The rate over time.
    pub fn curve(&self) -> &RateCurve {
        &self.curve
    }

    /// All arrivals, in the order of their instants.
    pub fn arrivals(&self) -> Arrivals<'_> {
        Arrivals {
            plan: self,
            steps: fastrand::Rng::with_seed(mixed(self.seed, u64::MAX)),
            integrated: 0.0,
            number: 0,
            turns: vec![0; self.weights.len()],
        }
    }

    fn scenario(&self, number: u64) -> usize {
        let sum: u64 = self.weights.iter().map(|weight| u64::from(*weight)).sum();
        if sum == 0 {
            return 0;
        }
        let mut rng = fastrand::Rng::with_seed(mixed(self.seed, number));
        let mut drawn = rng.u64(..sum);
        for (index, weight) in self.weights.iter().enumerate() {
            match drawn.checked_sub(u64::from(*weight)) {
                Some(left) => drawn = left,
                None => return index,
            }
        }
        0
    }
}

/// The arrivals of a plan one after another.
#[derive(Debug)]
pub struct Arrivals<'a> {
    plan: &'a ArrivalPlan,
    steps: fastrand::Rng,
    /// How many have arrived by the curve, up to the next one.
    integrated: f64,
    number: u64,
    turns: Vec<u64>,
}

impl Iterator for Arrivals<'_> {
    type Item = Arrival;

    fn next(&mut self) -> Option<Arrival> {
        if self.plan.kind == ArrivalKind::Poisson {
            // In integrated time a Poisson process has the rate 1: its steps are exponential.
            self.integrated -= (1.0 - self.steps.f64()).ln();
        }
        let at = self.plan.curve.moment_of(self.integrated)?;
        if self.plan.kind == ArrivalKind::Even {
            self.integrated += 1.0;
        }
        let number = self.number;
        self.number += 1;
        let scenario = self.plan.scenario(number);
        let turn = self.turns.get_mut(scenario)?;
        let arrival = Arrival {
            number,
            at,
            scenario,
            turn: *turn,
        };
        *turn += 1;
        Some(arrival)
    }
}

/// A seed of its own for one of many things with numbers.
pub(crate) fn mixed(seed: u64, number: u64) -> u64 {
    // The finalizer of splitmix64: neighbouring numbers give seeds that are nothing like each other.
    let mut bits = seed.wrapping_add(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flat(rate: f64, seconds: u64) -> Vec<RateStage> {
        vec![RateStage {
            to: rate,
            over: Duration::ZERO,
            hold: Duration::from_secs(seconds),
        }]
    }

    fn plan(kind: ArrivalKind, seed: u64) -> ArrivalPlan {
        ArrivalPlan::new(&flat(50.0, 60), kind, vec![7, 3], seed)
    }

    #[test]
    fn even_arrivals_come_at_even_distances_with_their_turns() {
        let plan = ArrivalPlan::new(&flat(4.0, 2), ArrivalKind::Even, vec![1], 0);
        let all: Vec<_> = plan
            .arrivals()
            .map(|one| (one.at.as_millis(), one.turn))
            .collect();
        let expected: Vec<_> = (0..8).map(|k: u64| (u128::from(k) * 250, k)).collect();
        assert_eq!(all, expected);
    }

    #[test]
    fn the_same_seed_gives_the_same_plan_and_another_one_another() {
        let all = |seed| {
            plan(ArrivalKind::Poisson, seed)
                .arrivals()
                .collect::<Vec<_>>()
        };
        assert_eq!(all(7), all(7));
        assert_ne!(all(7), all(8));
    }

    /// 3000 are expected; 5 standard deviations are 274.
    #[test]
    fn poisson_arrivals_scatter_as_poisson_arrivals_do() {
        let all: Vec<_> = plan(ArrivalKind::Poisson, 3).arrivals().collect();
        assert!((2726..=3274).contains(&all.len()), "{}", all.len());
        let counts = (0..60).map(|second| {
            let of = all.iter().filter(|one| one.at.as_secs() == second).count();
            f64::from(u32::try_from(of).unwrap())
        });
        let counts: Vec<f64> = counts.collect();
        let mean = counts.iter().sum::<f64>() / 60.0;
        let variance = counts.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / 59.0;
        // The variance of a Poisson process is its mean; even arrivals would have none.
        assert!(
            (0.5..1.8).contains(&(variance / mean)),
            "{variance} of {mean}"
        );
    }

    #[test]
    fn weights_are_shares() {
        let all = plan(ArrivalKind::Even, 1);
        let first = all.arrivals().filter(|one| one.scenario == 0).count();
        // 2100 of 3000 are expected; 5 standard deviations are 125.
        assert!((1975..=2225).contains(&first), "{first}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

        /// Slices are a partition: each arrival is in one of them, and is the same there.
        #[test]
        fn slices_are_a_partition(seed: u64, count in 1_u64..40) {
            let plan = plan(ArrivalKind::Poisson, seed);
            let mut shared: Vec<Arrival> = Vec::new();
            for own in 0..count {
                let slice = Slices { count, own: vec![own] };
                shared.extend(plan.arrivals().filter(|one| slice.have(one.number)));
            }
            shared.sort_unstable_by_key(|one| one.number);
            let all: Vec<Arrival> = plan.arrivals().collect();
            prop_assert_eq!(&shared, &all);
            prop_assert!(all.windows(2).all(|two| two[0].at <= two[1].at));
        }
    }
}
