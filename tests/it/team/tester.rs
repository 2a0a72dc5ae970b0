//! A tester: a phone in a terminal, and what is in its journal while it runs.

use std::{
    fs,
    path::{Path, PathBuf},
    thread::sleep,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};

use crate::{
    support::pty::Terminal,
    team::{LOOK, PATIENCE, house::House, until},
};

/// As many rows as show the end of a flood, and a page of it at a time.
const SIZE: (u16, u16) = (100, 70);
const ENTER: &str = "\r";
const CTRL_Q: &str = "\u{11}";

/// A tester with a phone.
pub(super) struct Tester {
    pub(super) name: &'static str,
    pub(super) data: PathBuf,
    journal: PathBuf,
    pub(super) ticket: String,
    secret: String,
    terminal: Option<Terminal>,
    /// Everything typed, in order.
    pub(super) typed: Vec<String>,
    /// How many messages each flood had.
    pub(super) floods: Vec<u32>,
    pub(super) pulse: Pulse,
}

/// How long nothing came in while something was waited for.
pub(super) struct Pulse {
    hooks: u64,
    at: Instant,
    pub(super) longest: Duration,
}

impl Tester {
    /// A tester who plays a consumer, with a profile and a ticket of a name.
    pub(super) fn new(house: &House, name: &'static str, persona: &str) -> Self {
        let data = house.folder.path().join(name);
        let account = house.member("account");
        write_profile(house, &data, persona);
        Self {
            name,
            journal: data.join(format!("account-{account}/journal.db")),
            data,
            ticket: house.ticket(name, "tester"),
            secret: house.member("client_secret").to_owned(),
            terminal: None,
            typed: Vec::new(),
            floods: Vec::new(),
            pulse: Pulse {
                hooks: 0,
                at: Instant::now(),
                longest: Duration::ZERO,
            },
        }
    }

    /// Starts the phone.
    pub(super) fn start(&mut self) {
        let variables = [
            ("ACME_SECRET", self.secret.as_str()),
            ("ACME_TICKET", self.ticket.as_str()),
        ];
        let arguments = ["--profile", "acme"];
        let terminal = Terminal::handset_with(SIZE.0, SIZE.1, &self.data, &arguments, &variables);
        self.terminal = Some(terminal);
    }

    /// The first start: the endpoint is entered already, and Riley says hello.
    pub(super) fn begin(&mut self) {
        self.wait_text("Press Enter when it is entered");
        self.terminal().press(ENTER);
        self.wait_text("this is Riley");
    }

    /// A later start: the conversation is there.
    pub(super) fn resume(&mut self) {
        self.start();
        self.wait_text("flood ");
    }

    /// Waits until the screen shows a text.
    fn wait_text(&mut self, text: &str) {
        let terminal = self.terminal();
        until(text, || terminal.screen().contains(text).then_some(()));
    }

    pub(super) fn terminal(&mut self) -> &mut Terminal {
        self.terminal.as_mut().unwrap()
    }

    /// Ends the phone as kill -9 does.
    pub(super) fn kill(&mut self) {
        self.terminal().signal("KILL");
        // What it wrote before may still be on its way.
        self.terminal().ended();
        self.terminal = None;
    }

    /// Leaves the phone.
    pub(super) fn end(&mut self) {
        self.terminal().press(CTRL_Q);
        assert!(self.terminal().ended().success());
        self.terminal = None;
    }

    /// Types a message, and waits until its draft is gone: messages that come at once are one paste.
    pub(super) fn say(&mut self, words: String) {
        let terminal = self.terminal();
        terminal.press(&words);
        terminal.wait_text(&words);
        terminal.press(ENTER);
        terminal.wait_text("Write a message");
        self.typed.push(words);
    }

    /// Asks for so many messages.
    pub(super) fn flood(&mut self, count: u32) {
        self.say(format!("flood {count}"));
        self.floods.push(count);
    }

    /// Says something short that Riley answers shortly.
    pub(super) fn chat(&mut self) {
        let number = self.typed.len();
        self.say(format!("hi, line {number} of {}", self.name));
    }

    /// How many webhooks have come in; looks at how long that took.
    pub(super) fn hooks(&mut self) -> u64 {
        let hooks = self.count("SELECT coalesce(max(id), 0) FROM hook");
        let pulse = &mut self.pulse;
        if hooks > pulse.hooks {
            pulse.longest = pulse.longest.max(pulse.at.elapsed());
            (pulse.hooks, pulse.at) = (hooks, Instant::now());
        }
        hooks
    }

    /// From here on it matters again how long nothing comes in.
    pub(super) fn feel_pulse(&mut self) {
        self.pulse.at = Instant::now();
    }

    /// What of all floods and of an answer to each greeting has not come yet.
    pub(super) fn missing(&mut self) -> Vec<String> {
        self.hooks();
        let greetings = self.typed.iter().filter(|words| words.starts_with("hi"));
        let floods = self.floods.iter().map(|n| format!("flood {n}/{n}\""));
        let answers = floods.map(|end| (end, 1)).chain([(
            "What can I do for you?\"".to_owned(),
            u64::try_from(greetings.count()).unwrap(),
        )]);
        let missing = answers.into_iter().filter_map(|(words, expected)| {
            let shown = self.shows(&words);
            let name = self.name;
            assert!(shown <= expected, "{name} has {words} {shown} times");
            (shown < expected).then(|| format!("{words}: {shown} of {expected}"))
        });
        missing.collect()
    }

    /// Waits until all floods have come, and an answer to each greeting.
    pub(super) fn wait_for_all(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let missing = self.missing();
            if missing.is_empty() {
                return;
            }
            if Instant::now() > deadline {
                let screen = self.terminal().screen();
                panic!(
                    "{} misses {missing:?}; the screen shows\n{screen}",
                    self.name
                );
            }
            sleep(LOOK);
        }
    }

    /// How many messages have these words.
    fn shows(&self, words: &str) -> u64 {
        self.count(&format!(
            "SELECT count(*) FROM item WHERE instr(data, '{words}') > 0"
        ))
    }

    fn count(&self, query: &str) -> u64 {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(&self.journal, flags).unwrap();
        db.busy_timeout(PATIENCE).unwrap();
        let count: i64 = db.query_row(query, (), |row| row.get(0)).unwrap();
        u64::try_from(count).unwrap()
    }

    /// Where the journal is.
    pub(super) fn journal(&self) -> &Path {
        &self.journal
    }
}

fn write_profile(house: &House, data: &Path, persona: &str) {
    let settings = data.join("settings");
    fs::create_dir_all(&settings).unwrap();
    let text = format!(
        r#"[profiles.acme]
account = "{account}"
csds = "{csds}"
client_id = "{client}"
secret = {{ env = "ACME_SECRET" }}
ca = "{ca}"
personas = ["{persona}"]

[profiles.acme.tunnel]
kind = "relay"
link = "{link}"
ticket = {{ env = "ACME_TICKET" }}
"#,
        account = house.member("account"),
        csds = house.member("https"),
        client = house.member("client_id"),
        ca = house.member("ca"),
        link = house.link,
    );
    fs::write(settings.join("config.toml"), text).unwrap();
}
