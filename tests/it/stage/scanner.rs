//! Every frame of the stage is looked through while everything goes wrong: hostile content, faults of
//! the cloud, no network, a ticket that is revoked, a panic of the engine. The same in a test of some
//! seconds and, with `HANDSET_STAGE_MINUTES=30`, for as long as that.

use std::{
    env, fs,
    io::{self, BufRead as _, BufReader, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::trapped::{self, Trap};
use crate::support::{self, free_address, house::House, leaks::leaks, program, pty::Terminal};

const ENTER: &str = "\r";
const F5: &str = "\u{1b}[15~";
const F12: &str = "\u{1b}[24~";
const CTRL_Q: &str = "\u{11}";
const SHIFT_F11: &str = "\u{1b}[23;2~";
/// With this variable set it goes on for so many minutes, and tells how it goes.
const MINUTES: &str = "HANDSET_STAGE_MINUTES";
/// One frame.
const FRAME: Duration = Duration::from_millis(33);

/// What has the agent send what does not belong on a stage.
const HOSTILE: [&str; 12] = [
    "A hostile card",
    "Hostile quick replies",
    "A storm of line breaks",
    "An unknown element",
    "Send me pictures",
    "A broken picture, please",
    "Show me some links",
    "Send me a secure form",
    "Where is your shop?",
    "flood 20",
    "Which languages do you speak?",
    "Transfer me to Sales",
];
/// Keys that show something technical elsewhere.
const KEYS: [&str; 14] = [
    "\t",
    "\u{1b}OP",
    "\u{1b}OQ",
    "\u{1b}[18~",
    "\u{1b}[19~",
    "\u{1b}[20~",
    "\u{1b}[21~",
    "\u{1b}[24;2~",
    "\u{1b}g",
    "\u{1b}r",
    "\u{1b}h",
    "\u{6}",
    "\u{10}",
    "\u{14}",
];
/// What the cloud gets wrong, once each.
const FAULTS: [&[&str]; 4] = [
    &["send", "--status", "500", "--count", "2"],
    &["send", "--drop", "--count", "2"],
    &["webhook", "--do", "bad-signature", "--count", "1"],
    &["send", "--status", "400", "--count", "2"],
];
/// Every request to send is turned away from then on, of which the engine tells a notice.
const TURNED_AWAY: [&str; 3] = ["send", "--status", "500"];

/// A relay in a process of its own, with a ticket that the profile of a house has.
struct Relay {
    child: Child,
    state: std::path::PathBuf,
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Relay {
    fn command(&self, arguments: &[&str]) -> String {
        relay(&self.state, arguments)
    }
}

fn relay(state: &Path, arguments: &[&str]) -> String {
    let mut command = program();
    command
        .arg("relay")
        .args(arguments)
        .arg("--state")
        .arg(state);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A cloud, and a relay through which its webhooks come in.
fn house() -> (House, Relay) {
    let house = House::build(&[], true, "");
    let state = house.folder().join("relay");
    let mut child = program()
        .args(["relay", "--listen", &free_address().to_string(), "--state"])
        .arg(&state)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let of = ["ticket", "--name", "stage", "--ttl", "1h", "--account"];
    let ticket = relay(&state, &[&of[..], &[house.word("account")]].concat());
    let settings = house.settings();
    let file = settings.join("ticket");
    fs::write(&file, ticket).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let file = settings.join("config.toml");
    let mut said: Value = toml::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    said["profiles"]["acme"]["tunnel"] =
        json!({"kind": "relay", "link": ready["link"], "ticket": {"file": "ticket"}});
    fs::write(&file, toml::to_string(&said).unwrap()).unwrap();
    (house, Relay { child, state })
}

fn fault(house: &House, arguments: &[&str]) {
    let mut ctl = program();
    ctl.args(["sandbox", "ctl", "fault", "add"]).args(arguments);
    let told = ctl.env("HANDSET_SANDBOX", house.word("csds")).output();
    let told = told.unwrap();
    let why = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.status.success(), "{why}");
}

fn say(terminal: &mut Terminal, words: &str) {
    terminal.press(words);
    // A frame shows it, whatever comes meanwhile.
    terminal.wait(words, |screen| is_written(screen, words));
    terminal.press(ENTER);
}

/// Sends again what did not get out, until all of it is out.
fn send_all(terminal: &mut Terminal) {
    let is_out = |screen: &str| !screen.contains('◷');
    let mut tries = (0..100).map(|_| {
        terminal.press(F5);
        terminal.settle(Duration::from_millis(300), is_out)
    });
    assert!(tries.any(|is_out| is_out), "what waits does not get out");
}

/// Whether a screen has the end of the words: a line breaks where the phone ends.
fn is_written(screen: &str, words: &str) -> bool {
    let last = words.split(' ').next_back().unwrap_or_default();
    screen.contains(last)
}

#[track_caller]
fn assert_clean(terminal: &Terminal) -> usize {
    let (frames, found) = terminal.scanned();
    assert!(found.is_empty(), "{}", found.join("\n\n"));
    frames
}

/// Everything goes wrong once; gives how many frames there were.
fn round(size: (u16, u16)) -> usize {
    let (house, relay) = house();
    let settings = house.settings();
    let data = house.data();
    fs::create_dir_all(&data).unwrap();
    let variables = [("HANDSET_CONFIG_DIR", settings.to_str().unwrap())];
    let arguments = ["stage", "--brand", "acme"];
    let mut terminal = trapped::start(size, &data, &arguments, &variables);
    terminal.wait_text("Acme Care ✔");
    terminal.scan(Some(leaks));
    terminal.wait_text("this is Riley");
    let mut frames = 0;
    for (words, key) in HOSTILE.into_iter().zip(KEYS.into_iter().cycle()) {
        say(&mut terminal, words);
        terminal.press(key);
    }
    for key in KEYS {
        terminal.press(key);
        terminal.press("\u{1b}[27u");
    }
    for (arguments, words) in FAULTS
        .into_iter()
        .zip(["First", "Second", "Third", "Fourth"])
    {
        fault(&house, arguments);
        say(&mut terminal, words);
    }
    send_all(&mut terminal);
    // Without the edge of a phone, and where nothing fits.
    let has_edge = |screen: &str| screen.contains('╰');
    let is_card = |screen: &str| screen.contains("Back in a moment");
    terminal.resize(60, 16);
    terminal.wait("the phone without its edge", |screen| !has_edge(screen));
    terminal.resize(30, 10);
    terminal.wait("the card", is_card);
    terminal.resize(size.0, size.1);
    terminal.wait("the phone again", has_edge);
    say(&mut terminal, "Is anybody here");
    frames += assert_clean(&terminal);
    // Off the stage all of it is there: the scanner has something to find.
    terminal.press(SHIFT_F11);
    terminal.wait("the usual screen", |screen| !leaks(screen).is_empty());
    terminal.press(SHIFT_F11);
    terminal.wait("the stage again", |screen| {
        screen.contains("Acme Care ✔") && leaks(screen).is_empty()
    });
    let (_, found) = terminal.scanned();
    assert!(!found.is_empty(), "what was planted was not found");

    relay.command(&["revoke", "--name", "stage"]);
    // The sign at the edge is for the presenter.
    terminal.wait("the line gone", |screen| {
        screen.lines().last().is_some_and(|row| row.ends_with('•'))
    });
    say(&mut terminal, "One more question");
    send_all(&mut terminal);
    frames += assert_clean(&terminal);

    fault(&house, &TURNED_AWAY);
    Trap::Panic.set(&data);
    say(&mut terminal, "Thank you so far");
    terminal.wait("the panic", |_| Trap::Panic.has_sprung(&data));
    terminal.press(F5);
    say(&mut terminal, "Hello again");
    terminal.press(F12);
    terminal.wait_text("Back in a moment");
    terminal.press(F12);
    terminal.press(F12);
    terminal.wait_text("Acme Care ✔");
    // Without a network at all.
    drop(relay);
    drop(house);
    say(&mut terminal, "Good bye then");
    frames += assert_clean(&terminal);
    terminal.scan(None);
    terminal.press(CTRL_Q);
    terminal.ended();
    terminal.assert_given_back();
    frames
}

/// Tells how it goes, where somebody watches.
fn tell(words: &str) {
    if env::var_os(MINUTES).is_some() {
        io::stderr()
            .write_all(format!("{words}\n").as_bytes())
            .unwrap();
    }
}

#[test]
fn no_frame_shows_what_is_not_the_brands_whatever_goes_wrong() {
    let minutes = env::var(MINUTES).ok();
    let minutes = minutes.map_or(0, |minutes| minutes.parse().unwrap());
    let until = Instant::now() + Duration::from_mins(minutes);
    let sizes = [(100, 40), (80, 24), (200, 60), (120, 30)];
    let mut frames = 0;
    for (number, size) in sizes.into_iter().cycle().enumerate() {
        frames += round(size);
        let left = until.saturating_duration_since(Instant::now());
        tell(&format!(
            "{} rounds, {frames} frames, {left:?} left",
            number + 1
        ));
        if Instant::now() >= until {
            break;
        }
    }
    assert!(frames > 50, "{frames} frames");
}

#[test]
fn the_card_is_there_within_a_frame_even_while_the_thread_of_the_engine_is_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["stage", "--brand", "acme", "--sandbox"];
    let mut terminal = trapped::start((100, 44), folder.path(), &arguments, &[]);
    terminal.wait_text("this is Riley");
    let mut ctl = program();
    ctl.args(["sandbox", "ctl", "fault", "add"])
        .args(TURNED_AWAY);
    ctl.env("HANDSET_DATA_DIR", folder.path());
    let told = ctl.output().unwrap();
    assert!(told.status.success(), "{told:?}");
    Trap::Stop.set(folder.path());
    say(&mut terminal, "Is it there");
    terminal.wait("the engine stopped", |_| {
        Trap::Stop.has_sprung(folder.path())
    });
    let mut spans = Vec::new();
    for _ in 0..5 {
        let before = terminal.written();
        let pressed = Instant::now();
        terminal.press(F12);
        terminal.wait_written(before + 1, |_| false);
        spans.push(pressed.elapsed());
        let screen = terminal.wait_text("Back in a moment");
        assert!(!screen.contains("9:41"), "{screen}");
        // The same key twice opens the terminal again.
        terminal.press(F12);
        terminal.press(F12);
    }
    let best = spans.iter().min().unwrap();
    assert!(*best <= FRAME, "the card came after {spans:?}");
    tell(&format!("from the key to the card: {spans:?}"));
    support::signal(terminal.pid(), "KILL");
}
