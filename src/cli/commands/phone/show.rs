//! The phone's screen in this terminal.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    env, fs,
    io::{self, Write},
    path::PathBuf,
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::Duration,
};

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        commands::phone::kept_screen,
        output::LineStream,
        pictures::Pictures,
        plain_mode::PlainMode,
        presenter::{PresenterPort, ProgressWatch},
        profile, terminfo,
    },
    config::{
        paths,
        personas::KnownPersona,
        profile::{Profile, TunnelSettings},
    },
    domain::{
        ids::{AccountId, SkillId},
        notice::Notice,
        text::SafeText,
        time::Timestamp,
    },
    engine::{command::Command, update::Update},
    plain::{self, PlainEnd, PlainSettings},
    rt::clock,
    tui::{
        self, Ended,
        app::{settings::KeepStill, theatre::ShowSettings},
        chat::scenario::StartScenario,
        commands::keys::Keymap,
        terminal::{
            backend::{Glyphs, Screen},
            cast::TerminalCast,
            events::TerminalEvents,
            hold::Hold,
            images::Art,
            panic_switch::{PanicSwitch, SwitchedWriter},
            screen::{Guard, Options, speaks_keyboard_protocol},
        },
        theme::palette::Theme,
    },
};

/// How long the last lines of plain mode may take to be written.
const WRITTEN: Duration = Duration::from_secs(1);

/// What the screen is told before it starts.
pub(crate) struct ScreenSettings {
    /// Where to put what no clipboard takes.
    pub(crate) folder: PathBuf,
    pub(crate) themes: Vec<Theme>,
    pub(crate) pictures: Pictures,
    /// Whether somebody fetches the pictures of cards.
    pub(crate) fetches: bool,
    pub(crate) personas: Vec<KnownPersona>,
    pub(crate) account: AccountId,
    pub(crate) keymap: Keymap,
    /// Why handset may not be suspended; empty when it may.
    pub(crate) never_suspend: String,
    /// Where to say who tells whether the terminal is lent.
    pub(crate) lent: Arc<OnceLock<Arc<AtomicBool>>>,
    pub(crate) notices: Vec<Notice>,
    /// The names of skills, as far as they are known.
    pub(crate) skills: BTreeMap<SkillId, SafeText>,
    /// The agents who can log in, and how.
    pub(crate) workspace: tui::agent::WorkspaceSettings,
    /// Plays scenarios on the phones, where there are some.
    pub(crate) scenarios: Option<StartScenario>,
    /// What is on stage, if something is.
    pub(crate) staged: Option<StagedScreen>,
    /// The dress of the phone where it begins on the demo stage.
    pub(crate) stage: Option<Box<tui::stage::Stage>>,
    /// Whether what only the tester should see is masked.
    pub(crate) is_private: bool,
    /// Plain mode in the place of the screen.
    pub(crate) plain: Option<PlainMode>,
}

/// What a screen on stage has besides.
pub(crate) struct StagedScreen {
    /// The show that is played without an engine, or in place of the scenario when that fails.
    pub(crate) show: Option<ShowSettings>,
    /// The scenario that is played at once, for real.
    pub(crate) plays: Option<String>,
    /// The recording of what the terminal shows.
    pub(crate) cast: Option<TerminalCast>,
    /// Keeps pictures of the chapters.
    pub(crate) still: Option<KeepStill>,
}

/// Why handset may not be stopped for a while. A relay keeps the webhooks that come meanwhile; the
/// sandbox stops with the phone; nobody else waits.
pub(super) fn never_suspend(profile: Option<&Profile>) -> String {
    match profile.map(|profile| &profile.tunnel) {
        None | Some(TunnelSettings::Relay { .. }) => String::new(),
        Some(_) => "webhooks would not be answered meanwhile, and the cloud gives up on them; \
                    with a relay as the way in they are kept"
            .to_owned(),
    }
}

/// Tells the presenter's views where the show is, as long as it is asked.
async fn presented(port: Option<PresenterPort>, told: ProgressWatch) -> Infallible {
    match port {
        Some(port) => port.serve(told).await,
        None => std::future::pending().await,
    }
}

/// Where frames go: to the terminal, as long as nobody has shut it, and into a recording.
fn terminal_of(cast: Option<&TerminalCast>, switch: &Arc<PanicSwitch>) -> Box<dyn Write + Send> {
    let out: Box<dyn Write + Send> = match cast {
        Some(cast) => Box::new(cast.around(io::stdout())),
        None => Box::new(io::stdout()),
    };
    Box::new(SwitchedWriter::new(out, Arc::clone(switch)))
}

