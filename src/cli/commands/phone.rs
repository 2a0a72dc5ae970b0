//! `handset` without a subcommand: the phone, with the sandbox as its cloud or
//! with any other cloud that is named.

mod announce;
mod kept_screen;
mod logins;
mod play;
mod scenario;
pub(crate) mod show;
mod tap;

use std::{
    env,
    io::{self, IsTerminal, Write as _},
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{anyhow, bail};
use tokio::sync::mpsc;
use url::Url;

use self::{
    play::play,
    scenario::PhoneScenarios,
    show::{ScreenSettings, StagedScreen},
};
use crate::{
    cli::{
        agents,
        answerer::Answerer,
        beside,
        cloud::{self, Cloud, EXCHANGES},
        ingress::{Ingress, IngressContext},
        inputs, logging,
        own::OwnFiles,
        pictures::Pictures,
        plain_mode::PlainMode,
        profile::{self, Pointing, Resolved},
        signals::Signals,
        webhooks,
    },
    config::{
        layer::Layer,
        origin::{Origin, Said},
        paths,
        personas::KnownPersona,
        profile::Profile,
        setting::Setting,
        words::SettingValue,
    },
    domain::{near::is_near, persona::Persona, secret::Secret, text::SafeText},
    engine::{self, borrow::Ended},
    ingress::{
        listener,
        status::StatusWatch,
        tunnel::{Claims, Local},
    },
    rt::{shutdown::Shutdown, world_clock::WorldClock},
    sandbox::{Sandbox, settings::Settings},
    store::{Journal, Start},
    tui::{
        app::theatre::ShowSettings,
        stage::Stage,
        theme::palette::{self, Theme},
    },
};

/// Time for everything to end once the screen is gone.
const ENDING: Duration = Duration::from_secs(3);

/// The phone's own flags.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, clap::Args)]
pub(crate) struct PhoneArgs {
    /// The theme: dark, light, contrast, meadow, or a theme file [default: the profile's, else dark].
    #[arg(long, value_name = "NAME|FILE")]
    theme: Option<String>,

    /// How pictures are drawn: by what the terminal is known to do, in a way of its own, with
    /// half blocks, or not at all.
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pictures: Pictures,

    /// Whether pictures of cards are fetched: auto, which asks you about each host but those of the
    /// sandbox's cards, on or off [default: the profile's, else auto].
    #[arg(long = "fetch-pictures", value_name = "HOW", num_args = 0..=1, require_equals = true,
          default_missing_value = "on", value_parser = inputs::fetching)]
    fetching: Option<&'static str>,

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
    #[arg(long, conflicts_with_all = [
        "profile", "csds", "account", "client-id", "secret-env", "ca", "tunnel", "relay",
        "ticket-env", "take_over",
    ])]
    sandbox: bool,

    /// Who answers in the sandbox: riley, none, or a script of your own in the format of
    /// assets/riley.toml [default: riley].
    #[arg(long, value_name = "WHO|FILE", value_parser = inputs::words)]
    agent: Option<String>,

    /// The brand's name on the screen, and in the sandbox that of the brand that answers; of
    /// `handset stage` the brand pack, by its name or folder
    /// [default: $HANDSET_BRAND, else the profile's; else the account, or Acme in the sandbox].
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    pub(crate) brand: Option<String>,

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

    /// Mask accounts, ids, hosts, paths, tokens, addresses and numbers of people on the screen, and
    /// copy none of them.
    #[arg(long)]
    private: bool,

    /// The dress of the phone on the demo stage.
    #[arg(skip)]
    pub(crate) stage: Option<Box<Stage>>,

    /// The scenario that is played at once, and the same as a show.
    #[arg(skip)]
    pub(crate) plays: Option<(String, ShowSettings)>,
}

