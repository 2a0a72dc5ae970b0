//! `handset relay` as a process: its line, its tickets, its end, and what a kill leaves.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use handset::domain::{relay::Up, secret::Secret};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
};
use url::Url;

use crate::{
    relay::rig::{Device, Got, answered, conversation, get, post},
    support::{self, free_address, hooks::ACCOUNT, soon},
};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::from(support::program());
    command
        .arg("relay")
        .args(arguments)
        .env_remove("HANDSET_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// What a command says, and its exit code.
async fn said(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = soon("a command", command(arguments).output())
        .await
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

/// A relay as a process.
struct Process {
    child: Child,
    ready: Value,
    address: SocketAddr,
    path: String,
}

impl Process {
    async fn start(state: &Path, listen: &str, more: &[&str]) -> Self {
        let state = state.to_str().unwrap();
        let arguments = [&["--listen", listen, "--state", state], more].concat();
        let mut child = command(&arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = soon("the ready line", lines.next_line()).await.unwrap();
        let Some(line) = line else {
            panic!("it ended: {}", stderr(&mut child).await);
        };
        let ready: Value = serde_json::from_str(&line).unwrap();
        let public = Url::parse(ready["public"].as_str().unwrap()).unwrap();
        let address = public.socket_addrs(|| None).unwrap()[0];
        Self {
            child,
            address,
            path: public.path().to_owned(),
            ready,
        }
    }

    async fn post(&self, body: &str) -> u16 {
        post(self.address, &self.path, ACCOUNT, body).await.status
    }

    fn signal(&self, name: &str) {
        support::signal(self.child.id().unwrap(), name);
    }

    async fn ended(&mut self) -> Option<i32> {
        soon("the end", self.child.wait()).await.unwrap().code()
    }
}

/// Everything a process says on stderr, to its end.
async fn stderr(child: &mut Child) -> String {
    let mut text = String::new();
    let mut stderr = child.stderr.take().unwrap();
    soon("stderr", stderr.read_to_string(&mut text))
        .await
        .unwrap();
    text
}

async fn ticket(state: &Path, name: &str, more: &[&str]) -> Secret {
    let state = state.to_str().unwrap();
    let arguments = [
        &[
            "ticket",
            "--state",
            state,
            "--name",
            name,
            "--account",
            ACCOUNT,
            "--ttl",
            "30d",
        ],
        more,
    ]
    .concat();
    let (code, out, err) = said(&arguments).await;
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(out.lines().count(), 1, "{out}");
    Secret::new(out.trim())
}

#[tokio::test]
async fn it_says_when_it_is_ready_and_drains_when_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    for signal in ["INT", "TERM"] {
        let mut relay = Process::start(&state, &free_address().to_string(), &[]).await;
        let keys: Vec<&String> = relay.ready.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["ready", "public", "link"]);
        assert_eq!(relay.ready["ready"], true);
        let link = format!("ws://{}/link", relay.address);
        assert_eq!(relay.ready["link"], link.as_str());
        assert_eq!(get(relay.address, "/healthz").await.status, 200);
        assert_eq!(get(relay.address, "/readyz").await.status, 200);
        // Tickets are made while it runs.
        let ada = ticket(&state, "ada", &[]).await;
        let mut device = Device::link(relay.address, &ada, "d1").await;
        assert_eq!(device.claim(conversation("c1")).await, None);
        assert_eq!(relay.post(&answered("c1", signal.len() as u64)).await, 200);
        let _ = device.event().await;
        relay.signal(signal);
        let (reason, again) = device.goodbye().await;
        assert!(reason.contains("ends") && again, "{reason}");
        assert_eq!(device.closed().await, 1001);
        assert_eq!(relay.ended().await, Some(0));
        let said = stderr(&mut relay.child).await;
        assert_eq!(said, "");
    }
}

#[tokio::test]
async fn what_had_begun_when_it_ends_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let mut relay = Process::start(folder.path(), "127.0.0.1:0", &[]).await;
    let ada = ticket(folder.path(), "ada", &[]).await;
    let mut device = Device::link(relay.address, &ada, "d1").await;
    // A webhook whose body is on its way when the relay begins to end: that it is asked for shows
    // that the request has begun.
    let mut posting = TcpStream::connect(relay.address).await.unwrap();
    let head = format!(
        "POST {} HTTP/1.1\r\nHost: x\r\nx-liveperson-account-id: {ACCOUNT}\r\n\
         x-liveperson-signature: sha1=AbC=\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
        relay.path
    );
    posting.write_all(head.as_bytes()).await.unwrap();
    let mut asked = [0; 25];
    soon("100", posting.read_exact(&mut asked)).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    relay.signal("TERM");
    device.goodbye().await;
    // It is kept and answered.
    posting.write_all(b"{}").await.unwrap();
    let mut answer = String::new();
    soon("the answer", posting.read_to_string(&mut answer))
        .await
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(relay.ended().await, Some(0));
    let mut relay = Process::start(folder.path(), "127.0.0.1:0", &[]).await;
    assert_eq!(relay.post("{}").await, 200);
    let metrics = get(relay.address, "/metrics").await.body;
    let metrics = String::from_utf8(metrics).unwrap();
    assert!(
        metrics.contains("handset_relay_events_again_total 1"),
        "{metrics}"
    );
    relay.signal("TERM");
    assert_eq!(relay.ended().await, Some(0));
}

