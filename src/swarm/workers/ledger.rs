//! What the workers of a run have told, added up: who lives, who is lost, what is missing. Pure: the
//! caller says what time it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use crate::swarm::{
    measure::{
        Measures, SwarmCount,
        progress::{WorkerHealth, WorkerLine},
        timeline::Timeline,
    },
    report::outcome::WorkerFacts,
    workers::records::{RunRecord, WorkerBeat, WorkerEnd, WorkerSecond, WorkerStage},
};

/// Silent for so long, and a worker is suspect.
pub const SUSPECT: Duration = Duration::from_secs(5);
/// Silent for so long, and a worker is lost.
pub const LOST: Duration = Duration::from_secs(15);
/// Seconds of which a worker may still tell; older ones are put on their line without it.
const OPEN_SECONDS: u32 = 60;

/// A process of a worker: a name that starts again is another one.
type WorkerKey = (String, String);

#[derive(Debug, Default)]
struct WorkerState {
    heard: Duration,
    slices: Vec<u64>,
    in_conversation: u64,
    clock_ahead_ms: i64,
    is_ready: bool,
    measured: Measures,
    /// The numbers of the seconds that were told.
    seconds: BTreeSet<u64>,
    /// Seconds from this number on do not count.
    counts_until: Option<u64>,
    lost_at: Option<Duration>,
    end: Option<WorkerEnd>,
}

impl WorkerState {
    fn count(&self, counted: SwarmCount) -> u64 {
        self.measured.total(counted)
    }

    /// Its consumers that were started and of whom nothing was told since.
    fn unaccounted(&self) -> u64 {
        let ended = [
            SwarmCount::Finished,
            SwarmCount::Failed,
            SwarmCount::Abandoned,
            SwarmCount::Stuck,
        ];
        let ended: u64 = ended.into_iter().map(|one| self.count(one)).sum();
        self.count(SwarmCount::Started).saturating_sub(ended)
    }
}

/// What the workers of a run have told.
#[derive(Debug, Default)]
pub struct WorkerLedger {
    workers: BTreeMap<WorkerKey, WorkerState>,
    /// The owner of each slice.
    slices: BTreeMap<u64, WorkerKey>,
    timeline: Timeline,
    /// Seconds of which workers may still tell.
    open: BTreeMap<u32, (Measures, u64)>,
    newest: u32,
}

/// A worker that was found lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostWorker {
    /// Its name.
    pub worker: String,
    /// Which process of that name.
    pub incarnation: String,
    /// The seconds that count.
    pub seconds: u64,
}

/// What a run over several machines came to.
#[derive(Debug, Default)]
pub struct LedgerEnd {
    /// What was measured.
    pub timeline: Timeline,
    /// The workers and what became of them.
    pub workers: Vec<WorkerFacts>,
    /// What is missing, but for what lost workers had.
    pub missing: Vec<String>,
    /// The workers that were lost, each with what it had.
    pub lost: Vec<String>,
    /// Why workers were the bottleneck.
    pub bottlenecks: Vec<String>,
    /// Conversations that could not be closed.
    pub left_open: Vec<String>,
    /// Why workers ended before their plan did.
    pub ended_early: Option<String>,
    /// The processor time of all workers, in milliseconds.
    pub cpu_ms: u64,
}

impl WorkerLedger {
    /// Takes a record that came at `now`, from the start of the run on.
    pub fn record(&mut self, now: Duration, record: RunRecord) {
        match record {
            RunRecord::Beat(beat) => self.beat(now, beat),
            RunRecord::Claimed {
                slice,
                worker,
                incarnation,
            } => {
                self.slices.insert(slice, (worker, incarnation));
            }
            RunRecord::Second(second) => self.second(*second),
            RunRecord::Ended(end) => {
                let key = (end.worker.clone(), end.incarnation.clone());
                let state = self.workers.entry(key).or_default();
                if state.lost_at.is_none() {
                    state.end = Some(*end);
                }
            }
            RunRecord::Revoked {
                worker,
                incarnation,
                seconds,
                at_ms,
            } => {
                let state = self.workers.entry((worker, incarnation)).or_default();
                state.counts_until = Some(seconds);
                state.lost_at.get_or_insert(Duration::from_millis(at_ms));
            }
            RunRecord::Piece { .. }
            | RunRecord::Share { .. }
            | RunRecord::Attended
            | RunRecord::Start { .. }
            | RunRecord::Order(_) => {}
        }
    }

    fn beat(&mut self, now: Duration, beat: WorkerBeat) {
        let key = (beat.worker, beat.incarnation);
        let state = self.workers.entry(key).or_default();
        state.heard = now;
        state.slices = beat.slices;
        state.in_conversation = beat.in_conversation;
        state.clock_ahead_ms = beat.clock_ahead_ms;
        state.is_ready |= beat.stage == WorkerStage::Ready;
    }

    fn second(&mut self, second: WorkerSecond) {
        let state = self.workers.entry((second.worker, second.incarnation));
        let state = state.or_default();
        let counts = state.counts_until.is_none_or(|until| second.number < until);
        // The same second may be told twice when an answer of NATS was lost.
        if !counts || !state.seconds.insert(second.number) {
            return;
        }
        state.measured.merge(&second.measures);
        state.in_conversation = second.in_conversation;
        self.newest = self.newest.max(second.second);
        let open = self.open.entry(second.second).or_default();
        open.0.merge(&second.measures);
        open.1 += second.in_conversation;
        let oldest = self.newest.saturating_sub(OPEN_SECONDS);
        while let Some(entry) = self.open.first_entry()
            && *entry.key() < oldest
        {
            let (second, (measures, in_conversation)) = entry.remove_entry();
            self.timeline.add(second, in_conversation, &measures);
        }
    }

