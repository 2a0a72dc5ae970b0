//! What `handset listen` tells people: rows, reasons, and what keeps it from listening.

use std::{collections::BTreeSet, process::Stdio};

use handset::domain::{
    secret::Secret,
    signature::{Algorithm, sign},
};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use super::EMPTY;
use crate::support::{
    hooks::{ACCOUNT, CLIENT, SECRET, message, post, signed},
    http::{Peer, once},
    process::{Listening, SECRET_VARIABLE, listen},
    soon,
};

#[tokio::test]
async fn plain_lines_stand_in_columns_and_hold_no_escapes() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = listen(folder.path(), &[]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = soon("ready", lines.next_line()).await.unwrap().unwrap();
    let url = ready.strip_prefix("listening on http://").unwrap();
    let (address, path) = url.split_once('/').unwrap();
    let path = format!("/{path}");
    let hostile = "{\"type\":\"a\\u001b[31mb\\u202e\\n\",\"body\":\"\u{9b}2J\u{1b}\\u0007\"}";
    let mut columns = BTreeSet::new();
    for body in [message(12).as_str(), EMPTY, hostile, "\x1b]0;title\x07"] {
        let request = signed(&path, body.as_bytes());
        let answer = once(address.parse().unwrap(), &request).await.unwrap();
        assert_eq!(answer.status, 200);
        let line = soon("a line", lines.next_line()).await.unwrap().unwrap();
        assert!(
            !line.chars().any(|c| c.is_control() || c == '\u{202e}'),
            "{line:?}"
        );
        columns.insert(line.find("  valid     ").unwrap());
        if body == EMPTY {
            assert!(line.ends_with(EMPTY), "{line}");
        }
    }
    assert_eq!(columns.len(), 1);
}

#[tokio::test]
async fn a_wrong_signature_a_cut_secret_and_what_is_no_request_are_told_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = listen(folder.path(), &["--json"]);
    command.env(SECRET_VARIABLE, format!("{SECRET} \r\n"));
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut remarks = BufReader::new(child.stderr.take().unwrap()).lines();
    let remark = soon("a remark", remarks.next_line())
        .await
        .unwrap()
        .unwrap();
    let is_about = remark.contains(SECRET_VARIABLE) && remark.contains("left out");
    assert!(is_about && !remark.contains(SECRET), "{remark}");
    let ready = soon("ready", lines.next_line()).await.unwrap().unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let url = ready["url"]
        .as_str()
        .unwrap()
        .strip_prefix("http://")
        .unwrap();
    let (address, path) = url.split_once('/').unwrap();
    let (address, path) = (address.parse().unwrap(), format!("/{path}"));
    let right = sign(Algorithm::Sha256, &Secret::new(SECRET), EMPTY.as_bytes());
    for (request, status, reason) in [
        (signed(&path, EMPTY.as_bytes()), 200, ""),
        (
            post(&path, right.trim_end_matches('='), EMPTY.as_bytes()),
            401,
            "lacks the =",
        ),
        (
            post(&path, &right.replace("sha256", "SHA256"), EMPTY.as_bytes()),
            401,
            "sha1= or sha256=",
        ),
        (post(&path, &right, b"{}"), 401, "another secret"),
    ] {
        assert_eq!(once(address, &request).await.unwrap().status, status);
        let line = soon("a line", lines.next_line()).await.unwrap().unwrap();
        let line: Value = serde_json::from_str(&line).unwrap();
        match line["reason"].as_str() {
            Some(told) => assert!(!reason.is_empty() && told.contains(reason), "{line}"),
            None => assert_eq!((line["verdict"].as_str(), reason), (Some("valid"), "")),
        }
    }
    assert_eq!(
        once(address, &[0x16, 3, 1, 0, 5, 1, 0, 0, 1, 3])
            .await
            .unwrap()
            .status,
        400
    );
    let remark = soon("a remark", remarks.next_line())
        .await
        .unwrap()
        .unwrap();
    assert!(
        remark.contains("TLS") && remark.contains("(1 so far)"),
        "{remark}"
    );
    child.start_kill().unwrap();
    child.wait().await.unwrap();
}

