//! A sandbox as the tests of other people's connectors use it: waited for, pointed elsewhere,
//! begun from one file, with the same ids every time.

use std::process::Output;

use serde_json::{Value, json};

use crate::{
    sandbox::{
        hook::{Hook, text},
        rig::{Process, command},
    },
    support::{free_address, soon},
};

/// Tells the sandbox of a process what to do.
async fn ctl(process: &Process, arguments: &[&str]) -> Output {
    let text = |name: &str| process.ready[name].as_str().unwrap();
    let mut ctl = command(&["ctl"]);
    ctl.args(arguments)
        .env("HANDSET_SANDBOX", text("csds"))
        .env("HANDSET_SANDBOX_TOKEN", text("control_token"));
    soon("ctl", ctl.output()).await.unwrap()
}

async fn done(process: &Process, arguments: &[&str]) -> Value {
    let output = ctl(process, &[arguments, &["--json"]].concat()).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

#[tokio::test]
async fn what_follows_from_a_seed_stays_from_version_to_version() {
    let process = Process::start(&["--seed", "7", "--agent", "none"]).await;
    let ada = process.connector().await.consumer("ada").await;
    let first = ada.open().await;
    let second = ada.open().await;
    let id = |name: &str| process.ready[name].as_str().unwrap().to_owned();
    // A promise of docs/ci.md: people write these into their tests.
    assert_eq!(
        [id("client_id"), id("client_secret"), first, second],
        [
            "c5fc598e-707e-4291-b8f4-d74b451e8c20",
            "sdHKxFIbmB90eexaga5zRTGL",
            "9d39ada9-7fc0-4af9-8a7a-ac962c77cb74",
            "594ac547-3c84-440b-b1f7-f279b84f93d5"
        ]
    );
}

#[tokio::test]
async fn ctl_waits_for_a_sandbox_and_points_its_webhooks() {
    let address = free_address().to_string();
    let mut waiting = command(&[
        "ctl",
        "--wait",
        "60s",
        "--at",
        &format!("http://{address}"),
        "state",
    ]);
    waiting.env("HANDSET_SANDBOX_TOKEN", "a-token-of-the-tests");
    let waiting = tokio::spawn(async move { waiting.output().await.unwrap() });
    let mut serving = command(&["--listen", &address, "--agent", "none"]);
    serving.env("HANDSET_SANDBOX_TOKEN", "a-token-of-the-tests");
    let process = Process::of(serving).await;
    let waited = soon("ctl --wait", waiting).await.unwrap();
    assert!(waited.status.success(), "{waited:?}");

    let connector = process.connector().await;
    let hook = Hook::start().await;
    let url = hook.url().to_string();
    let shown = done(&process, &["webhook", &url]).await;
    assert_eq!(shown["endpoints"].as_object().unwrap().len(), 5);
    let ada = connector.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "heard").await;
    hook.change("what is heard", |change| text(change) == Some("heard"))
        .await;
    assert_eq!(
        done(&process, &["webhook", "--off"]).await["endpoints"],
        json!({})
    );
    assert_eq!(done(&process, &["webhook"]).await["endpoints"], json!({}));
    ada.say(&id, "unheard").await;
    let other = Hook::start().await;
    done(&process, &["webhook", other.url().as_str()]).await;
    ada.say(&id, "heard elsewhere").await;
    other
        .change("what is heard", |change| {
            text(change) == Some("heard elsewhere")
        })
        .await;
    assert!(
        !hook
            .changes()
            .iter()
            .any(|change| text(change) == Some("unheard"))
    );

    let refused = ctl(&process, &["webhook", "http://shop.test/hook"]).await;
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(
        said.contains("webhooks leave this machine over https only"),
        "{said}"
    );
    // Waiting ends, with the reason.
    let mut vain = command(&["ctl", "--wait", "200ms", "state", "--at"]);
    let vain = vain
        .arg(format!("http://{}", free_address()))
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(vain.stderr).unwrap();
    assert!(said.contains("cannot reach a sandbox at"), "{said}");
}

#[tokio::test]
async fn a_world_is_one_file_and_begins_alike_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let world = folder.path().join("sale.world");
    let path = world.to_str().unwrap();
    let process = Process::start(&["--agent", "none", "--account", "le123"]).await;
    let ada = process.connector().await.consumer("ada").await;
    let id = ada.open().await;
    ada.say(&id, "kept in the world").await;
    done(&process, &["webhook", "http://127.0.0.1:9/hook"]).await;
    done(&process, &["advance", "2h"]).await;
    done(&process, &["export", path]).await;
    let again = ctl(&process, &["export", path]).await;
    let said = String::from_utf8(again.stderr).unwrap();
    assert!(
        said.contains("is there already") && said.contains("--force"),
        "{said}"
    );
    done(&process, &["export", path, "--force"]).await;
    let before = std::fs::read(&world).unwrap();

    let mut opened = Vec::new();
    for _ in 0..2 {
        let copy = Process::start(&["--world", path, "--agent", "none"]).await;
        for name in ["account", "client_id", "client_secret"] {
            assert_eq!(copy.ready[name], process.ready[name], "{name}");
        }
        let shown = done(&copy, &["conversations", &id]).await;
        assert!(shown.to_string().contains("kept in the world"), "{shown}");
        let webhook = done(&copy, &["webhook"]).await;
        assert_eq!(webhook, done(&process, &["webhook"]).await);
        let state = done(&copy, &["state"]).await;
        assert!(state["ahead_ms"].as_u64().unwrap() > 7_100_000, "{state}");
        let ada = copy.connector().await.consumer("ada").await;
        ada.say(&id, "said in the copy alone").await;
        opened.push(ada.open().await);
    }
    assert_eq!(opened[0], opened[1]);
    assert_eq!(std::fs::read(&world).unwrap(), before);

    // The state file of a sandbox that has ended is one too; what is none is told.
    let state = folder.path().join("cloud.db");
    let state = state.to_str().unwrap();
    let mut kept = Process::start(&["--state", state, "--agent", "none"]).await;
    let id = kept.connector().await.consumer("gus").await.open().await;
    kept.signal("TERM");
    kept.child.wait().await.unwrap();
    let copy = Process::start(&["--world", state, "--agent", "none"]).await;
    done(&copy, &["conversations", &id]).await;
    let garbage = folder.path().join("garbage");
    std::fs::write(&garbage, "no world").unwrap();
    for (file, words) in [
        (garbage.to_str().unwrap(), "it is no world"),
        (
            "/nowhere/world",
            "cannot open the state file /nowhere/world",
        ),
    ] {
        let output = command(&["--world", file]).output().await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains(words), "{said}");
    }
}
