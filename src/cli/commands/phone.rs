//! `handset` without a subcommand: the phone, with the sandbox as its cloud or
//! with any other cloud that is named.

mod announce;
mod cloud;
pub(crate) mod show;

use std::{
    env,
    io::{self, IsTerminal, Write as _},
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use anyhow::{anyhow, bail};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout},
};
use tokio_util::sync::CancellationToken;
use url::Url;

use self::{
    cloud::Cloud,
    show::{ScreenSettings, show},
};
use crate::{
    cli::{
        agents::{self, Login, Office, Password},
        ingress::{Ingress, IngressContext},
        inputs, logging, names,
        own::OwnFiles,
        pictures::Pictures,
        profile::{self, Pointing, Resolved},
        signals::Signals,
        webhooks,
    },
    client,
    config::{
        layer::Layer,
        library::Library,
        origin::{Origin, Said},
        paths,
        personas::KnownPersona,
        profile::Profile,
        setting::Setting,
        words::SettingValue,
    },
    domain::{
        exchange::Exchange,
        near::is_near,
        notice::{Notice, Severity},
        persona::Persona,
        text::SafeText,
    },
    engine::{self, borrow::Ended},
    ingress::{
        intake::Intake,
        listener,
        status::StatusWatch,
        tunnel::{Canaries, Claims, Local},
    },
    rt::{shutdown::Shutdown, tls::Trust},
    sandbox::Sandbox,
    store::{Journal, Start},
    tui::{
        agent::Chairs,
        theme::palette::{self, Theme},
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
pub struct PhoneArgs {
    /// The theme: dark, light, contrast, meadow, or a theme file [default: the profile's, else dark].
    #[arg(long, value_name = "NAME|FILE")]
    theme: Option<String>,

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

    /// The sandbox, whatever profile is the default.
    #[arg(long, conflicts_with_all = ["profile", "csds", "account", "client-id", "secret-env"])]
    sandbox: bool,

    #[command(flatten)]
    cloud: profile::CloudFlags,

    #[command(flatten)]
    tunnel: profile::TunnelFlags,

    /// Borrow the app install even if a colleague has it.
    #[arg(long)]
    take_over: bool,

    /// The loopback address and port to take webhooks on; port 0 takes a free one
    /// [default: 127.0.0.1:0].
    #[arg(long, value_name = "ADDR", value_parser = inputs::address)]
    bind: Option<SocketAddr>,

    /// The path to take webhooks on, for an endpoint that the app install has already
    /// [default: an unguessable one, the same from start to start].
    #[arg(long, value_name = "PATH", value_parser = inputs::hook_path)]
    hook_path: Option<String>,
}

impl PhoneArgs {
    /// What holds, these flags being the uppermost layer.
    fn resolve(&self) -> anyhow::Result<Resolved> {
        let mut layer = self.cloud.layer.clone().over(self.tunnel.layer.clone());
        layer.put_flag(Setting::Theme, self.theme.as_ref(), "--theme");
        layer.put_flag(Setting::Bind, self.bind, "--bind");
        layer.put_flag(Setting::HookPath, self.hook_path.as_ref(), "--hook-path");
        if self.sandbox {
            profile::sandbox(layer)
        } else {
            profile::resolve(self.cloud.profile.as_deref(), layer)
        }
    }
}

/// Who the flags hand phones to, or else the profile; nobody when they name nobody.
fn holders(args: &PhoneArgs, layer: &Layer, own: &OwnFiles) -> anyhow::Result<Vec<Persona>> {
    if args.name.is_some() || args.consumer.is_some() {
        let name = args.name.as_deref().unwrap_or("Ada Quill");
        let consumer = args.consumer.as_deref().unwrap_or("handset-ada");
        return Ok(vec![Persona::named(name, consumer.into())]);
    }
    let asked = match layer.get(Setting::Personas) {
        Some(Said {
            value: SettingValue::List(names),
            origin,
        }) if args.persona.is_empty() => Said::new(names.clone(), origin.clone()),
        _ => Said::new(args.persona.clone(), Origin::Flag("--persona")),
    };
    let mut holders: Vec<Persona> = Vec::new();
    for name in &asked.value {
        let found = own.persona(name).map_err(|error| match &asked.origin {
            Origin::Flag(_) => anyhow!(error),
            origin => anyhow!("{origin}: {error}"),
        });
        let persona = found?.persona;
        if holders.iter().any(|one| one.consumer == persona.consumer) {
            bail!(
                "{} {name} is the consumer {}, who has a phone already; \
                 leave it out, or give the file another `consumer`",
                asked.origin,
                persona.consumer
            );
        }
        holders.push(persona);
    }
    Ok(holders)
}

/// The themes there are, beginning with the one that was said.
fn themes(layer: &Layer) -> anyhow::Result<Vec<Theme>> {
    let (Some(said), Some(name)) = (layer.get(Setting::Theme), layer.text(Setting::Theme)) else {
        return Ok(palette::embedded());
    };
    let themes = palette::starting_with(name);
    match &said.origin {
        Origin::Default | Origin::Flag(_) => Ok(themes?),
        origin => themes.map_err(|error| anyhow!("{origin}: {error}")),
    }
}

/// Shows the phone until the user leaves or the system says stop.
pub async fn run(args: PhoneArgs) -> anyhow::Result<()> {
    let resolved = args.resolve()?;
    let profile = resolved.is_cloud.then(|| resolved.profile()).transpose()?;
    let themes = themes(&resolved.layer)?;
    let own = OwnFiles::read();
    let holders = holders(&args, &resolved.layer, &own)?;
    let log = logging::filter()?;
    let named = match &profile {
        Some(profile) => Some(Cloud::named(profile).await?),
        None => None,
    };
    check_terminal(
        "the phone",
        "; without one, use `handset sandbox` or `handset listen`",
    )?;
    let data = paths::data_dir(args.data_dir.clone())?;
    let folder = paths::phone_dir(&data, profile.as_ref().map(|it| it.account.as_str()));
    let (journal, feed) = Journal::open(&folder.join(paths::JOURNAL), Start::Cursor).await?;
    logging::to_file(&folder.join(paths::LOG), log);

    // The address is known before anything is served there: the sandbox wants to know it, and
    // the listener wants the sandbox's credentials.
    let (socket, path) = webhooks::bind(&resolved.layer, &journal).await?;
    let url = listener::url(socket.local_addr()?, &path);
    let cloud = match named {
        Some(cloud) => cloud,
        None => Cloud::sandbox(&folder, &url).await?,
    };

    let shutdown = Shutdown::new();
    let (intake, canaries, alive) = intake(&cloud, &journal);
    let local = Local {
        address: socket.local_addr()?,
        path: path.clone(),
    };
    let listener = webhooks::serve(socket, path, intake.clone(), &journal, &shutdown).await?;
    let (reports, exchanges) = mpsc::channel(EXCHANGES);
    let client = client(&cloud, reports)?;
    let claims = Claims::default();
    let mut signals = Signals::new()?;
    let mut running = None;
    let mut status = StatusWatch::near();
    if let Some(profile) = &profile {
        let context = IngressContext {
            credentials: &cloud.credentials,
            trust: &cloud.trust,
            journal: &journal,
            local,
            intake: &intake,
            client: &client,
            canaries,
            claims: claims.clone(),
            alive,
            take_over: args.take_over,
        };
        let (started, seen) = Ingress::start(profile, context, &shutdown).await?;
        status = seen;
        running = Some(started);
    }
    status.turned_away = listener.turned_away();
    let by_hand = pointed_by_hand(profile.as_ref(), &url)?;
    let is_wanted = announced(running.as_ref(), by_hand.as_ref(), &journal, &mut signals).await?;
    let mut outcome = Ok(());
    let agents = Shutdown::new();
    if is_wanted {
        let screen = ScreenSettings {
            folder,
            themes,
            pictures: args.pictures,
            personas: own.personas.clone(),
            account: cloud.credentials.account.clone(),
            notices: own.notices(),
            chairs: chairs(&cloud, profile.as_ref(), own.library, &agents)?,
        };
        let settings = engine::Settings {
            personas: holders,
            usual: usual(&own.personas),
            brand: cloud.brand.clone(),
            sandbox: cloud.sandbox.is_some(),
            names: cloud.names.clone(),
            listener: Some(listener.shown()),
            sandbox_at: cloud.sandbox.as_ref().map(|sandbox| sandbox.ready().csds),
            production: profile.as_ref().is_some_and(|profile| profile.production),
            fresh: args.new,
        };
        let parts = engine::Parts {
            client,
            exchanges,
            journal: journal.clone(),
            feed,
            ingress: status,
            claims,
        };
        let note = cloud.note(&screen.folder);
        let named = profile.map(|profile| (profile, cloud.trust.clone()));
        outcome = play(screen, settings, parts, (named, &shutdown), &mut signals).await;
        drop(note);
    }
    // Agents go home before their cloud does.
    agents.stop(agents::ENDING).await;
    leave(running, &shutdown, cloud.sandbox).await;
    journal.close().await;
    outcome
}

/// The consumer whose phone is opened when no other is.
fn usual(known: &[KnownPersona]) -> Persona {
    known.first().map_or_else(
        || Persona::named("Ada Quill", "handset-ada".into()),
        |one| one.persona.clone(),
    )
}

/// The agents who can log in beside the phone.
fn chairs(
    cloud: &Cloud,
    profile: Option<&Profile>,
    library: Library,
    agents: &Shutdown,
) -> anyhow::Result<Chairs> {
    let office = match profile {
        None => cloud.office()?,
        Some(profile) => profile.login.as_ref().map(|login| Office {
            csds: profile.csds.clone(),
            account: profile.account.clone(),
            trust: cloud.trust.clone(),
            logins: vec![Login {
                username: login.username.clone(),
                password: Password::At(login.password.clone()),
            }],
            names: cloud.names.clone(),
        }),
    };
    Ok(match office {
        Some(office) => office.chairs(library, false, agents),
        None => Chairs::none(
            "This profile has no login of an agent: give it a [login] with username and password.",
        ),
    })
}

/// The listener's address, where the user has to lead a tunnel to it. A sandbox on this machine
/// reaches it without one.
fn pointed_by_hand(profile: Option<&Profile>, url: &str) -> anyhow::Result<Option<Url>> {
    let is_sandbox = |profile: &Profile| profile.csds.scheme() == "http" && is_near(&profile.csds);
    let is_by_hand = |profile: &Profile| {
        Pointing::of(profile).is_ok_and(|pointing| pointing == Pointing::ByHand)
    };
    match profile {
        Some(profile) if !is_sandbox(profile) && is_by_hand(profile) => Ok(Some(url.parse()?)),
        _ => Ok(None),
    }
}

/// Says what has to be entered by hand, if something has to; whether to go on. `by_hand` is the
/// listener's address where no tunnel leads to it.
async fn announced(
    running: Option<&Ingress>,
    by_hand: Option<&Url>,
    journal: &Journal,
    signals: &mut Signals,
) -> anyhow::Result<bool> {
    let said = async {
        match (by_hand, running) {
            (Some(listener), _) => announce::by_hand(listener, journal).await,
            (None, Some(running)) => announce::endpoint(running, journal).await,
            (None, None) => Ok(true),
        }
    };
    tokio::select! {
        wanted = said => wanted,
        () = signals.stop() => Ok(false),
    }
}

/// Whether there is a screen to draw on.
pub(crate) fn check_terminal(what: &str, otherwise: &str) -> anyhow::Result<()> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        bail!("{what} needs a terminal for its input and output{otherwise}");
    }
    if env::var("TERM").is_ok_and(|term| term == "dumb") {
        bail!(
            "{what} needs a terminal with a cursor to move, and TERM says dumb; \
             set TERM to what the terminal is, like xterm-256color"
        );
    }
    Ok(())
}

