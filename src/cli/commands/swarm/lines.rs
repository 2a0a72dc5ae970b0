//! How a run goes on, where no screen shows it: a line each ten seconds, and one for each phase.

use std::io::Write as _;

use crate::swarm::measure::{
    Latency, SwarmCount,
    progress::{SwarmPhase, SwarmProgress, WorkerHealth},
};

/// Seconds between two lines.
const EVERY: u64 = 10;

/// Writes the lines to stderr.
#[derive(Debug, Default)]
pub(super) struct ProgressLines {
    phase: SwarmPhase,
    /// The ten seconds of which the last line told.
    told: u64,
    /// The workers that were silent or lost by then, a lost one twice.
    unheard: usize,
}

impl ProgressLines {
    /// Tells how the run stands, if it is time to.
    pub(super) fn tell(&mut self, progress: &SwarmProgress) {
        let is_new = std::mem::replace(&mut self.phase, progress.phase) != progress.phase;
        let tens = progress.elapsed.as_secs() / EVERY;
        let unheard = progress.workers.iter().map(|worker| match worker.health {
            WorkerHealth::Working | WorkerHealth::Ended => 0,
            WorkerHealth::Suspect => 1,
            WorkerHealth::Lost => 2,
        });
        let unheard = unheard.sum();
        let has_changed = std::mem::replace(&mut self.unheard, unheard) != unheard;
        if std::mem::replace(&mut self.told, tens) != tens || is_new || has_changed {
            // With nowhere to write to, the report has it all.
            let _ = writeln!(std::io::stderr(), "{}", line(progress));
        }
    }
}

/// How a run stands, in one line.
fn line(progress: &SwarmProgress) -> String {
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
    for worker in &progress.workers {
        let word = match worker.health {
            WorkerHealth::Working | WorkerHealth::Ended => continue,
            WorkerHealth::Suspect => "silent since",
            WorkerHealth::Lost => "lost at",
        };
        let (name, since) = (&worker.name, worker.since.as_secs());
        line = format!("{line}\n      worker {name} {word} {since} s");
    }
    for reason in &progress.bottleneck {
        line = format!("{line}\n      {reason}");
    }
    line
}
