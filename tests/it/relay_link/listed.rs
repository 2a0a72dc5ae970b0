//! `handset listen --relay` as a process, behind a relay that forgets every acknowledgement.

use std::{collections::BTreeSet, path::Path};

use futures_util::{SinkExt, StreamExt};
use handset::domain::relay::{Down, Role, Scope, Up};
use serde_json::Value;
use tempfile::tempdir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines},
    process::{Child, ChildStderr, ChildStdout, Command},
    sync::watch,
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::Message;

use super::fake::{FakeRelay, PUBLIC, TICKET, event, request};
use crate::support::{
    self,
    hooks::{SECRET, message},
    process::{SECRET_VARIABLE, listen},
    soon,
};

pub(super) const TICKET_VARIABLE: &str = "HANDSET_TEST_TICKET";

pub(super) fn listen_by(folder: &Path, link: &str, more: &[&str]) -> Command {
    let mut arguments = vec!["--relay", link, "--ticket-env", TICKET_VARIABLE];
    arguments.extend_from_slice(more);
    let mut command = listen(folder, &arguments);
    command.env(TICKET_VARIABLE, TICKET);
    command
}

/// A relay with a log that it sends from the beginning over every link.
struct Forgetful {
    link: String,
    /// What the next events are, by the number in their words.
    events: watch::Sender<Vec<Down>>,
    acked: watch::Sender<u64>,
    /// Ends the link under way.
    cut: watch::Sender<u32>,
    task: JoinHandle<()>,
}

impl Drop for Forgetful {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Forgetful {
    async fn start() -> Self {
        let mut relay = FakeRelay::start().await;
        relay.welcome.role = Role::Observer;
        let link = relay.link();
        let (events, log) = watch::channel(Vec::new());
        let (cut, cuts) = watch::channel(0);
        let acked = watch::Sender::new(0);
        let task = tokio::spawn(hand_on(relay, log, cuts, acked.clone()));
        Self {
            link,
            events,
            acked,
            cut,
            task,
        }
    }

    /// Waits until everything up to a number is acknowledged over the link under way.
    async fn acknowledged(&self, seq: u64) {
        let mut acked = self.acked.subscribe();
        let reached = soon("an acknowledgement", acked.wait_for(|acked| *acked >= seq)).await;
        assert!(reached.is_ok());
    }

    /// Adds so many events.
    fn post(&self, numbers: std::ops::Range<u64>) {
        self.events.send_modify(|events| {
            for number in numbers {
                events.push(event(&Scope::Account, number + 1, number));
            }
        });
    }
}

async fn hand_on(
    relay: FakeRelay,
    mut log: watch::Receiver<Vec<Down>>,
    mut cuts: watch::Receiver<u32>,
    acked: watch::Sender<u64>,
) {
    loop {
        let wire = relay.accept_whenever().await;
        let Some(mut peer) = wire else { continue };
        let mut sent = 0;
        cuts.mark_unchanged();
        acked.send_replace(0);
        'link: loop {
            let more = log.borrow_and_update().get(sent..).unwrap().to_vec();
            for down in more {
                let frame = Message::Binary(down.encode());
                if peer.0.send(frame).await.is_err() {
                    break 'link;
                }
                sent += 1;
            }
            tokio::select! {
                _ = log.changed() => {}
                _ = cuts.changed() => break 'link,
                frame = peer.0.next() => match frame {
                    Some(Ok(Message::Binary(frame))) => match Up::decode(&frame).unwrap() {
                        Up::Ack { seq, .. } => {
                            acked.send_replace(seq);
                        }
                        up => panic!("{up:?}"),
                    },
                    Some(Ok(_)) => {}
                    _ => break 'link,
                },
            }
        }
    }
}

/// `handset listen --relay --json` that is linked.
pub(super) struct Listed {
    pub(super) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    remarks: Lines<BufReader<ChildStderr>>,
    ticket: String,
    ready: Value,
}

impl Listed {
    async fn start(folder: &Path, link: &str) -> Self {
        let listed = Self::with(folder, link, TICKET, &[]).await;
        assert_eq!(listed.ready["url"], PUBLIC);
        listed
    }

    /// The same with another ticket.
    pub(super) async fn with(folder: &Path, link: &str, ticket: &str, more: &[&str]) -> Self {
        let mut command = listen_by(folder, link, &["--json"]);
        command.args(more).env(TICKET_VARIABLE, ticket);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let remarks = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut listed = Self {
            child,
            lines,
            remarks,
            ticket: ticket.to_owned(),
            ready: Value::Null,
        };
        listed.ready = listed.line().await.expect("it ended at once");
        assert_eq!(listed.ready["ready"], true);
        listed
    }

    /// The next whole line; `None` at the end.
    pub(super) async fn line(&mut self) -> Option<Value> {
        let line = soon("a line", self.lines.next_line()).await.unwrap()?;
        // What a kill has cut off is no line.
        serde_json::from_str(&line).ok()
    }

