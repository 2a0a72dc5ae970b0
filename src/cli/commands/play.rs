//! `handset play`: a scenario as a show on this terminal, or written to files without waiting.

use std::{io, num::NonZeroU16, sync::Arc, time::Instant};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        commands::{
            phone::{
                PhoneArgs, check_terminal,
                show::{self as phone_screen, ScreenSettings, StagedScreen},
            },
            stage::{dress, live, pack},
        },
        own::OwnFiles,
        show::{ReadyShow, ShowArgs, StillFolder},
        signals::Signals,
    },
    config::paths,
    domain::{ids::AccountId, time::Timestamp},
    engine::{command::Command, update::Update},
    tui::{
        agent::WorkspaceSettings,
        app::{
            focus::Panes,
            settings::Settings,
            virtual_run::{GivePicture, VirtualClock, run_virtual},
        },
        stage::{Stage, StageFrame},
        terminal::images::Art,
        theme::palette,
    },
};

/// The moment at which shows begin that are played without waiting: a morning at 9:41.
const MORNING: Timestamp = Timestamp(1_767_260_460_000);
/// Commands and updates that wait between the screen and nobody.
const WAITING: usize = 64;

/// Play a scenario as a show: lines are typed as people type, nothing is sent anywhere.
///
/// The others' lines are shown as the scenario has them. `docs/stage.md` tells the presenter's keys.
#[derive(Debug, clap::Args)]
pub(crate) struct PlayArgs {
    /// The scenario, perhaps with `:LINE` behind it for the scene around that line.
    #[arg(value_name = "FILE")]
    file: String,

    #[command(flatten)]
    show: ShowArgs,

    /// Play without a terminal and without waiting, for --cast and --svg.
    #[arg(long)]
    no_show: bool,

    /// The size of that terminal, columns by rows.
    #[arg(long, value_name = "CxR", default_value = "80x24", value_parser = size, requires = "no_show")]
    size: (u16, u16),

    /// Play it for real, as `handset stage FILE --live` does.
    #[arg(long, conflicts_with_all = ["no_show", "ghost", "cast", "svg"])]
    live: bool,

    /// The phone it is played on with --live; --brand holds without it too, and may be `none` then
    /// for the phone as it is.
    #[command(flatten, next_help_heading = "With --live")]
    phone: PhoneArgs,
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let read = |part: &str| part.parse::<NonZeroU16>().ok().map(NonZeroU16::get);
    let parts = text.split_once('x');
    let size = parts.and_then(|(columns, rows)| Some((read(columns)?, read(rows)?)));
    size.filter(|(columns, rows)| *columns <= 500 && *rows <= 200)
        .ok_or_else(|| "write columns and rows like 80x24, at most 500x200".to_owned())
}

pub(crate) async fn run(mut args: PlayArgs) -> anyhow::Result<()> {
    let own = OwnFiles::read();
    let show = args.show.read(&args.file, &own)?;
    if args.live {
        let stage = dress(&mut args.phone, None, StageFrame::default())?;
        return Box::pin(live(args.phone, args.file, show, stage)).await;
    }
    let stage = match args.phone.brand.as_deref() {
        Some("none") => None,
        brand => Some(Box::new(Stage::new(
            pack(brand)?,
            None,
            StageFrame::default(),
        ))),
    };
    if args.no_show {
        return Box::pin(args.without_waiting(show, stage)).await;
    }
    Box::pin(on_screen(&args.show, show, own, stage)).await
}

impl PlayArgs {
    /// Plays it on a terminal that is none.
    async fn without_waiting(
        &self,
        show: ReadyShow,
        stage: Option<Box<Stage>>,
    ) -> anyhow::Result<()> {
        let clock = VirtualClock::at(MORNING);
        let since = clock.clone();
        let title = show.settings.timeline.title.clone();
        let cast = self.show.recording(
            self.size,
            &title,
            Arc::new(move || since.now().since(MORNING)),
        )?;
        let stills = self.show.stills(&title);
        let now = clock.clone();
        let marked = cast.clone();
        let settings = Settings {
            stage,
            art: Art::Blocks,
            fetches: true,
            zone: TimeZone::UTC,
            clock: Arc::new(move || now.now()),
            panes: Panes::Phone,
            show: Some(show.settings),
            still: StillFolder::keeper(stills.as_ref()),
            mark: Arc::new(move |title| {
                if let Some(cast) = &marked {
                    cast.mark(title);
                }
            }),
            ..Settings::default()
        };
        let out: Box<dyn io::Write> = match &cast {
            Some(cast) => Box::new(cast.around(io::sink())),
            None => Box::new(io::sink()),
        };
        let played = run_virtual(out, self.size, settings, &clock, &show.give).await;
        played.context("cannot play the show")?;
        self.show.end_recording(cast.as_ref(), stills.as_deref())
    }
}

/// Plays it on this terminal, until the presenter leaves.
pub(crate) async fn on_screen(
    args: &ShowArgs,
    show: ReadyShow,
    own: OwnFiles,
    stage: Option<Box<Stage>>,
) -> anyhow::Result<()> {
    check_terminal("a show", "; without one, add --no-show")?;
    let began = Instant::now();
    let size = crossterm::terminal::size().context("cannot ask the terminal for its size")?;
    let title = show.settings.timeline.title.clone();
    let cast = args.recording(size, &title, Arc::new(move || began.elapsed()))?;
    let stills = args.stills(&title);
    let mut signals = Signals::new()?;
    let screen = ScreenSettings {
        folder: paths::data_dir(None)?,
        themes: palette::embedded(),
        pictures: args.pictures(),
        fetches: true,
        personas: Vec::new(),
        account: AccountId::from(""),
        keymap: own.keys.keymap,
        never_suspend: "a show is played".to_owned(),
        lent: signals.lent(),
        notices: Vec::new(),
        skills: std::collections::BTreeMap::new(),
        workspace: WorkspaceSettings::none("no agent logs in to a show"),
        scenarios: None,
        is_private: false,
        plain: None,
        staged: Some(StagedScreen {
            show: Some(show.settings),
            plays: None,
            cast: cast.clone(),
            still: StillFolder::keeper(stills.as_ref()),
        }),
        stage,
    };
    let (telling, updates) = mpsc::channel(WAITING);
    let (commands, asked) = mpsc::channel(WAITING);
    let stop = CancellationToken::new();
    let outcome = tokio::select! {
        outcome = Box::pin(phone_screen::show(screen, updates, commands, stop.clone())) => outcome,
        // It ends with the screen, whose commands it takes.
        () = nobody(asked, telling, &show.give) => Ok(()),
        // Dropping the screen gives the terminal back.
        () = signals.stop() => Ok(()),
    };
    outcome.and(args.end_recording(cast.as_ref(), stills.as_deref()))
}

/// Stands where an engine would: it gives the pictures of cards, stops when it is asked to, and does
/// nothing else.
async fn nobody(
    mut asked: mpsc::Receiver<Command>,
    telling: mpsc::Sender<Update>,
    give: &GivePicture,
) {
    while let Some(command) = asked.recv().await {
        let update = match command {
            Command::Picture(address) => {
                let (give, of) = (Arc::clone(give), address.clone());
                let read = tokio::task::spawn_blocking(move || give(&of)).await;
                let Ok(picture) = read else { continue };
                Update::Picture { address, picture }
            }
            Command::Quit => Update::Stopped,
            _ => continue,
        };
        if telling.send(update).await.is_err() {
            break;
        }
    }
    // The screen may have the last of it still to show.
    std::future::pending::<()>().await;
}
