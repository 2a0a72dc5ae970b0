//! The cloud that a swarm comes to: a sandbox inside this program.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::Arc,
    time::Duration,
};

use anyhow::Context as _;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    cli::{
        answerer::Answerer,
        checks::scratch::Scratch,
        cloud::{self, Cloud},
        commands::run::{
            give_back,
            live::{Copying, LiveCloud},
        },
        own::OwnFiles,
        profile,
        scenarios::{cast, library::LibraryOfRun},
    },
    client::Client,
    config::{layer::Layer, setting::Setting},
    domain::{exchange::Exchange, persona::Persona},
    engine,
    ingress::listener::{self, Limits, ListenerSettings},
    rt::{serve, shutdown::Shutdown},
    sandbox::settings::Settings,
    swarm::{
        ingress::SwarmHooks,
        run::{KeepFailed, SwarmSetup},
        scenario::SwarmScenario,
        workload::{Workload, plan::Slices},
    },
};

/// Exchanges on their way to who counts them. When it is full a request waits to be reported.
const EXCHANGES: usize = 4096;
/// Connections of the listener and of the sandbox: more than are ever under way at once.
const CONNECTIONS: usize = 16_384;
/// Time for everything to end.
const ENDING: Duration = Duration::from_secs(3);

/// What scenarios find in a sandbox of a swarm.
pub(super) fn sandbox_has() -> BTreeSet<String> {
    ["survey"].map(str::to_owned).into()
}

/// A cloud that a swarm can come to.
pub(super) struct SwarmCloud {
    at: CloudPlace,
    client: Client,
    exchanges: mpsc::Receiver<Exchange>,
    folder: Scratch,
}

/// Where it is, and how its webhooks come in.
enum CloudPlace {
    /// Inside this program; the socket waits for its webhooks.
    Sandbox(Box<Cloud>, TcpListener, String),
    /// A profile's.
    Live(Box<LiveCloud>),
}

/// The same, taking webhooks.
pub(super) struct ServingCloud {
    at: ServingPlace,
    _folder: Scratch,
}

enum ServingPlace {
    Sandbox(Box<Cloud>, Shutdown),
    Live(Box<LiveCloud>, Copying),
}

impl SwarmCloud {
    /// A sandbox inside this program, the same for the same seed; requests are told in full or not.
    pub(super) async fn in_sandbox(
        answerer: Answerer,
        seed: u64,
        tells_wire: bool,
    ) -> anyhow::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot open a port for webhooks on 127.0.0.1")?;
        let path = listener::fresh_path();
        let url = listener::url(socket.local_addr()?, &path);
        let layer = profile::sandbox(Layer::default())?.layer;
        let brand = layer.text(Setting::Brand);
        let brand = brand.unwrap_or(Settings::BRAND).to_owned();
        let usual = Settings::default();
        let cloud = Cloud::sandbox(Settings {
            webhook: Some(url.parse()?),
            seed: Some(seed),
            rules: cloud::rules(&brand),
            brand,
            agent: answerer.agent,
            script: answerer.script,
            serving: serve::Limits {
                connections: CONNECTIONS,
                ..usual.serving
            },
            ..usual
        })
        .await?;
        let (reports, exchanges) = mpsc::channel(EXCHANGES);
        Ok(Self {
            client: cloud.client_that_reports(reports, tells_wire)?,
            at: CloudPlace::Sandbox(Box::new(cloud), socket, path),
            exchanges,
            folder: scratch()?,
        })
    }

    /// The cloud of a profile, to which webhooks come in already. When it cannot be used it is given
    /// back, and comes with the error.
    pub(super) fn live(
        live: LiveCloud,
        tells_wire: bool,
    ) -> Result<Self, (Box<LiveCloud>, anyhow::Error)> {
        let live = Box::new(live);
        let (reports, exchanges) = mpsc::channel(EXCHANGES);
        let made = live
            .cloud()
            .client_that_reports(reports, tells_wire)
            .map_err(anyhow::Error::from);
        let made = made.and_then(|client| Ok((client, scratch()?)));
        match made {
            Ok((client, folder)) => Ok(Self {
                at: CloudPlace::Live(live),
                client,
                exchanges,
                folder,
            }),
            Err(error) => Err((live, error)),
        }
    }

    /// A swarm in it. Its exchanges are the swarm's from now on.
    pub(super) fn setup(
        &mut self,
        own: OwnFiles,
        workload: Workload,
        scenarios: Vec<SwarmScenario>,
        (seed, slices, keep): (u64, Slices, Option<KeepFailed>),
    ) -> SwarmSetup {
        let (cloud, is_sandbox) = match &self.at {
            CloudPlace::Sandbox(cloud, ..) => (cloud.as_ref(), true),
            CloudPlace::Live(live) => (live.cloud(), false),
        };
        let (_, none) = mpsc::channel(1);
        SwarmSetup {
            client: self.client.clone(),
            exchanges: std::mem::replace(&mut self.exchanges, none),
            credentials: cloud.credentials.clone(),
            engine: engine::Settings {
                personas: Vec::new(),
                usual: Persona::named("Ada Quill", "handset-ada".into()),
                brand: cloud.brand.clone(),
                sandbox: is_sandbox,
                names: cloud.names.clone(),
                listener: None,
                listener_url: None,
                sandbox_at: is_sandbox.then(|| cloud.csds.to_string()),
                production: false,
                fresh: true,
            },
            workload,
            scenarios,
            seed,
            run: format!("{:x}", fastrand::u32(..)),
            slices,
            files: self.folder.path.clone(),
            library: Arc::new(LibraryOfRun(own.library)),
            skills: if is_sandbox {
                cast::sandbox_skills()
            } else {
                BTreeMap::new()
            },
            keep,
        }
    }

    /// Takes webhooks from now on.
    pub(super) fn serve(self, hooks: SwarmHooks) -> anyhow::Result<ServingCloud> {
        let at = match self.at {
            CloudPlace::Live(live) => {
                let copying = live.copy_with(Arc::new(move |request| {
                    hooks.take(request);
                    Box::pin(std::future::ready(()))
                }));
                ServingPlace::Live(live, copying)
            }
            CloudPlace::Sandbox(cloud, socket, path) => {
                let shutdown = Shutdown::new();
                let settings = ListenerSettings {
                    path: Some(path),
                    limits: Limits {
                        connections: CONNECTIONS,
                        ..Limits::default()
                    },
                };
                let take = move |request| std::future::ready(hooks.take(request));
                listener::serve(socket, settings, take, &shutdown)?;
                ServingPlace::Sandbox(cloud, shutdown)
            }
        };
        Ok(ServingCloud {
            at,
            _folder: self.folder,
        })
    }
}

impl ServingCloud {
    /// Ends everything in order; whether what was borrowed is as it was.
    pub(super) async fn end(self) -> bool {
        match self.at {
            ServingPlace::Sandbox(cloud, shutdown) => {
                shutdown.stop(ENDING).await;
                if let Some(sandbox) = cloud.sandbox {
                    sandbox.stop(ENDING).await;
                }
                true
            }
            ServingPlace::Live(live, copying) => {
                drop(copying);
                give_back(*live).await
            }
        }
    }
}

/// A folder for files that consumers fetch.
fn scratch() -> anyhow::Result<Scratch> {
    let name = uuid::Uuid::new_v4().simple();
    let folder = std::env::temp_dir().join(format!("handset-swarm-{name}"));
    Scratch::make(&folder)
        .with_context(|| format!("cannot make the folder {} for a swarm", folder.display()))
}