#[tokio::test]
async fn what_cannot_work_is_said_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let busy = held.local_addr().unwrap().to_string();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let under_a_file = file.join("data");

    let fails = async |mut command: tokio::process::Command, says: &[&str]| {
        let output = soon("the exit", command.output()).await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{stderr}");
        assert!(output.stdout.is_empty());
        for word in says {
            assert!(stderr.contains(word), "{word} is not in: {stderr}");
        }
        assert!(
            !stderr.contains(SECRET) && !stderr.contains("panicked"),
            "{stderr}"
        );
        stderr.lines().count()
    };
    let lines = fails(
        listen(folder.path(), &["--bind", &busy]),
        &[&busy, "--bind"],
    )
    .await;
    assert_eq!(lines, 1);
    let open = listen(folder.path(), &["--bind", "0.0.0.0:0"]);
    assert_eq!(fails(open, &["0.0.0.0:0", "loopback"]).await, 1);
    let mut unset = listen(folder.path(), &[]);
    unset.env_remove(SECRET_VARIABLE);
    assert_eq!(fails(unset, &[SECRET_VARIABLE, "not set"]).await, 1);
    let mut empty = listen(folder.path(), &[]);
    empty.env(SECRET_VARIABLE, "");
    assert_eq!(fails(empty, &[SECRET_VARIABLE, "empty"]).await, 1);
    let mut blank = listen(folder.path(), &[]);
    blank.env(SECRET_VARIABLE, " \t\r\n");
    assert_eq!(fails(blank, &[SECRET_VARIABLE, "blank"]).await, 1);
    let unwritable = listen(&under_a_file, &[]);
    let shown = under_a_file.to_str().unwrap();
    assert_eq!(fails(unwritable, &[shown, "--data-dir"]).await, 1);
    fails(
        listen(folder.path(), &["--bind", "nowhere"]),
        &["--bind", "write an IP address"],
    )
    .await;
    fails(listen(folder.path(), &["--jason"]), &["--jason"]).await;

    let handset = Listening::start(folder.path()).await;
    let second = listen(folder.path(), &[]);
    assert_eq!(fails(second, &["in use", "--data-dir"]).await, 1);
    drop(handset);
}

#[tokio::test]
async fn the_data_folder_can_come_from_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("from/env");
    let mut command = tokio::process::Command::from(crate::support::program());
    command
        .args(["listen", "--account", "le/..5", "--client-id", CLIENT])
        .args(["--secret-env", SECRET_VARIABLE, "--json"])
        .env(SECRET_VARIABLE, SECRET)
        .env("HANDSET_DATA_DIR", &data)
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn().unwrap();
    let mut first = [0];
    let mut stdout = child.stdout.take().unwrap();
    soon("ready", stdout.read_exact(&mut first)).await.unwrap();
    assert!(data.join("listen-le%2f%2e%2e5.db").is_file());
}

/// What the flags leave out comes from the profile, and a flag goes before it.
#[tokio::test]
async fn a_profile_says_whose_webhooks_and_where() {
    let folder = tempfile::tempdir().unwrap();
    let settings = folder.path().join("settings");
    std::fs::create_dir_all(&settings).unwrap();
    let path = "/hook/0123456789abcdef0123456789abcdef";
    let profile = format!(
        "default = \"acme\"\n[profiles.acme]\naccount = \"{ACCOUNT}\"\nclient_id = \"{CLIENT}\"\n\
         secret = {{ env = \"{SECRET_VARIABLE}\" }}\nhook_path = \"{path}\"\n\
         [profiles.acme.tunnel]\nkind = \"relay\"\nlink = \"ws://127.0.0.1:9/link\"\n\
         ticket = {{ env = \"HANDSET_TEST_NO_TICKET\" }}\n"
    );
    std::fs::write(settings.join("config.toml"), profile).unwrap();
    let listen = |more: &[&str]| {
        let mut command = tokio::process::Command::from(crate::support::program());
        command
            .args(["listen", "--json", "--data-dir"])
            .arg(folder.path())
            .args(more)
            .env("HANDSET_CONFIG_DIR", &settings)
            .env(SECRET_VARIABLE, SECRET)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true);
        command
    };
    // The profile's relay, whose ticket is not there.
    for (more, words) in [
        (&[][..], ["HANDSET_TEST_NO_TICKET", "handset relay ticket"]),
        (&["--profile", "other"], ["no profile", "acme"]),
    ] {
        let output = soon("the end", listen(more).output()).await.unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success());
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
    }

    let mut child = listen(&["--profile", "acme", "--bind", "127.0.0.1:0"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = soon("ready", lines.next_line()).await.unwrap().unwrap();
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let url: url::Url = ready["url"].as_str().unwrap().parse().unwrap();
    assert_eq!(url.path(), path);
    let mut peer = Peer::connect(url.socket_addrs(|| None).unwrap()[0]).await;
    peer.write(&signed(path, message(1).as_bytes())).await;
    assert_eq!(peer.answer().await.unwrap().status, 200);
    let line = soon("the line", lines.next_line()).await.unwrap().unwrap();
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["verdict"], "valid");
}