/// What takes webhooks, with where its canaries land and when the last valid webhook came in.
fn intake(
    cloud: &Cloud,
    journal: &Journal,
) -> (Intake, Canaries, watch::Receiver<Option<Instant>>) {
    let canaries = Canaries::default();
    let (alive, signs_of_life) = watch::channel(None);
    let landed = canaries.clone();
    let intake = Intake::new(cloud.credentials.clone(), journal.clone())
        .with_canaries(Arc::new(move |canary| {
            landed.landed(canary);
        }))
        .with_signs_of_life(alive);
    (intake, canaries, signs_of_life)
}

/// Gives back what is borrowed, while webhooks are still taken: what the cloud sends meanwhile is
/// not lost. Then ends what is left.
async fn leave(running: Option<Ingress>, shutdown: &Shutdown, sandbox: Option<Sandbox>) {
    if let Some(running) = running
        && let Some(ended) = running.stop().await
        && ended != Ended::Nothing
    {
        tracing::info!(%ended, "the app install");
        // Nobody to tell is no reason to fail.
        let _ = writeln!(
            io::stderr(),
            "handset: {}",
            SafeText::from(ended.to_string())
        );
    }
    shutdown.stop(ENDING).await;
    if let Some(sandbox) = sandbox {
        sandbox.stop(ENDING).await;
    }
}

