//! The dashboard, from taking the terminal over to giving it back.

use std::{env, io};

use anyhow::Context as _;
use ratatui::Terminal;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{profile, terminfo},
    config::{layer::Layer, setting::Setting},
    swarm::measure::progress::{SwarmOrder, SwarmProgress},
    tui::{
        swarm::run,
        terminal::{
            backend::{Glyphs, Screen},
            events::TerminalEvents,
            screen::{Guard, Options},
        },
        theme::palette,
    },
};

/// Shows how a run goes on until `stop` fires, and passes on what the user wants.
pub(super) async fn show(
    progress: watch::Receiver<SwarmProgress>,
    orders: watch::Sender<SwarmOrder>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let layer = profile::sandbox(Layer::default())?.layer;
    let themes = palette::starting_with(layer.text(Setting::Theme).unwrap_or_default());
    let themes = themes.unwrap_or_else(|_| palette::embedded());
    let palette = themes
        .into_iter()
        .next()
        .context("there is no theme")?
        .palette;
    let guard = Guard::enter(Options {
        mouse: false,
        keyboard: false,
        steady: profile::settings().is_ok_and(|settings| settings.reduced_motion),
    })
    .context("cannot take the terminal over")?;
    let term = env::var("TERM").unwrap_or_default();
    let glyphs = Glyphs::named(env::var_os("TMUX").is_some(), &term);
    let depth = terminfo::depth();
    let backend = Screen::new(Box::new(io::stdout()), glyphs).with_depth(depth);
    let keys = TerminalEvents::new(None).context("cannot read the terminal")?;
    let terminal = Terminal::new(backend)?;
    let shown = run(terminal, keys, progress, orders, (palette, depth), stop).await;
    guard.leave().context("cannot give the terminal back")?;
    shown.context("the dashboard broke off")
}
