//! Faults switched on by `handset sandbox ctl` while the real phone talks with a sandbox in
//! another process: what its screen and its wire show, and that the journal has all that the
//! cloud has, each thing once and in order.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use handset::domain::{
    exchange::{Entry, EntryKind, Exchange, Outcome},
    inbound::{Hook, Verdict},
};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

use super::{CTRL_Q, ENTER, cloud::Cloud, journal, record};
use crate::support::{
    free_address,
    pty::{PATIENCE, Terminal},
};

const ALT_Y: &str = "\u{1b}y";
const F5: &str = "\u{1b}[15~";

/// A phone on a cloud with a state file.
struct Phone {
    cloud: Cloud,
    terminal: Terminal,
    folder: TempDir,
    said: BTreeMap<String, usize>,
}

impl Phone {
    fn start() -> Self {
        let folder = tempdir().unwrap();
        let state = folder.path().join("cloud.db");
        let bind = free_address();
        let cloud = Cloud::start_with(bind, bind, &["--state", state.to_str().unwrap()]);
        let terminal = cloud.phone_of(folder.path(), (170, 45), &[], &[]);
        terminal.wait_text("this is Riley");
        Self {
            cloud,
            terminal,
            folder,
            said: BTreeMap::new(),
        }
    }

    fn data(&self) -> &Path {
        self.folder.path()
    }

    /// Tells the sandbox something, as a tester would.
    #[track_caller]
    fn ctl(&self, arguments: &[&str]) -> Value {
        let output = crate::support::program()
            .args(["sandbox", "ctl", "--json"])
            .args(arguments)
            .env("HANDSET_SANDBOX", self.cloud.csds())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Switches a fault on.
    #[track_caller]
    fn fault(&self, arguments: &[&str]) {
        self.ctl(&[&["fault", "add"], arguments].concat());
    }

    /// Writes a text and sends it.
    fn send(&mut self, text: &str) {
        self.said.insert(text.to_owned(), 1);
        self.terminal.press(text);
        self.terminal.press(ENTER);
    }

    /// Waits until a text has got to the agent.
    #[track_caller]
    fn accepted(&self, text: &str) {
        self.terminal.wait(&format!("{text:?} accepted"), |screen| {
            let mut rows = screen.lines();
            rows.any(|row| row.contains(text) && row.contains("✓✓"))
        });
    }

    /// Waits until every fault has hit as often as it should, and everything was delivered.
    #[track_caller]
    fn settled(&self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let faults = self.ctl(&["fault", "list"]);
            let mut listed = faults["faults"].as_array().unwrap().iter();
            let spent = listed.all(|one| one["left"] == 0);
            if spent && self.is_all_delivered() {
                return;
            }
            assert!(Instant::now() < deadline, "not settled: {faults}");
            std::thread::yield_now();
        }
    }

    fn is_all_delivered(&self) -> bool {
        self.ctl(&["state"])["installs"][0]["undelivered"] == 0
    }

    /// Ends phone and cloud, and checks that both have the same: nothing lost, nothing doubled.
    fn end(mut self) -> (Vec<Entry>, PathBuf, TempDir) {
        // Riley says nothing more that could still be on its way to the phone when it ends.
        self.ctl(&["agent", "riley", "off"]);
        let deadline = Instant::now() + PATIENCE;
        while !self.is_all_delivered() {
            assert!(Instant::now() < deadline, "something is never delivered");
            std::thread::yield_now();
        }
        self.terminal.press(CTRL_Q);
        assert!(self.terminal.ended().success());
        let file = self.cloud.journal(self.data());
        let state = self.data().join("cloud.db");
        let Self {
            cloud,
            folder,
            said,
            ..
        } = self;
        cloud.stop();
        assert!(record::agrees(&state, &file, &said) > 0);
        let (_, entries) = journal(&file);
        (entries, file, folder)
    }
}

fn calls(entries: &[Entry]) -> impl Iterator<Item = &Exchange> {
    entries.iter().filter_map(|entry| match &entry.kind {
        EntryKind::Call(call) => Some(call),
        EntryKind::Hook(_) => None,
    })
}

fn hooks(entries: &[Entry]) -> impl Iterator<Item = &Hook> {
    entries.iter().filter_map(|entry| match &entry.kind {
        EntryKind::Hook(hook) => Some(hook),
        EntryKind::Call(_) => None,
    })
}

fn statuses(entries: &[Entry]) -> Vec<u16> {
    let answered = calls(entries).filter_map(|call| match &call.outcome {
        Some(Outcome::Answered { status, .. }) => Some(*status),
        _ => None,
    });
    answered.collect()
}