    /// While NATS is away nobody is heard, and nobody's silence counts.
    pub fn was_deaf(&mut self, now: Duration) {
        for state in self.workers.values_mut() {
            state.heard = now;
        }
    }

    /// Finds the workers that are lost by now.
    pub fn find_lost(&mut self, now: Duration) -> Vec<LostWorker> {
        let mut lost = Vec::new();
        for ((worker, incarnation), state) in &mut self.workers {
            let is_silent = now.saturating_sub(state.heard) >= LOST;
            if state.end.is_some() || state.lost_at.is_some() || !is_silent {
                continue;
            }
            let seconds = state.seconds.last().map_or(0, |last| last + 1);
            state.lost_at = Some(now);
            state.counts_until = Some(seconds);
            lost.push(LostWorker {
                worker: worker.clone(),
                incarnation: incarnation.clone(),
                seconds,
            });
        }
        lost
    }

    /// How many workers are ready, and how many slices they have.
    pub fn ready(&self) -> (usize, u64) {
        let ready = self.workers.values().filter(|state| state.is_ready);
        let slices = ready.clone().map(|state| state.slices.len()).sum::<usize>();
        (ready.count(), u64::try_from(slices).unwrap_or(u64::MAX))
    }

    /// Whether every worker has ended or is lost.
    pub fn is_over(&self) -> bool {
        let over = |state: &WorkerState| state.end.is_some() || state.lost_at.is_some();
        !self.workers.is_empty() && self.workers.values().all(over)
    }

    /// The workers as they are now.
    pub fn lines(&self, now: Duration) -> Vec<WorkerLine> {
        let lines = self.workers.iter().map(|((name, _), state)| {
            let silent = now.saturating_sub(state.heard);
            let (health, since) = match (state.lost_at, &state.end) {
                (Some(at), _) => (WorkerHealth::Lost, at),
                (None, Some(_)) => (WorkerHealth::Ended, now),
                (None, None) if silent >= SUSPECT => (WorkerHealth::Suspect, state.heard),
                (None, None) => (WorkerHealth::Working, now),
            };
            WorkerLine {
                name: name.clone(),
                health,
                since,
                in_conversation: match health {
                    WorkerHealth::Lost => state.unaccounted(),
                    _ => state.in_conversation,
                },
            }
        });
        lines.collect()
    }

    /// What was measured so far; the newest seconds are not on their lines yet.
    pub fn so_far(&self) -> Timeline {
        let mut timeline = self.timeline.clone();
        for (second, (measures, in_conversation)) in &self.open {
            timeline.add(*second, *in_conversation, measures);
        }
        timeline
    }

    /// Ends it. `arrivals` gives the number of arrivals that the plan has in some slices;
    /// `slices` is how many there are.
    pub fn end(self, slices: u64, arrivals: impl Fn(&[u64]) -> u64) -> LedgerEnd {
        let mut end = LedgerEnd {
            timeline: self.so_far(),
            ..LedgerEnd::default()
        };
        for ((name, incarnation), state) in &self.workers {
            end.add(name, incarnation, state, &arrivals);
        }
        let unclaimed: Vec<u64> = (0..slices)
            .filter(|slice| !self.slices.contains_key(slice))
            .collect();
        let never = arrivals(&unclaimed);
        if never > 0 {
            end.missing.push(format!(
                "{never} arrivals of {} slices that no worker took were never started",
                unclaimed.len()
            ));
        }
        end
    }
}

impl LedgerEnd {
    fn add(
        &mut self,
        name: &str,
        incarnation: &str,
        state: &WorkerState,
        arrivals: impl Fn(&[u64]) -> u64,
    ) {
        let started = state.count(SwarmCount::Started);
        let taken = started + state.count(SwarmCount::Dropped);
        let never_started = arrivals(&state.slices).saturating_sub(taken);
        let mut facts = WorkerFacts {
            name: name.to_owned(),
            fate: "ended".to_owned(),
            started,
            never_started,
            in_conversation: 0,
            clock_ahead_ms: state.clock_ahead_ms,
        };
        match (&state.end, state.lost_at) {
            (Some(last), None) => {
                let told = u64::try_from(state.seconds.len()).unwrap_or(u64::MAX);
                if told != last.seconds || !last.fits(&state.measured) {
                    self.missing.push(format!(
                        "worker {name} measured {} seconds, and {told} of them are here; its totals do not agree with them",
                        last.seconds
                    ));
                }
                for why in &last.bottlenecks {
                    self.bottlenecks.push(format!("worker {name}: {why}"));
                }
                self.left_open.extend(last.left_open.iter().cloned());
                if let Some(why) = &last.ended_early {
                    self.missing.push(format!(
                        "worker {name} ended early: {why}; {never_started} of its arrivals were never started"
                    ));
                    self.ended_early
                        .get_or_insert_with(|| format!("worker {name}: {why}"));
                }
                self.cpu_ms += last.cpu_ms;
            }
            (_, lost_at) => {
                facts.in_conversation = state.unaccounted();
                let fate = lost_at.map_or_else(
                    || "did not end".to_owned(),
                    |at| format!("was lost at {} s", at.as_secs()),
                );
                facts.fate = format!("{fate} (process {incarnation})");
                self.lost.push(format!(
                    "worker {name} {fate}: {} of its consumers were in conversation, {never_started} were never started",
                    facts.in_conversation
                ));
                self.timeline
                    .total
                    .count(0, SwarmCount::LostWithWorker, facts.in_conversation);
            }
        }
        self.workers.push(facts);
    }
}

#[cfg(test)]
mod tests;
