//! Plays the scenes of a run, some at a time, and tells what happens in them.

use std::{
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        commands::run::{Run, keep::Keep, plan::Planned, telling::RunNews, world::Backstage},
        in_words,
        scenarios::{WITHIN, WITHIN_LIVE},
        signals::Signals,
    },
    domain::time::Timestamp,
    report::outcome::{SceneOutcome, SceneReport},
    runner::{
        case::Case,
        control::SceneControl,
        scene::{SceneSettings, not_run, play},
        telling::{SceneNews, SceneTold},
        world::World,
    },
};

/// How long no scene may end before it is told how far they are.
const STILL: Duration = Duration::from_secs(10);

/// How the scenes of a run came to an end.
pub(super) enum Played {
    All,
    /// By a signal with this number.
    Stopped(u8),
    /// By two of them: nobody wants to wait for the end of the scene.
    Abandoned(u8),
}

/// Plays the scenes, and tells what happens in them as it happens.
pub(super) async fn play_all(
    run: &Run<'_>,
    planned: &[Planned<'_>],
    events: &mut mpsc::Receiver<RunNews>,
    signals: &mut Signals,
    tell: &mut impl FnMut(RunNews),
) -> Played {
    let playing = planned.iter().enumerate().map(|one| play_one(run, one));
    let mut playing = stream::iter(playing).buffer_unordered(run.args.jobs.get());
    let mut stopped = None;
    let mut quiet_since = Instant::now();
    loop {
        tokio::select! {
            biased;
            event = events.recv() => {
                if let Some(event) = event {
                    if matches!(event, RunNews::End(..)) {
                        quiet_since = Instant::now();
                    }
                    tell(event);
                }
            }
            () = sleep_until(quiet_since + STILL) => {
                quiet_since = Instant::now();
                tell(RunNews::Still);
            }
            played = playing.next() => {
                if played.is_none() {
                    return stopped.map_or(Played::All, Played::Stopped);
                }
            }
            number = signals.number() => {
                if stopped.is_some() {
                    return Played::Abandoned(number);
                }
                stopped = Some(number);
                run.stop.cancel();
            }
        }
    }
}

/// Plays one scene; what happens in it goes to who tells it.
async fn play_one(run: &Run<'_>, (number, one): (usize, &Planned<'_>)) {
    let scene = scene(run, number, one).await;
    if matches!(
        scene.outcome,
        SceneOutcome::Failed { .. } | SceneOutcome::Error { .. }
    ) {
        run.failed.fetch_add(1, Ordering::SeqCst);
    }
    // It is there as long as scenes are played.
    let _ = run.told.send(RunNews::End(number, Box::new(scene))).await;
}

async fn scene(run: &Run<'_>, number: usize, one: &Planned<'_>) -> SceneReport {
    let skipped = |why: String| not_run(&one.case, SceneOutcome::Skipped { why });
    if run.stop.is_cancelled() {
        return skipped("the run was stopped".to_owned());
    }
    if let Some(most) = run.args.stop_after
        && run.failed.load(Ordering::SeqCst) >= most.get()
    {
        return skipped(format!(
            "{most} failed before, and --stop-after says {most}"
        ));
    }
    if let Some(why) = run.lacks(one) {
        return skipped(why);
    }
    // It is there as long as scenes are played.
    let _ = run.told.send(RunNews::Begin(number)).await;
    let (case, folder) = (&one.case, &one.file.folder);
    let made = match &run.live {
        Some(live) => live.world(&run.makings, case, folder).await,
        None => run.makings.own_world(case, folder, one.seed).await,
    };
    let news = run.told.clone();
    let told: SceneTold = Arc::new(move |told| {
        if let SceneNews::Ended { step, .. } = told {
            // Full: the step is in the scene's report all the same.
            let _ = news.try_send(RunNews::Step(number, step.clone()));
        }
    });
    let within = run.live.as_ref().map_or(WITHIN, |_| WITHIN_LIVE);
    let settings = (one.seed, within, folder.as_path(), told);
    played(case, made, settings, &run.stop, run.keep.as_ref()).await
}

/// Plays a case in the world that was made for it, which ends with it. The settings are the seed, the
/// deadline of waits that name none, the folder of the scenario, and who is told of what happens.
pub(super) async fn played(
    case: &Case<'_>,
    made: anyhow::Result<(World, Backstage)>,
    (seed, within, folder, told): (u64, Duration, &Path, SceneTold),
    stop: &CancellationToken,
    keep: Option<&Keep>,
) -> SceneReport {
    let (world, backstage) = match made {
        Ok(made) => made,
        Err(error) => {
            let (why, is_internal) = (in_words(&error), false);
            return not_run(case, SceneOutcome::Error { why, is_internal });
        }
    };
    let settings = SceneSettings {
        seed,
        within,
        folder: folder.to_owned(),
        told,
        control: SceneControl::new(world.clock.clone(), None),
        pace: None,
    };
    let clock = world.clock.clone();
    let mut scene = Box::pin(play(case, world, &settings, stop)).await;
    if let Some(keep) = keep {
        let of = (backstage.journal.path(), &backstage.brand);
        let now = Timestamp(clock.unix_millis());
        keep.scene(case, of, now, &mut scene).await;
    }
    backstage.end().await;
    scene
}
