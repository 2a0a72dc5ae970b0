//! Killed in the middle of an answer, Riley goes on where it stopped.

use std::collections::BTreeMap;

use crate::sandbox::{
    hook::{Hook, Seen, text},
    rig::Process,
};

/// Messages of the flood; more than can be written before the kill comes.
const FLOOD: usize = 1500;

#[tokio::test]
async fn a_flood_goes_on_after_a_kill_and_nothing_of_it_comes_twice() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let state = state.to_str().unwrap();
    let hook = Hook::start().await;
    let url = hook.url().to_string();
    let arguments = ["--state", state, "--webhook", &url];
    let mut process = Process::start(&arguments).await;
    let ada = process.connector().await.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, &format!("flood {FLOOD}")).await;
    let last = format!("flood {FLOOD}/{FLOOD}");
    let came = |seen: &[Seen], words: &str| {
        let words = format!("\"{words}\"");
        let has = |one: &Seen| String::from_utf8_lossy(&one.body).contains(&words);
        seen.iter().rev().take(20).any(has).then_some(())
    };
    let begun = format!("flood 3/{FLOOD}");
    hook.wait_for("the begin", |seen| came(seen, &begun)).await;
    process.signal("KILL");
    process.child.wait().await.unwrap();
    assert_eq!(came(&hook.seen(), &last), None, "it was killed too late");
    let process = Process::start(&arguments).await;
    hook.wait_for("the end", |seen| came(seen, &last)).await;
    // The same notification may come twice after a kill, so they are told apart by number.
    let flood: BTreeMap<u64, String> = hook
        .changes()
        .iter()
        .filter(|change| change["originatorMetadata"]["role"] != "CONSUMER")
        .filter_map(|change| {
            let text = text(change)?.to_owned();
            let sequence = change["sequence"].as_u64()?;
            text.starts_with("flood ").then_some((sequence, text))
        })
        .collect();
    let flood: Vec<String> = flood.into_values().collect();
    let expected: Vec<String> = (1..=FLOOD).map(|n| format!("flood {n}/{FLOOD}")).collect();
    assert!(flood == expected, "{} messages of {FLOOD}", flood.len());
    drop(process);
}
