//! What the relay counts, and how Prometheus reads it. No account, name or secret stands in it.

use std::time::Duration;

use prometheus_client::{
    encoding::prometheus_text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Metric, Registry},
};

use crate::{domain::relay::Role, relay::ticket::Refusal};

/// Upper ends of the histogram's buckets, in seconds.
const BUCKETS: [f64; 12] = [
    0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 4.5,
];

/// A name and a word of our own, of which there are few.
type Label = [(&'static str, &'static str); 1];

/// All counts of a relay; counting never waits.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    pub(crate) received: Counter,
    pub(crate) received_bytes: Counter,
    pub(crate) kept: Counter,
    pub(crate) again: Counter,
    pub(crate) canaries: Counter,
    pub(crate) delivered: Counter,
    pub(crate) acked: Counter,
    pub(crate) unacked: Gauge,
    unclaimed: Gauge,
    links: Family<Label, Gauge>,
    refused: Family<Label, Counter>,
    dropped: Family<Label, Counter>,
    closed: Family<Label, Counter>,
    not_linked: Family<Label, Counter>,
    durable: Histogram,
}

/// What is counted by reason.
#[derive(Debug, Clone, Copy)]
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

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("handset_relay");
        let all = &mut registry;
        let received = add(all, "events_received", "Webhooks whose body came in whole");
        let received_bytes = add(all, "events_received_bytes", "The bytes of their bodies");
        let kept = add(all, "events_kept", "Webhooks that were kept");
        let again = add(all, "events_again", "Webhooks that had been kept before");
        let canaries = add(all, "canaries", "Canaries that came in");
        let delivered = add(all, "deliveries", "Events handed to a link");
        let acked = add(all, "acknowledged", "Events a device has acknowledged");
        let help = "Events handed to a link and not acknowledged";
        let unacked = add(all, "unacknowledged", help);
        let help = "Events since the start that no device has claimed";
        let unclaimed = add(all, "unclaimed", help);
        let links = add(all, "links", "Links there are");
        let refused = add(all, "events_refused", "Webhooks that were not kept");
        let help = "Kept webhooks that were dropped before their tester had them; by NATS: at all";
        let dropped = add(all, "events_dropped", help);
        let closed = add(all, "links_closed", "Links that have ended");
        let not_linked = add(all, "links_refused", "Links that were not let in");
        let durable = Histogram::new(BUCKETS);
        let help = "Time until an event was durable";
        all.register("durable_seconds", help, durable.clone());
        let metrics = Self {
            registry,
            received,
            received_bytes,
            kept,
            again,
            canaries,
            delivered,
            acked,
            unacked,
            unclaimed,
            links,
            refused,
            dropped,
            closed,
            not_linked,
            durable,
        };
        // What has not happened yet is seen as 0.
        for role in [Role::Tester, Role::Observer] {
            metrics.links(role, 0);
        }
        for refusal in Refusal::ALL {
            metrics.count_more(Counted::NotLinked, refusal.word(), 0);
        }
        metrics
    }
}

fn add<M: Metric + Clone + Default>(all: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    all.register(name, help, metric.clone());
    metric
}

impl Metrics {
    /// One more, for a reason.
    pub(crate) fn count(&self, what: Counted, reason: &'static str) {
        self.count_more(what, reason, 1);
    }

    /// Some more, for a reason.
    pub(crate) fn count_more(&self, what: Counted, reason: &'static str, more: u64) {
        let family = match what {
            Counted::Refused => &self.refused,
            Counted::Dropped => &self.dropped,
            Counted::Closed => &self.closed,
            Counted::NotLinked => &self.not_linked,
        };
        family.get_or_create(&[("reason", reason)]).inc_by(more);
    }

    /// An event was made durable in this time.
    pub(crate) fn durable(&self, took: Duration) {
        self.durable.observe(took.as_secs_f64());
    }

    /// How many links there are more, or fewer.
    pub(crate) fn links(&self, role: Role, more: i64) {
        let role = match role {
            Role::Tester => "tester",
            Role::Observer => "observer",
        };
        self.links.get_or_create(&[("role", role)]).inc_by(more);
    }

    /// Everything in Prometheus's text format; `waiting` is how many events nobody claimed.
    pub(crate) fn render(&self, waiting: u64) -> String {
        self.unclaimed
            .set(i64::try_from(waiting).unwrap_or(i64::MAX));
        let mut page = String::with_capacity(4096);
        // Writing into a string cannot fail.
        let _ = encode(&mut page, &self.registry);
        page
    }
}

#[cfg(test)]
mod tests {
    use crate::relay::metrics::*;

    #[test]
    fn scrapers_find_the_names_they_know() {
        let metrics = Metrics::default();
        metrics.again.inc();
        metrics.links(Role::Tester, 1);
        metrics.count_more(Counted::Dropped, "age", 3);
        metrics.durable(Duration::from_millis(300));
        let page = metrics.render(2);
        let head = "# HELP handset_relay_events_received_total Webhooks whose body came in whole.\n\
            # TYPE handset_relay_events_received_total counter\n\
            handset_relay_events_received_total 0\n";
        assert!(page.starts_with(head), "{page}");
        for line in [
            "handset_relay_events_received_bytes_total 0",
            "handset_relay_events_kept_total 0",
            "handset_relay_events_again_total 1",
            "handset_relay_canaries_total 0",
            "handset_relay_deliveries_total 0",
            "handset_relay_acknowledged_total 0",
            "# TYPE handset_relay_unacknowledged gauge",
            "handset_relay_unacknowledged 0",
            "handset_relay_unclaimed 2",
            "handset_relay_links{role=\"tester\"} 1",
            "handset_relay_links{role=\"observer\"} 0",
            "handset_relay_events_dropped_total{reason=\"age\"} 3",
            "handset_relay_durable_seconds_bucket{le=\"0.25\"} 0",
            "handset_relay_durable_seconds_bucket{le=\"0.5\"} 1",
            "handset_relay_durable_seconds_bucket{le=\"+Inf\"} 1",
            "handset_relay_durable_seconds_sum 0.3",
            "handset_relay_durable_seconds_count 1",
        ] {
            assert!(page.lines().any(|one| one == line), "{line}\n{page}");
        }
        assert!(
            !page.contains("# EOF"),
            "Prometheus's format, not OpenMetrics'"
        );
    }
}
