//! The sandbox's time, in the timestamps of its model: that of the world it is part of.

use std::time::Duration;

use crate::{
    domain::time::Timestamp,
    rt::world_clock::{self, Hold, WakeAt, WorldClock},
};

/// A handle to the sandbox's time; clones show the same time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clock(WorldClock);

impl Clock {
    /// The time of a world.
    pub(crate) fn of(world: WorldClock) -> Self {
        Self(world)
    }

    /// The clock of the world that the sandbox is part of.
    pub(crate) fn world(&self) -> &WorldClock {
        &self.0
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.0.unix_millis())
    }

    /// How far it is ahead of the wall clock.
    pub(crate) fn ahead(&self) -> Duration {
        self.0.ahead()
    }

    pub(crate) fn alarm(&self) -> Alarm {
        Alarm(self.0.alarm())
    }

    /// Has jumps wait while it is held; see [`WorldClock::hold`].
    pub(crate) fn hold(&self) -> Hold {
        self.0.hold()
    }

    /// Waits for a moment; a jump past it ends the wait.
    pub(crate) async fn sleep_until(&self, moment: Timestamp) {
        self.0.sleep_until(WakeAt::Wall(moment.0)).await;
    }

    /// Lets so much time pass at once; see [`WorldClock::advance`].
    pub(crate) async fn advance(&self, span: Duration) {
        self.0.advance(span).await;
    }
}

/// What one task waits by, and others wake it with; see [`world_clock::WorldAlarm`].
#[derive(Debug)]
pub(crate) struct Alarm(world_clock::WorldAlarm);

impl Alarm {
    pub(crate) fn ring(&self) {
        self.0.ring();
    }

    pub(crate) async fn wait(&self, moment: Option<Timestamp>) {
        self.0.wait(moment.map(|at| WakeAt::Wall(at.0))).await;
    }
}
