//! How a run goes on, where no screen shows it: a line each ten seconds, and one for each phase.

use std::io::Write as _;

use crate::swarm::{
    measure::{
        Latency, SwarmCount,
        progress::{Progress, SwarmPhase},
    },
    run::SwarmSecond,
};

/// Seconds between two lines.
const EVERY: u32 = 10;

/// Writes the lines to stderr.
#[derive(Debug, Default)]
pub(super) struct ProgressLines {
    phase: SwarmPhase,
}

impl ProgressLines {
    /// Tells a second, if it is one that is told.
    pub(super) fn tell(&mut self, second: &SwarmSecond<'_>) {
        let phase = second.progress.phase;
        let is_new = std::mem::replace(&mut self.phase, phase) != phase;
        if is_new || (second.number + 1).is_multiple_of(EVERY) {
            // With nowhere to write to, the report has it all.
            let _ = writeln!(std::io::stderr(), "{}", line(second.progress));
        }
    }
}

/// How a run stands, in one line.
fn line(progress: &Progress) -> String {
    let count = |counted| progress.counts.get(counted);
    let seconds = progress.elapsed.as_secs();
    let p99 = |latency| {
        let mut rows = progress.latencies.iter();
        let row = rows.find(|row| row.latency == latency);
        row.map_or("-".to_owned(), |row| {
            format!("{} ms", row.p99.div_ceil(1000))
        })
    };
    let mut line = format!(
        "{:02}:{:02} {}  asked {:.1}/s made {:.1}/s dropped {}  in conversation {} waiting {}  \
         finished {} failed {} abandoned {}  sent p99 {} reply p99 {}  lost {} doubled {} late {}  \
         lag p99 {} cpu {:.0}%",
        seconds / 60,
        seconds % 60,
        progress.phase.word(),
        progress.asked_per_second,
        progress.made_per_second,
        count(SwarmCount::Dropped),
        progress.in_conversation,
        progress.waiting_for_agent,
        count(SwarmCount::Finished),
        count(SwarmCount::Failed),
        count(SwarmCount::Abandoned),
        p99(Latency::Sent),
        p99(Latency::Reply),
        count(SwarmCount::Lost),
        count(SwarmCount::Doubled),
        count(SwarmCount::Late),
        p99(Latency::Lag),
        progress.cpu * 100.0
    );
    for reason in &progress.bottleneck {
        line = format!("{line}\n      {reason}");
    }
    line
}