#[tokio::test]
async fn killed_between_keeping_and_handing_on_it_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut relay = Process::start(&state, "127.0.0.1:0", &[]).await;
    let listen = relay.address.to_string();
    let ada = ticket(&state, "ada", &[]).await;
    let mut device = Device::link(relay.address, &ada, "d1").await;
    assert_eq!(device.claim(conversation("c1")).await, None);
    let mut journal: Vec<(u64, String)> = Vec::new();
    let mut answered_200 = Vec::new();
    // The device's own journal drops what it has: numbers rise.
    let keep = |journal: &mut Vec<(u64, String)>, got: Got| {
        if journal.last().is_none_or(|(last, _)| got.seq > *last) {
            journal.push((got.seq, got.body));
        }
    };
    for round in 0..4 {
        for sequence in round * 25..round * 25 + 25 {
            assert_eq!(relay.post(&answered("c1", sequence)).await, 200);
            answered_200.push(answered("c1", sequence));
            // Some are acknowledged, some have only arrived, some are on their way.
            if sequence % 3 == 0 {
                let got = device.event().await;
                if sequence % 2 == 0 {
                    device.ack(&got).await;
                }
                keep(&mut journal, got);
            }
        }
        // The last one was answered this very moment.
        relay.signal("KILL");
        relay.ended().await;
        relay = Process::start(&state, &listen, &[]).await;
        // The cloud did not hear every answer, and says the last one again.
        assert_eq!(relay.post(answered_200.last().unwrap()).await, 200);
        device = Device::link(relay.address, &ada, "d1").await;
    }
    while journal.len() < answered_200.len() {
        let got = device.event().await;
        device.ack(&got).await;
        keep(&mut journal, got);
    }
    device.is_left_alone().await;
    let bodies: Vec<String> = journal.into_iter().map(|(_, body)| body).collect();
    assert_eq!(bodies, answered_200);
    relay.signal("TERM");
    assert_eq!(relay.ended().await, Some(0));
}

#[tokio::test]
async fn tickets_are_listed_and_revoked_while_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    let relay = Process::start(folder.path(), "127.0.0.1:0", &[]).await;
    let ada = ticket(folder.path(), "ada", &[]).await;
    let eve = ticket(folder.path(), "eve", &["--role", "observer"]).await;
    let mut device = Device::link(relay.address, &ada, "d1").await;
    let (code, list, _) = said(&["tickets", "--state", state]).await;
    assert_eq!(code, Some(0));
    let line = |name: &str, list: &str| {
        let found = list.lines().find(|line| line.contains(name));
        let words = found.unwrap().split_whitespace().map(str::to_owned);
        words.collect::<Vec<_>>()
    };
    assert_eq!(line("ada", &list)[1..4], ["ada", ACCOUNT, "tester"]);
    assert_eq!(line("eve", &list)[1..4], ["eve", ACCOUNT, "observer"]);
    assert_eq!(line("ada", &list)[5], "valid");
    assert!(!list.contains(ada.reveal()) && !list.contains(eve.reveal()));
    let (code, out, _) = said(&["revoke", "--state", state, "--name", "ada"]).await;
    assert_eq!((code, out.lines().count()), (Some(0), 1));
    let (reason, _) = device.goodbye().await;
    assert!(reason.contains("revoked"), "{reason}");
    let (_, list, _) = said(&["tickets", "--state", state]).await;
    assert_eq!(line("ada", &list)[5], "revoked");
    assert_eq!(line("eve", &list)[5], "valid");
    let id = &line("eve", &list)[0];
    let (code, _, _) = said(&["revoke", "--state", state, "--id", id]).await;
    assert_eq!(code, Some(0));
    let refused = Device::open(relay.address, eve.reveal()).await;
    // The relay looks every half second.
    if let Ok(mut device) = refused {
        device
            .say(&Up::Hello {
                device: "d2".into(),
                program: String::new(),
            })
            .await;
        device.goodbye().await;
    }
    let (code, _, err) = said(&["revoke", "--state", state, "--name", "nobody"]).await;
    assert_eq!(code, Some(1));
    assert!(err.contains("no ticket"), "{err}");
}

