//! Waiting for the hub to change, and skipping the time in which nothing can change it.

use std::time::Duration;

use crate::{
    rt::world_clock::{QuietMark, WakeAt},
    runner::{
        hub::{Hub, HubState},
        log::Moment,
    },
};

/// How often is looked though nothing came, where that may change something.
const OFTEN: Duration = Duration::from_millis(250);
/// How often is looked elsewhere.
const SELDOM: Duration = Duration::from_secs(5);
/// The longer nothing came, the further idle time is skipped at once: by this share of it.
const SHARE: u32 = 16;

impl Hub {
    /// Waits until this gives something, or the moment has come.
    pub(super) async fn wait<T>(
        &self,
        until: Moment,
        mut look: impl FnMut(&mut HubState, Moment) -> Option<T>,
    ) -> Option<T> {
        let mut changes = self.changed.subscribe();
        let mut holds = self.control.changes();
        let clock = self.control.clock();
        let began = self.now();
        loop {
            changes.borrow_and_update();
            holds.borrow_and_update();
            let now = self.now();
            let is_down = {
                let mut known = self.known();
                if let Some(found) = look(&mut known, now) {
                    return Some(found);
                }
                known.down_since.is_some()
            };
            if now > until {
                return None;
            }
            let stands = self.control.stands();
            let left = until.saturating_sub(now);
            // A way in that does not work becomes too old without anything that comes.
            let often = if is_down { OFTEN } else { SELDOM };
            let look = if stands { OFTEN } else { left.min(often) };
            let wake = WakeAt::Steady(clock.now() + look + Duration::from_millis(1));
            tokio::select! {
                // The senders live as long as this hub does.
                _ = changes.changed() => {}
                _ = holds.changed() => {}
                () = clock.sleep_until(wake) => {}
                mark = self.idle(), if self.skips_idle_time && !stands => {
                    // What came meanwhile is looked at first.
                    if !changes.has_changed().unwrap_or(false) {
                        let far = OFTEN.max(now.saturating_sub(began) / SHARE);
                        let wake = now + left.min(far) + Duration::from_millis(1);
                        clock.skip(mark, wake.saturating_sub(self.now()));
                    }
                }
            }
        }
    }

    /// Waits until nothing is under way and everything that the engine told is in the logs.
    async fn idle(&self) -> QuietMark {
        loop {
            let mark = self.control.clock().quiet().await;
            // The engine sleeps: all it told lies in the queue. The reader sleeps again once the
            // queue is empty.
            self.reader.ring();
            if self.control.clock().quiet().await == mark {
                return mark;
            }
        }
    }
}
