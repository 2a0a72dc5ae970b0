//! `handset` without a subcommand: the phone, with the sandbox as its cloud or
//! with any other cloud that is named.

use std::{
    collections::BTreeMap,
    env,
    io::{self, IsTerminal},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, bail};
use crossterm::{event::EventStream, terminal::window_size};
use jiff::tz::TimeZone;
use ratatui::Terminal;
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    api,
    cli::{inputs, logging, signals::Signals, webhooks},
    config::{
        keys::Keymap,
        palette::{self, Theme},
        paths,
    },
    domain::{
        ids::ParticipantId, inbound::Credentials, persona::Persona, secret::Secret, text::SafeText,
        time::Timestamp,
    },
    engine::{self, command::Command, update::Update},
    listener,
    rt::{clock, shutdown::Shutdown},
    sandbox::{self, Sandbox},
    store::{Feed, Journal, Start},
    tui::{
        self, Ended,
        backend::{Glyphs, Screen, cell_pixels},
        picture::{Art, Surroundings, Wish, plates::Protocol},
        styles::Depth,
        terminal::{Guard, Options, speaks_keyboard_protocol},
    },
};

/// Exchanges on their way to the engine. When it is full a request waits to be reported.
const EXCHANGES: usize = 256;
/// How long a call for an address or a token goes on trying before the user is told.
const PATIENCE: Duration = Duration::from_secs(2);
/// Time for everything to end once the screen is gone.
const ENDING: Duration = Duration::from_secs(3);

/// The phone's own flags.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The theme: dark, light, contrast, meadow, or a theme file.
    #[arg(long, value_name = "NAME|FILE", default_value = "dark")]
    theme: String,

    /// How pictures are drawn: by what the terminal is known to do, in a way of its own, with
    /// half blocks, or not at all.
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pictures: Pictures,

    /// Begin a new conversation even if the last one is still open.
    #[arg(long)]
    new: bool,

    /// The consumer's name, first and last.
    #[arg(long, value_name = "NAME", default_value = "Ada Quill", value_parser = inputs::words)]
    name: String,

    /// The consumer's ext_consumer_id: the same one comes back as the same consumer.
    #[arg(long, value_name = "ID", default_value = "handset-ada", value_parser = inputs::words)]
    consumer: String,

    /// The data folder, for journal and log [default: $HANDSET_DATA_DIR, else the user's data folder].
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,

    /// The CSDS address of another cloud, for example of a `handset sandbox`.
    #[arg(long, value_name = "URL", value_parser = inputs::url,
        requires_all = ["account", "client_id", "secret_env"], help_heading = "Another cloud")]
    csds: Option<Url>,

    /// The account there.
    #[arg(
        long,
        value_name = "ID",
        value_parser = inputs::words,
        requires = "csds",
        help_heading = "Another cloud"
    )]
    account: Option<String>,

    /// The app install's client_id there.
    #[arg(
        long,
        value_name = "ID",
        value_parser = inputs::words,
        requires = "csds",
        help_heading = "Another cloud"
    )]
    client_id: Option<String>,

    /// The environment variable that holds the app install's client_secret.
    #[arg(
        long,
        value_name = "VAR",
        value_parser = inputs::words,
        requires = "csds",
        help_heading = "Another cloud"
    )]
    secret_env: Option<String>,

    /// The loopback address and port to take webhooks on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0", value_parser = inputs::address)]
    bind: SocketAddr,

    /// The path to take webhooks on, for an endpoint that the app install has already
    /// [default: an unguessable one, the same from start to start].
    #[arg(long, value_name = "PATH", value_parser = inputs::hook_path)]
    hook_path: Option<String>,
}

/// How pictures are drawn.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Pictures {
    #[default]
    Auto,
    Kitty,
    Sixel,
    Iterm2,
    Blocks,
    Off,
}

impl From<Pictures> for Wish {
    fn from(pictures: Pictures) -> Self {
        match pictures {
            Pictures::Auto => Self::Auto,
            Pictures::Kitty => Self::Own(Protocol::Kitty),
            Pictures::Sixel => Self::Own(Protocol::Sixel),
            Pictures::Iterm2 => Self::Own(Protocol::Iterm2),
            Pictures::Blocks => Self::Blocks,
            Pictures::Off => Self::Off,
        }
    }
}

/// The cloud to talk to.
struct Cloud {
    csds: Url,
    credentials: Credentials,
    brand: SafeText,
    names: BTreeMap<ParticipantId, SafeText>,
    /// The cloud that runs inside this program, if it does.
    sandbox: Option<Sandbox>,
}

