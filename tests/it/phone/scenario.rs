//! A scenario on the phone: played to its end, held, taken over and given back, played up to a line;
//! one that fails, one that cannot be read.

use std::{fs, path::Path};

use tempfile::tempdir;

use super::{ANSWER, CTRL_Q, ENTER, ESC, F8};
use crate::support::pty::Terminal;

const PAUSE: &str = "\u{1b},";
const STEP: &str = "\u{1b}.";
const STOP: &str = "\u{1b}-";
const NEXT_PHONE: &str = "\u{1b}[6;5~";
const PHONE_BEFORE: &str = "\u{1b}[5;5~";
const BACKSPACE: &str = "\u{7f}";

/// Riley answers each line, however slow the machine is.
const ORDER: &str = "title  Where it is
within 60s

me: Where is my order?
agent: order number
me: It is 40417
agent: arrives tomorrow
";

fn phone(data: &Path, file: &str, text: &str) -> Terminal {
    fs::write(data.join(file), text).unwrap();
    let terminal = Terminal::handset(140, 40, data, &[]);
    terminal.wait_text("this is Riley");
    terminal
}

/// Has a scenario played by the command.
fn play(terminal: &mut Terminal, data: &Path, file: &str) {
    let command = format!("/scenario {}", data.join(file).display());
    terminal.press(&command);
    terminal.wait("the command", |screen| {
        screen.contains("/scenario ") && screen.contains(file)
    });
    terminal.press(ENTER);
}

/// The bubble with a text has this mark on the row of its last words.
fn is_marked(screen: &str, text: &str, mark: &str) -> bool {
    let mut rows = screen.lines();
    rows.any(|row| row.contains(text) && row.contains(mark))
}

#[track_caller]
fn leave(mut terminal: Terminal) {
    terminal.press(CTRL_Q);
    assert!(terminal.ended().success());
}

#[test]
fn a_scenario_is_played_to_its_end_with_each_step_beside_its_bubble() {
    let data = tempdir().unwrap();
    let mut terminal = phone(data.path(), "order.talk", ORDER);
    play(&mut terminal, data.path(), "order.talk");
    terminal.wait("the strip", |screen| {
        screen.contains("/4 · line ") && screen.contains("Alt+, pause")
    });
    let screen = terminal.wait_text("the scenario passed");
    for (text, mark) in [
        ("Where is my order?", "✓4"),
        ("order number", "✓5"),
        ("It is 40417", "✓6"),
        ("before noon.", "✓7"),
    ] {
        assert!(
            is_marked(&screen, text, mark),
            "{mark} at {text:?}\n{screen}"
        );
    }
    assert!(!screen.contains("Alt+, pause"), "{screen}");
    // The conversation is the person's from then on.
    terminal.press("hi");
    terminal.press(ENTER);
    terminal.wait_text(ANSWER);
    leave(terminal);
}

#[test]
fn a_scenario_goes_step_by_step_and_the_person_takes_the_phone_and_gives_it_back() {
    let data = tempdir().unwrap();
    let mut terminal = phone(data.path(), "order.talk", ORDER);
    // Up to its first line: nothing was said yet.
    play(&mut terminal, data.path(), "order.talk:4");
    let screen = terminal.wait_text("from here by hand");
    assert!(!screen.contains("Where is my order?"), "{screen}");
    terminal.press(STEP);
    terminal.wait("the first step", |screen| {
        is_marked(screen, "Where is my order?", "✓4")
    });
    terminal.wait("the scenario held", |screen| screen.contains("paused"));
    terminal.press(STEP);
    terminal.wait("the second step", |screen| {
        is_marked(screen, "order number", "✓5")
    });
    // A key in the composer takes the phone over; nothing of the scenario is said meanwhile.
    terminal.press("x");
    terminal.wait("the phone by hand", |screen| {
        screen.contains("by hand") && screen.contains("Alt+, give back")
    });
    terminal.press(BACKSPACE);
    terminal.press("Where is my parcel?");
    terminal.wait_text("Where is my parcel?");
    terminal.press(ENTER);
    let screen = terminal.wait("the message by hand", |screen| {
        screen.contains("Where is my parcel?") && screen.contains("Write a message")
    });
    assert!(!screen.contains("It is 40417"), "{screen}");
    terminal.press(PAUSE);
    let screen = terminal.wait_text("the scenario passed");
    assert!(is_marked(&screen, "It is 40417", "✓6"), "{screen}");
    assert!(is_marked(&screen, "before noon.", "✓7"), "{screen}");
    leave(terminal);
}

#[test]
fn a_scenario_is_played_up_to_a_line_and_ended_there() {
    let data = tempdir().unwrap();
    let mut terminal = phone(data.path(), "order.talk", ORDER);
    play(&mut terminal, data.path(), "order.talk:6");
    terminal.wait("the scenario at the line", |screen| {
        screen.contains("from here by hand") && is_marked(screen, "order number", "✓5")
    });
    terminal.press(STOP);
    let screen = terminal.wait_text("the scenario was ended");
    assert!(!screen.contains("It is 40417"), "{screen}");
    terminal.press("It is 40418");
    terminal.press(ENTER);
    terminal.wait_text("before noon.");
    leave(terminal);
}

/// A second consumer's phone is beside the one in view, and the person goes there and back.
#[test]
fn a_consumer_who_is_played_reads_on_a_phone_that_is_not_in_view() {
    let data = tempdir().unwrap();
    let text = "within 60s\nplay gus\n\nme: Where is my order?\nagent: order number\n\
                gus: Where is my parcel?\nagent: order number\n\
                expect call \"ms.PublishEvent READ\" status 200\n";
    let mut terminal = phone(data.path(), "two.talk", text);
    play(&mut terminal, data.path(), "two.talk:6");
    terminal.wait_text("from here by hand");
    terminal.press(NEXT_PHONE);
    terminal.wait("the phone of Gus", |screen| {
        !screen.contains("Where is my order?")
    });
    terminal.press(PHONE_BEFORE);
    terminal.wait_text("Where is my order?");
    terminal.press(PAUSE);
    terminal.wait_text("the scenario passed");
    leave(terminal);
}

#[test]
fn a_step_that_fails_is_marked_and_told_as_reports_tell_it() {
    let data = tempdir().unwrap();
    let text = "me: hi\nagent within 1s: pineapple\nme: bye\n";
    let mut terminal = phone(data.path(), "wrong.talk", text);
    play(&mut terminal, data.path(), "wrong.talk");
    let screen = terminal.wait_text("late: no message from agent with");
    assert!(screen.contains("✗2"), "{screen}");
    assert!(!screen.contains("bye"), "{screen}");
    terminal.press(F8);
    terminal.wait("the report", |screen| {
        screen.contains("expected") && screen.contains("handset run")
    });
    terminal.press(ESC);
    terminal.wait("the phone", |screen| !screen.contains("handset run"));
    leave(terminal);
}

#[test]
fn a_scenario_with_faults_is_told_with_them_and_not_begun() {
    let data = tempdir().unwrap();
    let text = "me: hi\nmee: hello\nme dances\n";
    let mut terminal = phone(data.path(), "bad.talk", text);
    play(&mut terminal, data.path(), "bad.talk");
    let screen = terminal.wait_text("bad.talk:2:1");
    assert!(!screen.contains("Alt+, pause"), "{screen}");
    terminal.press(F8);
    terminal.wait("all faults", |screen| {
        screen.contains("bad.talk:2:1") && screen.contains("bad.talk:3:")
    });
    terminal.press(ESC);
    play(&mut terminal, data.path(), "none.talk");
    terminal.wait_text("none.talk is not played");
    leave(terminal);
}
