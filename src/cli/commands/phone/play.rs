//! The engine and the screen of the phone, from their start to their end.

use std::time::Duration;

use anyhow::bail;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{
    ENDING,
    scenario::PhoneScenarios,
    show::{ScreenSettings, show},
    tap::UpdateTap,
};
use crate::{
    cli::{names, signals::Signals},
    config::profile::Profile,
    domain::notice::{Notice, Severity},
    engine,
    rt::{shutdown::Shutdown, tls::Trust},
    store::Journal,
};

/// The longest wait for the screen to leave its terminal.
const LEAVING: Duration = Duration::from_secs(1);

/// Engine and screen, until the user leaves or the system says stop. Where a cloud is named, its
/// agents' names are read meanwhile.
pub(super) async fn play(
    mut screen: ScreenSettings,
    scenarios: PhoneScenarios,
    settings: engine::Settings,
    parts: engine::Parts,
    (named, shutdown): (Option<(Profile, Trust)>, &Shutdown),
    signals: &mut Signals,
) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let journal = parts.journal.clone();
    let engine = engine::start(settings, parts, stop.clone()).await?;
    screen.notices.extend(damaged(&journal));
    let tap = UpdateTap::default();
    let (passed_on, updates) = UpdateTap::screen();
    shutdown.spawn(tap.clone().pass_on(engine.updates, passed_on));
    screen.scenarios = Some(scenarios.starter(engine.commands.clone(), tap));
    if let Some((profile, trust)) = named {
        let reading = names::send(profile, trust, journal, engine.commands.clone());
        let stop = stop.clone();
        shutdown.spawn(async move {
            stop.run_until_cancelled_owned(reading).await;
        });
    }
    let leave = CancellationToken::new();
    let mut shown = Box::pin(show(screen, updates, engine.commands, leave.clone()));
    let outcome = tokio::select! {
        outcome = &mut shown => outcome,
        () = signals.stop() => {
            leave.cancel();
            // It leaves the engine what is written. Dropping it gives the terminal back, should that
            // not answer any more.
            timeout(LEAVING, &mut shown).await.unwrap_or(Ok(()))
        }
    };
    drop(shown);
    // Whatever ended the screen ends the rest: GONE is told, all of it journalled.
    stop.cancel();
    if timeout(ENDING, engine.task).await.is_err() {
        bail!("the conversation did not end in time; what was journalled is safe");
    }
    outcome
}

/// What of the journal was lost before the phone came back from it.
fn damaged(journal: &Journal) -> impl Iterator<Item = Notice> {
    journal.damage().into_iter().map(|words| Notice {
        severity: Severity::Warning,
        title: "The journal is not as it was left".to_owned(),
        detail: words,
        hint: "the phone goes on with the rest".to_owned(),
        ..Notice::default()
    })
}
