//! The program killed at every moment of a change, and started again.

use std::{path::Path, process::Stdio, sync::Arc};

use axum::http::Method;
use handset::domain::app_install::all_at;
use serde_json::Value;
use tokio::{
    process::{Child, Command},
    sync::Notify,
};

use crate::{
    borrow::cloud::{Cloud, ELSEWHERE, Fate, URL},
    support::soon,
};

pub(crate) const PASSWORD: &str = "HANDSET_TEST_PASSWORD";

/// `handset app …` with the login of the cloud's admin.
pub(crate) fn app(cloud: &Cloud, folder: &Path, command: &str, more: &[&str]) -> Command {
    let login = cloud.login();
    let mut app = Command::from(crate::support::program());
    app.args([
        "app",
        command,
        "--csds",
        &format!("http://{}", cloud.address),
    ])
    .args(["--account", cloud.account().as_str()])
    .args(["--username", &login.username, "--password-env", PASSWORD])
    .args(more)
    .env(PASSWORD, login.password.reveal())
    .env("HANDSET_DATA_DIR", folder.join("data"))
    .env("HANDSET_CONFIG_DIR", folder.join("config"))
    .env("USER", "ada")
    .env_remove("HANDSET_PROFILE")
    .stdin(Stdio::null())
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .kill_on_drop(true);
    app
}

/// What it said on stdout; it must have gone well.
pub(crate) async fn done(mut command: Command) -> String {
    let output = soon("the command", command.output()).await.unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{words}");
    String::from_utf8(output.stdout).unwrap()
}

/// What it said on stderr; it must have failed.
pub(crate) async fn failed(mut command: Command) -> String {
    let output = soon("the command", command.output()).await.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    String::from_utf8(output.stderr).unwrap()
}

fn point(cloud: &Cloud, folder: &Path, url: &str) -> Command {
    let client = cloud.client();
    app(cloud, folder, "point", &[client.as_str(), "--to", url])
}

fn restore(cloud: &Cloud, folder: &Path) -> Command {
    let client = cloud.client();
    app(cloud, folder, "restore", &[client.as_str(), "--json"])
}

/// When to kill.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// What was there is kept, and the change has not arrived.
    BeforeItArrives,
    /// The same, and the change arrives right after the kill.
    WhileItIsOnItsWay,
    /// The same, and the change arrives when all has been made good.
    LongBeforeItArrives,
    /// The change is made, and the program does not know.
    BeforeItsAnswer,
}

const MOMENTS: [Moment; 4] = [
    Moment::BeforeItArrives,
    Moment::WhileItIsOnItsWay,
    Moment::LongBeforeItArrives,
    Moment::BeforeItsAnswer,
];

/// Runs a command and kills it at that moment of its change; gives what lets the change go on.
async fn kill_at(moment: Moment, cloud: &Cloud, mut command: Command) -> Arc<Notify> {
    let (reached, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let marks = (Arc::clone(&reached), Arc::clone(&release));
    let fate = match moment {
        Moment::BeforeItArrives | Moment::WhileItIsOnItsWay | Moment::LongBeforeItArrives => {
            Fate::Held(marks.0, marks.1)
        }
        Moment::BeforeItsAnswer => Fate::AnswerHeld(marks.0, marks.1),
    };
    cloud.next(Method::PUT, fate);
    let mut child: Child = command.spawn().unwrap();
    soon("the change", reached.notified()).await;
    soon("the kill", child.kill()).await.unwrap();
    if matches!(moment, Moment::WhileItIsOnItsWay | Moment::BeforeItsAnswer) {
        release.notify_one();
    }
    release
}

/// Lets what was on its way at the kill arrive, unless it never does.
async fn settle(moment: Moment, cloud: &Cloud, change: &Notify) {
    if !matches!(moment, Moment::BeforeItArrives) {
        change.notify_one();
        cloud.settled().await;
    }
}

#[tokio::test]
async fn what_was_killed_while_pointing_is_restored_by_hand() {
    for moment in MOMENTS {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let before = cloud.record().await;
        let change = kill_at(moment, &cloud, point(&cloud, folder.path(), URL)).await;
        let said = done(restore(&cloud, folder.path())).await;
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["restored"], true, "{moment:?}");
        assert_eq!(said["left_alone"], serde_json::json!([]), "{moment:?}");
        settle(moment, &cloud, &change).await;
        assert_eq!(cloud.record().await, before, "{moment:?}");
    }
}

#[tokio::test]
async fn what_was_killed_while_pointing_is_restored_after_the_next_start() {
    for moment in MOMENTS {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let before = cloud.record().await;
        let change = kill_at(moment, &cloud, point(&cloud, folder.path(), URL)).await;
        done(point(&cloud, folder.path(), ELSEWHERE)).await;
        assert!(all_at(&cloud.record().await, ELSEWHERE), "{moment:?}");
        done(restore(&cloud, folder.path())).await;
        settle(moment, &cloud, &change).await;
        assert_eq!(cloud.record().await, before, "{moment:?}");
    }
}

#[tokio::test]
async fn what_was_killed_while_moving_on_is_restored() {
    for moment in MOMENTS {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let before = cloud.record().await;
        done(point(&cloud, folder.path(), URL)).await;
        let change = kill_at(moment, &cloud, point(&cloud, folder.path(), ELSEWHERE)).await;
        done(restore(&cloud, folder.path())).await;
        settle(moment, &cloud, &change).await;
        assert_eq!(cloud.record().await, before, "{moment:?}");
    }
}

#[tokio::test]
async fn what_was_killed_while_restoring_is_restored() {
    for moment in MOMENTS {
        let cloud = Cloud::start().await;
        let folder = tempfile::tempdir().unwrap();
        let before = cloud.record().await;
        done(point(&cloud, folder.path(), URL)).await;
        let change = kill_at(moment, &cloud, restore(&cloud, folder.path())).await;
        done(restore(&cloud, folder.path())).await;
        settle(moment, &cloud, &change).await;
        assert_eq!(cloud.record().await, before, "{moment:?}");
        let again = done(restore(&cloud, folder.path())).await;
        assert!(again.contains("\"restored\":false"), "{again}");
    }
}

#[tokio::test]
async fn a_foreign_change_after_the_kill_stays() {
    let cloud = Cloud::start().await;
    let folder = tempfile::tempdir().unwrap();
    let mut wanted = cloud.record().await;
    kill_at(
        Moment::BeforeItsAnswer,
        &cloud,
        point(&cloud, folder.path(), URL),
    )
    .await;
    let key = "ms.MessagingEventNotification.ChatStateEvent";
    let theirs = serde_json::json!({ "endpoint": "https://theirs.example/in" });
    let change = theirs.clone();
    cloud
        .change(|record| record["capabilities"]["webhooks"][key] = change)
        .await;
    let said: Value = serde_json::from_str(&done(restore(&cloud, folder.path())).await).unwrap();
    assert_eq!(said["left_alone"], serde_json::json!([key]));
    wanted["capabilities"]["webhooks"][key] = theirs;
    assert_eq!(cloud.record().await, wanted);
}