#[tokio::test]
async fn over_tls_it_is_reached_with_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let files = Certificate::make(folder.path());
    let (cert, key) = (files.cert.to_str().unwrap(), files.key.to_str().unwrap());
    let tls = ["--tls-cert", cert, "--tls-key", key];
    let mut relay = Process::start(folder.path(), "127.0.0.1:0", &tls).await;
    let link = relay.ready["link"].as_str().unwrap();
    assert!(link.starts_with("wss://"), "{link}");
    let ca = reqwest::Certificate::from_pem(&std::fs::read(&files.cert).unwrap()).unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([ca])
        .build()
        .unwrap();
    ticket(folder.path(), "ada", &[]).await;
    let public = relay.ready["public"].as_str().unwrap();
    let post = client
        .post(public)
        .header("x-liveperson-account-id", ACCOUNT)
        .body("{}");
    assert_eq!(soon("an answer", post.send()).await.unwrap().status(), 200);
    // In the clear nothing is said there.
    let plain = public.replace("https://", "http://");
    assert!(soon("a refusal", client.get(plain).send()).await.is_err());
    relay.signal("TERM");
    assert_eq!(relay.ended().await, Some(0));
}

/// A certificate of its own in two files.
struct Certificate {
    cert: PathBuf,
    key: PathBuf,
}

impl Certificate {
    fn make(folder: &Path) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        Self { cert, key }
    }
}

#[tokio::test]
async fn what_cannot_be_is_said_once_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let state_text = state.to_str().unwrap();
    let relay = Process::start(&state, "127.0.0.1:0", &[]).await;
    let busy = relay.address.to_string();
    let nats = "gnats://u:hunter2@127.0.0.1";
    for (arguments, words) in [
        (
            vec!["--state", state_text, "--listen", "127.0.0.1:0"],
            "another relay",
        ),
        (
            vec!["--state", state_text, "--listen", &busy],
            "cannot listen",
        ),
        (
            vec!["--state", state_text, "--listen", "0.0.0.0:0"],
            "--tls-cert",
        ),
        (
            vec![
                "--state",
                state_text,
                "--listen",
                "127.0.0.1:0",
                "--tls-cert",
                "x",
            ],
            "--tls-key",
        ),
        (
            vec!["--state", "/tmp", "--tls-cert", "/no", "--tls-key", "/no"],
            "cannot read the certificate",
        ),
        (vec!["--listen", "127.0.0.1:0"], "--state"),
        (vec!["--listen", "127.0.0.1:0", "--nats", nats], "--nats"),
        (
            vec!["--state", state_text, "--retention", "soon"],
            "--retention",
        ),
        (
            vec!["--state", state_text, "--public-url", "ftp://x"],
            "--public-url",
        ),
        (
            vec!["ticket", "--state", state_text, "--name", "a"],
            "--account",
        ),
        (
            vec![
                "ticket",
                "--state",
                state_text,
                "--name",
                "\x1b[2J",
                "--account",
                "1",
                "--ttl",
                "1h",
            ],
            "control characters",
        ),
        (vec!["revoke", "--state", state_text], "--id"),
    ] {
        let (code, out, err) = said(&arguments).await;
        assert!(matches!(code, Some(1 | 2)), "{arguments:?} {code:?}");
        assert_eq!(out, "", "{arguments:?}");
        assert!(err.contains(words), "{arguments:?}: {err}");
        assert!(!err.contains("hunter2"), "{err}");
    }
}

