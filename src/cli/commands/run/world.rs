//! The world of one scene in a sandbox of its own: cloud, listener, journal and engine, made for
//! it and ended with it. That of a scene in a profile's cloud is made in `live`.

use std::{collections::BTreeSet, path::Path, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::sync::mpsc;

use crate::{
    cli::{
        agents,
        answerer::Answerer,
        checks::scratch::Scratch,
        cloud::{self, Cloud, EXCHANGES},
        commands::{run::live::Copying, sandbox::ctl::control::Control},
        own::OwnFiles,
        scenarios::{cast, library::LibraryOfRun},
        webhooks,
    },
    config::{layer::Layer, paths, setting::Setting},
    domain::{persona::Persona, secret::Secret, text::SafeText},
    engine,
    ingress::{listener, status::StatusWatch, tunnel::Claims},
    rt::{shutdown::Shutdown, world_clock::WorldClock},
    runner::{
        case::Case,
        world::{EngineCommands, World, WorldPhones},
    },
    sandbox::{Sandbox, keys::SharedKey, settings::Settings},
    store::{Journal, Start},
};

/// Time for everything to end once the scene is over.
const ENDING: Duration = Duration::from_secs(3);

/// What every world of a run is made with.
pub(super) struct Makings {
    pub(super) own: OwnFiles,
    pub(super) layer: Layer,
    pub(super) answerer: Answerer,
    /// Idle time in the sandboxes is jumped over.
    pub(super) skips_idle_time: bool,
    /// What all of them sign tokens with.
    pub(super) key: SharedKey,
}

/// What stands behind a world, and ends after it.
pub(super) struct Backstage {
    pub(super) journal: Journal,
    pub(super) shutdown: Shutdown,
    pub(super) agents: Shutdown,
    pub(super) sandbox: Option<Sandbox>,
    /// Where webhooks of a cloud elsewhere are copied from.
    pub(super) copying: Option<Copying>,
    /// What the brand is called.
    pub(super) brand: SafeText,
    pub(super) _folder: Scratch,
}

impl Makings {
    /// A world with a sandbox of its own, the same for the same seed.
    pub(super) async fn own_world(
        &self,
        case: &Case<'_>,
        folder: &Path,
        seed: u64,
    ) -> anyhow::Result<(World, Backstage)> {
        let mut consumers = cast::consumers(&self.own, case, folder)?;
        for (name, persona) in &mut consumers {
            // Nobody else is there, and each of the cast is somebody of their own.
            persona.consumer = format!("{}-{name}-{seed}", persona.consumer)
                .as_str()
                .into();
        }
        let scratch = scratch()?;
        let journal = scratch.path.join(paths::JOURNAL);
        let (journal, feed) = Journal::open(&journal, Start::Cursor).await?;
        let (socket, path) = webhooks::bind(&Layer::default(), &journal).await?;
        let url = listener::url(socket.local_addr()?, &path);
        let brand = self.brand();
        let clock = WorldClock::default();
        let cloud = Cloud::sandbox(Settings {
            clock: Some(clock.clone()),
            key: Some(self.key.clone()),
            webhook: Some(url.parse()?),
            seed: Some(seed),
            rules: cloud::rules_of_scenes(&brand),
            brand,
            agent: self.answerer.agent,
            script: self.answerer.script.clone(),
            ..Settings::default()
        })
        .await?;
        let shutdown = Shutdown::new();
        let (intake, _, _) = cloud.intake(&journal);
        let listener = webhooks::serve(socket, path, intake, &journal, &shutdown).await?;
        let (reports, exchanges) = mpsc::channel(EXCHANGES);
        let client = cloud.client(reports)?;
        let personas: Vec<Persona> = consumers.values().cloned().collect();
        let settings = engine::Settings {
            usual: usual(&personas, &self.own),
            personas,
            brand: cloud.brand.clone(),
            sandbox: true,
            names: cloud.names.clone(),
            listener: Some(listener.shown()),
            listener_url: Some(Secret::new(listener.url())),
            sandbox_at: Some(cloud.csds.to_string()),
            production: false,
            fresh: true,
        };
        let parts = engine::Parts {
            client,
            pictures: None,
            exchanges,
            journal: journal.clone(),
            feed,
            claims: Claims::default(),
            ingress: StatusWatch::near(),
            clock: clock.clone(),
        };
        let engine = engine::start(settings, parts, shutdown.token()).await?;
        let agents = Shutdown::new();
        let control = cloud
            .sandbox
            .as_ref()
            .map(|sandbox| sandbox.ready().control);
        let world = World {
            commands: EngineCommands::of(&engine),
            updates: engine.updates,
            phones: WorldPhones::Own(engine.task),
            consumers,
            log_in: cast::log_in(cloud.agents()?, &agents),
            sandbox: Some(Arc::new(Control::new(cloud.csds.clone(), control)?)),
            library: Arc::new(LibraryOfRun(self.own.library.clone())),
            skills: cast::sandbox_skills(),
            has: Self::own_has(),
            may_open: true,
            is_own: true,
            clock,
            skips_idle_time: self.skips_idle_time,
        };
        let backstage = Backstage {
            journal,
            shutdown,
            agents,
            sandbox: cloud.sandbox,
            copying: None,
            brand: cloud.brand,
            _folder: scratch,
        };
        Ok((world, backstage))
    }

    /// What a scene finds in a sandbox of its own.
    pub(super) fn own_has() -> BTreeSet<String> {
        ["sandbox", "survey", "agent"].map(str::to_owned).into()
    }

    fn brand(&self) -> String {
        let brand = self.layer.text(Setting::Brand);
        brand.unwrap_or(Settings::BRAND).to_owned()
    }
}

/// The consumer whose phone is opened when the cast has no consumer.
pub(super) fn usual(personas: &[Persona], own: &OwnFiles) -> Persona {
    let first = personas
        .first()
        .or(own.personas.first().map(|one| &one.persona));
    let first = first.cloned();
    let mut usual = first.unwrap_or_else(|| Persona::named("Ada Quill", "handset-ada".into()));
    usual.habits.opens_at_once = false;
    usual
}

/// A folder for one scene's files.
pub(super) fn scratch() -> anyhow::Result<Scratch> {
    let name = uuid::Uuid::new_v4().simple();
    let folder = std::env::temp_dir().join(format!("handset-run-{name}"));
    Scratch::make(&folder)
        .with_context(|| format!("cannot make the folder {} for a scene", folder.display()))
}

impl Backstage {
    /// Ends everything in order: who calls the cloud, then the cloud.
    pub(super) async fn end(self) {
        drop(self.copying);
        self.agents.stop(agents::ENDING).await;
        self.shutdown.stop(ENDING).await;
        if let Some(sandbox) = self.sandbox {
            sandbox.stop(ENDING).await;
        }
        self.journal.close().await;
    }
}
