//! `handset play`: a scenario as a show on this terminal, or written to files without waiting.

use std::{fs, io, num::NonZeroU16, path::PathBuf, sync::Arc, time::Instant};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    cli::{
        commands::{
            phone::{
                check_terminal,
                show::{self as phone_screen, ScreenSettings, StagedScreen},
            },
            stage::pack,
        },
        own::OwnFiles,
        pictures::Pictures,
        show::{ReadyShow, ShowArgs},
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
        terminal::{images::Art, svg::svg},
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

    /// Write a picture of each chapter, and of the end, into this folder.
    #[arg(long, value_name = "DIR", requires = "no_show")]
    svg: Option<PathBuf>,

    /// The brand pack that dresses the phone, by its name or folder; `none` for the phone as it is
    /// [default: plain].
    #[arg(long, value_name = "NAME|DIR")]
    brand: Option<String>,
}

fn size(text: &str) -> Result<(u16, u16), String> {
    let read = |part: &str| part.parse::<NonZeroU16>().ok().map(NonZeroU16::get);
    let parts = text.split_once('x');
    let size = parts.and_then(|(columns, rows)| Some((read(columns)?, read(rows)?)));
    size.filter(|(columns, rows)| *columns <= 500 && *rows <= 200)
        .ok_or_else(|| "write columns and rows like 80x24, at most 500x200".to_owned())
}

pub(crate) async fn run(args: PlayArgs) -> anyhow::Result<()> {
    let own = OwnFiles::read();
    let show = args.show.read(&args.file, &own)?;
    let stage = match args.brand.as_deref() {
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
            mark: Arc::new(move |title| {
                if let Some(cast) = &marked {
                    cast.mark(title);
                }
            }),
            ..Settings::default()
        };
        let mut number = 0;
        let mut still = |screen: &ratatui::buffer::Buffer, chapter: Option<&str>| {
            let Some(folder) = &self.svg else {
                return Ok(());
            };
            number += 1;
            fs::create_dir_all(folder)?;
            let picture = svg(screen, chapter.unwrap_or(&title));
            fs::write(folder.join(format!("{number:02}.svg")), picture)
        };
        let played = match &cast {
            Some(cast) => {
                let out = cast.around(io::sink());
                run_virtual(out, self.size, settings, &clock, &show.give, &mut still).await
            }
            None => {
                run_virtual(
                    io::sink(),
                    self.size,
                    settings,
                    &clock,
                    &show.give,
                    &mut still,
                )
                .await
            }
        };
        played.context("cannot play the show")?;
        self.show.end_recording(cast.as_ref())
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
    let mut signals = Signals::new()?;
    let screen = ScreenSettings {
        folder: paths::data_dir(None)?,
        themes: palette::embedded(),
        pictures: if cast.is_some() {
            Pictures::Blocks
        } else {
            Pictures::Auto
        },
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
    outcome.and(args.end_recording(cast.as_ref()))
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
