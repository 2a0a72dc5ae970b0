//! Programs that speak as cloudflared and ngrok do, and really forward. Those themselves cannot
//! be had here; the words are those of their documentation and their users' logs, and the edge
//! is a port of this machine with TLS of its own instead of a name on the net.
//!
//! A fake is this very test binary, started again by a script that stands for the program.

use std::{
    env, fs,
    io::Write as _,
    net::SocketAddr,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{Json, Router, http::StatusCode, routing::get};
use handset::rt::{
    serve,
    shutdown::Shutdown,
    tls::{self, Trust},
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Which program to be, in which manner, with which arguments, and where its files are.
const KIND: &str = "HANDSET_FAKE_KIND";
const MANNER: &str = "HANDSET_FAKE_MANNER";
const ARGUMENTS: &str = "HANDSET_FAKE_ARGUMENTS";
const FOLDER: &str = "HANDSET_FAKE_FOLDER";

/// A folder with the programs, and the certificates of their edge.
pub(crate) struct Fakes {
    folder: tempfile::TempDir,
}

impl Fakes {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let leaf = leaf.signed_by(&key, &ca).unwrap();
        let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
        write("ca.pem", ca.pem());
        write("cert.pem", leaf.pem());
        write("key.pem", key.serialize_pem());
        Self { folder }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust::with_file(&self.path("ca.pem")).unwrap()
    }

    /// A program of this kind, in this manner.
    pub(crate) fn program(&self, kind: &str, manner: &str) -> String {
        let me = env::current_exe().unwrap();
        self.script(&format!(
            "{KIND}={kind} {MANNER}={manner} {FOLDER}='{}' {ARGUMENTS}=\"$*\" \
             exec '{}' tunnels::fakes::speaks_if_it_is_asked_to --exact --nocapture --quiet",
            self.folder.path().display(),
            me.display()
        ))
    }

    /// A program that does what a script says.
    pub(crate) fn script(&self, script: &str) -> String {
        let path = self.path("program");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    /// The process of the program that was started last.
    pub(crate) fn process(&self) -> u32 {
        let text = fs::read_to_string(self.path("pid")).unwrap();
        text.trim().parse().unwrap()
    }

    /// The arguments it was started with.
    pub(crate) fn arguments(&self) -> String {
        fs::read_to_string(self.path("arguments")).unwrap()
    }
}

/// Not a test: what a fake does. In a run of the tests nobody asks, and it does nothing.
#[tokio::test]
async fn speaks_if_it_is_asked_to() {
    let Ok(kind) = env::var(KIND) else { return };
    let folder = PathBuf::from(env::var(FOLDER).unwrap());
    let arguments = env::var(ARGUMENTS).unwrap();
    fs::write(folder.join("arguments"), &arguments).unwrap();
    fs::write(folder.join("pid"), std::process::id().to_string()).unwrap();
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let manner = env::var(MANNER).unwrap();
    match kind.as_str() {
        "cloudflared" => cloudflared(&arguments, &manner, &folder).await,
        "ngrok" => ngrok(&arguments, &manner, &folder).await,
        other => panic!("there is no {other}"),
    }
    std::future::pending::<()>().await;
}

fn after<'a>(arguments: &[&'a str], flag: &str) -> &'a str {
    let at = arguments.iter().position(|it| *it == flag).unwrap();
    arguments[at + 1]
}

