//! The cloud, the relays and what they share, each a process of its own.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::{
    support::{self, free_address, nats::Nats},
    team::{proxy::Proxy, until},
};

/// A process that is killed when this is dropped.
pub(super) struct Running(pub(super) Child);

impl Running {
    /// Starts a command that says it is ready with a line of JSON, and gives that line; nothing
    /// when it ends instead.
    fn start(command: &mut Command, log: &Path) -> Option<(Self, Value)> {
        let log = File::options().create(true).append(true).open(log).unwrap();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn();
        let mut running = Self(child.unwrap());
        let mut line = String::new();
        let stdout = running.0.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).ok()?;
        Some((running, ready))
    }

    /// Ends it as kill -9 does.
    pub(super) fn kill(&mut self) {
        // One that has ended already is as good.
        let _ = self.0.kill();
        self.0.wait().unwrap();
    }

    /// Asks it to end, and sees it do so well.
    pub(super) fn end(mut self) {
        support::signal(self.0.id(), "TERM");
        until("the end of a process", || {
            let ended = self.0.try_wait().unwrap();
            ended.map(|status| assert!(status.success(), "{status}"))
        });
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// `handset` with these arguments, and with nothing of whoever runs the tests.
pub(super) fn handset(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = support::program();
    command
        .args(arguments)
        .env("HANDSET_DATA_DIR", folder)
        .env("HANDSET_CONFIG_DIR", folder.join("settings"))
        .env_remove("HANDSET_PROFILE");
    command
}

/// A relay.
struct Relay {
    running: Running,
    address: SocketAddr,
}

/// Everything between the cloud and the handsets.
pub(super) struct House {
    relays: Vec<Option<Relay>>,
    cloud: Option<Running>,
    pub(super) ready: Value,
    pub(super) proxy: Proxy,
    pub(super) link: String,
    /// Where the cloud posts to.
    public: String,
    nats: Option<Nats>,
    http: reqwest::Client,
    pub(super) folder: TempDir,
    pub(super) runtime: Runtime,
}

impl House {
    /// A cloud with TLS, and so many relays on one NATS behind one address; a single one keeps
    /// its state in a folder. The app install's five endpoints are at that address.
    pub(super) fn start(relays: usize) -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = TempDir::new().unwrap();
        let proxy = Proxy::start(&runtime);
        let (ca, state) = (folder.path().join("ca.pem"), folder.path().join("cloud.db"));
        let mut cloud = handset(folder.path(), &["sandbox", "--tls", "--ca-out"]);
        cloud.arg(&ca).arg("--state").arg(&state);
        cloud.arg("--issue").arg(folder.path().join("issued"));
        let log = folder.path().join("cloud.log");
        let (cloud, ready) = Running::start(&mut cloud, &log).expect("a cloud");
        let pem = fs::read(&ca).unwrap();
        let pem = reqwest::Certificate::from_pem(&pem).unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([pem])
            .timeout(Duration::from_mins(2));
        let mut house = Self {
            relays: (0..relays).map(|_| None).collect(),
            cloud: Some(cloud),
            ready,
            proxy,
            link: String::new(),
            public: String::new(),
            nats: (relays > 1).then(|| runtime.block_on(Nats::start())),
            http: http.build().unwrap(),
            folder,
            runtime,
        };
        for relay in 0..relays {
            let ready = house.start_relay(relay);
            let text = |name: &str| ready[name].as_str().unwrap().to_owned();
            if relay > 0 {
                let known = (&house.public, &house.link);
                assert_eq!(known, (&text("public"), &text("link")));
            }
            (house.public, house.link) = (text("public"), text("link"));
        }
        house.point(&house.public);
        house
    }

    /// A member of the cloud's ready line.
    pub(super) fn member(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// What the cloud has published, once it has ended.
    pub(super) fn published(&self) -> PathBuf {
        self.folder.path().join("cloud.db")
    }

    /// Where the relays keep what they keep.
    fn state(&self) -> [String; 2] {
        if let Some(nats) = &self.nats {
            return ["--nats".to_owned(), nats.url()];
        }
        let state = self.folder.path().join("relay");
        ["--state".to_owned(), state.to_str().unwrap().to_owned()]
    }

    /// Starts one of the relays; gives its ready line.
    pub(super) fn start_relay(&mut self, relay: usize) -> Value {
        let folder = self.folder.path();
        let log = folder.join(format!("relay-{relay}.log"));
        // The ready line tells no address but the public one.
        let address = free_address();
        let base = format!("https://localhost:{}/", self.proxy.address.port());
        let mut command = handset(folder, &["relay", "--listen", &address.to_string()]);
        command.args(["--public-url", &base]).args(self.state());
        for (flag, file) in [("--tls-cert", "cert.pem"), ("--tls-key", "key.pem")] {
            command.arg(flag).arg(folder.join("issued").join(file));
        }
        let Some((running, ready)) = Running::start(&mut command, &log) else {
            panic!("no relay: {}", fs::read_to_string(log).unwrap());
        };
        assert_eq!(ready["ready"], true);
        self.relays[relay] = Some(Relay { running, address });
        self.proxy.lead_to(relay, Some(address));
        ready
    }

    /// Kills one of the relays.
    pub(super) fn kill_relay(&mut self, relay: usize) {
        self.relays[relay].take().unwrap().running.kill();
    }

    /// Asks one of the relays to end, and sees it do so.
    pub(super) fn end_relay(&mut self, relay: usize) {
        self.relays[relay].take().unwrap().running.end();
    }

    /// Kills NATS.
    pub(super) fn kill_nats(&mut self) {
        self.nats.as_mut().unwrap().kill();
    }

    /// Starts NATS again on its store.
    pub(super) fn restart_nats(&mut self) {
        let restarting = self.nats.as_mut().unwrap().restart();
        self.runtime.block_on(restarting);
    }

    /// Points the app install's endpoints at an address, as an agent who may.
    fn point(&self, public: &str) {
        let agents = self.ready["agents"].as_array().unwrap();
        let morgan = agents.iter().find(|one| one["username"] == "morgan");
        let password = morgan.unwrap()["password"].as_str().unwrap();
        let client = self.member("client_id");
        let mut command = handset(
            self.folder.path(),
            &["app", "point", client, "--to", public],
        );
        command
            .args(["--csds", self.member("https"), "--ca", self.member("ca")])
            .args(["--account", self.member("account")])
            .args(["--username", "morgan", "--password-env", "PASSWORD"])
            .env("PASSWORD", password);
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// Makes a ticket.
    pub(super) fn ticket(&self, name: &str, role: &str) -> String {
        let account = self.member("account");
        let mut command = handset(self.folder.path(), &["relay", "ticket", "--name", name]);
        command
            .args(["--account", account, "--ttl", "1h", "--role", role])
            .args(self.state());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Checks that no log of anybody tells a secret; gives how many logs there are.
    pub(super) fn keeps_secrets(&self, tickets: &[&str]) -> usize {
        let path = self.public.rsplit('/').next().unwrap();
        let mut secrets = vec![path, self.member("client_secret")];
        secrets.extend(tickets);
        let (mut folders, mut logs) = (vec![self.folder.path().to_owned()], 0);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|kind| kind == "log") {
                    let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                    let told = secrets.iter().any(|secret| text.contains(secret));
                    assert!(!told, "{} tells a secret", path.display());
                    logs += 1;
                }
            }
        }
        logs
    }

    /// The page of a relay's metrics.
    pub(super) fn metrics(&self, relay: usize) -> Metrics {
        let address = self.relays[relay].as_ref().unwrap().address;
        // On a busy machine one may be cut off.
        let page = until("a page of metrics", || {
            self.runtime.block_on(async {
                let asked = self.http.get(format!("https://{address}/metrics"));
                asked.send().await.ok()?.text().await.ok()
            })
        });
        Metrics(page)
    }

    /// Ends the cloud, so that its state file can be read.
    pub(super) fn end_cloud(&mut self) {
        self.cloud.take().unwrap().end();
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        if let Some(cloud) = &mut self.cloud {
            super::account(&format!(
                "--- the cloud has ended: {:?}",
                cloud.0.try_wait()
            ));
        }
        for log in ["cloud.log", "relay-0.log", "relay-1.log", "observer.log"] {
            let text = fs::read_to_string(self.folder.path().join(log)).unwrap_or_default();
            let lines: Vec<&str> = text.lines().collect();
            let tail = lines[lines.len().saturating_sub(15)..].join("\n");
            super::account(&format!("--- the end of {log}\n{tail}"));
        }
    }
}

/// Metrics as a relay tells them.
pub(super) struct Metrics(String);

impl Metrics {
    /// The value of a line, by its name and labels; 0 without such a line.
    pub(super) fn value(&self, name: &str) -> i64 {
        let prefix = format!("handset_relay_{name} ");
        let line = self.0.lines().find_map(|line| line.strip_prefix(&prefix));
        line.map_or(0, |value| value.parse().unwrap())
    }

    /// How many webhooks were refused because they could not be kept, or not in time.
    pub(super) fn not_kept(&self) -> i64 {
        let refused = ["slow", "state"].map(|reason| {
            let name = format!("events_refused_total{{reason=\"{reason}\"}}");
            self.value(&name)
        });
        refused.iter().sum()
    }

    /// All links there are.
    pub(super) fn links(&self) -> i64 {
        self.value("links{role=\"tester\"}") + self.value("links{role=\"observer\"}")
    }
}
