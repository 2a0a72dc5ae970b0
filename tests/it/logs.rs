//! What is logged at HANDSET_LOG=trace, and what becomes of a secret in the wrong place.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Output, Stdio},
};

use handset::relay::{backend::Retention, nats::open};
use serde_json::Value;
use tempfile::tempdir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};
use url::Url;

use crate::{
    relay::rig::post,
    support::{self, hooks::ACCOUNT, nats::Nats, soon},
};

const PASSWORD: &str = "geheim-nats-password";
const SECRET: &str = "k4v9s0m2example7secret1";
const SAID: &str = "what-a-consumer-said-in-confidence";

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::from(support::program());
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn output(arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = command(arguments);
    command.envs(variables.iter().copied());
    soon("a command", command.output()).await.unwrap()
}

/// The log of a relay that kept a webhook, at everything there is to log.
async fn relayed(log: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> String {
    let mut command = command(&[&["relay", "--listen", "127.0.0.1:0"], arguments].concat());
    command
        .env("HANDSET_LOG", "trace")
        .envs(variables.iter().copied())
        .stderr(fs::File::create(log).unwrap());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = soon("the ready line", lines.next_line()).await.unwrap();
    let Some(line) = line else {
        panic!("it ended: {}", fs::read_to_string(log).unwrap());
    };
    let ready: Value = serde_json::from_str(&line).unwrap();
    let public = Url::parse(ready["public"].as_str().unwrap()).unwrap();
    let address = public.socket_addrs(|| None).unwrap()[0];
    let body = format!("{{\"text\":\"{SAID}\"}}");
    assert_eq!(
        post(address, public.path(), ACCOUNT, &body).await.status,
        200
    );
    support::signal(child.id().unwrap(), "TERM");
    assert!(soon("the end", child.wait()).await.unwrap().success());
    fs::read_to_string(log).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_on_nats_logs_neither_keys_nor_messages_whatever_is_asked_for() {
    let folder = tempdir().unwrap();
    let nats = Nats::start_with(&["-js", "--user", "ada", "--pass", PASSWORD]).await;
    let url = nats.url_for(&format!("ada:{PASSWORD}"));
    let file = folder.path().join("nats");
    fs::write(&file, format!("{url}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let file = file.to_str().unwrap();
    let ticket = output(
        &[
            "relay",
            "ticket",
            "--nats-file",
            file,
            "--name",
            "ada",
            "--account",
            ACCOUNT,
            "--ttl",
            "1h",
        ],
        &[],
    )
    .await;
    let complaint = String::from_utf8_lossy(&ticket.stderr).into_owned();
    assert!(ticket.status.success(), "{complaint}");
    let ticket = String::from_utf8(ticket.stdout).unwrap().trim().to_owned();
    let (backend, _changes) = open(&url, Retention::default()).await.unwrap();
    let identity = backend.identity().await.unwrap();
    backend.close().await;
    let variable = [("TEAM_NATS", url.as_str())];
    for (number, (variables, arguments)) in [
        (&[][..], ["--nats", url.as_str()]),
        (&variable[..], ["--nats-env", "TEAM_NATS"]),
        (&[][..], ["--nats-file", file]),
    ]
    .into_iter()
    .enumerate()
    {
        let log = relayed(
            &folder.path().join(number.to_string()),
            variables,
            &arguments,
        )
        .await;
        assert!(log.contains("handset::"), "there is a log: {log}");
        for (what, secret) in [
            ("the key", identity.key.reveal()),
            ("the path", identity.path.as_str()),
            ("a ticket", ticket.as_str()),
            ("a message", SAID),
            ("the password", PASSWORD),
        ] {
            assert!(!log.contains(secret), "{arguments:?}: {what} is in the log");
        }
        let theirs = |line: &str| line.contains("async_nats") && line.contains("TRACE");
        assert!(!log.lines().any(theirs), "{arguments:?}");
    }
}

#[tokio::test]
async fn a_secret_in_the_wrong_place_is_not_repeated() {
    let folder = tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let with = |address: &str| address.replace("SECRET", SECRET);
    let listen = ["listen", "--account", "1", "--client-id", "x"];
    let cloud = ["--account", "1", "--client-id", "x"];
    let relay = ["--relay", "wss://relay.test/link"];
    for (arguments, words) in [
        (
            [&listen[..], &["--secret-env", SECRET]].concat(),
            "variable",
        ),
        (
            [
                &listen[..],
                &["--secret-env", "X", "--ticket-env", SECRET],
                &relay,
            ]
            .concat(),
            "variable",
        ),
        (
            [&listen[..], &["--secret-env", "X", "--relay", SECRET]].concat(),
            "--relay",
        ),
        (
            [
                &listen[..],
                &[
                    "--secret-env",
                    "X",
                    "--relay",
                    &with("wss://ada:SECRET@relay.test/link"),
                ],
            ]
            .concat(),
            "name and password",
        ),
        (
            [
                &cloud[..],
                &[
                    "--secret-env",
                    "X",
                    "--csds",
                    &with("https://ada:SECRET@api.test"),
                ],
            ]
            .concat(),
            "name and password",
        ),
        (
            [
                &cloud[..],
                &[
                    "--secret-env",
                    "X",
                    "--csds",
                    &with("https://SECRET@api.test"),
                ],
            ]
            .concat(),
            "name and password",
        ),
        (
            [&cloud[..], &["--secret-env", "X", "--tunnel", SECRET]].concat(),
            "--tunnel",
        ),
        (
            [
                &cloud[..],
                &[
                    "--secret-env",
                    "X",
                    "--tunnel",
                    &with("https://a:SECRET@in.test"),
                ],
            ]
            .concat(),
            "name and password",
        ),
        (
            [&["doctor"], &cloud[..], &["--secret-env", SECRET]].concat(),
            "variable",
        ),
        (
            [&["config", "show"], &cloud[..], &["--secret-env", SECRET]].concat(),
            "",
        ),
        (
            [
                &["app", "list"],
                &cloud[..],
                &["--user", "m", "--password-env", SECRET],
            ]
            .concat(),
            "",
        ),
        (
            [
                &["agent"],
                &cloud[..2],
                &[
                    "--user",
                    "m",
                    "--password-env",
                    SECRET,
                    "--csds",
                    "http://127.0.0.1:9",
                ],
            ]
            .concat(),
            "",
        ),
        (
            vec![
                "sandbox",
                "--webhook",
                &with("https://ada:SECRET@shop.test/in"),
            ],
            "name and password",
        ),
        (
            vec![
                "sandbox",
                "ctl",
                "--at",
                &with("http://ada:SECRET@127.0.0.1:9"),
                "state",
            ],
            "name and password",
        ),
        (
            vec![
                "relay",
                "--state",
                data,
                "--public-url",
                &with("https://ada:SECRET@relay.test"),
            ],
            "name and password",
        ),
        (
            vec!["relay", "--nats", &with("nats://ada:SECRET@127.0.0.1:9")],
            "NATS",
        ),
        (
            vec!["relay", "--nats", &with("http://ada:SECRET@127.0.0.1:9")],
            "NATS",
        ),
        (vec!["relay", "--nats-env", SECRET], "variable"),
        (
            vec![
                "relay",
                "--nats-env",
                &with("nats://ada:SECRET@127.0.0.1:9"),
            ],
            "variable",
        ),
        (
            vec![
                "relay",
                "tickets",
                "--nats",
                &with("nats://SECRET@127.0.0.1:9"),
            ],
            "NATS",
        ),
    ] {
        let out = output(&arguments, &[("HANDSET_DATA_DIR", data)]).await;
        let said = [out.stdout, out.stderr].concat();
        let said = String::from_utf8_lossy(&said).replace('\n', " ");
        let shown = arguments.join(" ");
        assert!(!said.contains(SECRET), "{shown}: {said}");
        assert!(said.contains(words), "{shown}: {said}");
    }
    // In the environment and in the help that shows what is set there.
    for (arguments, name, value) in [
        (
            &["sandbox", "ctl", "--help"][..],
            "HANDSET_SANDBOX",
            "http://ada:SECRET@127.0.0.1:9",
        ),
        (
            &["sandbox", "ctl", "state"],
            "HANDSET_SANDBOX",
            "http://ada:SECRET@127.0.0.1:9",
        ),
        (
            &["config", "show"],
            "HANDSET_CSDS",
            "https://ada:SECRET@api.test",
        ),
        (
            &["config", "show"],
            "HANDSET_RELAY_LINK",
            "wss://ada:SECRET@relay.test/link",
        ),
        (&["config", "show"], "HANDSET_TUNNEL", "SECRET"),
    ] {
        let out = output(
            arguments,
            &[("HANDSET_DATA_DIR", data), (name, &with(value))],
        )
        .await;
        let said = [out.stdout, out.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(!said.contains(SECRET), "{arguments:?} with {name}: {said}");
    }
    // In the settings file.
    for line in [
        "secret = \"SECRET\"",
        "secret = { env = \"SECRET\" }",
        "secret = { key = \"SECRET\" }",
        "secret = SECRET",
        "csds = \"https://ada:SECRET@api.test\"",
        "tunnel = { kind = \"relay\", link = \"wss://SECRET@relay.test\", ticket = \"SECRET\" }",
        "login = { username = \"m\", password = \"SECRET\" }",
    ] {
        let text = format!(
            "[profiles.acme]\naccount = \"1\"\nclient_id = \"x\"\n{}\n",
            with(line)
        );
        fs::write(folder.path().join("config.toml"), text).unwrap();
        for arguments in [
            &["doctor", "--profile", "acme"][..],
            &["listen", "--profile", "acme"],
            &["config", "show", "--profile", "acme"],
        ] {
            let variables = [("HANDSET_DATA_DIR", data), ("HANDSET_CONFIG_DIR", data)];
            let out = output(arguments, &variables).await;
            let said = [out.stdout, out.stderr].concat();
            let said = String::from_utf8_lossy(&said);
            assert!(!said.contains(SECRET), "{arguments:?} with {line}: {said}");
        }
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_written_ends_nothing() {
    let mut command = command(&["sandbox", "--agent", "none"]);
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    command.env("HANDSET_LOG", "trace").stderr(full);
    let process = crate::sandbox::rig::Process::of(command).await;
    let connector = process.connector().await;
    connector.consumer("ada").await.open().await;
}
