//! The rate of arrivals over time: its integral, and the inverse of that, from which the instant of
//! each arrival follows. Nothing drifts: an instant depends on no other.

use std::time::Duration;

use crate::swarm::workload::RateStage;

/// A stretch of time in which the rate changes evenly.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Stretch {
    /// When it begins, in seconds.
    begins: f64,
    /// How long it lasts, in seconds.
    lasts: f64,
    /// Arrivals a second at its begin and its end.
    from: f64,
    to: f64,
    /// Arrivals before it.
    before: f64,
}

impl Stretch {
    fn arrivals(&self, seconds: f64) -> f64 {
        let slope = (self.to - self.from) / self.lasts;
        self.from * seconds + slope * seconds * seconds / 2.0
    }

    /// After how many seconds of it so many have arrived since its begin.
    fn seconds_at(&self, arrivals: f64) -> f64 {
        let slope = (self.to - self.from) / self.lasts;
        let root = (self.from * self.from + 2.0 * slope * arrivals)
            .max(0.0)
            .sqrt();
        // The root of the quadratic equation in the form that is exact for flat stretches too.
        let divisor = self.from + root;
        if divisor > 0.0 {
            (2.0 * arrivals / divisor).clamp(0.0, self.lasts)
        } else {
            0.0
        }
    }
}

/// The rate of arrivals over time, by the stages of a workload.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RateCurve {
    stretches: Vec<Stretch>,
}

impl RateCurve {
    /// The rate goes evenly from the last stage's to this one's, and stays there; before the first
    /// stage it is nothing.
    pub fn new(stages: &[RateStage]) -> Self {
        let mut this = Self::default();
        let mut rate = 0.0;
        for stage in stages {
            this.add(stage.over, rate, stage.to);
            this.add(stage.hold, stage.to, stage.to);
            rate = stage.to;
        }
        this
    }

    fn add(&mut self, lasts: Duration, from: f64, to: f64) {
        if lasts.is_zero() {
            return;
        }
        let (begins, before) = match self.stretches.last() {
            Some(last) => (
                last.begins + last.lasts,
                last.before + last.arrivals(last.lasts),
            ),
            None => (0.0, 0.0),
        };
        self.stretches.push(Stretch {
            begins,
            lasts: lasts.as_secs_f64(),
            from,
            to,
            before,
        });
    }

    /// How long arrivals come.
    pub fn lasts(&self) -> Duration {
        let last = self.stretches.last();
        Duration::from_secs_f64(last.map_or(0.0, |last| last.begins + last.lasts))
    }

    /// Arrivals in all.
    pub fn total(&self) -> f64 {
        let last = self.stretches.last();
        last.map_or(0.0, |last| last.before + last.arrivals(last.lasts))
    }

    /// Arrivals a second at a moment; nothing behind the end.
    pub fn rate_at(&self, moment: Duration) -> f64 {
        let seconds = moment.as_secs_f64();
        let here = self.stretches.iter().rev();
        let mut here = here.filter(|one| one.begins <= seconds);
        match here.next() {
            Some(one) if seconds <= one.begins + one.lasts => {
                one.from + (one.to - one.from) * (seconds - one.begins) / one.lasts
            }
            _ => 0.0,
        }
    }

    /// The highest rate.
    pub fn peak(&self) -> f64 {
        let rates = self.stretches.iter().flat_map(|one| [one.from, one.to]);
        rates.fold(0.0, f64::max)
    }

    /// When so many have arrived; `None` when fewer than that come at all.
    pub fn moment_of(&self, arrivals: f64) -> Option<Duration> {
        if arrivals >= self.total() {
            return None;
        }
        let stretch = self.stretches.iter().rev().find(|one| {
            let has_any = one.arrivals(one.lasts) > 0.0;
            one.before <= arrivals && has_any
        })?;
        let seconds = stretch.begins + stretch.seconds_at(arrivals - stretch.before);
        Some(Duration::from_secs_f64(seconds))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn stage(to: f64, over: u64, hold: u64) -> RateStage {
        RateStage {
            to,
            over: Duration::from_secs(over),
            hold: Duration::from_secs(hold),
        }
    }

    #[test]
    fn a_ramp_and_a_plateau_add_up() {
        let curve = RateCurve::new(&[stage(5.0, 30, 0), stage(20.0, 60, 180)]);
        assert_eq!(curve.lasts(), Duration::from_secs(270));
        // Triangle, trapezium, rectangle.
        assert!((curve.total() - (75.0 + 750.0 + 3600.0)).abs() < 1e-9);
        assert!((curve.rate_at(Duration::from_mins(1)) - 12.5).abs() < 1e-9);
        assert!((curve.rate_at(Duration::from_secs(200)) - 20.0).abs() < 1e-9);
        assert!(curve.rate_at(Duration::from_secs(271)).abs() < 1e-9);
        assert!((curve.peak() - 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_flat_rate_arrives_at_even_distances_from_the_begin() {
        let curve = RateCurve::new(&[stage(20.0, 0, 120)]);
        let at = |arrivals: f64| curve.moment_of(arrivals).map(|at| at.as_millis());
        assert_eq!(at(0.0), Some(0));
        assert_eq!(at(1.0), Some(50));
        assert_eq!(at(2399.0), Some(119_950));
        assert_eq!(at(2400.0), None);
        assert_eq!(RateCurve::new(&[]).moment_of(0.0), None);
    }

    #[test]
    fn nobody_arrives_while_the_rate_is_nothing() {
        let curve = RateCurve::new(&[stage(2.0, 0, 10), stage(0.0, 0, 60), stage(2.0, 0, 10)]);
        assert_eq!(curve.moment_of(19.0), Some(Duration::from_millis(9500)));
        assert_eq!(curve.moment_of(20.0), Some(Duration::from_secs(70)));
    }

    fn stages() -> impl Strategy<Value = Vec<RateStage>> {
        let one = (0.0..200.0, 0_u64..100, 0_u64..100);
        let one = one.prop_map(|(to, over, hold)| stage(to, over, hold));
        prop::collection::vec(one, 1..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The instant of an arrival is the inverse of how many have arrived, and arrivals never go
        /// back in time.
        #[test]
        fn instants_are_the_inverse_of_the_integral(stages in stages(), share in 0.0..1.0) {
            let curve = RateCurve::new(&stages);
            prop_assume!(curve.total() > 1.0);
            let arrivals = curve.total() * share;
            let at = curve.moment_of(arrivals).unwrap();
            prop_assert!(at <= curve.lasts());
            // The same by summing the rate in small steps.
            let steps = 20_000;
            let width = at.as_secs_f64() / f64::from(steps);
            let summed: f64 = (0..steps)
                .map(|step| at.mul_f64((f64::from(step) + 0.5) / f64::from(steps)))
                .map(|at| curve.rate_at(at) * width)
                .sum();
            prop_assert!((summed - arrivals).abs() < 0.002 * curve.total() + 0.01,
                "{summed} of {arrivals}");
            let later = curve.moment_of(arrivals + (curve.total() - arrivals) / 2.0).unwrap();
            prop_assert!(later >= at);
        }
    }
}
