//! However the phone ends, the terminal is given back.

use tempfile::tempdir;

use super::CTRL_Q;
use crate::support::pty::Terminal;

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
        terminal.assert_given_back();
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
