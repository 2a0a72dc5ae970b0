//! App installs across kills of the sandbox.

use reqwest::Method;

use crate::sandbox::{
    admin::{Admin, Found, all_at, manifest},
    hook::{Hook, text},
    installs::token,
    rig::{Connector, Process},
};

#[tokio::test]
async fn app_installs_survive_a_kill_with_what_was_not_delivered() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let state = state.to_str().unwrap();
    let (first, second, moved) = (
        Hook::start().await,
        Hook::start().await,
        Hook::start().await,
    );
    let url = first.url().to_string();
    let mut process =
        Process::start(&["--agent", "none", "--state", state, "--webhook", &url]).await;
    let admin = Admin::of(&process).await;
    let made = admin.create(&manifest("Shop bridge", &second)).await;
    let gone = admin.create(&manifest("Gone", &second)).await;
    let gone_id = gone.record["id"].as_str().unwrap();
    let headers = [("if-match", gone.revision.as_str())];
    assert!(
        admin
            .ask(Method::DELETE, gone_id, &headers, None)
            .await
            .status()
            .is_success()
    );
    let main = process.ready["client_id"].as_str().unwrap().to_owned();
    let written = admin
        .change(&main, |record| {
            record["capabilities"]["webhooks"] = all_at(&moved);
        })
        .await;
    let text_of = |name: &str| made.record[name].as_str().unwrap().to_owned();
    let theirs = Connector::new(
        &admin.connector.base,
        &admin.connector.account,
        &text_of("client_id"),
        &text_of("client_secret"),
    )
    .await;
    let eda = theirs.consumer("eda").await;
    let other = eda.open().await;
    second
        .change("the opening", |change| {
            change["result"]["convId"] == other.as_str()
        })
        .await;
    second.answer_with(503);
    eda.say(&other, "unheard").await;
    process.signal("KILL");
    process.child.wait().await.unwrap();
    second.answer_with(200);

    let process = Process::start(&["--agent", "none", "--state", state]).await;
    second
        .change("what was unheard", |change| text(change) == Some("unheard"))
        .await;
    let again = Admin::of(&process).await;
    assert_eq!(
        again.list().await,
        [written.record.clone(), made.record.clone()]
    );
    for (before, id) in [(&written, &main), (&made, &text_of("id"))] {
        let after = again.get(id).await;
        assert_eq!(
            (&after.record, &after.revision),
            (&before.record, &before.revision)
        );
    }
    let ada = process.connector().await.consumer("ada").await;
    let id = ada.open().await;
    moved
        .change("the opening", |change| {
            change["result"]["convId"] == id.as_str()
        })
        .await;
    assert!(first.seen().is_empty());
    assert_eq!(
        again.ask(Method::GET, gone_id, &[], None).await.status(),
        404
    );
}

#[tokio::test]
async fn the_first_one_deleted_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("cloud.db");
    let arguments = ["--agent", "none", "--state", state.to_str().unwrap()];
    let mut process = Process::start(&arguments).await;
    let admin = Admin::of(&process).await;
    let main = process.ready["client_id"].as_str().unwrap().to_owned();
    let Found { revision, .. } = admin.get(&main).await;
    let answer = admin
        .ask(Method::DELETE, &main, &[("if-match", &revision)], None)
        .await;
    assert!(answer.status().is_success());
    assert!(admin.list().await.is_empty());
    process.child.kill().await.unwrap();
    process.child.wait().await.unwrap();
    let process = Process::start(&arguments).await;
    let text = |name: &str| process.ready[name].as_str().unwrap().to_owned();
    let mut again = admin.connector.clone();
    again.base = text("csds");
    let answer = token(&again, &text("client_id"), &text("client_secret")).await;
    assert_eq!(answer.0, 401);
}
