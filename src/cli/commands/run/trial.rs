//! Scenarios that are played to see what becomes of them, in sandboxes of their own, and without a
//! report.

use std::{path::Path, sync::Arc, time::Duration};

use futures_util::{StreamExt as _, stream};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        EndsWith,
        answerer::Answerer,
        commands::run::{scenes::played, world::Makings},
        logging,
        own::OwnFiles,
        profile,
        signals::Signals,
    },
    config::layer::Layer,
    report::outcome::{SceneOutcome, SceneReport},
    runner::{
        case::{Case, cases},
        needs::missing,
        scene::not_run,
        telling::{SceneNews, SceneTold},
    },
    sandbox::keys::SharedKey,
    scenario::script::Script,
};

/// Sandboxes at a time: few, for how long things take counts too.
const AT_A_TIME: usize = 3;

/// What trials are played with.
pub(crate) struct Trial {
    makings: Makings,
    /// Fires when they are to end.
    stop: CancellationToken,
}

impl Trial {
    /// Trials in which this agent answers: `riley`, `none` or an agent script.
    pub(crate) fn new(agent: Option<&str>) -> anyhow::Result<Self> {
        logging::to_stderr(logging::filter_or(logging::OF_SCENES)?);
        Ok(Self {
            makings: Makings {
                own: OwnFiles::read(),
                layer: profile::sandbox(Layer::default())?.layer,
                answerer: Answerer::read(agent)?,
                skips_idle_time: true,
                key: SharedKey::default(),
            },
            stop: CancellationToken::new(),
        })
    }

    /// Ends what is played, in order.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Plays all scenes of a scenario. Each wait that names no deadline has this one.
    pub(crate) async fn played(
        &self,
        script: &Script,
        folder: &Path,
        seed: u64,
        within: Duration,
    ) -> Vec<SceneReport> {
        let mut scenes = Vec::new();
        for case in cases(script, &[], &[]) {
            scenes.push(self.scene(&case, folder, seed, within).await);
        }
        scenes
    }

    /// Plays a scenario so many times, each time with the next seed.
    pub(crate) async fn repeated(
        &self,
        script: &Script,
        folder: &Path,
        seeds: std::ops::Range<u64>,
        within: Duration,
    ) -> Vec<Vec<SceneReport>> {
        let runs = seeds.map(|seed| self.played(script, folder, seed, within));
        stream::iter(runs).buffered(AT_A_TIME).collect().await
    }

    async fn scene(
        &self,
        case: &Case<'_>,
        folder: &Path,
        seed: u64,
        within: Duration,
    ) -> SceneReport {
        let skipped = |why: String| not_run(case, SceneOutcome::Skipped { why });
        if self.stop.is_cancelled() {
            return skipped("the run was stopped".to_owned());
        }
        if let Some(why) = missing(case, &Makings::own_has()) {
            return skipped(why);
        }
        let made = self.makings.own_world(case, folder, seed).await;
        let settings = (
            seed,
            within,
            folder,
            Arc::new(|_: SceneNews<'_>| {}) as SceneTold,
        );
        played(case, made, settings, &self.stop, None).await
    }

    /// Waits for work with trials in it. A signal ends the trials, a second one the work.
    pub(crate) async fn unless_stopped<T>(
        &self,
        signals: &mut Signals,
        work: impl Future<Output = T>,
    ) -> anyhow::Result<T> {
        tokio::pin!(work);
        let number = tokio::select! {
            done = &mut work => return Ok(done),
            number = signals.number() => number,
        };
        self.stop();
        tokio::select! {
            _ = &mut work => {}
            _ = signals.number() => {}
        }
        Err(EndsWith(128 + number).into())
    }
}

/// What became of the scenes of one run, as what follows on a command: `passes`, `fails at line 7`
/// with the reason.
pub(crate) fn verdict(scenes: &[SceneReport]) -> String {
    let wrong = scenes.iter().find_map(|scene| match &scene.outcome {
        SceneOutcome::Passed => None,
        SceneOutcome::Failed { failure } => {
            // The line is told already.
            let message = failure
                .message
                .trim_end_matches(&format!(" (line {})", failure.line));
            Some(format!("fails at line {}: {message}", failure.line))
        }
        SceneOutcome::Error { why, .. } => Some(format!("could not be run: {why}")),
        SceneOutcome::Skipped { why } => Some(format!("was not run: {why}")),
    });
    wrong.unwrap_or_else(|| "passes".to_owned())
}
