//! One run of a swarm in the bench's own process.

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Duration};

use handset::{
    client::{Client, Settings},
    domain::{persona::Persona, workspace::command::Message},
    engine,
    ingress::listener::{self, Limits, ListenerSettings},
    rt::shutdown::Shutdown,
    runner::world::AgentLibrary,
    scenario::parse::parse,
    swarm::{
        measure::progress::SwarmProgress,
        run::{Swarm, SwarmEnd, SwarmOrder, SwarmSetup},
        scenario::SwarmScenario,
        workload::{Workload, plan::Slices},
    },
};
use serde_json::Value;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use crate::cloud::Cloud;

/// Nobody plays an agent here.
struct NoLibrary;

impl AgentLibrary for NoLibrary {
    fn reply(&self, _: &str, _: &str, _: &str) -> Result<String, String> {
        Err("there is no agent".to_owned())
    }

    fn card(&self, _: &Path) -> Result<(Message, Option<Value>), String> {
        Err("there is no agent".to_owned())
    }
}

/// Plays a scenario by a workload; `each` is told each second.
pub(crate) async fn run(
    cloud: &mut Cloud,
    scenario: &str,
    workload: Workload,
    mut each: impl FnMut(&SwarmProgress) + Send + 'static,
) -> SwarmEnd {
    let parsed = parse("a.talk", scenario, &|_| Err("none".to_owned()));
    let persona = Persona::named("Ada Quill", "handset-ada".into());
    let (reports, exchanges) = mpsc::channel(4096);
    let credentials = cloud.credentials.clone();
    let settings = Settings {
        reports_in_full: false,
        ..Settings::new(
            cloud.csds.parse().unwrap(),
            credentials.account.clone(),
            credentials.client.clone(),
            credentials.secret.clone(),
        )
    };
    let folder = tempfile::tempdir().unwrap();
    let swarm = Swarm::new(SwarmSetup {
        client: Client::new(settings, reports).unwrap(),
        exchanges,
        credentials,
        engine: engine::Settings {
            personas: Vec::new(),
            usual: persona.clone(),
            brand: "Acme".into(),
            sandbox: true,
            names: BTreeMap::new(),
            listener: None,
            listener_url: None,
            sandbox_at: None,
            production: false,
            fresh: true,
        },
        workload,
        scenarios: vec![SwarmScenario {
            path: "a.talk".to_owned(),
            script: Arc::new(parsed.script),
            personas: BTreeMap::from([("me".to_owned(), persona)]),
            folder: folder.path().to_owned(),
        }],
        seed: 7,
        run: "bench".to_owned(),
        slices: Slices::all(),
        files: folder.path().to_owned(),
        library: Arc::new(NoLibrary),
        skills: BTreeMap::new(),
        keep: None,
    });
    let (socket, path) = cloud.webhooks.take().unwrap();
    let shutdown = Shutdown::new();
    let hooks = swarm.hooks();
    let take = move |request| std::future::ready(hooks.take(request));
    let settings = ListenerSettings {
        path: Some(path),
        limits: Limits {
            connections: 16_384,
            ..Limits::default()
        },
    };
    listener::serve(socket, settings, take, &shutdown).unwrap();
    let (_orders, asked) = watch::channel(SwarmOrder::Go);
    let start = Instant::now() + Duration::from_millis(100);
    let told = Box::new(move |second: handset::swarm::run::SwarmSecond<'_>| each(second.progress));
    let end = Box::pin(swarm.run(start, asked, told)).await;
    shutdown.stop(Duration::from_secs(3)).await;
    end
}
