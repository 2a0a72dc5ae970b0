//! The command itself: what it prints, what it writes, how it ends.

use std::{fs, path::Path, process::Stdio};

use serde_json::Value;
use tokio::process::Command;

use crate::support::{program, soon};

const STORY: &str = "me: Where is my order?\nagent: order number\n";

struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    report: Value,
}

async fn swarm(folder: &Path, arguments: &[&str]) -> Ended {
    let mut command = Command::from(program());
    command
        .arg("swarm")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = soon("the end of the swarm", command.output())
        .await
        .unwrap();
    let report = fs::read(folder.join("out.json")).unwrap_or_default();
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
        report: serde_json::from_slice(&report).unwrap_or_default(),
    }
}

#[tokio::test]
async fn a_scenario_at_a_rate_is_played_and_reported() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.talk"), STORY).unwrap();
    let rate = ["a.talk", "--rate", "10/s", "--for", "1s", "--seed", "7"];
    let ended = swarm(
        folder.path(),
        &[&rate[..], &["--json", "out.json"]].concat(),
    )
    .await;
    let what = format!("{}\n{}", ended.stdout, ended.stderr);
    // A machine that is busy with other tests may be the bottleneck, and says so.
    assert!(
        matches!(ended.code, Some(0 | 6)),
        "{:?}\n{what}",
        ended.code
    );
    assert_eq!(ended.report["plan"]["arrivals_planned"], 10, "{what}");
    assert_eq!(ended.report["run"]["seed"], 7);
    let counts = &ended.report["measured"]["total"]["scenarios"][0]["counts"];
    assert_eq!(counts["finished"], 10, "{what}");
    assert!(ended.stderr.contains("draining"), "{what}");

    let dry = swarm(folder.path(), &[&rate[..], &["--dry"]].concat()).await;
    assert_eq!(dry.code, Some(0), "{}", dry.stderr);
    assert!(dry.stdout.contains("10 consumers in 1 s"), "{}", dry.stdout);
}

#[tokio::test]
async fn what_does_not_hold_or_cannot_be_played_has_a_code_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    file("a.talk", STORY);
    file(
        "both.talk",
        "play kim as agent\nme: Hello\nkim takes\nsandbox clock\n",
    );
    file(
        "broken.toml",
        "[[scenario]]\nfile = \"a.talk\"\n[[stage]]\nto = \"5/s\"\nhold = \"1s\"\n\
         [thresholds]\n\"sent.p99\" = \"< 1us\"\n",
    );
    let broken = swarm(folder.path(), &["broken.toml"]).await;
    assert_eq!(broken.code, Some(4), "{}\n{}", broken.stdout, broken.stderr);
    let both = swarm(
        folder.path(),
        &["both.talk", "--rate", "1/s", "--for", "1s"],
    )
    .await;
    assert_eq!(both.code, Some(2), "{}", both.stderr);
    assert!(
        both.stderr.contains("kim is played as an agent"),
        "{}",
        both.stderr
    );
    let bare = swarm(folder.path(), &["a.talk"]).await;
    assert_eq!(bare.code, Some(2), "{}", bare.stderr);
    assert!(bare.stderr.contains("--rate 20/s"), "{}", bare.stderr);
}
