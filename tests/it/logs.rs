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
const IN_CAPITALS: &str = "KZQXJVWTPLM";
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

/// Command lines with the secret where it does not belong, and a word of the answer.
const ON_THE_COMMAND_LINE: [(&str, &str); 29] = [
    ("SECRET", "word 1 of the command line"),
    ("doctor --json SECRET", "word 3 of the command line"),
    ("sandbox ctl SECRET", "word 3 of the command line"),
    ("config show LISTEN --SECRET", "word 7 of the command line"),
    ("sandbox --survey SECRET", "--survey"),
    ("sandbox ctl --json=SECRET state", "--json"),
    ("relay --nats-file SECRET", "not shown"),
    ("relay --nats-file /tmp/SECRET", "/tmp (not shown"),
    ("listen LISTEN --secret-env SECRET", "variable"),
    (
        "listen LISTEN --secret-env X --ticket-env SECRET --relay wss://relay.test/link",
        "variable",
    ),
    ("listen LISTEN --secret-env X --relay SECRET", "--relay"),
    (
        "listen LISTEN --secret-env X --relay wss://ada:SECRET@relay.test/link",
        "name and password",
    ),
    (
        "CLOUD --csds https://ada:SECRET@api.test",
        "name and password",
    ),
    ("CLOUD --csds https://SECRET@api.test", "name and password"),
    ("CLOUD --tunnel SECRET", "--tunnel"),
    (
        "CLOUD --tunnel https://a:SECRET@in.test",
        "name and password",
    ),
    ("doctor LISTEN --secret-env SECRET", "variable"),
    ("config show LISTEN --secret-env SECRET", ""),
    ("app list LISTEN --user m --password-env SECRET", ""),
    (
        "agent --account 1 --user m --password-env SECRET --csds http://127.0.0.1:9",
        "",
    ),
    (
        "sandbox --webhook https://ada:SECRET@shop.test/in",
        "name and password",
    ),
    (
        "sandbox ctl --at http://ada:SECRET@127.0.0.1:9 state",
        "name and password",
    ),
    (
        "relay --state DATA --public-url https://ada:SECRET@relay.test",
        "name and password",
    ),
    ("relay --nats nats://ada:SECRET@127.0.0.1:9", "NATS"),
    ("relay --nats http://ada:SECRET@127.0.0.1:9", "NATS"),
    ("relay --nats-env SECRET", "variable"),
    ("relay --nats-env nats://ada:SECRET@127.0.0.1:9", "variable"),
    ("relay tickets --nats nats://SECRET@127.0.0.1:9", "NATS"),
    ("relay tickets --nats-env SECRET", "variable"),
];

/// The same in the environment, with the help that shows what is set there.
const IN_THE_ENVIRONMENT: [(&str, &str, &str); 7] = [
    ("relay --nats-env X", "HANDSET_LOG", "handset=SECRET"),
    ("relay --nats-env X", "HANDSET_LOG", "[SECRET=warn"),
    (
        "sandbox ctl --help",
        "HANDSET_SANDBOX",
        "http://ada:SECRET@127.0.0.1:9",
    ),
    (
        "sandbox ctl state",
        "HANDSET_SANDBOX",
        "http://ada:SECRET@127.0.0.1:9",
    ),
    ("config show", "HANDSET_CSDS", "https://ada:SECRET@api.test"),
    (
        "config show",
        "HANDSET_RELAY_LINK",
        "wss://ada:SECRET@relay.test/link",
    ),
    ("config show", "HANDSET_TUNNEL", "SECRET"),
];

/// What the program says, run with a command line of the tables and this secret.
async fn said(line: &str, secret: &str, variables: &[(&str, &str)]) -> String {
    let line = line.replace("LISTEN", "--account 1 --client-id x");
    let line = line.replace("CLOUD", "--account 1 --client-id x --secret-env X");
    let line = line.replace("SECRET", secret);
    let arguments: Vec<&str> = line.split_whitespace().collect();
    let out = output(&arguments, variables).await;
    let said = [out.stdout, out.stderr].concat();
    String::from_utf8_lossy(&said).replace('\n', " ")
}

#[tokio::test]
async fn a_secret_in_the_wrong_place_is_not_repeated() {
    let folder = tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let with = |address: &str| address.replace("SECRET", SECRET);
    let own = ("HANDSET_DATA_DIR", data);
    for secret in [SECRET, IN_CAPITALS] {
        for (line, words) in ON_THE_COMMAND_LINE {
            let said = said(&line.replace("DATA", data), secret, &[own]).await;
            assert!(!said.contains(secret), "{line}: {said}");
            assert!(said.contains(words), "{line}: {said}");
        }
    }
    for (line, name, value) in IN_THE_ENVIRONMENT {
        let said = said(line, SECRET, &[own, (name, &with(value))]).await;
        assert!(!said.contains(SECRET), "{line} with {name}: {said}");
    }
    // In the settings file.
    for line in [
        "secret = \"SECRET\"",
        "secret = { env = \"SECRET\" }",
        "secret = { file = \"SECRET\" }",
        "secret = { command = [\"SECRET\"] }",
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
