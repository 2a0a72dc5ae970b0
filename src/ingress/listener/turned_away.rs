//! Requests that never became a webhook, counted by reason.

use tokio::sync::watch;

/// How many requests never became a [`Request`](crate::domain::inbound::Request), by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TurnedAway {
    /// Bodies over the limit, answered 413.
    pub oversized: u64,
    /// Bodies that did not arrive in time, answered 408.
    pub late: u64,
    /// Bodies that broke off.
    pub broken: u64,
    /// Requests for another path, answered 404, or by another method, answered 405.
    pub astray: u64,
    /// Complete requests that were not dealt with in time, answered 503.
    pub unanswered: u64,
    /// Heads over the limit, answered 431.
    pub long_heads: u64,
    /// What was no HTTP, answered 400.
    pub garbage: u64,
    /// The beginning of TLS, which is for the tunnel to end, answered 400.
    pub tls: u64,
}

impl TurnedAway {
    /// How many for which reason, those that never happened left out.
    pub fn reasons(self) -> impl Iterator<Item = (u64, &'static str)> {
        let all = [
            (self.oversized, "refused a webhook body over 1 MiB with 413"),
            (
                self.late,
                "refused a webhook body that did not arrive in time with 408",
            ),
            (self.broken, "a webhook request broke off in its body"),
            (
                self.astray,
                "refused a request for another path with 404 or by another method with 405",
            ),
            (
                self.unanswered,
                "could not journal a webhook in time and answered 503",
            ),
            (
                self.long_heads,
                "refused a request with a head over 64 KiB with 431",
            ),
            (self.garbage, "refused what was no HTTP request with 400"),
            (
                self.tls,
                "refused TLS, which this port does not speak, with 400; the tunnel must connect by http",
            ),
        ];
        all.into_iter().filter(|(count, _)| *count > 0)
    }
}

/// Counts what was turned away, and logs the first, the second, the fourth and so on of each kind.
#[derive(Debug, Clone)]
pub(super) struct Tally(pub(super) watch::Sender<TurnedAway>);

impl Tally {
    pub(super) fn count(&self, what: impl FnOnce(&mut TurnedAway) -> &mut u64) {
        let mut count = 0;
        self.0.send_modify(|tally| {
            let counter = what(tally);
            *counter = counter.saturating_add(1);
            count = *counter;
        });
        if count.is_power_of_two() {
            let tally = *self.0.borrow();
            tracing::warn!(?tally, "a request was turned away");
        }
    }
}