    /// Waits for a remark with these words.
    pub(super) async fn remarks(&mut self, words: &str) -> String {
        loop {
            let line = soon(words, self.remarks.next_line()).await.unwrap();
            let line = line.unwrap_or_else(|| panic!("it ended without: {words}"));
            for secret in [&self.ticket, SECRET, "unguessable"] {
                assert!(!line.contains(secret), "{line}");
            }
            if line.contains(words) {
                return line;
            }
        }
    }

    pub(super) async fn end(&mut self, signal: &str) -> Option<i32> {
        support::signal(self.child.id().unwrap(), signal);
        soon("the exit", self.child.wait()).await.unwrap().code()
    }

    /// What is still to be read once it has ended: numbers and ids.
    pub(super) async fn rest(mut self) -> Vec<(u64, u64)> {
        let mut rest = Vec::new();
        while let Some(line) = self.line().await {
            rest.push(numbers(&line));
        }
        rest
    }
}

/// The number of a line's event, and the line's id.
pub(super) fn numbers(line: &Value) -> (u64, u64) {
    assert_eq!(line["verdict"], "valid");
    (
        line["sequence"].as_u64().unwrap(),
        line["id"].as_u64().unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn it_goes_on_where_it_left_off_and_lists_each_event_once() {
    let (folder, relay) = (tempdir().unwrap(), Forgetful::start().await);
    relay.post(0..3);
    let mut listed = Listed::start(folder.path(), &relay.link).await;
    listed
        .remarks("an observer: everything of account 55512300")
        .await;
    for number in 0..3 {
        assert_eq!(numbers(&listed.line().await.unwrap()).0, number);
    }
    relay.post(3..5);
    for number in 3..5 {
        assert_eq!(numbers(&listed.line().await.unwrap()).0, number);
    }
    assert_eq!(listed.end("TERM").await, Some(0));
    assert_eq!(listed.rest().await, []);
    relay.post(5..9);
    for (signal, expected) in [("INT", 5..9), ("TERM", 9..9)] {
        let mut listed = Listed::start(folder.path(), &relay.link).await;
        for number in expected {
            assert_eq!(numbers(&listed.line().await.unwrap()).0, number);
        }
        // Up to the last one, also those that were known.
        relay.acknowledged(9).await;
        assert_eq!(listed.end(signal).await, Some(0));
        assert_eq!(listed.rest().await, []);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_link_is_told_and_linked_again() {
    let (folder, relay) = (tempdir().unwrap(), Forgetful::start().await);
    let mut listed = Listed::start(folder.path(), &relay.link).await;
    for round in 0..4 {
        listed.remarks("linked to the relay as ada").await;
        relay.post(round * 10..round * 10 + 10);
        for number in round * 10..round * 10 + 10 {
            assert_eq!(numbers(&listed.line().await.unwrap()).0, number);
        }
        relay.cut.send_modify(|cuts| *cuts += 1);
        let lost = listed.remarks("was lost").await;
        assert!(lost.contains("trying again in"), "{lost}");
    }
    assert_eq!(listed.end("TERM").await, Some(0));
    assert_eq!(listed.rest().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_it_lists_the_last_line_again_at_worst() {
    const ALL: u64 = 300;
    let (folder, relay) = (tempdir().unwrap(), Forgetful::start().await);
    relay.post(0..ALL);
    let (mut seen, mut again): (Vec<(u64, u64)>, _) = (Vec::new(), 0);
    for round in 0.. {
        let mut listed = Listed::start(folder.path(), &relay.link).await;
        let mut run = Vec::new();
        // Cut down sooner or later, while it is in the middle of it.
        for _ in 0..(round * 13 % 40 + 5) {
            if seen.len() + run.len() >= usize::try_from(ALL).unwrap() {
                break;
            }
            run.push(numbers(&listed.line().await.unwrap()));
        }
        listed.child.start_kill().unwrap();
        soon("the kill", listed.child.wait()).await.unwrap();
        run.extend(listed.rest().await);
        if let (Some(last), Some(first)) = (seen.last(), run.first())
            && first == last
        {
            again += 1;
            run.remove(0);
        }
        seen.extend(run);
        if seen.len() >= usize::try_from(ALL).unwrap() {
            break;
        }
    }
    let events: Vec<u64> = seen.iter().map(|(event, _)| *event).collect();
    assert_eq!(events, (0..ALL).collect::<Vec<_>>(), "{again} came again");
    let ids: BTreeSet<u64> = seen.iter().map(|(_, id)| *id).collect();
    assert_eq!(ids.len(), seen.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_reader_cannot_hold_up_the_end_and_gets_the_rest_later() {
    const ALL: u64 = 600;
    let (folder, relay) = (tempdir().unwrap(), Forgetful::start().await);
    relay.post(0..ALL);
    let mut listed = Listed::start(folder.path(), &relay.link).await;
    // Nobody reads, and all is kept nevertheless; half a MiB does not fit into a pipe.
    relay.acknowledged(ALL).await;
    assert_eq!(listed.end("TERM").await, Some(0));
    let mut seen = listed.rest().await;
    assert!(seen.len() < 600, "{}", seen.len());
    let mut listed = Listed::start(folder.path(), &relay.link).await;
    while seen.len() < 600 {
        seen.push(numbers(&listed.line().await.unwrap()));
    }
    let events: Vec<u64> = seen.iter().map(|(event, _)| *event).collect();
    assert_eq!(events, (0..ALL).collect::<Vec<_>>());
    assert_eq!(listed.end("TERM").await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_another_install_is_listed_as_not_ours() {
    let (folder, relay) = (tempdir().unwrap(), Forgetful::start().await);
    let mut listed = Listed::start(folder.path(), &relay.link).await;
    let foreign = Down::Event {
        scope: Scope::Account,
        seq: 1,
        request: request(b"{}", "11111111-2222-4333-8444-555555555555"),
    };
    relay.events.send_modify(|events| events.push(foreign));
    relay.post(1..2);
    assert_eq!(listed.line().await.unwrap()["verdict"], "invalid");
    assert_eq!(numbers(&listed.line().await.unwrap()).0, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_other_installs_wait_at_the_relay_while_nobody_reads() {
    // More than the journal keeps of what is not ours.
    const ALL: u64 = 5_000;
    let (folder, relay) = (tempdir().unwrap(), Forgetful::start().await);
    let foreign = |number: u64| Down::Event {
        scope: Scope::Account,
        seq: number + 1,
        request: request(
            message(number).as_bytes(),
            "11111111-2222-4333-8444-555555555555",
        ),
    };
    relay
        .events
        .send_modify(|events| events.extend((0..ALL).map(foreign)));
    let mut listed = Listed::start(folder.path(), &relay.link).await;
    let mut acked = relay.acked.subscribe();
    let all = acked.wait_for(|acked| *acked >= ALL);
    let all = tokio::time::timeout(std::time::Duration::from_secs(3), all).await;
    assert!(all.is_err(), "acknowledged before it was listed");
    for number in 0..ALL {
        let line = listed.line().await.unwrap();
        assert_eq!(line["verdict"], "invalid");
        assert_eq!(line["sequence"], number);
    }
    assert_eq!(listed.end("TERM").await, Some(0));
    assert_eq!(listed.rest().await.len(), 0);
}

#[tokio::test]
async fn a_ticket_that_does_not_hold_ends_it_with_the_reason() {
    let (folder, relay) = (tempdir().unwrap(), FakeRelay::start().await);
    let link = relay.link();
    let mut child = listen_by(folder.path(), &link, &["--json"])
        .spawn()
        .unwrap();
    relay
        .turn_away(401, r#"{"reason":"the ticket is revoked"}"#)
        .await;
    let status = soon("the exit", child.wait()).await.unwrap();
    assert_eq!(status.code(), Some(1));
    let (mut out, mut err) = (String::new(), String::new());
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    stdout.read_to_string(&mut out).await.unwrap();
    stderr.read_to_string(&mut err).await.unwrap();
    assert_eq!(out, "");
    for words in ["the ticket is revoked", "handset relay ticket"] {
        assert!(err.contains(words), "{err}");
    }
    assert_eq!(err.lines().count(), 1, "{err}");
    assert!(!err.contains(TICKET), "{err}");
}

#[tokio::test]
async fn what_cannot_be_asked_for_is_said() {
    let folder = tempdir().unwrap();
    let (folder, link) = (folder.path(), "ws://127.0.0.1:9/link");
    let says = async |mut command: Command, words: &[&str]| {
        let output = soon("the exit", command.output()).await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && output.stdout.is_empty(),
            "{stderr}"
        );
        for word in words {
            assert!(stderr.contains(word), "{word} is not in: {stderr}");
        }
        assert!(
            !stderr.contains(TICKET) && !stderr.contains("panicked"),
            "{stderr}"
        );
    };
    let both = listen_by(folder, link, &["--bind", "127.0.0.1:0"]);
    says(both, &["--bind", "--relay"]).await;
    says(listen(folder, &["--relay", link]), &["--ticket-env"]).await;
    says(listen(folder, &["--ca", "ca.pem"]), &["--relay"]).await;
    let mut unset = listen_by(folder, link, &[]);
    unset.env_remove(TICKET_VARIABLE);
    says(
        unset,
        &[TICKET_VARIABLE, "--ticket-env", "handset relay ticket"],
    )
    .await;
    says(
        listen_by(folder, "https://relay.example/", &[]),
        &["wss://"],
    )
    .await;
    says(listen_by(folder, "ws://relay.example/link", &[]), &["TLS"]).await;
    let missing = folder.join("missing.pem");
    let missing = missing.to_str().unwrap();
    says(listen_by(folder, link, &["--ca", missing]), &[missing]).await;
    let mut no_secret = listen_by(folder, link, &[]);
    no_secret.env_remove(SECRET_VARIABLE);
    says(no_secret, &[SECRET_VARIABLE, "client_secret"]).await;
}