#[tokio::test]
async fn nothing_secret_is_ever_logged() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    let mut child = command(&["--listen", "127.0.0.1:0", "--state", state])
        .env("HANDSET_LOG", "trace")
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = soon("the ready line", lines.next_line())
        .await
        .unwrap()
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let public = Url::parse(ready["public"].as_str().unwrap()).unwrap();
    let address = public.socket_addrs(|| None).unwrap()[0];
    let mut stderr = child.stderr.take().unwrap();
    let reading = tokio::spawn(async move {
        let mut text = String::new();
        stderr.read_to_string(&mut text).await.unwrap();
        text
    });
    let ada = ticket(folder.path(), "ada", &[]).await;
    let mut device = Device::link(address, &ada, "d1").await;
    assert_eq!(device.claim(conversation("c1")).await, None);
    assert_eq!(
        post(address, public.path(), ACCOUNT, &answered("c1", 1))
            .await
            .status,
        200
    );
    assert_eq!(
        post(address, "/hook/x", ACCOUNT, &answered("c1", 2))
            .await
            .status,
        404
    );
    device.take(1).await;
    let bent = format!("{}x", ada.reveal());
    assert!(Device::open(address, &bent).await.is_err());
    let metrics = String::from_utf8(get(address, "/metrics").await.body).unwrap();
    support::signal(child.id().unwrap(), "TERM");
    assert_eq!(soon("the end", child.wait()).await.unwrap().code(), Some(0));
    let log = soon("the log", reading).await.unwrap();
    assert!(log.contains("a link has ended"), "{log}");
    let secret_path = public.path().rsplit('/').next().unwrap();
    let signature = ada.reveal().rsplit('.').next().unwrap();
    for secret in [ada.reveal(), signature, secret_path] {
        assert!(!log.contains(secret), "in the log");
        assert!(!metrics.contains(secret), "in the metrics");
    }
    assert!(
        !metrics.contains(ACCOUNT) && !metrics.contains("ada"),
        "{metrics}"
    );
}

#[tokio::test]
async fn eight_tickets_at_a_time_wait_for_each_other_and_for_a_slow_disk() {
    let folder = tempfile::tempdir().unwrap();
    let names = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let make = || names.map(|name| ticket(folder.path(), name, &[]));
    // On a state that is new.
    futures_util::future::join_all(make()).await;
    // While one commit takes longer than a relay would wait for it.
    let db = rusqlite::Connection::open(folder.path().join("relay.db")).unwrap();
    db.execute_batch("BEGIN IMMEDIATE").unwrap();
    let slow = async {
        tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
        db.execute_batch("COMMIT").unwrap();
    };
    tokio::join!(slow, futures_util::future::join_all(make()));
    let state = folder.path().to_str().unwrap();
    let (code, list, _) = said(&["tickets", "--state", state]).await;
    assert_eq!((code, list.lines().count()), (Some(0), 17), "{list}");
}

#[tokio::test]
async fn a_state_that_another_program_holds_is_not_called_unwritable() {
    let folder = tempfile::tempdir().unwrap();
    ticket(folder.path(), "ada", &[]).await;
    let db = rusqlite::Connection::open(folder.path().join("relay.db")).unwrap();
    db.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let state = folder.path().to_str().unwrap();
    let arguments = [
        "ticket",
        "--state",
        state,
        "--name",
        "b",
        "--account",
        "1",
        "--ttl",
        "1d",
    ];
    let (code, _, err) = said(&arguments).await;
    assert_eq!(code, Some(1));
    assert!(
        err.contains("another program") && err.contains("again"),
        "{err}"
    );
    assert!(!err.contains("you can write in"), "{err}");
}

#[tokio::test]
async fn it_says_that_others_can_write_to_its_state() {
    let folder = tempfile::tempdir().unwrap();
    let file = support::writable_by_all(&folder.path().join("relay.db"));
    let mut relay = Process::start(folder.path(), "127.0.0.1:0", &[]).await;
    relay.child.start_kill().unwrap();
    let said = stderr(&mut relay.child).await;
    let words = format!("others can write to the relay's state {file}; do `chmod 600 {file}`");
    assert!(said.contains(&words), "{said}");
}
