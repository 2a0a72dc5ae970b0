//! A swarm in this process, with the sandbox that it comes to.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use handset::{
    client::{Client, Settings as ClientSettings},
    domain::{
        inbound::{Credentials, Request},
        persona::Persona,
        workspace::command::Message,
    },
    engine::Settings as EngineSettings,
    ingress::listener::{self, ListenerSettings},
    rt::shutdown::Shutdown,
    runner::world::AgentLibrary,
    sandbox::{
        Sandbox,
        settings::{Agent, Delays, Settings},
        start,
    },
    scenario::parse::parse,
    swarm::{
        measure::{Latency, LatencyHistogram, Measures, SwarmCount},
        run::{Swarm, SwarmEnd, SwarmOrder, SwarmSetup},
        scenario::SwarmScenario,
        workload::{Workload, plan::Slices},
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
    task::JoinHandle,
    time::Instant,
};

use crate::support::soon;

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

/// Where the cloud is, and what it has.
pub(super) struct CloudAt {
    pub(super) csds: String,
    pub(super) credentials: Credentials,
    pub(super) control: String,
}

/// A place for webhooks that are not taken yet.
pub(super) struct Webhooks {
    socket: TcpListener,
    path: String,
}

impl Webhooks {
    pub(super) async fn new() -> Self {
        Self {
            socket: TcpListener::bind("127.0.0.1:0").await.unwrap(),
            path: listener::fresh_path(),
        }
    }

    pub(super) fn url(&self) -> String {
        listener::url(self.socket.local_addr().unwrap(), &self.path)
    }
}

/// A swarm that runs.
pub(super) struct RunningSwarm {
    pub(super) orders: watch::Sender<SwarmOrder>,
    pub(super) start: Instant,
    /// Webhooks that tell that somebody looks at the conversation.
    pub(super) active: Arc<AtomicU64>,
    run: JoinHandle<SwarmEnd>,
    shutdown: Shutdown,
    _folder: TempDir,
}

impl RunningSwarm {
    /// Starts one of a scenario with this text.
    pub(super) fn start(
        cloud: &CloudAt,
        webhooks: Webhooks,
        scenario: &str,
        persona: Persona,
        workload: Workload,
    ) -> Self {
        let parsed = parse("a.talk", scenario, &|_| Err("none".to_owned()));
        assert!(parsed.faults.is_empty(), "{:?}", parsed.faults);
        let folder = tempfile::tempdir().unwrap();
        let (reports, exchanges) = mpsc::channel(256);
        let credentials = cloud.credentials.clone();
        let client = Client::new(
            ClientSettings::new(
                cloud.csds.parse().unwrap(),
                credentials.account.clone(),
                credentials.client.clone(),
                credentials.secret.clone(),
            ),
            reports,
        );
        let swarm = Swarm::new(SwarmSetup {
            client: client.unwrap(),
            exchanges,
            credentials,
            engine: EngineSettings {
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
                folder: PathBuf::from("."),
            }],
            seed: 7,
            run: "test".to_owned(),
            slices: Slices::all(),
            files: folder.path().to_owned(),
            library: Arc::new(NoLibrary),
            skills: BTreeMap::new(),
            keep: None,
        });
        let shutdown = Shutdown::new();
        let hooks = swarm.hooks();
        let active = Arc::new(AtomicU64::new(0));
        let noted = Arc::clone(&active);
        let take = move |request: Request| {
            let says = String::from_utf8_lossy(&request.body).contains("\"ACTIVE\"");
            noted.fetch_add(u64::from(says), Ordering::SeqCst);
            std::future::ready(hooks.take(request))
        };
        let settings = ListenerSettings {
            path: Some(webhooks.path),
            ..ListenerSettings::default()
        };
        listener::serve(webhooks.socket, settings, take, &shutdown).unwrap();
        let (orders, asked) = watch::channel(SwarmOrder::Go);
        let start = Instant::now() + Duration::from_millis(50);
        let run = tokio::spawn(swarm.run(start, asked, Box::new(|_| {})));
        Self {
            orders,
            start,
            active,
            run,
            shutdown,
            _folder: folder,
        }
    }

    /// Waits for its end.
    pub(super) async fn end(self) -> SwarmEnd {
        let end = soon("the end of the swarm", self.run).await.unwrap();
        self.shutdown.stop(Duration::from_secs(3)).await;
        end
    }
}

