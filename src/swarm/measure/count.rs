//! What is counted beside latencies.

use serde::{Deserialize, Serialize};

/// A thing that is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwarmCount {
    /// Arrivals whose instant has come.
    Planned,
    /// Arrivals that became a consumer.
    Started,
    /// Arrivals for which there was no place: the limit of consumers was reached.
    Dropped,
    /// Consumers whose scenario ended with every wait fulfilled.
    Finished,
    /// Consumers whose scenario failed at a step.
    Failed,
    /// Consumers who left because nobody answered.
    Abandoned,
    /// Consumers for whom no agent was assigned until the end of the drain.
    Stuck,
    /// Consumers of a worker that died.
    LostWithWorker,
    /// SENDs that the cloud accepted.
    Messages,
    /// Accepted messages that did not come back by webhook until the end of the drain.
    Lost,
    /// A sequence that came twice with the same content, in webhooks that differ.
    Doubled,
    /// The same webhook posted again.
    Redelivered,
    /// Messages that came after one with a higher sequence.
    Reordered,
    /// Sequences that were still missing at the end.
    Gaps,
    /// Own messages that came back later than the limit for late ones.
    Late,
    /// Requests that were made again.
    Retried,
    /// Waits that the cloud asked for with Retry-After.
    RetryAfter,
    /// Tokens fetched: AppJWTs and ConsumerJWSs.
    Tokens,
    /// Webhooks received.
    Hooks,
    /// Webhooks whose signature was wrong.
    BadSignature,
    /// Webhooks that fit no consumer.
    Strays,
    /// Events a consumer could not take since its inbox was full: handset's own fault.
    Overflowed,
    /// Conversations that could not be closed.
    LeftOpen,
    /// Bytes of request bodies sent.
    BytesOut,
    /// Bytes of webhook bodies received.
    BytesIn,
}

impl SwarmCount {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 25] = [
        Self::Planned,
        Self::Started,
        Self::Dropped,
        Self::Finished,
        Self::Failed,
        Self::Abandoned,
        Self::Stuck,
        Self::LostWithWorker,
        Self::Messages,
        Self::Lost,
        Self::Doubled,
        Self::Redelivered,
        Self::Reordered,
        Self::Gaps,
        Self::Late,
        Self::Retried,
        Self::RetryAfter,
        Self::Tokens,
        Self::Hooks,
        Self::BadSignature,
        Self::Strays,
        Self::Overflowed,
        Self::LeftOpen,
        Self::BytesOut,
        Self::BytesIn,
    ];

    /// Its name in a workload file and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Planned => "arrivals.planned",
            Self::Started => "arrivals.started",
            Self::Dropped => "arrivals.dropped",
            Self::Finished => "finished",
            Self::Failed => "failed",
            Self::Abandoned => "abandoned",
            Self::Stuck => "stuck",
            Self::LostWithWorker => "lost-with-worker",
            Self::Messages => "messages",
            Self::Lost => "lost",
            Self::Doubled => "doubled",
            Self::Redelivered => "redelivered",
            Self::Reordered => "reordered",
            Self::Gaps => "gaps",
            Self::Late => "late",
            Self::Retried => "retried",
            Self::RetryAfter => "retry-after",
            Self::Tokens => "tokens",
            Self::Hooks => "hooks",
            Self::BadSignature => "signature.bad",
            Self::Strays => "strays",
            Self::Overflowed => "overflowed",
            Self::LeftOpen => "left-open",
            Self::BytesOut => "bytes.out",
            Self::BytesIn => "bytes.in",
        }
    }

    /// Of what it is a part: a rate divides by that, and where that is none, nothing was measured.
    pub fn base(self) -> Self {
        match self {
            Self::Planned | Self::Started | Self::Dropped => Self::Planned,
            Self::Lost
            | Self::Doubled
            | Self::Reordered
            | Self::Gaps
            | Self::Late
            | Self::Messages => Self::Messages,
            Self::Redelivered | Self::Hooks | Self::BadSignature | Self::Strays | Self::BytesIn => {
                Self::Hooks
            }
            _ => Self::Started,
        }
    }
}

/// A number for each thing that is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Counts(std::collections::BTreeMap<SwarmCount, u64>);

impl Counts {
    /// How many there were.
    pub fn get(&self, counted: SwarmCount) -> u64 {
        self.0.get(&counted).copied().unwrap_or(0)
    }

    /// Counts some more.
    pub fn add(&mut self, counted: SwarmCount, more: u64) {
        let count = self.0.entry(counted).or_default();
        *count = count.saturating_add(more);
    }

    /// Adds all of the other.
    pub fn merge(&mut self, other: &Self) {
        for (counted, more) in &other.0 {
            self.add(*counted, *more);
        }
    }
}
