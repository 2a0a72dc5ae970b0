//! The cloud of a profile for a run: the tunnel and the borrowed app install for all its scenes,
//! and phones for each of them.
//!
//! What is borrowed is noted in the phone's own journal, so that after a crash the next phone or run
//! gives it back. Webhooks are kept there too, for a conversation of the phone's may go on meanwhile;
//! a copy goes to the journal of the scene that is being played, which ends with it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{anyhow, bail};
use tokio::sync::{Notify, mpsc, watch};

use super::world::{Backstage, Makings, scratch, usual};
use crate::{
    cli::{
        agents::AgentCloud,
        checks::cloud::{CloudCheck, CloudTarget, Tokens},
        cloud::{Cloud, EXCHANGES},
        ingress::{Ingress, IngressContext},
        inputs, names,
        profile::{self, Pointing, Resolved},
        scenarios::{cast, library::LibraryOfRun},
        webhooks,
    },
    client::Needs,
    config::{layer::Layer, paths, profile::Profile},
    domain::{persona::Persona, secret::Secret},
    engine::{self, borrow::Ended},
    ingress::{
        intake::{Intake, TakeCopy},
        listener::TurnedAway,
        status::{IngressStatus, StatusWatch},
        tunnel::{Claims, Local},
    },
    rt::{shutdown::Shutdown, world_clock::WorldClock},
    runner::{
        case::Case,
        world::{EngineCommands, World, WorldPhones},
    },
    store::{Journal, Start},
};

/// How long the tunnel and the app install may take until webhooks come in.
const READY: Duration = Duration::from_mins(1);
/// Time for everything to end once the last scene is over.
const ENDING: Duration = Duration::from_secs(3);
/// What of a cloud nobody can be asked for.
const TOLD: [&str; 1] = ["survey"];

/// Which account scenarios are run against.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Against an account")]
pub(in crate::cli) struct LiveArgs {
    /// Run against the cloud of this profile of config.toml rather than in sandboxes.
    ///
    /// Its tunnel is opened, and its app install's webhooks are borrowed and given back as the
    /// phone does it. Scenes run one after another, each consumer under the persona's own id; what
    /// only the sandbox can do is skipped.
    #[arg(long, value_name = "NAME", value_parser = inputs::words)]
    profile: Option<String>,

    /// Open conversations although the profile says that real people are on the other side.
    #[arg(long, requires = "profile")]
    yes_production: bool,

    /// What the account has that nobody can be asked for: survey. Scenes that need it are run.
    #[arg(long, value_name = "WORD", requires = "profile", value_parser = told_words())]
    has: Vec<String>,

    /// Borrow the app install even if a colleague has it.
    #[arg(long, requires = "profile")]
    take_over: bool,

    /// The data folder, with the phone's journal [default: $HANDSET_DATA_DIR, else the user's data
    /// folder].
    #[arg(long, value_name = "DIR", requires = "profile")]
    data_dir: Option<PathBuf>,
}

fn told_words() -> clap::builder::PossibleValuesParser {
    clap::builder::PossibleValuesParser::new(TOLD)
}

/// A profile that scenes are to be run with; nothing is opened yet.
pub(in crate::cli) struct LivePlan {
    resolved: Resolved,
    pub(in crate::cli) profile: Profile,
    has: BTreeSet<String>,
    take_over: bool,
    data: PathBuf,
    may_open: bool,
}

impl LiveArgs {
    /// The profile that is named; `None` when none is.
    pub(in crate::cli) fn plan(&self) -> anyhow::Result<Option<LivePlan>> {
        let Some(name) = &self.profile else {
            return Ok(None);
        };
        let resolved = profile::resolve(Some(name), Layer::default())?;
        let profile = resolved.profile()?;
        Pointing::of(&profile)?;
        let mut has: BTreeSet<String> = self.has.iter().cloned().collect();
        has.insert("live".to_owned());
        if profile.login.is_some() {
            has.insert("agent".to_owned());
        }
        Ok(Some(LivePlan {
            resolved,
            has,
            take_over: self.take_over,
            data: paths::data_dir(self.data_dir.clone())?,
            may_open: !profile.production || self.yes_production,
            profile,
        }))
    }
}

impl LivePlan {
    /// Whether conversations may be opened there.
    pub(super) fn check_consent(&self) -> anyhow::Result<()> {
        if self.may_open {
            return Ok(());
        }
        bail!(
            "the profile {} is one of production: real people would answer; say --yes-production \
             if that is meant, or leave `production = true` out of the profile if it is not so",
            self.profile.name
        );
    }

    /// What scenes find there.
    pub(in crate::cli) fn has(&self) -> BTreeSet<String> {
        self.has.clone()
    }
}

