//! Where nobody may change the app install for the user: what to enter where, before the screen
//! is taken over, and whether the tunnel works.

use std::{
    io::{self, Write},
    time::Duration,
};

use anyhow::Context as _;
use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    cli::{ingress::Ingress, raw_mode::RawMode},
    domain::{app_install, text::SafeText},
    ingress::tunnel::TunnelState,
    store::Journal,
};

/// Under this name the journal keeps the endpoint that was last told to the user. It holds the
/// listener's path, which is a secret.
const TOLD: &str = "endpoint.told";

/// Says which endpoint to enter, once it is proved, unless it was said at an earlier start; whether
/// to go on.
pub(super) async fn endpoint(ingress: &Ingress, journal: &Journal) -> anyhow::Result<bool> {
    let Some(mut states) = ingress.to_be_entered() else {
        return Ok(true);
    };
    let mut said = String::new();
    let public = loop {
        let state = states.borrow_and_update().clone();
        let words = match state {
            TunnelState::Up { public, .. } => break public,
            TunnelState::Opening { .. } => "the tunnel is being opened …".to_owned(),
            TunnelState::Open { public } => format!(
                "waiting for a canary to come in through {} …",
                app_install::origin(public.as_str())
            ),
            TunnelState::Down {
                fault,
                retry_in: None,
            } => {
                tell(&fault.to_string())?;
                tell("Press Enter to try it again, or Esc to leave.")?;
                if !agreed().await? {
                    return Ok(false);
                }
                ingress.try_again();
                // Only what comes after it counts.
                said.clear();
                if states.changed().await.is_err() {
                    return Ok(false);
                }
                continue;
            }
            TunnelState::Doubtful { fault, .. } | TunnelState::Down { fault, .. } => {
                fault.to_string()
            }
        };
        if words != said {
            tell(&words)?;
            said = words;
        }
        if states.changed().await.is_err() {
            return Ok(false);
        }
    };
    if journal.get(TOLD).await?.as_deref() == Some(public.as_str()) {
        return Ok(true);
    }
    tell(&app_install::instructions(public.as_str()))?;
    tell("A canary came in there. Press Enter when it is entered, or Esc to leave.")?;
    agreed_to(&public, journal).await
}

/// The same where the profile names no tunnel either: what has to lead where, and what to enter.
pub(super) async fn by_hand(listener: &Url, journal: &Journal) -> anyhow::Result<bool> {
    if journal.get(TOLD).await?.as_deref() == Some(listener.as_str()) {
        return Ok(true);
    }
    let bind = listener.authority();
    tell(&format!(
        "The profile names no tunnel, so nothing leads from the internet to here. Choose one \
         (`handset init`), or have an https address of yours lead to {listener} and say\n\
         bind = \"{bind}\" in the profile, so that it stays there.\n"
    ))?;
    tell(&app_install::instructions(&format!(
        "https://YOUR-ADDRESS{}",
        listener.path()
    )))?;
    tell("Press Enter when it is entered, or Esc to leave.")?;
    agreed_to(listener, journal).await
}

/// Whether Enter was pressed; the endpoint is not told again then.
async fn agreed_to(endpoint: &Url, journal: &Journal) -> anyhow::Result<bool> {
    let go = agreed().await?;
    if go {
        journal.put(TOLD, endpoint.as_str()).await?;
    }
    Ok(go)
}

fn tell(words: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{}", SafeText::clean(words))
        .context("cannot print which endpoint to enter")
}

/// Whether Enter was pressed, and nothing that leaves.
async fn agreed() -> anyhow::Result<bool> {
    let _raw = RawMode::enter().context("cannot read keys from the terminal")?;
    let given_up = CancellationToken::new();
    let _guard = given_up.clone().drop_guard();
    // Not by a stream of events: the thread of one outlives it, and takes a key of the next one's.
    let asked = tokio::task::spawn_blocking(move || answer(&given_up));
    asked
        .await
        .context("reading from the terminal broke down")?
}

/// Reads keys until one of them is an answer, or nobody waits for it.
fn answer(given_up: &CancellationToken) -> anyhow::Result<bool> {
    while !given_up.is_cancelled() {
        if !event::poll(Duration::from_millis(50))? {
            continue;
        }
        let Event::Key(key) = event::read()? else {
            continue;
        };
        if key.kind != KeyEventKind::Press {
            continue;
        }
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Ok(true),
            KeyCode::Char('j' | 'm') if control => return Ok(true),
            KeyCode::Char('c' | 'd' | 'q') if control => return Ok(false),
            KeyCode::Esc => return Ok(false),
            _ => {}
        }
    }
    Ok(false)
}
