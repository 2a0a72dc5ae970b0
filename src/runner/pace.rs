//! The pace of somebody who is played as a person would act: time to think and to write before each
//! act, and the moment at which each act was due, from which is measured how long it took.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    domain::{conversation::event::Act, ids::PhoneId},
    runner::{
        log::Moment,
        play::{Halt, Performance, Player},
    },
    scenario::script::{ScriptStep, StepKind},
};

/// How often the consumer's writing is told while a text is being typed.
const KEYS: Duration = Duration::from_secs(1);

/// How long a person takes before an act.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hesitation {
    /// Thinks for so long.
    pub thinks: Duration,
    /// Then writes for so long.
    pub writes: Duration,
}

/// Gives the hesitation before an act that writes so many letters.
pub type Hesitate = Box<dyn FnMut(usize) -> Hesitation + Send>;

/// The pace of one scene, and when its last act was due.
pub struct ScenePace(Mutex<PaceState>);

struct PaceState {
    hesitate: Hesitate,
    due: Moment,
}

impl ScenePace {
    /// A pace at which the first act is due when the scene begins.
    pub fn new(hesitate: Hesitate) -> Self {
        Self(Mutex::new(PaceState {
            hesitate,
            due: Duration::ZERO,
        }))
    }

    /// When the last act was due, from the begin of the scene on, however late it was done.
    pub fn due(&self) -> Duration {
        self.state().due
    }

    fn state(&self) -> MutexGuard<'_, PaceState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Performance<'_> {
    /// Waits as a person does before an act, writing where there is something to write. The act is due
    /// so long after what came before it, whenever that was seen to.
    pub(super) async fn hesitate(&mut self, step: &ScriptStep) -> Result<(), Halt> {
        let Some(pace) = self.pace.clone() else {
            return Ok(());
        };
        let (StepKind::Line { who, .. } | StepKind::Deed { who, .. }) = &step.kind else {
            return Ok(());
        };
        let name = self.fill(who, step)?;
        let Some(Player::Consumer { log, .. }) = self.players.get(&name) else {
            return Ok(());
        };
        let phone = self.hub.known().phones.get(log).map(|state| state.phone);
        let letters = match &step.kind {
            StepKind::Line { text, .. } => {
                text.said(&self.values).map_or(0, |it| it.chars().count())
            }
            _ => 0,
        };
        let Hesitation { thinks, writes } = (pace.state().hesitate)(letters);
        let due = self.anchor.at + thinks + writes;
        self.until_moment(self.anchor.at + thinks).await?;
        if letters > 0 {
            self.write_until(phone, due).await?;
        }
        self.until_moment(due).await?;
        pace.state().due = due;
        Ok(())
    }

    async fn write_until(&mut self, phone: Option<PhoneId>, due: Moment) -> Result<(), Halt> {
        while let Some(phone) = phone.filter(|_| self.hub.now() < due) {
            self.act(phone, Act::Typed { standing: true }).await?;
            self.until_moment(due.min(self.hub.now() + KEYS)).await?;
        }
        Ok(())
    }

    /// Waits for a moment that may be over.
    async fn until_moment(&mut self, moment: Moment) -> Result<(), Halt> {
        if self.hub.now() < moment {
            self.until(moment, |_, _| None::<()>).await?;
        }
        Ok(())
    }
}
