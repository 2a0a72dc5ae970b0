//! Whether this machine is the bottleneck: then the numbers are its own, and not the cloud's.

use std::{fs, time::Duration};

use crate::{
    rt::clock::processor_time,
    swarm::measure::{Latency, Measures, SwarmCount},
};

/// Acts that are later than this are ours, one in a hundred of them.
const LAG: Duration = Duration::from_millis(50);
/// Fewer acts say nothing of a hundredth.
const ACTS: u64 = 20;
/// The share of all cores above which nothing is left.
const BUSY: f64 = 0.9;
/// For so many seconds in a row.
const BUSY_FOR: u32 = 5;
/// The share of file descriptors below which new connections may fail.
const DESCRIPTORS_LEFT: f64 = 0.1;

/// How this program has been since the run began.
#[derive(Debug)]
pub(crate) struct Vitals {
    cores: f64,
    used: Option<Duration>,
    /// The share of one core in the last second.
    cpu: f64,
    busy_for: u32,
    was_busy: bool,
    lacked_descriptors: bool,
}

impl Vitals {
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cores: f64::from(u32::try_from(cores).unwrap_or(1)),
            used: processor_time(),
            cpu: 0.0,
            busy_for: 0,
            was_busy: false,
            lacked_descriptors: false,
        }
    }

    /// The use of the processor within the last second; 1.0 is one core.
    pub(crate) fn cpu(&self) -> f64 {
        self.cpu
    }

    /// Looks again, so long after the last look.
    pub(crate) fn look(&mut self, since: Duration) {
        let used = processor_time();
        if let (Some(before), Some(now)) = (self.used, used) {
            let seconds = since.as_secs_f64().max(0.001);
            self.cpu = now.saturating_sub(before).as_secs_f64() / seconds;
        }
        self.used = used;
        self.busy_for = if self.cpu > BUSY * self.cores {
            self.busy_for + 1
        } else {
            0
        };
        self.was_busy |= self.busy_for >= BUSY_FOR;
        self.lacked_descriptors |= descriptors_left().is_some_and(|left| left < DESCRIPTORS_LEFT);
    }

    /// Why the numbers are not the cloud's, by what was measured so far; nothing when they are.
    pub(crate) fn bottlenecks(&self, measured: &Measures) -> Vec<String> {
        let mut reasons = Vec::new();
        let all = measured.in_all();
        if let Some(lag) = all.latencies.get(&Latency::Lag)
            && lag.count() >= ACTS
            && Duration::from_micros(lag.at(0.99)) > LAG
        {
            reasons.push(format!(
                "this machine was late itself: lag p99 is {} ms, and more than {} ms falsify the \
                 rest; take a lower rate, or more machines",
                lag.at(0.99) / 1000,
                LAG.as_millis()
            ));
        }
        if self.was_busy {
            reasons.push(format!(
                "handset used more than {} % of all cores for {BUSY_FOR} s; take a lower rate, or more \
                 machines",
                BUSY * 100.0
            ));
        }
        if self.lacked_descriptors {
            reasons.push(
                "fewer than 10 % of the file descriptors were left; raise `ulimit -n`".to_owned(),
            );
        }
        let overflowed = all.counts.get(SwarmCount::Overflowed);
        if overflowed > 0 {
            reasons.push(format!(
                "{overflowed} webhooks found no room at their consumers and were refused with 503; \
                 take a lower rate, or more machines"
            ));
        }
        reasons
    }
}

/// The share of file descriptors that is left; `None` where nobody can say.
fn descriptors_left() -> Option<f64> {
    let most = rustix::process::getrlimit(rustix::process::Resource::Nofile).current?;
    let open = fs::read_dir("/dev/fd").ok()?.count();
    let (most, open) = (u32::try_from(most).ok()?, u32::try_from(open).ok()?);
    Some(1.0 - f64::from(open) / f64::from(most.max(1)))
}
