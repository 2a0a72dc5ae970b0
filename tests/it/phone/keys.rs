//! Keys of one's own, in `keys.toml`.

use std::{fs, path::Path};

use tempfile::tempdir;

use super::{CTRL_Q, ESC, F8, TAB, talk};
use crate::support::{self, pty::Terminal};

const ALT_Q: &str = "\u{1b}q";
const CTRL_U: &str = "\u{15}";
const F1: &str = "\u{1b}OP";
const F2: &str = "\u{1b}OQ";
const F3: &str = "\u{1b}OR";
const F9: &str = "\u{1b}[20~";

/// Writes a file of keys where a phone with its data there looks for it.
fn write_keys(data: &Path, text: &str) {
    fs::create_dir_all(data.join("settings")).unwrap();
    fs::write(data.join("settings").join("keys.toml"), text).unwrap();
}

/// What a command prints with these settings: whether it succeeded, stdout, stderr.
fn run(data: &Path, arguments: &[&str]) -> (bool, String, String) {
    let mut command = support::program();
    command.args(arguments);
    command.env("HANDSET_CONFIG_DIR", data.join("settings"));
    command.env("HANDSET_DATA_DIR", data);
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (
        output.status.success(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn keys_of_ones_own_do_what_they_say_and_are_told() {
    let data = tempdir().unwrap();
    let text = "\
[everywhere]
flight = [\"alt+q\"]
help = [\"f9\"]
content = []
next-theme = []
";
    write_keys(data.path(), text);
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("this is Riley");
    terminal.wait_text("F9 help");
    terminal.press(ALT_Q);
    terminal.wait_text("✈ flight");
    // The keys of before mean nothing; the help comes after them and says what holds.
    terminal.press(F3);
    terminal.press(F2);
    terminal.press(F1);
    terminal.press(F9);
    terminal.wait_text("Help");
    terminal.press("flight mode");
    let help = terminal.wait("what was typed alone", |screen| {
        screen.contains("flight mode: nothing goes out") && !screen.contains("leave handset")
    });
    assert!(help.contains("Alt+Q  "), "{help}");
    assert!(help.contains("✈ flight"), "{help}");
    assert!(!help.contains("theme light"), "{help}");
    terminal.press("\r");
    terminal.wait("no help", |screen| !screen.contains("flight mode: nothing"));
    terminal.press(ALT_Q);
    terminal.wait("no flight", |screen| !screen.contains("✈"));
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn lists_are_walked_as_in_vim_and_the_composer_stays_a_text_box() {
    let data = tempdir().unwrap();
    write_keys(data.path(), "preset = \"vim\"\n");
    let mut terminal = Terminal::handset(80, 24, data.path(), &[]);
    talk(&mut terminal);
    terminal.press("jkG");
    terminal.wait_text("> jkG");
    terminal.press(CTRL_U);
    terminal.wait_text("Write a message");
    terminal.press(TAB);
    terminal.wait("the newest entries", |screen| {
        screen.contains("✓sig") && !screen.contains("domains")
    });
    terminal.press("g");
    terminal.wait_text("domains");
    terminal.press("G");
    terminal.wait("the newest again", |screen| !screen.contains("domains"));
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn a_faulty_file_is_told_with_its_lines_and_the_built_in_keys_hold() {
    let data = tempdir().unwrap();
    let text = "[everywhere]\nfligth = [\"alt+q\"]\nhelp = [\"f9\", \"crtl+h\"]\n";
    write_keys(data.path(), text);
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    terminal.wait_text("keys.toml has 3 faults");
    terminal.press(F8);
    terminal.wait_text("keys.toml:2:1:");
    terminal.press(ESC);
    terminal.wait_text("F1 help");
    terminal.press(F1);
    terminal.wait_text("Writing a message");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    for arguments in [["keys"].as_slice(), &["keys", "--json"], &["doctor"]] {
        let (good, out, error) = run(data.path(), arguments);
        assert!(!good, "{arguments:?}: {out}");
        let told = format!("{out}{error}");
        for fault in [
            "keys.toml:2:1: there is no action `fligth`; did you mean `flight`?",
            "keys.toml:3:9: `f9` does `content` in [everywhere] already",
            "keys.toml:3:15: \"crtl+h\" is not a key",
            "did you mean `ctrl+h`?",
        ] {
            // The doctor wraps what it tells.
            let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(told.contains(fault), "{arguments:?}: {told}");
        }
    }
}

#[test]
fn the_live_keys_are_listed() {
    let data = tempdir().unwrap();
    let (good, out, _) = run(data.path(), &["keys"]);
    assert!(good);
    let line = out.lines().find(|line| line.contains(" flight ")).unwrap();
    assert!(
        line.starts_with("everywhere ") && line.contains(" F3 "),
        "{line}"
    );
    write_keys(
        data.path(),
        "[everywhere]\nflight = [\"ctrl+i\"]\n[phone]\nmouse = []\n",
    );
    let (good, out, _) = run(data.path(), &["keys", "--json"]);
    assert!(good);
    let listed: serde_json::Value = serde_json::from_str(&out).unwrap();
    let keys = |context: &str, action: &str| {
        let mut rows = listed["keys"].as_array().unwrap().iter();
        let row = rows.find(|row| row["context"] == context && row["action"] == action);
        row.map(|row| row["keys"].clone())
    };
    assert_eq!(
        keys("everywhere", "flight"),
        Some(serde_json::json!(["ctrl+i"]))
    );
    assert_eq!(keys("phone", "mouse"), Some(serde_json::json!([])));
    assert_eq!(keys("everywhere", "mouse"), Some(serde_json::json!(["f6"])));
    let note = listed["notes"][0].as_str().unwrap();
    assert!(
        note.contains("keys.toml:2:11: `ctrl+i` comes from most terminals as Tab"),
        "{note}"
    );
    // The doctor warns of it, and finds no fault.
    let (_, out, _) = run(data.path(), &["doctor", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(
        found
            .to_string()
            .contains("comes from most terminals as Tab"),
        "{found}"
    );
}