/// Plain mode, from its first line to its last.
async fn show_plain(
    by: PlainMode,
    screen: ScreenSettings,
    updates: mpsc::Receiver<Update>,
    commands: mpsc::Sender<Command>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let stream = LineStream::start(io::stdout()).context("cannot write to the output")?;
    // One at a time: what plain mode tells waits for the reader.
    let (output, rows) = mpsc::channel::<String>(1);
    let settings = PlainSettings {
        switched_on_by: by.by.to_owned(),
        personas: screen.personas,
        account: screen.account,
        zone: TimeZone::system(),
        clock: Arc::new(|| Timestamp(clock::unix_millis())),
        size_of: |path| fs::metadata(path).ok().map(|facts| facts.len()),
        notices: screen.notices,
        workspace: screen.workspace,
        scenarios: screen.scenarios,
        lent: screen.lent,
        output,
    };
    let writer = &stream;
    let writing = async move {
        // It ends with plain mode, or tells it by its end that nobody reads any more.
        let mut rows = rows;
        while let Some(row) = rows.recv().await {
            let Ok(room) = writer.room().await else { break };
            room.print(row);
        }
    };
    let running = plain::run(settings, updates, commands, stop);
    let (ended, ()) = tokio::join!(running, writing);
    stream.finish(WRITTEN).await;
    match ended.context("cannot read the input")? {
        PlainEnd::EngineGone => {
            bail!("the conversation has ended without saying why; see handset.log")
        }
        PlainEnd::NotSent => bail!("a message was not sent"),
        PlainEnd::Stopped | PlainEnd::Cancelled => Ok(()),
    }
}

/// The screen, from taking the terminal over to giving it back.
pub(crate) async fn show(
    screen: ScreenSettings,
    updates: mpsc::Receiver<Update>,
    commands: mpsc::Sender<Command>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    if let Some(by) = screen.plain {
        return Box::pin(show_plain(by, screen, updates, commands, stop)).await;
    }
    let variable = |name: &str| env::var(name).unwrap_or_default();
    let term = variable("TERM");
    let guard = Guard::enter(Options {
        mouse: true,
        keyboard: speaks_keyboard_protocol(&term, &variable("TERM_PROGRAM")),
        // A file with a fault was told of before.
        steady: profile::settings().is_ok_and(|settings| settings.reduced_motion),
    })
    .context("cannot take the terminal over")?;
    let staged = screen.staged;
    let (progress, told) = watch::channel(None);
    let is_staged = staged.is_some() || screen.stage.is_some();
    let switch = PanicSwitch::new(io::stdout());
    let watched = Arc::clone(&switch);
    let (hold, keys) = Hold::new(guard.lease(), move || {
        TerminalEvents::new(Some(Arc::clone(&watched)))
    })
    .context("cannot read the terminal")?;
    // The screen is shown once; there is no other hold it could have.
    let _ = screen.lent.set(hold.lent());
    let art = screen.pictures.art(&term);
    let glyphs = Glyphs::named(env::var_os("TMUX").is_some(), &term);
    let depth = terminfo::depth();
    let cast = staged.as_ref().and_then(|staged| staged.cast.clone());
    let mut backend = Screen::new(terminal_of(cast.as_ref(), &switch), glyphs);
    backend = backend.with_depth(depth);
    if let Art::Plates(plates) = &art {
        backend = backend.with_plates(plates.clone());
    }
    let settings = tui::app::settings::Settings {
        themes: screen.themes,
        personas: screen.personas,
        account: screen.account,
        keymap: screen.keymap,
        depth,
        art,
        fetches: screen.fetches,
        zone: TimeZone::system(),
        clock: Arc::new(|| Timestamp(clock::unix_millis())),
        mouse: true,
        notices: screen.notices,
        capture_mouse: guard.mouse_switch(),
        panes: kept_screen::read(&screen.folder),
        keep_panes: kept_screen::keeper(screen.folder.clone()),
        copy: tui::terminal::clipboard::of_terminal(screen.folder),
        skills: screen.skills,
        workspace: screen.workspace,
        scenarios: screen.scenarios,
        hold: Some(hold),
        never_suspend: screen.never_suspend,
        plays: staged.as_ref().and_then(|staged| staged.plays.clone()),
        still: staged.as_ref().and_then(|staged| staged.still.clone()),
        show: staged.and_then(|staged| staged.show),
        progress: is_staged.then_some(progress),
        switch: Some(switch),
        mark: Arc::new(move |title| {
            if let Some(cast) = &cast {
                cast.mark(title);
            }
        }),
        stage: screen.stage,
        is_private: screen.is_private,
        brands: paths::brands_dir(),
        set_title: guard.title_switch(),
    };
    let terminal = Terminal::new(backend)?;
    let port = is_staged.then(PresenterPort::open);
    let port = port.and_then(|port| {
        let opened = port.inspect_err(|error| tracing::warn!("no presenter's view: {error:#}"));
        opened.ok()
    });
    let ended = tokio::select! {
        ended = tui::run(terminal, keys, updates, commands, settings, stop) => ended,
        never = presented(port, told) => match never {},
    };
    guard.leave().context("cannot give the terminal back")?;
    match ended? {
        Ended::EngineGone => {
            bail!("the conversation has ended without saying why; see handset.log")
        }
        Ended::Stopped | Ended::InputEnded | Ended::Cancelled | Ended::Forced => Ok(()),
    }
}
