//! `handset listen --relay` and links of testers behind the real `handset relay`.

use std::{net::SocketAddr, path::Path, process::Stdio, sync::Arc};

use handset::{domain::relay::Claim, rt::tls::Trust};
use rustls::pki_types::ServerName;
use serde_json::Value;
use tempfile::tempdir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::watch,
    task::JoinSet,
};
use url::Url;

use super::{
    Device,
    fake::Authority,
    listed::{Listed, numbers},
};
use crate::support::{self, free_address, hooks, hooks::ACCOUNT, http, soon};

const CONVERSATION: &str = "4f0a2b7e-91c3-4d58-8e6b-2c7d9a15f310";

/// `handset relay` on a folder.
struct Relay {
    child: Child,
    address: SocketAddr,
    path: String,
    link: String,
}

fn relay(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::from(support::program());
    command
        .arg("relay")
        .args(arguments)
        .arg("--state")
        .arg(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Relay {
    async fn start(folder: &Path) -> Self {
        Self::at(&free_address().to_string(), folder, &[]).await
    }

    async fn at(address: &str, folder: &Path, more: &[&str]) -> Self {
        let mut arguments = vec!["--listen", address];
        arguments.extend_from_slice(more);
        let mut child = relay(folder, &arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = soon("the relay", lines.next_line()).await.unwrap().unwrap();
        let ready: Value = serde_json::from_str(&ready).unwrap();
        assert_eq!(ready["ready"], true);
        let public = Url::parse(ready["public"].as_str().unwrap()).unwrap();
        let port = public.port().unwrap();
        Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            path: public.path().to_owned(),
            link: ready["link"].as_str().unwrap().to_owned(),
        }
    }

    /// Posts messages to a conversation, one after the other, over one connection.
    async fn post(&self, conversation: &str, numbers: std::ops::Range<u64>) {
        let mut peer = http::Peer::connect(self.address).await;
        for number in numbers {
            peer.write(&self.request(conversation, number)).await;
            assert_eq!(peer.answer().await.unwrap().status, 200);
        }
    }

    fn request(&self, conversation: &str, number: u64) -> Vec<u8> {
        let body = hooks::message(number).replace(CONVERSATION, conversation);
        hooks::signed(&self.path, body.as_bytes())
    }

    async fn end(&mut self, signal: &str) {
        support::signal(self.child.id().unwrap(), signal);
        soon("the relay's end", self.child.wait()).await.unwrap();
    }
}

/// A ticket for the account of the tests.
async fn ticket(folder: &Path, name: &str, role: &str, ttl: &str) -> String {
    let account = ["--account", ACCOUNT, "--ttl", ttl];
    let mut command = relay(folder, &["ticket", "--name", name, "--role", role]);
    let output = soon("a ticket", command.args(account).output()).await;
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn expect(listed: &mut Listed, events: std::ops::Range<u64>) {
    for number in events {
        assert_eq!(numbers(&listed.line().await.unwrap()).0, number);
    }
}

/// Between a device and the relay; while it is told to, it forwards nothing and says nothing.
struct Pipe {
    link: String,
    is_open: watch::Sender<bool>,
    _task: JoinSet<()>,
}

impl Pipe {
    async fn to(relay: &Relay) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (is_open, open) = watch::channel(true);
        let (relay, mut task) = (relay.address, JoinSet::new());
        task.spawn(async move {
            let mut pairs = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let far = TcpStream::connect(relay).await.unwrap();
                let ((near, to_near), (far, to_far)) = (near.into_split(), far.into_split());
                pairs.spawn(forward(near, to_far, open.clone()));
                pairs.spawn(forward(far, to_near, open.clone()));
            }
        });
        Self {
            link: format!("ws://{address}/link"),
            is_open,
            _task: task,
        }
    }
}

async fn forward(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    mut open: watch::Receiver<bool>,
) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        if open.wait_for(|open| *open).await.is_err() {
            return;
        }
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_gets_everything_once_through_restarts_of_the_relay() {
    let (state, folder) = (tempdir().unwrap(), tempdir().unwrap());
    let mut relay = Relay::start(state.path()).await;
    let ticket = ticket(state.path(), "olga", "observer", "1h").await;
    let address = relay.address.to_string();
    let mut listed = Listed::with(folder.path(), &relay.link, &ticket, &[]).await;
    let mut next = 0;
    for signal in ["TERM", "KILL", "TERM"] {
        relay.post("c1", next..next + 50).await;
        // In the middle of its delivery.
        expect(&mut listed, next..next + 20).await;
        relay.end(signal).await;
        relay = Relay::at(&address, state.path(), &[]).await;
        relay.post("c2", next + 50..next + 100).await;
        expect(&mut listed, next + 20..next + 100).await;
        next += 100;
    }
    assert_eq!(listed.end("TERM").await, Some(0));
    assert_eq!(listed.rest().await, []);
    // What comes while nobody is there waits.
    relay.post("c3", next..next + 10).await;
    let mut listed = Listed::with(folder.path(), &relay.link, &ticket, &[]).await;
    expect(&mut listed, next..next + 10).await;
    assert_eq!(listed.end("INT").await, Some(0));
    assert_eq!(listed.rest().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_three_hundred_it_loses_none() {
    const ALL: u64 = 300;
    let (state, folder) = (tempdir().unwrap(), tempdir().unwrap());
    let relay = Relay::start(state.path()).await;
    let ticket = ticket(state.path(), "olga", "observer", "1h").await;
    // Known to the relay from before the first event on.
    let mut listed = Listed::with(folder.path(), &relay.link, &ticket, &[]).await;
    let (mut seen, mut again) = (Vec::new(), 0);
    let posting = relay.post("c1", 0..ALL);
    let reading = async {
        for round in 0.. {
            let mut run = Vec::new();
            for _ in 0..(round * 17 % 60 + 7) {
                if seen.len() + run.len() == 300 {
                    break;
                }
                run.push(numbers(&listed.line().await.unwrap()));
            }
            listed.child.start_kill().unwrap();
            soon("the kill", listed.child.wait()).await.unwrap();
            run.extend(listed.rest().await);
            if seen.last().is_some() && seen.last() == run.first() {
                again += 1;
                run.remove(0);
            }
            seen.extend(run);
            if seen.len() >= 300 {
                break;
            }
            listed = Listed::with(folder.path(), &relay.link, &ticket, &[]).await;
        }
    };
    tokio::join!(posting, reading);
    let events: Vec<u64> = seen.iter().map(|(event, _)| *event).collect();
    assert_eq!(events, (0..ALL).collect::<Vec<_>>(), "{again} came again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_that_is_revoked_or_ends_ends_the_list_with_the_reason() {
    let (state, folder) = (tempdir().unwrap(), tempdir().unwrap());
    let relay = Relay::start(state.path()).await;
    let revoked = ticket(state.path(), "olga", "observer", "1h").await;
    let mut listed = Listed::with(folder.path(), &relay.link, &revoked, &[]).await;
    relay.post("c1", 0..1).await;
    expect(&mut listed, 0..1).await;
    let mut revoke = self::relay(state.path(), &["revoke", "--name", "olga"]);
    assert!(
        soon("revoking", revoke.output())
            .await
            .unwrap()
            .status
            .success()
    );
    listed.remarks("the ticket was revoked").await;
    let status = soon("the exit", listed.child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(1));

    let short = ticket(state.path(), "omar", "observer", "2s").await;
    let mut listed = Listed::with(folder.path(), &relay.link, &short, &[]).await;
    listed.remarks("the ticket has ended").await;
    let status = soon("the exit", listed.child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(1));
    // And so at a start.
    for (ticket, words) in [(&short, "has ended"), (&revoked, "was revoked")] {
        let mut command = super::listed::listen_by(folder.path(), &relay.link, &["--json"]);
        command.env(super::listed::TICKET_VARIABLE, ticket);
        let output = soon("the exit", command.output()).await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            stderr.contains(words) && !stderr.contains(ticket.as_str()),
            "{stderr}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_swallows_everything_is_noticed() {
    let (state, folder) = (tempdir().unwrap(), tempdir().unwrap());
    let relay = Relay::start(state.path()).await;
    let ticket = ticket(state.path(), "olga", "observer", "1h").await;
    let pipe = Pipe::to(&relay).await;
    let mut listed = Listed::with(folder.path(), &pipe.link, &ticket, &[]).await;
    relay.post("c1", 0..5).await;
    expect(&mut listed, 0..5).await;
    pipe.is_open.send_replace(false);
    relay.post("c1", 5..40).await;
    listed.remarks("nothing came for 12 s").await;
    listed.remarks("trying again").await;
    pipe.is_open.send_replace(true);
    expect(&mut listed, 5..40).await;
    assert_eq!(listed.end("TERM").await, Some(0));
    assert_eq!(listed.rest().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_with_a_private_authority() {
    let (state, folder) = (tempdir().unwrap(), tempdir().unwrap());
    let authority = Authority::new();
    let [cert, key, ca] = ["cert.pem", "key.pem", "ca.pem"].map(|name| folder.path().join(name));
    for (file, pem) in [
        (&cert, &authority.cert),
        (&key, &authority.key),
        (&ca, &authority.pem),
    ] {
        std::fs::write(file, pem).unwrap();
    }
    let [cert, key, ca] = [&cert, &key, &ca].map(|file| file.to_str().unwrap());
    let tls = ["--tls-cert", cert, "--tls-key", key];
    let relay = Relay::at("127.0.0.1:0", state.path(), &tls).await;
    assert!(relay.link.starts_with("wss://"), "{}", relay.link);
    let ticket = ticket(state.path(), "olga", "observer", "1h").await;
    let mut listed = Listed::with(folder.path(), &relay.link, &ticket, &["--ca", ca]).await;
    let trust = Trust::with_file(Path::new(ca)).unwrap().client().unwrap();
    let stream = TcpStream::connect(relay.address).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::clone(&trust));
    let name = ServerName::try_from("localhost").unwrap();
    let mut cloud = soon("TLS", connector.connect(name, stream)).await.unwrap();
    cloud.write_all(&relay.request("c1", 7)).await.unwrap();
    let mut status = [0; 12];
    soon("the answer", cloud.read_exact(&mut status))
        .await
        .unwrap();
    assert_eq!(&status, b"HTTP/1.1 200");
    expect(&mut listed, 7..8).await;
    let mut without = super::listed::listen_by(folder.path(), &relay.link, &["--json"]);
    without.env(super::listed::TICKET_VARIABLE, &ticket);
    without.env("HANDSET_DATA_DIR", state.path());
    listed.end("TERM").await;
    let output = soon("the exit", without.output()).await.unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("not trusted") && stderr.contains("--ca"),
        "{stderr}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn testers_get_what_they_opened_and_what_waited_for_them() {
    let state = tempdir().unwrap();
    let relay = Relay::start(state.path()).await;
    let mut devices = Vec::new();
    for name in ["ada", "bob"] {
        let ticket = ticket(state.path(), name, "tester", "1h").await;
        devices.push(Device::with(&relay.link, &ticket, name).await);
    }
    let claim = |id: &str| Claim::Conversation(id.into());
    // Ada's conversation is talked in before anybody has claimed it.
    relay.post("c-ada", 0..10).await;
    let [ada, bob] = &mut devices[..] else {
        panic!("two devices");
    };
    bob.claims.add(claim("c-bob"));
    let (_first, _second) = (
        ada.relay.link().await.unwrap(),
        bob.relay.link().await.unwrap(),
    );
    ada.claims.add(claim("c-ada"));
    for number in 0..10 {
        assert_eq!(ada.next().await, number);
    }
    relay.post("c-bob", 100..110).await;
    relay.post("c-ada", 10..20).await;
    for number in 0..10 {
        assert_eq!(ada.next().await, 10 + number);
        assert_eq!(bob.next().await, 100 + number);
    }
    // Whose it is already, another does not get.
    bob.claims.add(claim("c-ada"));
    let refusal = soon("the refusal", bob.news.refusals.recv()).await.unwrap();
    assert_eq!(refusal.claim, claim("c-ada"));
    assert!(refusal.reason.contains("ada"), "{}", refusal.reason);
    for device in &devices {
        let kept = device.journal.entries(None, 100).await.unwrap();
        assert_eq!(kept.len(), if device.name == "ada" { 20 } else { 10 });
    }
}
