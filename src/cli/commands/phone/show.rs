//! The phone's screen in this terminal.

use std::{env, path::PathBuf, sync::Arc};

use anyhow::{Context as _, bail};
use crossterm::event::EventStream;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{pictures::Pictures, terminfo},
    config::personas::KnownPersona,
    domain::{ids::AccountId, notice::Notice, time::Timestamp},
    engine::{command::Command, update::Update},
    rt::clock,
    tui::{
        self, Ended,
        commands::keys::Keymap,
        terminal::{
            backend::{Glyphs, Screen},
            images::Art,
            screen::{Guard, Options, speaks_keyboard_protocol},
        },
        theme::palette::Theme,
    },
};

/// What the screen is told before it starts.
pub(crate) struct ScreenSettings {
    /// Where to put what no clipboard takes.
    pub(crate) folder: PathBuf,
    pub(crate) themes: Vec<Theme>,
    pub(crate) pictures: Pictures,
    pub(crate) personas: Vec<KnownPersona>,
    pub(crate) account: AccountId,
    /// What is to be told at once.
    pub(crate) notices: Vec<Notice>,
    /// The agents who can log in, and how.
    pub(crate) chairs: tui::agent::Chairs,
}

/// The screen, from taking the terminal over to giving it back.
pub(crate) async fn show(
    screen: ScreenSettings,
    updates: mpsc::Receiver<Update>,
    commands: mpsc::Sender<Command>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let term = variable("TERM");
    let guard = Guard::enter(Options {
        mouse: true,
        keyboard: speaks_keyboard_protocol(&term, &variable("TERM_PROGRAM")),
    })
    .context("cannot take the terminal over")?;
    let art = screen.pictures.art(&term);
    let glyphs = Glyphs::named(env::var_os("TMUX").is_some(), &term);
    let mut backend = Screen::stdout(glyphs);
    if let Art::Plates(plates) = &art {
        backend = backend.with_plates(plates.clone());
    }
    let settings = tui::app::model::Settings {
        themes: screen.themes,
        personas: screen.personas,
        account: screen.account,
        keymap: Keymap::plain(),
        depth: terminfo::depth(),
        art,
        zone: TimeZone::system(),
        clock: Arc::new(|| Timestamp(clock::unix_millis())),
        mouse: true,
        notices: screen.notices,
        capture_mouse: guard.mouse_switch(),
        copy: tui::terminal::clipboard::of_terminal(screen.folder),
        chairs: screen.chairs,
    };
    let terminal = Terminal::new(backend)?;
    let ended = tui::run(
        terminal,
        EventStream::new(),
        updates,
        commands,
        settings,
        stop,
    )
    .await;
    guard.leave().context("cannot give the terminal back")?;
    match ended? {
        Ended::EngineGone => {
            bail!("the conversation has ended without saying why; see handset.log")
        }
        Ended::Stopped | Ended::InputEnded | Ended::Cancelled | Ended::Forced => Ok(()),
    }
}
