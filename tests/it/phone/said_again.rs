//! A conversation had by hand becomes a scenario that passes. With other words of the agent the run
//! says what differs.

use std::{fs, path::Path, process::Output};

use tempfile::tempdir;

use super::{CTRL_Q, ENTER, ESC};
use crate::support::{self, pty::Terminal};

const RILEY: &str = include_str!("../../../assets/riley.toml");
const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/pictures/mug.png");
const UP: &str = "\u{1b}[A";
const RIGHT: &str = "\u{1b}[C";

/// Writes a text, sends it, and waits for words of the answer.
#[track_caller]
/// Writes a text, sends it when it stands in the composer, and waits for what it leads to.
pub(super) fn say(terminal: &mut Terminal, text: &str, answer: &str) {
    terminal.press(text);
    terminal.wait("what was written", |screen| {
        screen.contains(&format!("> {text}"))
    });
    terminal.press(ENTER);
    terminal.wait_text(answer);
}

fn handset(data: &Path, arguments: &[&str]) -> Output {
    let mut command = support::program();
    command.args(arguments).current_dir(data);
    command.env("HANDSET_DATA_DIR", data).env("TZ", "UTC");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Cards, a file, a transfer and the survey, by the keys and the mouse.
fn talk_by_hand(data: &Path) {
    let mut terminal = Terminal::handset(96, 45, data, &[]);
    terminal.wait_text("this is Riley");
    say(&mut terminal, "Where is my order?", "your order number?");
    say(&mut terminal, "It is 40417", "before noon");
    say(&mut terminal, "Show me a carousel", "Mug, blue");
    terminal.wait_text("Details");
    terminal.press(UP);
    terminal.press(RIGHT);
    terminal.wait_text("❯▣");
    terminal.press(ENTER);
    terminal.wait_text("carousel-blue-picture");
    terminal.press(RIGHT);
    terminal.wait("the button", |screen| !screen.contains("❯▣"));
    terminal.press(ENTER);
    terminal.wait_text("which says: Add the");
    terminal.press(ESC);
    say(&mut terminal, "Which colours are there?", "Surprise me");
    // The first quick reply.
    terminal.press("\u{1b}1");
    terminal.wait_text("a fine choice");
    say(
        &mut terminal,
        &format!("/image {PICTURE}"),
        "Got your picture",
    );
    say(&mut terminal, "Can I talk to a colleague?", "this is Sam");
    say(&mut terminal, "/close", "How satisfied");
    terminal.press("\u{1b}4");
    terminal.wait_text("matter settled");
    terminal.press("\u{1b}1");
    terminal.wait_text("do better");
    say(&mut terminal, "It was quick", "You rated 4 of 5");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn a_conversation_by_hand_is_said_again() {
    let data = tempdir().unwrap();
    talk_by_hand(data.path());
    let export = ["export", "--conversation", "last", "--format", "talk"];
    let written = handset(
        data.path(),
        &[&export[..], &["--no-try", "--out", "hand.talk"]].concat(),
    );
    assert!(written.status.success(), "{written:?}");
    assert_eq!(text(&written.stderr), "");
    let talk = fs::read_to_string(data.path().join("hand.talk")).unwrap();
    for line in [
        "me taps \"A blue mug\"",
        "me taps #carousel-blue-add",
        "me taps \"Blue\"",
        "me sends \"hand.files/2-mug.png\" \"mug\"",
        "me: Can I talk to a colleague?",
        "me closes",
        "me taps \"4\"",
        "me: It was quick",
    ] {
        assert!(talk.lines().any(|one| one == line), "{line} in\n{talk}");
    }
    let run = handset(data.path(), &["run", "hand.talk"]);
    assert!(run.status.success(), "{talk}\n{}", text(&run.stdout));

    let other = RILEY.replace(
        "arrives tomorrow before noon",
        "arrives on Friday before noon",
    );
    assert_ne!(other, RILEY);
    fs::write(data.path().join("other.toml"), other).unwrap();
    let run = handset(data.path(), &["run", "hand.talk", "--agent", "other.toml"]);
    assert_eq!(run.status.code(), Some(1), "{run:?}");
    let told = text(&run.stdout);
    let found = talk.lines().position(|line| line.contains("Found it"));
    let line = found.unwrap() + 1;
    assert!(told.contains(&format!("hand.talk:{line}")), "{told}");
    let row = |label: &str| {
        let row = told.lines().find(|row| row.trim_start().starts_with(label));
        row.unwrap_or_default().to_owned()
    };
    let (expected, was) = (row("expected "), row("was "));
    assert!(expected.contains("[-tomorrow-] before noon."), "{told}");
    assert!(was.contains("Friday+} before noon."), "{told}");
}
