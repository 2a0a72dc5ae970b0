//! The terminal lent to the shell, and to an editor.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use handset::domain::exchange::EntryKind;
use tempfile::tempdir;

use super::{CTRL_Q, ENTER, TAB, journal, talk};
use crate::support::{LIMIT, pty::Terminal};

const CTRL_G: &str = "\u{7}";
const CTRL_Z: &str = "\u{1a}";
const SHIFT_F11: &str = "\u{1b}[23;2~";
/// The screen is taken; the window is named.
const TAKEN: &str = "\u{1b}[?1049h";
const NAMED: &str = "\u{1b}]0;";

/// How often the program has written a sequence.
fn count(terminal: &Terminal, sequence: &str) -> usize {
    String::from_utf8_lossy(&terminal.raw())
        .matches(sequence)
        .count()
}

/// Waits until it has written the sequence once more.
#[track_caller]
fn wait_for_another(terminal: &Terminal, sequence: &str, before: usize) {
    let deadline = Instant::now() + LIMIT;
    while count(terminal, sequence) == before {
        assert!(Instant::now() < deadline, "{sequence:?} is not written");
        thread::sleep(Duration::from_millis(5));
    }
}

/// The system's letter for what a program does, `T` when it is stopped.
fn state(terminal: &Terminal) -> char {
    let stat = fs::read_to_string(format!("/proc/{}/stat", terminal.pid())).unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    rest.chars().next().unwrap()
}

#[track_caller]
fn wait_stopped(terminal: &Terminal) {
    let deadline = Instant::now() + LIMIT;
    while state(terminal) != 'T' || !terminal.shows_the_main_screen() {
        assert!(
            Instant::now() < deadline,
            "it is not stopped:\n{}",
            terminal.screen()
        );
        thread::sleep(Duration::from_millis(5));
    }
    terminal.assert_given_back();
    let modes = terminal.modes();
    for mode in ["icanon", "echo", "isig", "icrnl", "opost"] {
        assert!(modes.contains(&mode.to_owned()), "{mode}: {modes:?}");
    }
}

#[test]
fn it_stops_for_the_shell_and_comes_back_whole() {
    let data = tempdir().unwrap();
    let mut terminal = Terminal::handset(140, 40, data.path(), &[]);
    talk(&mut terminal);
    // Where text is written, the key takes a change back.
    terminal.press("ab");
    terminal.wait_text("> ab");
    terminal.press(CTRL_Z);
    terminal.wait_text("Write a message");
    terminal.press("/suspend");
    terminal.wait_text("> /suspend");
    terminal.press(ENTER);
    wait_stopped(&terminal);
    // The window may be another one by then.
    terminal.resize(120, 30);
    terminal.signal("CONT");
    terminal.wait("the whole screen", |screen| {
        screen.contains("this is Riley") && screen.contains("Wire") && screen.contains("F1 help")
    });
    assert!(terminal.is_taken());
    assert!(terminal.modes().contains(&"-icanon".to_owned()));
    terminal.press("here again");
    terminal.wait_text("> here again");
    // From the wire by its key, and by the signal from outside.
    terminal.press(TAB);
    terminal.wait_text("Tab phone");
    terminal.press(CTRL_Z);
    wait_stopped(&terminal);
    terminal.signal("CONT");
    terminal.wait_text("> here again");
    terminal.signal("TSTP");
    wait_stopped(&terminal);
    terminal.signal("CONT");
    terminal.wait_text("> here again");
    // Stopped from outside, it could do nothing about the terminal; it takes it anew.
    let before = count(&terminal, TAKEN);
    terminal.signal("STOP");
    terminal.signal("CONT");
    wait_for_another(&terminal, TAKEN, before);
    terminal.wait_text("> here again");
    // On stage the window has the brand's name again, whoever had the terminal meanwhile.
    terminal.press(SHIFT_F11);
    wait_for_another(&terminal, NAMED, 0);
    terminal.signal("TSTP");
    wait_stopped(&terminal);
    terminal.signal("CONT");
    wait_for_another(&terminal, NAMED, 1);
    terminal.press(SHIFT_F11);
    terminal.wait_text("> here again");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    terminal.assert_given_back();
    // The cloud was told each time, before and after.
    let (_, entries) = journal(&data.path().join("sandbox").join("journal.db"));
    let told: Vec<&str> = entries
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::Call(call) => call.purpose.strip_prefix("ms.PublishEvent "),
            EntryKind::Hook(_) => None,
        })
        .filter(|state| matches!(*state, "INACTIVE" | "ACTIVE"))
        .collect();
    let away = told.iter().filter(|state| **state == "INACTIVE").count();
    assert_eq!(away, 4, "{told:?}");
    let last = told.iter().rposition(|state| *state == "INACTIVE").unwrap();
    assert!(told[last..].contains(&"ACTIVE"), "{told:?}");
}

/// An editor that notes what it got, and writes something else.
fn editor(folder: &Path) -> String {
    let script = folder.join("editor");
    let seen = folder.join("seen");
    let text = format!(
        "#!/bin/sh\nstat -c %a \"$2\" > '{seen}'\nstat -c %a \"$(dirname \"$2\")\" >> '{seen}'\n\
         echo \"$1\" >> '{seen}'\ncat \"$2\" >> '{seen}'\n\
         printf 'written\\nin the editor\\n' > \"$2\"\n",
        seen = seen.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    format!("'{}' --wait", script.display())
}

#[test]
fn a_draft_is_written_in_the_users_editor() {
    let data = tempdir().unwrap();
    let temporary = tempdir().unwrap();
    let editor = editor(data.path());
    let variables = [
        ("VISUAL", editor.as_str()),
        ("EDITOR", "false"),
        ("TMPDIR", temporary.path().to_str().unwrap()),
    ];
    let mut terminal = Terminal::handset_with(140, 40, data.path(), &[], &variables);
    terminal.wait_text("this is Riley");
    terminal.press("the draft");
    terminal.wait_text("> the draft");
    terminal.press(CTRL_G);
    terminal.wait("what was written", |screen| {
        screen.contains("> written") && screen.contains("in the editor") && screen.contains("Wire")
    });
    assert!(terminal.is_taken());
    let seen = fs::read_to_string(data.path().join("seen")).unwrap();
    assert_eq!(seen, "600\n700\n--wait\nthe draft");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    terminal.press(ENTER);
    terminal.wait_text("Write a message");
    // By its name too; the draft it was is gone by then.
    fs::remove_file(data.path().join("seen")).unwrap();
    terminal.press("/edit");
    terminal.wait_text("> /edit");
    terminal.press(ENTER);
    terminal.wait("what was written", |screen| screen.contains("> written"));
    let seen = fs::read_to_string(data.path().join("seen")).unwrap();
    assert_eq!(seen, "600\n700\n--wait\n");
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
    terminal.assert_given_back();
}

#[test]
fn an_editor_that_fails_leaves_the_draft_as_it_was() {
    let data = tempdir().unwrap();
    let temporary = tempdir().unwrap();
    let variables = [
        ("VISUAL", "false"),
        ("TMPDIR", temporary.path().to_str().unwrap()),
    ];
    let mut terminal = Terminal::handset_with(80, 24, data.path(), &[], &variables);
    terminal.wait_text("this is Riley");
    terminal.press("precious");
    terminal.wait_text("> precious");
    terminal.press(CTRL_G);
    terminal.wait("the draft", |screen| {
        screen.contains("the draft is as it was") && screen.contains("> precious")
    });
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
    terminal.press(CTRL_Q);
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}
