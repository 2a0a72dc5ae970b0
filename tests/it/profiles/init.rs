//! `handset init` as a person uses it, against a sandbox with TLS.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    thread,
    time::Instant,
};

use serde_json::Value;
use tempfile::tempdir;

use crate::{
    profiles::{handset, said},
    support::{LIMIT, free_address, pty::Terminal},
};

const ENTER: &str = "\r";
const CTRL_C: &str = "\u{3}";

/// A sandbox with TLS and nobody's webhooks; killed when dropped.
pub(super) struct Cloud {
    child: Child,
    ready: Value,
}

impl Drop for Cloud {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Cloud {
    pub(super) fn start(folder: &Path) -> Self {
        let ca = folder.join("sandbox-ca.pem");
        let mut child = handset(folder, &["sandbox", "--tls", "--ca-out"], &[])
            .arg(ca)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        Self { child, ready }
    }

    pub(super) fn say(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }
}

fn init(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Terminal {
    let settings = folder.display().to_string();
    let mut all = vec![("HANDSET_CONFIG_DIR", settings.as_str())];
    all.extend(variables);
    let arguments = [&["init"], arguments].concat();
    Terminal::handset_with(180, 60, &folder.join("data"), &arguments, &all)
}

/// How many bytes the program has read so far, from wherever.
fn bytes_read(terminal: &Terminal) -> usize {
    let io = fs::read_to_string(format!("/proc/{}/io", terminal.pid())).unwrap();
    let line = io.lines().find_map(|line| line.strip_prefix("rchar: "));
    line.unwrap().parse().unwrap()
}

/// Answers the question that ends the screen.
#[track_caller]
fn answer(terminal: &mut Terminal, question: &str, said: &str) {
    terminal.wait(question, |screen| {
        let last = screen.trim_end().lines().last().unwrap_or("").to_owned();
        last.contains(question) && last.trim_end().ends_with(':')
    });
    terminal.press(said);
    terminal.press(ENTER);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one talk, told in its order")]
fn every_answer_is_tried_out_and_asked_for_again_until_it_works() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let cloud = Cloud::start(folder);
    let (account, client) = (cloud.say("account"), cloud.say("client_id"));
    let secret = cloud.say("client_secret");
    // The folder of settings is not there the first time.
    let settings = folder.join("home/.config/handset");
    let mut terminal = init(&settings, &[], &[]);
    answer(&mut terminal, "The name of the profile", "a b");
    terminal.wait_text("take letters, digits");
    answer(&mut terminal, "The name of the profile", "acme");
    // No trust yet.
    answer(&mut terminal, "The account", account);
    answer(
        &mut terminal,
        "CSDS address [https://api.liveperson.net]",
        cloud.say("https"),
    );
    answer(&mut terminal, "certificates", "");
    terminal.wait_text("the cloud could not be reached");
    // Trust, and a wrong account.
    answer(
        &mut terminal,
        &format!("The account [{account}]"),
        "99999999",
    );
    answer(&mut terminal, "CSDS address", "");
    answer(&mut terminal, "certificates", cloud.say("ca"));
    terminal.wait_text("looking up the domains of 99999999 … no");
    answer(&mut terminal, "The account [99999999]", account);
    answer(&mut terminal, "CSDS address", "");
    answer(&mut terminal, "sandbox-ca.pem]", "");
    terminal.wait_text(&format!("looking up the domains of {account} … ok"));
    answer(&mut terminal, "The login of an agent", "");
    answer(&mut terminal, "client_id", client);
    answer(&mut terminal, "Where is the client_secret kept", "nowhere");
    terminal.wait_text("✗ write file, file PATH, keyring");
    answer(&mut terminal, "Where is the client_secret kept", "file");
    // Typed wrong at first, and mended while typing the second time.
    answer(
        &mut terminal,
        "The client_secret (not shown)",
        "hunter2hunter2",
    );
    terminal.wait_text("fetching an AppJWT … no");
    answer(&mut terminal, "client_id", "");
    answer(&mut terminal, "acme.client_secret]", "");
    answer(
        &mut terminal,
        "The client_secret (not shown)",
        &format!("oops\u{15}{secret}é\u{7f}"),
    );
    terminal.wait_text("fetching an AppJWT … ok");
    answer(
        &mut terminal,
        "Are real consumers and agents there [no]",
        "maybe",
    );
    answer(
        &mut terminal,
        "Are real consumers and agents there [no]",
        "y",
    );
    answer(&mut terminal, "The brand's name", "Acme");
    // Nobody is behind the first address.
    let (bind, other) = (free_address().to_string(), free_address().to_string());
    answer(&mut terminal, "The tunnel", "pigeon");
    terminal.wait_text("no tunnel \"pigeon\"");
    answer(&mut terminal, "The tunnel", &format!("http://{other}"));
    answer(&mut terminal, "The address on this machine", &bind);
    terminal.wait_text("trying the tunnel … no");
    answer(&mut terminal, "The tunnel", &format!("http://{bind}"));
    answer(&mut terminal, "The address on this machine", &bind);
    terminal.wait_text("a canary came back in");
    assert!(terminal.ended().success());
    let screen = String::from_utf8(terminal.raw()).unwrap();
    assert!(screen.contains("handset doctor --profile acme"), "{screen}");
    assert!(screen.contains("handset --profile acme"), "{screen}");
    assert!(
        !screen.contains(secret) && !screen.contains("hunter2"),
        "{screen}"
    );

    for file in ["config.toml", "acme.client_secret"] {
        let mode = fs::metadata(settings.join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let text = fs::read_to_string(settings.join("config.toml")).unwrap();
    assert!(
        text.contains("production = true") && !text.contains(secret),
        "{text}"
    );
    let (out, err, success) = said(&settings, &["config", "show"], &[]);
    assert!(success, "{err}");
    for words in [
        account,
        client,
        "set (file ",
        "Acme",
        &bind,
        "sandbox-ca.pem",
    ] {
        assert!(out.contains(words), "no {words} in {out}");
    }
    assert!(!out.contains(secret), "{out}");

    // Once more: why the name is asked for, and why the secret is not.
    let mut terminal = init(&settings, &["--profile", "acme"], &[]);
    answer(&mut terminal, "The name of the profile", "other");
    assert!(
        terminal
            .screen()
            .contains("there is a profile \"acme\" already"),
        "{}",
        terminal.screen()
    );
    terminal.wait_text("The account");
    terminal.press(CTRL_C);
    assert!(!terminal.ended().success());
}

#[test]
fn whoever_leaves_has_written_nothing() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let cloud = Cloud::start(folder);
    let before = || {
        let mut names: Vec<PathBuf> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        names.sort();
        names
    };
    let known = before();
    let arguments = [
        "--profile",
        "acme",
        "--csds",
        cloud.say("https"),
        "--ca",
        cloud.say("ca"),
    ];
    let start = || {
        init(
            folder,
            &[&arguments[..], &["--account", cloud.say("account")]].concat(),
            &[],
        )
    };
    // At a question.
    let mut terminal = start();
    terminal.wait_text("The account [");
    terminal.press(CTRL_C);
    assert!(!terminal.ended().success());
    assert!(
        terminal.screen().contains("left; nothing was written"),
        "{}",
        terminal.screen()
    );
    // While a secret is typed, by key and by signal; the terminal shows again what is typed.
    for is_key in [true, false] {
        let mut terminal = start();
        for question in [
            "The account [",
            "CSDS address [",
            "certificates to trust",
            "The login of an agent",
        ] {
            answer(&mut terminal, question, "");
        }
        answer(&mut terminal, "client_id", cloud.say("client_id"));
        answer(&mut terminal, "Where is the client_secret kept", "file");
        terminal.wait_text("(not shown):");
        let half = "half a sec";
        let before = bytes_read(&terminal) + half.len();
        terminal.press(half);
        if is_key {
            terminal.press(CTRL_C);
        } else {
            // What the program has not read when it ends, the terminal shows.
            let since = Instant::now();
            while bytes_read(&terminal) < before {
                assert!(since.elapsed() < LIMIT, "it does not read");
                thread::yield_now();
            }
            terminal.signal("TERM");
        }
        assert!(!terminal.ended().success());
        let screen = terminal.screen();
        assert!(
            screen.contains("left; nothing was written") && !screen.contains("half a"),
            "{screen}"
        );
    }
    assert_eq!(before(), known);
}

#[test]
fn an_agents_login_offers_the_app_installs_and_their_secrets() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let cloud = Cloud::start(folder);
    let (client, secret) = (cloud.say("client_id"), cloud.say("client_secret"));
    let agents = cloud.ready["agents"].as_array().unwrap();
    let password = |name: &str| {
        let agent = agents.iter().find(|one| one["username"] == name);
        agent.unwrap()["password"].as_str().unwrap()
    };
    let flags = [
        "--profile",
        "acme",
        "--csds",
        cloud.say("https"),
        "--ca",
        cloud.say("ca"),
    ];
    let flags = [&flags[..], &["--account", cloud.say("account")]].concat();
    let mut terminal = init(folder, &flags, &[("MORGAN", password("morgan"))]);
    for question in ["The account [", "CSDS address [", "certificates to trust"] {
        answer(&mut terminal, question, "");
    }
    // An agent who is none, one who may not, and one who may.
    answer(&mut terminal, "The login of an agent", "nobody");
    answer(&mut terminal, "Where is the password kept", "file");
    answer(&mut terminal, "The password (not shown)", "wrong-password");
    terminal.wait_text("✗ username and password of nobody are not accepted");
    answer(&mut terminal, "or none [nobody]", "sam");
    answer(&mut terminal, "Where is the password kept", "");
    answer(&mut terminal, "The password (not shown)", password("sam"));
    terminal.wait_text("✗ agent sam may not manage app installs");
    answer(&mut terminal, "or none [sam]", "morgan");
    answer(&mut terminal, "Where is the password kept", "env MORGAN");
    terminal.wait_text("logging in as morgan … ok");
    answer(&mut terminal, "Point the app install's webhooks here", "");
    terminal.wait_text(&format!("   1  {client}  "));
    answer(&mut terminal, "by its number or client_id", "1");
    // Its secret comes from the record.
    answer(&mut terminal, "Where is the client_secret kept", "file");
    terminal.wait_text("fetching an AppJWT … ok");
    answer(&mut terminal, "Are real consumers and agents there", "");
    answer(&mut terminal, "The brand's name", "");
    answer(&mut terminal, "The tunnel", "");
    assert!(terminal.ended().success());
    let screen = String::from_utf8(terminal.raw()).unwrap();
    for unseen in [
        secret,
        password("morgan"),
        password("sam"),
        "wrong-password",
    ] {
        assert!(!screen.contains(unseen), "{screen}");
    }
    assert_eq!(
        fs::read_to_string(folder.join("acme.client_secret")).unwrap(),
        format!("{secret}\n")
    );
    assert!(!folder.join("acme.password").exists());
    let text = fs::read_to_string(folder.join("config.toml")).unwrap();
    let login = "[profiles.acme.login]\nusername = \"morgan\"\npassword = { env = \"MORGAN\" }\nborrow = true\n";
    assert!(text.ends_with(login), "{text}");
}
