//! What coordinator and workers write into the buckets of a run, as JSON: pure.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};

use crate::swarm::measure::{Latency, Measures, count::Counts, progress::SwarmOrder};

/// Slices for each worker that is asked for: enough that fewer workers share them evenly.
pub const SLICES_EACH: u64 = 16;
/// A piece of a plan is no longer than this, in bytes: NATS takes messages of 1 MiB.
const PIECE: usize = 512 * 1024;
/// Pieces of a plan at most, which bounds what workers keep of it.
const MOST_PIECES: usize = 64;

/// The name of a worker, or why it cannot be one: it becomes part of a key.
pub fn worker_name(name: &str) -> Result<String, String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if (1..=64).contains(&name.len()) && name.chars().all(fits) {
        return Ok(name.to_owned());
    }
    Err(format!(
        "`{name}` is no name of a worker: use 1 to 64 letters, digits, - and _"
    ))
}

/// A file that a run needs, with its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedFile {
    /// From the folder of the workload, with `/`.
    pub path: String,
    content: String,
}

impl SharedFile {
    /// A file with this content.
    pub fn new(path: String, content: &[u8]) -> Self {
        Self {
            path,
            content: STANDARD.encode(content),
        }
    }

    /// Its content, unless a coordinator wrote something else there.
    pub fn content(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.content).ok()
    }
}

/// What all workers run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedPlan {
    /// The run's id.
    pub run: String,
    /// The version of handset that wrote it; workers of another version refuse it.
    pub handset: String,
    /// Makes plan and people the same on every machine.
    pub seed: u64,
    /// Slices there are.
    pub slices: u64,
    /// Workers go on without a coordinator.
    pub unattended: bool,
    /// The path of the workload file among the files.
    pub workload: String,
    /// The workload and all that its scenarios name.
    pub files: Vec<SharedFile>,
}

impl SharedPlan {
    /// The plan in pieces that NATS takes, or why it is too large.
    pub fn pieces(&self) -> Result<Vec<String>, String> {
        let text = serde_json::to_string(self).map_err(|cause| cause.to_string())?;
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let at = rest.floor_char_boundary(PIECE);
            let (piece, more) = rest.split_at(at);
            pieces.push(piece.to_owned());
            rest = more;
        }
        if pieces.len() > MOST_PIECES {
            return Err(format!(
                "workload and scenarios with their files have {} KiB, and a run over NATS takes {}",
                text.len() / 1024,
                MOST_PIECES * PIECE / 1024
            ));
        }
        Ok(pieces)
    }
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkerStage {
    /// It has its slices and waits for the start.
    Ready,
    /// It runs.
    Running,
    /// It has told its last second.
    Ended,
}

/// A sign of life, every two seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerBeat {
    /// Its name.
    pub worker: String,
    /// Which process of that name it is.
    pub incarnation: String,
    /// What it is doing.
    pub stage: WorkerStage,
    /// The slices that it has.
    pub slices: Vec<u64>,
    /// Its consumers in conversation.
    pub in_conversation: u64,
    /// By how much its clock is ahead of the coordinator's, in milliseconds.
    pub clock_ahead_ms: i64,
}

/// What a worker measured within one second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkerSecond {
    /// Its name.
    pub worker: String,
    /// Which process of that name it is.
    pub incarnation: String,
    /// Rises by one, from 0.
    pub number: u64,
    /// The second since the start of the run.
    pub second: u32,
    /// Its consumers in conversation at the end of the second.
    pub in_conversation: u64,
    /// What it measured.
    pub measures: Measures,
}

/// The last of a worker: what all its seconds must add up to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct WorkerEnd {
    /// Its name.
    pub worker: String,
    /// Which process of that name it is.
    pub incarnation: String,
    /// How many seconds it told.
    pub seconds: u64,
    /// All counts.
    pub counts: Counts,
    /// How often each latency was recorded.
    pub recorded: BTreeMap<Latency, u64>,
    /// Why it was the bottleneck.
    pub bottlenecks: Vec<String>,
    /// Conversations that it could not close.
    pub left_open: Vec<String>,
    /// Why it ended before its plan did.
    pub ended_early: Option<String>,
    /// The processor time it took, in milliseconds.
    pub cpu_ms: u64,
}

impl WorkerEnd {
    /// Whether these measures are all that the worker told.
    pub fn fits(&self, measured: &Measures) -> bool {
        let all = measured.in_all();
        let recorded = all.latencies.iter();
        let recorded: BTreeMap<Latency, u64> = recorded
            .map(|(latency, histogram)| (*latency, histogram.count()))
            .collect();
        all.counts == self.counts && recorded == self.recorded
    }
}