/// cloudflared writes its log for people on standard error.
async fn cloudflared(arguments: &[&str], manner: &str, folder: &Path) {
    let say = |words: &str| {
        let mut stderr = std::io::stderr().lock();
        writeln!(stderr, "2026-01-02T03:04:05Z {words}").unwrap();
    };
    assert_eq!(arguments[0], "tunnel");
    let is_named = arguments.contains(&"run");
    if is_named && manner == "refused" {
        say(
            "ERR Cannot determine default origin certificate path. No file cert.pem in [~/.cloudflared]",
        );
        std::process::exit(1);
    }
    if manner == "refused" {
        say("INF Requesting new quick Tunnel on trycloudflare.com...");
        say(
            "ERR Error unmarshaling QuickTunnel response: error code: 1015 status_code=\"429 Too Many Requests\"",
        );
        std::process::exit(1);
    }
    let origin = after(arguments, "--url").strip_prefix("http://").unwrap();
    let port = if is_named { named_port(folder) } else { 0 };
    let edge = forward(port, origin.parse().unwrap(), folder).await;
    let hostname = format!("localhost:{}", edge.port());
    if !is_named {
        say("INF Requesting new quick Tunnel on trycloudflare.com...");
        let line = "-".repeat(92);
        say(&format!("INF +{line}+"));
        say(
            "INF |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |",
        );
        let shown = if manner == "box" {
            "two-blue-cats.trycloudflare.com"
        } else {
            &hostname
        };
        say(&format!("INF |  https://{shown:<83}|"));
        say(&format!("INF +{line}+"));
    }
    say("INF cloudflared will not automatically update if installed by a package manager.");
    say("INF Initial protocol quic");
    if manner != "box" {
        let named = if is_named { String::new() } else { hostname };
        let app = Router::new()
            .route(
                "/quicktunnel",
                get(move || async move { format!(r#"{{"hostname":"{named}"}}"#) }),
            )
            .route(
                "/ready",
                get(|| async {
                    let body = json!({"status":200,"readyConnections":1,"connectorId":"x"});
                    (StatusCode::OK, Json(body))
                }),
            );
        let at = small_server(app, after(arguments, "--metrics")).await;
        say(&format!("INF Starting metrics server on {at}/metrics"));
    }
    if manner != "silent" {
        say(
            "INF Registered tunnel connection connIndex=0 connection=0 event=0 ip=198.51.100.7 location=fra01 protocol=quic",
        );
    }
}

/// Where the edge of the named tunnel is, from a file.
fn named_port(folder: &Path) -> u16 {
    let text = fs::read_to_string(folder.join("port")).unwrap();
    text.parse().unwrap()
}

/// ngrok writes its log where it is told to, and its last words on standard error.
async fn ngrok(arguments: &[&str], manner: &str, folder: &Path) {
    let say = |entry: serde_json::Value| {
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{entry}").unwrap();
    };
    assert_eq!(arguments[0], "http");
    assert_eq!(after(arguments, "--log"), "stdout");
    assert_eq!(after(arguments, "--log-format"), "json");
    let origin: SocketAddr = arguments[1].parse().unwrap();
    say(json!({"lvl":"info","msg":"no configuration paths supplied","t":"2026-01-02T03:04:05Z"}));
    if manner == "refused" {
        let err = "authentication failed: an account is needed.\r\n\r\nERR_NGROK_4018\r\n";
        say(json!({"err":err,"lvl":"eror","msg":"failed to auth","obj":"tunnels.session"}));
        let mut stderr = std::io::stderr().lock();
        writeln!(
            stderr,
            "ERROR:  authentication failed\nERROR:  ERR_NGROK_4018"
        )
        .unwrap();
        std::process::exit(1);
    }
    let edge = forward(0, origin, folder).await;
    let url = format!("https://localhost:{}", edge.port());
    let listed = json!({"tunnels":[
        {"name":"other","public_url":"https://other.invalid","proto":"https","config":{"addr":"http://localhost:1"}},
        {"name":"command_line","public_url":url,"proto":"https","config":{"addr":format!("http://{origin}")}},
    ],"uri":"/api/tunnels"});
    let app = Router::new().route("/api/tunnels", get(|| async move { Json(listed) }));
    let at = small_server(app, "127.0.0.1:0").await;
    say(json!({"addr":at.to_string(),"lvl":"info","msg":"starting web service","obj":"web"}));
    say(json!({"lvl":"info","msg":"client session established","obj":"tunnels.session"}));
    if manner != "terse" {
        let addr = format!("http://{origin}");
        say(
            json!({"addr":addr,"lvl":"info","msg":"started tunnel","name":"command_line","obj":"tunnels","url":url}),
        );
    }
}

async fn small_server(app: Router, at: &str) -> SocketAddr {
    let socket = TcpListener::bind(at).await.unwrap();
    let address = socket.local_addr().unwrap();
    let limits = serve::Limits {
        connections: 16,
        head_within: crate::support::LIMIT,
        write_within: crate::support::LIMIT,
    };
    // Served until the process is ended.
    serve::serve(socket, app, limits, &Shutdown::new());
    address
}

/// The edge: TLS on a port of this machine, forwarded to the origin.
async fn forward(port: u16, origin: SocketAddr, folder: &Path) -> SocketAddr {
    let config = tls::server_from_files(&folder.join("cert.pem"), &folder.join("key.pem"));
    let acceptor = TlsAcceptor::from(Arc::clone(&config.unwrap()));
    let socket = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut near = acceptor.accept(stream).await.ok()?;
                let mut far = TcpStream::connect(origin).await.ok()?;
                tokio::io::copy_bidirectional(&mut near, &mut far)
                    .await
                    .ok()
            });
        }
    });
    address
}
