//! Where nobody may change the app install for the user: what to enter where, before the screen
//! is taken over, and whether the tunnel works.

use std::io::{self, Write};

use anyhow::Context as _;
use crossterm::{
    event::{Event, EventStream, KeyCode, KeyEventKind, KeyModifiers},
    terminal,
};
use futures_util::StreamExt as _;
use url::Url;

use crate::{
    cli::ingress::Ingress,
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
    let go = agreed().await?;
    if go {
        remember(journal, &public).await?;
    }
    Ok(go)
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
    let go = agreed().await?;
    if go {
        remember(journal, listener).await?;
    }
    Ok(go)
}

async fn remember(journal: &Journal, public: &Url) -> anyhow::Result<()> {
    Ok(journal.put(TOLD, public.as_str()).await?)
}

fn tell(words: &str) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{}", SafeText::clean(words))
        .context("cannot print which endpoint to enter")
}

/// Whether Enter was pressed, and nothing that leaves.
async fn agreed() -> anyhow::Result<bool> {
    let _raw = Raw::enter().context("cannot read keys from the terminal")?;
    let mut events = EventStream::new();
    while let Some(event) = events.next().await {
        let Event::Key(key) = event? else { continue };
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

/// The terminal gives keys one by one, until this is dropped.
struct Raw;

impl Raw {
    fn enter() -> io::Result<Self> {
        terminal::enable_raw_mode()?;
        Ok(Self)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = terminal::disable_raw_mode();
    }
}