#[test]
fn requests_that_fail_are_shown_and_what_was_said_arrives_once() {
    let mut phone = Phone::start();
    // The first of two hits that the phone types, which is not said again; the second the text.
    phone.fault(&[
        "send",
        "--status",
        "429",
        "--retry-after",
        "1",
        "--count",
        "2",
    ]);
    phone.send("after too many");
    phone.terminal.wait_text("429");
    phone.accepted("after too many");

    phone.fault(&["send", "--status", "503", "--count", "2"]);
    phone.send("after an outage");
    phone.terminal.wait_text("503");
    phone.accepted("after an outage");

    phone.fault(&["send", "--delay", "1200ms", "--count", "2"]);
    phone.send("slowly");
    phone.terminal.wait_text("◷");
    phone.accepted("slowly");

    // Done, and never answered: the echo says that it is there.
    phone.fault(&["send", "--drop", "--done", "--count", "2"]);
    phone.send("without an answer");
    phone.accepted("without an answer");

    // The token has expired: a fresh one is had, and the text goes out with it.
    phone.ctl(&["advance", "61m"]);
    phone.send("an hour later");
    phone.accepted("an hour later");
    // The row has long gone up.
    phone.terminal.press("/filter status:401");
    phone.terminal.wait_text("> /filter status:401");
    phone.terminal.press("\r");
    let refused = |line: &str| line.contains(" → ") && line.contains(" 401 ");
    phone
        .terminal
        .wait("the refusal", |screen| screen.lines().any(refused));
    phone.settled();
    let (entries, ..) = phone.end();
    let statuses = statuses(&entries);
    for status in [429, 503, 401] {
        assert!(statuses.contains(&status), "no {status} in {statuses:?}");
    }
    let slow = calls(&entries).any(|call| {
        matches!(&call.outcome, Some(Outcome::Answered { elapsed, status: 200, .. })
            if *elapsed >= Duration::from_millis(1200))
    });
    assert!(slow, "the journal has the delay");
    let lost = calls(&entries).any(|call| matches!(&call.outcome, Some(Outcome::Failed { .. })));
    assert!(lost, "the journal has the request nobody answered");
}

#[test]
fn notifications_that_are_not_as_they_should_be_are_shown_and_lose_nothing() {
    let mut phone = Phone::start();
    phone.fault(&["webhook", "--do", "duplicate", "--count", "4"]);
    phone.send("twice");
    phone.accepted("twice");
    phone.settled();

    phone.fault(&["webhook", "--do", "reorder", "--count", "4"]);
    phone.send("out of order");
    phone.accepted("out of order");
    phone.settled();

    phone.fault(&["webhook", "--do", "bad-signature", "--count", "1"]);
    phone.send("signed wrongly");
    phone.terminal.wait_text("✗sig");
    phone.accepted("signed wrongly");
    phone.settled();

    phone.fault(&["webhook", "--do", "no-signature", "--count", "1"]);
    phone.send("not signed");
    phone.terminal.wait_text("no sig");
    phone.accepted("not signed");
    phone.settled();

    // One that is alone goes alone after a while, so that there have to be several.
    phone.fault(&["webhook", "--do", "two-changes", "--count", "20"]);
    phone.send("in company");
    phone.accepted("in company");
    phone.ctl(&["fault", "clear"]);
    phone.settled();

    phone.fault(&["webhook", "--do", "ascii", "--count", "6"]);
    phone.send("très bien 🎉");
    phone.accepted("très bien");
    phone.settled();

    phone.fault(&["webhook", "--delay", "700ms", "--count", "2"]);
    phone.send("late");
    phone.accepted("late");
    phone.settled();
    let (entries, file, _folder) = phone.end();
    assert!(
        !record::repeated(&file).is_empty(),
        "the journal has both of the two"
    );
    let verdicts: Vec<Verdict> = hooks(&entries).map(|hook| hook.verdict).collect();
    for verdict in ["invalid", "unsigned"] {
        let count = verdicts.iter().filter(|one| one.as_str() == verdict);
        assert_eq!(count.count(), 1, "{verdict}");
    }
    for hook in hooks(&entries) {
        let taken = hook.verdict == Verdict::Valid;
        assert_eq!(hook.status, if taken { 200 } else { 401 });
    }
    let changes = |hook: &Hook| {
        let body: Value = serde_json::from_slice(&hook.request.body).unwrap();
        body["body"]["changes"].as_array().map_or(0, Vec::len)
    };
    assert!(
        hooks(&entries).any(|hook| changes(hook) == 2),
        "one has two changes"
    );
    let escaped = |hook: &Hook| {
        let body = String::from_utf8_lossy(&hook.request.body);
        body.contains("tr\\u00e8s bien \\ud83c\\udf89") && hook.verdict == Verdict::Valid
    };
    assert!(hooks(&entries).any(escaped), "one is in ASCII");
    let numbers: Vec<u64> = hooks(&entries).filter_map(|hook| hook.sequence).collect();
    assert!(!numbers.is_sorted(), "some came out of order: {numbers:?}");
}

#[test]
fn a_connection_that_is_dropped_before_anything_is_done_is_said() {
    let mut phone = Phone::start();
    phone.fault(&["send", "--drop", "--count", "2"]);
    phone.said.insert("never there".to_owned(), 0);
    phone.terminal.press("never there");
    phone.terminal.press(ENTER);
    phone.terminal.wait("the bubble failed", |screen| {
        let mut rows = screen.lines();
        rows.any(|row| row.contains("never there") && row.contains('✗'))
    });
    phone.settled();
    let (entries, ..) = phone.end();
    assert!(calls(&entries).any(|call| matches!(&call.outcome, Some(Outcome::Failed { .. }))));
}

