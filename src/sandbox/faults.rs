//! How the sandbox misbehaves on request: which faults are switched on, and what they hit.
//!
//! Each is about one group of endpoints, and about one app install or all. It hits the next few
//! times, or by chance, or until it is cleared. What a hit does is done where the traffic is:
//! requests in `http::faulty`, notifications in `delivery`, sockets where they are served.

mod spec;

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use tokio::sync::watch;

use crate::domain::ids::ClientId;
pub(crate) use crate::sandbox::faults::spec::{EndpointGroup, FaultAct, FaultSpec, FaultSpecError};

/// Faults listed at most; past it the oldest of those that are spent is forgotten.
const MOST: usize = 256;

/// A fault as it is listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ListedFault {
    pub id: u64,
    #[serde(flatten)]
    pub spec: FaultSpec,
    pub fired: u64,
    /// How often it will at most; `None` until it is cleared.
    pub left: Option<u64>,
}

impl ListedFault {
    fn is_spent(&self) -> bool {
        self.left == Some(0)
    }
}

#[derive(Debug)]
pub(crate) struct Faults {
    inner: Mutex<FaultTable>,
    /// How many may still hit: without any nothing is locked.
    active: AtomicUsize,
    /// Changes when one was added, for the sockets.
    added: watch::Sender<u64>,
}

#[derive(Debug)]
struct FaultTable {
    next: u64,
    rng: fastrand::Rng,
    faults: Vec<ListedFault>,
}

impl Faults {
    /// None yet; what is left to chance comes from the seed.
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            inner: Mutex::new(FaultTable {
                next: 1,
                rng: fastrand::Rng::with_seed(seed),
                faults: Vec::new(),
            }),
            active: AtomicUsize::new(0),
            added: watch::Sender::new(0),
        }
    }

    pub(crate) fn add(&self, spec: FaultSpec) -> Result<ListedFault, FaultSpecError> {
        spec.check()?;
        let mut inner = self.lock();
        if inner.faults.len() >= MOST {
            let spent = inner.faults.iter().position(ListedFault::is_spent);
            inner.faults.remove(spent.ok_or(FaultSpecError::Full)?);
        }
        let fault = ListedFault {
            id: inner.next,
            left: spec.count,
            spec,
            fired: 0,
        };
        inner.next += 1;
        inner.faults.push(fault.clone());
        self.count(&inner);
        drop(inner);
        self.added
            .send_modify(|times| *times = times.wrapping_add(1));
        Ok(fault)
    }

    /// All of them, in the order they were added; those that are spent too.
    pub(crate) fn list(&self) -> Vec<ListedFault> {
        self.lock().faults.clone()
    }

    /// Switches one off, or all, and answers how many.
    pub(crate) fn clear(&self, id: Option<u64>) -> usize {
        let mut inner = self.lock();
        let before = inner.faults.len();
        inner
            .faults
            .retain(|fault| id.is_some_and(|id| fault.id != id));
        self.count(&inner);
        before - inner.faults.len()
    }

    /// Whether any could hit something of this group.
    pub(crate) fn concern(&self, group: EndpointGroup) -> bool {
        self.active.load(Ordering::SeqCst) > 0
            && self
                .lock()
                .faults
                .iter()
                .any(|fault| fault.spec.on == group && !fault.is_spent())
    }

    /// What hits one request, notification or socket of this group, the oldest fault first, of
    /// those kinds of fault that fit; the others are not used up.
    pub(crate) fn strike_if(
        &self,
        group: EndpointGroup,
        app: Option<&ClientId>,
        fits: impl Fn(&FaultAct) -> bool,
    ) -> Vec<FaultAct> {
        if self.active.load(Ordering::SeqCst) == 0 {
            return Vec::new();
        }
        let mut inner = self.lock();
        let FaultTable { rng, faults, .. } = &mut *inner;
        let mut hits = Vec::new();
        for fault in faults.iter_mut() {
            let spec = &fault.spec;
            let meant = spec.app.as_ref().is_none_or(|wanted| Some(wanted) == app);
            if spec.on != group || !meant || fault.is_spent() || !fits(&spec.act) {
                continue;
            }
            if spec.probability.is_some_and(|chance| rng.f64() >= chance) {
                continue;
            }
            fault.fired += 1;
            fault.left = fault.left.map(|left| left.saturating_sub(1));
            hits.push(fault.spec.act.clone());
        }
        self.count(&inner);
        hits
    }

    /// Waits until an open socket is to be closed, and answers with which code; 1006 means
    /// without a word. For every socket once, from the moment it is open.
    ///
    /// Cancel safe: a fault is used up only with the answer.
    pub(crate) async fn socket(&self) -> u16 {
        let mut added = self.added.subscribe();
        loop {
            added.borrow_and_update();
            let closes = |act: &FaultAct| matches!(act, FaultAct::Close { .. });
            let hit = self.strike_if(EndpointGroup::Socket, None, closes);
            if let Some(FaultAct::Close { code }) = hit.first() {
                return *code;
            }
            if added.changed().await.is_err() {
                // The sender lives as long as this does.
                std::future::pending::<()>().await;
            }
        }
    }

    fn count(&self, inner: &FaultTable) {
        let active = inner.faults.iter().filter(|fault| !fault.is_spent());
        self.active.store(active.count(), Ordering::SeqCst);
    }

    fn lock(&self) -> MutexGuard<'_, FaultTable> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long the delays among these come to.
pub(crate) fn delay(acts: &[FaultAct]) -> Duration {
    let millis = acts.iter().map(|act| match act {
        FaultAct::Delay { ms } => *ms,
        _ => 0,
    });
    Duration::from_millis(millis.fold(0, u64::saturating_add))
}

#[cfg(test)]
mod tests;
