//! `handset init` as a script uses it: everything said with flags, the link to a relay too.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Stdio},
};

use serde_json::Value;
use tempfile::tempdir;

use crate::{
    profiles::{handset, init::Cloud, refusal, said},
    support::free_address,
};

#[test]
#[expect(clippy::too_many_lines, reason = "one talk, told in its order")]
fn a_script_says_everything_with_flags() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let cloud = Cloud::start(folder);
    let bind = free_address().to_string();
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
    let schema = "schema/handset-config-1.schema.json";
    let head = format!("#:schema {schema}\ndefault = \"acme\"\n");
    assert!(text.starts_with(&head), "{text}");
    assert!(folder.join(schema).is_file());
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

/// A relay, killed when dropped.
struct Relay {
    child: Child,
    ready: Value,
}

impl Drop for Relay {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_relay_is_linked_to_with_the_ticket_and_proved() {
    let folder = tempdir().unwrap();
    let folder = folder.path();
    let cloud = Cloud::start(folder);
    let state = folder.join("relay").display().to_string();
    let relay = ["relay", "--listen", "127.0.0.1:0", "--state", &state];
    let mut child = handset(folder, &relay, &[])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let relay = Relay {
        ready: serde_json::from_str(&line).unwrap(),
        child,
    };
    let ticket = |account: &str| {
        let arguments = [
            "relay",
            "ticket",
            "--state",
            &state,
            "--name",
            "ada",
            "--account",
            account,
            "--ttl",
            "1d",
        ];
        let (out, err, success) = said(folder, &arguments, &[]);
        assert!(success, "{err}");
        out.trim().to_owned()
    };
    let (good, foreign) = (ticket(cloud.say("account")), ticket("99999999"));
    let address = relay.ready["link"].as_str().unwrap();
    let arguments = [
        "init",
        "--yes",
        "--profile",
        "acme",
        "--csds",
        cloud.say("https"),
        "--ca",
        cloud.say("ca"),
        "--account",
        cloud.say("account"),
        "--client-id",
        cloud.say("client_id"),
        "--secret-env",
        "ACME_SECRET",
        "--relay",
        address,
        "--ticket-env",
        "TICKET",
    ];
    let secret = ("ACME_SECRET", cloud.say("client_secret"));
    for ticket in ["nonsense.of.mine", foreign.as_str()] {
        let error = handset(folder, &arguments, &[secret, ("TICKET", ticket)])
            .output()
            .unwrap();
        let error = String::from_utf8(error.stderr).unwrap();
        assert!(
            error.contains("nothing was written") && !error.contains(ticket),
            "{error}"
        );
    }
    let output = handset(folder, &arguments, &[secret, ("TICKET", &good)])
        .output()
        .unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{out}{err}");
    assert!(
        out.contains("a canary came back in") && !out.contains(&good),
        "{out}"
    );
    let text = fs::read_to_string(folder.join("config.toml")).unwrap();
    assert!(
        text.contains("kind = \"relay\"") && text.contains("ticket = { env = \"TICKET\" }"),
        "{text}"
    );
}
