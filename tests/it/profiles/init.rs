//! `handset init` as a person uses it, against a sandbox with TLS; and as a script does.

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use serde_json::Value;
use tempfile::tempdir;

use crate::{
    profiles::{handset, refusal, said},
    support::pty::Terminal,
};

const ENTER: &str = "\r";
const CTRL_C: &str = "\u{3}";

/// A sandbox with TLS and nobody's webhooks; killed when dropped.
struct Cloud {
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
    fn start(folder: &Path) -> Self {
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

    fn say(&self, name: &str) -> &str {
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

/// A port that is free for the moment.
fn free() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().to_string()
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
fn every_answer_is_tried_out_and_asked_for_again_until_it_works() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let cloud = Cloud::start(folder);
    let (account, client) = (cloud.say("account"), cloud.say("client_id"));
    let secret = cloud.say("client_secret");
    let mut terminal = init(folder, &[], &[]);
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
    terminal.wait_text("✗ the cloud could not be reached");
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
    let (bind, other) = (free(), free());
    answer(&mut terminal, "The way in", "pigeon");
    answer(&mut terminal, "The way in", &format!("http://{other}"));
    answer(&mut terminal, "The address on this machine", &bind);
    terminal.wait_text("trying the way in … no");
    answer(&mut terminal, "The way in", &format!("http://{bind}"));
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
        let mode = fs::metadata(folder.join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let text = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(
        text.contains("production = true") && !text.contains(secret),
        "{text}"
    );
    let (out, err, success) = said(folder, &["config", "show"], &[]);
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
        terminal.press("half a sec");
        if is_key {
            terminal.press(CTRL_C);
        } else {
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
fn a_script_says_everything_with_flags() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let cloud = Cloud::start(folder);
    let bind = free();
    let public = format!("http://{bind}");
    let variable = ("ACME_SECRET", cloud.say("client_secret"));
    let with = |more: &[&'static str]| -> Vec<String> {
        let all = [
            "init",
            "--yes",
            "--csds",
            cloud.say("https"),
            "--ca",
            cloud.say("ca"),
            "--account",
            cloud.say("account"),
            "--client-id",
            cloud.say("client_id"),
            "--secret-env",
            variable.0,
            "--bind",
            &bind,
            "--tunnel",
            &public,
        ];
        all.into_iter()
            .map(ToOwned::to_owned)
            .chain(more.iter().map(|&word| word.to_owned()))
            .collect()
    };
    let run = |arguments: &[String], variables: &[(&str, &str)]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        handset(folder, &arguments, variables).output().unwrap()
    };
    // One thing is wrong each time, and nothing is written.
    for (from, to, words) in [
        (
            "",
            "",
            "The name of the profile is needed; say it with --profile",
        ),
        (
            cloud.say("client_id"),
            "nobody",
            "did not accept the credentials",
        ),
        (variable.0, "NOT_SET", "NOT_SET is not set"),
        (cloud.say("account"), "99999999", "nothing was written"),
        (&public, "ssh", "needs more than its kind"),
        (
            cloud.say("https"),
            "http://api.example.com",
            "plain http is for this machine alone",
        ),
    ] {
        let more: &[&str] = if from.is_empty() {
            &[]
        } else {
            &["--profile", "acme"]
        };
        let mut arguments = with(more);
        for word in arguments.iter_mut().filter(|word| *word == from) {
            to.clone_into(word);
        }
        let output = run(&arguments, &[variable]);
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(
            !output.status.success() && error.contains(words),
            "no {words:?} in {error}"
        );
        assert!(!error.contains(variable.1), "{error}");
        assert!(!folder.join("config.toml").exists());
    }
    let arguments = with(&["--profile", "acme"]);
    let output = run(&arguments, &[variable]);
    let (out, err) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    );
    assert!(output.status.success(), "{out}{err}");
    assert!(
        out.contains("fetching an AppJWT … ok") && out.contains("a canary came back"),
        "{out}"
    );
    let text = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(text.starts_with("default = \"acme\"\n"), "{text}");
    assert!(
        text.contains("secret = { env = \"ACME_SECRET\" }"),
        "{text}"
    );
    // The same again would replace it.
    let output = run(&arguments, &[variable]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains("there is a profile \"acme\" already"),
        "{error}"
    );
    let output = run(
        &with(&["--profile", "acme", "--force", "--brand", "New"]),
        &[variable],
    );
    assert!(output.status.success());
    let text = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert_eq!(text.matches("[profiles.acme]").count(), 1, "{text}");
    assert!(text.contains("brand = \"New\""), "{text}");

    let error = refusal(folder, &["init", "--profile", "x"], &[]);
    assert!(
        error.contains("init asks at a terminal") && error.contains("--yes"),
        "{error}"
    );
}