/// One value of a bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunRecord {
    /// A piece of the plan.
    Piece {
        /// Its number, from 0.
        number: usize,
        /// How many there are.
        of: usize,
        /// Its text.
        text: String,
    },
    /// How many slices each worker may have.
    Share {
        /// At most so many.
        slices: u64,
    },
    /// A worker has a slice.
    Claimed {
        /// Which.
        slice: u64,
        /// The worker's name.
        worker: String,
        /// Which process of that name.
        incarnation: String,
    },
    /// A worker lives.
    Beat(WorkerBeat),
    /// The coordinator lives.
    Attended,
    /// When the run begins, by the coordinator's clock.
    Start {
        /// Microseconds since 1970.
        at_micros: i64,
    },
    /// What the coordinator wants of all workers.
    Order(SwarmOrder),
    /// A worker is lost: what it tells from this number on is not counted.
    Revoked {
        /// Its name.
        worker: String,
        /// Which process of that name.
        incarnation: String,
        /// The seconds that count.
        seconds: u64,
        /// When it was found, in milliseconds from the start of the run.
        at_ms: u64,
    },
    /// What a worker measured.
    Second(Box<WorkerSecond>),
    /// A worker has ended.
    Ended(Box<WorkerEnd>),
}

impl RunRecord {
    /// The key under which it stands.
    pub fn key(&self) -> String {
        match self {
            Self::Piece { number, .. } => format!("plan.{number}"),
            Self::Share { .. } => "share".to_owned(),
            Self::Claimed { slice, .. } => format!("slice.{slice}"),
            Self::Beat(beat) => format!("worker.{}.{}", beat.worker, beat.incarnation),
            Self::Attended => "coordinator".to_owned(),
            Self::Start { .. } => "start".to_owned(),
            Self::Order(_) => "order".to_owned(),
            Self::Revoked {
                worker,
                incarnation,
                ..
            } => format!("revoked.{worker}.{incarnation}"),
            Self::Second(second) => {
                let WorkerSecond {
                    worker,
                    incarnation,
                    number,
                    ..
                } = second.as_ref();
                format!("second.{worker}.{incarnation}.{number}")
            }
            Self::Ended(end) => format!("end.{}.{}", end.worker, end.incarnation),
        }
    }
}

/// Puts the pieces of a plan together, in whatever order they come.
#[derive(Debug, Default)]
pub struct PlanPieces(BTreeMap<usize, String>);

impl PlanPieces {
    /// Adds a piece; gives the plan with the last one, or what is wrong with it.
    pub fn add(
        &mut self,
        number: usize,
        of: usize,
        text: String,
    ) -> Option<Result<SharedPlan, String>> {
        if of > MOST_PIECES || number >= of {
            return None;
        }
        self.0.insert(number, text);
        if self.0.len() < of {
            return None;
        }
        let whole: String = self.0.values().map(String::as_str).collect();
        Some(serde_json::from_str(&whole).map_err(|cause| cause.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_plan_is_put_together_from_its_pieces_in_any_order() {
        let plan = SharedPlan {
            run: "r".into(),
            handset: "0".into(),
            seed: 7,
            slices: 64,
            unattended: false,
            workload: "peak.toml".into(),
            files: vec![SharedFile::new("ä.png".into(), &vec![7; 900_000])],
        };
        let pieces = plan.pieces().unwrap();
        assert_eq!(pieces.len(), 3);
        let mut together = PlanPieces::default();
        for number in [2, 0, 0] {
            assert_eq!(together.add(number, 3, pieces[number].clone()), None);
        }
        assert_eq!(together.add(9, 3, String::new()), None);
        let read = together.add(1, 3, pieces[1].clone()).unwrap().unwrap();
        assert_eq!(read.files[0].content().unwrap(), vec![7; 900_000]);
        assert_eq!(read, plan);
        let large = SharedPlan {
            files: vec![SharedFile::new("a".into(), &vec![7; 30 << 20])],
            ..plan
        };
        assert!(
            large
                .pieces()
                .unwrap_err()
                .contains("a run over NATS takes 32768")
        );
    }

    #[test]
    fn a_name_that_no_key_can_hold_is_refused() {
        assert!(worker_name("w1-a_B").is_ok());
        for bad in ["", "w 1", "w.1", "w*", "ü", &"w".repeat(65)] {
            assert!(
                worker_name(bad)
                    .unwrap_err()
                    .contains("no name of a worker")
            );
        }
    }
}
