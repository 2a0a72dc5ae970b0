//! `handset run --profile`: scenes in a cloud elsewhere, which is a sandbox in the test's process,
//! with its app install borrowed.

use std::{fs, path::Path};

use axum::http::Method;
use handset::{
    domain::app_install::all_at,
    sandbox::settings::{Agent, Settings},
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{
    borrow::cloud::{Cloud, URL},
    sandbox::rig,
    scenario::{Ended, command},
    support::{free_address, signal, soon},
};

const SECRET: &str = "HANDSET_TEST_SECRET";
const PASSWORD: &str = "HANDSET_TEST_PASSWORD";
const LOGIN: &str = "[profiles.acme.login]\nusername = \"morgan\"\n\
                     password = { env = \"HANDSET_TEST_PASSWORD\" }\n";

/// A cloud, and a profile for it whose tunnel is this machine itself.
struct Account {
    cloud: Cloud,
    before: Value,
    folder: tempfile::TempDir,
}

impl Account {
    /// One where an agent answers, with a profile that borrows.
    async fn new() -> Self {
        Self::of(
            rig::quick_with(Agent::Riley),
            "",
            &format!("{LOGIN}borrow = true\n"),
        )
        .await
    }

    /// `more` are lines of the profile itself, `login` is its login.
    async fn of(settings: Settings, more: &str, login: &str) -> Self {
        let cloud = Cloud::start_with(settings).await;
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("settings")).unwrap();
        let (bind, csds) = (free_address(), cloud.address);
        let (account, client) = (cloud.account(), cloud.client());
        let profile = format!(
            "[profiles.acme]\naccount = \"{account}\"\ncsds = \"http://{csds}\"\n\
             client_id = \"{client}\"\nsecret = {{ env = \"{SECRET}\" }}\nbind = \"{bind}\"\n{more}\n\
             [profiles.acme.tunnel]\nkind = \"url\"\nurl = \"http://{bind}\"\n\n{login}"
        );
        fs::write(folder.path().join("settings/config.toml"), profile).unwrap();
        Self {
            before: cloud.record().await,
            cloud,
            folder,
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// `handset run` of a scenario with the profile.
    fn command(&self, talk: &str, arguments: &[&str]) -> Command {
        let all = [&["a.talk", "--profile", "acme"], arguments].concat();
        let mut command = command(self.path(), &[("a.talk", talk)], &all);
        command
            .env("HANDSET_CONFIG_DIR", self.path().join("settings"))
            .env("HANDSET_DATA_DIR", self.path().join("data"))
            .env(SECRET, self.cloud.ready.client_secret.reveal())
            .env(PASSWORD, self.cloud.login().password.reveal());
        command
    }

    async fn run(&self, talk: &str, arguments: &[&str]) -> Ended {
        let report = self.path().join("out.json");
        let _ = fs::remove_file(&report);
        let arguments = [arguments, &["--json", "out.json"]].concat();
        let output = self.command(talk, &arguments).output();
        let output = soon("the end of the run", output).await.unwrap();
        let ended = Ended {
            code: output.status.code(),
            report: serde_json::from_slice(&fs::read(report).unwrap_or_default())
                .unwrap_or_default(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            _folder: tempfile::tempdir().unwrap(),
        };
        for secret in [
            self.cloud.ready.client_secret.reveal(),
            self.cloud.login().password.reveal(),
        ] {
            let told = format!("{}{}{}", ended.report, ended.stdout, ended.stderr);
            assert!(!told.contains(secret), "{told}");
        }
        ended
    }

    /// A run that has begun, once the first step of a scene has ended.
    async fn begun(&self, talk: &str) -> Child {
        let arguments = ["--report", "jsonl", "--json", "out.json"];
        let mut child = self.command(talk, &arguments).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        loop {
            let line = soon("the first step", lines.next_line()).await.unwrap();
            let line = line.expect("the run has ended");
            if line.contains("step.end") {
                break;
            }
        }
        // Read to the end, so that the run can go on printing.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        child
    }

    /// The conversations of the cloud, the latest first.
    async fn conversations(&self) -> Vec<Value> {
        let ready = &self.cloud.ready;
        let url = format!(
            "{}/sandbox/v1/conversations",
            ready.csds.trim_end_matches('/')
        );
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let asked = http.get(url).bearer_auth(ready.control.reveal()).send();
        let answer: Value = soon("an answer", asked)
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        answer["conversations"].as_array().unwrap().clone()
    }

    /// That the app install is as it was, and so many conversations were opened, of which none is
    /// open.
    async fn check_left(&self, count: usize) {
        assert_eq!(self.cloud.record().await, self.before);
        let conversations = self.conversations().await;
        assert_eq!(conversations.len(), count, "{conversations:?}");
        for one in conversations {
            assert_eq!(one["open"], false, "{one}");
        }
    }
}

const TWO: &str = "scene One\n  me: Where is my order?\n  agent: order number\n\n\
                   scene Two\n  me: Hello again\n  expect last read\n";

#[tokio::test]
async fn scenes_run_in_the_profiles_cloud_and_everything_is_as_it_was() {
    let account = Account::new().await;
    let ended = account.run(TWO, &[]).await;
    ended.passed();
    account.check_left(2).await;
    let run = &ended.report["run"];
    assert_eq!(run["cloud"], account.cloud.account().as_str());
    assert_eq!(run["profile"], "acme");
    assert!(
        ended.stderr.contains("as they were before"),
        "{}",
        ended.stderr
    );
    // The persona's own id, in both conversations.
    let consumers: Vec<Value> = account.conversations().await;
    let consumers = consumers.iter().map(|one| one["consumer"].to_string());
    let consumers: Vec<String> = consumers.collect();
    assert_eq!(consumers[0], consumers[1]);
}

#[tokio::test]
async fn a_scene_that_fails_is_cleared_away_too() {
    let account = Account::new().await;
    let talk = "me: Hello\nagent within 1ms: zebra\n";
    let ended = account.run(talk, &[]).await;
    assert_eq!(ended.failure().0, "late");
    account.check_left(1).await;
}

#[tokio::test]
async fn every_conversation_of_a_scene_is_ended() {
    let account = Account::new().await;
    let talk = "me: Hello\nme opens\nme: Hello once more\nme opens\nexpect conversation open\n";
    account.run(talk, &[]).await.passed();
    account.check_left(3).await;
}

#[tokio::test]
async fn a_signal_ends_the_scene_and_gives_back() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let account = Account::new().await;
        let talk = "scene One\n  me: Hello\n  agent within 10m: zebra\n\nscene Two\n  me: Hello\n";
        let mut child = account.begun(talk).await;
        assert_ne!(account.cloud.record().await, account.before);
        signal(child.id().unwrap(), name);
        let status = soon("the end", child.wait()).await.unwrap();
        assert_eq!(status.code(), Some(code));
        account.check_left(1).await;
        let report = fs::read(account.path().join("out.json")).unwrap();
        let report: Value = serde_json::from_slice(&report).unwrap();
        assert_eq!(report["totals"]["skipped"], 2, "{report}");
        assert_eq!(
            report["run"]["ended_early"],
            "the run was stopped by a signal"
        );
    }
}

#[tokio::test]
async fn two_signals_do_not_keep_what_is_borrowed() {
    let account = Account::new().await;
    let mut child = account.begun("me: Hello\nagent within 10m: zebra\n").await;
    let process = child.id().unwrap();
    signal(process, "INT");
    signal(process, "TERM");
    soon("the end", child.wait()).await.unwrap();
    assert_eq!(account.cloud.record().await, account.before);
}

#[tokio::test]
async fn what_a_killed_run_borrowed_the_next_one_gives_back() {
    let account = Account::new().await;
    let mut child = account.begun("me: Hello\nagent within 10m: zebra\n").await;
    signal(child.id().unwrap(), "KILL");
    soon("the end", child.wait()).await.unwrap();
    assert_ne!(account.cloud.record().await, account.before);
    account
        .run("me: Hello\nexpect last read\n", &[])
        .await
        .passed();
    assert_eq!(account.cloud.record().await, account.before);
}

#[tokio::test]
async fn production_is_entered_only_when_that_is_said() {
    let login = format!("{LOGIN}borrow = true\n");
    let settings = rig::quick_with(Agent::Riley);
    let account = Account::of(settings, "production = true", &login).await;
    let talk = "me: Hello\nexpect last read\n";
    let ended = account.run(talk, &["--report", "tap"]).await;
    assert_eq!(ended.code, Some(3));
    assert!(
        ended
            .stdout
            .contains("Bail out! the profile acme is one of production"),
        "{}",
        ended.stdout
    );
    assert_eq!(account.cloud.count(&Method::GET, ""), 0);
    account.check_left(0).await;
    account.run(talk, &["--yes-production"]).await.passed();
    account.check_left(1).await;
}

#[tokio::test]
async fn without_tokens_nothing_is_run() {
    let account = Account::new().await;
    let mut command = account.command("me: Hello\n", &["--report", "tap"]);
    command.env(SECRET, "another-secret-than-the-clouds");
    let output = soon("the end", command.output()).await.unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        said.contains("Bail out! client_id and client_secret are not accepted"),
        "{said}"
    );
    account.check_left(0).await;
}

