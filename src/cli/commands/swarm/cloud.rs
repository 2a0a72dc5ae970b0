//! The cloud that a swarm comes to: a sandbox inside this program.

use std::{collections::BTreeSet, net::Ipv4Addr, sync::Arc, time::Duration};

use anyhow::Context as _;
use tokio::{net::TcpListener, sync::mpsc};

use crate::{
    cli::{
        answerer::Answerer,
        checks::scratch::Scratch,
        cloud::{self, Cloud},
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

/// A cloud with the place where its webhooks will be taken.
pub(super) struct SwarmCloud {
    cloud: Cloud,
    client: Client,
    exchanges: mpsc::Receiver<Exchange>,
    socket: TcpListener,
    path: String,
    folder: Scratch,
}

/// The same, taking webhooks.
pub(super) struct ServingCloud {
    cloud: Cloud,
    shutdown: Shutdown,
    _folder: Scratch,
}

impl SwarmCloud {
    /// A sandbox of its own, the same for the same seed.
    pub(super) async fn in_sandbox(answerer: Answerer, seed: u64) -> anyhow::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .context("cannot open a port for webhooks on 127.0.0.1")?;
        let path = listener::fresh_path();
        let url = listener::url(socket.local_addr()?, &path);
        let layer = profile::sandbox(Layer::default())?.layer;
        let brand = layer
            .text(Setting::Brand)
            .unwrap_or(Settings::BRAND)
            .to_owned();
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
            client: cloud.client(reports)?,
            cloud,
            exchanges,
            socket,
            path,
            folder: scratch()?,
        })
    }

    /// A swarm in it. Its exchanges are the swarm's from now on.
    pub(super) fn setup(
        &mut self,
        own: OwnFiles,
        workload: Workload,
        scenarios: Vec<SwarmScenario>,
        (seed, slices, keep): (u64, Slices, Option<KeepFailed>),
    ) -> SwarmSetup {
        let cloud = &self.cloud;
        let (_, none) = mpsc::channel(1);
        SwarmSetup {
            client: self.client.clone(),
            exchanges: std::mem::replace(&mut self.exchanges, none),
            credentials: cloud.credentials.clone(),
            engine: engine::Settings {
                personas: Vec::new(),
                usual: Persona::named("Ada Quill", "handset-ada".into()),
                brand: cloud.brand.clone(),
                sandbox: true,
                names: cloud.names.clone(),
                listener: None,
                listener_url: None,
                sandbox_at: Some(cloud.csds.to_string()),
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
            skills: cast::sandbox_skills(),
            keep,
        }
    }

    /// Takes webhooks from now on.
    pub(super) fn serve(self, hooks: SwarmHooks) -> anyhow::Result<ServingCloud> {
        let shutdown = Shutdown::new();
        let settings = ListenerSettings {
            path: Some(self.path),
            limits: Limits {
                connections: CONNECTIONS,
                ..Limits::default()
            },
        };
        let take = move |request| std::future::ready(hooks.take(request));
        listener::serve(self.socket, settings, take, &shutdown)?;
        Ok(ServingCloud {
            cloud: self.cloud,
            shutdown,
            _folder: self.folder,
        })
    }
}

impl ServingCloud {
    /// Ends everything in order.
    pub(super) async fn end(self) {
        self.shutdown.stop(ENDING).await;
        if let Some(sandbox) = self.cloud.sandbox {
            sandbox.stop(ENDING).await;
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
