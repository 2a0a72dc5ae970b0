//! How much of what came through a relay may wait to be listed.
//!
//! The journal keeps all that is the app install's, but of what is not, such as events of other
//! installs, only the newest. The rest waits at the relay, which keeps everything.

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::ingress::intake::{REFUSED_KEPT, Room};

/// What may wait, in units: half of what the journal keeps of requests that are not ours. While
/// it is full nothing is acknowledged, and the relay waits.
const ALL: usize = 8 * 1024;
/// What an event takes at least: a thousand of them may wait, and a quarter of what is kept.
const LEAST: usize = 8;
const UNIT: usize = 1024;

/// Room for what waits; clones share it.
#[derive(Debug, Clone)]
pub(super) struct Backlog(Arc<Semaphore>);

impl Backlog {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(ALL)))
    }

    /// Waits for room for an event, as the intake asks for it.
    pub(super) fn room(&self) -> Room {
        let units = Arc::clone(&self.0);
        Arc::new(move |length| {
            let units = Arc::clone(&units);
            Box::pin(async move {
                let weight = u32::try_from(weight(length)).unwrap_or(u32::MAX);
                // It is never closed.
                if let Ok(taken) = units.acquire_many(weight).await {
                    taken.forget();
                }
            })
        })
    }

    /// An event with a body of so many bytes is listed. It may be one that never took its room:
    /// left by an earlier run, or kept when its link was lost.
    pub(super) fn listed(&self, length: usize) {
        let taken = ALL.saturating_sub(self.0.available_permits());
        self.0.add_permits(weight(length).min(taken));
    }
}

/// The units of an event; what is longer is cut when it is not ours.
fn weight(length: usize) -> usize {
    length.min(REFUSED_KEPT).div_ceil(UNIT).max(LEAST)
}