#[tokio::test]
async fn a_colleague_who_has_borrowed_is_left_alone() {
    let account = Account::new().await;
    let folder = tempfile::tempdir().unwrap();
    let colleague = account.cloud.device(folder.path(), "gus@desk").await;
    colleague.point(URL, false).await.unwrap();
    let ended = account.run("me: Hello\n", &[]).await;
    assert_eq!(ended.code, Some(3));
    assert!(
        ended.stderr.contains("borrowed by gus@desk"),
        "{}",
        ended.stderr
    );
    assert!(all_at(&account.cloud.record().await, URL));
    assert_eq!(account.conversations().await.len(), 0);
}

#[tokio::test]
async fn what_only_the_sandbox_can_do_is_skipped_and_the_cloud_left_alone() {
    let account = Account::new().await;
    let talk = "scene One\n  needs sandbox\n  me: Hello\n\nscene Two\n  me: Hello\n  \
                if agent within 1s: a\n    pass 61m\n  end\n\nscene Three\n  sandbox state\n  me: Hello\n\n\
                scene Four\n  needs survey\n  me: Hello\n";
    let ended = account.run(talk, &["--need-some"]).await;
    assert_eq!(ended.code, Some(5), "{}{}", ended.stdout, ended.stderr);
    let scenes = ended.report["files"][0]["scenes"].as_array().unwrap();
    let why: Vec<&str> = scenes
        .iter()
        .map(|scene| scene["outcome"]["why"].as_str().unwrap())
        .collect();
    assert_eq!(
        why,
        [
            "needs the sandbox",
            "needs the sandbox, for line 8: pass 61m",
            "needs the sandbox, for line 12: sandbox state",
            "needs survey"
        ]
    );
    assert_eq!(account.cloud.count(&Method::GET, ""), 0);
    let talk = "needs survey live\n\nme: Hello\nexpect last read\n";
    account.run(talk, &["--has", "survey"]).await.passed();
}

