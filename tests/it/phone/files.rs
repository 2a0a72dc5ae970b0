//! Files that are not as they should be: each costs itself and is told, and the phone starts with
//! the rest.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use rusqlite::Connection;
use tempfile::tempdir;

use super::{ANSWER, CTRL_Q, ENTER, ESC, F8, talk};
use crate::support::{self, pty::Terminal};

/// A card as Windows' editors write it: with a mark at its begin and two bytes at each line's end.
const CARD: &str = "\u{feff}{\r\n  \"event\": {\r\n    \"type\": \"RichContentEvent\",\r\n    \
    \"content\": { \"type\": \"text\", \"text\": \"Read\" }\r\n  }\r\n}\r\n";

/// What `handset doctor` says about these folders, as one text.
fn doctor(data: &Path, settings: &Path) -> String {
    let output = support::program()
        .arg("doctor")
        .env("HANDSET_DATA_DIR", data)
        .env("HANDSET_CONFIG_DIR", settings)
        .env("TERM", "xterm-256color")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_bad_file_costs_itself_and_the_others_are_read_whoever_wrote_them() {
    let data = tempdir().unwrap();
    let settings = data.path().join("settings");
    for folder in ["cards", "personas"] {
        fs::create_dir_all(settings.join(folder)).unwrap();
    }
    let write = |name: &str, text: &str| fs::write(settings.join(name), text).unwrap();
    write("cards/windows.json", CARD);
    write("cards/broken.json", "{\n  \"event\" {}\n}\n");
    write(
        "personas/zoe.toml",
        "\u{feff}name = \"Zoe Lane\"\r\nconsumer = \"zoe-1\"\r\n",
    );
    write("personas/broken.toml", "name = \"B\"\ncolour = 1\n");
    write(
        "replies.toml",
        "\u{feff}[[reply]]\r\nkey = \"two words\"\r\ntext = \"x\"\r\n",
    );

    let mut terminal = Terminal::handset(150, 45, data.path(), &["--persona", "zoe"]);
    terminal.wait_text("Zoe Lane");
    // One row tells the newest; the list has all of them whole.
    terminal.press(F8);
    terminal.wait("all faults, with their places", |screen| {
        let places = ["broken.json:2:11", "broken.toml:2:1", "replies.toml:1:1"];
        places.iter().all(|place| screen.contains(place))
    });
    terminal.press(ESC);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());

    let said = doctor(data.path(), &settings);
    for place in ["broken.json:2:11", "broken.toml:2:1", "replies.toml:1:1"] {
        assert!(said.contains(place), "{place} is not in {said}");
    }
    assert!(
        !said.contains("windows.json") && !said.contains("zoe.toml"),
        "{said}"
    );
}

#[test]
fn unreadable_rows_of_the_journal_are_left_out_and_told() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(150, 45, data.path(), &[]);
    talk(&mut terminal);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let journal = data.path().join("sandbox/journal.db");
    let db = Connection::open(&journal).unwrap();
    let spoilt = db
        .execute(
            "UPDATE item SET data = '{' WHERE number = (SELECT max(number) FROM item)",
            (),
        )
        .unwrap();
    assert!(spoilt >= 1);
    drop(db);
    let said = doctor(data.path(), &data.path().join("settings"));
    assert!(said.contains("cannot be read"), "{said}");

    let mut terminal = Terminal::handset(150, 45, data.path(), &[]);
    terminal.wait_text("The journal is not as it was left");
    terminal.press(F8);
    terminal.wait("the notice", |screen| screen.contains("cannot be read"));
    terminal.press(ESC);
    // The rest is there, and the conversation goes on.
    terminal.press("tell me a joke");
    terminal.press(ENTER);
    terminal.wait("an answer", |screen| screen.matches("✓✓").count() >= 1);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn a_log_of_the_journal_that_is_missing_is_told() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(150, 45, data.path(), &[]);
    talk(&mut terminal);
    terminal.signal("KILL");
    terminal.ended();
    let log = data.path().join("sandbox/journal.db-wal");
    fs::remove_file(&log).unwrap();
    let said = doctor(data.path(), &data.path().join("settings"));
    assert!(said.contains("journal.db-wal"), "{said}");

    let mut terminal = Terminal::handset(150, 45, data.path(), &[]);
    terminal.wait_text("The journal is not as it was left");
    terminal.press(F8);
    terminal.wait_text("journal.db-wal");
    terminal.press(ESC);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    // It is told once: from here on nothing is missing.
    let mut terminal = Terminal::handset(150, 45, data.path(), &[]);
    let screen = terminal.wait_text("Write a message");
    assert!(!screen.contains("journal.db-wal"), "{screen}");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn a_journal_that_others_can_write_is_told_and_used() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(150, 45, data.path(), &[]);
    talk(&mut terminal);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    let journal = data.path().join("sandbox/journal.db");
    fs::set_permissions(&journal, fs::Permissions::from_mode(0o660)).unwrap();
    let mut terminal = Terminal::handset(150, 45, data.path(), &[]);
    terminal.wait("the notice and the conversation", |screen| {
        screen.contains("The journal is not as it was left") && screen.contains(ANSWER)
    });
    terminal.press(F8);
    terminal.wait_text("do `chmod");
    terminal.press(ESC);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn a_terminal_without_colours_gets_none() {
    for term in ["vt100", "vt220", "xterm-mono", "linux-m"] {
        let data = tempdir().unwrap();
        let variables = [("TERM", term), ("COLORTERM", "truecolor")];
        let mut terminal = Terminal::handset_with(120, 40, data.path(), &[], &variables);
        terminal.wait_text("Write a message");
        terminal.press(CTRL_Q);
        assert!(terminal.ended().success());
        let raw = String::from_utf8_lossy(&terminal.raw()).into_owned();
        for colour in ["38;2;", "48;2;", "38;5;", "48;5;"] {
            assert!(!raw.contains(colour), "{term} gets {colour:?}");
        }
    }
}