#[test]
fn a_token_that_comes_expired_is_shown_and_costs_no_message() {
    let mut phone = Phone::start();
    phone.fault(&["token", "--do", "expired", "--count", "1"]);
    phone.ctl(&["advance", "61m"]);
    phone.send("with a stale token");
    phone.terminal.wait("it went out, or it is said", |screen| {
        let mut rows = screen.lines();
        rows.any(|row| {
            row.contains("with a stale token") && (row.contains('✓') || row.contains('✗'))
        })
    });
    // What was refused is the tester's to send again.
    if phone.terminal.screen().contains('✗') {
        phone.terminal.press(F5);
    }
    phone.accepted("with a stale token");
    phone.settled();
    let (entries, ..) = phone.end();
    assert!(statuses(&entries).contains(&401));
}

#[test]
fn an_agents_socket_that_is_closed_is_shown_and_comes_back_with_all_that_was_said() {
    let mut phone = Phone::start();
    let folder = tempdir().unwrap();
    let mut agent = phone.cloud.workspace(folder.path(), "kim");
    agent.wait_text("accept");
    agent.press(ALT_Y);
    agent.wait_text("you took the conversation");
    // A third time in a row would be waited for longer than a test may; other codes are tested at
    // the workspace.
    for code in ["4401", "1006"] {
        // It cannot come back at once, so that there is time to see that it is gone.
        phone.fault(&["socket", "--status", "503", "--count", "1"]);
        phone.fault(&["socket", "--close", code, "--count", "1"]);
        agent.wait_text("not connected");
        let said = format!("said during {code}");
        phone.send(&said);
        let is_back = |screen: &str| screen.contains(&said) && !screen.contains("not connected");
        agent.wait(&format!("{said}, once it is back"), is_back);
        phone.accepted(&said);
        phone.settled();
    }
    let screen = agent.screen();
    for code in ["4401", "1006"] {
        assert_eq!(screen.matches(&format!("said during {code}")).count(), 1);
    }
    agent.press(CTRL_Q);
    assert!(agent.ended().success());
    let _ = phone.end();
}

#[test]
fn a_conversation_that_may_be_gone_is_left_for_a_new_one() {
    let mut phone = Phone::start();
    let refused = |phone: &mut Phone, text: &str, fault: &[&str], says: &str| {
        phone.ctl(&["fault", "clear"]);
        phone.fault(&[&["send", "--status"], fault].concat());
        phone.send(text);
        phone.terminal.wait_text(says);
    };
    // With another number than the documents guess, and then with no word at all.
    let odd = r#"{"code":400,"body":{"title":"Bad Request","errorCode":40057}}"#;
    refused(&mut phone, "first", &["400", "--body", odd], "may be gone");
    refused(
        &mut phone,
        "second",
        &["404", "--body", ""],
        "no longer open",
    );
    phone.ctl(&["fault", "clear"]);
    phone.terminal.press(F5);
    phone.accepted("second");
    phone.terminal.press(F5);
    phone.accepted("first");
    let (entries, ..) = phone.end();
    let sent = |text: &str| -> Vec<(u16, String)> {
        let of = calls(&entries).filter_map(|call| {
            let body: Value = serde_json::from_slice(&call.body).ok()?;
            let Some(Outcome::Answered { status, .. }) = &call.outcome else {
                return None;
            };
            let is_it = body["body"]["event"]["message"] == text;
            let place = body["body"]["conversationId"].as_str()?.to_owned();
            is_it.then_some((*status, place))
        });
        of.collect()
    };
    let (first, second) = (sent("first"), sent("second"));
    let statuses = |of: &[(u16, String)]| of.iter().map(|(status, _)| *status).collect::<Vec<_>>();
    assert_eq!(statuses(&first), [400, 200]);
    assert_eq!(statuses(&second), [404, 200]);
    // Both into the first conversation once, and then into another.
    assert_eq!(first[0].1, second[0].1);
    assert_eq!(first[1].1, second[1].1);
    assert_ne!(first[0].1, first[1].1);
}

#[test]
fn a_refusal_that_says_what_is_wrong_leaves_the_conversation_open() {
    let mut phone = Phone::start();
    let long = r#"{"code":400,"body":{"title":"Text is too long","errorCode":40071}}"#;
    for text in ["one", "two", "three"] {
        phone.fault(&["send", "--status", "400", "--body", long]);
        phone.said.insert(text.to_owned(), 0);
        phone.terminal.press(text);
        phone.terminal.press(ENTER);
        phone.terminal.wait("the bubble failed", |screen| {
            let mut rows = screen.lines();
            rows.any(|row| row.contains(text) && row.contains('✗'))
        });
        phone.ctl(&["fault", "clear"]);
    }
    phone.send("short");
    phone.accepted("short");
    assert!(!phone.terminal.screen().contains("no longer open"));
    phone.end();
}
