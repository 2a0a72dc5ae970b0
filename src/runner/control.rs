//! Holding a scene still: before a step, or in the middle of a wait. The scene's clock stands
//! meanwhile, so that no deadline passes.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::watch, time::Instant};

use crate::{rt::world_clock::WorldClock, runner::log::Moment};

/// Holds a scene, lets it go on, and has its clock. Clones are of the same scene.
#[derive(Debug, Clone)]
pub struct SceneControl(Arc<SceneClock>);

#[derive(Debug)]
struct SceneClock {
    world: WorldClock,
    state: Mutex<ControlState>,
    changed: watch::Sender<u64>,
}

#[derive(Debug)]
struct ControlState {
    started: Instant,
    /// How long the clock stood, until it went on the last time.
    stood: Duration,
    stands_since: Option<Instant>,
    is_held: bool,
    /// One step is played although the scene is held.
    is_stepping: bool,
    /// A person has done something on a phone.
    was_by_hand: bool,
    /// The line of the scenario's own file that is not played before somebody says so.
    stop_at: Option<usize>,
}

impl SceneControl {
    /// A scene that begins now, by the time of its world; it is held before this line.
    pub fn new(world: WorldClock, stop_at: Option<usize>) -> Self {
        Self::begun_at(world.now(), world, stop_at)
    }

    /// The same of a scene that begins, or was to begin, at this moment.
    pub fn begun_at(started: Instant, world: WorldClock, stop_at: Option<usize>) -> Self {
        Self(Arc::new(SceneClock {
            state: Mutex::new(ControlState {
                started,
                stood: Duration::ZERO,
                stands_since: None,
                is_held: false,
                is_stepping: false,
                was_by_hand: false,
                stop_at,
            }),
            changed: watch::channel(0).0,
            world,
        }))
    }

    /// The time of the scene's world.
    pub(super) fn clock(&self) -> &WorldClock {
        &self.0.world
    }

    /// Holds the scene. What a wait waits for is still seen, and ends it.
    pub fn hold(&self) {
        self.change(|state| {
            state.is_held = true;
            state.is_stepping = false;
        });
    }

    /// Holds the scene while a person does something on a phone. From then on a message that nobody
    /// waits for is no failure: the person may have asked for it.
    pub fn take_over(&self) {
        self.change(|state| {
            state.is_held = true;
            state.is_stepping = false;
            state.was_by_hand = true;
        });
    }

    /// Whether a person has done something on a phone.
    pub fn was_by_hand(&self) -> bool {
        self.state().was_by_hand
    }

    /// Lets the scene go on.
    pub fn go_on(&self) {
        self.change(|state| state.is_held = false);
    }

    /// Lets the step that is under way end, or the next one be played, and holds the scene then.
    pub fn step(&self) {
        self.change(|state| {
            state.is_held = true;
            state.is_stepping = true;
        });
    }

    /// How long the scene has run, without the time it was held.
    pub fn now(&self) -> Moment {
        let state = self.state();
        let until = state.stands_since.unwrap_or_else(|| self.0.world.now());
        until
            .saturating_duration_since(state.started)
            .saturating_sub(state.stood)
    }

    /// Whether the scene stands still.
    pub(super) fn stands(&self) -> bool {
        self.state().stands_since.is_some()
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// The scene comes to a step on this line, `None` for one of another file. Whether it is held
    /// there now: by the line that was chosen, or after a single step.
    pub(super) fn arrive(&self, line: Option<usize>) -> Option<HeldBy> {
        let mut held_by = None;
        self.change(|state| {
            if std::mem::take(&mut state.is_stepping) {
                held_by = Some(HeldBy::Step);
            }
            if state
                .stop_at
                .is_some_and(|at| line.is_some_and(|line| line >= at))
            {
                state.stop_at = None;
                state.is_held = true;
                held_by = Some(HeldBy::Line);
            }
        });
        held_by
    }

    fn state(&self) -> MutexGuard<'_, ControlState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, how: impl FnOnce(&mut ControlState)) {
        let mut state = self.state();
        how(&mut state);
        let (now, stands) = (self.0.world.now(), state.is_held && !state.is_stepping);
        match (stands, state.stands_since) {
            (true, None) => state.stands_since = Some(now),
            (false, Some(since)) => {
                state.stood += now.saturating_duration_since(since);
                state.stands_since = None;
            }
            _ => {}
        }
        drop(state);
        self.0.changed.send_modify(|count| *count += 1);
    }
}

/// What held a scene before a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBy {
    /// The line up to which it was to be played.
    Line,
    /// The single step that was asked for has ended.
    Step,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_clock_stands_while_the_scene_is_held() {
        let control = SceneControl::new(WorldClock::default(), None);
        let pass = |seconds| tokio::time::advance(Duration::from_secs(seconds));
        pass(3).await;
        control.hold();
        pass(60).await;
        assert_eq!(control.now(), Duration::from_secs(3));
        // Held twice is held once.
        control.hold();
        pass(60).await;
        control.go_on();
        pass(2).await;
        assert_eq!(control.now(), Duration::from_secs(5));
        control.step();
        pass(1).await;
        assert_eq!(control.arrive(Some(4)), Some(HeldBy::Step));
        pass(60).await;
        assert_eq!(control.now(), Duration::from_secs(6));
        assert!(control.stands());
    }

    #[tokio::test(start_paused = true)]
    async fn a_scene_is_held_before_the_chosen_line_once() {
        let control = SceneControl::new(WorldClock::default(), Some(7));
        assert_eq!(control.arrive(Some(6)), None);
        assert_eq!(control.arrive(None), None);
        assert_eq!(control.arrive(Some(8)), Some(HeldBy::Line));
        assert!(control.stands());
        control.go_on();
        assert_eq!(control.arrive(Some(9)), None);
        assert!(!control.stands());
    }
}
