//! A bot on the SDK in a process of its own, and what it says has happened.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, sync_channel},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    sdk::install,
    support::{house::House, signal},
};

/// How long anything may take a bot.
const PATIENCE: Duration = crate::support::LIMIT;
/// Lines that wait to be looked at; a bot that says more waits.
const LINES: usize = 1024;

/// A bot that runs; it is killed when this is dropped.
pub(super) struct Bot {
    child: Child,
    lines: Receiver<Value>,
    /// Everything it has said so far.
    said: Vec<Value>,
    /// What of that was waited for already.
    seen: usize,
    complaints: PathBuf,
}

impl Bot {
    /// Starts one as a user of a cloud: it knows its account, its name and password, and where
    /// the directory of services is; more variables may be given.
    pub(super) fn start(name: &str, house: &House, user: &str, more: &[(&str, &str)]) -> Self {
        let password = house.password_of(user);
        Self::start_with(name, house, (user, password), more)
    }

    /// The same with any password.
    pub(super) fn start_with(
        name: &str,
        house: &House,
        (user, password): (&str, &str),
        more: &[(&str, &str)],
    ) -> Self {
        let complaints = house.folder().join(format!("{name}-{user}.err"));
        let csds = house.word("https").strip_prefix("https://").unwrap();
        let mut node = Command::new("node");
        // A proxy of whoever runs the tests is not on the way.
        for proxy in ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
            node.env_remove(proxy);
        }
        node.arg(install::bots().join(format!("{name}.js")))
            .env("NODE_PATH", install::modules())
            .env("NODE_EXTRA_CA_CERTS", house.word("ca"))
            .env("LP_ACCOUNT", house.word("account"))
            .env("LP_USER", user)
            .env("LP_PASS", password)
            .env("LP_CSDS", csds)
            .envs(more.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&complaints).unwrap());
        let mut child = node.spawn().unwrap();
        let (sender, lines) = sync_channel(LINES);
        let said = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                let Ok(line) = serde_json::from_str(&line) else {
                    panic!("a bot says what is no JSON: {line}");
                };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            lines,
            said: Vec::new(),
            seen: 0,
            complaints,
        }
    }

    /// Waits for the next line of this kind that was not waited for yet.
    #[track_caller]
    pub(super) fn wait(&mut self, happened: &str) -> Value {
        self.wait_for(happened, |line| line["happened"] == happened)
    }

    /// Waits for the next line that fulfils a condition; those before it are passed over.
    #[track_caller]
    pub(super) fn wait_for(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let found = self.said.iter().skip(self.seen).position(&wanted);
            if let Some(at) = found {
                self.seen += at + 1;
                return self.said[self.seen - 1].clone();
            }
            self.hear(deadline, what);
        }
    }

    /// Waits until it has said this at any time.
    #[track_caller]
    pub(super) fn has_said(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.said.iter().find(|line| wanted(line)) {
                return line.clone();
            }
            self.hear(deadline, what);
        }
    }

    #[track_caller]
    fn hear(&mut self, deadline: Instant, what: &str) {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(line) => self.said.push(line),
            Err(why) => panic!("waited for {what}: {why}; the bot said\n{}", self.story()),
        }
    }

    /// Everything it said, and what it complained of.
    fn story(&self) -> String {
        let said = self.said.iter().map(|line| format!("{line}\n"));
        let complaints = fs::read_to_string(&self.complaints).unwrap_or_default();
        said.collect::<String>() + &complaints
    }

    /// Tells it to leave; gives everything it has said. It must not have met anything wrong.
    #[track_caller]
    pub(super) fn end(mut self) -> Vec<Value> {
        signal(self.child.id(), "TERM");
        assert!(self.child.wait().unwrap().success(), "{}", self.story());
        self.said.extend(self.lines.iter());
        let complaints = fs::read_to_string(&self.complaints).unwrap();
        let wrong = |line: &&Value| {
            ["error", "refused", "warning"].contains(&line["happened"].as_str().unwrap())
        };
        let wrong: Vec<&Value> = self.said.iter().filter(wrong).collect();
        assert!(wrong.is_empty(), "{wrong:?}\n{}", self.story());
        // Of the SDK's own age node complains; of anything else it must not.
        let own = |line: &&str| {
            !line.is_empty() && !line.contains("Warning") && !line.contains("--trace")
        };
        let complaints: Vec<&str> = complaints.lines().filter(own).collect();
        assert!(complaints.is_empty(), "{}", self.story());
        std::mem::take(&mut self.said)
    }
}

impl Drop for Bot {
    fn drop(&mut self) {
        // Ended already, or not wanted any more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