impl PhoneArgs {
    /// What holds, these flags being the uppermost layer.
    fn resolve(&self) -> anyhow::Result<Resolved> {
        let mut layer = self.cloud.layer.clone().over(self.tunnel.layer.clone());
        layer.put_flag(Setting::Theme, self.theme.as_ref(), "--theme");
        layer.put_flag(Setting::Brand, self.brand.as_ref(), "--brand");
        layer.put_flag(Setting::FetchPictures, self.fetching, "--fetch-pictures");
        layer.put_switch(Setting::Private, self.private, "--private");
        layer.put_flag(Setting::Bind, self.bind, "--bind");
        layer.put_flag(Setting::HookPath, self.hook_path.as_ref(), "--hook-path");
        if self.sandbox {
            return profile::sandbox(layer);
        }
        let resolved = profile::resolve(self.cloud.profile.as_deref(), layer)?;
        let mut ignored = resolved.ignored.iter();
        if let Some((_, flag)) = ignored.find(|(_, origin)| matches!(origin, Origin::Flag(_))) {
            bail!(
                "{flag} does nothing in the sandbox, and no cloud is named; choose a profile with \
                 --profile, name a cloud with --account, or leave {flag} out"
            );
        }
        if resolved.is_cloud && self.agent.is_some() {
            bail!("--agent is for the sandbox; add --sandbox, or leave it out");
        }
        Ok(resolved)
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
#[expect(
    clippy::too_many_lines,
    reason = "one step after another, each used once"
)]
pub(crate) async fn run(args: PhoneArgs, plain: Option<PlainMode>) -> anyhow::Result<()> {
    let resolved = args.resolve()?;
    let profile = resolved.is_cloud.then(|| resolved.profile()).transpose()?;
    let themes = themes(&resolved.layer)?;
    let own = OwnFiles::read();
    let holders = holders(&args, &resolved.layer, &own)?;
    let answerer = Answerer::read(args.agent.as_deref())?;
    let log = logging::filter()?;
    let named = match &profile {
        Some(profile) => Some(Cloud::named(profile).await?),
        None => None,
    };
    if plain.is_none() {
        check_terminal(
            "the phone",
            "; without one, use --plain, `handset sandbox` or `handset listen`",
        )?;
    }
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
        None => Cloud::sandbox(sandbox(&folder, &url, answerer, &args, &resolved.layer)?).await?,
    };

    let shutdown = Shutdown::new();
    let (intake, canaries, alive) = cloud.intake(&journal);
    let local = Local {
        address: socket.local_addr()?,
        path: path.clone(),
    };
    let listener = webhooks::serve(socket, path, intake.clone(), &journal, &shutdown).await?;
    let (reports, exchanges) = mpsc::channel(EXCHANGES);
    let client = cloud.client(reports)?;
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
        let fetcher = cloud.fetcher(&resolved.layer, args.pictures)?;
        let logins = logins::of(&cloud, profile.as_ref())?;
        let screen = ScreenSettings {
            folder,
            themes,
            pictures: args.pictures,
            fetches: fetcher.is_some(),
            personas: own.personas.clone(),
            account: cloud.credentials.account.clone(),
            keymap: own.keys.keymap.clone(),
            never_suspend: show::never_suspend(profile.as_ref()),
            lent: signals.lent(),
            notices: own.notices(),
            skills: cloud.skills(),
            workspace: logins::for_screen(logins.clone(), own.library, &agents),
            scenarios: None,
            staged: args.plays.map(|(file, show)| StagedScreen {
                show: Some(show),
                plays: Some(file),
                cast: None,
                still: None,
            }),
            stage: args.stage,
            is_private: resolved.layer.switch(Setting::Private),
            plain,
        };
        let scenarios = PhoneScenarios::of(&cloud, logins, &agents)?;
        let settings = engine::Settings {
            personas: holders,
            usual: usual(&own.personas),
            brand: cloud.brand.clone(),
            sandbox: cloud.sandbox.is_some(),
            names: cloud.names.clone(),
            listener: Some(listener.shown()),
            listener_url: Some(Secret::new(listener.url())),
            sandbox_at: cloud.sandbox.as_ref().map(|sandbox| sandbox.ready().csds),
            production: profile.as_ref().is_some_and(|profile| profile.production),
            fresh: args.new,
        };
        let parts = engine::Parts {
            client,
            pictures: fetcher,
            exchanges,
            journal: journal.clone(),
            feed,
            ingress: status,
            claims,
            clock: WorldClock::default(),
        };
        let note = cloud.note(&screen.folder);
        let named = profile.map(|profile| (profile, cloud.trust.clone()));
        let named = (named, &shutdown);
        outcome = play(screen, scenarios, settings, parts, named, &mut signals).await;
        drop(note);
    }
    // Agent sessions end before their cloud does.
    agents.stop(agents::ENDING).await;
    leave(running, &shutdown, cloud.sandbox).await;
    journal.close().await;
    outcome
}

/// The phone's own sandbox, which keeps its state in the phone's folder.
fn sandbox(
    folder: &Path,
    webhook: &str,
    answerer: Answerer,
    args: &PhoneArgs,
    layer: &Layer,
) -> anyhow::Result<Settings> {
    let brand = layer.text(Setting::Brand).unwrap_or(Settings::BRAND);
    Ok(Settings {
        rules: match args.plays {
            Some(_) => cloud::rules_of_scenes(brand),
            None => cloud::rules(brand),
        },
        webhook: Some(webhook.parse()?),
        state: Some(folder.join("cloud.db")),
        control: beside::token()?,
        brand: brand.to_owned(),
        agent: answerer.agent,
        script: answerer.script,
        ..Settings::default()
    })
}

/// The consumer whose phone is opened when no other is.
fn usual(known: &[KnownPersona]) -> Persona {
    known.first().map_or_else(
        || Persona::named("Ada Quill", "handset-ada".into()),
        |one| one.persona.clone(),
    )
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
             set TERM to what the terminal is, like xterm-256color, or leave --no-plain out"
        );
    }
    Ok(())
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
