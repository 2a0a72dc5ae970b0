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
use crossterm::event::EventStream;
use jiff::tz::TimeZone;
use ratatui::Terminal;
use tokio::{net::TcpListener, sync::mpsc, time::timeout};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::{
    api,
    cli::{commands, inputs, logging, pictures::Pictures, signals::Signals, webhooks},
    config::{
        keys::Keymap,
        palette::{self, Theme},
        paths,
        personas::{self, Known},
    },
    domain::{
        ids::{AccountId, ParticipantId},
        inbound::Credentials,
        persona::Persona,
        secret::Secret,
        text::SafeText,
        time::Timestamp,
    },
    engine::{self, command::Command, update::Update},
    listener,
    rt::{clock, shutdown::Shutdown},
    sandbox::{self, Sandbox},
    store::{Feed, Journal, Start},
    tui::{
        self, Ended,
        backend::{Glyphs, Screen},
        picture::Art,
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

/// What the brand of the sandbox is called.
pub(super) const SANDBOX_BRAND: &str = "Acme";

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

    /// The consumer to play, as `handset personas` lists them, or a persona file; several times
    /// for as many phones [default: those of last time, else ada].
    #[arg(long, value_name = "NAME|FILE", value_parser = inputs::words)]
    persona: Vec<String>,

    /// The name, first and last, of a consumer there is no persona for.
    #[arg(long, value_name = "NAME", value_parser = inputs::words, conflicts_with = "persona")]
    name: Option<String>,

    /// Their ext_consumer_id: the same one comes back as the same consumer.
    #[arg(long, value_name = "ID", value_parser = inputs::words, conflicts_with = "persona")]
    consumer: Option<String>,

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

/// Who plays.
struct Cast {
    /// Those who were asked for; none means those whose phones lay there last.
    holders: Vec<Persona>,
    /// The consumer of a desk that would be empty.
    usual: Persona,
}

/// What the screen is told before it starts.
struct ScreenSettings {
    /// Where to put what no clipboard takes.
    folder: PathBuf,
    themes: Vec<Theme>,
    pictures: Pictures,
    personas: Vec<Known>,
    account: AccountId,
}

/// Who the flags hand phones to; nobody when they name nobody.
fn holders(args: &Args, known: &[Known]) -> anyhow::Result<Vec<Persona>> {
    if args.name.is_some() || args.consumer.is_some() {
        let name = args.name.as_deref().unwrap_or("Ada Quill");
        let consumer = args.consumer.as_deref().unwrap_or("handset-ada");
        return Ok(vec![Persona::named(name, consumer.into())]);
    }
    let mut holders: Vec<Persona> = Vec::new();
    for name in &args.persona {
        let persona = personas::find(name, known)?.persona;
        if holders.iter().any(|one| one.consumer == persona.consumer) {
            bail!(
                "--persona {name} is the consumer {}, who has a phone already; \
                 leave it out, or give the file another `consumer`",
                persona.consumer
            );
        }
        holders.push(persona);
    }
    Ok(holders)
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
    let known = commands::personas::known()?;
    let cast = Cast {
        holders: holders(&args, &known)?,
        usual: known.first().map_or_else(
            || Persona::named("Ada Quill", "handset-ada".into()),
            |one| one.persona.clone(),
        ),
    };
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
    let folder = paths::phone_dir(&data, args.account.as_deref());
    let (journal, feed) = Journal::open(&folder.join(paths::JOURNAL), Start::Cursor).await?;
    logging::to_file(&folder.join(paths::LOG), log);

    // The address is known before anything is served there: the sandbox wants to know it, and
    // the listener wants the sandbox's credentials.
    let path = webhooks::path(args.hook_path.clone(), &journal).await?;
    let socket = inputs::bind_loopback(args.bind).await?;
    let url = listener::url(socket.local_addr()?, &path);
    let cloud = Cloud::find(&args, secret, &folder, &url).await?;

    let shutdown = Shutdown::new();
    let credentials = cloud.credentials.clone();
    let listener = webhooks::serve(socket, path, credentials, &journal, &shutdown).await?;
    let screen = ScreenSettings {
        folder,
        themes,
        pictures: args.pictures,
        personas: known,
        account: cloud.credentials.account.clone(),
    };
    let hooks = (listener.shown(), journal, feed);
    let outcome = play(screen, cast, args.new, &cloud, hooks).await;
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
            brand: SafeText::clean(SANDBOX_BRAND),
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
    screen: ScreenSettings,
    cast: Cast,
    fresh: bool,
    cloud: &Cloud,
    (listener, journal, feed): (String, Journal, Feed),
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
        personas: cast.holders,
        usual: cast.usual,
        brand: cloud.brand.clone(),
        sandbox: cloud.sandbox.is_some(),
        names: cloud.names.clone(),
        listener: Some(listener),
        production: false,
        fresh,
    };
    let parts = engine::Parts {
        client,
        exchanges,
        journal,
        feed,
        outside: engine::outside::Watch::near(),
    };
    let stop = CancellationToken::new();
    let engine = engine::start(settings, parts, stop.clone()).await?;
    let mut signals = Signals::new()?;
    let outcome = tokio::select! {
        outcome = show(screen, engine.updates, engine.commands, stop.clone()) => outcome,
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
    // See <https://no-color.org>.
    let no_color = !variable("NO_COLOR").is_empty();
    let art = screen.pictures.art(&term);
    let glyphs = Glyphs::named(env::var_os("TMUX").is_some(), &term);
    let mut backend = Screen::stdout(glyphs);
    if let Art::Plates(plates) = &art {
        backend = backend.with_plates(plates.clone());
    }
    let settings = tui::model::Settings {
        themes: screen.themes,
        personas: screen.personas,
        account: screen.account,
        keymap: Keymap::plain(),
        depth: Depth::named(no_color, &variable("COLORTERM"), &term),
        art,
        zone: TimeZone::system(),
        clock: Arc::new(|| Timestamp(clock::unix_millis())),
        mouse: true,
        capture_mouse: guard.mouse_switch(),
        copy: tui::clipboard::of_terminal(screen.folder),
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
