//! However the phone ends, the terminal is given back.

use tempfile::tempdir;

use super::CTRL_Q;
use crate::support::pty::Terminal;

/// What gives back the alternate screen, the mouse, paste, focus, line wrap and the cursor.
const GIVEN_BACK: [&str; 6] = [
    "\u{1b}[?1049l",
    "\u{1b}[?1000l",
    "\u{1b}[?2004l",
    "\u{1b}[?1004l",
    "\u{1b}[?7h",
    "\u{1b}[?25h",
];

#[track_caller]
fn given_back(terminal: &Terminal) {
    let raw = terminal.raw();
    let last = |text: &str| {
        raw.windows(text.len())
            .rposition(|part| part == text.as_bytes())
    };
    let taken = last("\u{1b}[?1049h").unwrap();
    for sequence in GIVEN_BACK {
        assert!(last(sequence) > Some(taken), "{sequence:?} is missing");
    }
}

#[test]
fn the_terminal_is_given_back_on_every_way_out() {
    for way in ["quit", "INT", "TERM", "HUP"] {
        let data = tempdir().unwrap();
        let mut terminal = Terminal::handset(100, 30, data.path(), &[]);
        terminal.wait_text("this is Riley");
        if way == "quit" {
            terminal.press(CTRL_Q);
        } else {
            terminal.signal(way);
        }
        assert!(terminal.ended().success(), "{way}");
        given_back(&terminal);
    }
}

#[test]
fn a_second_phone_on_the_same_data_is_told_so() {
    let data = tempdir().unwrap();
    let first = Terminal::handset(100, 30, data.path(), &[]);
    first.wait_text("this is Riley");
    let mut second = Terminal::handset(100, 30, data.path(), &[]);
    assert!(!second.ended().success());
    let said = second.screen().replace('\n', " ");
    assert!(said.contains("another handset"), "{said}");
    assert!(said.contains("--data-dir"), "{said}");
}