#[tokio::test]
async fn an_agent_is_played_with_the_profiles_login() {
    let talk = "play kim as agent\n\nme: Hello\nkim takes\nkim: Good morning\nme closes\n";
    let login = format!("{LOGIN}borrow = true\n");
    let account = Account::of(rig::quick_with(Agent::None), "", &login).await;
    // The proxy before the cloud knows nothing of sockets.
    let config = account.path().join("settings/config.toml");
    let profile = fs::read_to_string(&config).unwrap();
    let proxy = format!("http://{}", account.cloud.address);
    fs::write(&config, profile.replace(&proxy, &account.cloud.ready.csds)).unwrap();
    let ended = account.run(talk, &[]).await;
    ended.passed();
    account.check_left(1).await;
    let two = "play kim as agent\nplay lee as agent\n\nme: Hello\nkim takes\nlee joins\n";
    let ended = account.run(two, &[]).await;
    let why = ended.scene()["outcome"]["why"].as_str().unwrap();
    assert_eq!(
        why,
        "needs 2 agents (kim, lee), and the profile acme has one [login]"
    );
    let account = Account::of(rig::quick_with(Agent::None), "", "").await;
    let ended = account.run(talk, &[]).await;
    let why = ended.scene()["outcome"]["why"].as_str().unwrap();
    assert_eq!(
        why,
        "needs agent: kim is played, and the profile acme has no [login]"
    );
}

#[tokio::test]
async fn flags_that_do_not_go_with_a_profile_are_refused() {
    let account = Account::new().await;
    for (arguments, words) in [
        (&["--jobs", "2"][..], "--jobs 2 does not go with --profile"),
        (&["--agent", "none"], "--agent is for the sandbox"),
        (&["--has", "sandbox"], "--has"),
    ] {
        let ended = account.run("me: Hello\n", arguments).await;
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stderr.contains(words), "{}", ended.stderr);
    }
    let mut nobody = account.command("me: Hello\n", &[]);
    nobody.env("HANDSET_CONFIG_DIR", account.path().join("empty"));
    let output = soon("the end", nobody.output()).await.unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("there is no profile \"acme\""), "{said}");
}

#[tokio::test]
async fn the_conversation_of_a_consumer_who_left_is_ended() {
    let account = Account::new().await;
    let talk = "me: Hello\nexpect last read\nme leaves\n";
    account.run(talk, &[]).await.passed();
    account.check_left(1).await;
}
