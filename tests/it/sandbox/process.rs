//! `handset sandbox` as a process: its line, its exit, and what a kill leaves.

use std::{
    os::unix::fs::PermissionsExt as _,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::{net::TcpListener, time::timeout};

use crate::sandbox::{
    hook::{Hook, text},
    rig::{Process, command},
};

#[tokio::test]
async fn it_says_when_it_is_ready_and_ends_when_told_to() {
    for signal in ["TERM", "INT"] {
        let mut process = Process::start(&["--account", "le123", "--agent", "none"]).await;
        let ready = process.ready.as_object().unwrap();
        let keys: Vec<&str> = ready.keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "ready",
                "csds",
                "account",
                "client_id",
                "client_secret",
                "control_token",
                "agents"
            ]
        );
        assert_eq!(
            (&ready["ready"], &ready["account"]),
            (&json!(true), &json!("le123"))
        );
        assert!(
            ready["csds"]
                .as_str()
                .unwrap()
                .starts_with("http://127.0.0.1:")
        );
        let connector = process.connector().await;
        connector.consumer("ada").await.open().await;
        process.signal(signal);
        let status = timeout(Duration::from_mins(2), process.child.wait())
            .await
            .expect("it ends")
            .unwrap();
        assert_eq!(status.code(), Some(0));
    }
}

#[tokio::test]
async fn a_seed_makes_it_the_same_every_time() {
    let mut runs = Vec::new();
    for seed in ["11", "11", "12"] {
        let process = Process::start(&["--seed", seed, "--agent", "none"]).await;
        let ada = process.connector().await.consumer("ada").await;
        let id = |name: &str| process.ready[name].as_str().unwrap().to_owned();
        runs.push((id("client_id"), id("client_secret"), ada.open().await));
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].0 != runs[2].0 && runs[0].1 != runs[2].1 && runs[0].2 != runs[2].2);
}

#[tokio::test]
async fn what_cannot_be_is_said_once_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    let garbage = folder.path().join("garbage");
    std::fs::write(
        &garbage,
        "this is no database, and long enough to be sure of it".repeat(50),
    )
    .unwrap();
    let garbage = garbage.to_str().unwrap();
    let nowhere = folder.path().join("no/such/folder/state");
    let nowhere = nowhere.to_str().unwrap();
    let holder = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let busy = holder.local_addr().unwrap().to_string();
    for (arguments, words) in [
        (vec!["--listen", busy.as_str()], "cannot listen on"),
        (vec!["--listen", "here"], "--listen"),
        (vec!["--agent", "hal"], "--agent"),
        (vec!["--account", "a/b"], "--account"),
        (vec!["--webhook", "ftp://x/"], "--webhook"),
        (vec!["--seed", "x"], "--seed"),
        (vec!["--state", garbage], "cannot read the state file"),
        (vec!["--state", nowhere], "cannot open the state file"),
        (vec!["--frobnicate"], "--frobnicate"),
    ] {
        let output = timeout(Duration::from_mins(2), command(&arguments).output())
            .await
            .expect("it ends by itself")
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[tokio::test]
async fn after_a_kill_it_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let state = state.to_str().unwrap();
    let first = Hook::start().await;
    let first_url = first.url().to_string();
    let mut process =
        Process::start(&["--state", state, "--agent", "none", "--webhook", &first_url]).await;
    let ready = process.ready.clone();
    let connector = process.connector().await;
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "heard").await;
    first
        .change("what is heard", |change| text(change) == Some("heard"))
        .await;
    first.answer_with(503);
    for number in 0..10 {
        assert_eq!(ada.say(&id, &format!("unheard {number}")).await, number + 1);
    }
    let closed = ada.open().await;
    ada.close(&closed).await;
    process.signal("KILL");
    process.child.wait().await.unwrap();

    let second = Hook::start().await;
    let second_url = second.url().to_string();
    let process = Process::start(&[
        "--state",
        state,
        "--agent",
        "riley",
        "--webhook",
        &second_url,
    ])
    .await;
    for name in ["account", "client_id", "client_secret"] {
        assert_eq!(process.ready[name], ready[name]);
    }
    // A ConsumerJWS never expires, and an AppJWT not within the hour.
    assert_eq!(ada.at(&process).update(&id, urgent()).await.status(), 200);
    let connector = process.connector().await;
    let again = connector.consumer("ada").await;
    assert_eq!(again.id, ada.id);
    second
        .change("what was unheard", |change| {
            text(change) == Some("unheard 9")
        })
        .await;
    let texts: Vec<String> = second
        .changes()
        .iter()
        .filter_map(|change| text(change).map(ToOwned::to_owned))
        .filter(|text| text.contains("heard"))
        .collect();
    let expected: Vec<String> = (0..10).map(|number| format!("unheard {number}")).collect();
    assert_eq!(texts, expected, "in order, and none twice");
    // The conversation that waited rings again, and Riley reads what was said before.
    second
        .change("Riley", |change| {
            text(change).is_some_and(|text| text.contains("this is Riley"))
        })
        .await;
    second
        .change("the receipt", |change| {
            change["event"]["status"] == "READ"
                && change["event"]["sequenceList"]
                    .as_array()
                    .is_some_and(|list| list.len() == 11)
        })
        .await;
    let number = again.say(&id, "and on").await;
    assert!(
        number > 11,
        "receipts were numbered on from there: {number}"
    );
    let answer = again
        .send(json!({ "kind": "req", "id": "1", "type": "ms.PublishEvent", "body": { "dialogId": closed,
            "event": { "type": "ContentEvent", "contentType": "text/plain", "message": "x" } } }).to_string())
        .await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["body"]["errorCode"], 40004);
    let new = again.open().await;
    assert!(new != id && new != closed, "the generator went on, too");
}