/// Shows the phone until the user leaves or the system says stop.
pub async fn run(args: Args) -> anyhow::Result<()> {
    let themes = palette::starting_with(&args.theme)?;
    let log = logging::filter()?;
    let secret = args.secret_env.as_deref().map(inputs::secret).transpose()?;
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        bail!(
            "the phone needs a terminal for its input and output; \
             without one, use `handset sandbox` or `handset listen`"
        );
    }
    if env::var("TERM").is_ok_and(|term| term == "dumb") {
        bail!(
            "the phone needs a terminal with a cursor to move, and TERM says dumb; \
             set TERM to what the terminal is, like xterm-256color"
        );
    }
    let data = paths::data_dir(args.data_dir.clone())?;
    let folder = data.join(args.account.as_deref().map_or_else(
        || "sandbox".to_owned(),
        |account| format!("account-{}", paths::file_name(account)),
    ));
    let (journal, feed) = Journal::open(&folder.join("journal.db"), Start::Cursor).await?;
    logging::to_file(&folder.join("handset.log"), log);

    // The address is known before anything is served there: the sandbox wants to know it, and
    // the listener wants the sandbox's credentials.
    let path = webhooks::path(args.hook_path.clone(), &journal).await?;
    let socket = inputs::bind_loopback(args.bind).await?;
    let url = listener::url(socket.local_addr()?, &path);
    let cloud = Cloud::find(&args, secret, &folder, &url).await?;

    let shutdown = Shutdown::new();
    let credentials = cloud.credentials.clone();
    let listener = webhooks::serve(socket, path, credentials, &journal, &shutdown).await?;
    let outcome = play(&args, themes, &cloud, listener.shown(), journal, feed).await;
    shutdown.stop(ENDING).await;
    if let Some(sandbox) = cloud.sandbox {
        sandbox.stop(ENDING).await;
    }
    outcome
}

impl Cloud {
    /// The cloud that was named, or the sandbox, started here.
    async fn find(
        args: &Args,
        secret: Option<Secret>,
        folder: &Path,
        webhook: &str,
    ) -> anyhow::Result<Self> {
        let (Some(csds), Some(account), Some(client), Some(secret)) =
            (&args.csds, &args.account, &args.client_id, secret)
        else {
            return Self::sandbox(folder, webhook).await;
        };
        Ok(Self {
            csds: csds.clone(),
            credentials: Credentials {
                account: account.as_str().into(),
                client: client.as_str().into(),
                secret,
            },
            brand: SafeText::clean(account),
            names: BTreeMap::new(),
            sandbox: None,
        })
    }

    async fn sandbox(folder: &Path, webhook: &str) -> anyhow::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot open a port for the sandbox on 127.0.0.1")?;
        let settings = sandbox::settings::Settings {
            webhook: Some(webhook.parse()?),
            state: Some(folder.join("cloud.db")),
            ..sandbox::settings::Settings::default()
        };
        let sandbox = sandbox::start(socket, settings).await?;
        let ready = sandbox.ready();
        Ok(Self {
            csds: ready.csds.parse()?,
            credentials: Credentials {
                account: ready.account.clone(),
                client: ready.client_id.clone(),
                secret: ready.client_secret.clone(),
            },
            brand: SafeText::clean("Acme"),
            names: sandbox
                .agents()
                .iter()
                .map(|(id, name)| (id.clone(), SafeText::clean(name)))
                .collect(),
            sandbox: Some(sandbox),
        })
    }
}

/// Engine and screen, until the user leaves or the system says stop.
async fn play(
    args: &Args,
    themes: Vec<Theme>,
    cloud: &Cloud,
    listener: String,
    journal: Journal,
    feed: Feed,
) -> anyhow::Result<()> {
    let (reports, exchanges) = mpsc::channel(EXCHANGES);
    let credentials = cloud.credentials.clone();
    let client = api::Client::new(
        api::Settings {
            // The conversation tries again by itself, and tells the user that it does.
            patience: PATIENCE,
            ..api::Settings::new(
                cloud.csds.clone(),
                credentials.account,
                credentials.client,
                credentials.secret,
            )
        },
        reports,
    )?;
    let settings = engine::Settings {
        personas: Vec::new(),
        usual: Persona::named(&args.name, args.consumer.as_str().into()),
        brand: cloud.brand.clone(),
        sandbox: cloud.sandbox.is_some(),
        names: cloud.names.clone(),
        listener: Some(listener),
        fresh: args.new,
    };
    let parts = engine::Parts {
        client,
        exchanges,
        journal,
        feed,
    };
    let stop = CancellationToken::new();
    let engine = engine::start(settings, parts, stop.clone()).await?;
    let mut signals = Signals::new()?;
    let outcome = tokio::select! {
        outcome = show(themes, args.pictures.into(), engine.updates, engine.commands, stop.clone()) => outcome,
        // Dropping the screen gives the terminal back.
        () = signals.stop() => Ok(()),
    };
    // Whatever ended the screen ends the rest: GONE is told, the journal closed.
    stop.cancel();
    if timeout(ENDING, engine.task).await.is_err() {
        bail!("the conversation did not end in time; what was journalled is safe");
    }
    outcome
}

/// The screen, from taking the terminal over to giving it back.
async fn show(
    themes: Vec<Theme>,
    pictures: Wish,
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
    // See <https://no-color.org>.
    let no_color = !variable("NO_COLOR").is_empty();
    let tmux = env::var_os("TMUX").is_some();
    let art = Art::chosen(
        pictures,
        &Surroundings {
            term: &term,
            program: &variable("TERM_PROGRAM"),
            kitty: env::var_os("KITTY_WINDOW_ID").is_some(),
            tmux,
            cell: window_size().ok().and_then(|size| cell_pixels(&size)),
            seed: std::process::id(),
        },
    );
    let mut screen = Screen::stdout(Glyphs::named(tmux, &term));
    if let Art::Plates(plates) = &art {
        screen = screen.with_plates(plates.clone());
    }
    let settings = tui::model::Settings {
        themes,
        keymap: Keymap::plain(),
        depth: Depth::named(no_color, &variable("COLORTERM"), &term),
        art,
        zone: TimeZone::system(),
        clock: Arc::new(|| Timestamp(clock::unix_millis())),
        mouse: true,
        capture_mouse: guard.mouse_switch(),
    };
    let terminal = Terminal::new(screen)?;
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