/// A sandbox in this process, with a place for its webhooks.
pub(super) async fn sandbox(agent: Agent) -> (Sandbox, CloudAt, Webhooks) {
    let webhooks = Webhooks::new().await;
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sandbox = start(
        socket,
        Settings {
            agent,
            delays: Delays::none(),
            seed: Some(7),
            webhook: Some(webhooks.url().parse().unwrap()),
            ..Settings::default()
        },
    )
    .await
    .unwrap();
    let ready = sandbox.ready();
    let cloud = CloudAt {
        csds: ready.csds.clone(),
        credentials: Credentials {
            account: ready.account.clone(),
            client: ready.client_id.clone(),
            secret: ready.client_secret.clone(),
        },
        control: ready.control.reveal().to_owned(),
    };
    (sandbox, cloud, webhooks)
}

impl CloudAt {
    /// Switches a fault on.
    pub(super) async fn add_fault(&self, fault: Value) {
        let answer = self.control("POST", Some(fault)).await;
        assert!(answer.get("id").is_some(), "{answer}");
    }

    /// How often each fault has hit, in the order they were added.
    pub(super) async fn fired(&self) -> Vec<u64> {
        let listed = self.control("GET", None).await;
        let faults = listed.as_array().or_else(|| listed["faults"].as_array());
        let faults = faults.unwrap_or_else(|| panic!("{listed}"));
        faults
            .iter()
            .map(|one| one["fired"].as_u64().unwrap())
            .collect()
    }

    async fn control(&self, method: &str, body: Option<Value>) -> Value {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = http
            .request(method, format!("{}/sandbox/v1/faults", self.csds))
            .bearer_auth(&self.control);
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        request.send().await.unwrap().json().await.unwrap()
    }
}

/// A consumer who tells nobody that they write, and whose device takes no automatic messages: all that
/// goes out are texts.
pub(super) fn quiet() -> Persona {
    let mut persona = Persona::named("Ada Quill", "handset-ada".into());
    persona.habits.tells_typing = false;
    persona.properties.features.clear();
    persona
}

/// So many arrivals a second for so long; not much is waited for at the end.
pub(super) fn flat(rate: f64, millis: u64) -> Workload {
    let mut workload = Workload::flat("a.talk".into(), rate, Duration::from_millis(millis));
    workload.limits.drain = Duration::from_secs(20);
    workload
}

/// A count of the whole run.
pub(super) fn count(end: &SwarmEnd, counted: SwarmCount) -> u64 {
    end.timeline.total.total(counted)
}

/// Everything that was counted, for a test that fails.
pub(super) fn told(end: &SwarmEnd) -> String {
    let total: &Measures = &end.timeline.total;
    let counts = SwarmCount::ALL.iter();
    let counts = counts.map(|one| format!("{} {}", one.name(), total.total(*one)));
    let failures = json!(total.failures);
    let hooks = json!(total.hooks);
    let calls = json!(total.calls);
    format!(
        "{:?}\n{failures:#}\n{hooks}\n{calls}\n{:?} {:?}",
        counts.collect::<Vec<_>>(),
        end.bottlenecks,
        end.left_open
    )
}

/// A latency of the whole run.
pub(super) fn latency(end: &SwarmEnd, latency: Latency) -> LatencyHistogram {
    let all = end.timeline.total.in_all();
    all.latencies.get(&latency).cloned().unwrap_or_default()
}

/// How many were at least so long, in microseconds.
pub(super) fn at_least(histogram: &LatencyHistogram, micros: u64) -> u64 {
    let long = histogram.recorded().filter(|(value, _)| *value >= micros);
    long.map(|(_, count)| count).sum()
}
