//! An observer: `handset listen --relay --json`, its lines in files.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    path::PathBuf,
    process::Stdio,
};

use serde_json::Value;

use crate::team::{
    house::{House, Running, handset},
    until,
};

/// An observer; each start writes a file of its own.
pub(super) struct Observer {
    folder: PathBuf,
    files: Vec<PathBuf>,
    pub(super) ticket: String,
    running: Option<Running>,
}

/// What the files list.
pub(super) struct Listed {
    /// The lines of events, each once.
    pub(super) lines: Vec<Value>,
    /// Lines that a start repeated because a kill came between printing and remembering.
    pub(super) again: usize,
    /// Lines that a kill cut off.
    pub(super) torn: usize,
}

impl Observer {
    pub(super) fn new(house: &House) -> Self {
        Self {
            folder: house.folder.path().to_owned(),
            files: Vec::new(),
            ticket: house.ticket("olga", "observer"),
            running: None,
        }
    }

    /// Starts listing, and waits until it is linked.
    pub(super) fn start(&mut self, house: &House) {
        let file = self.folder.join(format!("listed-{}", self.files.len()));
        let log = self.folder.join("observer.log");
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut command = handset(&self.folder.join("observer"), &["listen", "--json"]);
        command
            .args(["--relay", &house.link, "--ticket-env", "TICKET"])
            .args(["--ca", house.member("ca")])
            .args(["--account", house.member("account")])
            .args(["--client-id", house.member("client_id")])
            .args(["--secret-env", "SECRET"])
            .env("TICKET", &self.ticket)
            .env("SECRET", house.member("client_secret"))
            .stdin(Stdio::null())
            .stdout(File::create(&file).unwrap())
            .stderr(log);
        self.running = Some(Running(command.spawn().unwrap()));
        self.files.push(file);
        until("the observer's ready line", || {
            let first = self.text();
            (first.starts_with("{\"ready\":true") && first.contains('\n')).then_some(())
        });
    }

    /// Kills it.
    pub(super) fn kill(&mut self) {
        self.running.take().unwrap().kill();
    }

    /// Asks it to end.
    pub(super) fn end(&mut self) {
        self.running.take().unwrap().end();
    }

    /// What the start under way has listed so far.
    fn text(&self) -> String {
        let file = self.files.last().unwrap();
        String::from_utf8_lossy(&fs::read(file).unwrap()).into_owned()
    }

    /// How many lines the start under way has listed.
    pub(super) fn count(&self) -> usize {
        self.text().lines().count()
    }

    /// How many messages with these words are listed.
    pub(super) fn lists(&self, words: &str) -> usize {
        self.files
            .iter()
            .map(|file| fs::read_to_string(file).unwrap().matches(words).count())
            .sum()
    }

    /// Everything listed. Of what a kill leaves, this may be so and nothing else: one line cut
    /// off, and the line before, or that one, once more at the next start.
    pub(super) fn listed(&self) -> Listed {
        let mut listed = Listed {
            lines: Vec::new(),
            again: 0,
            torn: 0,
        };
        for file in &self.files {
            let text = fs::read_to_string(file).unwrap();
            let mut whole = text.split_inclusive('\n').skip(1);
            let mut is_first = true;
            while let Some(line) = whole.next() {
                let Some(line) = line.strip_suffix('\n') else {
                    assert_eq!(whole.next(), None);
                    listed.torn += 1;
                    break;
                };
                let line: Value = serde_json::from_str(line).unwrap();
                let before = listed.lines.last().map(id);
                if is_first && before == Some(id(&line)) {
                    listed.again += 1;
                } else {
                    assert!(before < Some(id(&line)), "{before:?} before {line}");
                    listed.lines.push(line);
                }
                is_first = false;
            }
        }
        listed
    }
}

fn id(line: &Value) -> u64 {
    line["id"].as_u64().unwrap()
}

impl Listed {
    /// Checks that every message of the cloud is listed once, and that nothing else that can be
    /// told apart is listed twice. Listed is what came in the order it came: after an outage, while
    /// the cloud drains what it stored, a later event may come first (`webhooks` 7).
    pub(super) fn agrees(&self, published: &BTreeSet<(String, u64)>) {
        let (mut bodies, mut found) = (BTreeSet::new(), BTreeSet::new());
        for line in &self.lines {
            assert_eq!(line["verdict"], "valid", "{line}");
            let body = line["body"].to_string();
            // Who types a moment longer says the same again.
            if !body.contains("ChatState") {
                assert!(bodies.insert(body), "twice: {line}");
            }
            let none = Vec::new();
            for change in line["body"]["body"]["changes"].as_array().unwrap_or(&none) {
                let (Some(sequence), Some(dialog)) =
                    (change["sequence"].as_u64(), change["dialogId"].as_str())
                else {
                    continue;
                };
                let kind = change["event"]["type"].as_str().unwrap_or_default();
                if kind == "ChatStateEvent" {
                    continue;
                }
                let is_new = found.insert((dialog.to_owned(), sequence));
                assert!(is_new, "{sequence} twice: {line}");
            }
        }
        let missing: Vec<_> = published.difference(&found).collect();
        assert!(missing.is_empty(), "not listed: {missing:?}");
    }
}