#[tokio::test]
async fn by_itself_it_tries_again_after_two_seconds_and_then_after_four() {
    let hook = Hook::start().await;
    hook.answer_with(500);
    let url = hook.url().to_string();
    let process = Process::start(&["--agent", "none", "--webhook", &url]).await;
    let ada = process.connector().await.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "one").await;
    let mut attempts = Vec::new();
    for number in 1..=3 {
        hook.wait_for("an attempt", |seen| (seen.len() >= number).then_some(()))
            .await;
        attempts.push(Instant::now());
        if number == 2 {
            // Another conversation fails nothing of its own while all is stored.
            let bob = process.connector().await.consumer("bob").await;
            let other = bob.open().await;
            bob.say(&other, "two").await;
            hook.answer_with(200);
        }
    }
    let gaps = [attempts[1] - attempts[0], attempts[2] - attempts[1]];
    for (gap, least) in gaps.into_iter().zip([2.0, 4.0]) {
        let gap = gap.as_secs_f64();
        // An attempt may be seen late on a busy machine, and the gap after it is shorter then.
        assert!(gap > least / 2.0, "{gaps:?}");
    }
    for word in ["one", "two"] {
        hook.change(word, |change| text(change) == Some(word)).await;
    }
    assert_eq!(hook.seen().len(), 2 + 4, "each but the first came once");
}

#[tokio::test]
async fn what_is_pending_when_it_is_told_to_end_comes_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let state = state.to_str().unwrap();
    let hook = Hook::start().await;
    hook.answer_after(Duration::from_hours(1));
    let url = hook.url().to_string();
    let arguments = ["--state", state, "--agent", "none", "--webhook", &url];
    let mut process = Process::start(&arguments).await;
    let ada = process.connector().await.consumer("ada").await;
    let id = ada.open().await;
    for word in ["one", "two"] {
        ada.say(&id, word).await;
    }
    hook.wait_for("a post that hangs", |seen| (!seen.is_empty()).then_some(()))
        .await;
    process.signal("TERM");
    let status = timeout(Duration::from_mins(2), process.child.wait())
        .await
        .expect("it does not wait for the endpoint")
        .unwrap();
    assert_eq!(status.code(), Some(0));
    hook.answer_after(Duration::ZERO);
    let before = hook.seen().len();
    let _process = Process::start(&arguments).await;
    hook.wait_for("all of it", |seen| (seen.len() == before + 3).then_some(()))
        .await;
    let again = hook.changes().split_off(before);
    assert_eq!(again[0]["result"]["convId"], id);
    assert_eq!(
        again[1..].iter().filter_map(text).collect::<Vec<_>>(),
        ["one", "two"]
    );
}

/// A change that says nothing.
fn urgent() -> Value {
    json!({ "field": "TTRField", "ttrType": "URGENT" })
}

#[tokio::test]
async fn riley_goes_on_after_a_kill_and_repeats_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let state = state.to_str().unwrap();
    let hook = Hook::start().await;
    let url = hook.url().to_string();
    let mut process = Process::start(&["--state", state, "--webhook", &url]).await;
    let ada = process.connector().await.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "my order").await;
    let question = |change: &Value| text(change).is_some_and(|text| text.contains("order number"));
    hook.change("Riley's question", question).await;
    process.signal("KILL");
    process.child.wait().await.unwrap();
    let process = Process::start(&["--state", state, "--webhook", &url]).await;
    let ada = process.connector().await.consumer("ada").await;
    // Understood only by a Riley who remembers having asked.
    ada.say(&id, "40417").await;
    hook.change("Riley's answer", |change| {
        text(change).is_some_and(|text| text.contains("Found it"))
    })
    .await;
    let changes = hook.changes();
    let said = |words: &str| {
        let mut numbers: Vec<u64> = changes
            .iter()
            .filter(|change| text(change).is_some_and(|text| text.contains(words)))
            .filter_map(|change| change["sequence"].as_u64())
            .collect();
        // The same notification may come twice after a kill, the same words may not.
        numbers.dedup();
        numbers.len()
    };
    assert_eq!(
        (
            said("this is Riley"),
            said("order number"),
            said("my order")
        ),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn a_state_file_serves_one_sandbox_and_one_account() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let state = state.to_str().unwrap();
    let process = Process::start(&["--state", state, "--account", "111"]).await;
    let second = command(&["--state", state]).output().await.unwrap();
    let said = String::from_utf8(second.stderr).unwrap();
    assert!(
        !second.status.success() && said.contains("in use by another sandbox"),
        "{said}"
    );
    drop(process);
    let other = command(&["--state", state, "--account", "222"])
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(other.stderr).unwrap();
    assert!(
        !other.status.success() && said.contains("belongs to account 111"),
        "{said}"
    );
    let mode = std::fs::metadata(state).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "it holds a secret");
}

#[tokio::test]
async fn it_says_that_others_can_write_to_its_state_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = crate::support::writable_by_all(&folder.path().join("cloud.db"));
    let mut process = Process::start(&["--state", &file]).await;
    process.child.start_kill().unwrap();
    let said = process.child.wait_with_output().await.unwrap().stderr;
    let said = String::from_utf8(said).unwrap();
    let words = format!("others can write to the state file {file}; do `chmod 600 {file}`");
    assert!(said.contains(&words), "{said}");
}