/// Why a case cannot be run with a profile for its agents; `None` when it can.
pub(super) fn lacks_agents(profile: &Profile, case: &Case<'_>) -> Option<String> {
    let agents = case.cast.iter().filter(|one| one.is_agent);
    let agents: Vec<&str> = agents.map(|one| one.name.as_str()).collect();
    let (count, named, name) = (agents.len(), agents.join(", "), &profile.name);
    match (count, &profile.login) {
        (0, _) | (1, Some(_)) => None,
        (_, None) => Some(format!(
            "needs agent: {named} is played, and the profile {name} has no [login]"
        )),
        (_, Some(_)) => Some(format!(
            "needs {count} agents ({named}), and the profile {name} has one [login]"
        )),
    }
}

/// Who takes copies of webhooks just now.
type CopyTaker = Arc<Mutex<Option<TakeCopy>>>;

/// Where copies of webhooks go while a scene is played; it ends when dropped.
pub(in crate::cli) struct Copying(CopyTaker);

impl Drop for Copying {
    fn drop(&mut self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// A profile's cloud, with the way in for its webhooks.
pub(in crate::cli) struct LiveCloud {
    profile: Profile,
    may_open: bool,
    has: BTreeSet<String>,
    cloud: Cloud,
    journal: Journal,
    ingress: Ingress,
    status: watch::Receiver<IngressStatus>,
    again: Arc<Notify>,
    turned_away: watch::Receiver<TurnedAway>,
    /// Where the listener serves: without the secret part of its path, and whole.
    listener: (String, Secret),
    claims: Claims,
    scene: CopyTaker,
    shutdown: Shutdown,
}

impl LiveCloud {
    /// Asks for tokens and begins to open the way in. Dropped before it is done, it leaves nothing
    /// behind; from then on [`end`](Self::end) has to be called.
    pub(super) async fn open(plan: LivePlan) -> anyhow::Result<Self> {
        let profile = plan.profile;
        let mut cloud = Cloud::named(&profile).await?;
        let folder = paths::phone_dir(&plan.data, Some(profile.account.as_str()));
        let (journal, _) = Journal::open(&folder.join(paths::JOURNAL), Start::Cursor).await?;
        let shutdown = Shutdown::new();
        check_tokens(&profile, &cloud, &shutdown).await?;
        cloud.names = names::known(&profile, &cloud.trust, &journal).await;
        let (socket, path) = webhooks::bind(&plan.resolved.layer, &journal).await?;
        let local = Local {
            address: socket.local_addr()?,
            path: path.clone(),
        };
        let scene = CopyTaker::default();
        let (intake, canaries, alive) = cloud.intake(&journal);
        let intake = intake.with_copies(copies(Arc::clone(&scene)));
        let listener = webhooks::serve(socket, path, intake.clone(), &journal, &shutdown).await?;
        let (reports, exchanges) = mpsc::channel(EXCHANGES);
        // Nobody asks what the login of the app install does.
        drop(exchanges);
        let client = cloud.client(reports)?;
        let claims = Claims::default();
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
            take_over: plan.take_over,
        };
        let (ingress, status) = Ingress::start(&profile, context, &shutdown).await?;
        Ok(Self {
            may_open: plan.may_open,
            has: plan.has,
            profile,
            ingress,
            status: status.state,
            again: status.again,
            turned_away: listener.turned_away(),
            listener: (listener.shown(), Secret::new(listener.url())),
            claims,
            scene,
            cloud,
            journal,
            shutdown,
        })
    }

    /// Waits until webhooks come in.
    pub(super) async fn ready(&self) -> anyhow::Result<()> {
        self.ingress.proved(READY).await.map_err(|why| anyhow!(why))
    }

    /// What has to lead here without handset's doing, in words; `None` where handset does it.
    pub(super) fn left_to_user(&self) -> Option<String> {
        let name = &self.profile.name;
        match Pointing::of(&self.profile) {
            Ok(Pointing::Tunnel) => Some(format!(
                "the profile {name} borrows nothing: the app install has to send its webhooks here \
                 already; `handset --profile {name}` says what to enter"
            )),
            Ok(Pointing::ByHand) => Some(format!(
                "the profile {name} names no tunnel: its cloud has to reach {} by itself",
                self.listener.0
            )),
            Ok(Pointing::Borrowed) | Err(_) => None,
        }
    }

    /// Gives back what is borrowed, while webhooks are still taken, and ends the rest. Gives what was
    /// done with the app install, unless nothing was.
    pub(super) async fn end(self) -> Option<Ended> {
        let ended = self.ingress.stop().await;
        self.shutdown.stop(ENDING).await;
        self.journal.close().await;
        ended.filter(|ended| *ended != Ended::Nothing)
    }

    /// The phones of a case, with a journal of their own.
    pub(super) async fn world(
        &self,
        makings: &Makings,
        case: &Case<'_>,
        folder: &Path,
    ) -> anyhow::Result<(World, Backstage)> {
        let consumers = cast::consumers(&makings.own, case, folder)?;
        let scratch = scratch()?;
        let journal = scratch.path.join(paths::JOURNAL);
        let (journal, feed) = Journal::open(&journal, Start::Cursor).await?;
        let (reports, exchanges) = mpsc::channel(EXCHANGES);
        let client = self.cloud.client(reports)?;
        let copying = self.copy_to(&journal);
        let shutdown = Shutdown::new();
        let clock = WorldClock::default();
        let parts = engine::Parts {
            client,
            pictures: None,
            exchanges,
            journal: journal.clone(),
            feed,
            claims: self.claims.clone(),
            ingress: StatusWatch {
                state: self.status.clone(),
                again: Arc::clone(&self.again),
                turned_away: self.turned_away.clone(),
                ..StatusWatch::near()
            },
            clock: clock.clone(),
        };
        let settings = self.settings(&consumers, makings);
        let engine = engine::start(settings, parts, shutdown.token()).await?;
        let agents = Shutdown::new();
        let world = World {
            commands: EngineCommands::of(&engine),
            updates: engine.updates,
            phones: WorldPhones::Own(engine.task),
            consumers,
            log_in: cast::log_in(AgentCloud::of_profile(&self.profile, &self.cloud), &agents),
            sandbox: None,
            library: Arc::new(LibraryOfRun(makings.own.library.clone())),
            skills: BTreeMap::new(),
            has: self.has.clone(),
            may_open: self.may_open,
            is_own: false,
            clock,
            skips_idle_time: false,
        };
        let backstage = Backstage {
            journal,
            shutdown,
            agents,
            sandbox: None,
            copying: Some(copying),
            brand: self.cloud.brand.clone(),
            _folder: scratch,
        };
        Ok((world, backstage))
    }

    fn settings(
        &self,
        consumers: &BTreeMap<String, Persona>,
        makings: &Makings,
    ) -> engine::Settings {
        let mut personas: Vec<Persona> = Vec::new();
        for persona in consumers.values() {
            // Two names of one consumer are one phone.
            if !personas.iter().any(|one| one.consumer == persona.consumer) {
                personas.push(persona.clone());
            }
        }
        engine::Settings {
            usual: usual(&personas, &makings.own),
            personas,
            brand: self.cloud.brand.clone(),
            sandbox: false,
            names: self.cloud.names.clone(),
            listener: Some(self.listener.0.clone()),
            listener_url: Some(self.listener.1.clone()),
            sandbox_at: None,
            production: self.profile.production,
            fresh: true,
        }
    }

    /// From now on copies of webhooks go to a scene's journal.
    fn copy_to(&self, journal: &Journal) -> Copying {
        let intake = Intake::new(self.cloud.credentials.clone(), journal.clone());
        self.copy_with(Arc::new(move |request| {
            let intake = intake.clone();
            Box::pin(async move {
                intake.take(request).await;
            })
        }))
    }

    /// From now on copies of webhooks are taken by this.
    pub(in crate::cli) fn copy_with(&self, take: TakeCopy) -> Copying {
        *self.scene.lock().unwrap_or_else(PoisonError::into_inner) = Some(take);
        Copying(Arc::clone(&self.scene))
    }

    /// The cloud itself.
    pub(in crate::cli) fn cloud(&self) -> &Cloud {
        &self.cloud
    }
}

fn copies(taker: CopyTaker) -> TakeCopy {
    Arc::new(move |request| {
        let take = taker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match take {
            Some(take) => take(request),
            None => Box::pin(std::future::ready(())),
        }
    })
}

/// That the cloud knows the account and gives tokens, in the words of the doctor.
async fn check_tokens(profile: &Profile, cloud: &Cloud, shutdown: &Shutdown) -> anyhow::Result<()> {
    let target = CloudTarget::of(profile, &cloud.trust);
    let secret = Some(cloud.credentials.secret.clone());
    let check = CloudCheck::new(&target, profile.client.clone(), secret, shutdown);
    let check = match check {
        Ok(check) => check,
        Err(finding) => return finding.passed(),
    };
    check.domains(Needs::Phone).await.passed()?;
    match check.tokens(&profile.secret.to_string()).await {
        Tokens::Given(_) => Ok(()),
        Tokens::Refused(finding) | Tokens::Other(finding) => finding.passed(),
    }
}
