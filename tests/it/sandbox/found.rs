//! How `handset sandbox ctl` finds a sandbox and its token by itself, and whom it gives the token to.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use serde_json::Value;
use tempfile::tempdir;
use tokio::net::TcpListener;

use crate::{
    sandbox::rig::{Process, command},
    support::{program, soon},
};

const TOKEN: &str = "HANDSET_SANDBOX_TOKEN";

async fn started(data: &Path, variables: &[(&str, &str)]) -> Process {
    let mut command = command(&["--agent", "none"]);
    command.env("HANDSET_DATA_DIR", data);
    command.envs(variables.iter().copied());
    Process::of(command).await
}

/// What `ctl` prints and says.
fn ctl(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Value, String> {
    let output = program()
        .args(["sandbox", "ctl", "--json", "--data-dir"])
        .arg(data)
        .args(arguments)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).unwrap());
    }
    Err(String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn the_one_that_runs_is_found_with_its_token() {
    let folder = tempdir().unwrap();
    let data = folder.path();
    assert!(
        ctl(data, &["state"], &[])
            .unwrap_err()
            .contains("no sandbox of yours runs here")
    );
    let mut one = started(data, &[]).await;
    ctl(data, &["state"], &[]).unwrap();
    ctl(data, &["snapshot", "first"], &[]).unwrap();
    let notes = fs::read_dir(data.join("sandboxes")).unwrap();
    for note in notes {
        let mode = note.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    // Who has another data folder has no token.
    let csds = one.ready["csds"].as_str().unwrap().to_owned();
    let elsewhere = tempdir().unwrap();
    let said = ctl(elsewhere.path(), &["--at", &csds, "state"], &[]).unwrap_err();
    assert!(
        said.contains("needs the sandbox's token") && said.contains(TOKEN),
        "{said}"
    );
    // Of two one has to be named, by localhost too.
    let other = started(data, &[]).await;
    let said = ctl(data, &["state"], &[]).unwrap_err();
    assert!(
        said.contains("several sandboxes run") && said.contains(&csds),
        "{said}"
    );
    ctl(data, &["--at", &csds, "state"], &[]).unwrap();
    let local = csds.replace("127.0.0.1", "localhost");
    ctl(data, &["--at", &local, "state"], &[]).unwrap();
    drop(other);
    one.signal("TERM");
    soon("the end", one.child.wait()).await.unwrap();
}

#[tokio::test]
async fn a_token_is_not_given_to_who_listens_where_a_killed_sandbox_was() {
    let folder = tempdir().unwrap();
    let mut killed = started(folder.path(), &[]).await;
    let csds = killed.ready["csds"].as_str().unwrap().to_owned();
    killed.signal("KILL");
    soon("the end", killed.child.wait()).await.unwrap();
    assert_eq!(
        fs::read_dir(folder.path().join("sandboxes"))
            .unwrap()
            .count(),
        1
    );
    let squatter = TcpListener::bind(csds.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let said = ctl(folder.path(), &["state"], &[]).unwrap_err();
    assert!(said.contains("no sandbox of yours runs here"), "{said}");
    let accepted = std::future::poll_fn(|context| {
        std::task::Poll::Ready(squatter.poll_accept(context).is_ready())
    });
    assert!(!accepted.await, "nothing was sent there");
}

#[tokio::test]
async fn a_token_of_ones_own_is_taken_from_the_environment() {
    let folder = tempdir().unwrap();
    let token = (TOKEN, "a-token-of-the-test");
    let process = started(folder.path(), &[token]).await;
    assert_eq!(process.ready["control_token"], token.1);
    let csds = process.ready["csds"].as_str().unwrap();
    let elsewhere = tempdir().unwrap();
    ctl(elsewhere.path(), &["--at", csds, "state"], &[token]).unwrap();
    for wrong in [
        "short",
        "with a blank in the middle",
        "ünprintable-and-long",
        "with-a-line-end\n",
    ] {
        let mut command = command(&[]);
        command
            .env("HANDSET_DATA_DIR", folder.path())
            .env(TOKEN, wrong);
        let output = soon("its end", command.output()).await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && said.contains(TOKEN),
            "{wrong:?}: {said}"
        );
        assert!(!said.contains(wrong), "{said}");
    }
}
