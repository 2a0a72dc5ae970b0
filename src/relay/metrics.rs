//! What the relay counts, and how Prometheus reads it. No account, name or secret stands in it.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{domain::relay::Role, relay::ticket::Refusal};

/// Upper ends of the histogram's buckets, in milliseconds.
const BUCKETS: [u16; 12] = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 4500];

/// All counts of a relay; whoever counts never waits.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    pub(crate) received: AtomicU64,
    pub(crate) received_bytes: AtomicU64,
    pub(crate) kept: AtomicU64,
    pub(crate) again: AtomicU64,
    pub(crate) canaries: AtomicU64,
    pub(crate) delivered: AtomicU64,
    pub(crate) acked: AtomicU64,
    pub(crate) unacked: AtomicI64,
    testers: AtomicI64,
    observers: AtomicI64,
    durable: [AtomicU64; BUCKETS.len()],
    durable_count: AtomicU64,
    durable_micros: AtomicU64,
    /// By words of our own, of which there are few.
    words: Mutex<BTreeMap<(Counted, &'static str), u64>>,
}

/// What is counted by reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Counted {
    /// Webhooks that were not kept.
    Refused,
    /// Events that were dropped unacknowledged.
    Dropped,
    /// Links that have ended.
    Closed,
    /// Links that were not let in.
    NotLinked,
}

impl Counted {
    fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Refused => ("events_refused_total", "Webhooks that were not kept"),
            Self::Dropped => (
                "events_dropped_total",
                "Kept webhooks that were dropped before their tester had them; by NATS: at all",
            ),
            Self::Closed => ("links_closed_total", "Links that have ended"),
            Self::NotLinked => ("links_refused_total", "Links that were not let in"),
        }
    }
}

impl Metrics {
    /// One more, for a reason.
    pub(crate) fn count(&self, what: Counted, reason: &'static str) {
        self.count_more(what, reason, 1);
    }

    /// Some more, for a reason.
    pub(crate) fn count_more(&self, what: Counted, reason: &'static str, more: u64) {
        *self.words().entry((what, reason)).or_default() += more;
    }

    /// An event was made durable in this time.
    pub(crate) fn durable(&self, took: Duration) {
        let millis = took.as_millis();
        for (bucket, end) in self.durable.iter().zip(BUCKETS) {
            if millis < u128::from(end) {
                bucket.fetch_add(1, Ordering::Relaxed);
            }
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.durable_count.fetch_add(1, Ordering::Relaxed);
        self.durable_micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// How many links there are more, or fewer.
    pub(crate) fn links(&self, role: Role, more: i64) {
        let links = match role {
            Role::Tester => &self.testers,
            Role::Observer => &self.observers,
        };
        links.fetch_add(more, Ordering::Relaxed);
    }

    /// Everything in Prometheus's text format; `waiting` is how many events nobody claimed.
    pub(crate) fn render(&self, waiting: u64) -> String {
        let mut page = Page(String::with_capacity(4096));
        let counters = [
            (
                "events_received_total",
                "Webhooks whose body came in whole",
                &self.received,
            ),
            (
                "events_received_bytes_total",
                "The bytes of their bodies",
                &self.received_bytes,
            ),
            ("events_kept_total", "Webhooks that were kept", &self.kept),
            (
                "events_again_total",
                "Webhooks that had been kept before",
                &self.again,
            ),
            ("canaries_total", "Canaries that came in", &self.canaries),
            (
                "deliveries_total",
                "Events handed to a link",
                &self.delivered,
            ),
            (
                "acknowledged_total",
                "Events a device has acknowledged",
                &self.acked,
            ),
        ];
        for (name, help, value) in counters {
            page.head(name, help, "counter");
            page.line(name, "", value.load(Ordering::Relaxed));
        }
        page.head(
            "unacknowledged",
            "Events handed to a link and not acknowledged",
            "gauge",
        );
        page.line("unacknowledged", "", self.unacked.load(Ordering::Relaxed));
        page.head(
            "unclaimed",
            "Events since the start that no device has claimed",
            "gauge",
        );
        page.line("unclaimed", "", waiting);
        page.head("links", "Links there are", "gauge");
        for (role, links) in [("tester", &self.testers), ("observer", &self.observers)] {
            let label = format!("{{role=\"{role}\"}}");
            page.line("links", &label, links.load(Ordering::Relaxed));
        }
        self.render_reasons(&mut page);
        self.render_durable(&mut page);
        page.0
    }

    fn render_reasons(&self, page: &mut Page) {
        let mut counts = self.words().clone();
        for refusal in Refusal::ALL {
            counts
                .entry((Counted::NotLinked, refusal.word()))
                .or_default();
        }
        let mut last = None;
        for ((what, reason), count) in counts {
            let (name, help) = what.name();
            if last != Some(what) {
                page.head(name, help, "counter");
                last = Some(what);
            }
            page.line(name, &format!("{{reason=\"{reason}\"}}"), count);
        }
    }

    fn render_durable(&self, page: &mut Page) {
        let name = "durable_seconds";
        page.head(name, "Time until an event was durable", "histogram");
        for (bucket, end) in self.durable.iter().zip(BUCKETS) {
            let label = format!("_bucket{{le=\"{}\"}}", f64::from(end) / 1000.0);
            page.line(name, &label, bucket.load(Ordering::Relaxed));
        }
        let count = self.durable_count.load(Ordering::Relaxed);
        page.line(name, "_bucket{le=\"+Inf\"}", count);
        let micros = Duration::from_micros(self.durable_micros.load(Ordering::Relaxed));
        page.line(name, "_sum", micros.as_secs_f64());
        page.line(name, "_count", count);
    }

    fn words(&self) -> std::sync::MutexGuard<'_, BTreeMap<(Counted, &'static str), u64>> {
        self.words.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page in the text format.
struct Page(String);

impl Page {
    // Writing into a string cannot fail.
    fn head(&mut self, name: &str, help: &str, kind: &str) {
        let _ = writeln!(self.0, "# HELP handset_relay_{name} {help}.");
        let _ = writeln!(self.0, "# TYPE handset_relay_{name} {kind}");
    }

    fn line(&mut self, name: &str, label: &str, value: impl std::fmt::Display) {
        let _ = writeln!(self.0, "handset_relay_{name}{label} {value}");
    }
}
