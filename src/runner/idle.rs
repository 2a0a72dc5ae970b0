//! Waiting for the hub to change, and skipping the time in which nothing can change it.

use std::{sync::Arc, time::Duration};

use tokio::sync::mpsc;

use crate::{
    engine::{Running, command::Command},
    rt::world_clock::{Alarm, QuietMark, WakeAt},
    runner::{
        hub::{Hub, HubState},
        log::Moment,
    },
};

/// How often is looked though nothing came.
const OFTEN: Duration = Duration::from_millis(250);
/// The longer nothing came, the further idle time is skipped at once: by this share of it.
const SHARE: u32 = 16;

/// Where the engine's commands go.
#[derive(Debug, Clone)]
pub(crate) struct EngineCommands {
    commands: mpsc::Sender<Command>,
    alarm: Arc<Alarm>,
}

impl EngineCommands {
    /// The way in of a running engine.
    pub(super) fn of(engine: &Running) -> Self {
        Self {
            commands: engine.commands.clone(),
            alarm: Arc::clone(&engine.alarm),
        }
    }

    /// Waits for room; whether the engine still takes commands.
    pub(super) async fn send(&self, command: Command) -> bool {
        let sent = self.commands.send(command).await;
        self.alarm.ring();
        sent.is_ok()
    }

    /// Sends it if there is room.
    pub(super) fn try_send(&self, command: Command) {
        let _ = self.commands.try_send(command);
        self.alarm.ring();
    }
}

impl Hub {
    /// Waits until this gives something, or the moment has come.
    pub(super) async fn wait<T>(
        &self,
        until: Moment,
        mut look: impl FnMut(&mut HubState, Moment) -> Option<T>,
    ) -> Option<T> {
        let mut changes = self.changed.subscribe();
        let began = self.now();
        loop {
            changes.borrow_and_update();
            let now = self.now();
            if let Some(found) = look(&mut self.known(), now) {
                return Some(found);
            }
            if now > until {
                return None;
            }
            // A state may become too old without anything that comes.
            let wake = until.min(now + OFTEN) + Duration::from_millis(1);
            tokio::select! {
                // The sender lives as long as this hub does.
                _ = changes.changed() => {}
                () = self.clock.sleep_until(WakeAt::Steady(self.started + wake)) => {}
                mark = self.idle(), if self.skips_idle_time => {
                    // What came meanwhile is looked at first.
                    if !changes.has_changed().unwrap_or(false) {
                        let far = OFTEN.max(now.saturating_sub(began) / SHARE);
                        let wake = until.min(now + far) + Duration::from_millis(1);
                        self.clock.skip(mark, wake.saturating_sub(self.now()));
                    }
                }
            }
        }
    }

    /// Waits until nothing is under way and everything that the engine told is in the logs.
    async fn idle(&self) -> QuietMark {
        loop {
            let mark = self.clock.quiet().await;
            // The engine sleeps: all it told lies in the queue. The reader sleeps again once the
            // queue is empty.
            self.reader.ring();
            if self.clock.quiet().await == mark {
                return mark;
            }
        }
    }
}
