//! Two swarms compared: how much each percentile differs, and whether that is more than chance.

use std::fmt::Write as _;

use fastrand::Rng;

use crate::swarm::{
    measure::{Latency, LatencyHistogram, words::latency},
    report::outcome::SwarmReport,
};

/// How often the difference is drawn anew.
const DRAWS: usize = 1_000;
/// Samples from which on a share of them is drawn from the normal distribution.
const MANY: u64 = 2_000;

/// The comparison as text. Where plan or machine differ there is no verdict, and the text says so.
/// It is the same at each call: chance comes from `seed`.
pub fn text(new: &SwarmReport, base: &SwarmReport, seed: u64) -> String {
    let mut out = String::new();
    let differences = differences(new, base);
    if differences.is_empty() {
        out.push_str("compared with the base run: same plan, same machine\n");
    } else {
        let _ = writeln!(
            out,
            "no verdict: the runs are not of one kind ({})",
            differences.join("; ")
        );
    }
    let mut random = Rng::with_seed(seed);
    let (new, base) = (new.measured.total.in_all(), base.measured.total.in_all());
    for kind in Latency::ALL {
        let (Some(new), Some(base)) = (new.latencies.get(&kind), base.latencies.get(&kind)) else {
            if new.latencies.contains_key(&kind) || base.latencies.contains_key(&kind) {
                let _ = writeln!(
                    out,
                    "  {:<9} measured in one of the runs alone",
                    kind.name()
                );
            }
            continue;
        };
        for (name, quantile) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
            let change = Change::of(new, base, quantile, &mut random);
            let verdict = match change.sign() {
                _ if !differences.is_empty() => "",
                Some(true) => "  slower",
                Some(false) => "  faster",
                None => "  no difference shown",
            };
            let _ = writeln!(
                out,
                "  {:<9}{name:<4} {:>7} from {:>7}  {:>9} (95%: {} to {}){verdict}",
                kind.name(),
                latency(new.at(quantile)),
                latency(base.at(quantile)),
                signed(change.difference),
                signed(change.low),
                signed(change.high),
            );
        }
    }
    out
}

/// In what the two runs differ so that no verdict can be given.
fn differences(new: &SwarmReport, base: &SwarmReport) -> Vec<String> {
    let mut differences = Vec::new();
    let mut differ = |what: &str, new: &str, base: &str| {
        if new != base {
            differences.push(format!("{what} {new} and {base}"));
        }
    };
    differ("plans", &new.plan.digest, &base.plan.digest);
    differ("machines", &new.run.host, &base.run.host);
    differ("clouds", &new.run.cloud, &base.run.cloud);
    let cores = (new.machine.cores, base.machine.cores);
    differ("cores", &cores.0.to_string(), &cores.1.to_string());
    let workers = (new.workers.len(), base.workers.len());
    differ("workers", &workers.0.to_string(), &workers.1.to_string());
    differences
}

/// By how much a percentile differs, in microseconds, and the interval that chance leaves.
struct Change {
    difference: i64,
    low: i64,
    high: i64,
}

impl Change {
    fn of(
        new: &LatencyHistogram,
        base: &LatencyHistogram,
        quantile: f64,
        random: &mut Rng,
    ) -> Self {
        let between = |new: u64, base: u64| new.cast_signed() - base.cast_signed();
        let mut draws: Vec<i64> = (0..DRAWS)
            .map(|_| between(drawn(new, quantile, random), drawn(base, quantile, random)))
            .collect();
        draws.sort_unstable();
        Self {
            difference: between(new.at(quantile), base.at(quantile)),
            low: draws[DRAWS * 25 / 1_000],
            high: draws[DRAWS * 975 / 1_000],
        }
    }

    /// Whether the new run is slower; nothing where chance alone may have made the difference.
    fn sign(&self) -> Option<bool> {
        if self.low > 0 {
            Some(true)
        } else if self.high < 0 {
            Some(false)
        } else {
            None
        }
    }
}

/// The percentile of a sample drawn anew from the recorded latencies, with replacement: the rank
/// of a percentile among such samples is binomial.
fn drawn(histogram: &LatencyHistogram, quantile: f64, random: &mut Rng) -> u64 {
    let count = histogram.count();
    #[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
    let all = count as f64;
    let share = if count < MANY {
        let below = (0..count).filter(|_| random.f64() < quantile).count();
        #[expect(clippy::cast_precision_loss, reason = "fewer than 2 000")]
        let below = below as f64;
        below / all
    } else {
        let width = (quantile * (1.0 - quantile) / all).sqrt();
        quantile + width * normal(random)
    };
    histogram.at(share.clamp(0.0, 1.0))
}

/// A number of the standard normal distribution.
fn normal(random: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - random.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.f64()).cos()
}

fn signed(micros: i64) -> String {
    let sign = if micros < 0 { '-' } else { '+' };
    format!("{sign}{}", latency(micros.unsigned_abs()))
}