/// What calls the cloud.
fn client(cloud: &Cloud, reports: mpsc::Sender<Exchange>) -> Result<client::Client, client::Error> {
    let credentials = cloud.credentials.clone();
    client::Client::new(
        client::Settings {
            // The conversation tries again by itself, and tells the user that it does.
            patience: PATIENCE,
            trust: cloud.trust.clone(),
            ..client::Settings::new(
                cloud.csds.clone(),
                credentials.account,
                credentials.client,
                credentials.secret,
            )
        },
        reports,
    )
}

/// What of the journal was lost before the phone came back from it.
fn damaged(journal: &Journal) -> impl Iterator<Item = Notice> {
    journal.damage().into_iter().map(|words| Notice {
        severity: Severity::Warning,
        title: "The journal is not as it was left".to_owned(),
        detail: words,
        hint: "the phone goes on with the rest".to_owned(),
    })
}

/// Engine and screen, until the user leaves or the system says stop. Where a cloud is named, its
/// agents' names are read meanwhile.
async fn play(
    mut screen: ScreenSettings,
    settings: engine::Settings,
    parts: engine::Parts,
    (named, shutdown): (Option<(Profile, Trust)>, &Shutdown),
    signals: &mut Signals,
) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let journal = parts.journal.clone();
    let engine = engine::start(settings, parts, stop.clone()).await?;
    screen.notices.extend(damaged(&journal));
    if let Some((profile, trust)) = named {
        let reading = names::tell(profile, trust, journal, engine.commands.clone());
        let stop = stop.clone();
        shutdown.spawn(async move {
            stop.run_until_cancelled_owned(reading).await;
        });
    }
    let outcome = tokio::select! {
        outcome = show(screen, engine.updates, engine.commands, stop.clone()) => outcome,
        // Dropping the screen gives the terminal back.
        () = signals.stop() => Ok(()),
    };
    // Whatever ended the screen ends the rest: GONE is told, all of it journalled.
    stop.cancel();
    if timeout(ENDING, engine.task).await.is_err() {
        bail!("the conversation did not end in time; what was journalled is safe");
    }
    outcome
}
